//go:build !js && !windows

package origin_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/userfile"
)

// parse is an origin of the tests' own.
func parse(t testing.TB, s string) origin.Origin {
	t.Helper()
	o, err := origin.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func pageKey(t testing.TB) []byte {
	t.Helper()
	k, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

// machine is one user's view of a signed list, with a clock that can be set.
type machine struct {
	*origin.Sites
	list, dir string
	at        time.Time
	log       bytes.Buffer
}

func newMachine(t *testing.T, s signer, change func(*origin.SitesOptions)) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{list: filepath.Join(dir, "list.json"), dir: filepath.Join(dir, "user"), at: now}
	m.open(t, s, change)
	return m
}

// open starts the agent, anew maybe.
func (m *machine) open(t *testing.T, s signer, change func(*origin.SitesOptions)) {
	t.Helper()
	o := origin.SitesOptions{
		Allowed: []string{"https://policy.example"}, ListFile: m.list, Signers: [][sha256.Size]byte{s.sum}, Dir: m.dir,
		Clock: func() time.Time { return m.at }, Log: slog.New(slog.NewTextHandler(&m.log, nil)),
	}
	if change != nil {
		change(&o)
	}
	var err error
	if m.Sites, err = origin.NewSites(o); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) expect(t *testing.T, when string, standings map[string]origin.Standing) {
	t.Helper()
	for text, want := range standings {
		if got := m.Standing(parse(t, text), nil); got != want {
			t.Errorf("%s: %s has standing %d, want %d", when, text, got, want)
		}
	}
}

// TestSignedListInForce: a list counts from the moment it lies there, without a
// restart, and a bad one leaves nothing of itself, but all of the policy.
func TestSignedListInForce(t *testing.T) {
	s, other := newECSigner(t), newECSigner(t)
	m := newMachine(t, s, nil)
	const a, b = "https://a.example", "https://b.example"
	nothing := map[string]origin.Standing{a: origin.Refused, b: origin.Refused, "https://policy.example": origin.Listed}
	onlyA := map[string]origin.Standing{a: origin.Listed, b: origin.Refused, "https://policy.example": origin.Listed,
		"https://a.example:444": origin.Refused, "https://a.example.evil.example": origin.Refused}
	onlyB := map[string]origin.Standing{a: origin.Refused, b: origin.Listed, "https://policy.example": origin.Listed}

	m.expect(t, "no file", nothing)
	data, signature := put(t, m.list, listOf(5, a), s)
	m.expect(t, "first list", onlyA)
	newer, newerSignature := put(t, m.list, listOf(6, b), s)
	m.expect(t, "next list", onlyB)

	for name, spoil := range map[string]func(){
		"older":             func() { write(t, m.list, data); write(t, m.list+".p7s", signature) },
		"same serial":       func() { put(t, m.list, listOf(6, a, b), s) },
		"foreign signer":    func() { put(t, m.list, listOf(7, a), other) },
		"changed":           func() { write(t, m.list, bytes.Replace(newer, []byte(b), []byte(a), 1)) },
		"other's signature": func() { write(t, m.list+".p7s", signature) },
		"no signature":      func() { os.Remove(m.list + ".p7s") },
		"signature folder":  func() { os.Remove(m.list + ".p7s"); os.Mkdir(m.list+".p7s", 0o755) },
		"cut short":         func() { write(t, m.list, newer[:len(newer)-9]) },
		"empty":             func() { write(t, m.list, nil) },
		"gone":              func() { os.Remove(m.list) },
		"of the future":     func() { l := listOf(8, a); l.Issued = now.Add(time.Minute); put(t, m.list, l, s) },
		"expired":           func() { l := listOf(8, a); l.Expires = now; put(t, m.list, l, s) },
	} {
		spoil()
		m.expect(t, name, nothing)
		if st := m.Status(); st.List != nil || st.ListProblem == nil {
			t.Errorf("%s: status %+v", name, st)
		}
		os.RemoveAll(m.list + ".p7s")
		write(t, m.list, newer)
		write(t, m.list+".p7s", newerSignature)
		m.expect(t, "after "+name, onlyB)
	}

	// The serial outlives the agent, for this user.
	m.open(t, s, nil)
	write(t, m.list, data)
	write(t, m.list+".p7s", signature)
	m.expect(t, "older, after a restart", nothing)
	if err := m.Status().ListProblem; !errors.Is(err, origin.ErrListSerial) {
		t.Error(err)
	}
	// Time passes without anything being touched.
	put(t, m.list, listOf(9, a), s)
	m.expect(t, "newest", onlyA)
	m.at = now.AddDate(0, 1, 0)
	m.expect(t, "expired meanwhile", nothing)
	m.at = now.Add(-2 * time.Hour)
	m.expect(t, "clock set back", nothing)
	m.at = now
	m.expect(t, "clock right again", onlyA)

	// What remembers the serial must be readable, or an older list could come
	// back.
	if err := os.WriteFile(filepath.Join(m.dir, "allowed-origins-serial.json"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.open(t, s, nil)
	m.expect(t, "state damaged", nothing)
	var state *origin.StateError
	if err := m.Status().ListProblem; !errors.As(err, &state) {
		t.Error(err)
	} else if vi, en := state.Words(); !strings.Contains(vi, "xóa") || !strings.Contains(en, "Delete") {
		t.Error(vi, en)
	}
}

// TestComplaintsAreFew: what is wrong is logged when it begins, not with every
// connection.
func TestComplaintsAreFew(t *testing.T) {
	m := newMachine(t, newECSigner(t), nil)
	for range 50 {
		m.expect(t, "no file", map[string]origin.Standing{"https://a.example": origin.Refused})
	}
	if n := strings.Count(m.log.String(), "\n"); n != 1 {
		t.Errorf("%d lines: %s", n, m.log.String())
	}
}

// TestReadOnly: who looks at what is in force changes nothing.
func TestReadOnly(t *testing.T) {
	s := newECSigner(t)
	m := newMachine(t, s, func(o *origin.SitesOptions) { o.ReadOnly = true })
	put(t, m.list, listOf(5, "https://a.example"), s)
	m.expect(t, "list", map[string]origin.Standing{"https://a.example": origin.Listed})
	if _, err := os.Stat(m.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left something: %v", err)
	}
}

// TestUnsavedSerial: where nothing can be written the list counts, an older one
// does not while the agent runs, and both are told.
func TestUnsavedSerial(t *testing.T) {
	s := newECSigner(t)
	m := newMachine(t, s, func(o *origin.SitesOptions) { o.Dir = "/proc/kyso" }) // nobody makes a folder there
	data, signature := put(t, m.list, listOf(5, "https://a.example"), s)
	m.expect(t, "list", map[string]origin.Standing{"https://a.example": origin.Listed})
	if m.Status().List.Unsaved == nil || !strings.Contains(m.log.String(), "cannot be kept") {
		t.Error("not told")
	}
	put(t, m.list, listOf(6, "https://b.example"), s)
	m.expect(t, "next", map[string]origin.Standing{"https://b.example": origin.Listed})
	write(t, m.list, data)
	write(t, m.list+".p7s", signature)
	m.expect(t, "older", map[string]origin.Standing{"https://a.example": origin.Refused})
}

// TestPairing: a person's own sites, by origin and key, on machines without an
// administrator's list of rules.
func TestPairing(t *testing.T) {
	m := newMachine(t, newECSigner(t), func(o *origin.SitesOptions) { o.Pairing, o.ListFile = true, "" })
	o, key, other := parse(t, "https://a.example"), pageKey(t), pageKey(t)
	standing := func(o origin.Origin, key []byte, want origin.Standing) {
		t.Helper()
		if got := m.Standing(o, key); got != want {
			t.Errorf("%s: standing %d, want %d", o, got, want)
		}
	}
	standing(o, key, origin.Unpaired)
	standing(o, nil, origin.Unpaired)
	if err := m.Pair(o, key); err != nil {
		t.Fatal(err)
	}
	standing(o, key, origin.Paired)
	standing(o, other, origin.Unpaired)
	standing(o, nil, origin.Unpaired)
	standing(parse(t, "https://a.example:8443"), key, origin.Unpaired)
	standing(parse(t, "http://localhost:8080"), key, origin.Unpaired)
	standing(parse(t, "https://policy.example"), key, origin.Listed)
	if err := m.Pair(o, []byte("no key")); err == nil {
		t.Error("no key was paired")
	}
	path := filepath.Join(m.dir, "pairings.json")
	text, err := os.ReadFile(path)
	if err != nil || bytes.Contains(text, key) || !bytes.Contains(text, []byte(fmt.Sprintf("%x", sha256.Sum256(key)))) {
		t.Errorf("%s, %v", text, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	// kyso site remove is another process.
	if n, err := (&origin.Pairings{Path: path}).Remove(func(p origin.Pairing) bool { return p.Origin == o.String() }); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
	standing(o, key, origin.Unpaired)
	// It outlives the agent; an administrator who decides alone ends it.
	if err := m.Pair(o, key); err != nil {
		t.Fatal(err)
	}
	m.open(t, newECSigner(t), func(o *origin.SitesOptions) { o.Pairing, o.ListFile = true, "" })
	standing(o, key, origin.Paired)
	m.open(t, newECSigner(t), func(o *origin.SitesOptions) { o.ListFile = "" })
	standing(o, key, origin.Refused)
	if err := m.Pair(o, key); !errors.Is(err, origin.ErrPairingOff) {
		t.Error(err)
	}
}

// TestPairingBounds: the oldest make room.
func TestPairingBounds(t *testing.T) {
	m := newMachine(t, newECSigner(t), func(o *origin.SitesOptions) { o.Pairing, o.ListFile = true, "" })
	one, first := parse(t, "https://one.example"), pageKey(t)
	if err := m.Pair(one, first); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := m.Pair(one, pageKey(t)); err != nil {
			t.Fatal(err)
		}
	}
	if st := m.Status(); len(st.Pairings) != 10 || m.Standing(one, first) != origin.Unpaired {
		t.Errorf("%d pairings of one origin", len(st.Pairings))
	}
	last := pageKey(t)
	for i := range 200 {
		if err := m.Pair(parse(t, fmt.Sprintf("https://s%d.example", i)), last); err != nil {
			t.Fatal(err)
		}
	}
	st := m.Status()
	if len(st.Pairings) != 200 || st.Pairings[0].Origin != "https://s0.example" || m.Standing(parse(t, "https://s199.example"), last) != origin.Paired {
		t.Errorf("%d pairings, the oldest %s", len(st.Pairings), st.Pairings[0].Origin)
	}
}

// TestDamagedPairings: nothing is paired, it is said, and the file is kept aside.
func TestDamagedPairings(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"not JSON":        func(p string) error { return os.WriteFile(p, []byte("x"), 0o600) },
		"others may read": func(p string) error { return os.Chmod(p, 0o644) },
		"too large":       func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte(" "), 1<<20), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, newECSigner(t), func(o *origin.SitesOptions) { o.Pairing, o.ListFile = true, "" })
			o, key := parse(t, "https://a.example"), pageKey(t)
			if err := m.Pair(o, key); err != nil || m.Standing(o, key) != origin.Paired {
				t.Fatal(err)
			}
			path := filepath.Join(m.dir, "pairings.json")
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Standing(o, key); got != origin.Unpaired {
				t.Errorf("standing %d", got)
			}
			var problem *origin.PairingsError
			if err := m.Status().PairingsProblem; !errors.As(err, &problem) || !strings.Contains(m.log.String(), "nothing of this file counts") {
				t.Errorf("not said: %v, %s", err, m.log.String())
			}
			if err := m.Pair(o, key); err != nil || m.Standing(o, key) != origin.Paired {
				t.Error(err)
			}
			if kept, err := os.ReadFile(path + ".damaged"); err != nil || !bytes.Equal(kept, before) {
				t.Error("the damaged file is not kept")
			}
		})
	}
}

// FuzzPairings: what is taken keeps the rules.
func FuzzPairings(f *testing.F) {
	f.Add([]byte(`{"version":1,"pairings":[{"origin":"https://a.example","key":"` + strings.Repeat("0a", 32) + `","paired":"2026-11-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"version":1,"pairings":[]}`))
	f.Add([]byte(`{"version":1}{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		held, err := origin.ParsePairings(b)
		if err != nil {
			return
		}
		if len(held) > 200 {
			t.Errorf("%d entries", len(held))
		}
		for _, p := range held {
			if parse(t, p.Origin).String() != p.Origin || len(p.Key) != 64 {
				t.Errorf("%+v", p)
			}
		}
		if _, err := json.Marshal(held); err != nil {
			t.Error(err)
		}
	})
}

// TestLoadKey: one key for a user, whoever is first, and none that others could
// have read.
func TestLoadKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kyso")
	keys := make([]*origin.Key, 8)
	var starting sync.WaitGroup
	for i := range keys {
		starting.Go(func() {
			k, err := origin.LoadKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, k := range keys {
		if !bytes.Equal(k.Public(), keys[0].Public()) {
			t.Error("two keys")
		}
	}
	path := filepath.Join(dir, "agent-key.pem")
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", st, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside it: %v", entries)
	}
	if _, err := x509.ParsePKIXPublicKey(keys[0].Public()); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func() error{
		"others may read": func() error { return os.Chmod(path, 0o640) },
		"damaged":         func() error { return errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, []byte("x"), 0o600)) },
		"cut short":       func() error { return os.Truncate(path, 0) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		k, err := origin.LoadKey(dir)
		var bad *origin.KeyError
		if k != nil || !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		vi, en := bad.Words()
		if !strings.Contains(vi, path) || !strings.Contains(strings.ToLower(en), "delete") {
			t.Errorf("%s: no remedy: %s", name, en)
		}
		var unsafe *userfile.Unsafe
		if errors.As(err, &unsafe) != (name == "others may read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
