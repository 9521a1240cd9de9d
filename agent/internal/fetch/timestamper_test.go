package fetch_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/signature/tsp"
	"kyso/testdata/pki"
)

var stamped = sha256.Sum256([]byte("nội dung"))

func timestamper(t *testing.T, o fetch.TimestampOptions) *fetch.Timestamper {
	t.Helper()
	o.Pause = time.Millisecond
	s, err := fetch.NewTimestamper(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTimestamp asks a real authority; OpenSSL judges what it gave.
func TestTimestamp(t *testing.T) {
	s := pkiServer(t)
	var told []fetch.TimestampProgress
	token, at, err := timestamper(t, fetch.TimestampOptions{URLs: []string{s.URL + "/tsa"}, Progress: func(p fetch.TimestampProgress) { told = append(told, p) }}).
		Timestamp(t.Context(), crypto.SHA256, stamped[:])
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(at); d < 0 || d > time.Minute {
		t.Errorf("stamped at %v", at)
	}
	if len(told) == 0 || told[0].Host != strings.TrimPrefix(s.URL, "http://") || told[0].Attempt != 1 {
		t.Errorf("told %+v", told)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"token": token, "data": []byte("nội dung"), "root.pem": pki.PEM(world().Root.Certificate), "sub.pem": pki.PEM(world().SubCA.Certificate),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("openssl", "ts", "-verify", "-data", "data", "-in", "token", "-token_in", "-CAfile", "root.pem", "-untrusted", "sub.pem")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("Verification: OK")) {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// authority answers with its own certificate, made from what change leaves.
type authority struct {
	tsp.Authority
	at     func() time.Time
	before func(*tsp.Request) // changes the question
}

func newAuthority(t *testing.T, change func(*x509.Certificate)) *authority {
	t.Helper()
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	key := world().TSA.Key
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "TSA thử"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, world().SubCA.Certificate, key.Public(), world().SubCA.Key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{Authority: tsp.Authority{Certificate: cert, Key: key, Policy: asn1.ObjectIdentifier{2, 999, 1}}, at: time.Now}
}

func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	q, err := tsp.ParseRequest(body)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	if a.before != nil {
		a.before(q)
	}
	answer, err := a.NewResponse(rand.Reader, q, big.NewInt(time.Now().UnixNano()), a.at())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(answer)
}

// TestTimestampRefused: whatever an authority does wrong has its code, and is
// asked again only when it may pass.
func TestTimestampRefused(t *testing.T) {
	text := func(status int, kind, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}
	with := func(change func(*authority)) http.Handler {
		a := newAuthority(t, nil)
		change(a)
		return a
	}
	refuse := func(bit int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(tsp.Refuse(bit)) })
	}
	const reply = "application/timestamp-reply"
	for name, c := range map[string]struct {
		handler http.Handler
		code    fetch.Code
		asked   int32
	}{
		"a page to log in":   {text(200, "text/html; charset=utf-8", "<html>"), fetch.NotAsked, 1},
		"garbage":            {text(200, reply, "garbage"), fetch.NotAsked, 1},
		"granted, no token":  {text(200, reply, "0\x050\x03\x02\x01\x00"), fetch.NotAsked, 1},
		"granted, no TSP":    {text(200, reply, "0\x070\x03\x02\x01\x000\x00"), fetch.NotAsked, 1},
		"too long":           {text(200, reply, strings.Repeat("0", 64<<10+1)), fetch.TooLarge, 1},
		"not found":          {text(404, reply, ""), fetch.Status, 1},
		"busy":               {text(503, reply, ""), fetch.Status, 2},
		"bad request":        {refuse(2), fetch.Refused, 1},
		"system failure":     {refuse(25), fetch.Refused, 2},
		"time not available": {refuse(14), fetch.Refused, 2},
		"other imprint":      {with(func(a *authority) { a.before = func(q *tsp.Request) { q.Imprint[3] ^= 1 } }), fetch.BadToken, 1},
		"other hash": {with(func(a *authority) {
			a.before = func(q *tsp.Request) { q.Hash, q.Imprint = crypto.SHA512, make([]byte, 64) }
		}), fetch.BadToken, 1},
		"no nonce":            {with(func(a *authority) { a.before = func(q *tsp.Request) { q.Nonce = nil } }), fetch.BadToken, 1},
		"other nonce":         {with(func(a *authority) { a.before = func(q *tsp.Request) { q.Nonce.Add(q.Nonce, big.NewInt(1)) } }), fetch.BadToken, 1},
		"no certificate":      {with(func(a *authority) { a.before = func(q *tsp.Request) { q.WantCertificate = false } }), fetch.BadToken, 1},
		"another's key":       {with(func(a *authority) { a.Key = world().OCSP.Key }), fetch.Status, 2}, // it cannot even answer
		"expired certificate": {newAuthority(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), fetch.BadToken, 1},
		"clock behind": {with(func(a *authority) {
			a.at = func() time.Time { return time.Now().Add(-fetch.MaxClockError - time.Minute) }
		}), fetch.WrongClock, 1},
		"clock ahead": {with(func(a *authority) {
			a.at = func() time.Time { return time.Now().Add(fetch.MaxClockError + time.Minute) }
		}), fetch.WrongClock, 1},
		"redirect elsewhere": {http.RedirectHandler("http://198.51.100.1/tsa", http.StatusTemporaryRedirect), fetch.Redirect, 1},
		"redirect to GET":    {http.RedirectHandler("/tsa", http.StatusFound), fetch.Redirect, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.handler)
			_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{s.URL}}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
			var failed *fetch.TimestampError
			if !errors.As(err, &failed) || failed.Tries[0].Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if n := s.requests.Load(); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			vi, en := failed.Words()
			if vi == "" || en == "" || strings.Contains(vi, "%!") || strings.Contains(en, "unknown problem") {
				t.Errorf("words %q, %q", vi, en)
			}
		})
	}
}

// TestTimestampBadSignature: a token whose signature is not true is refused.
func TestTimestampBadSignature(t *testing.T) {
	a := newAuthority(t, nil)
	weak := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// One bit of the signature is turned.
		rec := &recorder{ResponseWriter: w}
		a.ServeHTTP(rec, r)
		b := rec.Bytes()
		b[len(b)-1] ^= 1
		w.Write(b)
	}))
	_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{weak.URL}}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
	var failed *fetch.TimestampError
	if !errors.As(err, &failed) || failed.Tries[0].Code != fetch.BadToken {
		t.Errorf("a turned bit: %v", err)
	}
}

type recorder struct {
	http.ResponseWriter
	bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) { return r.Buffer.Write(b) }

// TestSecondTSA: the first does not answer, or not in time; the second is told
// of and used.
func TestSecondTSA(t *testing.T) {
	good := pkiServer(t)
	gone := serve(t, http.NotFoundHandler())
	gone.Close()
	hang := make(chan struct{})
	slow := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(hang) })
	for name, first := range map[string]string{"down": gone.URL, "slow": slow.URL} {
		var hosts []string
		_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{first, good.URL + "/tsa"}, AttemptTime: 300 * time.Millisecond,
			Progress: func(p fetch.TimestampProgress) { hosts = append(hosts, p.Host) }}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
		if err != nil || len(hosts) != 2 || hosts[0] == hosts[1] {
			t.Errorf("%s: %v, asked %v", name, err, hosts)
		}
	}
	_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{slow.URL, gone.URL}, AttemptTime: 100 * time.Millisecond}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
	var failed *fetch.TimestampError
	if !errors.As(err, &failed) || len(failed.Tries) != 4 || failed.Tries[0].Code != fetch.Timeout || failed.Tries[1].Code != fetch.Unreachable {
		t.Errorf("got %v", err)
	}
	vi, _ := failed.Words()
	if strings.Count(vi, "; ") < 1 || !strings.Contains(vi, "không kết nối được") {
		t.Errorf("words %q", vi)
	}
}

// TestTimestampCancel: who waits can leave at once.
func TestTimestampCancel(t *testing.T) {
	asked := make(chan struct{}, 1)
	slow := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{slow.URL}}).Timestamp(ctx, crypto.SHA256, stamped[:])
	if !errors.Is(err, context.Canceled) || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// TestFourAtOnce: the whole process never asks for more than four at a time.
func TestFourAtOnce(t *testing.T) {
	var now, most atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(50 * time.Millisecond)
		now.Add(-1)
		world().Handler().ServeHTTP(w, r)
	}))
	var wait sync.WaitGroup
	var queued atomic.Int32
	for range 12 {
		one := timestamper(t, fetch.TimestampOptions{URLs: []string{s.URL + "/tsa"}, Progress: func(p fetch.TimestampProgress) {
			if p.Queued {
				queued.Add(1)
			}
		}})
		wait.Go(func() {
			if _, _, err := one.Timestamp(t.Context(), crypto.SHA256, stamped[:]); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if most.Load() != 4 || queued.Load() < 4 {
		t.Errorf("%d at once, %d told to queue", most.Load(), queued.Load())
	}
}

// TestTimestampAddresses: what cannot be meant is refused, and never repeated.
func TestTimestampAddresses(t *testing.T) {
	for _, bad := range []string{"", "tsa.example", "ftp://tsa.example", "http://me:hemlig@tsa.example", "http:///tsa", "http://tsa.example/#x"} {
		_, err := fetch.NewTimestamper(fetch.TimestampOptions{URLs: []string{bad}})
		if err == nil || strings.Contains(err.Error(), "hemlig") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := fetch.NewTimestamper(fetch.TimestampOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := fetch.NewTimestamper(fetch.TimestampOptions{Proxy: "socks5://x"}); err == nil {
		t.Error("a proxy of another kind was taken")
	}
}

// TestTimestampProxy: the authority is reached through the proxy, one inside
// directly.
func TestTimestampProxy(t *testing.T) {
	good := pkiServer(t)
	proxy := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "tsa.example" {
			t.Errorf("asked for %q", r.URL)
		}
		world().Handler().ServeHTTP(w, r)
	}))
	_, _, err := timestamper(t, fetch.TimestampOptions{URLs: []string{"http://tsa.example/tsa"}, Proxy: proxy.URL}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
	if err != nil || proxy.requests.Load() != 1 {
		t.Errorf("%v, %d requests", err, proxy.requests.Load())
	}
	_, _, err = timestamper(t, fetch.TimestampOptions{URLs: []string{good.URL + "/tsa"}, Proxy: proxy.URL, AllowPrivate: []string{"127.0.0.0/8"}}).Timestamp(t.Context(), crypto.SHA256, stamped[:])
	if err != nil || good.requests.Load() != 1 {
		t.Errorf("inside: %v", err)
	}
}

// FuzzTimestampAnswer changes a good answer: what passes is over our digest,
// with our nonce, and truly signed.
func FuzzTimestampAnswer(f *testing.F) {
	nonce := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	good := world().TimestampResponse(tsp.NewRequest(crypto.SHA256, stamped[:], nonce))
	f.Add(0, []byte{})
	f.Add(20, []byte{0x31})
	f.Add(len(good)-1, []byte{0})
	s, err := fetch.NewTimestamper(fetch.TimestampOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at int, over []byte) {
		b := bytes.Clone(good)
		if at >= 0 && at < len(b) {
			copy(b[at:], over)
		}
		token, _, err := s.Check(b, crypto.SHA256, stamped[:], nonce, time.Now())
		if err != nil {
			return
		}
		read, err := tsp.Parse(token)
		if err != nil || !bytes.Equal(read.Imprint, stamped[:]) || read.Nonce.Cmp(new(big.Int).SetBytes(nonce)) != 0 {
			t.Fatalf("passed: %v", err)
		}
		if _, err := read.Verify(stamped[:]); err != nil {
			t.Fatal(err)
		}
	})
}
