package trust

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// bagOf splits the certificates of a certs-only SignedData in DER (RFC 5652
// 5.1), the contents of a .p7b file. It is not package cms: trust stands below
// the formats, and nothing of a signature is read here.
func bagOf(der []byte) (raw [][]byte, ok bool) {
	in := cryptobyte.String(der)
	tag0 := cbasn1.Tag(0).ContextSpecific().Constructed()
	var info, wrapper, seq, set cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid) ||
		!small.SameOID(oid, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}) ||
		!info.ReadASN1(&wrapper, tag0) || !wrapper.ReadASN1(&seq, cbasn1.SEQUENCE) ||
		!seq.SkipASN1(cbasn1.INTEGER) || !seq.SkipASN1(cbasn1.SET) || !seq.SkipASN1(cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&set, tag0) {
		return nil, false
	}
	for !set.Empty() {
		var element cryptobyte.String
		if len(raw) > maxCertificates || !set.ReadASN1Element(&element, cbasn1.SEQUENCE) {
			return nil, false
		}
		raw = append(raw, element)
	}
	return raw, true
}
