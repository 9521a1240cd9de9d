package bridge

import (
	"container/list"
	"net"
	"sync"
)

// sockets are the TCP connections of the agent, at most max. Those of strangers,
// whose page has not authenticated itself, make room for newer ones, the oldest
// first: whoever only opens connections keeps nobody out.
type sockets struct {
	max int

	mu        sync.Mutex
	open      int
	strangers list.List // of *socket, the oldest in front
}

// socket is one of them.
type socket struct {
	net.Conn
	all    *sockets
	place  *list.Element // among the strangers; nil once it is none
	closed bool
}

// boundedListener accepts sockets.
type boundedListener struct {
	net.Listener
	all *sockets
}

func (l boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if s := l.all.add(conn); s != nil {
			return s, nil
		}
		conn.Close()
	}
}

// add takes conn in, and the oldest stranger out where there is no room. It is
// nil when there is neither.
func (a *sockets) add(conn net.Conn) *socket {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open >= a.max {
		oldest := a.strangers.Front()
		if oldest == nil {
			return nil
		}
		evicted := oldest.Value.(*socket)
		evicted.forget()
		evicted.Conn.Close()
	}
	s := &socket{Conn: conn, all: a}
	s.place = a.strangers.PushBack(s)
	a.open++
	return s
}

// forget takes s out of the books, once. all.mu is held.
func (s *socket) forget() {
	if s.closed {
		return
	}
	s.closed = true
	s.all.open--
	s.settle()
}

// settle takes s out of the strangers. all.mu is held.
func (s *socket) settle() {
	if s.place != nil {
		s.all.strangers.Remove(s.place)
		s.place = nil
	}
}

// trust says that the page at the other end has authenticated itself.
func (s *socket) trust() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.settle()
}

func (s *socket) Close() error {
	s.all.mu.Lock()
	s.forget()
	s.all.mu.Unlock()
	return s.Conn.Close()
}
