package trust

import (
	"bytes"
	"fmt"
	"strings"
)

// matches tells whether name lies in the subtree of base, which is of the same
// kind; known is false when that cannot be told. excluding widens the answer
// for wildcards, which stand for several names.
func matches(name, base generalName, excluding bool) (in, known bool) {
	n, b := name.text, base.text
	switch name.kind {
	case kindDirectory:
		return name.valid && base.valid && isPrefix(base.dn, name.dn), name.valid && base.valid
	case kindDNS:
		if excluding && strings.HasPrefix(n, "*.") && strings.HasSuffix(b, n[1:]) {
			return true, true
		}
		return inDomain(n, b), n != ""
	case kindEmail:
		at := strings.LastIndexByte(n, '@')
		if at <= 0 || at == len(n)-1 {
			return false, false
		}
		if host, ok := strings.CutPrefix(b, "@"); ok {
			return n[at+1:] == host, true // no local part: the host alone
		}
		if strings.Contains(b, "@") {
			// The local part is compared without case too: no mail system in
			// use tells A@x from a@x, and the subject's copy has lost it.
			return n == b, true
		}
		return inHost(n[at+1:], b), true
	case kindURI:
		host, ok := uriHost(n)
		return ok && inHost(host, b), ok
	case kindIP:
		return inNetwork(name.value, base.value)
	}
	return false, false
}

// inDomain is the rule for dNSName: zero or more labels in front of base. A
// leading dot, which is no dNSName but occurs, asks for at least one.
func inDomain(name, base string) bool {
	if base == "" || name == base {
		return true
	}
	return strings.HasSuffix(name, "."+strings.TrimPrefix(base, "."))
}

// inHost is the rule for rfc822Name and URI: base is one host, or with a
// leading dot every host below it.
//
//go:noinline
func inHost(host, base string) bool {
	if strings.HasPrefix(base, ".") {
		return strings.HasSuffix(host, base) && len(host) > len(base)
	}
	return host == base
}

// uriHost is the host name of a URI; constraints apply to names alone, so a
// URI without one, or with an address, cannot be judged (RFC 5280 4.2.1.10).
func uriHost(uri string) (string, bool) {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "", false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 && !strings.HasPrefix(rest, "[") {
		rest = rest[:colon]
	}
	rest = strings.TrimSuffix(rest, ".")
	if rest == "" || strings.HasPrefix(rest, "[") || strings.Trim(rest, "0123456789.") == "" {
		return "", false
	}
	return rest, true
}

// inNetwork: base is an address and a mask of the same length.
func inNetwork(address, base []byte) (in, known bool) {
	if len(address) != 4 && len(address) != 16 {
		return false, false
	}
	if len(base) != 2*len(address) {
		return false, len(base) == 8 || len(base) == 32 // the other family
	}
	network, mask := base[:len(address)], base[len(address):]
	masked := make([]byte, len(address))
	want := make([]byte, len(address))
	for i := range address {
		masked[i], want[i] = address[i]&mask[i], network[i]&mask[i]
	}
	return bytes.Equal(masked, want), true
}

func describe(n generalName) string {
	switch n.kind {
	case kindEmail, kindDNS, kindURI:
		return fmt.Sprintf("%q", n.value)
	case kindDirectory:
		return "the subject or a directory name"
	case kindIP:
		return "an IP address"
	}
	return "a name of kind " + n.kind
}
