package token

import (
	"context"
	"errors"
	"time"
)

const (
	// lookAfter is how long a library may be at work on a token before another
	// process looks whether the token is still there; lookEvery, how long until
	// the next look. A signature takes up to a second and a half, and a person at
	// a PIN pad much longer.
	lookAfter = time.Second
	lookEvery = 2 * time.Second
	// lookTimeout bounds one look. A card that is busy is waited for, by the
	// reader's own lock: a look comes between two commands of no signature.
	lookTimeout = 5 * time.Second
	// looks and lookAgain: a reader's daemon notices a removal up to 400 ms after
	// the library has failed because of it.
	looks     = 4
	lookAgain = 250 * time.Millisecond
)

// guarded returns a context that ends with ErrTokenRemoved when the token of r
// is pulled out while the library is at work on it, because some never return
// then (seen: OpenSC 0.23, C_Sign waits for a lock of its own). The function it
// returns must be called when the work is over.
func (m *Module) guarded(ctx context.Context, r request) (context.Context, func()) {
	if r.Serial == "" && r.Label == "" {
		return ctx, func() {}
	}
	ctx, end := context.WithCancelCause(ctx)
	over := make(chan struct{})
	// Most calls are over before the first look.
	first := time.AfterFunc(lookAfter, func() {
		defer close(over)
		for !m.gone(ctx, r) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookEvery):
			}
		}
		end(ErrTokenRemoved)
	})
	return ctx, func() {
		end(nil)
		if !first.Stop() {
			<-over
		}
	}
}

// gone tells whether the token of r is certainly not there any more, by the
// library in a fresh process: the one that failed may not return from a question.
func (m *Module) gone(ctx context.Context, r request) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	c, err := startChild(m.command, m.path)
	if err != nil {
		return false
	}
	defer c.kill() // nothing is logged in there
	answer, err := c.call(ctx, request{Op: opPresent, Slot: r.Slot, Serial: r.Serial, Label: r.Label}, nil)
	return err == nil && answer.Error != nil && errors.Is(answer.Error.err(), ErrTokenRemoved)
}

// failedByRemoval tells whether what the library called a failure of some kind is
// that the token of r was pulled out.
func (m *Module) failedByRemoval(ctx context.Context, r request) bool {
	if r.Serial == "" && r.Label == "" {
		return false
	}
	for n := range looks {
		if n > 0 {
			select {
			case <-ctx.Done():
				return false
			case <-time.After(lookAgain):
			}
		}
		if m.gone(ctx, r) {
			return true
		}
	}
	return false
}
