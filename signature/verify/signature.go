package verify

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// judge walks one signature through ETSI EN 319 102-1, 5.3: format, identity
// of the signer, the certificate and its revocation, cryptography, acceptance.
// The order of work differs, cryptography first, so that intact and valid are
// told even where trust is missing; the verdict is that of the first step to
// fail in the standard's order.
func (j *judge) judge(s *signed) *Signature {
	out := &Signature{
		Field: s.Field.Name, Kind: "signature", Level: "legacy", SubFilter: s.SubFilter,
		Coverage: CoverageNone, Revision: s.Revision, Modification: ModificationUndetermined,
		Changes: []Change{}, Timestamps: []Timestamp{}, Warnings: []Message{}, Revocation: Revocation{Status: "unknown"},
		BestTime: BestTime{j.policy.At, "validation-time"},
	}
	if s.isTimestamp() {
		out.Kind = "timestamp"
	}
	j.dictionary(s, out)

	// 5.2.2 Format checking.
	if s.Fault != nil {
		return out.fail(TotalFailed, "FORMAT_FAILURE", with(&msgFormat, s.Fault.Error()))
	}
	out.Coverage = CoveragePartial
	switch {
	case s.End() == j.doc.Size():
		out.Coverage = CoverageWholeFile
	case s.Revision > 0:
		out.Coverage = CoverageRevision
	}
	j.modification(s, out)
	if m := j.shared(s); m != nil {
		return out.fail(TotalFailed, "FORMAT_FAILURE", m)
	}
	known := true
	switch s.SubFilter {
	case "ETSI.CAdES.detached", "ETSI.RFC3161", "adbe.pkcs7.detached", "adbe.pkcs7.sha1", rsaSHA1:
	default:
		known = false
	}
	switch {
	case s.fault != nil && known:
		out.Intact, out.Valid = s.intact, s.valid
		return out.fail(TotalFailed, "FORMAT_FAILURE", with(&msgCMS, s.fault.Error()))
	case s.fault != nil:
		return out.fail(Indeterminate, "SIG_CONSTRAINTS_FAILURE", with(&msgUnsupported, s.SubFilter))
	}
	out.Algorithm = s.signer.Algorithm.String()
	j.findCertificate(s)
	if s.cert != nil {
		out.identify(s.cert)
	}

	// 5.2.7 Cryptographic verification, done first for what it tells.
	cryptoErr := j.cryptography(s)
	out.Intact, out.Valid = s.intact, s.valid
	if s.unsorted {
		out.warn(&msgNotBaseline)
	}

	if !known {
		return out.fail(Indeterminate, "SIG_CONSTRAINTS_FAILURE", with(&msgUnsupported, s.SubFilter))
	}
	if s.Revision == 0 {
		return out.fail(TotalFailed, "FORMAT_FAILURE", &msgPartial)
	}
	// 5.2.3 Identification of the signing certificate.
	if s.cert == nil {
		return out.fail(Indeterminate, "NO_SIGNING_CERTIFICATE_FOUND", &msgNoCertificate)
	}
	if f := cryptoFailure(cryptoErr); f != nil {
		return out.fail(f.verdict, f.sub, f.reason)
	}
	if f := j.signingCertificate(s, out); f != nil {
		return out.fail(f.verdict, f.sub, f.reason)
	}
	// What later revisions did is judged apart from trust, but a document that
	// was changed must not pass.
	if out.Modification == ModificationNotAllowed {
		return out.fail(TotalFailed, "FORMAT_FAILURE", &msgModified)
	}
	if f := j.seed(s, out); f != nil {
		return out.fail(f.verdict, f.sub, f.reason)
	}
	if out.Modification == ModificationUndetermined {
		out.fail(Indeterminate, "FORMAT_FAILURE", &msgUndetermined)
	}

	return j.conclude(s, out)
}

// conclude is what of the validation does not depend on where the signature
// stands: its times, its certificate, its level. A failure that does not end
// the work may stand in out already.
func (j *judge) conclude(s *signed, out *Signature) *Signature {
	best, after, f := j.bestTime(s, out)
	whose := &subject{leaf: s.cert, algorithm: s.signer.Algorithm, best: best, after: after}
	switch {
	case s.isTimestamp():
		whose.purpose, whose.digest = forTimestamps, s.stamp.token.Hash
		s.stamp.judged = true
		if s.stamp.token.Time.After(j.policy.At) {
			f = indeterminate("TIMESTAMP_ORDER_FAILURE", &msgFutureTimestamp)
		}
	case s.SubFilter == "adbe.pkcs7.sha1":
		whose.digest = crypto.SHA1
	}
	if c := j.certificate(whose); f == nil || c != nil && c.verdict == TotalFailed {
		f = c
	}
	out.Revocation = whose.revocation
	if j.oldGeneration(whose.path) {
		out.warn(with(&msgOldGeneration, j.policy.Trust.SHA1Until(whose.path[len(whose.path)-1]).Format(time.DateOnly)))
	}
	j.level(s, out, whose.path)
	if s.stamp != nil {
		s.stamp.failure = f
	}
	if f == nil {
		out.Trusted = true
		if out.Verdict == "" {
			out.Verdict = TotalPassed
		}
		return out
	}
	if out.Verdict == "" || f.verdict == TotalFailed {
		out.fail(f.verdict, f.sub, f.reason)
	}
	return out
}

// oldGeneration tells whether only the rule for an old generation of CAs makes
// the path acceptable.
func (j *judge) oldGeneration(path trust.Path) bool {
	for i := 0; i+1 < len(path); i++ {
		sig, err := algorithm.OfCertificate(path[i])
		if err != nil {
			continue
		}
		pub, err := algorithm.PublicKey(path[i+1])
		if err != nil {
			continue
		}
		if old, _ := j.policy.Trust.Acceptable(sig, pub, j.policy.At, path[len(path)-1]); old {
			return true
		}
	}
	return false
}

//go:noinline
func (out *Signature) fail(v Verdict, sub string, reason *Message) *Signature {
	out.Verdict, out.SubIndication, out.Reason = v, sub, reason
	return out
}

//go:noinline
func (out *Signature) warn(m *Message) { out.Warnings = append(out.Warnings, *m) }

// dictionary reads what the signature dictionary claims.
func (j *judge) dictionary(s *signed, out *Signature) {
	if s.Dict == nil {
		return
	}
	if t, ok := claimedTime(s.Dict); ok && !s.isTimestamp() {
		out.ClaimedTime = &t
	}
	root, err := j.doc.Catalog()
	if err != nil {
		return
	}
	perms, err := j.doc.Dict(root.Get("Perms"))
	if err == nil && perms.Get("DocMDP") != nil && pdf.Equal(perms.Get("DocMDP"), pdf.Object(s.Ref)) {
		out.Kind = "certification"
	}
}

// shared finds signatures that share a dictionary or overlap instead of
// nesting: each range must lie within the gapless prefix a later one signs.
func (j *judge) shared(s *signed) *Message {
	for _, other := range j.signed {
		if other == s || other.Fault != nil {
			continue
		}
		if s.Ref.Number != 0 && other.Ref == s.Ref {
			return &msgShared
		}
		if other.Revision == s.Revision && s.Revision != 0 {
			return &msgOverlap
		}
		a, b := s, other
		if a.End() > b.End() {
			a, b = b, a
		}
		if a.End() > b.Range[1] {
			return &msgOverlap
		}
	}
	return nil
}

// findCertificate finds the signer's certificate, in the CMS or among the
// evidence.
func (j *judge) findCertificate(s *signed) {
	c, err := s.cms.Certificate(s.signer)
	if errors.Is(err, cms.ErrNoCertificate) {
		c, err = s.signer.Find(j.evidence.certificates)
	}
	if err == nil {
		s.cert = c
	}
}

func (out *Signature) identify(c *x509.Certificate) {
	first := func(list []string) string {
		if len(list) > 0 {
			return list[0]
		}
		return ""
	}
	sum := sha256.Sum256(c.Raw)
	out.Signer = &Signer{
		Name: c.Subject.CommonName, Organisation: first(c.Subject.Organization), Unit: first(c.Subject.OrganizationalUnit),
		Email: first(c.EmailAddresses), Serial: c.SerialNumber.Text(16),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(sum[:]),
	}
	out.Issuer = commonName(c.Issuer.CommonName, c.RawIssuer)
}

// cryptography checks digest and signature value, and sets intact and valid.
func (j *judge) cryptography(s *signed) error {
	switch {
	case s.isTimestamp():
		return j.documentTimestamp(s)
	case s.SubFilter == rsaSHA1:
		return j.verifyRSA(s)
	}
	hash := s.signer.Digest
	if s.SubFilter == "adbe.pkcs7.sha1" {
		// The CMS signs the SHA-1 of the bytes, as attached content.
		digest, err := s.digest(crypto.SHA1)
		if err != nil {
			return err
		}
		if !equal(digest, s.cms.Content) {
			return cms.ErrDigestMismatch
		}
		if !hash.Available() {
			return algorithm.ErrUnsupported
		}
		h := hash.New()
		h.Write(s.cms.Content)
		return j.signature(s, h.Sum(nil))
	}
	if !hash.Available() {
		return algorithm.ErrUnsupported
	}
	if s.cms.Content != nil {
		return errAttached
	}
	digest, err := s.digest(hash)
	if err != nil {
		return err
	}
	return j.signature(s, digest)
}

var errAttached = errors.New("the CMS carries content of its own beside the document")

//go:noinline
func equal(a, b []byte) bool { return string(a) == string(b) }

// signature checks the signer's attributes and value over digest.
func (j *judge) signature(s *signed, digest []byte) error {
	if s.signer.SignedAttributes == nil {
		// Without attributes the value is over the content itself: digest and
		// value cannot be told apart.
		// Without the header at its first byte, the content could itself be
		// somebody's signed attributes.
		if s.SubFilter == "ETSI.CAdES.detached" || !j.headed() {
			return cms.ErrNoSignedAttributes
		}
		if s.cert == nil {
			return cms.ErrNoCertificate
		}
		if err := s.signer.VerifyContent(s.cert, digest); err != nil {
			return err
		}
		s.intact, s.valid = true, true
		return nil
	}
	if err := s.signer.VerifyDigest(s.cms.ContentType, digest); err != nil {
		return err
	}
	if !small.SameOID(s.cms.ContentType, cms.OIDData) {
		return cms.ErrContentType
	}
	s.intact = true
	if s.cert == nil {
		return cms.ErrNoCertificate
	}
	err := s.signer.VerifySignature(s.cert)
	if errors.Is(err, cms.ErrSignature) && s.signer.VerifyAsSent(s.cert) == nil {
		s.unsorted, err = true, nil
	}
	s.valid = err == nil
	return err
}

// headed tells whether the file's first byte is that of its header.
func (j *judge) headed() bool {
	var b [1]byte
	_, err := j.doc.ReadAt(b[:], 0)
	return err == nil && b[0] == '%'
}

func cryptoFailure(err error) *failure {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cms.ErrDigestMismatch):
		return failed("HASH_FAILURE", &msgHash)
	case errors.Is(err, cms.ErrSignature), errors.Is(err, algorithm.ErrSignature):
		return failed("SIG_CRYPTO_FAILURE", &msgCrypto)
	case errors.Is(err, algorithm.ErrUnsupported):
		return indeterminate("CRYPTO_CONSTRAINTS_FAILURE", with(&msgUnsupported, err.Error()))
	case errors.Is(err, errAttached), errors.Is(err, cms.ErrAttributes), errors.Is(err, cms.ErrContentType), errors.Is(err, cms.ErrAlgorithms),
		errors.Is(err, cms.ErrNoSignedAttributes), errors.Is(err, cms.ErrMalformed):
		return failed("FORMAT_FAILURE", with(&msgCMS, err.Error()))
	}
	return failed("SIG_CRYPTO_FAILURE", with(&msgCMS, err.Error()))
}

// signingCertificate proves that the signed attributes name the certificate.
// PAdES requires it; older formats do without, which is told.
func (j *judge) signingCertificate(s *signed, out *Signature) *failure {
	err := s.signer.CheckSigningCertificate(s.cert)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cms.ErrNoSigningCertificate) && s.SubFilter != "ETSI.CAdES.detached" && !s.isTimestamp():
		out.warn(&msgNoESS)
		return nil
	case errors.Is(err, cms.ErrNoSigningCertificate):
		return indeterminate("SIG_CONSTRAINTS_FAILURE", &msgNoESS)
	}
	return indeterminate("NO_SIGNING_CERTIFICATE_FOUND", with(&msgNoCertificate, err.Error()))
}

// claimedTime reads /M, D:YYYYMMDDHHmmSSOHH'mm', of which all after the year
// may be missing (ISO 32000-2, 7.9.4).
func claimedTime(d *pdf.Dict) (time.Time, bool) {
	m, ok := d.Get("M").(pdf.String)
	if !ok {
		return time.Time{}, false
	}
	text := m.Text()
	if len(text) > 2 && text[:2] == "D:" {
		text = text[2:]
	}
	digits := 0
	for digits < len(text) && digits < 14 && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	const layout = "20060102150405"
	if digits < 4 || digits%2 != 0 {
		return time.Time{}, false
	}
	zone := time.UTC
	if rest := text[digits:]; len(rest) >= 3 && (rest[0] == '+' || rest[0] == '-') {
		offset, ok := zoneOffset(rest)
		if !ok {
			return time.Time{}, false
		}
		zone = time.FixedZone("", offset)
	}
	t, err := time.ParseInLocation(layout[:digits], text[:digits], zone)
	return t, err == nil
}

// zoneOffset reads +HH'mm', in seconds.
func zoneOffset(s string) (int, bool) {
	var d [4]int
	n := 0
	for i := 1; i < len(s) && n < 4; i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			d[n] = int(c - '0')
			n++
		case c != '\'':
			return 0, false
		}
	}
	if n != 2 && n != 4 {
		return 0, false
	}
	offset := (d[0]*10+d[1])*3600 + (d[2]*10+d[3])*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, offset < 86400 && offset > -86400
}
