package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/certificate"
	"kyso/signature/pades"
	"kyso/signature/trust"
)

// certificateDemands judges what is asked of the certificate.
func (j *judge) certificateDemands(d *demands, c *pades.CertificateSeed, s *signed) {
	has := func(f pades.CertificateSeedFlags) bool { return c.Required&f != 0 }
	if c.Subjects != nil {
		d.add("Subject", has(pades.SeedSubject), when(slices.ContainsFunc(c.Subjects, func(der []byte) bool { return bytes.Equal(der, s.cert.Raw) })))
	}
	if c.Issuers != nil {
		d.add("Issuer", has(pades.SeedIssuer), j.issuedBy(s.cert, c.Issuers))
	}
	if c.Policies != nil {
		n := 0
		for _, p := range c.Policies {
			if slices.ContainsFunc(s.cert.Policies, func(o x509.OID) bool { return o.String() == p }) {
				n++
			}
		}
		d.add("OID", has(pades.SeedOID), allOrNone(n, len(c.Policies)))
	}
	if c.SubjectDN != nil {
		n, unknown := 0, false
		for _, name := range c.SubjectDN {
			is, known := pades.Named(s.cert, name)
			if is {
				n++
			}
			unknown = unknown || !known
		}
		a := allOrNone(n, len(c.SubjectDN))
		if unknown {
			a = unjudged
		}
		d.add("SubjectDN", has(pades.SeedSubjectDN), a)
	}
	if c.KeyUsages != nil {
		d.add("KeyUsage", has(pades.SeedKeyUsage), when(slices.ContainsFunc(c.KeyUsages, func(p string) bool { return pades.UsageMatches(s.cert.KeyUsage, p) })))
	}
	if c.URLType != "" && c.URLType != "Browser" {
		d.add("URL", has(pades.SeedURL), unjudged)
	}
	if c.SignaturePolicy != "" {
		// No flag makes these a condition.
		d.add("SignaturePolicyOID", false, when(s.underPolicy(c.SignaturePolicy, c.SignaturePolicyHash)))
		d.add("SignaturePolicyCommitmentType", false, when(s.commits(c.Commitments)))
	}
	known := c.Required >= 0 && c.Required < pades.SeedCertificateUndefined && !has(pades.SeedReserved)
	d.add("Cert/Ff", true, either(known, unjudged))
}

// allOrNone answers for a list of which n entries are met. The standard says
// that all must be, programs that write such lists mean any of them.
//
//go:noinline
func allOrNone(n, all int) answer {
	switch n {
	case all:
		return met
	case 0:
		return unmet
	}
	return unjudged
}

// issuedBy tells whether a path leads from cert to one of issuers. Where none
// does, it may be for want of a certificate, unless the whole path is known.
func (j *judge) issuedBy(cert *x509.Certificate, issuers [][]byte) answer {
	var anchors []*x509.Certificate
	for _, der := range issuers {
		c, err := certificate.Parse(der)
		if err != nil {
			return unjudged
		}
		anchors = append(anchors, c)
	}
	// Who issued it does not change when it expires.
	at := j.policy.At
	if at.After(cert.NotAfter) {
		at = cert.NotAfter
	}
	o := trust.Options{At: at, Intermediates: j.evidence.certificates, Work: j.work}
	_, err := trust.NewStore(anchors...).Build(cert, o)
	if err == nil {
		return met
	}
	var e *trust.Error
	if !errors.As(err, &e) || e.Reason != trust.NoPath {
		return unjudged
	}
	if _, err := j.policy.Trust.Build(cert, o); err != nil {
		return unjudged
	}
	return unmet
}

var (
	oidSignaturePolicy = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 15}
	oidCommitment      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 16}
)

// underPolicy tells whether the signer names the signature policy (ETSI EN 319
// 122-1, 5.2.9.1), and the hash of its document when one is given.
func (s *signed) underPolicy(oid string, hash []byte) bool {
	value, err := s.signer.Attribute(oidSignaturePolicy)
	if err != nil {
		return false
	}
	in := cryptobyte.String(value)
	var seq, info, octets cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1ObjectIdentifier(&id) {
		return false
	}
	if !seq.Empty() && (!seq.ReadASN1(&info, cbasn1.SEQUENCE) || !info.SkipASN1(cbasn1.SEQUENCE) ||
		!info.ReadASN1(&octets, cbasn1.OCTET_STRING) || !info.Empty()) {
		return false
	}
	// What may follow are qualifiers.
	if !seq.Empty() && (!seq.SkipASN1(cbasn1.SEQUENCE) || !seq.Empty()) {
		return false
	}
	return id.String() == oid && (hash == nil || bytes.Equal(hash, octets))
}

// commits tells whether the signer's commitment (5.2.3) is one of those, or
// all are allowed.
func (s *signed) commits(allowed []string) bool {
	if len(allowed) == 0 || slices.Contains(allowed, "") {
		return true
	}
	value, err := s.signer.Attribute(oidCommitment)
	if err != nil {
		return false
	}
	in := cryptobyte.String(value)
	var seq cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1ObjectIdentifier(&id) {
		return false
	}
	// What may follow are qualifiers.
	return (seq.Empty() || seq.SkipASN1(cbasn1.SEQUENCE) && seq.Empty()) && slices.Contains(allowed, id.String())
}
