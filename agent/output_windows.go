package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// noWait is not needed: pipes have names of their own.
const noWait = 0

// lock has nothing to do: Windows removes no file that is open.
func lock(*os.File) bool { return true }

// syncFolder has nothing to do: NTFS logs its names, and folders cannot be
// flushed.
func syncFolder(string) error { return nil }

func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
