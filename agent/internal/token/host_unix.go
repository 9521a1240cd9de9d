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
	if err := limitMemory(); err != nil {
		return nil, err
	}
	if err := closeInherited(); err != nil {
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

// closeInherited closes the descriptors that came from the parent beside the
// standard ones: libraries in the agent, or whoever started it, may have left some
// open without FD_CLOEXEC. That they are here without it is how they are told
// from this process's own, which Go opens with it.
func closeInherited() error {
	for fd := 3; fd < maxInherited; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			if err := unix.Close(fd); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxInherited is how many descriptors a program has that does not ask for more.
const maxInherited = 1024

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
