package peer

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
)

var getExtendedTCPTable = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")

const (
	tcpTableOwnerPIDConnections = 4 // TCP_TABLE_OWNER_PID_CONNECTIONS
	// maxTCPTable bounds the table: 64 Ki sockets of 56 bytes.
	maxTCPTable = 4 << 20
)

// ownerOf finds the process whose socket is bound to from and connected to to.
func ownerOf(from, to netip.AddrPort) (uint32, bool) {
	// MIB_TCPROW_OWNER_PID and MIB_TCP6ROW_OWNER_PID: sizes and offsets of
	// local address, local port, remote address, remote port, process.
	family, row := uintptr(windows.AF_INET), [6]int{24, 4, 8, 12, 16, 20}
	if from.Addr().Is6() && !from.Addr().Is4In6() {
		family, row = windows.AF_INET6, [6]int{56, 0, 20, 24, 44, 52}
	}
	table := tcpTable(family)
	if len(table) < 4 {
		return 0, false
	}
	local, remote := from.Addr().Unmap().AsSlice(), to.Addr().Unmap().AsSlice()
	for b := table[4:]; len(b) >= row[0]; b = b[row[0]:] {
		if string(b[row[1]:row[1]+len(local)]) == string(local) && binary.BigEndian.Uint16(b[row[2]:]) == from.Port() &&
			string(b[row[3]:row[3]+len(remote)]) == string(remote) && binary.BigEndian.Uint16(b[row[4]:]) == to.Port() {
			pid := binary.LittleEndian.Uint32(b[row[5]:])
			return pid, pid != 0 // 0 is the idle process: the owner is not known
		}
	}
	return 0, false
}

// tcpTable reads the system's table of connections; empty when it cannot.
func tcpTable(family uintptr) []byte {
	size := uint32(64 << 10)
	// The table may grow between two calls; three tries are enough.
	for range 3 {
		if size > maxTCPTable {
			return nil
		}
		buf := make([]byte, size)
		r, _, _ := getExtendedTCPTable.Call(uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, family, tcpTableOwnerPIDConnections, 0)
		switch windows.Errno(r) {
		case 0:
			rows := int(binary.LittleEndian.Uint32(buf))
			width := 24
			if family == windows.AF_INET6 {
				width = 56
			}
			return buf[:min(len(buf), 4+rows*width)]
		case windows.ERROR_INSUFFICIENT_BUFFER:
		default:
			return nil
		}
	}
	return nil
}
