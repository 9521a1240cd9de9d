package revocation

import (
	"crypto/x509/pkix"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/certificate"
)

// CRLHeader is what a person recognises a CRL by.
type CRLHeader struct {
	Issuer    pkix.Name
	RawIssuer []byte // DER
	// NextUpdate is zero when the CRL names none.
	ThisUpdate, NextUpdate time.Time
}

// ReadCRLHeader reads the header of a DER CertificateList. Nothing is verified,
// and the entries are not looked at.
func ReadCRLHeader(der []byte) (CRLHeader, error) {
	l, err := parseCRL(der)
	if err != nil {
		return CRLHeader{}, err
	}
	issuer, err := certificate.ParseName(l.issuer)
	if err != nil {
		return CRLHeader{}, err
	}
	return CRLHeader{Issuer: issuer, RawIssuer: l.issuer, ThisUpdate: l.thisUpdate, NextUpdate: l.nextUpdate}, nil
}

// IsOCSPResponse tells whether der has the shape of an OCSPResponse with a
// BasicOCSPResponse (RFC 6960 4.2.1). What is inside is not looked at.
func IsOCSPResponse(der []byte) bool {
	in := cryptobyte.String(der)
	var seq, body, basic cryptobyte.String
	return in.ReadASN1(&seq, cbasn1.SEQUENCE) && in.Empty() && seq.SkipASN1(cbasn1.ENUM) && readBasicBytes(seq, &body) &&
		body.ReadASN1(&basic, cbasn1.SEQUENCE) && body.Empty()
}
