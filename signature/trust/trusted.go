package trust

import (
	"encoding/asn1"
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/certificate"
	"kyso/signature/small"
)

// ParseAnchors is ParseCertificates for certificates that are trusted. It also
// reads the PEM blocks TRUSTED CERTIFICATE of OpenSSL, with the usages a
// certificate is trusted and rejected for.
func ParseAnchors(pemOrDER []byte) ([]Anchor, error) {
	var list []Anchor
	for rest := pemOrDER; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		a, err := parseTrusted(block.Bytes)
		if err != nil {
			return nil, err
		}
		if list = append(list, a); len(list) > maxCertificates {
			return nil, small.Errorf("read certificates: more than %d", maxCertificates)
		}
	}
	certificates, err := ParseCertificates(pemOrDER)
	if err != nil && (len(list) == 0 || !errors.Is(err, errNoCertificate)) {
		return nil, err
	}
	for _, c := range certificates {
		list = append(list, Anchor{Certificate: c})
	}
	return list, nil
}

// parseTrusted reads a certificate and the CertAux behind it: what it is
// trusted for, [0] what it is rejected for, a name, a key identifier, and [1]
// other things. OpenSSL writes nothing behind it when there are no settings.
func parseTrusted(der []byte) (a Anchor, err error) {
	in := cryptobyte.String(der)
	var raw, aux cryptobyte.String
	if !in.ReadASN1Element(&raw, cbasn1.SEQUENCE) {
		return a, small.Error("read trusted certificate: malformed")
	}
	if a.Certificate, err = certificate.Parse(raw); err != nil || in.Empty() {
		return a, err
	}
	if !in.ReadASN1(&aux, cbasn1.SEQUENCE) || !in.Empty() ||
		!readUsages(&aux, cbasn1.SEQUENCE, &a.Trusted) || !readUsages(&aux, cbasn1.Tag(0).ContextSpecific().Constructed(), &a.Rejected) ||
		!aux.SkipOptionalASN1(cbasn1.UTF8String) || !aux.SkipOptionalASN1(cbasn1.OCTET_STRING) ||
		!aux.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific().Constructed()) || !aux.Empty() {
		return a, small.Error("read trusted certificate: malformed settings")
	}
	return a, nil
}

func readUsages(in *cryptobyte.String, tag cbasn1.Tag, usages *[]asn1.ObjectIdentifier) bool {
	var list cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&list, &present, tag) {
		return false
	}
	for !list.Empty() {
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&oid) {
			return false
		}
		*usages = append(*usages, oid)
	}
	return true
}
