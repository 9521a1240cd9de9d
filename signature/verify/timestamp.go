package verify

import (
	"crypto"
	"crypto/x509"
	"errors"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/tsp"
)

// maxTokens bounds the timestamps looked at beside one signature; more than
// two are rare.
const maxTokens = 16

// stamp is one timestamp token and what was found of it.
type stamp struct {
	kind  string // as Timestamp.Kind
	token *tsp.Token
	// err is why the token cannot be read.
	err    error
	signer *x509.Certificate
	// judged: failure is known; nil then means that its time is proven.
	judged  bool
	failure *failure
}

//go:noinline
func (st *stamp) trusted() bool { return st.judged && st.failure == nil }

//go:noinline
func newStamp(kind string, der []byte) *stamp {
	t, err := tsp.Parse(der)
	return &stamp{kind: kind, token: t, err: err}
}

// report is what a person is told of st.
func (st *stamp) report() Timestamp {
	r := Timestamp{Kind: st.kind, Verdict: TotalPassed}
	if st.token != nil {
		r.Time = st.token.Time
	}
	if st.signer != nil {
		r.Signer = commonName(st.signer.Subject.CommonName, st.signer.RawSubject)
		r.Issuer = commonName(st.signer.Issuer.CommonName, st.signer.RawIssuer)
	}
	if f := st.failure; f != nil {
		r.Verdict, r.SubIndication, r.Reason = f.verdict, f.sub, f.reason
	}
	return r
}

// documentTimestamp checks an ETSI.RFC3161 signature: its imprint is over the
// signed bytes (ISO 32000-2, 12.8.5).
func (j *judge) documentTimestamp(s *signed) error {
	t := s.stamp.token
	if !t.Hash.Available() {
		return algorithm.ErrUnsupported
	}
	digest, err := s.digest(t.Hash)
	if err != nil {
		return err
	}
	if !equal(digest, t.Imprint) {
		return cms.ErrDigestMismatch
	}
	s.intact = true
	signer, err := t.VerifyWith(digest, j.evidence.certificates)
	if err != nil {
		return err
	}
	s.cert, s.valid, s.stamp.signer = signer, true, signer
	return nil
}

// stampOver judges a token beside a signature: over the data that digest
// hashes, and proven to exist since exists (ETSI EN 319 102-1, 5.4).
func (j *judge) stampOver(st *stamp, digest func(crypto.Hash) ([]byte, error), exists time.Time) {
	st.judged = true
	st.failure = func() *failure {
		if st.err != nil {
			return failed("FORMAT_FAILURE", with(&msgCMS, st.err.Error()))
		}
		if !st.token.Hash.Available() {
			return cryptoFailure(algorithm.ErrUnsupported)
		}
		imprint, err := digest(st.token.Hash)
		if err != nil {
			return cryptoFailure(err)
		}
		if st.signer, err = st.token.VerifyWith(imprint, j.evidence.certificates); err != nil {
			return stampFailure(err)
		}
		return j.stampTrust(st, exists)
	}()
}

// stampTrust judges a checked token's certificate. A time in the future of the
// moment of validation is never believed.
func (j *judge) stampTrust(st *stamp, exists time.Time) *failure {
	if st.token.Time.After(j.policy.At) {
		return indeterminate("TIMESTAMP_ORDER_FAILURE", &msgFutureTimestamp)
	}
	return j.certificate(&subject{
		leaf: st.signer, purpose: forTimestamps, digest: st.token.Hash,
		best: exists, algorithm: st.token.CMS.Signers[0].Algorithm,
	})
}

// stampFailure is what an error of tsp.Token.Verify means.
func stampFailure(err error) *failure {
	switch {
	case errors.Is(err, tsp.ErrImprint):
		return failed("HASH_FAILURE", &msgImprint)
	case errors.Is(err, tsp.ErrNotTimestamping):
		return indeterminate("CHAIN_CONSTRAINTS_FAILURE", &msgNotTimestamping)
	case errors.Is(err, cms.ErrNoCertificate):
		return indeterminate("NO_SIGNING_CERTIFICATE_FOUND", &msgNoCertificate)
	}
	return cryptoFailure(err)
}

// prove takes what timestamp d covers for proven at its time: the signatures
// before it, and the evidence the document held then (ETSI EN 319 102-1,
// 5.6.2.3).
func (j *judge) prove(d *signed) {
	t := d.stamp.token.Time
	j.evidence.prove(j.evidence.dssItems(j.doc.Revision(d.Revision)), t)
	for _, s := range j.signed {
		// Its bytes lie before d's own value, all of them signed.
		if s == d || s.Fault != nil || s.fault != nil || s.End() > d.Range[1] {
			continue
		}
		if s.exists.IsZero() || t.Before(s.exists) {
			s.exists = t
		}
		if s.cms != nil {
			j.evidence.prove(itemsOf(s.cms), t)
		}
		for _, st := range s.tokens {
			if st.token != nil {
				j.evidence.prove(itemsOf(st.token.CMS), t)
			}
		}
	}
}

// bestTime finds the earliest moment the signature is proven to have existed
// (ETSI EN 319 102-1, 5.5.4): a trusted signature timestamp, or a trusted
// document timestamp over its revision. A claimed time is none. It also finds
// what proves the signature to be younger. A failure is an impossible order.
func (j *judge) bestTime(s *signed, out *Signature) (best, after time.Time, f *failure) {
	best = j.policy.At
	take := func(t time.Time, source string) {
		if t.Before(best) || t.Equal(best) && out.BestTime.Source == "validation-time" {
			best, out.BestTime = t, BestTime{t, source}
		}
	}
	if !s.exists.IsZero() {
		take(s.exists, "document-timestamp")
	}
	exists := best
	if s.isTimestamp() || j.policy.Process == Basic {
		return best, after, nil
	}
	for _, st := range s.tokens {
		if st.kind == "content" {
			j.stampOver(st, s.digest, exists)
			if st.trusted() && st.token.Time.After(after) {
				after = st.token.Time
			}
			continue
		}
		j.stampOver(st, func(h crypto.Hash) ([]byte, error) {
			w := h.New()
			w.Write(s.signer.Value)
			return w.Sum(nil), nil
		}, exists)
		if st.trusted() {
			take(st.token.Time, "timestamp")
		}
	}
	j.tellTimestamps(s, out)
	// 5.5.4 and 5.6.3.4: content timestamp, signature timestamp, document
	// timestamp, in this order.
	for _, st := range s.tokens {
		late := st.kind == "signature" && !s.exists.IsZero() && st.trusted() && st.token.Time.Add(-st.token.Accuracy.Margin).After(s.exists)
		if late || after.After(best) {
			return best, after, indeterminate("TIMESTAMP_ORDER_FAILURE", &msgTimestampOrder)
		}
	}
	return best, after, nil
}

// tellTimestamps lists the timestamps and warns of what is not proven.
func (j *judge) tellTimestamps(s *signed, out *Signature) {
	bad, unknown := false, false
	note := func(st *stamp) {
		out.Timestamps = append(out.Timestamps, st.report())
		switch {
		case st.failure == nil:
		case st.failure.sub == "TRY_LATER":
			unknown = true
		default:
			bad = true
		}
	}
	for _, st := range s.tokens {
		note(st)
	}
	for _, d := range j.signed {
		if d.isTimestamp() && d.stamp != nil && d.stamp.judged && d.Revision > s.Revision {
			note(d.stamp)
		}
	}
	switch {
	case bad:
		out.warn(&msgBadTimestamp)
	case unknown:
		out.warn(&msgStampUnknown)
	}
	if out.BestTime.Source == "validation-time" && out.ClaimedTime != nil {
		out.warn(&msgClaimedTime)
	}
}
