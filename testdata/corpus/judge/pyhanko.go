package main

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

// pyhanko judges what pyHanko's own tests assert of one signature each.
func pyhanko(dir string, b *board) error {
	const line = "pyhanko"
	records, odd, err := corpus.PyHanko(dir)
	if err != nil {
		return err
	}
	b.odd(line, odd)
	shareEvidence(records)
	inner := innerSteps(records)
	all, changes := contradictions{}, contradictions{}
	for _, r := range records {
		if w := pyhankoWant(r); w != either {
			all.add(pyhankoKey(r), w)
		}
		if ok := r.Expected.DocMDPOK; ok != nil {
			changes.add(structure(dir, r), wants(*ok))
		}
	}
	for _, r := range records {
		name := r.File + " " + r.Field + " " + r.API
		w := pyhankoWant(r)
		switch {
		case w == either:
			b.apart(line, name, "without assertion")
		case !strings.HasSuffix(r.File, ".pdf") && r.RawDigest == "" && r.File != "":
			b.apart(line, name, "attached")
		case all.has(pyhankoKey(r)), r.Expected.DocMDPOK != nil && changes.has(structure(dir, r)):
			b.apart(line, name, "contradictory")
		default:
			b.judge(line, name, w, func() (answer, error) {
				a, err := pyhankoAnswer(dir, r)
				if w == mustPass && a.Code == "ENCRYPTED_TO_CERTIFICATES" {
					a.apart = "encrypted to a key that is not recorded"
				}
				if w == mustPass && !a.passed && a.apart == "" && inner[r.Test+r.ValidationTime.String()] && r.API == "ades_with_time_validation" {
					a.apart = "a step of long-term validation without its document"
				}
				a.why = strings.TrimSpace(a.why + " " + r.Test)
				return a, err
			})
		}
	}
	return nil
}

// shareEvidence gives the records that name no evidence of their own what the
// others of the same test and time had: long-term validation fetched what the
// validation with time inside it was handed.
func shareEvidence(records []corpus.PyHankoRecord) {
	type moment struct {
		test string
		at   time.Time
	}
	crls, ocsps := map[moment][]string{}, map[moment][]string{}
	of := func(r corpus.PyHankoRecord) moment { return moment{r.Test, r.ValidationTime} }
	for _, r := range records {
		crls[of(r)] = append(crls[of(r)], r.CRLs...)
		ocsps[of(r)] = append(ocsps[of(r)], r.OCSPs...)
	}
	for i, r := range records {
		if len(r.CRLs)+len(r.OCSPs) == 0 {
			records[i].CRLs, records[i].OCSPs = crls[of(r)], ocsps[of(r)]
		}
	}
}

// random is what differs between two documents that one test made twice:
// identifiers and signature values.
var random = regexp.MustCompile(`<[0-9A-Fa-f]{16,}>`)

// structure names what later changes are judged by: the field, and the document
// without what is random in it.
func structure(dir string, r corpus.PyHankoRecord) string {
	data, err := os.ReadFile(filepath.Join(dir, r.File))
	if err != nil {
		return r.File + " " + r.Field
	}
	return fmt.Sprintf("%x %s", sha256.Sum256(random.ReplaceAll(data, nil)), r.Field)
}

// innerSteps are the tests and times of long-term validations of documents. The
// validation with time inside one has the proofs that the document's timestamps
// gave, but its record holds the CMS alone.
func innerSteps(records []corpus.PyHankoRecord) map[string]bool {
	steps := map[string]bool{}
	for _, r := range records {
		if strings.HasSuffix(r.API, "ades_lta_validation") {
			steps[r.Test+r.ValidationTime.String()] = true
		}
	}
	return steps
}

// notRecorded tells whether a record that demands news of revocation, and
// passed, can only have had news the index does not hold: what it lists had
// run out at the time, and the document has none either.
func notRecorded(r corpus.PyHankoRecord, s *verify.Signature, ev verify.Evidence) bool {
	asked := s.SubIndication == "TRY_LATER"
	for _, t := range s.Timestamps {
		asked = asked || t.SubIndication == "TRY_LATER"
	}
	// A validation with time never passes once the certificate has expired
	// (ETSI EN 319 102-1, 5.5): what passed had proofs from elsewhere.
	if r.API == "ades_with_time_validation" && s.Signer != nil && s.Signer.NotAfter.Before(r.Time()) {
		return true
	}
	if softRevocation(r) || !asked {
		return false
	}
	for _, der := range ev.CRLs {
		if l, err := x509.ParseRevocationList(der); err != nil || !l.NextUpdate.Before(r.Time()) {
			return false
		}
	}
	for _, der := range ev.OCSPs {
		if a, err := ocsp.ParseResponse(der, nil); err != nil || !a.NextUpdate.Before(r.Time()) {
			return false
		}
	}
	return true
}

// pyhankoKey holds everything the engine is told, and how its answer is read.
func pyhankoKey(r corpus.PyHankoRecord) string {
	key := fmt.Sprint(r.File, " ", r.Field, " ", r.RawDigest, r.SkipsDiff())
	if integrityOnly(r) {
		return key
	}
	return fmt.Sprint(key, r.Time(), r.TrustRoots, r.TSTrustRoots, r.OtherCerts, r.CRLs, r.OCSPs, pyhankoProcess(r), softRevocation(r))
}

// integrityOnly tells the records whose verdict on trust cannot be repeated:
// those without anchors, and those that fetched something.
func integrityOnly(r corpus.PyHankoRecord) bool {
	return len(r.TrustRoots) == 0 || r.Fetched()
}

// softRevocation tells the records that do not ask for news of revocation.
func softRevocation(r corpus.PyHankoRecord) bool {
	if r.RevinfoPolicy == "" {
		return r.API == "async_validate_pdf_signature" || r.API == "async_validate_pdf_timestamp"
	}
	return strings.Contains(r.RevinfoPolicy, "CHECK_IF_DECLARED_SOFT") || strings.Contains(r.RevinfoPolicy, "nocheck")
}

// asksForm tells the records that fail for the form of evidence the test asks
// for, such as a timestamp, and not for the signature. The engine is asked for
// no form, but must not say then that the time of signing is proven.
func asksForm(r corpus.PyHankoRecord) bool {
	e := r.Expected
	return r.API == "async_validate_pdf_ltv_signature" && e.Exception != "" ||
		e.AdES != nil && strings.HasSuffix(e.AdES.Sub, "SIG_CONSTRAINTS_FAILURE") && e.BottomLine != nil && *e.BottomLine
}

func pyhankoWant(r corpus.PyHankoRecord) want {
	is := func(b *bool) bool { return b != nil && *b }
	passes := false
	switch e := r.Expected; {
	case e.Exception != "":
	case integrityOnly(r):
		if e.Intact == nil || e.Valid == nil {
			return either
		}
		passes = is(e.Intact) && is(e.Valid) && (e.DocMDPOK == nil || *e.DocMDPOK)
	case e.AdES != nil && e.AdES.Indication != "":
		passes = strings.HasSuffix(e.AdES.Indication, "PASSED")
	case e.BottomLine != nil:
		passes = *e.BottomLine
	default:
		return either
	}
	return wants(passes)
}

func pyhankoProcess(r corpus.PyHankoRecord) verify.Process {
	switch r.API {
	case "ades_basic_validation":
		return verify.Basic
	case "ades_with_time_validation":
		return verify.WithTime
	}
	return verify.LongTerm
}

func pyhankoAnswer(dir string, r corpus.PyHankoRecord) (answer, error) {
	s, ev, a, err := pyhankoJudge(dir, r)
	if s == nil || err != nil {
		return a, err
	}
	a = signatureAnswer(s)
	switch {
	case integrityOnly(r) && r.Expected.Exception == "":
		a.passed = s.Intact && s.Valid && (r.SkipsDiff() || unharmed(s))
	case r.API == "async_validate_pdf_timestamp" && s.Kind != "timestamp":
		// What was asked is whether this is a good timestamp.
	case s.Verdict == verify.TotalPassed:
		a.passed = true
		if asksForm(r) && s.BestTime.Source == "validation-time" {
			a.apart = "passed without the form asked for"
		}
	case r.SkipsDiff() && changed(s):
		// The record says nothing of changes, and whether trust would have
		// held without them is told only where the engine went on.
		if a.passed = s.Trusted; !s.Trusted && s.Valid {
			a.apart = "changed, where changes were not looked at"
		}
	default:
		if a.passed = onlyUnasked(r, s); !a.passed && pyhankoWant(r) == mustPass && notRecorded(r, s, ev) {
			a.apart = "evidence not recorded"
		}
	}
	return a, nil
}

// signatureAnswer is a signature's verdict as it is compared with another run.
func signatureAnswer(s *verify.Signature) answer {
	a := answer{Verdict: string(s.Verdict), SubIndication: s.SubIndication, Flags: []string{s.Level, string(s.Coverage), string(s.Modification)}}
	if s.Reason != nil {
		a.Code, a.why = s.Reason.Code, s.Reason.EN
	}
	for _, f := range []struct {
		name string
		is   bool
	}{{"intact", s.Intact}, {"valid", s.Valid}, {"trusted", s.Trusted}} {
		if f.is {
			a.Flags = append(a.Flags, f.name)
		}
	}
	a.Flags = append(a.Flags, s.BestTime.Value.UTC().Format(time.RFC3339))
	for _, w := range s.Warnings {
		a.Flags = append(a.Flags, w.Code)
	}
	for _, t := range s.Timestamps {
		a.Flags = append(a.Flags, "timestamp:"+string(t.Verdict)+t.SubIndication)
	}
	for _, c := range s.Changes {
		if c.Effect != verify.ModificationAllowed {
			a.Flags = append(a.Flags, fmt.Sprintf("change:%d:%d:%s:%s", c.Revision, c.Object, c.Code, c.Path))
		}
	}
	return a
}

func unharmed(s *verify.Signature) bool {
	return s.Modification == verify.ModificationNone || s.Modification == verify.ModificationAllowed
}

// changed tells whether a signature fails for what later revisions did.
func changed(s *verify.Signature) bool {
	return s.SubIndication == "FORMAT_FAILURE" && s.Reason != nil &&
		(s.Reason.Code == "CHANGED_AFTER_SIGNING" || s.Reason.Code == "CHANGES_UNDETERMINED")
}

// onlyUnasked tells whether a signature that did not pass fails only for news
// of revocation, which the record did not ask for.
func onlyUnasked(r corpus.PyHankoRecord, s *verify.Signature) bool {
	if !softRevocation(r) || s.Verdict != verify.Indeterminate || s.SubIndication != "TRY_LATER" {
		return false
	}
	for _, w := range s.Warnings {
		if w.Code == "TIMESTAMP_NOT_PROVEN" {
			return false
		}
	}
	for _, t := range s.Timestamps {
		if t.Verdict != verify.TotalPassed && t.SubIndication != "TRY_LATER" {
			return false
		}
	}
	return true
}
