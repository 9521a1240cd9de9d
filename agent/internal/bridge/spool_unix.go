//go:build unix

package bridge

import "os"

// createHidden makes a file of mode 0600 and removes its name at once; the file
// lives until it is closed.
func createHidden(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "document-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
