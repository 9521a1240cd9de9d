// Package trust builds certificate paths to trust anchors and validates them
// by RFC 5280 section 6. It never asks the clock, never looks at revocation
// (package revocation does), and never accepts a path it could not check whole.
package trust

import (
	"crypto"
	"crypto/x509"
	"time"

	"kyso/signature/algorithm"
)

// Store holds trust anchors. It does not change after NewStore and may be used
// by several goroutines.
type Store struct{ anchors []*x509.Certificate }

// NewStore makes a store of the given anchors; nil and repeated ones are left
// out. An anchor need not be self-signed.
func NewStore(anchors ...*x509.Certificate) *Store {
	s := &Store{}
	for _, a := range anchors {
		if a != nil && !contains(s.anchors, a) {
			s.anchors = append(s.anchors, a)
		}
	}
	return s
}

// Anchors is a copy of the list of anchors, in the order they were given.
func (s *Store) Anchors() []*x509.Certificate {
	return append([]*x509.Certificate(nil), s.anchors...)
}

// Contains tells whether cert is an anchor, byte for byte.
func (s *Store) Contains(cert *x509.Certificate) bool { return contains(s.anchors, cert) }

// Path is a certificate path, leaf first and anchor last. It has one entry
// when the leaf is itself an anchor.
type Path []*x509.Certificate

// Options says how to build and judge.
type Options struct {
	// At is the moment every certificate of the path must be valid at, the
	// anchor too. It is required.
	At time.Time
	// Intermediates are certificates the path may use. They are not trusted.
	Intermediates []*x509.Certificate
	// Algorithms judges the algorithm each certificate below the anchor was
	// signed with: sig, made with the issuer's key. Nil means
	// sig.Check(issuer, At). A caller that wants to warn of an old generation
	// instead of refusing it notes the *algorithm.Weak and returns nil. The
	// function may be called for certificates that end up outside the path, so
	// notes are better taken from the path afterwards. The signature itself is
	// verified whatever it answers.
	Algorithms func(cert *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey) error

	// PolicySet is the user-initial-policy-set of RFC 5280 6.1.1 (c), as
	// dotted object identifiers. Nil means any-policy.
	PolicySet []string
	// ExplicitPolicy, InhibitPolicyMapping and InhibitAnyPolicy are the
	// initial indicators of RFC 5280 6.1.1 (e) to (g).
	ExplicitPolicy, InhibitPolicyMapping, InhibitAnyPolicy bool
}
