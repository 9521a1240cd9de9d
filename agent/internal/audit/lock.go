package audit

import (
	"context"
	"errors"
	"os"
	"time"
)

// errBusy is a lock that was not free in time.
var errBusy = errors.New("another process holds the log's lock")

// waitForLock takes the lock in the file name, which it makes: alone to write, or
// with others to read. It is free when the process ends.
func waitForLock(ctx context.Context, name string, alone bool) (unlock func(), err error) {
	flags := os.O_RDWR | os.O_CREATE
	if !alone {
		flags = os.O_RDONLY
	}
	f, err := os.OpenFile(name, flags|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(lockTime)
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		ok, err := tryLock(f, alone)
		if ok {
			return func() { f.Close() }, nil
		}
		if err == nil && time.Now().After(deadline) {
			err = errBusy
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}
