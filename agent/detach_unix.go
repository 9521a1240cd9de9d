//go:build !windows

package main

import (
	"os/exec"
	"strings"
	"syscall"
)

// startDetached starts a program in a session of its own, so that it goes on
// when what started this one ends it and all it has started. ended gives how the
// program ended, while this one still runs.
func startDetached(program string, args []string) (ended <-chan error, err error) {
	c := exec.Command(program, args...)
	c.Dir, c.SysProcAttr = homeDir(), &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return nil, err
	}
	over := make(chan error, 1)
	go func() { over <- c.Wait() }()
	return over, nil
}

// ownPath is where this program's file is, or what took its place when it was
// updated while it runs.
func ownPath(self string) string { return strings.TrimSuffix(self, " (deleted)") }
