package consent

import (
	"strings"
	"time"
)

// settleTime is how long a window takes no answer after it has appeared or got
// the focus back: what a person typed or clicked then was meant for another one.
const settleTime = 700 * time.Millisecond

// gate decides when an answer may be taken at all. Times are arguments.
type gate struct {
	settle  time.Duration
	shown   bool // the window, and all that is in it, has been drawn
	focused bool
	since   time.Time // when both became true
}

// show tells that the window has been drawn.
func (g *gate) show(now time.Time) {
	if !g.shown {
		g.shown, g.since = true, now
	}
}

// focus tells that the window got the focus, or lost it.
func (g *gate) focus(has bool, now time.Time) {
	if has && !g.focused {
		g.since = now
	}
	g.focused = has
}

// open tells whether an answer counts now.
func (g *gate) open(now time.Time) bool { return g.shown && g.focused && g.left(now) == 0 }

// left is how long the gate stays shut if nothing happens.
func (g *gate) left(now time.Time) time.Duration {
	return max(g.settle-now.Sub(g.since), 0)
}

// press is where a key or button press came from.
type press struct {
	x11    bool   // an X server: its devices tell real from injected
	sent   bool   // another program sent the event to our window alone
	device string // the device's name, "" when the event has none
	master bool   // the device stands for others; which one it was is not told
}

// injected tells whether a program made the press, as far as that can be told.
// On X11 the XTEST extension injects through devices of its own, whose names say
// so. A press without a device of its own is no person's there. Elsewhere
// (Wayland) a program needs the compositor's leave, and nothing tells.
func (p press) injected() bool {
	if p.sent {
		return true
	}
	return p.x11 && (p.device == "" || p.master || strings.Contains(strings.ToUpper(p.device), "XTEST"))
}
