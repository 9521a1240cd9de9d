package trust

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// oidApplicationPolicies is Microsoft's twin of extKeyUsage.
var oidApplicationPolicies = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 21, 10}

// processed are the extensions that may be critical: those this package
// processes, and those that say nothing about the path.
var processed = []asn1.ObjectIdentifier{
	{2, 5, 29, 14}, // subjectKeyIdentifier
	{2, 5, 29, 15}, // keyUsage
	{2, 5, 29, 17}, // subjectAltName: read for name constraints
	{2, 5, 29, 18}, // issuerAltName: information
	{2, 5, 29, 19}, // basicConstraints
	{2, 5, 29, 30}, // nameConstraints
	{2, 5, 29, 32}, // certificatePolicies
	{2, 5, 29, 33}, // policyMappings
	{2, 5, 29, 35}, // authorityKeyIdentifier
	{2, 5, 29, 36}, // policyConstraints
	{2, 5, 29, 54}, // inhibitAnyPolicy
	// The next ones are for whoever uses the path: tsp and revocation demand
	// their extended key usage, revocation reads the distribution points.
	{2, 5, 29, 31},                     // cRLDistributionPoints
	{2, 5, 29, 37},                     // extKeyUsage
	{1, 3, 6, 1, 5, 5, 7, 1, 1},        // authorityInfoAccess
	{1, 3, 6, 1, 5, 5, 7, 1, 3},        // qcStatements (RFC 3739)
	{1, 3, 6, 1, 5, 5, 7, 48, 1, 5},    // id-pkix-ocsp-nocheck
	{2, 16, 840, 1, 113730, 1, 1},      // Netscape cert type, in old certificates
	{0, 4, 0, 194121, 1, 2},            // validityAssuredShortTerm (EN 319 412-1)
	{1, 3, 6, 1, 4, 1, 311, 21, 7},     // Microsoft certificate template
	{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, // certificate transparency
}

// validate is RFC 5280 6.1 over a path whose names chain and whose signatures
// verify already, leaf first. The anchor is judged as the certificate it is:
// its validity, basicConstraints, keyUsage and constraints count (RFC 5937),
// since the anchors of this product are CA certificates with those fields.
//
// Extended key usage is not looked at unless Options.Usage asks: RFC 5280 gives
// it no meaning along a path. Whoever needs one demands it of the leaf
// (tsp.CheckCertificate, revocation's responders); document signatures need
// none.
func validate(s *Store, path Path, o Options, budget *int) *Error {
	n := len(path) - 1 // certificates below the anchor, RFC 5280's n
	names := constraints{budget: budget}
	policies := newPolicies(n, o)
	maxLength := n
	for i := 0; i <= n; i++ {
		cert := path[n-i] // i is RFC 5280's index; 0 is the anchor
		selfIssued := SameName(cert.RawSubject, cert.RawIssuer)

		// 6.1.3 (a): signature (verified while building), algorithm, validity.
		if i > 0 {
			if e := checkAlgorithm(s, cert, path[n-i+1], path[n], o); e != nil {
				return e
			}
		}
		if e := checkValidity(cert, o.At); e != nil {
			return e
		}
		// 6.1.3 (b) and (c): names, save for self-issued ones in the middle.
		if i > 0 && (!selfIssued || i == n) {
			if detail := names.check(cert); detail != "" {
				return refuse(NameConstraints, cert, detail)
			}
		}
		// 6.1.3 (d) to (f).
		if i > 0 {
			if detail := policies.process(cert, i, selfIssued); detail != "" {
				return refuse(Policy, cert, detail)
			}
		}
		// 6.1.4 (d) and 6.1.5 (c): a key whose curve is its maker's own choice.
		if _, err := algorithm.PublicKey(cert); errors.Is(err, algorithm.ErrExplicitCurve) {
			return because(Algorithm, cert, err)
		}
		// 6.1.4 (o) and 6.1.5 (f).
		if e := checkCritical(cert); e != nil {
			return e
		}
		if i == n {
			break
		}

		// 6.1.4 (a) and (b), (h) to (j). A policy mapping of the anchor means
		// nothing: no policy tree stands above it.
		if i > 0 {
			if detail := policies.prepare(cert, i); detail != "" {
				return refuse(Policy, cert, detail)
			}
		}
		policies.count(cert, selfIssued, i == 0)
		// 6.1.4 (g).
		if detail := names.add(cert); detail != "" {
			return refuse(NameConstraints, cert, detail)
		}
		// 6.1.4 (k) to (n).
		if e := checkIssuer(cert, i == 0); e != nil {
			return e
		}
		if i > 0 && !selfIssued {
			if maxLength == 0 {
				return refuse(PathTooLong, cert, "")
			}
			maxLength--
		}
		if cert.BasicConstraintsValid && (cert.MaxPathLen > 0 || cert.MaxPathLenZero) && cert.MaxPathLen < maxLength {
			maxLength = cert.MaxPathLen
		}
	}
	// 6.1.5 (g).
	if detail := policies.finish(path[0]); detail != "" {
		return refuse(Policy, path[0], detail)
	}
	return checkUsage(s, path, o)
}

func checkAlgorithm(s *Store, cert, issuer, anchor *x509.Certificate, o Options) *Error {
	sig, err := algorithm.OfCertificate(cert)
	if err != nil {
		return because(Algorithm, cert, err)
	}
	pub, err := algorithm.PublicKey(issuer)
	if err != nil {
		return because(Algorithm, issuer, err)
	}
	if o.Algorithms != nil {
		err = o.Algorithms(cert, sig, pub, anchor)
	} else {
		_, err = s.Acceptable(sig, pub, o.At, anchor)
	}
	if err != nil {
		return because(Algorithm, cert, err)
	}
	return nil
}

func checkValidity(cert *x509.Certificate, at time.Time) *Error {
	if at.Before(cert.NotBefore) {
		return refuse(NotYetValid, cert, "not before "+cert.NotBefore.UTC().Format(time.RFC3339))
	}
	// notAfter has whole seconds and is included: 23:59:59.5 is within 23:59:59.
	if !at.Before(cert.NotAfter.Add(time.Second)) {
		return refuse(Expired, cert, "not after "+cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkIssuer is RFC 5280 6.1.4 (k) and (n). An anchor of version 1 has no
// extensions to say it is a CA; being an anchor says it.
func checkIssuer(cert *x509.Certificate, anchor bool) *Error {
	if !(anchor && cert.Version < 3) && !(cert.BasicConstraintsValid && cert.IsCA) {
		return refuse(NotCA, cert, "")
	}
	if hasExtension(cert, 15) && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return refuse(KeyUsage, cert, "")
	}
	return nil
}

func checkCritical(cert *x509.Certificate) *Error {
next:
	for _, e := range cert.Extensions {
		if !e.Critical {
			continue
		}
		for _, oid := range processed {
			if small.SameOID(oid, e.Id) {
				if !readable(e) {
					return refuse(UnknownCriticalExtension, cert, "malformed "+e.Id.String())
				}
				continue next
			}
		}
		if small.SameOID(e.Id, oidApplicationPolicies) && hasExtension(cert, 37) {
			continue // it repeats the extended key usage
		}
		return refuse(UnknownCriticalExtension, cert, e.Id.String())
	}
	return nil
}

// readable tells whether a critical extension that may not be looked at again
// can be processed, without which RFC 5280 4.2 has the certificate rejected.
// The others are read by package certificate, or by their rule.
func readable(e pkix.Extension) bool {
	switch {
	case standard(e.Id, 30):
		return (&constraints{}).read(e.Value) == ""
	case standard(e.Id, 17), standard(e.Id, 18):
		in := cryptobyte.String(e.Value)
		var names cryptobyte.String
		ok := in.ReadASN1(&names, cbasn1.SEQUENCE) && in.Empty() && !names.Empty()
		for ok && !names.Empty() {
			_, ok = readGeneralName(&names)
		}
		return ok
	case standard(e.Id, 31):
		in := cryptobyte.String(e.Value)
		var points cryptobyte.String
		ok := in.ReadASN1(&points, cbasn1.SEQUENCE) && in.Empty() && !points.Empty()
		for ok && !points.Empty() {
			ok = points.SkipASN1(cbasn1.SEQUENCE)
		}
		return ok
	}
	return true
}

// standard tells whether oid is 2.5.29.arc.
//
//go:noinline
func standard(oid asn1.ObjectIdentifier, arc int) bool {
	return small.SameOID(oid, asn1.ObjectIdentifier{2, 5, 29, arc})
}

// hasExtension tells whether cert has the extension 2.5.29.arc.
func hasExtension(cert *x509.Certificate, arc int) bool { return extension(cert, arc) != nil }

// extension is the value of extension 2.5.29.arc, nil when absent.
//
//go:noinline
func extension(cert *x509.Certificate, arc int) []byte {
	for _, e := range cert.Extensions {
		if standard(e.Id, arc) {
			return e.Value
		}
	}
	return nil
}
