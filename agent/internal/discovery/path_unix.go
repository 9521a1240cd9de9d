//go:build !windows

package discovery

import (
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// Path is where the agent of this session says where it is: in the folder of
// what runs, or else in the user's cache.
func Path() (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !mine(dir) {
		var err error
		if dir, err = os.UserCacheDir(); err != nil {
			return "", err
		}
	}
	// A session is told by its display, as for the agent's lock.
	screen := os.Getenv("WAYLAND_DISPLAY")
	if screen == "" {
		screen = os.Getenv("DISPLAY")
	}
	return filepath.Join(dir, "kyso", "agent-"+url.PathEscape(screen)+".json"), nil
}

// mine tells whether dir is what the XDG Base Directory Specification wants of
// it: the user's alone.
func mine(dir string) bool {
	if !filepath.IsAbs(dir) {
		return false
	}
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() || st.Mode().Perm()&0o077 != 0 {
		return false
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Geteuid()
}

// running tells whether a process of this user has the number. Another user's
// is not the agent.
func running(pid int) bool { return syscall.Kill(pid, 0) == nil }
