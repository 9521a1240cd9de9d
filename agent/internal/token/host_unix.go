//go:build unix

package token

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hardenProcess prepares the child for a foreign library and returns where the
// answers go. Some vendor libraries print to standard output, which would break
// the frames: the answers move to a private descriptor and standard output and
// error become /dev/null.
func hardenProcess(_ string, out io.Writer) (io.Writer, error) {
	// A crash of the library must not write the PIN to disk.
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return nil, err
	}
	if out != io.Writer(os.Stdout) {
		return out, nil
	}
	private, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	for _, fd := range []int{1, 2} {
		if err := unix.Dup2(int(null.Fd()), fd); err != nil {
			return nil, err
		}
	}
	return os.NewFile(uintptr(private), "answers"), nil
}

// lockMemory asks the system not to swap b out. It is best effort: the limit
// for locked memory may be zero.
func lockMemory(b []byte) {
	if len(b) > 0 {
		_ = unix.Mlock(b)
	}
}

func unlockMemory(b []byte) {
	if len(b) > 0 {
		_ = unix.Munlock(b)
	}
}
