package tray

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// Panels scale the icon down; this is enough for the largest.
const iconSize = 64

// icon has hard edges: fyne.io/systray v1.12.2 sends the low byte of the
// premultiplied colours, which is noise wherever a pixel is half transparent.
// Scaling in the panel smooths the edge again.
func icon(c Condition) []byte { return pngIcon(hardEdged(draw(c, iconSize))) }

// Run shows the icon (StatusNotifierItem over D-Bus) until the person chooses
// "Quit" or ctx ends, and then returns nil. Every state from updates replaces
// the one before; the channel may be closed early. Without a session bus there
// is no icon, and Run only waits for ctx; without a panel that shows icons it
// is there as soon as a panel comes. The libraries keep their state in the
// process: call Run once, from the main goroutine.
func Run(ctx context.Context, o Options, updates <-chan State) error {
	bus := sessionBus()
	if bus == nil {
		return wait(ctx, updates)
	}
	// What is set before the start is there when the panel first looks.
	systray.SetIcon(icon(Idle))
	systray.SetTitle(o.title())
	// The other way to run, systray.Run, ends by closing a connection it may
	// never have made.
	start, _ := systray.RunWithExternalLoop(nil, nil)
	status := systray.AddMenuItem(o.line(State{}), "")
	status.Disable()
	systray.AddSeparator()
	quit := systray.AddMenuItem(o.texts().quit, o.texts().quitHint)
	start()
	defer bus.Close() // takes the icon away
	systray.SetTooltip(o.title() + " – " + o.line(State{}))
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
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// sessionBus connects to the session bus, the connection that systray then
// shares, or returns nil. Where no bus is announced it does not connect at
// all: the library would start one of its own.
func sessionBus() *dbus.Conn {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil || os.Getenv("XDG_RUNTIME_DIR") == "" {
			return nil
		}
	} else if strings.HasPrefix(address, "autolaunch:") {
		return nil
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return nil // an address that outlived its bus
	}
	return bus
}

// wait takes the place of the icon: states are received, as their senders
// expect, and nothing is shown.
func wait(ctx context.Context, updates <-chan State) error {
	for {
		select {
		case _, open := <-updates:
			if !open {
				updates = nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}
