package bridge

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// listenLoopback binds port on 127.0.0.1 and ::1. A machine without ::1 is
// served on 127.0.0.1 alone; a ::1 that somebody else holds makes the port not
// free, or "localhost" would sometimes be the other program.
func listenLoopback(port, sockets int) (int, []net.Listener, error) {
	four, err := listenOn(netip.MustParseAddr("127.0.0.1"), port)
	if err != nil {
		return 0, nil, err
	}
	port = four.Addr().(*net.TCPAddr).Port
	listeners := []net.Listener{four}
	// Any free port of ::1 tells whether the machine has that address at all.
	if probe, err := listenOn(netip.IPv6Loopback(), 0); err == nil {
		probe.Close()
		six, err := listenOn(netip.IPv6Loopback(), port)
		if err != nil {
			four.Close()
			return 0, nil, err
		}
		listeners = append(listeners, six)
	}
	// One limit over both addresses.
	limit := make(chan struct{}, sockets)
	for i, l := range listeners {
		listeners[i] = limitListener{l, limit}
	}
	return port, listeners, nil
}

func listenOn(addr netip.Addr, port int) (net.Listener, error) {
	lc := net.ListenConfig{Control: exclusive}
	l, err := lc.Listen(context.Background(), "tcp", netip.AddrPortFrom(addr, uint16(port)).String())
	if err != nil {
		return nil, err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("bound %s, which is not loopback", l.Addr())
	}
	return l, nil
}

// limitListener closes connections beyond its limit at once, so that silent
// ones cannot use up the process's file handles.
type limitListener struct {
	net.Listener
	limit chan struct{}
}

func (l limitListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.limit <- struct{}{}:
			return &limitConn{Conn: conn, release: sync.OnceFunc(func() { <-l.limit })}, nil
		default:
			conn.Close()
		}
	}
}

type limitConn struct {
	net.Conn
	release func()
}

func (c *limitConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
