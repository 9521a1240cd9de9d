package trust

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Bounds on names. Real ones have about ten attributes, one to a set; test
// suites put some hundred addresses into one. Sets are compared in a time that
// grows with the square.
const (
	maxAttributes = 4096
	maxSet        = 32
	maxNameBytes  = 128 << 10
)

// attribute is one AttributeTypeAndValue in the form names are compared in.
type attribute struct{ oid, value string }

// rdn is a RelativeDistinguishedName, a set.
type rdn []attribute

// SameName compares two DER Names by RFC 5280 7.1: the strings without regard
// to case, string type and repeated spaces; everything else byte for byte.
// Names that cannot be read are the same only when their bytes are.
func SameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok := parseName(a)
	if !ok {
		return false
	}
	y, ok := parseName(b)
	return ok && len(x) == len(y) && isPrefix(x, y)
}

//go:noinline
func isPrefix(base, name []rdn) bool {
	if len(base) > len(name) {
		return false
	}
	for i := range base {
		if !sameRDN(base[i], name[i]) {
			return false
		}
	}
	return true
}

//go:noinline
func sameRDN(a, b rdn) bool {
	if len(a) != len(b) {
		return false
	}
	used := make([]bool, len(b))
next:
	for _, x := range a {
		for i, y := range b {
			if !used[i] && x == y {
				used[i] = true
				continue next
			}
		}
		return false
	}
	return true
}

// nameKey is a string that two names share exactly when SameName holds.
func nameKey(der []byte) string {
	name, ok := parseName(der)
	if !ok {
		return "unreadable " + string(der)
	}
	var b strings.Builder
	for _, r := range name {
		parts := make([][]byte, len(r))
		for i, a := range r {
			parts[i] = []byte(a.oid + "=" + a.value)
		}
		sort.Slice(parts, func(i, j int) bool { return bytes.Compare(parts[i], parts[j]) < 0 })
		fmt.Fprintf(&b, "%d(", len(parts))
		for _, p := range parts {
			fmt.Fprintf(&b, "%d:%s", len(p), p)
		}
	}
	return b.String()
}

// parseName reads a DER Name.
func parseName(der []byte) ([]rdn, bool) {
	if len(der) > maxNameBytes {
		return nil, false
	}
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, false
	}
	var name []rdn
	for n := 0; !seq.Empty(); {
		var set cryptobyte.String
		if !seq.ReadASN1(&set, cbasn1.SET) || set.Empty() {
			return nil, false
		}
		var r rdn
		for ; !set.Empty(); n++ {
			var pair, value cryptobyte.String
			var oid asn1.ObjectIdentifier
			var tag cbasn1.Tag
			if n == maxAttributes || len(r) == maxSet || !set.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1ObjectIdentifier(&oid) ||
				!pair.ReadAnyASN1(&value, &tag) || !pair.Empty() {
				return nil, false
			}
			r = append(r, attribute{oid.String(), normalized(tag, value)})
		}
		name = append(name, r)
	}
	return name, true
}

// normalized is a value in a form that is equal for values that are the same:
// a simplification of RFC 4518 that keeps what tells names apart.
func normalized(tag cbasn1.Tag, value []byte) string {
	text := ""
	switch tag {
	case cbasn1.PrintableString, cbasn1.IA5String, cbasn1.UTF8String:
		text = string(value)
	case cbasn1.T61String:
		// Read as Latin-1, which is what certificates mean by it.
		runes := make([]rune, len(value))
		for i, b := range value {
			runes[i] = rune(b)
		}
		text = string(runes)
	case cbasn1.Tag(30): // BMPString
		if len(value)%2 != 0 {
			return "binary " + string(value)
		}
		units := make([]uint16, len(value)/2)
		for i := range units {
			units[i] = uint16(value[2*i])<<8 | uint16(value[2*i+1])
		}
		text = string(utf16.Decode(units))
	default:
		return "binary " + string([]byte{byte(tag)}) + string(value)
	}
	// A character that could not be decoded must not equal another such one.
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
		return "binary " + string([]byte{byte(tag)}) + string(value)
	}
	return "text " + strings.Join(strings.Fields(strings.ToLower(text)), " ")
}
