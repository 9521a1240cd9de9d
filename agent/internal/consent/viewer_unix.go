//go:build !windows

package consent

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// viewBases are the folders for what is being looked at: that of the login
// session, which is in memory, then the person's cache.
func viewBases() (bases []string) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		bases = append(bases, dir)
	}
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "kyso")
		if os.MkdirAll(dir, 0o700) == nil {
			bases = append(bases, dir)
		}
	}
	return bases
}

// openFile starts the system's program for a file and does not wait for its
// end: viewers stay open.
func openFile(path string) error {
	cmd := exec.Command(opener, path)
	// Not one of our group: Ctrl-C here is not meant for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open with %s: %w", opener, err)
	}
	go cmd.Wait()
	return nil
}
