package trust

import (
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

var oidAnyUsage = asn1.ObjectIdentifier{2, 5, 29, 37, 0}

// checkUsage applies Options.Usage and Options.MaxIntermediates to a whole
// path. An anchor that was trusted for the usage by decision need not have it.
func checkUsage(s *Store, path Path, o Options) *Error {
	if between := len(path) - 2; o.MaxIntermediates != 0 && between > max(o.MaxIntermediates, 0) {
		return refuse(PathTooLong, path[0], "more intermediate certificates than allowed")
	}
	for i, cert := range path {
		if o.Conforming {
			if detail := nonconforming(cert); detail != "" {
				return refuse(Nonconforming, cert, detail)
			}
		}
		if o.Usage == nil || (i == len(path)-1 && s.trusts(cert, o.Usage)) {
			continue
		}
		if der := extension(cert, 37); der != nil && !hasUsage(der, o.Usage) {
			return refuse(Usage, cert, o.Usage.String())
		}
	}
	return nil
}

// trusts tells whether cert is an anchor by a decision that names the usage.
func (s *Store) trusts(cert *x509.Certificate, usage asn1.ObjectIdentifier) bool {
	for _, a := range s.anchors {
		if a.Certificate.Equal(cert) {
			return a.trusted(usage)
		}
	}
	return false
}

// hasUsage tells whether the ExtKeyUsageSyntax der (RFC 5280 4.2.1.12) holds
// usage or anyExtendedKeyUsage.
func hasUsage(der []byte, usage asn1.ObjectIdentifier) bool {
	in := cryptobyte.String(der)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) || !in.Empty() {
		return false
	}
	for !list.Empty() {
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&oid) {
			return false
		}
		if small.SameOID(oid, usage) || small.SameOID(oid, oidAnyUsage) {
			return true
		}
	}
	return false
}

// nonconforming says what in cert a CA that conforms to RFC 5280 section 4
// would not have written, or nothing.
func nonconforming(cert *x509.Certificate) string {
	isCA := cert.BasicConstraintsValid && cert.IsCA
	selfIssued := SameName(cert.RawSubject, cert.RawIssuer)
	issuer, readable := parseName(cert.RawIssuer)
	switch {
	case !readable || len(issuer) == 0:
		return "an empty issuer (4.1.2.4)"
	case cert.SerialNumber == nil || cert.SerialNumber.Sign() <= 0:
		return "a serial number that is not positive (4.1.2.2)"
	case cert.Version < 3:
		return "" // nothing more can be asked of it
	case !isCA && cert.BasicConstraintsValid && cert.MaxPathLen >= 0:
		return "a path length in a certificate that is no CA's (4.2.1.9)"
	case cert.BasicConstraintsValid && cert.MaxPathLen >= 0 && hasExtension(cert, 15) && cert.KeyUsage&x509.KeyUsageCertSign == 0:
		return "a path length without keyCertSign (4.2.1.9)"
	case isCA && !hasExtension(cert, 15):
		return "a CA without key usage (4.2.1.3)"
	case isCA && len(cert.SubjectKeyId) == 0:
		return "a CA without subject key identifier (4.2.1.2)"
	case !selfIssued && len(cert.AuthorityKeyId) == 0:
		return "no authority key identifier (4.2.1.1)"
	case !isCA && hasExtension(cert, 15) && cert.KeyUsage&x509.KeyUsageCertSign != 0 && !selfIssued:
		return "keyCertSign in a certificate that is no CA's (4.2.1.9)"
	}
	for _, e := range cert.Extensions {
		if len(e.Id) != 4 || !small.SameOID(e.Id[:3], asn1.ObjectIdentifier{2, 5, 29}) {
			continue
		}
		switch arc := e.Id[3]; {
		case (arc == 14 || arc == 35) && e.Critical:
			return "a critical key identifier (4.2.1.1, 4.2.1.2)"
		case arc == 19 && isCA && !e.Critical:
			return "basicConstraints of a CA that are not critical (4.2.1.9)"
		}
	}
	if subject, ok := parseName(cert.RawSubject); !ok || len(subject) == 0 {
		for _, e := range cert.Extensions {
			if standard(e.Id, 17) && e.Critical && !isCA {
				return ""
			}
		}
		return "an empty subject (4.1.2.6)"
	}
	return ""
}
