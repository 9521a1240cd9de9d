//go:build windows || darwin

package tray

import (
	"context"
	"time"

	"github.com/getlantern/systray"
)

// How long the message loop may take to end in the ordinary way.
const loopGrace = time.Second

// Run shows the icon until the person chooses "Quit" or ctx ends, and then
// returns nil. Every state from updates replaces the one before; the channel
// may be closed early. Where no icon can be shown Run only waits for ctx.
// The libraries keep their state in the process, and macOS draws on the main
// thread only: call Run once, from the main goroutine.
func Run(ctx context.Context, o Options, updates <-chan State) error {
	ready, ended := make(chan struct{}), make(chan struct{})
	endLoop := loopEnder()
	go func() {
		defer func() {
			systray.Quit()
			select {
			case <-ended:
			case <-time.After(loopGrace):
				endLoop()
			}
		}()
		state := State{}
		for {
			select {
			case <-ready:
				serve(ctx, o, state, updates)
				return
			case s, open := <-updates:
				if !open {
					updates = nil
					continue
				}
				state = s // nothing to show it on yet, or ever
			case <-ctx.Done():
				return
			}
		}
	}()
	systray.Run(func() { close(ready) }, nil)
	close(ended)
	return nil
}

// serve keeps icon and menu up to date until it is time to go.
func serve(ctx context.Context, o Options, now State, updates <-chan State) {
	systray.SetIcon(icon(now.Condition))
	systray.SetTooltip(o.title() + " – " + o.line(now))
	status := systray.AddMenuItem(o.line(now), "")
	status.Disable()
	systray.AddSeparator()
	quit := systray.AddMenuItem(o.texts().quit, o.texts().quitHint)
	for {
		select {
		case s, open := <-updates:
			if !open {
				updates = nil
				continue
			}
			systray.SetIcon(icon(s.Condition))
			systray.SetTooltip(o.title() + " – " + o.line(s))
			status.SetTitle(o.line(s))
		case <-quit.ClickedCh:
			return
		case <-ctx.Done():
			return
		}
	}
}
