package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kyso/signature/cms"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
)

const (
	dssCryptography = "dss-pades cryptography"
	dssChanges      = "dss-pades changes"
	dssCAdES        = "dss-cades"
)

// dssTime is after every file was made. Nothing here is about trust.
var dssTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// dss judges what the tests of the EU's DSS assert of a file's signatures:
// their cryptography, and in PDF what surrounds them. They say little of trust.
func dss(dir string, b *board) error {
	records, odd, err := corpus.DSS(dir)
	if err != nil {
		return err
	}
	b.odd(dssCryptography, odd)
	// The product shows nobody a verdict over bare CMS files.
	b.ungated = map[string]bool{dssCAdES: true}
	all := contradictions{}
	for _, r := range records {
		for line, w := range dssWants(r) {
			if w != either {
				all.add(line+r.File, w)
			}
		}
	}
	for _, r := range records {
		name := r.File + " " + r.Test
		kind, _, _ := strings.Cut(r.File, "/")
		pades := kind == "dss-pades" && strings.HasSuffix(r.File, ".pdf")
		cades := kind == "dss-cades" && slices.Contains([]string{".p7m", ".p7s", ".pkcs7"}, filepath.Ext(r.File))
		if !pades && !cades {
			b.apart(kind, name, "not covered")
			continue
		}
		for _, line := range []string{dssCryptography, dssChanges, dssCAdES} {
			w, ok := dssWants(r)[line]
			switch {
			case !ok:
			case w == either:
				b.apart(line, name, "without assertion")
			case all.has(line + r.File):
				b.apart(line, name, "contradictory")
			case line == dssCAdES:
				dssBare(dir, r, name, w, b)
			default:
				b.judge(line, name, w, func() (answer, error) { return dssAnswer(dir, r, line) })
			}
		}
	}
	return nil
}

// dssWants is what a record says for each line it counts in.
func dssWants(r corpus.DSSRecord) map[string]want {
	is := func(b *bool, v bool) bool { return b != nil && *b == v }
	says := func(b *bool) want {
		switch {
		case is(b, true):
			return mustPass
		case is(b, false):
			return mustFail
		}
		return either
	}
	if !strings.HasPrefix(r.File, "dss-pades/") {
		return map[string]want{dssCAdES: says(r.Crypto)}
	}
	around := either
	switch {
	case is(r.Crypto, false), is(r.ByteRange, false), is(r.Changes, false), is(r.Dictionary, false):
		around = mustFail
	case is(r.Crypto, true) && (r.ByteRange != nil || r.Changes != nil || r.Dictionary != nil):
		around = mustPass
	}
	crypto := says(r.Crypto)
	if is(r.ByteRange, false) || is(r.Dictionary, false) {
		// A forgery: whose value that is, and over what, is not for it to say.
		crypto = either
	}
	return map[string]want{dssCryptography: crypto, dssChanges: around}
}

func dssAnswer(dir string, r corpus.DSSRecord, line string) (answer, error) {
	data, err := os.ReadFile(filepath.Join(dir, r.File))
	if err != nil {
		return answer{}, err
	}
	report, err := judgePDF(data, verify.Evidence{}, verify.Policy{At: dssTime})
	if err != nil {
		return refused(err), nil
	}
	a := answer{Verdict: string(report.Verdict), SubIndication: report.SubIndication, passed: len(report.Signatures) > 0}
	if report.Reason != nil {
		a.Code, a.why = report.Reason.Code, report.Reason.EN
	}
	if report.Verdict == verify.TotalPassed {
		a.Flags = append(a.Flags, "PASSED WITHOUT AN ANCHOR")
	}
	for i := range report.Signatures {
		s := &report.Signatures[i]
		ok := s.Intact && s.Valid
		if line == dssChanges {
			covered := s.Coverage == verify.CoverageWholeFile || s.Coverage == verify.CoverageRevision
			ok = ok && covered
			// Where nothing is said of changes they are not compared.
			if r.Changes != nil || dssWants(r)[line] == mustFail {
				ok = ok && unharmed(s) && s.SubIndication != "FORMAT_FAILURE"
			}
		}
		a.passed = a.passed && ok
		a.Flags = append(a.Flags, s.Field+":")
		a.Flags = append(a.Flags, signatureAnswer(s).Flags...)
		if !ok {
			a.Flags = append(a.Flags, s.SubIndication)
		}
	}
	return a, nil
}

// dssBare judges a CMS that carries its content.
func dssBare(dir string, r corpus.DSSRecord, name string, w want, b *board) {
	data, err := os.ReadFile(filepath.Join(dir, r.File))
	if err != nil {
		b.judge(dssCAdES, name, w, func() (answer, error) { return answer{}, err })
		return
	}
	if sd, _, err := cms.Parse(data); err == nil && sd.Content == nil {
		b.apart(dssCAdES, name, "detached")
		return
	}
	b.judge(dssCAdES, name, w, func() (answer, error) {
		sd, _, err := cms.Parse(data)
		if err != nil {
			return refused(err), nil
		}
		if len(sd.Signers) == 0 {
			return refused(errors.New("no signer")), nil
		}
		for _, s := range sd.Signers {
			if err := attached(sd, s); err != nil {
				return answer{Verdict: "failed", why: err.Error()}, nil
			}
		}
		return answer{Verdict: "passed", passed: true}, nil
	})
}

// attached verifies one signer of a CMS that carries its content.
func attached(sd *cms.SignedData, s *cms.Signer) error {
	cert, err := sd.Certificate(s)
	if err != nil {
		return err
	}
	if !s.Digest.Available() {
		return fmt.Errorf("unknown digest %v", s.Digest)
	}
	h := s.Digest.New()
	h.Write(sd.Content)
	digest := h.Sum(nil)
	if s.SignedAttributes == nil {
		return s.VerifyContent(cert, digest)
	}
	if err := s.VerifyDigest(sd.ContentType, digest); err != nil {
		return err
	}
	if err := s.CheckSigningCertificate(cert); err != nil && !errors.Is(err, cms.ErrNoSigningCertificate) {
		return err
	}
	return s.VerifySignature(cert)
}
