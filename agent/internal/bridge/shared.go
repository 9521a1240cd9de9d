package bridge

import (
	"errors"
	"net"
	"net/netip"
	"os"
)

// What follows is for the listener beside this one, package vgca.

// ListenLoopback binds port on 127.0.0.1 and, where the machine has it, ::1, and
// nowhere else; 0 lets the system choose. At most sockets connections are open at
// a time.
func ListenLoopback(port, sockets int) (int, []net.Listener, error) {
	return listenLoopback(port, sockets)
}

// Spool is a private folder for documents under way.
type Spool struct{ s *spool }

// NewSpool makes the folder for a port anew, in base or in the user's cache.
func NewSpool(base string, port int) (*Spool, error) {
	s, err := newSpool(base, port)
	return &Spool{s}, err
}

// Create makes a file that nobody else can open and that is gone when it is
// closed.
func (s *Spool) Create() (*os.File, error) { return s.s.create() }

// Remove removes the folder.
func (s *Spool) Remove() error { return s.s.remove() }

// SameUser judges who is at the other end of a loopback connection.
func SameUser(remote, local netip.AddrPort) error {
	if !sameUser(remote, local) {
		return errors.New("the peer is another user's process")
	}
	return nil
}
