package certificate

import (
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// The addresses below are where to ask and whom to name. Reading stops where
// the encoding ends to make sense: nothing is proved by them, and the packages
// that rest on these extensions read the encoding for themselves.

// readEmails takes the rfc822Names out of a subjectAltName (RFC 5280 4.2.1.6).
func readEmails(cert *x509.Certificate, v cryptobyte.String) {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) {
		return
	}
	for !list.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !list.ReadAnyASN1(&name, &tag) {
			return
		}
		if tag == tag1 && isASCII(name) {
			cert.EmailAddresses = append(cert.EmailAddresses, string(name))
		}
	}
}

// readPoints takes the URIs out of cRLDistributionPoints (RFC 5280 4.2.1.13).
func readPoints(cert *x509.Certificate, v cryptobyte.String) {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) {
		return
	}
	for !list.Empty() {
		var point, name, full, uri cryptobyte.String
		var present bool
		if !list.ReadASN1(&point, cbasn1.SEQUENCE) || !point.ReadOptionalASN1(&name, &present, tag0.Constructed()) {
			return
		}
		if !present || !name.ReadASN1(&full, tag0.Constructed()) {
			continue // it names a CRL issuer alone, or is relative to one
		}
		for full.PeekASN1Tag(tag6) && full.ReadASN1(&uri, tag6) {
			cert.CRLDistributionPoints = append(cert.CRLDistributionPoints, string(uri))
		}
	}
}

// readAuthorityInfo takes the URIs out of authorityInfoAccess (RFC 5280
// 4.2.2.1).
func readAuthorityInfo(cert *x509.Certificate, v cryptobyte.String) {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) {
		return
	}
	for !list.Empty() {
		var one, uri cryptobyte.String
		var method asn1.ObjectIdentifier
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&method) {
			return
		}
		if !one.PeekASN1Tag(tag6) || !one.ReadASN1(&uri, tag6) {
			continue
		}
		switch {
		case small.SameOID(method, oidOCSP):
			cert.OCSPServer = append(cert.OCSPServer, string(uri))
		case small.SameOID(method, oidIssuers):
			cert.IssuingCertificateURL = append(cert.IssuingCertificateURL, string(uri))
		}
	}
}

func isASCII(s []byte) bool {
	for _, b := range s {
		if b >= 0x80 {
			return false
		}
	}
	return true
}
