package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// signedLetter is the letter, signed by a person of the demo PKI.
func signedLetter(t *testing.T) []byte { return signedBy(t, world()) }

// signedBy is the letter, signed by a person of w.
func signedBy(t *testing.T, w *pki.PKI) []byte {
	t.Helper()
	data, err := documents.Open("cong-van.pdf")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := pades.Prepare(doc, pades.Options{Certificate: w.Persons[0].Certificate, Chain: w.Chain(), Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	value, err := w.Persons[0].Key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := u.Finish(value)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := signed.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func proof() verify.Evidence {
	return verify.Evidence{CRLs: [][]byte{world().CRL(), world().RootCRL()}}
}

func newLooker(ev verify.Evidence) *looker {
	return &looker{policy: verify.Policy{At: time.Now().Add(time.Second), Trust: trust.NewStore(world().Anchors()...)}, evidence: ev}
}

// TestFetching: what a document lacks is fetched from where its certificates
// say, once the administrator allows that address.
func TestFetching(t *testing.T) {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	w, err := pki.New(pki.Options{BaseURL: server.URL, Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	handler = w.Handler()
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	document, root := filepath.Join(dir, "letter.pdf"), filepath.Join(dir, "root.crt")
	port := server.Listener.Addr().(*net.TCPAddr).Port
	for name, data := range map[string][]byte{
		document: signedBy(t, w), root: w.Root.Certificate.Raw,
		"open.json":   fmt.Appendf(nil, `{"fetchAllowPrivate": ["127.0.0.1"], "fetchPorts": [%d]}`, port),
		"off.json":    fmt.Appendf(nil, `{"fetchEvidence": false, "fetchAllowPrivate": ["127.0.0.1"], "fetchPorts": [%d]}`, port),
		"public.json": fmt.Appendf(nil, `{"fetchPorts": [%d]}`, port),
	} {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		policy string
		args   []string
		code   int
		says   string
	}{
		{"open.json", nil, exitOK, ""},
		{"open.json", []string{"--offline"}, exitIndeterminate, ""},
		{"off.json", nil, exitIndeterminate, ""},
		{"public.json", nil, exitIndeterminate, "127.0.0.1"},
	} {
		os.RemoveAll(filepath.Join(dir, "cache"))
		args := append([]string{"--lang", "en", "--policy", filepath.Join(dir, c.policy), "verify", "--trust", root}, append(c.args, document)...)
		var out bytes.Buffer
		code := run(t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &out}, os.Getenv)
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s %v: exit code %d, want %d\n%s", c.policy, c.args, code, c.code, &out)
		}
	}
}

// TestCancelledRun: a run that waits ends at once, says how far it came, and
// calls nothing unreadable that it did not try.
func TestCancelledRun(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.pdf")
	if err := os.WriteFile(good, signedLetter(t), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"--json", "--html"} {
		ctx, cancel := context.WithCancel(t.Context())
		forever, end := io.Pipe()
		defer end.Close()
		var out, messages bytes.Buffer
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, []string{"--lang", "en", "verify", format, good, "-", good}, streams{forever, &out, &messages}, func(string) string { return "" })
		}()
		time.AfterFunc(500*time.Millisecond, cancel)
		select {
		case c := <-code:
			if c != exitNotLooked || !strings.Contains(messages.String(), "Stopped as asked: 1 of 3 files done.") {
				t.Errorf("exit code %d, %q", c, &messages)
			}
			if n := strings.Count(out.String(), "\n"); n > 1 || strings.Contains(out.String(), "UNREADABLE") {
				t.Errorf("%s", &out)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("still waiting")
		}
	}
}

func TestSpool(t *testing.T) {
	for _, c := range []struct {
		size   int
		onDisk bool
		err    error
	}{{0, false, nil}, {100, false, nil}, {101, true, nil}, {1000, true, nil}, {1001, true, errStdinLarge}} {
		dir := t.TempDir()
		t.Setenv("TMPDIR", dir)
		want := bytes.Repeat([]byte("k"), c.size)
		s := newSpool(bytes.NewReader(want))
		s.inMemory, s.longest = 100, 1000
		r, size, err := s.read()
		if !errors.Is(err, c.err) {
			t.Errorf("%d bytes: %v", c.size, err)
		}
		if err == nil {
			got, err := io.ReadAll(io.NewSectionReader(r, 0, size+10))
			if err != nil || !bytes.Equal(got, want) || (s.file != nil) != c.onDisk {
				t.Errorf("%d bytes: read %d, on disk: %v, %v", c.size, len(got), s.file != nil, err)
			}
		}
		s.remove()
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%d bytes: %v is left behind, %v", c.size, left, err)
		}
	}
}

func TestFindInputs(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "deep", strings.Repeat("d/", maxDepth+2))
	for _, err := range []error{
		os.MkdirAll(deep, 0o700), os.WriteFile(filepath.Join(deep, "x.pdf"), nil, 0o600),
		os.WriteFile(filepath.Join(dir, "deep", "a.PDF"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	found, err := findInputs(t.Context(), []string{filepath.Join(dir, "deep")})
	if err != nil || len(found) != 2 || filepath.Base(found[0].name) != "a.PDF" || found[0].fault != nil || found[1].fault != errDeep {
		t.Errorf("%v, %v", found, err)
	}
	many := &search{ctx: t.Context()}
	for range maxInputs + 10 {
		many.add(input{name: "x"})
	}
	if n := len(many.found); n != maxInputs+1 || many.found[n-1].fault != errMany {
		t.Errorf("%d inputs are kept", n)
	}
}

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.pdf", "b.pdf", "c.txt", "[1].pdf"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name     string
		patterns bool
		want     []string
	}{
		{"?.pdf", true, []string{"a.pdf", "b.pdf"}}, {"?.pdf", false, []string{"?.pdf"}},
		{"x*.pdf", true, []string{"x*.pdf"}}, {"[1].pdf", true, []string{"[1].pdf"}},
	} {
		var want []string
		for _, w := range c.want {
			want = append(want, filepath.Join(dir, w))
		}
		if got := expand(filepath.Join(dir, c.name), c.patterns); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

// TestProgress draws at most ten times a second, and leaves nothing behind.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	now := time.Now()
	p := &progress{w: &b, format: "file %d of %d", all: 3, last: now, now: func() time.Time { return now }}
	p.next()
	if b.Len() > 0 {
		t.Errorf("drawn at once: %q", &b)
	}
	now = now.Add(refresh)
	p.bytes(1, 3)
	p.bytes(2, 3)
	p.clear()
	p.clear()
	if got := b.String(); got != "\r\x1b[Kfile 2 of 3: 33 %\r\x1b[K" {
		t.Errorf("%q", got)
	}
	var none *progress
	none.next()
	none.bytes(1, 2)
	none.clear()
	if newProgress(&b, "vi", 1, false) != nil {
		t.Error("progress is drawn into what is no terminal")
	}
}
