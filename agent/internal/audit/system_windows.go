package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// noFollow is not needed: making a link in a person's folder takes that person's
// rights or the administrator's.
const noFollow = 0

func tryLock(f *os.File, alone bool) (ok bool, err error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	switch err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)); {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	default:
		return false, fmt.Errorf("lock: %w", err)
	}
}

// private has nothing to do: a folder of the profile is its person's by
// inheritance.
func private(string, fs.FileInfo) error { return nil }

// syncFolder has nothing to do: NTFS logs its names, and folders cannot be
// flushed.
func syncFolder(string) error { return nil }
