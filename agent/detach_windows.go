package main

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// startDetached starts a program without this one's console, and outside the job
// in which browsers keep what they start and end with them. ended gives how the
// program ended, while this one still runs.
func startDetached(program string, args []string) (ended <-chan error, err error) {
	start := func(flags uint32) (*exec.Cmd, error) {
		c := exec.Command(program, args...)
		c.Dir, c.SysProcAttr = homeDir(), &syscall.SysProcAttr{CreationFlags: flags | windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
		return c, c.Start()
	}
	c, err := start(windows.CREATE_BREAKAWAY_FROM_JOB)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		c, err = start(0) // the job lets nothing out; it may still let it live
	}
	if err != nil {
		return nil, err
	}
	over := make(chan error, 1)
	go func() { over <- c.Wait() }()
	return over, nil
}

// ownPath is where this program's file is.
func ownPath(self string) string { return self }
