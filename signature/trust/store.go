// Package trust builds certificate paths to trust anchors and validates them
// by RFC 5280 section 6. It never asks the clock, never looks at revocation
// (package revocation does), and never accepts a path it could not check whole.
package trust

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"time"

	"kyso/signature/algorithm"
)

// Store holds trust anchors. It does not change after NewStore and may be used
// by several goroutines.
type Store struct{ anchors []Anchor }

// NewStore makes a store of the given anchors; nil and repeated ones are left
// out. An anchor need not be self-signed. What Known tells of an anchor holds.
func NewStore(anchors ...*x509.Certificate) *Store {
	list := make([]Anchor, len(anchors))
	for i, a := range anchors {
		list[i] = Anchor{Certificate: a}
		if a != nil {
			known, _ := Known(a)
			list[i].SHA1Until = known.SHA1Until
		}
	}
	return NewStoreOf(list...)
}

// NewStoreOf is NewStore for anchors with what is allowed below them.
func NewStoreOf(anchors ...Anchor) *Store {
	s := &Store{}
	for _, a := range anchors {
		if a.Certificate != nil && !s.Contains(a.Certificate) {
			s.anchors = append(s.anchors, a)
		}
	}
	return s
}

// Anchors are the certificates of the anchors, in the order they were given.
func (s *Store) Anchors() []*x509.Certificate {
	list := make([]*x509.Certificate, len(s.anchors))
	for i, a := range s.anchors {
		list[i] = a.Certificate
	}
	return list
}

// Contains tells whether cert is an anchor, byte for byte.
//
//go:noinline
func (s *Store) Contains(cert *x509.Certificate) bool {
	for _, a := range s.anchors {
		if a.Certificate.Equal(cert) {
			return true
		}
	}
	return false
}

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
	// signed with: sig, made with the issuer's key, on a path to anchor. Nil
	// means Store.Acceptable at At. A caller that knows cert to be older than
	// At asks for that time instead. The function may be called for
	// certificates that end up outside the path. The signature itself is
	// verified whatever it answers.
	Algorithms func(cert *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey, anchor *x509.Certificate) error

	// Work, when not nil, bounds what this search and others cost together.
	Work *algorithm.Work

	// Usage is an extended key usage, such as id-kp-timeStamping, that the
	// leaf and every CA with such an extension must have among theirs, or
	// anyExtendedKeyUsage. RFC 5280 gives the extension no meaning in a CA; the
	// nesting is what browsers and Microsoft made of it. Nil demands nothing.
	Usage asn1.ObjectIdentifier
	// MaxIntermediates bounds the certificates between leaf and anchor. Zero
	// sets no bound but the search's own; a negative number allows none.
	MaxIntermediates int
	// Conforming demands of every certificate what RFC 5280 section 4 asks of
	// a CA that conforms to it, though section 6 does without.
	Conforming bool

	// PolicySet is the user-initial-policy-set of RFC 5280 6.1.1 (c), as
	// dotted object identifiers. Nil means any-policy.
	PolicySet []string
	// ExplicitPolicy, InhibitPolicyMapping and InhibitAnyPolicy are the
	// initial indicators of RFC 5280 6.1.1 (e) to (g).
	ExplicitPolicy, InhibitPolicyMapping, InhibitAnyPolicy bool
}
