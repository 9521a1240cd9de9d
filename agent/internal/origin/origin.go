// Package origin decides which web origin may talk to the agent. It compares
// exact tuples of scheme, host and port as browsers serialise them; it never
// matches by prefix, suffix or pattern, and never believes what a page says of
// itself.
package origin

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// maxLength bounds an origin: eight characters of scheme, the 253 of the
// longest DNS name, a colon and a port.
const maxLength = len("https://") + 253 + len(":65535")

// Origin is the tuple of RFC 6454, 4.
type Origin struct {
	Scheme string // "https", or "http" on a loopback host
	Host   string // lower case ASCII; an IPv6 address without its brackets
	Port   int    // 1 to 65535, the scheme's own when the text names none
}

// Parse reads an origin exactly as a browser puts it into the Origin header
// (RFC 6454, 6.1). Anything a browser would have written otherwise is an error:
// capitals, non-ASCII letters, a default port spelled out, a path, user
// information, a trailing dot. So are "null", file: and every scheme but https;
// http is accepted for the literal loopback hosts alone, where development and
// the demo happen.
func Parse(s string) (Origin, error) {
	if len(s) > maxLength {
		return Origin{}, errors.New("origin is too long")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Origin{}, fmt.Errorf("origin %q has no scheme and host", s)
	}
	o := Origin{Scheme: scheme}
	switch scheme {
	case "https":
		o.Port = 443
	case "http":
		o.Port = 80
	default:
		return Origin{}, fmt.Errorf("origin %q: scheme is not https", s)
	}
	host, port, err := cutPort(rest)
	if err != nil {
		return Origin{}, fmt.Errorf("origin %q: %w", s, err)
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port || int(n) == o.Port {
			return Origin{}, fmt.Errorf("origin %q: port is not one a browser would write", s)
		}
		o.Port = int(n)
	}
	if o.Host, err = parseHost(host); err != nil {
		return Origin{}, fmt.Errorf("origin %q: %w", s, err)
	}
	if o.Scheme == "http" && !loopback(o.Host) {
		return Origin{}, fmt.Errorf("origin %q: http is accepted on a loopback host alone", s)
	}
	return o, nil
}

// String is the serialisation Parse accepts.
func (o Origin) String() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.Scheme == "https" && o.Port == 443 || o.Scheme == "http" && o.Port == 80 {
		return o.Scheme + "://" + host
	}
	return o.Scheme + "://" + host + ":" + strconv.Itoa(o.Port)
}

// cutPort splits "host:port", minding the colons of "[::1]:port".
func cutPort(s string) (host, port string, err error) {
	end := strings.LastIndexByte(s, ']')
	colon := strings.IndexByte(s[end+1:], ':')
	if colon < 0 {
		return s, "", nil
	}
	colon += end + 1
	if colon == len(s)-1 {
		return "", "", errors.New("port is empty")
	}
	return s[:colon], s[colon+1:], nil
}

// parseHost accepts a DNS name or a literal address in the one spelling
// browsers use.
func parseHost(s string) (string, error) {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		a, err := netip.ParseAddr(s[1 : len(s)-1])
		if err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" || a.String() != s[1:len(s)-1] {
			return "", errors.New("host is not an IPv6 address as browsers write it")
		}
		return a.String(), nil
	}
	if s == "" || len(s) > 253 {
		return "", errors.New("host is empty or too long")
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return "", err
		}
	}
	// A host that ends in a number is an IPv4 address to a browser, which has
	// rewritten every other spelling (WHATWG URL, 3.5).
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is4() || a.String() != s {
			return "", errors.New("host ends in a number and is no IPv4 address")
		}
	}
	return s, nil
}

func checkLabel(label string) error {
	if label == "" || len(label) > 63 {
		return errors.New("host has an empty or too long label")
	}
	if label[0] == '-' || label[len(label)-1] == '-' {
		return errors.New("host has a label that starts or ends with a hyphen")
	}
	for _, c := range []byte(label) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return fmt.Errorf("host holds the character %q", c)
		}
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}
