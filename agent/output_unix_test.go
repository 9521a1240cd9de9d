//go:build !windows

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestPipes: a pipe in a file's place is never waited for.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "p")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 2)
	for _, flag := range []int{os.O_RDONLY, os.O_WRONLY} {
		go func() {
			f, err := os.OpenFile(pipe, flag|noWait, 0)
			if err == nil {
				f.Close()
			}
			opened <- err
		}()
	}
	for range 2 {
		select {
		case <-opened:
		case <-time.After(10 * time.Second):
			t.Fatal("waited for")
		}
	}
	if _, _, err := openRegular(pipe); !errors.Is(err, errNotRegular) {
		t.Errorf("got %v", err)
	}
}
