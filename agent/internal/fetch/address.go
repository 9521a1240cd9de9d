package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// rules say which addresses may be opened.
type rules struct {
	networks []netip.Prefix
	hosts    []string // lower case
	ports    []string
	proxied  bool // a proxy resolves the names
}

func parseRules(allowPrivate []string, ports []int) (rules, error) {
	r := rules{ports: []string{"", "80", "443"}}
	for _, entry := range allowPrivate {
		if p, err := netip.ParsePrefix(entry); err == nil {
			r.networks = append(r.networks, p.Masked())
		} else if a, err := netip.ParseAddr(entry); err == nil && a.Zone() == "" {
			r.networks = append(r.networks, netip.PrefixFrom(a, a.BitLen()))
		} else if isHostName(entry) && !endsInNumber(entry) {
			r.hosts = append(r.hosts, normalHost(entry))
		} else {
			return r, fmt.Errorf("fetch: %q is no host name, IP address or network", entry)
		}
	}
	for _, port := range ports {
		if port < 1 || port > 65535 {
			return r, fmt.Errorf("fetch: port %d is not between 1 and 65535", port)
		}
		r.ports = append(r.ports, strconv.Itoa(port))
	}
	return r, nil
}

func isHostName(s string) bool {
	return s != "" && len(s) <= 253 && strings.Trim(s, ".") != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_')
	})
}

// endsInNumber tells whether a name may be read as an IPv4 address in one of
// its old spellings, such as 127.1 or 0x7f000001.
func endsInNumber(host string) bool {
	last := normalHost(host)
	last = last[strings.LastIndexByte(last, '.')+1:]
	return strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")
}

func normalHost(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }

// maxURL bounds an address from a certificate; real ones have some hundred
// characters, an OCSP request in a GET twice that.
const maxURL = 2048

// check looks at an address before anything is sent, and at each redirect.
func (r *rules) check(u *url.URL) error {
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &Error{Code: BadURL, Detail: "neither http nor https"}
	case u.User != nil:
		return &Error{Code: BadURL, Detail: "it carries a name or password"}
	case u.Opaque != "" || len(u.String()) > maxURL:
		return &Error{Code: BadURL, Detail: "malformed"}
	case !slices.Contains(r.ports, u.Port()):
		return &Error{Code: Forbidden, Detail: "port " + u.Port()}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return r.address(a)
	}
	if !isHostName(host) || endsInNumber(host) {
		return &Error{Code: BadURL, Detail: "malformed host name"}
	}
	// Other names are judged by the address they lead to. A proxy would take
	// these for its own machine or one beside it.
	if name := normalHost(host); r.proxied && !r.direct(host) && (!strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost")) {
		return &Error{Code: Forbidden, Detail: "a name inside the proxy's network"}
	}
	return nil
}

// direct tells whether host is named by the administrator.
func (r *rules) direct(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return r.inside(a)
	}
	return slices.Contains(r.hosts, normalHost(host))
}

func (r *rules) inside(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(r.networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (r *rules) address(a netip.Addr) error {
	if !isPublic(a) && !r.inside(a) {
		return &Error{Code: Forbidden, Detail: "address " + a.String() + " is not public"}
	}
	return nil
}

// dial connects to addresses that are allowed. They are checked when the
// connection is made, on the address it is made to: what a name meant a moment
// earlier proves nothing. proxy is the address of the proxy, which the
// administrator chose, or empty.
func (r *rules) dial(resolver *net.Resolver, proxy string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: connectTime, Resolver: resolver}
		if address != proxy && !slices.Contains(r.hosts, normalHost(host)) {
			d.Control = func(_, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil {
					return err
				}
				return r.address(to.Addr())
			}
		}
		return d.DialContext(ctx, network, address)
	}
}

// special are the networks that are no part of the public internet, by the
// registries of RFC 6890, with those that lead elsewhere by translation.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23",     // protocol assignments, Teredo among them
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: any IPv4 address
	"3fff::/20",     // documentation
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")
	// nat64 is how a network without IPv4 reaches it; the address is in the
	// last four bytes (RFC 6052).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// isPublic tells whether a belongs to the public internet.
func isPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !globalIPv6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}
