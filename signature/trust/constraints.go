package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
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

var (
	oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
)

// generalName is a GeneralName, or the base of a subtree. It is read once, as
// it may be compared some thousand times.
type generalName struct {
	kind  string
	value []byte
	text  string // for kinds that are text: lower case, without a final dot
	dn    []rdn  // for a directory name
	valid bool   // dn could be read
}

func newName(kind string, value []byte) generalName {
	n := generalName{kind: kind, value: value}
	switch kind {
	case kindEmail, kindDNS, kindURI:
		// A final dot only says that a host name is complete.
		n.text = strings.TrimSuffix(strings.ToLower(string(value)), ".")
	case kindDirectory:
		n.dn, n.valid = parseName(value)
	}
	return n
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
	return c.read(der)
}

// read takes in one nameConstraints extension.
func (c *constraints) read(der []byte) string {
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
	kind := fmt.Sprint(tag & 0x1f)
	if kind == "0" {
		rest := value
		var oid asn1.ObjectIdentifier
		if !rest.ReadASN1ObjectIdentifier(&oid) {
			return generalName{}, false
		}
		kind += " " + oid.String()
	}
	return newName(kind, value), true
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
	bases := len(c.excluded)
	for _, list := range c.permitted {
		bases += len(list)
	}
	if *c.budget -= len(names) * bases; *c.budget < 0 {
		return "too many names to compare"
	}
	for _, name := range names {
		for _, base := range c.excluded {
			if base.kind != name.kind {
				continue
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
// when there is no alternative name and this package always. A common name of
// an end entity that has the form of a host name is one too where no dNSName
// stands beside it (RFC 6125 6.4.4), as there are programs that take it so.
func namesOf(cert *x509.Certificate) (names []generalName, ok bool) {
	subject, ok := parseName(cert.RawSubject)
	if !ok {
		return nil, false
	}
	if len(subject) > 0 {
		names = append(names, newName(kindDirectory, cert.RawSubject))
	}
	var hosts []generalName
	for _, r := range subject {
		for _, a := range r {
			if a.oid == oidEmailAddress.String() {
				text, isText := strings.CutPrefix(a.value, "text ")
				if !isText {
					return nil, false
				}
				names = append(names, newName(kindEmail, []byte(text)))
			}
			if text, isText := strings.CutPrefix(a.value, "text "); isText && a.oid == oidCommonName.String() && isHostName(text) {
				hosts = append(hosts, newName(kindDNS, []byte(text)))
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
	if !cert.IsCA && !slices.ContainsFunc(names, func(n generalName) bool { return n.kind == kindDNS }) {
		names = append(names, hosts...)
	}
	return names, true
}

// isHostName tells whether s has the form of a host name of two labels at
// least, in lower case.
func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	for i, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			(strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" && (label != "*" || i > 0)) {
			return false
		}
	}
	return len(labels) > 1
}
