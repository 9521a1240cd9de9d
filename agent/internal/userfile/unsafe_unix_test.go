//go:build !windows

package userfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kyso/agent/internal/userfile"
)

// TestUnsafe: what others could have written, or put there, is not read.
func TestUnsafe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.json")
	for name, spoil := range map[string]func() error{
		"others may read":  func() error { return os.Chmod(path, 0o644) },
		"group may write":  func() error { return os.Chmod(path, 0o620) },
		"another's":        func() error { return os.Chown(path, 65534, 65534) },
		"link":             func() error { return errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path)) },
		"folder":           func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"pipe nobody uses": func() error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "another's" && os.Getuid() != 0 {
				t.Skip("only root can give a file away")
			}
			if err := errors.Join(os.RemoveAll(path), userfile.Write(path, []byte("x"))); err != nil {
				t.Fatal(err)
			}
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			data, _, err := userfile.Read(path, 10)
			if err == nil {
				t.Fatalf("read %q", data)
			}
			var unsafe *userfile.Unsafe
			if errors.As(err, &unsafe) {
				if vi, en := unsafe.Words(); !strings.Contains(vi, "chmod 600") || !strings.Contains(en, "chmod 600") {
					t.Errorf("no remedy: %s", vi)
				}
			} else if name != "link" {
				t.Errorf("error %v", err)
			}
		})
	}
}
