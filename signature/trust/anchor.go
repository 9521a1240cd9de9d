package trust

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// Anchor is a certificate trusted by decision, and what that decision allows.
type Anchor struct {
	Certificate *x509.Certificate
	// SHA1Until is the moment up to which certificates, CRLs and OCSP
	// responses below this anchor may be signed with SHA-1: an old generation
	// of CAs, still in use. Zero means that SHA-1 is judged as anywhere else.
	// Nothing else is relaxed, the signatures on documents least of all.
	SHA1Until time.Time
	// Trusted and Rejected are the extended key usages the decision was made
	// for, see Options.Usage. One that is rejected, or not trusted where some
	// are, must not stand in a path at all, nor may another certificate for its
	// name and key; anyExtendedKeyUsage stands for each. With neither the anchor is trusted for whatever it certifies.
	Trusted, Rejected []asn1.ObjectIdentifier
}

// trusted tells whether the decision names the usage, which is empty for none
// in particular.
//
//go:noinline
func (a Anchor) trusted(usage asn1.ObjectIdentifier) bool { return names(a.Trusted, usage) }

func (a Anchor) distrusted(usage asn1.ObjectIdentifier) bool {
	return names(a.Rejected, usage) || (len(a.Trusted) > 0 && !a.trusted(usage))
}

//go:noinline
func names(list []asn1.ObjectIdentifier, usage asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(list, func(oid asn1.ObjectIdentifier) bool {
		return small.SameOID(oid, oidAnyUsage) || small.SameOID(oid, usage)
	})
}

// distrusts tells whether cert must not be used for usage: an anchor with its
// name and key must not.
func (s *Store) distrusts(cert *x509.Certificate, usage asn1.ObjectIdentifier) bool {
	for _, a := range s.anchors {
		if a.distrusted(usage) && bytes.Equal(a.Certificate.RawSubjectPublicKeyInfo, cert.RawSubjectPublicKeyInfo) &&
			SameName(a.Certificate.RawSubject, cert.RawSubject) {
			return true
		}
	}
	return false
}

// SHA1Until is that of the anchor cert, zero when cert is none.
//
//go:noinline
func (s *Store) SHA1Until(cert *x509.Certificate) time.Time {
	for _, a := range s.anchors {
		if a.Certificate.Equal(cert) {
			return a.SHA1Until
		}
	}
	return time.Time{}
}

// Acceptable judges the algorithm of something signed below anchor, with the
// key pub, that is proven to exist since at: nil, a *algorithm.Weak, or
// algorithm.ErrUnsupported. Old tells that only the anchor's generation makes
// it acceptable, which a person should be told.
func (s *Store) Acceptable(sig algorithm.Signature, pub crypto.PublicKey, at time.Time, anchor *x509.Certificate) (old bool, err error) {
	err = sig.Check(pub, at)
	if err == nil || sig.Hash != crypto.SHA1 || !errors.As(err, new(*algorithm.Weak)) || !at.Before(s.SHA1Until(anchor)) {
		return false, err
	}
	sig.Hash = crypto.SHA256 // what is left to judge is the key
	if err := sig.Check(pub, at); err != nil {
		return false, err
	}
	return true, nil
}
