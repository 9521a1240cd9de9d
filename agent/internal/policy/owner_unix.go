//go:build !windows

package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// OnlyAdministrator checks that f and its folder belong to root and that nobody
// else may write them.
func OnlyAdministrator(f *os.File) error {
	file, err := f.Stat()
	if err != nil {
		return err
	}
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	for _, st := range []os.FileInfo{file, folder} {
		if err := ownedByRoot(st); err != nil {
			return fmt.Errorf("%s: %w", st.Name(), err)
		}
	}
	return nil
}

func ownedByRoot(st os.FileInfo) error {
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid != 0 || st.Mode().Perm()&0o022 != 0 {
		return errors.New("must belong to root and be writable by root alone")
	}
	return nil
}
