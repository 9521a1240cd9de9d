//go:build !windows

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// noWait opens a pipe, which nobody should have put in a file's place, without
// waiting for its other end.
const noWait = unix.O_NONBLOCK

// lock marks f as in use until it is closed or the process ends. It is false
// when somebody else has it.
func lock(f *os.File) bool { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }

// syncFolder puts a new name on the disk. A file system that cannot do this
// orders its writes itself.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // writable, but not readable: the file is there all the same
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

func diskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}
