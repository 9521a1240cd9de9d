//go:build !windows

package userfile

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	remedyVI = "Hãy chuyển tệp về cho mình và chạy chmod 600, hoặc xóa nó."
	remedyEN = "Make it yours and run chmod 600, or delete it."
)

// ownFolder is where what concerns this machine alone is kept: with the
// settings.
func ownFolder() (string, error) { return ConfigDir() }

// open follows no link in the last place and waits for no pipe.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func own(_ *os.File, st fs.FileInfo) bool {
	owner, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Geteuid() && st.Mode().Perm()&0o077 == 0
}

func makeDir(dir string) error { return os.MkdirAll(dir, 0o700) }
