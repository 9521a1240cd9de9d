package localcert

import (
	"os"
	"path/filepath"
)

// private has nothing more to check: the folder of a person's settings is his
// alone.
func private(dir, name string) error {
	_, err := os.Stat(filepath.Join(dir, name))
	return err
}
