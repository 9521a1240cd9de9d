package verify

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"sort"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// Evidence is what the caller has gathered, each item DER. What the document
// itself carries is found there.
type Evidence struct {
	Certificates, CRLs, OCSPs [][]byte
}

// Process is one of the validation processes of ETSI EN 319 102-1.
type Process int

// The processes. Each holds the ones after it.
const (
	LongTerm Process = iota // 5.6: proofs of existence, archive timestamps
	WithTime                // 5.5: signature timestamps
	Basic                   // 5.3: the moment of validation alone
)

// Policy says how to judge.
type Policy struct {
	// Process is how far to go. Zero is all the way.
	Process Process
	// Trust holds the anchors. Nil or empty means that nothing can be trusted.
	Trust *trust.Store
	// At is the moment to judge for. It is required.
	At time.Time
	// Progress, when not nil, is told how many of all bytes to hash are done,
	// by one goroutine at a time but not always the caller's.
	Progress func(done, total int64)
}

// Document judges every signature in doc, in the order of ETSI EN 319 102-1,
// 5.3 and 5.5. A document that opens with a password is for the caller to
// unlock, by doc.Unlock. It may be read from several goroutines. A bad signature
// is a finding in the report; an error means that doc could not be looked at, or
// not at all of it.
func Document(doc *pdf.File, ev Evidence, p Policy) (report *Report, err error) {
	defer func() {
		if e := doc.Err(); e != nil {
			report, err = nil, small.Errorf("read the document: %w", e)
		}
	}()
	if p.At.IsZero() {
		return nil, small.Error("verify: the time to judge for is required")
	}
	if p.Trust == nil {
		p.Trust = trust.NewStore()
	}
	r := &Report{Time: p.At, Size: doc.Size(), Revisions: doc.Revisions(), Signatures: []Signature{}, Warnings: []Message{}}
	if doc.HeaderOffset() != 0 {
		r.warn(&msgHeader)
	}
	count := func() {
		if n, err := doc.Pages(); err == nil {
			r.Pages = n
		}
	}
	if err := doc.Locked(); err != nil {
		count()
		r.Verdict, r.Reason = Indeterminate, lockedReason(err)
		return r, nil
	}
	if doc.Encrypted() {
		r.warn(&msgEncryptedDoc)
	}
	found, err := pades.Find(doc)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		count()
		r.Verdict, r.SubIndication, r.Reason = Indeterminate, "SIGNED_DATA_NOT_FOUND", &msgNoSignature
		return r, nil
	}
	// In the order of their ranges; those without a usable one come last.
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i], found[j]
		if a.Fault != nil || b.Fault != nil {
			return a.Fault == nil && b.Fault != nil
		}
		return a.End() < b.End()
	})

	j := &judge{doc: doc, policy: p, evidence: newPool(p.At, ev), work: algorithm.NewWork(maxWork)}
	j.parse(found)
	first := j.firstSigned()
	done := aside(func() {
		j.hashAll()
		if first > 0 {
			_, j.shadowed = doc.Revision(first).Shadowed()
		}
		count()
	})
	j.compareRevisions(first)
	done()
	j.judgeAll()
	for _, s := range j.signed {
		r.Signatures = append(r.Signatures, *s.report)
	}
	r.Missing = j.missing
	r.Verdict = TotalPassed
	for _, s := range r.Signatures {
		if rank(s.Verdict) > rank(r.Verdict) {
			r.Verdict, r.SubIndication, r.Reason = s.Verdict, s.SubIndication, s.Reason
		}
	}
	if j.trailing {
		r.warn(&msgTrailing)
	}
	if j.latent {
		r.warn(&msgLatentContent)
	}
	if j.shadowed {
		r.warn(&msgShadow)
	}
	return r, nil
}

//go:noinline
func (r *Report) warn(m *Message) { r.Warnings = append(r.Warnings, *m) }

func rank(v Verdict) int {
	switch v {
	case TotalPassed:
		return 0
	case Indeterminate:
		return 1
	}
	return 2
}

// judge holds what the signatures of one document share.
type judge struct {
	doc      *pdf.File
	policy   Policy
	evidence *pool
	signed   []*signed
	// steps[n] is what revision n did; only revisions after the oldest
	// signature are compared.
	steps map[int]step
	// trailing: bytes that are no line ends follow the last %%EOF and are not
	// covered by any signature.
	trailing bool
	missing  []Missing
	// latent: the oldest signed revision holds content that is not shown.
	latent bool
	// shadowed: and it holds an object twice, so that readers may differ.
	shadowed    bool
	done, total int64
	// work bounds what certificates and revocation cost.
	work *algorithm.Work
}

// maxWork is some seconds. A document signed fifty times, with a timestamp each,
// takes a fifth of it.
const maxWork = 60_000

// signed is one signature with its parsed CMS.
type signed struct {
	*pades.Signature
	cms    *cms.SignedData
	signer *cms.Signer
	cert   *x509.Certificate
	// fault is why the CMS cannot be used.
	fault error
	// digest hashes what is signed.
	digest func(crypto.Hash) ([]byte, error)
	// intact and valid are set once checked.
	intact, valid bool
	// unsorted: the value is over the attributes as sent, not sorted as DER
	// has them.
	unsorted bool
	// stamp is the token of a document timestamp; tokens are those the
	// signature carries.
	stamp  *stamp
	tokens []*stamp
	// exists is the earliest time of a trusted document timestamp over the
	// signature, zero without one.
	exists time.Time
	report *Signature
}

// errShared is the fault of a signature whose dictionary another field has too.
var errShared = errors.New("two fields share the signature")

//go:noinline
func (s *signed) isTimestamp() bool { return s.SubFilter == "ETSI.RFC3161" }

// parse reads the CMS of every signature, and gathers the evidence of the
// document.
func (j *judge) parse(found []*pades.Signature) {
	j.evidence.addItems(j.evidence.dssItems(j.doc.View))
	hashed := newDigests(j.doc, found, j.progress)
	j.total = hashed.total
	for _, f := range found {
		s := &signed{Signature: f}
		j.signed = append(j.signed, s)
		if f.Fault != nil {
			continue
		}
		// Neither proves anything, and a thousand would cost.
		if j.shared(s) == &msgShared {
			s.fault = errShared
			continue
		}
		s.digest = func(h crypto.Hash) ([]byte, error) { return hashed.of(f, h) }
		if f.SubFilter == rsaSHA1 {
			s.fault = j.parseRSA(s)
			continue
		}
		if s.isTimestamp() && f.Revision > 0 {
			j.evidence.addItems(j.evidence.dssItems(j.doc.Revision(f.Revision)))
		}
		sd, rest, err := cms.Parse(f.Contents)
		if err == nil {
			err = pades.CheckPadding(rest)
		}
		if err == nil && len(sd.Signers) != 1 {
			err = small.Errorf("%d signers instead of one", len(sd.Signers))
			if !s.isTimestamp() {
				j.every(s, sd)
			}
		}
		if err != nil {
			s.fault = err
			continue
		}
		j.parsed(s, sd, f.Contents[:len(f.Contents)-len(rest)])
	}
}

// parsed takes in the CMS of s, der, and the timestamps and evidence in it.
func (j *judge) parsed(s *signed, sd *cms.SignedData, der []byte) {
	s.cms, s.signer = sd, sd.Signers[0]
	j.evidence.addItems(itemsOf(sd))
	if s.isTimestamp() {
		if s.stamp = newStamp("document", der); s.stamp.err != nil {
			s.fault, s.stamp = s.stamp.err, nil
		}
		return
	}
	if content, err := s.signer.Attribute(cms.OIDContentTimestamp); err == nil {
		s.tokens = append(s.tokens, newStamp("content", content))
	}
	for _, token := range s.signer.Timestamps() {
		if len(s.tokens) < maxTokens {
			s.tokens = append(s.tokens, newStamp("signature", token))
		}
	}
	for _, st := range s.tokens {
		if st.token != nil {
			j.evidence.addItems(itemsOf(st.token.CMS))
		}
	}
}

// judgeAll judges document timestamps first, newest first: what one proves
// holds for all before it (ETSI EN 319 102-1, 5.6.3).
func (j *judge) judgeAll() {
	for i := len(j.signed) - 1; i >= 0; i-- {
		s := j.signed[i]
		if !s.isTimestamp() {
			continue
		}
		s.report = j.judge(s)
		if s.stamp != nil && !s.stamp.judged {
			s.stamp.judged, s.stamp.failure = true, &failure{s.report.Verdict, s.report.SubIndication, s.report.Reason}
		}
		if s.stamp != nil && s.stamp.trusted() && s.Revision > 0 && j.policy.Process == LongTerm {
			j.prove(s)
		}
		if s.stamp != nil {
			s.report.Timestamps = []Timestamp{s.stamp.report()}
		}
	}
	for _, s := range j.signed {
		if !s.isTimestamp() {
			s.report = j.judge(s)
		}
	}
}

// step is what one revision did, and what the signatures before it allow.
type step struct {
	changes   []change
	allowance allowance
	locked    []bool // by change: a lock forbids it
}

// maxVisits bounds the objects walked for all revisions together: a document
// of 70,000 objects may be updated seventy times.
const maxVisits = 5_000_000

// firstSigned is the oldest revision that is signed whole, 0 for none.
func (j *judge) firstSigned() int {
	first := 0
	for _, s := range j.signed {
		if s.Fault == nil && s.Revision > 0 && (first == 0 || s.Revision < first) {
			first = s.Revision
		}
	}
	return first
}

// compareRevisions explains every revision after first.
func (j *judge) compareRevisions(first int) {
	j.steps = map[int]step{}
	covered := int64(0)
	for _, s := range j.signed {
		if s.Fault == nil {
			covered = max(covered, s.End())
		}
	}
	end := j.doc.Revision(j.doc.Revisions()).End()
	j.trailing = j.doc.Size() > end && covered < j.doc.Size() && !j.blank(end)
	if first == 0 {
		return
	}
	var a allowance
	visited := 0
	compared := compareFrom(j.doc, first)
	_, j.latent = compared.last.latentContent()
	for n := first; n < j.doc.Revisions(); n++ {
		for _, s := range j.signed {
			if s.Revision == n {
				a = j.tighten(a, s)
			}
		}
		if visited > maxVisits {
			j.steps[n+1] = step{[]change{{class: forUnknown, code: "UNREADABLE"}}, a, []bool{false}}
			continue
		}
		changes, seen := compared.next()
		visited += seen
		j.steps[n+1] = step{changes, a, a.locked(changes)}
	}
}

// maxBlank bounds the white space after the end of a file: more than a reader
// looks back over for the end is no slip of a writer.
const maxBlank = 1024

// blank tells whether nothing but white space follows byte end, as some writers
// leave it there.
func (j *judge) blank(end int64) bool {
	b := make([]byte, min(j.doc.Size()-end, maxBlank+1))
	n, err := j.doc.ReadAt(b, end)
	return n == len(b) && (err == nil || err == io.EOF) && n <= maxBlank && len(bytes.Trim(b, " \t\r\n")) == 0
}

// maxLockedNames bounds the names in the locks of all signatures together.
// Where there are more, nothing is allowed.
const maxLockedNames = 50_000

// tighten adds what signature s demands of later revisions. Permissions only
// ever become stricter (ISO 32000-2, 12.8.2.2).
func (j *judge) tighten(a allowance, s *signed) allowance {
	v := j.doc.Revision(s.Revision)
	add := func(p pades.Permission) {
		if p != 0 && (a.permission == 0 || p < a.permission) {
			a.permission = p
		}
	}
	p, locks, err := pades.MDP(v, s.Dict)
	if err != nil {
		p = pades.NoChanges // what cannot be read may forbid anything
	}
	add(p)
	a.locks = append(a.locks[:len(a.locks):len(a.locks)], locks...)
	l, p, ok, err := pades.FieldLock(v, s.Field.Dict)
	if err != nil {
		p = pades.NoChanges
	}
	add(p)
	if ok {
		a.locks = append(a.locks, l)
	}
	names := 0
	for _, l := range a.locks {
		names += len(l.Fields)
	}
	if names > maxLockedNames {
		a.permission, a.locks = pades.NoChanges, nil
	}
	return a
}

// modification sums up what later revisions did to signature s.
func (j *judge) modification(s *signed, out *Signature) {
	out.Modification = ModificationNone
	if s.Revision == 0 {
		out.Modification = ModificationUndetermined
		return
	}
	for n := s.Revision + 1; n <= j.doc.Revisions(); n++ {
		step := j.steps[n]
		out.Modification = worse(out.Modification, ModificationAllowed)
		for i, c := range step.changes {
			effect := ModificationNotAllowed
			if !step.locked[i] {
				effect = step.allowance.effect(c, s.Revision)
			}
			out.Modification = worse(out.Modification, effect)
			if len(out.Changes) < maxChanges {
				out.Changes = append(out.Changes, Change{Revision: n, Object: c.object, Path: c.path, Effect: effect, Message: changeMessages[c.code]})
			}
		}
	}
	if j.trailing {
		out.Modification = worse(out.Modification, ModificationUndetermined)
	}
	sort.SliceStable(out.Changes, func(a, b int) bool {
		x, y := out.Changes[a], out.Changes[b]
		return x.Revision < y.Revision || x.Revision == y.Revision && x.Object < y.Object
	})
}

// maxChanges bounds the changes a report lists; Modification counts them all.
const maxChanges = 200

// progress reports n more hashed bytes.
func (j *judge) progress(n int64) {
	// Another digest than the others' reads some bytes twice.
	j.done = min(j.done+n, j.total)
	if j.policy.Progress != nil {
		j.policy.Progress(j.done, j.total)
	}
}

// Unreadable is the report over a document that could not be looked at because
// of err: nothing is known about it.
func Unreadable(err error, at time.Time) *Report {
	m := &msgUnreadable
	var format *pdf.FormatError
	if errors.As(err, &format) {
		m = &msgNotPDF
	}
	return &Report{Verdict: Indeterminate, Reason: with(m, err.Error()), Time: at, Signatures: []Signature{}, Warnings: []Message{}}
}
