package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"kyso/agent/internal/origin"
)

// transport reaches the one origin. The name is looked up once for the whole
// exchange, so that no later answer leads elsewhere, and each connection is
// checked by the address it is made to.
func (s *Sites) transport(ctx context.Context, at origin.Origin) (*http.Transport, error) {
	t := &http.Transport{
		TLSHandshakeTimeout: connectTime, TLSClientConfig: &tls.Config{RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12},
		DisableCompression: true, MaxResponseHeaderBytes: maxHeaderBytes,
		DisableKeepAlives: true, Protocols: new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if s.proxy != nil && !isLoopbackName(at.Host) && !s.direct.direct(at.Host) {
		proxy := hostPort(s.proxy)
		if a, err := netip.ParseAddr(at.Host); err == nil && neverSite(a) {
			return nil, &Error{Code: Forbidden, Detail: "address " + a.String()}
		}
		t.Proxy = http.ProxyURL(s.proxy)
		t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: connectTime, Resolver: s.o.Resolver}
			return s.patient(d.DialContext(ctx, network, proxy))
		}
		return t, nil
	}
	addresses, err := s.lookUp(ctx, at.Host)
	if err != nil {
		return nil, err
	}
	t.DialContext = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: connectTime, Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return siteAddress(at.Host, to.Addr())
		}}
		for _, a := range addresses {
			if conn, err = s.patient(d.DialContext(ctx, network, net.JoinHostPort(a.String(), port))); err == nil {
				return conn, nil
			}
		}
		return nil, err
	}
	return t, nil
}

// maxSiteAddresses bounds the addresses of one name that are tried.
const maxSiteAddresses = 4

// lookUp finds the addresses of a host and refuses all of them when one leads to
// this machine: a site has no honest reason for that.
func (s *Sites) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	addresses := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addresses = append(addresses, a)
	} else {
		resolver := s.o.Resolver
		if resolver == nil {
			resolver = net.DefaultResolver
		}
		if addresses, err = resolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, err
		}
	}
	for i, a := range addresses {
		addresses[i] = a.Unmap()
		if err := siteAddress(host, addresses[i]); err != nil {
			return nil, err
		}
	}
	if len(addresses) == 0 {
		return nil, &Error{Code: Unreachable, Detail: "the name has no address"}
	}
	return addresses[:min(len(addresses), maxSiteAddresses)], nil
}

func isLoopbackName(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// siteAddress tells whether the host may have that address. A site inside the
// agency's network is what this is for; this machine, and what clouds tell their
// machines, never belong to one that is not called so itself.
func siteAddress(host string, a netip.Addr) error {
	if isLoopbackName(host) && a.IsLoopback() {
		return nil
	}
	if neverSite(a) {
		return &Error{Code: Forbidden, Detail: "address " + a.String()}
	}
	return nil
}

// neverNetworks are no sites': this host, the link, clouds' own services, what is
// no address of one machine, and old ways to write IPv4 addresses in IPv6.
var neverNetworks = prefixes(
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32", // metadata of two clouds
	"::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", // the last is IPv4 in some place of a network's own (RFC 8215)
	"fe80::/10", "fec0::/10", "ff00::/8", "2001::/23",
	"fd00:ec2::/32", "fd20:ce::/32", // metadata of two more
)

var sixToFour = netip.MustParsePrefix("2002::/16")

func neverSite(a netip.Addr) bool {
	if a.Zone() != "" {
		return true
	}
	a = a.Unmap()
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return neverSite(netip.AddrFrom4([4]byte(b[12:])))
	case sixToFour.Contains(a):
		return neverSite(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return slices.ContainsFunc(neverNetworks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// patient makes a connection end that stalls.
func (s *Sites) patient(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return &stallConn{conn, s.o.StallTime}, nil
}

type stallConn struct {
	net.Conn
	limit time.Duration
}

func (c *stallConn) Read(p []byte) (int, error) {
	c.Conn.SetReadDeadline(time.Now().Add(c.limit))
	return c.Conn.Read(p)
}

// Write tells of nothing but a stall and its own closing. A server that refuses
// an upload answers and closes while the document is still on its way: the answer
// is what the person needs, and net/http drops it when writing fails. Where there
// is none, reading fails as well.
func (c *stallConn) Write(p []byte) (int, error) {
	// Both ways: the answer is read for while the document is being written.
	c.Conn.SetDeadline(time.Now().Add(c.limit))
	n, err := c.Conn.Write(p)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		return len(p), nil
	}
	return n, err
}
