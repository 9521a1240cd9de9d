package signing_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// These tests go through years, with PKIs made at fixed moments early enough
// for RSA 2048 to be acceptable to the end.
func date(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
}

var (
	// firstWorld: signers 2019 to 2024, TSA to 1 January 2029, 12 h.
	firstWorld = sync.OnceValue(func() *signingtest.World { return mustWorld(date(2020, 1, 1, 12)) })
	// secondWorld: its TSA is good from 2026 to 2036.
	secondWorld = sync.OnceValue(func() *signingtest.World { return mustWorld(date(2027, 1, 1, 12)) })
)

func mustWorld(made time.Time) *signingtest.World {
	w, err := signingtest.NewWorld(made)
	if err != nil {
		panic(err)
	}
	return w
}

// bench is what a test signs and extends with.
type bench struct {
	worlds []*signingtest.World
	levels *signing.Levels
	warned []string
}

// newBench sets all worlds to a moment. Timestamps come from tsas, in order.
func newBench(t *testing.T, at time.Time, tsas []string, worlds ...*signingtest.World) *bench {
	t.Helper()
	b := &bench{worlds: worlds}
	o := fetch.Options{AllowPrivate: []string{"127.0.0.1"}, Now: func() time.Time { return at }, RequestTime: 2 * time.Second}
	var anchors []*x509.Certificate
	for _, w := range worlds {
		w.Set(at)
		o.Ports = append(o.Ports, w.Port())
		anchors = append(anchors, w.Anchors()...)
		t.Cleanup(func() {
			for _, path := range []string{"/tsa", "/ocsp", "/crl/sub.crl", "/crl/root.crl", "/ca/root.crt", "/ca/sub.crt"} {
				w.Override(path, nil)
			}
		})
	}
	f, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	stamps, err := fetch.NewTimestamper(fetch.TimestampOptions{URLs: tsas, Now: o.Now, Pause: time.Millisecond, AttemptTime: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	store := trust.NewStore(anchors...)
	b.levels = &signing.Levels{Timestamps: stamps, Evidence: f, Anchors: func() *trust.Store { return store }, Clock: o.Now,
		Warn: func(m verify.Message) { b.warned = append(b.warned, m.Code) }}
	return b
}

// at2020 is the bench of most tests.
func at2020(t *testing.T) *bench {
	w := firstWorld()
	return newBench(t, date(2020, 6, 1, 9), []string{w.TSAURL()}, w)
}

// sign signs data as id, a person who agrees.
func (b *bench) sign(t *testing.T, data []byte, id pki.Identity, level string) (signing.Result, error) {
	t.Helper()
	return b.signWith(t, data, b.worlds[0].Hold(id), level)
}

func (b *bench) signWith(t *testing.T, data []byte, held *signingtest.Held, level string) (signing.Result, error) {
	t.Helper()
	s, err := signing.New(signing.Options{Keys: held, Approver: signingtest.Person(signingtest.Agrees), Clock: b.levels.Clock, Levels: b.levels})
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Sign(t.Context(), signing.Request{Documents: []signing.Document{document("a.pdf", data)}, Level: level}, nil)
	if err != nil {
		return signing.Result{}, err
	}
	return results[0], nil
}

// judgeAt judges data with nothing but what is in it.
func (b *bench) judgeAt(t *testing.T, data []byte, at time.Time) *verify.Report {
	t.Helper()
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := verify.Document(doc, verify.Evidence{}, verify.Policy{Trust: b.levels.Anchors(), At: at})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (b *bench) wantPassed(t *testing.T, data []byte, at time.Time, levels ...string) {
	t.Helper()
	r := b.judgeAt(t, data, at)
	var got []string
	for _, s := range r.Signatures {
		if s.Kind != "timestamp" {
			got = append(got, s.Level)
		}
		if s.Verdict != verify.TotalPassed {
			t.Errorf("%s (%s): %s %s %+v", s.Field, s.Level, s.Verdict, s.SubIndication, s.Reason)
		}
	}
	if r.Verdict != verify.TotalPassed || !slices.Equal(got, levels) || len(r.Missing) > 0 {
		t.Errorf("%s at levels %v, want %v; missing %+v", r.Verdict, got, levels, r.Missing)
	}
}

func letter(t *testing.T) []byte {
	t.Helper()
	b, err := documents.Open(documents.Letter)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLevels: each level is what the verifier calls it; B-LT and B-LTA need
// nothing but the file.
func TestLevels(t *testing.T) {
	for _, level := range []string{"B-B", "B-T", "B-LT", "B-LTA"} {
		t.Run(level, func(t *testing.T) {
			b := at2020(t)
			r, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level)
			if err != nil {
				t.Fatal(err)
			}
			data := bytesOf(t, r)
			if sum, err := signingtest.Digest(r.Signed, r.Size); err != nil || sum != r.SHA256 || r.Level != level || !bytes.HasPrefix(data, letter(t)) {
				t.Errorf("%v; result %+v", err, r)
			}
			report := b.judgeAt(t, data, b.levels.Clock())
			if report.Signatures[0].Level != level {
				t.Errorf("judged as %s", report.Signatures[0].Level)
			}
			if level == "B-LT" || level == "B-LTA" {
				b.wantPassed(t, data, b.levels.Clock(), level)
				wantGroup(t, data)
			}
			if last := report.Signatures[len(report.Signatures)-1]; level == "B-LTA" && (last.Kind != "timestamp" || last.Coverage != verify.CoverageWholeFile) {
				t.Errorf("the timestamp does not cover the whole file: %+v", last)
			}
			if len(b.warned) > 0 {
				t.Errorf("warned of %v", b.warned)
			}
		})
	}
}

// wantGroup: the store groups the first signature's evidence under the SHA-1 of
// its /Contents (ISO 32000-2, 12.8.4.4): chain, OCSP and CRL.
func wantGroup(t *testing.T, data []byte) {
	t.Helper()
	doc := openDocument(t, data)
	found, err := pades.Find(doc)
	if err != nil {
		t.Fatal(err)
	}
	root, err := doc.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	dss, err := doc.Dict(root.Get("DSS"))
	if err != nil {
		t.Fatal(err)
	}
	vri, err := doc.Dict(dss.Get("VRI"))
	if err != nil {
		t.Fatal(err)
	}
	group, err := doc.Dict(vri.Get(pdf.Name(fmt.Sprintf("%X", sha1.Sum(found[0].Contents)))))
	if err != nil || group == nil {
		t.Fatalf("no group of the signature: %v", err)
	}
	for key, least := range map[pdf.Name]int{"Cert": 3, "OCSP": 1, "CRL": 1} {
		if list, err := doc.Array(group.Get(key)); err != nil || len(list) < least {
			t.Errorf("/%s has %d entries, %v", key, len(list), err)
		}
	}
}

// TestTwoSigners: a person and an agency sign one after the other at B-LTA;
// both stand at that level.
func TestTwoSigners(t *testing.T) {
	b := at2020(t)
	first, err := b.sign(t, letter(t), b.worlds[0].Persons[0], "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.sign(t, bytesOf(t, first), b.worlds[0].Agencies[0], "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, bytesOf(t, second), b.levels.Clock(), "B-LTA", "B-LTA")

	// What the first lacks the second brings.
	first, err = b.sign(t, letter(t), b.worlds[0].Persons[0], "B-T")
	if err != nil {
		t.Fatal(err)
	}
	second, err = b.sign(t, bytesOf(t, first), b.worlds[0].Agencies[0], "B-LT")
	if err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, bytesOf(t, second), b.levels.Clock(), "B-LT", "B-LT")
}

// TestNoTimestamp: whatever is wrong with the authority, nothing comes out.
func TestNoTimestamp(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"down":    http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }),
		"garbage": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("garbage")) }),
		"slow":    http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { time.Sleep(700 * time.Millisecond) }),
	} {
		for _, level := range []string{"B-T", "B-LTA"} {
			t.Run(name+" "+level, func(t *testing.T) {
				b := at2020(t)
				b.worlds[0].Override("/tsa", h)
				_, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level)
				if !errors.Is(err, signing.ErrTimestamp) || signing.Code(err) != "TIMESTAMP_UNAVAILABLE" {
					t.Errorf("%s: %v", signing.Code(err), err)
				}
			})
		}
	}
	// The second timestamp, over the evidence, is as necessary as the first.
	b := at2020(t)
	w := b.worlds[0]
	n := 0
	w.Override("/tsa", http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if n++; n > 1 {
			http.Error(out, "", http.StatusNotFound)
			return
		}
		w.At(w.Now()).Handler().ServeHTTP(out, r)
	}))
	if _, err := b.sign(t, letter(t), w.Persons[0], "B-LTA"); !errors.Is(err, signing.ErrTimestamp) || n < 2 {
		t.Errorf("%v", err)
	}
}

// TestSecondTSAOfAnotherCA: the document timestamp comes from an authority that
// nothing was known of. The document is whole all the same, or there is none.
func TestSecondTSAOfAnotherCA(t *testing.T) {
	a, z := firstWorld(), secondWorld()
	at := date(2028, 12, 1, 9)
	for _, reachable := range []bool{true, false} {
		b := newBench(t, at, []string{z.TSAURL(), a.TSAURL()}, z, a)
		n := 0
		z.Override("/tsa", http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			if n++; n > 1 {
				http.Error(out, "", http.StatusNotFound)
				return
			}
			z.At(z.Now()).Handler().ServeHTTP(out, r)
		}))
		if !reachable {
			a.Override("/ocsp", http.NotFoundHandler())
			a.Override("/crl/sub.crl", http.NotFoundHandler())
		}
		r, err := b.sign(t, letter(t), z.Persons[0], "B-LTA")
		if reachable {
			if err != nil {
				t.Fatal(err)
			}
			b.wantPassed(t, bytesOf(t, r), at, "B-LTA")
			continue
		}
		if !errors.Is(err, signing.ErrEvidence) || !strings.Contains(err.Error(), a.CRLURL()) {
			t.Errorf("%v", err)
		}
	}
}

// TestNoNetworkAllowed: where nothing may be fetched, B-LT is refused before
// the person is asked, and lower levels are not.
func TestNoNetworkAllowed(t *testing.T) {
	b := at2020(t)
	b.levels.Evidence = nil
	held := b.worlds[0].Hold(b.worlds[0].Persons[0])
	if _, err := b.signWith(t, letter(t), held, "B-LT"); !errors.Is(err, signing.ErrEvidence) || held.Signed() != 0 {
		t.Errorf("%v", err)
	}
	if _, err := b.signWith(t, letter(t), held, "B-T"); err != nil {
		t.Error(err)
	}
}

// TestNoEvidence: without the status of one certificate there is no B-LT, and
// the error names the certificate and the address.
func TestNoEvidence(t *testing.T) {
	gone := http.NotFoundHandler()
	for name, c := range map[string]struct {
		paths []string
		names []string
	}{
		"the signer's": {[]string{"/ocsp", "/crl/sub.crl"}, []string{"/ocsp", "/crl/sub.crl"}},
		"the CA's":     {[]string{"/crl/root.crl"}, []string{"CA THỬ NGHIỆM phục vụ cơ quan hư cấu", "/crl/root.crl"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := at2020(t)
			for _, path := range c.paths {
				b.worlds[0].Override(path, gone)
			}
			held := b.worlds[0].Hold(b.worlds[0].Persons[0])
			_, err := b.signWith(t, letter(t), held, "B-LT")
			var missing *signing.EvidenceError
			if !errors.As(err, &missing) || signing.Code(err) != "EVIDENCE_UNAVAILABLE" {
				t.Fatalf("%s: %v", signing.Code(err), err)
			}
			vi, en := missing.Words()
			for _, name := range c.names {
				if !strings.Contains(vi, name) || !strings.Contains(en, name) {
					t.Errorf("%q is not named in %q", name, vi)
				}
			}
			if held.Signed() != 0 {
				t.Error("the key was used")
			}
			// Lower levels do without, and say so.
			if _, err := b.sign(t, letter(t), b.worlds[0].Persons[0], "B-T"); err != nil || !slices.Contains(b.warned, "STATUS_UNKNOWN") {
				t.Errorf("B-T: %v, warned of %v", err, b.warned)
			}
		})
	}
	// It was there before the signature and is gone after it.
	b := at2020(t)
	w := b.worlds[0]
	w.Override("/tsa", http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.Override("/ocsp", gone)
		w.Override("/crl/sub.crl", gone)
		w.At(w.Now()).Handler().ServeHTTP(out, r)
	}))
	if _, err := b.sign(t, letter(t), w.Persons[0], "B-LT"); !errors.Is(err, signing.ErrEvidence) {
		t.Errorf("%v", err)
	}
}

// TestCRLAlone: where no responder answers, the lists do; a list from before
// the signature is said to be one.
func TestCRLAlone(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	w.Override("/ocsp", http.NotFoundHandler())
	r, err := b.sign(t, letter(t), w.Persons[0], "B-LTA")
	if err != nil {
		t.Fatal(err)
	}
	b.wantPassed(t, bytesOf(t, r), w.Now(), "B-LTA")
	if len(b.warned) > 0 {
		t.Errorf("warned of %v", b.warned)
	}
	old := w.At(w.Now().Add(-48 * time.Hour))
	w.Override("/crl/sub.crl", old.Handler())
	if _, err := b.sign(t, letter(t), w.Persons[0], "B-LTA"); err != nil || !slices.Contains(b.warned, "STATUS_OLDER") {
		t.Errorf("%v, warned of %v", err, b.warned)
	}
}

// TestRevokedSigner: nobody is asked for a PIN over a revoked certificate.
func TestRevokedSigner(t *testing.T) {
	for _, level := range []string{"B-B", "B-T", "B-LT", "B-LTA"} {
		b := at2020(t)
		held := b.worlds[0].Hold(b.worlds[0].RevokedPerson)
		s, err := signing.New(signing.Options{Keys: held, Approver: nobody(t), Clock: b.levels.Clock, Levels: b.levels})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Sign(t.Context(), signing.Request{Documents: []signing.Document{document("a.pdf", letter(t))}, Level: level}, nil)
		if !errors.Is(err, signing.ErrRevoked) || signing.Code(err) != "CERTIFICATE_REVOKED" || held.Signed() != 0 {
			t.Errorf("%s: %v", level, err)
		}
	}
	// Revoked between the check and the signature.
	b := at2020(t)
	w := b.worlds[0]
	b.levels.Evidence = blindFirst(b.levels.Evidence)
	if _, err := b.sign(t, letter(t), w.RevokedPerson, "B-LT"); !errors.Is(err, signing.ErrRevoked) {
		t.Errorf("%v", err)
	}
}

// blindFirst finds nothing out and nothing missing, the first time.
func blindFirst(e signing.Evidence) signing.Evidence { return &blind{next: e} }

type blind struct {
	next signing.Evidence
	done bool
}

func (b *blind) Complete(ctx context.Context, ev verify.Evidence, judge func(verify.Evidence) (*verify.Report, error)) (*verify.Report, []error, error) {
	if !b.done {
		b.done = true
		ev.OCSPs = append(ev.OCSPs, firstWorld().OCSPResponse(firstWorld().Persons[0].Certificate))
		_, _, _ = b.next.Complete(ctx, ev, func(verify.Evidence) (*verify.Report, error) { return &verify.Report{}, nil })
		return &verify.Report{}, nil, nil
	}
	return b.next.Complete(ctx, ev, judge)
}

// TestCheckCertificate: good, revoked, and not to be found out.
func TestCheckCertificate(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	id := func(c *x509.Certificate) signing.Identity { return signing.Identity{Certificate: c} } // the token brings no issuer
	if err := b.levels.CheckCertificate(t.Context(), id(w.Persons[0].Certificate)); err != nil {
		t.Errorf("good: %v", err)
	}
	if err := b.levels.CheckCertificate(t.Context(), id(w.RevokedPerson.Certificate)); !errors.Is(err, signing.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	w.Override("/ca/sub.crt", http.NotFoundHandler())
	if err := b.levels.CheckCertificate(t.Context(), id(w.Persons[0].Certificate)); !errors.Is(err, signing.ErrEvidence) || !strings.Contains(err.Error(), "/ca/sub.crt") {
		t.Errorf("no issuer: %v", err)
	}
	b.levels.Anchors = nil
	w.Override("/ca/sub.crt", nil)
	if err := b.levels.CheckCertificate(t.Context(), id(w.Persons[0].Certificate)); err != nil {
		t.Errorf("without trust: %v", err)
	}
	b.levels.Evidence = nil
	if err := b.levels.CheckCertificate(t.Context(), id(w.Persons[0].Certificate)); !errors.Is(err, signing.ErrEvidence) {
		t.Errorf("without a network: %v", err)
	}
}

// TestForeignCA: a CA nobody here trusts is no obstacle to evidence, and is
// said; trust comes later.
func TestForeignCA(t *testing.T) {
	for _, reachable := range []bool{true, false} {
		b := at2020(t)
		w := b.worlds[0]
		trusted := b.levels.Anchors
		b.levels.Anchors = nil
		if !reachable {
			w.Override("/ca/root.crt", http.NotFoundHandler())
		}
		r, err := b.sign(t, letter(t), w.Persons[0], "B-LTA")
		if err != nil {
			t.Fatalf("root reachable %v: %v", reachable, err)
		}
		if !slices.Contains(b.warned, "UNTRUSTED_ROOT") {
			t.Errorf("warned of %v", b.warned)
		}
		if report := b.judgeAt2(t, r); report.Verdict != verify.Indeterminate || report.SubIndication != "NO_CERTIFICATE_CHAIN_FOUND" {
			t.Errorf("without trust: %s %s", report.Verdict, report.SubIndication)
		}
		b.levels.Anchors = trusted
		if reachable {
			b.wantPassed(t, bytesOf(t, r), w.Now(), "B-LTA")
		}
	}
}

func (b *bench) judgeAt2(t *testing.T, r signing.Result) *verify.Report {
	t.Helper()
	doc, err := pdf.Open(r.Signed, r.Size)
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Document(doc, verify.Evidence{}, verify.Policy{At: b.levels.Clock()})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestLevelCancel: who waits for the authority can leave, with nothing.
func TestLevelCancel(t *testing.T) {
	b := at2020(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.worlds[0].Override("/tsa", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		time.Sleep(100 * time.Millisecond)
	}))
	s, err := signing.New(signing.Options{Keys: b.worlds[0].Hold(b.worlds[0].Persons[0]), Approver: signingtest.Person(signingtest.Agrees), Clock: b.levels.Clock, Levels: b.levels})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Sign(ctx, signing.Request{Documents: []signing.Document{document("a.pdf", letter(t))}, Level: "B-T"}, nil)
	if !errors.Is(err, context.Canceled) || signing.Code(err) != "CANCELLED" {
		t.Errorf("%s: %v", signing.Code(err), err)
	}
}

// TestLevelNotSetUp: what cannot be made is refused at once.
func TestLevelNotSetUp(t *testing.T) {
	b := at2020(t)
	b.levels.Timestamps = nil
	for _, level := range []string{"B-T", "B-LT", "B-LTA", "LTV"} {
		if _, err := b.sign(t, letter(t), b.worlds[0].Persons[0], level); !errors.Is(err, signing.ErrLevel) {
			t.Errorf("%s: %v", level, err)
		}
	}
}

// TestBatchShares: what was fetched for one document of a batch is not fetched
// for the next, and each document stands by itself.
func TestBatchShares(t *testing.T) {
	b := at2020(t)
	w := b.worlds[0]
	asked := func(documents int) (n int) {
		paths := []string{"/ocsp", "/crl/root.crl", "/crl/sub.crl"}
		for _, p := range paths {
			n -= w.Asked(p)
		}
		s, err := signing.New(signing.Options{Keys: w.Hold(w.Persons[0]), Approver: signingtest.Person(signingtest.Agrees), Clock: b.levels.Clock, Levels: b.levels})
		if err != nil {
			t.Fatal(err)
		}
		r := signing.Request{Level: "B-LTA"}
		for range documents {
			r.Documents = append(r.Documents, document("a.pdf", letter(t)))
		}
		results, err := s.Sign(t.Context(), r, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range results {
			b.wantPassed(t, bytesOf(t, result), w.Now(), "B-LTA")
		}
		for _, p := range paths {
			n += w.Asked(p)
		}
		return n
	}
	if one, three := asked(1), asked(3); one < 3 || three != one {
		t.Errorf("%d questions for one document, %d for three", one, three)
	}
}
