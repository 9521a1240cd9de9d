package bridge

import (
	"net"
	"net/netip"
	"os"
	"testing"
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
		pid, ok := ownerOf(there, here)
		known := ok && pid == uint32(os.Getpid())
		// Wine does not tell the owners of IPv6 sockets.
		if !known && (ok || address == "127.0.0.1") || !sameUser(there, here) {
			t.Errorf("%s: process %d, found %v", address, pid, ok)
		}
	}
}
