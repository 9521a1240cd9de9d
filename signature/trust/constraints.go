package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The GeneralName kinds (RFC 5280 4.2.1.6) whose constraints are understood.
// Any other kind is kept by its tag, an otherName by its tag and type.
const (
	kindEmail     = "1"
	kindDNS       = "2"
	kindDirectory = "4"
	kindURI       = "6"
	kindIP        = "7"
)

var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// generalName is a GeneralName, or the base of a subtree.
type generalName struct {
	kind  string
	value []byte
}

// constraints is the state permitted_subtrees and excluded_subtrees of
// RFC 5280 6.1.1 (b) and (c).
type constraints struct {
	// permitted holds one list per CA: a name must lie within each of them.
	permitted [][]generalName
	excluded  []generalName
	budget    *int // comparisons left
}

// add takes in the constraints of a CA, RFC 5280 6.1.4 (g). The answer is
// empty, or says what is not understood.
func (c *constraints) add(cert *x509.Certificate) string {
	der := extension(cert, 30)
	if der == nil {
		return ""
	}
	in := cryptobyte.String(der)
	var seq, permitted, excluded cryptobyte.String
	var hasPermitted, hasExcluded bool
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() ||
		!seq.ReadOptionalASN1(&permitted, &hasPermitted, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!seq.ReadOptionalASN1(&excluded, &hasExcluded, cbasn1.Tag(1).ContextSpecific().Constructed()) ||
		!seq.Empty() || (!hasPermitted && !hasExcluded) {
		return "malformed nameConstraints"
	}
	list, detail := readSubtrees(permitted)
	if detail != "" {
		return detail
	}
	if len(list) > 0 {
		c.permitted = append(c.permitted, list)
	}
	if list, detail = readSubtrees(excluded); detail != "" {
		return detail
	}
	c.excluded = append(c.excluded, list...)
	return ""
}

func readSubtrees(in cryptobyte.String) (list []generalName, detail string) {
	for !in.Empty() {
		var subtree cryptobyte.String
		if !in.ReadASN1(&subtree, cbasn1.SEQUENCE) {
			return nil, "malformed nameConstraints"
		}
		name, ok := readGeneralName(&subtree)
		if !ok {
			return nil, "malformed nameConstraints"
		}
		// RFC 5280 4.2.1.10: minimum is 0 (so DER leaves it out) and maximum
		// is absent.
		if !subtree.Empty() {
			return nil, "nameConstraints with a minimum or maximum"
		}
		list = append(list, name)
	}
	return list, ""
}

func readGeneralName(in *cryptobyte.String) (generalName, bool) {
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&value, &tag) || tag&0xc0 != 0x80 {
		return generalName{}, false
	}
	name := generalName{fmt.Sprint(tag & 0x1f), value}
	if name.kind == "0" {
		var oid asn1.ObjectIdentifier
		if !value.ReadASN1ObjectIdentifier(&oid) {
			return generalName{}, false
		}
		name.kind += " " + oid.String()
	}
	return name, true
}

// check is RFC 5280 6.1.3 (b) and (c). The answer is empty, or names what is
// out of bounds.
func (c *constraints) check(cert *x509.Certificate) string {
	if len(c.permitted) == 0 && len(c.excluded) == 0 {
		return ""
	}
	names, ok := namesOf(cert)
	if !ok {
		return "a name cannot be read"
	}
	for _, name := range names {
		for _, base := range c.excluded {
			if base.kind != name.kind {
				continue
			}
			if *c.budget--; *c.budget < 0 {
				return "too many names to compare"
			}
			// When in doubt the name is excluded.
			if in, known := matches(name, base, true); in || !known {
				return describe(name) + " is excluded"
			}
		}
		for _, list := range c.permitted {
			constrained, permitted := false, false
			for _, base := range list {
				if base.kind != name.kind {
					continue
				}
				if *c.budget--; *c.budget < 0 {
					return "too many names to compare"
				}
				constrained = true
				if in, known := matches(name, base, false); in && known {
					permitted = true
					break
				}
			}
			if constrained && !permitted {
				return describe(name) + " is not permitted"
			}
		}
	}
	return ""
}

// namesOf is every name cert speaks for: its subject, the subjectAltNames, and
// the e-mail addresses inside the subject, which RFC 5280 4.2.1.10 constrains
// when there is no alternative name and this package always.
func namesOf(cert *x509.Certificate) (names []generalName, ok bool) {
	subject, ok := parseName(cert.RawSubject)
	if !ok {
		return nil, false
	}
	if len(subject) > 0 {
		names = append(names, generalName{kindDirectory, cert.RawSubject})
	}
	for _, r := range subject {
		for _, a := range r {
			if a.oid == oidEmailAddress.String() {
				text, isText := strings.CutPrefix(a.value, "text ")
				if !isText {
					return nil, false
				}
				names = append(names, generalName{kindEmail, []byte(text)})
			}
		}
	}
	if der := extension(cert, 17); der != nil {
		in := cryptobyte.String(der)
		var seq cryptobyte.String
		if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
			return nil, false
		}
		for !seq.Empty() {
			name, ok := readGeneralName(&seq)
			if !ok {
				return nil, false
			}
			names = append(names, name)
		}
	}
	return names, true
}

// matches tells whether name lies in the subtree of base, which is of the same
// kind; known is false when that cannot be told. excluding widens the answer
// for wildcards, which stand for several names.
func matches(name, base generalName, excluding bool) (in, known bool) {
	n, b := strings.ToLower(string(name.value)), strings.ToLower(string(base.value))
	switch name.kind {
	case kindDirectory:
		return within(name.value, base.value), true
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
