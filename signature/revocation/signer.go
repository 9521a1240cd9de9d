package revocation

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// signed is the outer part of a CRL or a basic OCSP response.
type signed struct {
	tbs, algorithm, value []byte
	issued                time.Time
}

// verify checks item's signature with the key of by. When it fails it notes
// why and answers false.
func (c *check) verify(what string, item signed, by *x509.Certificate) bool {
	sig, err := algorithm.ParseSignature(item.algorithm)
	if err != nil {
		c.unusable(WhyAlgorithm, what+": "+err.Error())
		return false
	}
	pub, err := algorithm.PublicKey(by)
	if err != nil {
		c.unusable(WhyAlgorithm, what+": "+err.Error())
		return false
	}
	if *c.checks--; *c.checks < 0 {
		c.unusable(WhySignature, "too many signatures to check")
		return false
	}
	err, ok := c.ev.Work.Once(item.tbs, by, func() error { return sig.VerifyMessage(pub, item.tbs, item.value) })
	if !ok {
		*c.checks = -1
		return false
	}
	if err != nil {
		if errors.Is(err, algorithm.ErrUnsupported) {
			c.unusable(WhyAlgorithm, what+": "+err.Error())
		} else {
			c.unusable(WhySignature, what+": the signature does not verify")
		}
		return false
	}
	if err := c.acceptable(sig, pub, item.issued); err != nil {
		c.unusable(WhyAlgorithm, what+": "+err.Error())
		return false
	}
	return true
}

// delegated tells whether authority certified delegate directly: its name is
// there, its key signed it, and delegate was valid when the item was issued and
// has no critical extension that is not understood. What delegate may do is
// the caller's question.
func (c *check) delegated(what string, delegate, authority *x509.Certificate, issued time.Time) bool {
	if !c.same(delegate.RawIssuer, authority.RawSubject) {
		return false
	}
	if issued.Before(delegate.NotBefore) || issued.After(delegate.NotAfter) {
		c.unusable(WhyIssuer, what+": its signer's certificate was not valid when it was issued")
		return false
	}
	if oid := unknownCritical(delegate); oid != nil {
		c.unusable(WhyIssuer, what+": its signer's certificate has the unknown critical extension "+oid.String())
		return false
	}
	sig, err := algorithm.OfCertificate(delegate)
	if err != nil {
		c.unusable(WhyAlgorithm, what+": its signer's certificate: "+err.Error())
		return false
	}
	pub, err := algorithm.PublicKey(authority)
	if err != nil {
		c.unusable(WhyAlgorithm, what+": its signer's certificate: "+err.Error())
		return false
	}
	if *c.checks--; *c.checks < 0 {
		c.unusable(WhySignature, "too many signatures to check")
		return false
	}
	err, ok := c.ev.Work.Once(delegate.RawTBSCertificate, authority, func() error {
		return sig.VerifyMessage(pub, delegate.RawTBSCertificate, delegate.Signature)
	})
	if !ok {
		*c.checks = -1
		return false
	}
	if err != nil {
		c.unusable(WhyIssuer, what+": its signer's certificate was not issued by the CA")
		return false
	}
	if err := c.acceptable(sig, pub, issued); err != nil {
		c.unusable(WhyAlgorithm, what+": its signer's certificate: "+err.Error())
		return false
	}
	return true
}

// delegateStatus is what the same evidence says of a delegate that authority, with the
// CAs above it, certified; noCheck when its certificate asks not to look. A
// revoked delegate speaks for nobody.
func (c *check) delegateStatus(delegate, authority *x509.Certificate, above []*x509.Certificate) (s Status, noCheck bool) {
	if _, noCheck = extensionOf(delegate, oidNoCheck); noCheck {
		return Good, true
	}
	if c.depth == maxDelegation {
		return Unknown, false
	}
	ev := c.ev
	ev.Authorities = above
	inner := &check{cert: delegate, issuer: authority, ev: ev, at: c.at, checks: c.checks, names: c.names, depth: c.depth + 1}
	return inner.run().Status, false
}

// understood are the extensions of a delegate's certificate that may be
// critical. Name constraints and policies are not among them: a delegate is no
// CA, so they must not be there.
var understood = []asn1.ObjectIdentifier{
	{2, 5, 29, 14}, {2, 5, 29, 15}, {2, 5, 29, 17}, {2, 5, 29, 18}, {2, 5, 29, 19},
	{2, 5, 29, 31}, {2, 5, 29, 32}, {2, 5, 29, 35}, {2, 5, 29, 37}, oidNoCheck,
	{1, 3, 6, 1, 5, 5, 7, 1, 1},
}

func unknownCritical(cert *x509.Certificate) asn1.ObjectIdentifier {
next:
	for _, e := range cert.Extensions {
		if !e.Critical {
			continue
		}
		for _, oid := range understood {
			if small.SameOID(oid, e.Id) {
				continue next
			}
		}
		return e.Id
	}
	return nil
}

//go:noinline
func extensionOf(cert *x509.Certificate, oid asn1.ObjectIdentifier) ([]byte, bool) {
	for _, e := range cert.Extensions {
		if small.SameOID(e.Id, oid) {
			return e.Value, true
		}
	}
	return nil, false
}

// mayUse tells whether cert's key usage, when it has one, allows use.
func mayUse(cert *x509.Certificate, use x509.KeyUsage) bool {
	_, present := extensionOf(cert, asn1.ObjectIdentifier{2, 5, 29, 15})
	return !present || cert.KeyUsage&use != 0
}
