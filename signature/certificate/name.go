package certificate

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// maxAttributes bounds the attributes and sets of a name together. Real ones
// have about ten; test suites put some hundred addresses into one.
const maxAttributes = 4096

// ParseName reads a DER Name (RFC 5280 4.1.2.4) for people to read, as the
// names of a certificate are.
func ParseName(der []byte) (pkix.Name, error) {
	var name pkix.Name
	if !readName(der, &name) {
		return pkix.Name{}, malformed("name")
	}
	return name, nil
}

// shortNames are the attribute types RFC 4514 3 and crypto/x509/pkix have a
// short name for.
var shortNames = []struct {
	oid  asn1.ObjectIdentifier
	name string
}{
	{asn1.ObjectIdentifier{2, 5, 4, 6}, "C"},
	{asn1.ObjectIdentifier{2, 5, 4, 10}, "O"},
	{asn1.ObjectIdentifier{2, 5, 4, 11}, "OU"},
	{asn1.ObjectIdentifier{2, 5, 4, 3}, "CN"},
	{asn1.ObjectIdentifier{2, 5, 4, 5}, "SERIALNUMBER"},
	{asn1.ObjectIdentifier{2, 5, 4, 7}, "L"},
	{asn1.ObjectIdentifier{2, 5, 4, 8}, "ST"},
	{asn1.ObjectIdentifier{2, 5, 4, 9}, "STREET"},
	{asn1.ObjectIdentifier{2, 5, 4, 17}, "POSTALCODE"},
}

// NameText writes a DER Name as RFC 4514 does, the last attribute first:
// "CN=Nguyễn Văn A,O=Bộ X,C=VN". A name that cannot be read is empty. It stands
// in for pkix.Name.String, which brings all of encoding/asn1 along.
func NameText(der []byte) string {
	var parts []string
	if !eachRDN(der, func(rdn pkix.RelativeDistinguishedNameSET) {
		var b strings.Builder
		for i, a := range rdn {
			if i > 0 {
				b.WriteByte('+')
			}
			known := false
			for _, n := range shortNames {
				if small.SameOID(n.oid, a.Type) {
					b.WriteString(n.name)
					known = true
				}
			}
			if !known {
				b.WriteString(a.Type.String())
			}
			b.WriteByte('=')
			value, _ := a.Value.(string)
			escape(&b, value)
		}
		parts = append(parts, b.String())
	}) {
		return ""
	}
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}

// escape is RFC 4514 2.4 for a value.
func escape(b *strings.Builder, value string) {
	for i, r := range value {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0, r == ' ' && (i == 0 || i == len(value)-1):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// readName reads a DER Name for people to read. Comparing names is package
// trust's work, on the encoding.
func readName(der cryptobyte.String, name *pkix.Name) bool {
	var sequence pkix.RDNSequence
	if !eachRDN(der, func(rdn pkix.RelativeDistinguishedNameSET) { sequence = append(sequence, rdn) }) {
		return false
	}
	name.FillFromRDNSequence(&sequence)
	return true
}

// eachRDN calls f with each RelativeDistinguishedName of a DER Name.
func eachRDN(der cryptobyte.String, f func(pkix.RelativeDistinguishedNameSET)) bool {
	var seq cryptobyte.String
	if !der.ReadASN1(&seq, cbasn1.SEQUENCE) || !der.Empty() {
		return false
	}
	for n := 0; !seq.Empty(); {
		var set cryptobyte.String
		var rdn pkix.RelativeDistinguishedNameSET
		if n++; n > maxAttributes || !seq.ReadASN1(&set, cbasn1.SET) {
			return false
		}
		for ; !set.Empty(); n++ {
			var pair, element cryptobyte.String
			var tag cbasn1.Tag
			var a pkix.AttributeTypeAndValue
			if n > maxAttributes || !set.ReadASN1(&pair, cbasn1.SEQUENCE) || !pair.ReadASN1ObjectIdentifier(&a.Type) ||
				!pair.ReadAnyASN1Element(&element, &tag) || !pair.Empty() {
				return false
			}
			a.Value = text(element, tag)
			rdn = append(rdn, a)
		}
		f(rdn)
	}
	return true
}

// text is an attribute's value. What is no string, or not one of its type,
// comes as "#" and its DER in hexadecimal (RFC 4514 2.4), so that nothing is
// shown that is not there.
func text(element cryptobyte.String, tag cbasn1.Tag) string {
	var value cryptobyte.String
	whole := element
	if !element.ReadAnyASN1(&value, nil) {
		return "#" + hex.EncodeToString(whole)
	}
	const numericString, bmpString, universalString = 18, 30, 28
	switch tag {
	case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String, numericString:
		// Signers put more into a PrintableString than it may hold.
		if utf8.Valid(value) {
			return string(value)
		}
	case cbasn1.T61String:
		return wide(value, 1) // as Latin-1, which is what certificates mean by it
	case bmpString:
		if len(value) >= 2 && value[len(value)-1] == 0 && value[len(value)-2] == 0 {
			value = value[:len(value)-2] // a terminator, from C
		}
		if len(value)%2 == 0 {
			return wide(value, 2)
		}
	case universalString:
		if len(value)%4 == 0 {
			return wide(value, 4)
		}
	}
	return "#" + hex.EncodeToString(whole)
}

// wide decodes characters of the given number of bytes each, most significant
// first. One that is no character becomes U+FFFD.
//
//go:noinline
func wide(value []byte, size int) string {
	runes := make([]rune, 0, len(value)/size)
	for ; len(value) >= size; value = value[size:] {
		r := uint32(0)
		for _, b := range value[:size] {
			r = r<<8 | uint32(b)
		}
		if r > utf8.MaxRune {
			r = utf8.RuneError
		}
		runes = append(runes, rune(r))
	}
	return string(runes)
}
