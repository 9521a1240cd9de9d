package peer

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOwnerOfConnection finds who is at the other end of real connections, and
// nobody at the end of one that does not exist.
func TestOwnerOfConnection(t *testing.T) {
	for _, c := range []struct{ listen, dial string }{{"127.0.0.1", "127.0.0.1"}, {"127.0.0.1", "::ffff:127.0.0.1"}, {"::1", "::1"}} {
		l, err := net.Listen("tcp", net.JoinHostPort(c.listen, "0"))
		if err != nil {
			if c.listen == "::1" {
				continue // a machine without it
			}
			t.Fatal(err)
		}
		defer l.Close()
		here := netip.MustParseAddrPort(l.Addr().String())
		there, ok := dialAs(t, c.dial, here.Port())
		if !ok {
			continue
		}
		own, found, readable := ownerOf(there, here)
		if !found || !readable || own.uid != os.Getuid() || own.inode == 0 {
			t.Errorf("%s: %+v, found %v, readable %v", c.dial, own, found, readable)
		}
		// Two ways to ask, one answer.
		if again, found, _ := ownerInTables(there, here); !found || again != own {
			t.Errorf("%s: the tables say %+v, %v", c.dial, again, found)
		}
		if asked, found, err := askKernel(there, here); err != nil || !found || asked != own {
			t.Errorf("%s: the kernel says %+v, %v, %v", c.dial, asked, found, err)
		}
		// This very process may always ask.
		if err := Check(Options{Browsers: Strict})(there, here); err != nil {
			t.Errorf("%s: %v", c.dial, err)
		}
		// From port 0 nothing is ever connected.
		nowhere := netip.AddrPortFrom(there.Addr(), 0)
		if _, found, readable := ownerOf(nowhere, here); found || !readable {
			t.Errorf("%s: a connection that does not exist: found %v, readable %v", c.dial, found, readable)
		}
		if _, found, readable := ownerInTables(nowhere, here); found || !readable {
			t.Errorf("%s: the tables hold a connection that does not exist: found %v, readable %v", c.dial, found, readable)
		}
		// Nor is the listener taken for a connection of its own port.
		if own, found, err := askKernel(here, there); err != nil || !found {
			t.Errorf("%s: the other end: %+v, %v, %v", c.dial, own, found, err)
		}
		for _, port := range []uint16{0, 1} {
			if own, found, err := askKernel(here, netip.AddrPortFrom(there.Addr(), port)); err != nil || found {
				t.Errorf("%s: the listener is taken for a connection from port %d: %+v, %v, %v", c.dial, port, own, found, err)
			}
		}
		if err := Check(Options{Browsers: Off})(nowhere, here); !errors.Is(err, ErrOtherUser) {
			t.Errorf("%s: a connection that does not exist passes: %v", c.dial, err)
		}
	}
}

// dialAs connects a socket of the address's own family, which net.Dial does not
// do for ::ffff:127.0.0.1. It gives the address the listener sees, or false on
// a machine without IPv6.
func dialAs(t *testing.T, address string, port uint16) (netip.AddrPort, bool) {
	t.Helper()
	a := netip.MustParseAddr(address)
	family, to := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: int(port), Addr: a.As16()})
	if a.Is4() {
		family, to = syscall.AF_INET, &syscall.SockaddrInet4{Port: int(port), Addr: a.As4()}
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == syscall.EAFNOSUPPORT {
		return netip.AddrPort{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Connect(fd, to); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch name := name.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port)), true
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), uint16(name.Port)), true
	}
	t.Fatalf("socket name %T", name)
	return netip.AddrPort{}, false
}

// TestOtherUser connects as another user, which only root can arrange: with an
// IPv4 socket, and with an IPv6 socket to the same listener.
func TestOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	for _, address := range []string{"127.0.0.1", "::ffff:127.0.0.1"} {
		t.Run(address, func(t *testing.T) {
			if _, err := os.Stat("/proc/net/tcp6"); err != nil && address != "127.0.0.1" {
				return // a machine without IPv6
			}
			otherUser(t, address)
		})
	}
}

func otherUser(t *testing.T, address string) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
	child := exec.Command("bash", "-c", "exec 3<>/dev/tcp/"+address+"/"+strconv.Itoa(l.Addr().(*net.TCPAddr).Port)+" && cat <&3")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	child.Dir = "/"
	var said strings.Builder
	child.Stderr = &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		child.Wait()
		t.Fatalf("%v: %s", err, said.String())
	}
	peer, here := netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
	for name, look := range map[string]func(from, to netip.AddrPort) (owner, bool, bool){"kernel": ownerOf, "tables": ownerInTables} {
		if own, found, _ := look(peer, here); !found || own.uid != nobody {
			t.Errorf("%s: %+v, found %v", name, own, found)
		}
	}
	for _, mode := range []Mode{Default, Strict, Off} {
		if err := Check(Options{Browsers: mode})(peer, here); !errors.Is(err, ErrOtherUser) {
			t.Errorf("%s: another user's connection: %v", mode, err)
		}
	}
	// What is tested is a socket in the other table than the listener's.
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	if short := strings.Contains(string(table), procAddress(peer)+" "+procAddress(here)); short != (address == "127.0.0.1") {
		t.Errorf("in /proc/net/tcp: %v", short)
	}
	conn.Close()
	child.Wait()
}
