package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"kyso/signature/certificate"
)

// The tests here count work, since time says little on a shared machine.

var costTime = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// maker issues certificates that all have one key, so that names alone tell
// CAs apart: what a stranger would do who wants to be expensive.
type maker struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	serial int64
}

func newMaker(t *testing.T) *maker {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &maker{t: t, key: key}
}

func (m *maker) issue(subject, issuer string, change func(*x509.Certificate)) *x509.Certificate {
	m.t.Helper()
	m.serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(m.serial), Subject: pkix.Name{CommonName: subject}, NotBefore: costTime.AddDate(-1, 0, 0), NotAfter: costTime.AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}, m.key.Public(), m.key)
	if err != nil {
		m.t.Fatal(err)
	}
	cert, err := certificate.Parse(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return cert
}

// TestCostMesh: every CA certifies every other, and none leads to an anchor.
func TestCostMesh(t *testing.T) {
	m := newMaker(t)
	var pool []*x509.Certificate
	for i := range 20 {
		for j := range 20 {
			if i != j {
				pool = append(pool, m.issue(fmt.Sprint("CA ", i), fmt.Sprint("CA ", j), nil))
			}
		}
	}
	leaf := m.issue("leaf", "CA 0", nil)
	s := NewStore(m.issue("Root", "Root", nil))
	b := newBuilder(s, Options{At: costTime, Intermediates: pool})
	if b.extend(Path{leaf}) != nil || !b.exhausted {
		t.Errorf("the search ended by itself")
	}
	if b.signatures > maxSignatureChecks+1 || b.steps > maxCandidates+1 {
		t.Errorf("%d signatures and %d steps", b.signatures, b.steps)
	}
	if len(b.names) > len(pool)+2 {
		t.Errorf("names of %d certificates were read, of %d", len(b.names), len(pool)+2)
	}
	if _, err := s.Build(leaf, Options{At: costTime, Intermediates: pool}); err == nil || err.(*Error).Reason != TooManyCandidates {
		t.Errorf("%v", err)
	}
}

// TestCostLongChain: a path may have maxPathLength certificates and no more.
func TestCostLongChain(t *testing.T) {
	m := newMaker(t)
	root := m.issue("0", "0", nil)
	var pool []*x509.Certificate
	for i := 1; i < 40; i++ {
		pool = append(pool, m.issue(fmt.Sprint(i), fmt.Sprint(i-1), nil))
	}
	for n, ok := range map[int]bool{maxPathLength: true, maxPathLength + 1: false, 40: false} {
		b := newBuilder(NewStore(root), Options{At: costTime, Intermediates: pool[:n-2]})
		path := b.extend(Path{pool[n-2]})
		if (path != nil) != ok || b.signatures > maxPathLength {
			t.Errorf("a chain of %d: path of %d after %d signatures", n, len(path), b.signatures)
		}
	}
}

// TestCostLongNames: names are read once per certificate, and cannot be larger
// than their bounds.
func TestCostLongNames(t *testing.T) {
	m := newMaker(t)
	long := func(c *x509.Certificate) {
		for i := range 1000 {
			c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: oidEmailAddress, Value: fmt.Sprint("a", i, "@example.vn")})
		}
	}
	var pool []*x509.Certificate
	for range 50 {
		pool = append(pool, m.issue("CA", "Root", long))
	}
	b := newBuilder(NewStore(m.issue("Root", "Root", nil)), Options{At: costTime, Intermediates: pool})
	b.extend(Path{m.issue("leaf", "CA", nil)})
	if len(b.names) > len(pool)+2 {
		t.Errorf("%d names read", len(b.names))
	}
	// One set of many attributes, which only its own bytes equal.
	parts := strings.Repeat("\x30\x08\x06\x03\x55\x04\x03\x0c\x01a", maxSet+1)
	set := append([]byte{0x31, 0x82, byte(len(parts) >> 8), byte(len(parts))}, parts...)
	wide := append([]byte{0x30, 0x82, byte(len(set) >> 8), byte(len(set))}, set...)
	if _, ok := parseName(wide); ok {
		t.Error("a set of more than maxSet attributes is read")
	}
	if !SameName(wide, wide) || nameKey(wide) == nameKey(name(utf8val("a"))) {
		t.Error("an unreadable name equals another")
	}
}

// TestCostConstraints: names times constraints are bounded over all paths.
func TestCostConstraints(t *testing.T) {
	m := newMaker(t)
	hosts := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("h%d.example.vn", i))
		}
		return list
	}
	for _, c := range []struct {
		cas, names int
		ok         bool
	}{{1, 500, true}, {1, 1100, false}, {8, 600, false}} {
		var pool []*x509.Certificate
		for range c.cas {
			// Constraints that every name satisfies.
			pool = append(pool, m.issue("CA", "Root", func(x *x509.Certificate) { x.PermittedDNSDomains = hosts(c.names) }))
		}
		leaf := m.issue("leaf", "CA", func(x *x509.Certificate) {
			x.DNSNames = hosts(c.names)
			if c.cas > 1 { // every path fails, after its names were compared
				x.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
			}
		})
		o := Options{At: costTime, Intermediates: pool}
		b := newBuilder(NewStore(m.issue("Root", "Root", nil)), o)
		path := b.extend(Path{leaf})
		if (path != nil) != c.ok {
			t.Errorf("%d CAs, %d names: path %v: %v", c.cas, c.names, path != nil, b.best)
		}
		// The bound is looked at before the names are.
		if (b.budget < 0) == c.ok {
			t.Errorf("%d CAs, %d names: %d comparisons left", c.cas, c.names, b.budget)
		}
	}
}

// TestNameKey: two names share a key exactly when they are the same name.
func TestNameKey(t *testing.T) {
	names := [][]byte{
		name(utf8val("a")), name("\x13A"), name(utf8val(" a ")), name(utf8val("a"), utf8val("b")), name(utf8val("b"), utf8val("a")), name(),
		name(utf8val("\xff")), name("\x1e\x00a"), {1}, {2}, nil, name("\x04a"), name(utf8val("a=b")), name(utf8val("1:a")),
	}
	for _, a := range names {
		for _, b := range names {
			if SameName(a, b) != (nameKey(a) == nameKey(b)) {
				t.Errorf("%x and %x: the same name %v, the same key %v", a, b, SameName(a, b), nameKey(a) == nameKey(b))
			}
		}
	}
}
