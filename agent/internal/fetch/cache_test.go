package fetch_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/signature/verify"
)

func cacheFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, filepath.Join(dir, e.Name()))
	}
	return names
}

// cached is a fetcher with a folder of its own, a clock that can be set, and a
// server that can be switched off.
type cached struct {
	*fetch.Fetcher
	*server
	dir   string
	now   time.Time
	fails atomic.Bool
}

func newCached(t *testing.T) *cached {
	t.Helper()
	c := &cached{dir: filepath.Join(t.TempDir(), "evidence"), now: time.Now()}
	c.server = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.fails.Load() {
			http.Error(w, "switched off", http.StatusServiceUnavailable)
			return
		}
		world().Handler().ServeHTTP(w, r)
	}))
	o := loopback(t, c.server)
	o.CacheDir, o.Now = c.dir, func() time.Time { return c.now }
	c.Fetcher = newFetcher(t, o)
	return c
}

// crl, ocsp and issuer ask for one item, for a document of its own.
func (c *cached) crl() verify.Missing    { return status(person(), nil, []string{c.URL + "/crl/sub.crl"}) }
func (c *cached) ocsp() verify.Missing   { return status(person(), []string{c.URL + "/ocsp"}, nil) }
func (c *cached) issuer() verify.Missing { return issuerOf(person(), c.URL+"/ca/sub.crt") }

// wantRequests asks for m and compares how many requests that took.
func (c *cached) wantRequests(t *testing.T, m verify.Missing, want int32) {
	t.Helper()
	before := c.requests.Load()
	ev, errs := gather(t, c.Fetcher, m)
	if len(errs) > 0 || len(ev.OCSPs)+len(ev.CRLs)+len(ev.Certificates) != 1 {
		t.Errorf("got %d items, errors %v", len(ev.OCSPs)+len(ev.CRLs)+len(ev.Certificates), errs)
	}
	if n := c.requests.Load() - before; n != want {
		t.Errorf("%d requests, want %d", n, want)
	}
}

func TestCache(t *testing.T) {
	c := newCached(t)
	for _, m := range []verify.Missing{c.crl(), c.ocsp(), c.issuer()} {
		c.wantRequests(t, m, 1)
		c.wantRequests(t, m, 0)
	}
	// Another certificate of the same CA shares the list, not the answer.
	other := world().Persons[1].Certificate
	c.wantRequests(t, status(other, nil, []string{c.URL + "/crl/sub.crl"}), 0)
	c.wantRequests(t, status(other, []string{c.URL + "/ocsp"}, nil), 1)

	files := cacheFiles(t, c.dir)
	if len(files) != 4 {
		t.Fatalf("files: %v", files)
	}
	if runtime.GOOS == "windows" {
		return // rights are inherited from the user's folder
	}
	for _, path := range append(files, c.dir) {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v, %v", path, st.Mode(), err)
		}
		if name, err := hex.DecodeString(filepath.Base(path)); path != c.dir && (err != nil || len(name) != 32) {
			t.Errorf("the name %s is no hash", path)
		}
	}
}

// TestCacheAges: fresh for a day, then asked for again, and while the list
// itself is valid (a week) the copy stands in when nobody answers.
func TestCacheAges(t *testing.T) {
	c := newCached(t)
	start := c.now
	c.wantRequests(t, c.crl(), 1)
	c.now = start.Add(23 * time.Hour)
	c.wantRequests(t, c.crl(), 0)
	c.now = start.Add(25 * time.Hour)
	c.fails.Store(true)
	c.wantRequests(t, c.crl(), 1)
	c.now = start.Add(8 * 24 * time.Hour)
	ev, errs := gather(t, c.Fetcher, c.crl())
	wantCodes(t, errs, fetch.Status)
	wantCounts(t, ev, 0, 0, 0)
	// A clock that went back.
	c.now = start.Add(-48 * time.Hour)
	_, errs = gather(t, c.Fetcher, c.crl())
	wantCodes(t, errs, fetch.Status)
}

// TestUselessCopy: what the engine asks for again is fetched again, once.
func TestUselessCopy(t *testing.T) {
	c := newCached(t)
	c.wantRequests(t, c.ocsp(), 1)
	d := c.Document()
	before := c.requests.Load()
	for round, want := range []int32{0, 1, 1} {
		if _, errs := d.Gather(t.Context(), []verify.Missing{c.ocsp()}); len(errs) > 0 {
			t.Error(errs)
		}
		if n := c.requests.Load() - before; n != want {
			t.Errorf("round %d: %d requests, want %d", round, n, want)
		}
	}
}

// TestUselessAnswer: an answer that did not help settles nothing the second
// time, though it is on the disk by then: the list is asked for.
func TestUselessAnswer(t *testing.T) {
	both := func(c *cached) []verify.Missing {
		return []verify.Missing{status(person(), []string{c.URL + "/ocsp"}, []string{c.URL + "/crl/sub.crl"})}
	}
	c := newCached(t)
	d := c.Document()
	ev, errs := d.Gather(t.Context(), both(c))
	wantCodes(t, errs)
	wantCounts(t, ev, 1, 0, 0)
	ev, errs = d.Gather(t.Context(), both(c))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 1, 0)

	// A fresh copy that did not help does not stand in when nobody answers.
	c = newCached(t)
	c.wantRequests(t, c.ocsp(), 1)
	d = c.Document()
	ev, _ = d.Gather(t.Context(), both(c))
	wantCounts(t, ev, 1, 0, 0)
	c.fails.Store(true)
	ev, errs = d.Gather(t.Context(), both(c))
	wantCodes(t, errs, fetch.Status, fetch.Status)
	wantCounts(t, ev, 0, 0, 0)
}

// TestDamagedCopy: whatever happens to a file, it is fetched anew and replaced.
func TestDamagedCopy(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"cut":        func(b []byte) []byte { return b[:len(b)/2] },
		"empty":      func([]byte) []byte { return nil },
		"one bit":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"no header":  func(b []byte) []byte { _, rest, _ := bytes.Cut(b, []byte("\n")); return rest },
		"other":      func([]byte) []byte { return []byte("hello\nworld\n") },
		"longer":     func(b []byte) []byte { return append(b, make([]byte, 1<<20)...) },
		"huge times": func(b []byte) []byte { return append([]byte("kyso evidence 1 -99999999999999999999 9"), b...) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCached(t)
			c.wantRequests(t, c.ocsp(), 1)
			path := cacheFiles(t, c.dir)[0]
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			c.wantRequests(t, c.ocsp(), 1)
			c.wantRequests(t, c.ocsp(), 0)
		})
	}
}

// TestFolderUnusable: a file where the folder should be costs the copies, not
// the evidence.
func TestFolderUnusable(t *testing.T) {
	c := newCached(t)
	if err := os.WriteFile(c.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.wantRequests(t, c.crl(), 1)
	c.wantRequests(t, c.crl(), 1)
}

// TestEviction: beyond the bound the oldest go; what has another name stays.
func TestEviction(t *testing.T) {
	c := newCached(t)
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(c.dir, "README")
	crashed := filepath.Join(c.dir, "new-X")
	for _, path := range []string{foreign, crashed} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := c.now.Add(-48 * time.Hour)
	if err := os.Chtimes(crashed, old, old); err != nil {
		t.Fatal(err)
	}
	// Sparse files: as large as the bound, without the bytes.
	for i := range 5 {
		path := filepath.Join(c.dir, fmt.Sprintf("%064x", i))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 30<<20); err != nil {
			t.Fatal(err)
		}
		at := old.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	c.wantRequests(t, c.crl(), 1)
	left := map[string]bool{}
	for _, path := range cacheFiles(t, c.dir) {
		left[path] = true
	}
	if len(left) != 1+3+1 || !left[foreign] || left[filepath.Join(c.dir, fmt.Sprintf("%064x", 0))] || left[filepath.Join(c.dir, fmt.Sprintf("%064x", 1))] {
		t.Errorf("left: %v", left)
	}
	c.wantRequests(t, c.crl(), 0)
}
