package peer

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// The numbers of linux/sock_diag.h and linux/inet_diag.h.
const (
	sockDiagByFamily = 20
	tcpListen        = 10                     // net/tcp_states.h
	diagRequestBytes = unix.NLMSG_HDRLEN + 56 // struct inet_diag_req_v2
	diagAnswerBytes  = unix.NLMSG_HDRLEN + 72 // struct inet_diag_msg
)

// diagTimeout is how long the kernel may take, which answers at once.
var diagTimeout = unix.Timeval{Sec: 1}

// askKernel asks for the one socket that is bound to from and connected to to.
// Reading its tables instead takes milliseconds, as they are as large as the
// machine's memory allows. An error means that it has to be found there.
func askKernel(from, to netip.AddrPort) (o owner, found bool, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return owner{}, false, err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &diagTimeout); err != nil {
		return owner{}, false, err
	}
	if err := unix.Sendto(fd, diagRequest(from, to), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return owner{}, false, err
	}
	buf := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return owner{}, false, err
	}
	return diagAnswer(buf[:n], from, to)
}

// diagRequest writes numbers in the machine's own byte order, ports and
// addresses in the network's.
func diagRequest(from, to netip.AddrPort) []byte {
	family := byte(unix.AF_INET6)
	src, dst := from.Addr().Unmap(), to.Addr().Unmap()
	if src.Is4() && dst.Is4() {
		family = unix.AF_INET // finds an IPv6 socket that is connected so as well
	}
	b := make([]byte, diagRequestBytes)
	binary.NativeEndian.PutUint32(b, diagRequestBytes)
	binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	r := b[unix.NLMSG_HDRLEN:]
	r[0], r[1] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // sockets in any state
	binary.BigEndian.PutUint16(r[8:], from.Port())
	binary.BigEndian.PutUint16(r[10:], to.Port())
	copy(r[12:28], src.AsSlice())
	copy(r[28:44], dst.AsSlice())
	// No interface; the cookie is not known.
	binary.NativeEndian.PutUint64(r[48:], ^uint64(0))
	return b
}

// diagAnswer reads the answer. Where there is no such connection the kernel may
// name a listener instead, which is connected to nothing.
func diagAnswer(b []byte, from, to netip.AddrPort) (owner, bool, error) {
	if len(b) < unix.NLMSG_HDRLEN+4 {
		return owner{}, false, errors.New("short answer of the kernel")
	}
	r := b[unix.NLMSG_HDRLEN:]
	switch kind := binary.NativeEndian.Uint16(b[4:]); {
	case kind == unix.NLMSG_ERROR:
		errno := unix.Errno(-int32(binary.NativeEndian.Uint32(r)))
		if errno == unix.ENOENT {
			return owner{}, false, nil
		}
		return owner{}, false, errno
	case kind != sockDiagByFamily || len(b) < diagAnswerBytes:
		return owner{}, false, errors.New("unknown answer of the kernel")
	}
	if r[1] == tcpListen || binary.BigEndian.Uint16(r[4:]) != from.Port() || binary.BigEndian.Uint16(r[6:]) != to.Port() {
		return owner{}, false, nil
	}
	return owner{int(binary.NativeEndian.Uint32(r[64:])), uint64(binary.NativeEndian.Uint32(r[68:]))}, true, nil
}
