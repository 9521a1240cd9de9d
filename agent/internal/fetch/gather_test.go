package fetch_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/signature/revocation"
	"kyso/signature/verify"
	"kyso/testdata/pki"
)

// TestOCSPFirst: a responder that answers spares the CRL, and its answer is
// what the engine needs.
func TestOCSPFirst(t *testing.T) {
	s := pkiServer(t)
	f := newFetcher(t, loopback(t, s))
	for _, c := range []struct {
		who  pki.Identity
		want revocation.Status
	}{{world().Persons[0], revocation.Good}, {world().RevokedPerson, revocation.Revoked}} {
		ev, errs := gather(t, f, status(c.who.Certificate, []string{s.URL + "/ocsp"}, []string{s.URL + "/crl/sub.crl"}))
		wantCodes(t, errs)
		wantCounts(t, ev, 1, 0, 0)
		got := revocation.Check(c.who.Certificate, world().SubCA.Certificate, revocation.Evidence{OCSPs: ev.OCSPs}, time.Now())
		if got.Status != c.want {
			t.Errorf("%s is %v, want %v", c.who.Name, got.Status, c.want)
		}
	}
}

// TestCRLAfterOCSP: where the responder does not settle it, the list does.
func TestCRLAfterOCSP(t *testing.T) {
	s := pkiServer(t)
	f := newFetcher(t, loopback(t, s))
	for name, responder := range map[string]string{
		"not there": "/nothing", "a list": "/crl/sub.crl", "an error": "/ca/sub.crt",
	} {
		t.Run(name, func(t *testing.T) {
			ev, errs := gather(t, f, status(person(), []string{s.URL + responder}, []string{s.URL + "/crl/sub.crl"}))
			if len(errs) != 1 {
				t.Errorf("errors: %v", errs)
			}
			wantCounts(t, ev, 0, 1, 0)
			if !bytes.Contains(ev.CRLs[0], world().SubCA.Certificate.RawSubject) {
				t.Error("it is another CA's list")
			}
		})
	}
}

// TestUnknownToResponder: "unknown" is handed on, and does not keep the list
// from being asked.
func TestUnknownToResponder(t *testing.T) {
	s := pkiServer(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(77), NotAfter: time.Now().Add(time.Hour)},
		world().SubCA.Certificate, &world().SubCA.Key.PublicKey, world().SubCA.Key)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), status(unknown, []string{s.URL + "/ocsp"}, []string{s.URL + "/crl/sub.crl"}))
	wantCodes(t, errs)
	wantCounts(t, ev, 1, 1, 0)
}

// TestCAOfTheSameName: an unauthorised answer is dropped. A list signed with a
// key that is not at hand may be genuine, so it is the engine that refuses it;
// it is never kept on disk.
func TestCAOfTheSameName(t *testing.T) {
	s := pkiServer(t)
	other := impostor()
	cert, issuer := other.Persons[0].Certificate, other.SubCA.Certificate
	m := status(cert, []string{s.URL + "/ocsp"}, []string{s.URL + "/crl/sub.crl"})
	m.Issuer = issuer.Raw
	o := loopback(t, s)
	o.CacheDir = t.TempDir()
	ev, errs := gather(t, newFetcher(t, o), m)
	wantCodes(t, errs, fetch.NotAsked)
	wantCounts(t, ev, 0, 1, 0)
	if got := revocation.Check(cert, issuer, revocation.Evidence{CRLs: ev.CRLs}, time.Now()); got.Status != revocation.Unknown {
		t.Errorf("the engine says %v", got.Status)
	}
	if files := cacheFiles(t, o.CacheDir); len(files) != 0 {
		t.Errorf("kept: %v", files)
	}
}

// TestAnotherCertificate: an answer about somebody else is dropped.
func TestAnotherCertificate(t *testing.T) {
	answer := world().OCSPResponse(world().Persons[1].Certificate)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(answer) }))
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), status(person(), []string{s.URL}, nil))
	wantCodes(t, errs, fetch.NotAsked)
	wantCounts(t, ev, 0, 0, 0)
}

// TestForgedAnswer: one flipped bit in the signature.
func TestForgedAnswer(t *testing.T) {
	list := world().CRL()
	list[len(list)-1] ^= 1
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(list) }))
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), status(person(), nil, []string{s.URL}))
	wantCodes(t, errs, fetch.NotAsked)
	wantCounts(t, ev, 0, 0, 0)
}

// TestRootList: the list of the CA above says nothing about this certificate.
func TestRootList(t *testing.T) {
	s := pkiServer(t)
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), status(person(), nil, []string{s.URL + "/crl/root.crl"}))
	wantCodes(t, errs, fetch.NotAsked)
	wantCounts(t, ev, 0, 0, 0)
}

func TestIssuer(t *testing.T) {
	root, sub := world().Root.Certificate, world().SubCA.Certificate
	forms := map[string][]byte{
		"DER": sub.Raw, "PEM": pki.PEM(sub), "PEM of several": pki.PEM(person(), root, sub),
		"p7b": bag(t, pki.PEM(root, person(), sub)),
		// What a page in the way would send.
		"HTML": []byte("<html>login</html>"), "root alone": root.Raw, "the leaf": person().Raw, "nothing": {},
		"same name": impostor().SubCA.Certificate.Raw, "base64": []byte(base64.StdEncoding.EncodeToString(sub.Raw)),
	}
	wanted := map[string][][]byte{"DER": {sub.Raw}, "PEM": {sub.Raw}, "PEM of several": {sub.Raw, root.Raw}, "p7b": {sub.Raw, root.Raw}}
	for name, body := range forms {
		t.Run(name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html") // as careless servers do
				w.Write(body)
			}))
			ev, errs := gather(t, newFetcher(t, loopback(t, s)), issuerOf(person(), s.URL))
			want := wanted[name]
			wantCounts(t, ev, 0, 0, len(want))
			if want == nil {
				wantCodes(t, errs, fetch.NotAsked)
				return
			}
			wantCodes(t, errs)
			if !slices.EqualFunc(ev.Certificates, want, bytes.Equal) {
				t.Error("other certificates than these were kept")
			}
		})
	}
}

// bag makes a .p7b with another program.
func bag(t *testing.T, certificates []byte) []byte {
	t.Helper()
	cmd := exec.Command("openssl", "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", "-outform", "DER")
	cmd.Stdin = bytes.NewReader(certificates)
	der, err := cmd.Output()
	if err != nil {
		t.Fatalf("make a p7b: %v", err)
	}
	return der
}

// TestNothingToAsk: the reasons why not a single request is sent.
func TestNothingToAsk(t *testing.T) {
	f := newFetcher(t, fetch.Options{})
	broken := status(person(), []string{"http://a.example"}, nil)
	broken.Certificate = []byte("x")
	orphan := status(person(), []string{"http://a.example"}, nil)
	orphan.Issuer = nil
	for name, c := range map[string]struct {
		m    verify.Missing
		want fetch.Code
	}{
		"no address":        {status(person(), nil, nil), fetch.NoAddress},
		"LDAP only":         {status(person(), nil, []string{"ldap://ca.example/cn=crl"}), fetch.NoAddress},
		"no issuer's":       {issuerOf(person()), fetch.NoAddress},
		"file":              {issuerOf(person(), "file:///etc/passwd"), fetch.NoAddress},
		"not a certificate": {broken, fetch.Unsupported},
		"no issuer":         {orphan, fetch.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			ev, errs := gather(t, f, c.m)
			wantCodes(t, errs, c.want)
			wantCounts(t, ev, 0, 0, 0)
		})
	}
}

// TestOneListForMany: certificates that share a list cost one request.
func TestOneListForMany(t *testing.T) {
	s := pkiServer(t)
	var missing []verify.Missing
	for _, id := range append(slices.Clone(world().Persons), world().Agencies...) {
		missing = append(missing, status(id.Certificate, nil, []string{s.URL + "/crl/sub.crl"}))
	}
	ev, errs := gather(t, newFetcher(t, loopback(t, s)), missing...)
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 1, 0)
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestComplete goes up a chain: the issuer first, then both states, as an
// engine asks that cannot see further.
func TestComplete(t *testing.T) {
	s := pkiServer(t)
	sub, root := world().SubCA.Certificate, world().Root.Certificate
	var told atomic.Int32
	o := loopback(t, s)
	o.Progress = func(p fetch.Progress) { told.Add(1) }
	rounds := 0
	report, errs, err := newFetcher(t, o).Complete(t.Context(), verify.Evidence{}, func(ev verify.Evidence) (*verify.Report, error) {
		rounds++
		r := &verify.Report{Verdict: verify.Indeterminate}
		if len(ev.Certificates) == 0 {
			r.Missing = []verify.Missing{issuerOf(person(), s.URL+"/ca/sub.crt")}
			return r, nil
		}
		evidence := revocation.Evidence{OCSPs: ev.OCSPs, CRLs: ev.CRLs}
		if revocation.Check(person(), sub, evidence, time.Now()).Status != revocation.Good {
			r.Missing = append(r.Missing, status(person(), []string{s.URL + "/ocsp"}, nil))
		}
		if revocation.Check(sub, root, evidence, time.Now()).Status != revocation.Good {
			r.Missing = append(r.Missing, verify.Missing{Need: "revocation", Certificate: sub.Raw, Issuer: root.Raw, CRLs: []string{s.URL + "/crl/root.crl"}})
		}
		if r.Missing == nil {
			r.Verdict = verify.TotalPassed
		}
		return r, nil
	})
	if err != nil || report.Verdict != verify.TotalPassed || len(errs) != 0 {
		t.Errorf("got %+v, %v, %v", report, errs, err)
	}
	if rounds != 3 || told.Load() != 3 {
		t.Errorf("%d rounds, %d requests told", rounds, told.Load())
	}
}

// TestCompleteEnds: a report that is never satisfied ends it all the same.
func TestCompleteEnds(t *testing.T) {
	s := pkiServer(t)
	calls := 0
	_, _, err := newFetcher(t, loopback(t, s)).Complete(t.Context(), verify.Evidence{}, func(verify.Evidence) (*verify.Report, error) {
		calls++
		return &verify.Report{Missing: []verify.Missing{status(person(), []string{s.URL + "/ocsp"}, []string{s.URL + "/crl/sub.crl"})}}, nil
	})
	// First the responder, then, as that was no use, the list, then nothing.
	if err != nil || calls != 3 || s.requests.Load() != 2 {
		t.Errorf("%d calls, %d requests, %v", calls, s.requests.Load(), err)
	}
}

// TestCanceled: whoever waits may stop.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	start := time.Now()
	_, errs := newFetcher(t, loopback(t, s)).Document().Gather(ctx, []verify.Missing{issuerOf(person(), s.URL)})
	wantCodes(t, errs, fetch.Canceled)
	if time.Since(start) > 5*time.Second {
		t.Error("it took its time")
	}
}

// TestErrorText: each code has words in both languages.
func TestErrorText(t *testing.T) {
	for _, code := range []fetch.Code{fetch.BadURL, fetch.Forbidden, fetch.Redirect, fetch.Unreachable, fetch.Timeout, fetch.Canceled,
		fetch.Status, fetch.TooLarge, fetch.NotAsked, fetch.TooMany, fetch.NoAddress, fetch.Unsupported, fetch.Refused, fetch.BadToken, fetch.WrongClock} {
		text := (&fetch.Error{Code: code}).Text()
		if text.VI == "" || text.EN == "" || text.EN == "unknown problem" {
			t.Errorf("%s has no words", code)
		}
	}
}

// TestWords: a person is told in his language, and nothing that the other side
// or the document says drives a terminal.
func TestWords(t *testing.T) {
	evil := "\x1b]0;x\x07\u202e"
	e := &fetch.Error{Code: fetch.Timeout, Kind: fetch.KindOCSP, URL: "http://ocsp.example/" + evil, Subject: "Nguyễn" + evil, Err: errors.New("not " + evil)}
	vi, en := e.Words()
	const harmless = "\uFFFD]0;x\uFFFD\uFFFD"
	if want := "phản hồi OCSP về “Nguyễn" + harmless + "” (http://ocsp.example/" + harmless + "): máy chủ không trả lời kịp; hãy thử lại sau [not " + harmless + "]"; vi != want {
		t.Errorf("got %q, want %q", vi, want)
	}
	if want := "the OCSP response about “Nguyễn"; !strings.HasPrefix(en, want) {
		t.Errorf("got %q, want it to begin with %q", en, want)
	}
	for _, s := range []string{vi, en, e.Error()} {
		if strings.ContainsAny(s, evil[:1]+"\x07\u202e") {
			t.Errorf("controls in %q", s)
		}
	}
}
