package verify

import (
	"crypto/x509"
	"errors"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/tsp"
)

// stamp is a timestamp whose token was checked.
type stamp struct {
	token  *tsp.Token
	signer *x509.Certificate
	// trusted: the TSA's certificate was proven good at the time of validation.
	trusted bool
	failure *failure
}

// documentTimestamp checks an ETSI.RFC3161 signature: its imprint is over the
// signed bytes (ISO 32000-2, 12.8.5).
func (j *judge) documentTimestamp(s *signed) error {
	if s.stamp == nil || s.stamp.token == nil {
		return cms.ErrMalformed
	}
	t := s.stamp.token
	if !t.Hash.Available() {
		return algorithm.ErrUnsupported
	}
	digest, err := s.Digest(j.doc, t.Hash, j.progress)
	if err != nil {
		return err
	}
	if !equal(digest, t.Imprint) {
		return cms.ErrDigestMismatch
	}
	s.intact = true
	signer, err := t.Verify(digest)
	if err != nil {
		return err
	}
	s.cert, s.valid, s.stamp.signer = signer, true, signer
	return nil
}

// collectTimestamps parses the document timestamps, so that their certificates
// are evidence and their times known.
func (j *judge) collectTimestamps() {
	for _, s := range j.signed {
		if !s.isTimestamp() || s.Fault != nil || s.fault != nil {
			continue
		}
		t, err := tsp.Parse(s.der)
		if err != nil {
			s.fault = err
			continue
		}
		s.stamp = &stamp{token: t}
	}
	for _, s := range j.signed {
		if s.signer == nil || s.fault != nil {
			continue
		}
		for _, token := range s.signer.Timestamps() {
			if t, err := tsp.Parse(token); err == nil {
				j.evidence.addCMS(t.CMS)
			}
		}
	}
}

// bestTime finds the earliest moment the signature is proven to have existed
// (ETSI EN 319 102-1, 5.5): a trusted signature timestamp, or a trusted
// document timestamp over its revision. A claimed time is none.
func (j *judge) bestTime(s *signed, out *Signature) {
	if s.isTimestamp() {
		return // proven by itself at its own time only, and judged at At
	}
	found := false
	take := func(t time.Time, source string) {
		if !found || t.Before(out.BestTime.Value) {
			out.BestTime, found = BestTime{t, source}, true
		}
	}
	bad := false
	for _, token := range s.signer.Timestamps() {
		if t, err := j.signatureTimestamp(s, token); err == nil {
			take(t, "timestamp")
		} else {
			bad = true
		}
	}
	for _, d := range j.signed {
		if !d.isTimestamp() || d.Fault != nil || d.stamp == nil || d.Revision <= s.Revision || d.End() <= s.End() {
			continue
		}
		if d.stamp.signer == nil && j.documentTimestamp(d) != nil {
			continue
		}
		if j.trustStamp(d.stamp) {
			take(d.stamp.token.Time, "document-timestamp")
		}
	}
	if bad {
		out.warn(msgBadTimestamp)
	}
	if !found && out.ClaimedTime != nil {
		out.warn(msgClaimedTime)
	}
}

// signatureTimestamp returns the time of a signature-time-stamp attribute that
// is over this signature's value and from a trusted TSA.
func (j *judge) signatureTimestamp(s *signed, token []byte) (time.Time, error) {
	t, err := tsp.Parse(token)
	if err != nil {
		return time.Time{}, err
	}
	if !t.Hash.Available() {
		return time.Time{}, algorithm.ErrUnsupported
	}
	h := t.Hash.New()
	h.Write(s.signer.Value)
	signer, err := t.Verify(h.Sum(nil))
	if err != nil {
		return time.Time{}, err
	}
	if !j.trustStamp(&stamp{token: t, signer: signer}) {
		return time.Time{}, errors.New("the TSA is not trusted")
	}
	return t.Time, nil
}

// trustStamp judges a TSA's certificate at the time of validation. A time in
// the future of that is never believed.
func (j *judge) trustStamp(st *stamp) bool {
	if st.failure == nil && !st.trusted {
		ev := certificateEvidence{j: j, leaf: st.signer, purpose: forTimestamps, digest: st.token.Hash, best: BestTime{j.policy.At, "validation-time"}, algorithm: st.token.CMS.Signers[0].Algorithm}
		st.failure = ev.judge()
		st.trusted = st.failure == nil && !st.token.Time.After(j.policy.At)
	}
	return st.trusted && algorithm.CheckDigest(st.token.Hash, j.policy.At) == nil
}

// level tells the PAdES baseline level (ETSI EN 319 142-1, 6.3) as far as the
// signature's own bytes and the document carry it.
func (j *judge) level(s *signed, out *Signature) {
	if s.isTimestamp() {
		out.Level = "timestamp"
		return
	}
	if s.SubFilter != "ETSI.CAdES.detached" {
		out.warn(msgLegacy)
		return
	}
	_, claimed := s.signer.ClaimedTime()
	if claimed || s.Dict.Get("M") == nil || s.Dict.Get("Cert") != nil {
		out.warn(msgNotBaseline)
		return
	}
	out.Level = "B-B"
	if out.BestTime.Source == "validation-time" {
		return
	}
	out.Level = "B-T"
	v := j.doc.View
	dss := dssOf(v)
	crls, _ := v.Array(dss.Get("CRLs"))
	ocsps, _ := v.Array(dss.Get("OCSPs"))
	if len(crls)+len(ocsps) == 0 {
		return
	}
	out.Level = "B-LT"
	for _, d := range j.signed {
		if d.isTimestamp() && d.stamp != nil && d.stamp.trusted && dssOf(j.doc.Revision(max(1, d.Revision))) != nil {
			out.Level = "B-LTA"
		}
	}
}
