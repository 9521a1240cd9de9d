//go:build unix && !darwin

package audit

import (
	"os"
	"path/filepath"
)

// Dir is where a person's log is kept: $XDG_STATE_HOME/kyso/audit, by default
// ~/.local/state/kyso/audit.
func Dir() (string, error) {
	// The XDG specification: a path that is not absolute is to be ignored.
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "kyso", "audit"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "state", "kyso", "audit"), nil
}
