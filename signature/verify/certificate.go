package verify

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// purpose is what a certificate must be for.
type purpose int

const (
	forDocuments purpose = iota
	forTimestamps
)

// subject is a signature value whose signer's certificate is judged: a
// signature's, or a timestamp's.
type subject struct {
	leaf      *x509.Certificate
	purpose   purpose
	algorithm algorithm.Signature
	// digest is one more digest the value rests on, 0 for none.
	digest crypto.Hash
	// best is the earliest moment the value is proven to have existed. Without
	// any proof that is the moment of validation.
	best time.Time
	// after is a moment the value is proven to be younger than, zero for none
	// (a content timestamp).
	after time.Time
	// revocation is filled in: what is known of the leaf.
	revocation Revocation
	// path is filled in, nil when there is none.
	path trust.Path
}

// failure is one step's verdict when it is not passed.
type failure struct {
	verdict Verdict
	sub     string
	reason  *Message
}

//go:noinline
func indeterminate(sub string, reason *Message) *failure {
	return &failure{Indeterminate, sub, reason}
}

//go:noinline
func failed(sub string, reason *Message) *failure { return &failure{TotalFailed, sub, reason} }

// certificate judges the certificate of s: now, with its proofs for how long
// the value exists (ETSI EN 319 102-1, 5.2.6, 5.2.8 and 5.5.4), and where that
// is not enough in the past (5.6.2.4). Nil means that it was proven good.
func (j *judge) certificate(s *subject) *failure {
	s.revocation.Status = revocation.Unknown.String()
	f := j.present(s)
	if f == nil || f.verdict == TotalFailed || j.policy.Process != LongTerm || !j.proven(s.best) {
		return f
	}
	switch f.sub {
	case "OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED", "REVOCATION_OUT_OF_BOUNDS_NO_POE",
		"REVOKED_CA_NO_POE", "REVOKED_NO_POE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "TRY_LATER":
		return j.past(s, f)
	}
	return f
}

// proven tells whether t is a proof rather than the moment of validation.
//
//go:noinline
func (j *judge) proven(t time.Time) bool { return t.Before(j.policy.At) }

// present is the judgement at the moment of validation.
func (j *judge) present(s *subject) *failure {
	path, err := j.policy.Trust.Build(s.leaf, trust.Options{
		At: j.policy.At, Intermediates: j.evidence.certificates, Algorithms: j.acceptable(j.policy.At), Work: j.work,
	})
	if err != nil {
		j.wantIssuer(err)
		return j.pathFailure(s, err)
	}
	s.path = path
	if !usable(s.leaf, s.purpose) {
		return indeterminate("CHAIN_CONSTRAINTS_FAILURE", &msgKeyUsage)
	}
	if s.best.Before(s.leaf.NotBefore) {
		// It existed before its certificate did.
		return failed("NOT_YET_VALID", &msgNotYetValid)
	}
	if f := j.algorithms(s); f != nil {
		return f
	}
	return j.revoked(s, path)
}

// acceptable judges the algorithms of certificates by the time each is proven
// to have existed, at most at.
//
//go:noinline
func (j *judge) acceptable(at time.Time) func(*x509.Certificate, algorithm.Signature, crypto.PublicKey, *x509.Certificate) error {
	return func(cert *x509.Certificate, sig algorithm.Signature, issuer crypto.PublicKey, anchor *x509.Certificate) error {
		since := j.evidence.of(cert.Raw)
		if since.After(at) {
			since = at
		}
		_, err := j.policy.Trust.Acceptable(sig, issuer, since, anchor)
		return err
	}
}

// algorithms is ETSI EN 319 102-1, 5.2.8, for the value itself, at the moment
// it is proven to have existed.
func (j *judge) algorithms(s *subject) *failure {
	pub, err := algorithm.PublicKey(s.leaf)
	if err == nil {
		err = s.algorithm.Check(pub, s.best)
	}
	if err == nil && s.digest != 0 {
		err = algorithm.CheckDigest(s.digest, s.best)
	}
	if err == nil {
		return nil
	}
	sub := "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
	var weak *algorithm.Weak
	if !errors.As(err, &weak) || weak.Since.IsZero() {
		sub = "CRYPTO_CONSTRAINTS_FAILURE" // no proof could help
	}
	return indeterminate(sub, with(&msgWeak, err.Error()))
}

func (j *judge) pathFailure(s *subject, err error) *failure {
	var e *trust.Error
	if !errors.As(err, &e) {
		return indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", with(&msgPath, err.Error()))
	}
	switch e.Reason {
	case trust.NoPath:
		return indeterminate("NO_CERTIFICATE_CHAIN_FOUND", &msgNoPath)
	case trust.TooManyCandidates:
		return indeterminate("CERTIFICATE_CHAIN_GENERAL_FAILURE", with(&msgPath, e.Error()))
	case trust.Expired:
		if s.after.After(s.leaf.NotAfter) {
			return failed("EXPIRED", &msgExpired)
		}
		if j.knownGood(s, e) {
			return indeterminate("OUT_OF_BOUNDS_NOT_REVOKED", &msgExpired)
		}
		return indeterminate("OUT_OF_BOUNDS_NO_POE", &msgExpired)
	case trust.NotYetValid:
		if s.best.Before(s.leaf.NotBefore) && j.proven(s.best) {
			return failed("NOT_YET_VALID", &msgNotYetValid)
		}
		return indeterminate("OUT_OF_BOUNDS_NO_POE", &msgNotYetValid)
	case trust.Algorithm:
		sub := "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
		var weak *algorithm.Weak
		if !errors.As(err, &weak) || weak.Since.IsZero() {
			sub = "CRYPTO_CONSTRAINTS_FAILURE"
		}
		return indeterminate(sub, with(&msgWeak, e.Error()))
	}
	return indeterminate("CHAIN_CONSTRAINTS_FAILURE", with(&msgPath, e.Error()))
}

// knownGood tells whether an expired leaf is known not to have been revoked
// when it expired.
func (j *judge) knownGood(s *subject, e *trust.Error) bool {
	if !e.Certificate().Equal(s.leaf) {
		return false
	}
	at := s.leaf.NotAfter
	path, err := j.policy.Trust.Build(s.leaf, trust.Options{At: at, Intermediates: j.evidence.certificates, Algorithms: j.acceptable(j.policy.At), Work: j.work})
	if err != nil || len(path) < 2 {
		return false
	}
	r := revocation.Check(path[0], path[1], j.revocationEvidence(path, 0, j.policy.At), at)
	s.revocation = j.told(r)
	return r.Status == revocation.Good
}

// revocationEvidence is the evidence about path[i] there was by a moment.
func (j *judge) revocationEvidence(path trust.Path, i int, by time.Time) revocation.Evidence {
	anchor := path[len(path)-1]
	return revocation.Evidence{
		CRLs: j.evidence.before(j.evidence.crls, by), OCSPs: j.evidence.before(j.evidence.ocsps, by),
		Certificates: j.evidence.certificates, Authorities: path[i+1:], Latest: by,
		Exists: j.evidence.of, Work: j.work,
		Algorithms: func(sig algorithm.Signature, signer crypto.PublicKey, at time.Time) error {
			_, err := j.policy.Trust.Acceptable(sig, signer, at, anchor)
			return err
		},
	}
}

func (j *judge) told(r revocation.Result) Revocation {
	told := Revocation{Status: r.Status.String(), Source: r.Source}
	if r.Status != revocation.Unknown {
		told.Age = int64(j.policy.At.Sub(r.ThisUpdate) / time.Second)
	}
	if !r.RevokedAt.IsZero() {
		told.RevokedAt = &r.RevokedAt
	}
	return told
}

// revoked asks the evidence about every certificate of the path but the
// anchor, which is trusted by decision. The leaf's status counts at the best
// time (5.5.4), a CA's now.
func (j *judge) revoked(s *subject, path trust.Path) *failure {
	var worst *failure
	for i := 0; i+1 < len(path); i++ {
		r := revocation.Check(path[i], path[i+1], j.revocationEvidence(path, i, j.policy.At), s.best)
		if i == 0 {
			s.revocation = j.told(r)
		}
		var f *failure
		switch {
		case r.Status == revocation.Revoked && i > 0:
			f = indeterminate("REVOKED_CA_NO_POE", &msgRevokedCA)
		case r.Status == revocation.Revoked && !s.after.Before(r.RevokedAt):
			f = failed("REVOKED", &msgRevoked)
		case r.Status == revocation.Revoked:
			f = indeterminate("REVOKED_NO_POE", &msgRevokedNoPOE)
		case r.Status == revocation.Unknown:
			f = indeterminate("TRY_LATER", with(&msgNoRevocation, r.WhyCode))
			j.wantRevocation(path[i], path[i+1])
		case r.SignerStatus == revocation.Unknown && !r.NoCheck:
			f = indeterminate("TRY_LATER", with(&msgNoRevocation, "OCSP_RESPONDER_UNKNOWN"))
			j.wantRevocation(r.Signer, path[i+1])
		case j.outlived(r):
			f = indeterminate("REVOCATION_OUT_OF_BOUNDS_NO_POE", &msgResponderExpired)
			j.wantRevocation(path[i], path[i+1])
		}
		// A revocation says more than missing news of another certificate.
		if f != nil && (worst == nil || worst.sub == "TRY_LATER" && f.sub != "TRY_LATER") {
			worst = f
		}
	}
	return worst
}

// outlived tells whether the delegate that signed the evidence has expired, and
// nothing proves that the evidence is older: the key may have been anybody's
// since.
func (j *judge) outlived(r revocation.Result) bool {
	return r.Signer != nil && j.policy.At.After(r.Signer.NotAfter) && j.evidence.of(r.Item).After(r.Signer.NotAfter)
}

var (
	oidDocumentSigning   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36} // RFC 9336
	oidAdobeSigning      = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 5}
	oidMicrosoftDocument = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 3, 12}
)

// usable tells whether key usage and extended key usage fit. Government
// certificates for people carry clientAuth and emailProtection, none of the
// purposes made for documents.
func usable(c *x509.Certificate, p purpose) bool {
	if c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return false
	}
	if p == forTimestamps {
		// tsp checked that it is critical and alone (RFC 3161, 2.3).
		return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping)
	}
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		switch u {
		case x509.ExtKeyUsageAny, x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth:
			return true
		}
	}
	for _, u := range c.UnknownExtKeyUsage {
		if small.SameOID(u, oidDocumentSigning) || small.SameOID(u, oidAdobeSigning) || small.SameOID(u, oidMicrosoftDocument) {
			return true
		}
	}
	return false
}
