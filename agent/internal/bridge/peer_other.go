//go:build !linux && !windows

package bridge

import "net/netip"

// sameUser is not known on this system: the origin was checked and a person
// still has to approve.
func sameUser(peer, local netip.AddrPort) bool { return true }
