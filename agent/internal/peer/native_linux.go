package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// native asks the kernel for the process that connected (SO_PEERCRED), and then
// whether that process holds the connection: a number of a process can come to
// another one, a connection cannot.
func (o Options) native(c net.Conn) error {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("%w: no Unix socket", ErrOtherProgram)
	}
	cred, inode, err := ends(socket)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOtherProgram, err)
	}
	if int(cred.Uid) != os.Getuid() {
		return fmt.Errorf("%w: user %d", ErrOtherUser, cred.Uid)
	}
	own, err := openProcess(os.Getpid())
	if err != nil {
		return fmt.Errorf("%w: no /proc", errUnknown)
	}
	defer own.close()
	p, err := openProcess(int(cred.Pid))
	if err != nil {
		return fmt.Errorf("%w: process %d has ended", ErrOtherProgram, cred.Pid)
	}
	defer p.close()
	if err := sameProgram(p, own); err != nil {
		return fmt.Errorf("%w: process %d: %w", ErrOtherProgram, p.pid, err)
	}
	theirs, err := otherEnd(inode)
	if err != nil {
		return fmt.Errorf("%w: which socket is at the other end: %w", errUnknown, err)
	}
	left := maxDescriptors
	if held, err := p.holds([]byte("socket:["+strconv.FormatUint(uint64(theirs), 10)+"]"), &left); !held {
		return fmt.Errorf("%w: process %d does not hold the connection (%v)", ErrOtherProgram, p.pid, err)
	}
	if o.Browsers == Off {
		return nil
	}
	return o.startedByBrowser(p)
}

// ends are who connected, and the number of this side's socket.
func ends(c *net.UnixConn) (cred *unix.Ucred, inode uint32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, 0, err
	}
	var st unix.Stat_t
	failed := raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			err = unix.Fstat(int(fd), &st)
		}
	})
	return cred, uint32(st.Ino), errors.Join(failed, err)
}

// sameProgram tells whether p runs the file that own, this process, runs, or
// the one that an administrator has put in that one's place.
func sameProgram(p, own process) error {
	var theirs, ours unix.Stat_t
	if err := unix.Fstatat(p.folder, "exe", &theirs, 0); err != nil {
		return fmt.Errorf("its program is not shown: %w", err)
	}
	if err := unix.Fstatat(own.folder, "exe", &ours, 0); err != nil {
		return fmt.Errorf("this program is not shown: %w", err)
	}
	if theirs.Dev == ours.Dev && theirs.Ino == ours.Ino {
		return nil
	}
	exe, err := own.link("exe")
	if err != nil {
		return err
	}
	if at, ok := strings.CutSuffix(exe, deleted); ok && same(at, &theirs) && theirs.Uid == 0 && theirs.Mode&0o022 == 0 {
		return rootAlone(filepath.Dir(at))
	}
	return errors.New("it runs another file")
}

// startedByBrowser tells whether the process right above p is a browser of this
// user.
func (o Options) startedByBrowser(p process) error {
	above, err := openProcess(p.parent())
	if err != nil {
		return fmt.Errorf("%w: nothing is above process %d", ErrNotBrowser, p.pid)
	}
	defer above.close()
	if p.parent() != above.pid { // it ended meanwhile, and its number may be another's
		return fmt.Errorf("%w: what started process %d has ended", ErrNotBrowser, p.pid)
	}
	if above.user() != os.Getuid() {
		return fmt.Errorf("%w: another user started process %d", ErrNotBrowser, p.pid)
	}
	if err := o.browser(above); err != nil {
		return fmt.Errorf("%w: process %d was started by %d: %w", ErrNotBrowser, p.pid, above.pid, err)
	}
	return nil
}

// The numbers of linux/unix_diag.h.
const (
	showPeer             = 4                      // UDIAG_SHOW_PEER
	attributePeer        = 2                      // UNIX_DIAG_PEER
	unixDiagRequestBytes = unix.NLMSG_HDRLEN + 24 // struct unix_diag_req
	unixDiagAnswerBytes  = unix.NLMSG_HDRLEN + 16 // struct unix_diag_msg
)

// otherEnd asks the kernel which socket a Unix socket is connected to, both by
// their numbers.
func otherEnd(inode uint32) (uint32, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &diagTimeout); err != nil {
		return 0, err
	}
	b := make([]byte, unixDiagRequestBytes)
	binary.NativeEndian.PutUint32(b, unixDiagRequestBytes)
	binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	r := b[unix.NLMSG_HDRLEN:]
	r[0] = unix.AF_UNIX
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // sockets in any state
	binary.NativeEndian.PutUint32(r[8:], inode)
	binary.NativeEndian.PutUint32(r[12:], showPeer)
	binary.NativeEndian.PutUint64(r[16:], ^uint64(0)) // the cookie is not known
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	buf := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return 0, err
	}
	return peerIn(buf[:n])
}

// peerIn reads the answer: a unix_diag_msg, and attributes of which one is the
// peer's number.
func peerIn(b []byte) (uint32, error) {
	if len(b) < unix.NLMSG_HDRLEN+4 {
		return 0, errors.New("short answer of the kernel")
	}
	switch kind := binary.NativeEndian.Uint16(b[4:]); {
	case kind == unix.NLMSG_ERROR:
		return 0, unix.Errno(-int32(binary.NativeEndian.Uint32(b[unix.NLMSG_HDRLEN:])))
	case kind != sockDiagByFamily || len(b) < unixDiagAnswerBytes:
		return 0, errors.New("unknown answer of the kernel")
	}
	for a := b[unixDiagAnswerBytes:]; len(a) >= 4; {
		length := int(binary.NativeEndian.Uint16(a))
		if length < 4 || length > len(a) {
			break
		}
		if binary.NativeEndian.Uint16(a[2:]) == attributePeer && length >= 8 {
			return binary.NativeEndian.Uint32(a[4:]), nil
		}
		a = a[min((length+3)&^3, len(a)):]
	}
	return 0, errors.New("nothing is at the other end any more")
}
