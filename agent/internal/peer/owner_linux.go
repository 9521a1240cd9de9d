package peer

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// A connection is in the kernel's table before it is accepted; a table that was
// read while it changed may still miss it. It is read this often, so far apart.
const (
	ownerTries = 3
	ownerPause = 5 * time.Millisecond
)

// owner is whose a socket is: the user, and the number by which processes hold
// it; 0 for one that no process holds any more.
type owner struct {
	uid   int
	inode uint64
}

// findOwner is ownerOf, patiently.
func findOwner(peer, local netip.AddrPort) (o owner, found, readable bool) {
	for i := range ownerTries {
		if i > 0 {
			time.Sleep(ownerPause)
		}
		o, found, readable = ownerOf(peer, local)
		if !readable || found {
			break
		}
	}
	return o, found, readable
}

// ownerOf finds whose socket is bound to from and connected to to.
func ownerOf(from, to netip.AddrPort) (o owner, found, readable bool) {
	if o, found, err := askKernel(from, to); err == nil {
		return o, found, true
	}
	return ownerInTables(from, to)
}

// ownerInTables is ownerOf from the tables of proc(5). Without a readable table
// nothing can be found. An IPv4 connection is in one of two: an IPv6 socket can
// be connected to ::ffff:127.0.0.1.
func ownerInTables(from, to netip.AddrPort) (o owner, found, readable bool) {
	type place struct {
		table    string
		from, to netip.AddrPort
	}
	places := []place{{"/proc/net/tcp6", long(from), long(to)}}
	if from.Addr().Unmap().Is4() {
		places = append(places, place{"/proc/net/tcp", short(from), short(to)})
	}
	for _, p := range places {
		f, err := os.Open(p.table)
		if err != nil {
			continue
		}
		readable = true
		o, found = ownerIn(f, procAddress(p.from), procAddress(p.to))
		f.Close()
		if found {
			break
		}
	}
	return o, found, readable
}

// ownerIn looks a connection up in a table of proc(5), whose columns are
// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode.
func ownerIn(table io.Reader, bound, connected string) (o owner, found bool) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		if len(field) > 9 && field[1] == bound && field[2] == connected {
			uid, err := strconv.Atoi(field[7])
			inode, bad := strconv.ParseUint(field[9], 10, 64)
			return owner{uid, inode}, err == nil && bad == nil
		}
	}
	return owner{}, false
}

// procAddress writes an address as the kernel does: each 32-bit word of the
// network-order address printed as a number of the machine's own byte order.
func procAddress(a netip.AddrPort) string {
	b := a.Addr().AsSlice()
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		for i := 0; i < len(b); i += 4 {
			b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
		}
	}
	port := []byte{byte(a.Port() >> 8), byte(a.Port())}
	return strings.ToUpper(hex.EncodeToString(b) + ":" + hex.EncodeToString(port))
}

// long writes an IPv4 address as ::ffff:a.b.c.d, short the reverse.
func long(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
}

func short(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
