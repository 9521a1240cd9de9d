package verify

import (
	"crypto/x509"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/revocation"
	"kyso/signature/trust"
)

// level tells the PAdES baseline level (ETSI EN 319 142-1, 6.3) that the file
// carries, whether or not its timestamps and certificates are trusted here.
func (j *judge) level(s *signed, out *Signature, path trust.Path) {
	if s.isTimestamp() {
		out.Level = "timestamp"
		return
	}
	if s.SubFilter != "ETSI.CAdES.detached" {
		out.warn(&msgLegacy)
		return
	}
	if v, err := s.signer.Attribute(cms.OIDSignaturePolicy); err == nil && len(v) > 0 && v[0] == 0x30 {
		out.warn(&msgPolicy)
	}
	if s.Dict != nil {
		_, claimed := s.signer.ClaimedTime()
		if claimed || s.Dict.Get("M") == nil || s.Dict.Get("Cert") != nil {
			out.warn(&msgNotBaseline)
			return
		}
	}
	out.Level = "B-B"
	stamps := j.soundStamps(s)
	if len(stamps) == 0 {
		return
	}
	out.Level = "B-T"
	if j.doc == nil {
		return
	}
	stored := j.evidence.dssItems(j.doc.View)
	certs := append([]*x509.Certificate{s.cert}, path[min(1, len(path)):]...)
	for _, st := range stamps {
		certs = append(certs, st.signer)
	}
	for _, c := range certs {
		if !j.statusIn(c, stored) {
			return
		}
	}
	out.Level = "B-LT"
	for _, d := range j.signed {
		if d.isTimestamp() && d.valid && d.Revision > s.Revision && dssOf(j.doc.Revision(d.Revision)) != nil {
			out.Level = "B-LTA"
		}
	}
}

// soundStamps are the timestamps that truly are over s and were made before
// its certificate expired.
func (j *judge) soundStamps(s *signed) (sound []*stamp) {
	add := func(st *stamp) {
		if st.signer != nil && (st.failure == nil || st.failure.verdict == Indeterminate) && !st.token.Time.After(s.cert.NotAfter) {
			sound = append(sound, st)
		}
	}
	for _, st := range s.tokens {
		if st.kind == "signature" {
			add(st)
		}
	}
	for _, d := range j.signed {
		if d.isTimestamp() && d.valid && d.Revision > s.Revision {
			add(d.stamp)
		}
	}
	return sound
}

// statusIn tells whether the stored evidence holds the status of cert, however
// old. Anchors need none.
func (j *judge) statusIn(cert *x509.Certificate, stored items) bool {
	if j.policy.Trust.Contains(cert) || trust.SameName(cert.RawSubject, cert.RawIssuer) {
		return true
	}
	issuers := append(j.policy.Trust.Anchors(), j.evidence.certificates...)
	if !j.work.Spend(len(issuers) / 8) { // their names are compared
		return false
	}
	for _, issuer := range issuers {
		if !trust.SameName(issuer.RawSubject, cert.RawIssuer) {
			continue
		}
		err, ok := j.work.Once(cert.Raw, issuer, func() error { return algorithm.VerifyCertificate(cert, issuer) })
		if !ok {
			return false
		}
		if err != nil {
			continue
		}
		r := revocation.Check(cert, issuer, revocation.Evidence{
			CRLs: stored.crls, OCSPs: stored.ocsps, Certificates: j.evidence.certificates, Stale: true, Latest: j.policy.At, Exists: j.evidence.of, Work: j.work,
		}, j.policy.At)
		if r.Status != revocation.Unknown {
			return true
		}
	}
	return false
}
