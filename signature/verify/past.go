package verify

import (
	"errors"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// maxPastPaths bounds how often a path is looked for again because one of its
// CAs had expired; a path has few CAs.
const maxPastPaths = 4

// past is past signature validation (ETSI EN 319 102-1, 5.6.2.4): the value is
// proven to have existed at s.best, and the certificate was good at least
// until then. present is what is said when that cannot be shown.
func (j *judge) past(s *subject, present *failure) *failure {
	path, err := j.pastPath(s)
	if err != nil {
		f := j.pathFailure(s, err)
		if f.verdict == TotalFailed {
			return f
		}
		return present
	}
	if s.best.After(s.leaf.NotAfter) {
		return present
	}
	s.path = path
	if !usable(s.leaf, s.purpose) {
		return indeterminate("CHAIN_CONSTRAINTS_FAILURE", &msgKeyUsage)
	}
	if f := j.algorithms(s); f != nil {
		return f
	}
	control, f := j.slide(s, path)
	switch {
	case f != nil && (present.sub == "TRY_LATER" || present.sub == "REVOCATION_OUT_OF_BOUNDS_NO_POE"):
		return present
	case f != nil:
		return f
	case s.best.After(control) && present.reason == &msgExpired:
		return &failure{present.verdict, present.sub, &msgNoPOE}
	case s.best.After(control):
		return present
	}
	return nil
}

// pastPath is the path of 5.6.2.1: valid at some moment at which all its
// certificates were, the value's own moment if possible. A CA that had expired
// by then must be vouched for by what slide finds.
func (j *judge) pastPath(s *subject) (trust.Path, error) {
	at := s.best
	for range maxPastPaths {
		path, err := j.policy.Trust.Build(s.leaf, trust.Options{
			At: at, Intermediates: j.evidence.certificates, Algorithms: j.acceptable(j.policy.At), Work: j.work,
		})
		var e *trust.Error
		if err == nil || !errors.As(err, &e) || e.Reason != trust.Expired || e.Certificate().Equal(s.leaf) || !e.Certificate().NotAfter.Before(at) {
			return path, err
		}
		at = e.Certificate().NotAfter
	}
	return nil, small.Error("the certificates were never valid together")
}

// vouches is until when good news counts, at most until control: to the end
// while newer news was not due. Older news about a signer counts until it was
// issued, as the standard has it. A CA's list comes out rarely, and a timestamp
// is always younger than the news that an archive timestamp covers beside it;
// there it counts until newer was due.
func vouches(r revocation.Result, control time.Time, signer bool) time.Time {
	switch {
	case !r.Until().Before(control):
		return control
	case signer:
		return r.ThisUpdate
	}
	return r.Until()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// slide is validation time sliding (5.6.2.2): the latest moment until which
// the evidence, as old as it is proven to be, vouches for every certificate of
// the path.
func (j *judge) slide(s *subject, path trust.Path) (control time.Time, f *failure) {
	control = j.policy.At
	for i := len(path) - 2; i >= 0; i-- {
		cert, issuer := path[i], path[i+1]
		exists := j.evidence.of(cert.Raw)
		if exists.After(control) {
			return control, indeterminate("NO_POE", &msgNoPOE)
		}
		ev := j.revocationEvidence(path, i, control)
		ev.Stale = true
		r := revocation.Check(cert, issuer, ev, control)
		if i == 0 {
			s.revocation = j.told(r)
		}
		switch {
		case r.Status == revocation.Unknown || r.SignerStatus == revocation.Unknown && !r.NoCheck:
			j.wantRevocation(cert, issuer)
			return control, indeterminate("NO_POE", with(&msgNoPOE, r.WhyCode))
		case j.outlived(r):
			j.wantRevocation(cert, issuer)
			return control, indeterminate("NO_POE", &msgResponderExpired)
		case r.Status == revocation.Revoked:
			// What existed at the very second of the revocation is not proven
			// older.
			control = r.RevokedAt.Add(-time.Second)
		default:
			control = earlier(control, vouches(r, control, i == 0 && s.purpose == forDocuments))
		}
		sig, err := algorithm.OfCertificate(cert)
		if err != nil {
			return control, indeterminate("CRYPTO_CONSTRAINTS_FAILURE", with(&msgWeak, err.Error()))
		}
		pub, err := algorithm.PublicKey(issuer)
		if err == nil {
			_, err = j.policy.Trust.Acceptable(sig, pub, control, path[len(path)-1])
		}
		var weak *algorithm.Weak
		switch {
		case err == nil:
		case errors.As(err, &weak) && exists.Before(weak.Since):
			control = weak.Since.Add(-time.Second)
		default:
			return control, indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", with(&msgWeak, err.Error()))
		}
	}
	return control, nil
}
