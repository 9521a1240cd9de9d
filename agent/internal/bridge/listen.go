package bridge

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// listenLoopback binds port on 127.0.0.1 and ::1. A machine without ::1 is
// served on 127.0.0.1 alone; a ::1 that somebody else holds makes the port not
// free, or "localhost" would sometimes be the other program.
func listenLoopback(port, maximum int) (int, []net.Listener, error) {
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
	// One bound over both addresses.
	all := &sockets{max: maximum}
	for i, l := range listeners {
		listeners[i] = boundedListener{l, all}
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
