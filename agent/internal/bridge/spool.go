package bridge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// spool is the private folder of one agent. Its name holds the port, which one
// agent at a time can have, so that emptying it never touches another's files.
type spool struct{ dir string }

// newSpool makes the folder anew: what a crash left behind is gone.
func newSpool(base string, port int) (*spool, error) {
	if base == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		base = filepath.Join(cache, "kyso", "spool")
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	s := &spool{filepath.Join(base, strconv.Itoa(port))}
	if err := s.remove(); err != nil {
		return nil, err
	}
	return s, os.Mkdir(s.dir, 0o700) // fails where something is left
}

// remove empties and removes the folder. It holds files only, so nothing is
// removed recursively: whatever else somebody has put there stays and is an
// error. A link in the folder's place is removed, not followed.
func (s *spool) remove() error {
	err := os.Remove(s.dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil {
			return err
		}
	}
	return os.Remove(s.dir)
}

// create makes a file for one document that nobody else can open and that is
// gone when it is closed, even by a crash.
func (s *spool) create() (*os.File, error) {
	f, err := createHidden(s.dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStorage, err)
	}
	return f, nil
}
