package bridge

import (
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

// TestOwnerOfConnection finds who is at the other end of real connections.
func TestOwnerOfConnection(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			if address == "::1" {
				continue // a machine without it
			}
			t.Fatal(err)
		}
		defer l.Close()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		here, there := netip.MustParseAddrPort(l.Addr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
		if uid, ok := ownerOf(there, here); !ok || uid != os.Getuid() || !sameUser(there, here) {
			t.Errorf("%s: user %d, found %v", address, uid, ok)
		}
	}
}

// TestOtherUser connects as another user, which only root can arrange.
func TestOtherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
	const nobody = 65534
	child := exec.Command("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/"+strconv.Itoa(l.Addr().(*net.TCPAddr).Port)+" && cat <&3")
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
	if uid, ok := ownerOf(peer, here); !ok || uid != nobody || sameUser(peer, here) {
		t.Errorf("user %d, found %v", uid, ok)
	}
	conn.Close()
	child.Wait()
}
