//go:build !linux && !windows

package peer

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// native can look at the user alone without C, like check.
func (o Options) native(c net.Conn) error {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%w: no Unix socket", ErrOtherProgram)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOtherProgram, err)
	}
	var cred *unix.Xucred
	failed := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED) })
	if err := errors.Join(failed, err); err != nil {
		return fmt.Errorf("%w: %w", ErrOtherProgram, err)
	}
	if int(cred.Uid) != os.Getuid() {
		return fmt.Errorf("%w: user %d", ErrOtherUser, cred.Uid)
	}
	if o.Browsers == Off {
		return nil
	}
	return errUnknown
}
