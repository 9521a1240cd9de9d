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
	// tried. Real ones need some dozens, test suites up to half of it.
	maxNameComparisons = 1 << 20
	// namesPerUnit is how many certificates are sorted by name in the time that
	// one signature takes.
	namesPerUnit = 8
	// maxIntermediates bounds what is compared by name. Long-term documents
	// carry some dozens.
	maxIntermediates = 1024
)

// Build finds a path from leaf to an anchor that passes RFC 5280 section 6.
// The search tries anchors first and matching key identifiers next, never
// passes the same subject and key twice, and is bounded. When no path passes,
// the error is an *Error with the best failure.
func (s *Store) Build(leaf *x509.Certificate, o Options) (Path, error) {
	b := newBuilder(s, o)
	if s.distrusts(leaf, o.Usage) {
		return nil, refuse(Distrusted, leaf, "")
	}
	if s.Contains(leaf) {
		// A certificate trusted by itself: nothing below the anchor to check.
		if e := checkValidity(leaf, o.At); e != nil {
			return nil, e
		}
		if e := checkCritical(leaf); e != nil {
			return nil, e
		}
		if e := checkUsage(s, Path{leaf}, o); e != nil {
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
		return nil, refuse(TooManyCandidates, leaf, "")
	}
	return nil, b.best
}

type pair struct{ child, issuer *x509.Certificate }

// entity is a certificate's names in the form they are compared in. Reading
// them anew for each comparison would make long names an attack.
type entity struct{ subject, issuer string }

type builder struct {
	store   *Store
	options Options
	// anchors and pool are the certificates by subject.
	anchors, pool map[string][]*x509.Certificate
	names         map[*x509.Certificate]entity
	checked       map[pair]error
	signatures    int // verified
	steps         int
	exhausted     bool
	budget        int // comparisons of names left
	best          *Error
}

func newBuilder(s *Store, o Options) *builder {
	b := &builder{store: s, options: o, checked: map[pair]error{}, names: map[*x509.Certificate]entity{}, budget: maxNameComparisons}
	intermediates := o.Intermediates[:min(len(o.Intermediates), maxIntermediates)]
	b.exhausted = !o.Work.Spend(len(intermediates) / namesPerUnit)
	b.index(intermediates)
	return b
}

// index sorts anchors and intermediates by subject. An intermediate that is an
// anchor too, or distrusted, or handed in twice, is left out.
func (b *builder) index(intermediates []*x509.Certificate) {
	b.anchors, b.pool = map[string][]*x509.Certificate{}, map[string][]*x509.Certificate{}
	seen := map[string]bool{}
	for _, a := range b.store.anchors {
		seen[string(a.Certificate.Raw)] = true
		if !a.distrusted(b.options.Usage) {
			subject := b.entity(a.Certificate).subject
			b.anchors[subject] = append(b.anchors[subject], a.Certificate)
		}
	}
	for _, c := range intermediates {
		if c == nil || seen[string(c.Raw)] || b.store.distrusts(c, b.options.Usage) {
			continue
		}
		seen[string(c.Raw)] = true
		subject := b.entity(c).subject
		b.pool[subject] = append(b.pool[subject], c)
	}
}

func (b *builder) entity(cert *x509.Certificate) entity {
	e, known := b.names[cert]
	if !known {
		e = entity{nameKey(cert.RawSubject), nameKey(cert.RawIssuer)}
		b.names[cert] = e
	}
	return e
}

// fail keeps the greatest failure, the first of equal ones.
//
//go:noinline
func (b *builder) fail(e *Error) {
	if b.best == nil || e.Reason > b.best.Reason {
		b.best = e
	}
}

// extend looks for issuers of the last certificate of path, depth first, and
// returns the first whole path that validates, or nil.
func (b *builder) extend(path Path) Path {
	last := path[len(path)-1]
	b.fail(refuse(NoPath, last, ""))
	if len(path) == maxPathLength {
		return nil
	}
	name := b.entity(last).issuer
	for _, isAnchor := range []bool{true, false} {
		list := b.pool
		if isAnchor {
			list = b.anchors
		}
		for _, issuer := range byKey(last, list[name]) {
			if b.exhausted {
				return nil
			}
			if b.steps++; b.steps > maxCandidates {
				b.exhausted = true
				return nil
			}
			if b.repeats(path, issuer) {
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
			whole, ok := b.inherit(longer)
			if !ok {
				continue
			}
			if e := validate(b.store, whole, b.options, &b.budget); e != nil {
				b.fail(e)
				continue
			}
			return whole
		}
	}
	return nil
}

// signed tells whether issuer's key signed child. A DSA key that inherits its
// parameters is believed until the path above it is known: see inherit.
func (b *builder) signed(child, issuer *x509.Certificate) bool {
	if algorithm.NeedsParameters(issuer) {
		return true
	}
	err, known := b.checked[pair{child, issuer}]
	if !known {
		if b.signatures++; b.signatures > maxSignatureChecks {
			b.exhausted = true
			return false
		}
		var ok bool
		err, ok = b.options.Work.Once(child.Raw, issuer, func() error { return algorithm.VerifyCertificate(child, issuer) })
		if !ok {
			b.exhausted = true
			return false
		}
		b.checked[pair{child, issuer}] = err
	}
	if err == nil {
		return true
	}
	reason, at := BadSignature, child
	if _, unknown := algorithm.OfCertificate(child); unknown != nil {
		reason = Algorithm // no key could verify it
	} else if _, unknown := algorithm.PublicKey(issuer); unknown != nil {
		reason, at = Algorithm, issuer // it could verify nothing
	}
	b.fail(because(reason, at, err))
	return false
}

// inherit gives the DSA keys of a path to an anchor the parameters they inherit
// (RFC 5280 6.1.4 (d) to (f)), and verifies what was signed with them. Those
// certificates come as copies with the whole key.
func (b *builder) inherit(path Path) (Path, bool) {
	whole := append(Path(nil), path...)
	for i := len(path) - 2; i >= 0; i-- {
		whole[i] = algorithm.InheritParameters(path[i], whole[i+1])
		if i == 0 || !algorithm.NeedsParameters(path[i]) {
			continue
		}
		if b.signatures++; b.signatures > maxSignatureChecks {
			b.exhausted = true
			return nil, false
		}
		if err := algorithm.VerifyCertificate(path[i-1], whole[i]); err != nil {
			b.fail(because(BadSignature, path[i-1], err))
			return nil, false
		}
	}
	return whole, true
}

// byKey puts the certificates with the key identifier child names first. A
// differing identifier does not rule a certificate out: it is a hint (RFC 5280
// 4.2.1.1), the signature decides.
func byKey(child *x509.Certificate, list []*x509.Certificate) []*x509.Certificate {
	var first, second []*x509.Certificate
	for _, c := range list {
		if len(child.AuthorityKeyId) > 0 && bytes.Equal(child.AuthorityKeyId, c.SubjectKeyId) {
			first = append(first, c)
		} else {
			second = append(second, c)
		}
	}
	return append(first, second...)
}

// repeats tells whether path already holds the entity: the same name and key.
func (b *builder) repeats(path Path, cert *x509.Certificate) bool {
	for _, p := range path {
		if bytes.Equal(p.RawSubjectPublicKeyInfo, cert.RawSubjectPublicKeyInfo) && b.entity(p).subject == b.entity(cert).subject {
			return true
		}
	}
	return false
}
