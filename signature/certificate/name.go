package certificate

import (
	"crypto/x509/pkix"
	"encoding/hex"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxAttributes bounds the attributes of a name; real ones have about ten.
const maxAttributes = 1024

// ParseName reads a DER Name (RFC 5280 4.1.2.4) for people to read, as the
// names of a certificate are.
func ParseName(der []byte) (pkix.Name, error) {
	var name pkix.Name
	if !readName(der, &name) {
		return pkix.Name{}, malformed("name")
	}
	return name, nil
}

// readName reads a DER Name for people to read. Comparing names is package
// trust's work, on the encoding.
func readName(der cryptobyte.String, name *pkix.Name) bool {
	var seq cryptobyte.String
	if !der.ReadASN1(&seq, cbasn1.SEQUENCE) || !der.Empty() {
		return false
	}
	var sequence pkix.RDNSequence
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
		sequence = append(sequence, rdn)
	}
	name.FillFromRDNSequence(&sequence)
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
