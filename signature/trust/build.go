package trust

import (
	"bytes"
	"crypto/x509"

	"kyso/signature/algorithm"
)

// Bounds on the search. Certificates come from strangers, and cross-signed
// CAs can be arranged so that the number of paths grows exponentially.
const (
	// maxPathLength counts leaf and anchor. Real paths have at most five
	// certificates; this leaves room for cross-signing and key rollover.
	maxPathLength = 15
	// maxSignatureChecks bounds the costly step. Each pair of certificates is
	// checked once; a real build needs fewer than ten.
	maxSignatureChecks = 100
	// maxCandidates bounds the steps of the search, which may revisit pairs.
	maxCandidates = 1000
	// maxNameComparisons bounds names times name constraints over all paths
	// tried; real ones need some dozens.
	maxNameComparisons = 100_000
	// maxIntermediates bounds what is compared by name. Long-term documents
	// carry some dozens.
	maxIntermediates = 1024
)

// Build finds a path from leaf to an anchor that passes RFC 5280 section 6.
// The search tries anchors first and matching key identifiers next, never
// passes the same subject and key twice, and is bounded. When no path passes,
// the error is an *Error with the best failure.
func (s *Store) Build(leaf *x509.Certificate, o Options) (Path, error) {
	b := &builder{store: s, anchors: s.Anchors(), options: o, checked: map[pair]error{}, budget: maxNameComparisons}
	b.pool = o.Intermediates[:min(len(o.Intermediates), maxIntermediates)]
	if s.Contains(leaf) {
		// A certificate trusted by itself: nothing below the anchor to check.
		if e := checkValidity(leaf, o.At); e != nil {
			return nil, e
		}
		return Path{leaf}, nil
	}
	if path := b.extend(Path{leaf}); path != nil {
		return path, nil
	}
	if b.exhausted {
		// What was not looked at might have been the path, so no other
		// failure is the reason.
		return nil, &Error{Reason: TooManyCandidates, raw: leaf.Raw}
	}
	return nil, b.best
}

type pair struct{ child, issuer *x509.Certificate }

type builder struct {
	store     *Store
	anchors   []*x509.Certificate
	options   Options
	pool      []*x509.Certificate
	checked   map[pair]error
	steps     int
	exhausted bool
	budget    int // comparisons of names left
	best      *Error
}

// fail keeps the greatest failure, the first of equal ones.
func (b *builder) fail(e *Error) {
	if b.best == nil || e.Reason > b.best.Reason {
		b.best = e
	}
}

// extend looks for issuers of the last certificate of path, depth first, and
// returns the first whole path that validates, or nil.
func (b *builder) extend(path Path) Path {
	last := path[len(path)-1]
	b.fail(&Error{Reason: NoPath, raw: last.Raw})
	if len(path) == maxPathLength {
		return nil
	}
	for _, isAnchor := range []bool{true, false} {
		list := b.pool
		if isAnchor {
			list = b.anchors
		}
		for _, issuer := range candidates(last, list) {
			if b.exhausted {
				return nil
			}
			if b.steps++; b.steps > maxCandidates {
				b.exhausted = true
				return nil
			}
			if repeats(path, issuer) || (!isAnchor && b.store.Contains(issuer)) {
				continue
			}
			if !b.signed(last, issuer) {
				continue
			}
			longer := append(path[:len(path):len(path)], issuer)
			if !isAnchor {
				if found := b.extend(longer); found != nil {
					return found
				}
				continue
			}
			if e := validate(b.store, longer, b.options, &b.budget); e != nil {
				b.fail(e)
				continue
			}
			return longer
		}
	}
	return nil
}

// signed tells whether issuer's key signed child.
func (b *builder) signed(child, issuer *x509.Certificate) bool {
	err, known := b.checked[pair{child, issuer}]
	if !known {
		if len(b.checked) >= maxSignatureChecks {
			b.exhausted = true
			return false
		}
		err = algorithm.VerifyCertificate(child, issuer)
		b.checked[pair{child, issuer}] = err
	}
	if err == nil {
		return true
	}
	reason := BadSignature
	if _, unknown := algorithm.OfCertificate(child); unknown != nil {
		reason = Algorithm // no key could verify it
	}
	b.fail(&Error{Reason: reason, raw: child.Raw, Err: err})
	return false
}

// candidates are the certificates of list whose subject is child's issuer,
// those with the key identifier child names first. A differing identifier does
// not rule a certificate out: it is a hint (RFC 5280 4.2.1.1), the signature
// decides.
func candidates(child *x509.Certificate, list []*x509.Certificate) []*x509.Certificate {
	var first, second []*x509.Certificate
	for _, c := range list {
		switch {
		case !SameName(c.RawSubject, child.RawIssuer):
		case len(child.AuthorityKeyId) > 0 && bytes.Equal(child.AuthorityKeyId, c.SubjectKeyId):
			first = append(first, c)
		default:
			second = append(second, c)
		}
	}
	return append(first, second...)
}

// repeats tells whether path already holds the entity: the same name and key.
func repeats(path Path, cert *x509.Certificate) bool {
	for _, p := range path {
		if bytes.Equal(p.RawSubjectPublicKeyInfo, cert.RawSubjectPublicKeyInfo) && SameName(p.RawSubject, cert.RawSubject) {
			return true
		}
	}
	return false
}
