//go:build !windows

package policy

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOnlyAdministrator needs root, who alone can give a file away.
func TestOnlyAdministrator(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(name, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return OnlyAdministrator(f)
	}
	if err := check(); err != nil {
		t.Errorf("root's own file: %v", err)
	}
	for what, change := range map[string]func() error{
		"file of another":  func() error { return os.Chown(name, 65534, 0) },
		"group may write":  func() error { return os.Chmod(name, 0o664) },
		"folder open":      func() error { return os.Chmod(dir, 0o777) },
		"folder of others": func() error { return os.Chown(dir, 65534, 0) },
	} {
		for _, err := range []error{os.Chown(name, 0, 0), os.Chmod(name, 0o644), os.Chown(dir, 0, 0), os.Chmod(dir, 0o755), change()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := check(); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
