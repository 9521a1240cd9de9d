//go:build !windows

package localcert

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// private makes sure that nobody else has the key, who could then speak for this
// agent, and that nobody else puts a CA of his own beside it. What others could
// read or exchange is made anew.
func private(dir, name string) error {
	st, err := os.Lstat(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if folder, err := os.Stat(dir); err != nil || folder.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write into %s", dir)
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || !st.Mode().IsRegular() || st.Mode().Perm()&0o077 != 0 || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not this person's alone", name)
	}
	return nil
}
