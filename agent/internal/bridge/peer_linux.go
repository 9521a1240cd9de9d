package bridge

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// sameUser tells whether the process at the other end of a loopback connection
// belongs to the user this agent runs as. On a machine several people are
// logged on to, one person's page must not reach another's token. When the
// kernel does not say, the answer is yes: the origin was checked and a person
// still has to approve.
func sameUser(peer, local netip.AddrPort) bool {
	uid, ok := ownerOf(peer, local)
	return !ok || uid == os.Getuid()
}

// ownerOf finds the user whose socket is bound to from and connected to to.
func ownerOf(from, to netip.AddrPort) (uid int, ok bool) {
	table := "/proc/net/tcp"
	if from.Addr().Is6() && !from.Addr().Is4In6() {
		table = "/proc/net/tcp6"
	}
	f, err := os.Open(table)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	// proc(5): sl local_address rem_address st tx:rx tr:when retrnsmt uid.
	bound, connected := procAddress(from), procAddress(to)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		if len(field) > 7 && field[1] == bound && field[2] == connected {
			uid, err := strconv.Atoi(field[7])
			return uid, err == nil
		}
	}
	return 0, false
}

// procAddress writes an address as the kernel does: each 32-bit word of the
// network-order address printed as a number of the machine's own byte order.
func procAddress(a netip.AddrPort) string {
	b := a.Addr().Unmap().AsSlice()
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		for i := 0; i < len(b); i += 4 {
			b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
		}
	}
	port := []byte{byte(a.Port() >> 8), byte(a.Port())}
	return strings.ToUpper(hex.EncodeToString(b) + ":" + hex.EncodeToString(port))
}
