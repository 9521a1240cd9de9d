//go:build !windows

package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// noFollow refuses a link that somebody put in a file's place, and waits for no
// pipe.
const noFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

func tryLock(f *os.File, alone bool) (ok bool, err error) {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR):
		return false, nil
	default:
		return false, fmt.Errorf("lock: %w", err)
	}
}

// private makes the folder its owner's alone.
func private(dir string, st fs.FileInfo) error {
	if owner, ok := st.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return &fs.PathError{Op: "open", Path: dir, Err: errors.New("it belongs to somebody else")}
	}
	if st.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(dir, 0o700)
}

// syncFolder puts a new name on the disk. A file system that cannot do this
// orders its writes itself.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}
