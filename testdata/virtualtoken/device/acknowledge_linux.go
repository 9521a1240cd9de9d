package device

import (
	"net"
	"syscall"
)

// acknowledgeAtOnce has the next bytes acknowledged without delay. The virtual
// reader sends the length of a message by itself and the rest only when that
// is acknowledged, which the kernel otherwise puts off for 40 ms, each time.
func acknowledgeAtOnce(connection net.Conn) {
	raw, ok := connection.(*net.TCPConn)
	if !ok {
		return
	}
	if control, err := raw.SyscallConn(); err == nil {
		control.Control(func(fd uintptr) { // an error costs time only
			syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
		})
	}
}
