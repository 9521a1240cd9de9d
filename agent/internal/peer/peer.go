// Package peer tells who is at the other end of a loopback connection: this
// user, in this session, with a web browser. It never reads what the peer says
// of itself, and never takes a name alone for a browser: the program must be
// where only an administrator installs programs.
package peer

import (
	"errors"
	"log/slog"
	"net/netip"
)

// Mode is how browsers are told from other programs.
type Mode string

// The modes, as the policy's browserCheck spells them.
const (
	// Default refuses what is seen to be no browser, or not seen at all where
	// the system shows this user's processes. Where it does not show them, being
	// the same user is enough, and the log says so.
	Default Mode = "default"
	// Strict refuses whatever is not seen to be a browser.
	Strict Mode = "strict"
	// Off looks at user and session alone.
	Off Mode = "off"
)

// Options say who may connect.
type Options struct {
	// Browsers is the mode; empty means Default.
	Browsers Mode
	// Programs are absolute paths of further programs that count as browsers,
	// whoever may write them.
	Programs []string
	// Log is told what could not be found out. Nil discards.
	Log *slog.Logger
}

// Why a peer is refused. The errors of Check wrap one of these.
var (
	ErrOtherUser    = errors.New("the peer is another user's process")
	ErrOtherSession = errors.New("the peer is in another logon session")
	ErrNotBrowser   = errors.New("the peer is no known web browser")
)

// errUnknown: the system does not let us see the process.
var errUnknown = errors.New("the system does not show the peer's process")

// Check gives the function that judges one connection by its addresses, as its
// acceptor sees them. Nil means the peer may go on. This very process may
// always: it is the agent itself, showing how a page would ask.
//
// What a process of the same user can do to a browser (debug it, load code into
// it, drive it) is beyond this; docs/attack-surface.md.
func Check(o Options) func(remote, local netip.AddrPort) error {
	o = o.filled()
	return func(remote, local netip.AddrPort) error { return o.judged(o.check(remote, local)) }
}
