package peer

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
)

// ErrOtherProgram is the error of NativeHost for a process that does not run
// this program.
var ErrOtherProgram = errors.New("the peer is not this program")

// NativeHost gives the function that judges who is at the other end of a local
// connection (Unix socket, named pipe): a process of this user, in this session,
// which runs this very program and which a browser has started. Nil means the
// peer may go on. With Off nobody asks who started it; all else is asked always.
//
// A browser starts the native messaging host that an extension names, and tells
// it which extension that is. Whoever starts this program otherwise could tell
// it anything.
func NativeHost(o Options) func(net.Conn) error {
	o = o.filled()
	return func(c net.Conn) error { return o.judged(o.native(c)) }
}

// filled is o with its defaults.
func (o Options) filled() Options {
	if o.Browsers == "" {
		o.Browsers = Default
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// judged is err, unless it says that the system does not tell and the mode lets
// that pass.
func (o Options) judged(err error) error {
	if !errors.Is(err, errUnknown) {
		return err
	}
	if o.Browsers == Strict {
		return fmt.Errorf("%w: %w", ErrNotBrowser, err)
	}
	o.Log.Info("which program connected cannot be told; it is this user's", "why", err.Error())
	return nil
}
