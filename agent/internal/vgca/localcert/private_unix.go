//go:build !windows

package localcert

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// private makes sure that nobody else has the key, who could then speak for this
// agent. A key that others could read is made anew.
func private(dir, name string) error {
	st, err := os.Lstat(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || !st.Mode().IsRegular() || st.Mode().Perm()&0o077 != 0 || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not this person's alone", name)
	}
	return nil
}
