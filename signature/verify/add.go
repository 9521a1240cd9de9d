package verify

import (
	"bytes"
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/trust"
)

// ErrEvidence says that data is no certificate, CRL or OCSP response.
var ErrEvidence = errors.New("not a certificate, CRL or OCSP response")

// Add sorts data, a file of evidence as DER or PEM, into ev by what it holds.
// The error wraps ErrEvidence.
func (ev *Evidence) Add(data []byte) error {
	if block, rest := pem.Decode(data); block != nil && block.Type == "X509 CRL" {
		ev.CRLs = append(ev.CRLs, block.Bytes)
		if len(bytes.TrimSpace(rest)) > 0 {
			return ev.Add(rest)
		}
		return nil
	}
	switch kind(data) {
	case crlKind:
		ev.CRLs = append(ev.CRLs, data)
		return nil
	case ocspKind:
		ev.OCSPs = append(ev.OCSPs, data)
		return nil
	}
	certs, err := trust.ParseCertificates(data)
	if err != nil {
		return ErrEvidence
	}
	for _, c := range certs {
		ev.Certificates = append(ev.Certificates, c.Raw)
	}
	return nil
}

type evidenceKind int

const (
	otherKind evidenceKind = iota
	crlKind
	ocspKind
)

// kind looks at the outermost structure: an OCSPResponse begins with an
// ENUMERATED (RFC 6960, 4.2.1); what a CertificateList signs begins, after an
// optional version, with an AlgorithmIdentifier (RFC 5280, 5.1), where a
// certificate has its version or serial number.
func kind(der []byte) evidenceKind {
	outer := cryptobyte.String(der)
	var inner, tbs cryptobyte.String
	if !outer.ReadASN1(&inner, asn1.SEQUENCE) {
		return otherKind
	}
	if inner.PeekASN1Tag(asn1.ENUM) {
		return ocspKind
	}
	if !inner.ReadASN1(&tbs, asn1.SEQUENCE) || !inner.PeekASN1Tag(asn1.SEQUENCE) {
		return otherKind
	}
	var version cryptobyte.String
	if tbs.PeekASN1Tag(asn1.INTEGER) && (!tbs.ReadASN1(&version, asn1.INTEGER) || len(version) != 1 || version[0] != 1) {
		return otherKind
	}
	// A v1 certificate goes on with its issuer's Name after the algorithm; a
	// CRL, after algorithm and Name, with a time.
	var algorithm, name cryptobyte.String
	if tbs.ReadASN1(&algorithm, asn1.SEQUENCE) && tbs.ReadASN1(&name, asn1.SEQUENCE) && (tbs.PeekASN1Tag(asn1.UTCTime) || tbs.PeekASN1Tag(asn1.GeneralizedTime)) {
		return crlKind
	}
	return otherKind
}
