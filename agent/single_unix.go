//go:build !windows

package main

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// onlyAgent makes sure that this is the only agent of this person's session.
// It holds until the process ends; taken is false when another has it.
func onlyAgent() (taken bool, err error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return false, err
	}
	dir = filepath.Join(dir, "kyso")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	// A session is told by its display: what starts the agent may not know more.
	screen := os.Getenv("WAYLAND_DISPLAY")
	if screen == "" {
		screen = os.Getenv("DISPLAY")
	}
	name := filepath.Join(dir, "agent-"+url.PathEscape(screen)+".lock")
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return false, err
	}
	// The descriptor stays open, and with it the lock, as long as the process.
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, unix.Close(fd)
	}
	return err == nil, err
}

// loginProgram is what starts at login.
func loginProgram(self string) string { return self }
