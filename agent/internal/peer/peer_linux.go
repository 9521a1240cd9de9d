package peer

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"
)

// A program that is just starting or ending may hold a connection in none of
// its processes at the moment of looking.
const (
	holderTries = 2
	holderPause = 10 * time.Millisecond
)

// looking lets one connection at a time be looked into: whoever opens many must
// not make many go through all processes at once.
var looking sync.Mutex

// check finds the user from the kernel's table of connections, and the program
// from who holds the socket. The logon session is not looked at: a desktop's
// programs and the agent have different ones in the kernel's books (audit
// sessions), though one person has logged on once.
func (o Options) check(remote, local netip.AddrPort) error {
	own, found, readable := findOwner(remote, local)
	switch {
	case !readable && o.Browsers == Off:
		return nil // the origin was checked, and a person still has to approve
	case !readable:
		return fmt.Errorf("%w: no table of connections", errUnknown)
	case !found:
		return fmt.Errorf("%w: the kernel's tables do not hold the connection", ErrOtherUser)
	case own.uid != os.Getuid():
		return fmt.Errorf("%w: user %d", ErrOtherUser, own.uid)
	case own.inode == 0:
		// The kernel books what nobody holds any more as root's.
		return fmt.Errorf("%w: no process holds the connection any more", ErrOtherUser)
	case o.Browsers == Off:
		return nil
	}
	looking.Lock()
	defer looking.Unlock()
	var err error
	for i := range holderTries {
		if i > 0 {
			time.Sleep(holderPause)
		}
		if err = o.holders(own.inode); !errors.Is(err, errNobody) {
			break
		}
	}
	if errors.Is(err, errNobody) {
		return fmt.Errorf("%w: %w", ErrNotBrowser, err)
	}
	return err
}

// errNobody: none of this user's processes is seen to hold the connection.
var errNobody = errors.New("no process of this user is seen to hold the connection")

// holders tells whether everything that holds the socket is a browser. A socket
// can be handed on: one browser among the holders is not enough.
func (o Options) holders(inode uint64) error {
	s, err := scan(inode)
	if err != nil {
		return err
	}
	defer s.close()
	seen := false
	for _, p := range s.holding {
		seen = true
		if p.pid == os.Getpid() {
			continue
		}
		if err := o.browser(p); err != nil {
			return fmt.Errorf("%w: process %d: %w", ErrNotBrowser, p.pid, err)
		}
	}
	if seen {
		return nil
	}
	// A process that must not be looked into, such as a browser's sandbox: its
	// parents can be.
	for _, pid := range s.hidden {
		if o.hiddenBrowser(pid) {
			return fmt.Errorf("%w: process %d, which a browser started, may not be looked into", errUnknown, pid)
		}
	}
	return errNobody
}

// hiddenBrowser tells whether the process is this user's and a browser started
// it.
func (o Options) hiddenBrowser(pid int) bool {
	p, err := openProcess(pid)
	if err != nil {
		return false
	}
	defer p.close()
	return p.user() == os.Getuid() && o.below(p)
}
