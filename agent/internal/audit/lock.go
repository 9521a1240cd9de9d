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
//
// A file that was put in another's place, or whose name is gone, guards nothing:
// the next process would lock a new one.
func waitForLock(ctx context.Context, name string, alone bool) (unlock func(), err error) {
	for {
		f, err := lock(ctx, name, alone)
		if err != nil {
			return nil, err
		}
		here, err := f.Stat()
		if there, gone := os.Lstat(name); err == nil && gone == nil && os.SameFile(here, there) {
			return func() { f.Close() }, nil
		}
		f.Close()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func lock(ctx context.Context, name string, alone bool) (*os.File, error) {
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
			return f, nil
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
