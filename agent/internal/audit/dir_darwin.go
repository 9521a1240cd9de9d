package audit

import (
	"os"
	"path/filepath"
)

// Dir is where a person's log is kept: ~/Library/Application Support/Kyso/audit.
func Dir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "Application Support", "Kyso", "audit"), nil
}
