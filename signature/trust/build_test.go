package trust_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

var (
	begin = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

// entity is a certificate with its key.
type entity struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var lastSerial int64

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keyed is cert as crypto/x509 wants an issuer: with a key it knows.
func keyed(cert *x509.Certificate, key crypto.Signer) *x509.Certificate {
	c := *cert
	c.PublicKey = key.Public()
	return &c
}

// issue makes a certificate for name and key, signed by issuer, or by itself
// when issuer is nil. change may change the template.
func issue(t testing.TB, name string, key *ecdsa.PrivateKey, issuer *entity, ca bool, change func(c *x509.Certificate)) *entity {
	t.Helper()
	lastSerial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(lastSerial), Subject: pkix.Name{CommonName: name}, NotBefore: begin, NotAfter: end,
		BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ca {
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = keyed(issuer.cert, issuer.key), issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certificate.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return &entity{cert, key}
}

func reason(err error) trust.Reason {
	var e *trust.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return 0
}

// TestReasons changes one thing in a path that is good, and expects its reason.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name                   string
		root, middle, leaf     func(c *x509.Certificate)
		at                     time.Time
		want                   trust.Reason
		breakSignature, noRoot bool
	}{
		{name: "nothing"},
		{name: "first second", at: begin},
		{name: "last second", at: end},
		{name: "before", at: begin.Add(-time.Second), want: trust.NotYetValid},
		{name: "after", at: end.Add(time.Second), want: trust.Expired},
		{name: "anchor expired", root: func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }, want: trust.Expired},
		{name: "CA expired", middle: func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) }, want: trust.Expired},
		{name: "no CA", middle: func(c *x509.Certificate) { c.IsCA = false }, want: trust.NotCA},
		{name: "no basicConstraints", middle: func(c *x509.Certificate) { c.BasicConstraintsValid = false; c.IsCA = false }, want: trust.NotCA},
		{name: "anchor no CA", root: func(c *x509.Certificate) { c.IsCA = false }, want: trust.NotCA},
		{name: "no keyCertSign", middle: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, want: trust.KeyUsage},
		{name: "pathLen 0 on the anchor", root: func(c *x509.Certificate) { c.MaxPathLenZero = true }, want: trust.PathTooLong},
		{name: "pathLen 0 on the CA", middle: func(c *x509.Certificate) { c.MaxPathLenZero = true }},
		{name: "unknown critical extension", leaf: func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}, want: trust.UnknownCriticalExtension},
		{name: "unknown extension", leaf: func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}}
		}},
		{name: "name constraints", middle: func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"gov.vn"} },
			leaf: func(c *x509.Certificate) { c.EmailAddresses = []string{"a@example.com"} }, want: trust.NameConstraints},
		{name: "within name constraints", middle: func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"gov.vn"} },
			leaf: func(c *x509.Certificate) { c.EmailAddresses = []string{"a@gov.vn"} }},
		{name: "name constraints of the anchor", root: func(c *x509.Certificate) { c.ExcludedDNSDomains = []string{"example.com"} },
			leaf: func(c *x509.Certificate) { c.DNSNames = []string{"a.example.com"} }, want: trust.NameConstraints},
		{name: "broken signature", breakSignature: true, want: trust.BadSignature},
		{name: "no anchor", noRoot: true, want: trust.NoPath},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := issue(t, "Root", newKey(t), nil, true, c.root)
			middle := issue(t, "CA", newKey(t), root, true, c.middle)
			signer := middle
			if c.breakSignature {
				signer = issue(t, "CA", newKey(t), nil, true, nil) // the name, another key
			}
			leaf := issue(t, "Leaf", newKey(t), signer, false, c.leaf)
			store := trust.NewStore(root.cert, root.cert, nil)
			if c.noRoot {
				store = trust.NewStore()
			}
			o := trust.Options{At: now, Intermediates: []*x509.Certificate{leaf.cert, middle.cert, middle.cert}}
			if !c.at.IsZero() {
				o.At = c.at
			}
			path, err := store.Build(leaf.cert, o)
			if reason(err) != c.want {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if err == nil && (len(path) != 3 || path[0] != leaf.cert || !path[2].Equal(root.cert)) {
				t.Errorf("path of %d", len(path))
			}
			if err != nil && err.Error() == "" {
				t.Error("no words")
			}
		})
	}
}

// TestCrossSigned: of two paths the one that works is found, whatever the order,
// and the failure told is the one of the better path.
func TestCrossSigned(t *testing.T) {
	oldRoot, newRoot := issue(t, "Old root", newKey(t), nil, true, nil), issue(t, "New root", newKey(t), nil, true, nil)
	caKey := newKey(t)
	underOld := issue(t, "CA", caKey, oldRoot, true, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	underNew := issue(t, "CA", caKey, newRoot, true, nil)
	// The roots sign each other: a loop.
	newByOld := issue(t, "New root", newRoot.key, oldRoot, true, nil)
	oldByNew := issue(t, "Old root", oldRoot.key, newRoot, true, nil)
	leaf := issue(t, "Leaf", newKey(t), underOld, false, nil)
	all := []*x509.Certificate{underOld.cert, newByOld.cert, oldByNew.cert, underNew.cert}
	for i := range all {
		pool := append(append([]*x509.Certificate{}, all[i:]...), all[:i]...)
		for name, anchor := range map[string]*entity{"old": oldRoot, "new": newRoot} {
			if _, err := trust.NewStore(anchor.cert).Build(leaf.cert, trust.Options{At: now, Intermediates: pool}); err != nil {
				t.Errorf("%d, %s root: %v", i, name, err)
			}
		}
	}
	_, err := trust.NewStore(oldRoot.cert).Build(leaf.cert, trust.Options{At: now, Intermediates: []*x509.Certificate{underOld.cert}})
	if reason(err) != trust.Expired {
		t.Errorf("the better failure is lost: %v", err)
	}
	if path, err := trust.NewStore(leaf.cert).Build(leaf.cert, trust.Options{At: now}); err != nil || len(path) != 1 {
		t.Errorf("a leaf that is an anchor: %v", err)
	}
	if _, err := trust.NewStore(leaf.cert).Build(leaf.cert, trust.Options{At: end.AddDate(1, 0, 0)}); reason(err) != trust.Expired {
		t.Errorf("an expired leaf that is an anchor: %v", err)
	}
}

// TestBoundedSearch: layers of CAs that all sign each other have exponentially
// many paths; the search gives up and says so.
func TestBoundedSearch(t *testing.T) {
	root := issue(t, "Root", newKey(t), nil, true, nil)
	var pool []*x509.Certificate
	layer := []*entity{issue(t, "L0", newKey(t), nil, true, nil)}
	for depth := 1; depth < 13; depth++ {
		var next []*entity
		for i := range 2 {
			key := newKey(t)
			for _, parent := range layer {
				e := issue(t, fmt.Sprint("L", depth, " ", i), key, parent, true, nil)
				pool = append(pool, e.cert)
				if len(next) == i {
					next = append(next, e)
				}
			}
		}
		layer = next
	}
	leaf := issue(t, "Leaf", newKey(t), layer[0], false, nil)
	start := time.Now()
	_, err := trust.NewStore(root.cert).Build(leaf.cert, trust.Options{At: now, Intermediates: pool})
	if reason(err) != trust.TooManyCandidates && reason(err) != trust.NoPath {
		t.Errorf("%v", err)
	}
	// Many certificates of the issuer's name with other keys: each costs a
	// signature check, and only so many are made.
	pool = nil
	for range 150 {
		pool = append(pool, issue(t, "Root", newKey(t), nil, true, nil).cert)
	}
	leaf = issue(t, "Leaf", newKey(t), root, false, nil)
	if _, err := trust.NewStore().Build(leaf.cert, trust.Options{At: now, Intermediates: pool}); reason(err) != trust.TooManyCandidates {
		t.Errorf("150 candidates: %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	// The anchors come first, so the true root is still found.
	if _, err := trust.NewStore(root.cert).Build(leaf.cert, trust.Options{At: now, Intermediates: pool}); err != nil {
		t.Errorf("decoys hide the anchor: %v", err)
	}
}

// TestGovernment: both generations of the Vietnamese Government CAs build at
// times they were good, and the old one warns instead of failing when asked.
func TestGovernment(t *testing.T) {
	dir := filepath.Join(filepath.Dir(corpus.Path(t)), "trust")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the Government certificates are absent: %v", err)
	}
	cert := func(name string) *x509.Certificate {
		list, err := trust.ParseCertificates(corpus.Read(t, dir, name))
		if err != nil || len(list) != 1 {
			t.Fatal(name, err)
		}
		return list[0]
	}
	store := trust.NewStore(cert("g1_VGCA_ROOTCA_BIN.cer"), cert("rootcag2.crt"), cert("vnrca256.crt"))
	year := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
	if _, err := store.Build(cert("cpcag2.crt"), trust.Options{At: year(2026)}); err != nil {
		t.Errorf("G2: %v", err)
	}
	for _, name := range []string{"g1_CP_BIN.cer", "g1_DCS_BIN.cer", "g1_BTC_BIN.cer", "g1_BCA_BIN.cer", "g1_BNG_BIN.cer"} {
		c := cert(name)
		if _, err := store.Build(c, trust.Options{At: year(2016)}); err != nil {
			t.Errorf("%s in 2016: %v", name, err)
		}
		// Without what is known of the root it is SHA-1 as any other.
		strict := trust.NewStoreOf(trust.Anchor{Certificate: cert("g1_VGCA_ROOTCA_BIN.cer")})
		_, err := strict.Build(c, trust.Options{At: year(2026)})
		var weak *algorithm.Weak
		if reason(err) != trust.Algorithm || !errors.As(err, &weak) || weak.Algorithm != "SHA-1" {
			t.Errorf("%s in 2026, strictly: %v", name, err)
		}
		path, err := store.Build(c, trust.Options{At: year(2026)})
		if err != nil || len(path) != 2 {
			t.Errorf("%s in 2026: %v", name, err)
			continue
		}
		sig, err := algorithm.OfCertificate(c)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := algorithm.PublicKey(path[1])
		if err != nil {
			t.Fatal(err)
		}
		short := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
		if _, err := store.Acceptable(sig, short, year(2026), path[1]); err == nil {
			t.Errorf("%s in 2026: an old generation's grace for RSA 1024", name)
		}
		if old, err := store.Acceptable(sig, pub, year(2026), path[1]); err != nil || !old {
			t.Errorf("%s in 2026: old generation %v, %v", name, old, err)
		}
		if _, err := store.Build(c, trust.Options{At: year(2031)}); reason(err) != trust.Expired {
			t.Errorf("%s in 2031: %v", name, err)
		}
	}
	stranger := issue(t, "stranger", newKey(t), nil, true, nil).cert
	if _, err := store.Build(stranger, trust.Options{At: time.Now()}); reason(err) != trust.NoPath {
		t.Errorf("a certificate of neither generation: %v", err)
	}
}

func TestParseCertificates(t *testing.T) {
	a, b := issue(t, "A", newKey(t), nil, true, nil).cert, issue(t, "B", newKey(t), nil, true, nil).cert
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	both := bytes.Join([][]byte{[]byte("words\n"), block("CERTIFICATE", a.Raw), []byte("\nmore words\n"), block("CERTIFICATE", b.Raw), block("CERTIFICATE", a.Raw)}, nil)
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"DER": {a.Raw, 1}, "PEM": {both, 2}, "p7b": {bag(a.Raw, b.Raw), 2}, "PEM p7b": {block("PKCS7", bag(b.Raw)), 1},
		"empty": {nil, 0}, "a key only": {block("PRIVATE KEY", []byte{5, 0}), 0}, "bytes behind": {append(bytes.Clone(a.Raw), 0), 0},
		"one broken": {append(block("CERTIFICATE", a.Raw), block("CERTIFICATE", a.Raw[:100])...), 0}, "empty p7b": {bag(), 0},
	} {
		list, err := trust.ParseCertificates(c.data)
		if len(list) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d certificates, %v", name, len(list), err)
		}
	}
}

// bag is a certs-only SignedData.
func bag(certs ...[]byte) []byte {
	wrap := func(tag int, class int, content []byte) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Tag: tag, Class: class, IsCompound: true, Bytes: content})
		if err != nil {
			panic(err)
		}
		return der
	}
	oid := func(o asn1.ObjectIdentifier) []byte { der, _ := asn1.Marshal(o); return der }
	set := wrap(17, 0, nil)
	sd := wrap(16, 0, bytes.Join([][]byte{{2, 1, 1}, set, wrap(16, 0, oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1})), wrap(0, 2, bytes.Join(certs, nil)), set}, nil))
	return wrap(16, 0, append(oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}), wrap(0, 2, sd)...))
}

func FuzzBuild(f *testing.F) {
	root := issue(f, "Root", newKey(f), nil, true, func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.ExcludedEmailAddresses = []string{"vn"}, []string{"x.vn"}
	})
	ca := issue(f, "CA", newKey(f), root, true, func(c *x509.Certificate) {
		c.PermittedIPRanges, c.PermittedURIDomains = nil, []string{".vn"}
		c.Policies = []x509.OID{oid(f, "2.5.29.32.0"), oid(f, "1.2.3")}
	})
	leaf := issue(f, "Leaf", newKey(f), ca, false, func(c *x509.Certificate) {
		c.DNSNames, c.EmailAddresses, c.Policies = []string{"a.vn"}, []string{"a@b.vn"}, []x509.OID{oid(f, "1.2.3")}
	})
	store := trust.NewStore(root.cert)
	if _, err := store.Build(leaf.cert, trust.Options{At: now, Intermediates: []*x509.Certificate{ca.cert}}); err != nil {
		f.Fatal(err)
	}
	f.Add(leaf.cert.Raw)
	f.Add(ca.cert.Raw)
	f.Add(bag(leaf.cert.Raw, ca.cert.Raw))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.cert.Raw}))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := trust.ParseCertificates(data)
		if err != nil {
			return
		}
		known := trust.NewStore(root.cert, ca.cert, leaf.cert)
		for _, c := range list {
			path, err := store.Build(c, trust.Options{At: now, Intermediates: append(list, ca.cert)})
			if err == nil && !known.Contains(c) {
				t.Fatalf("a certificate nobody issued is trusted: %d", len(path))
			}
			// As an anchor it brings its own constraints along.
			trust.NewStore(c).Build(leaf.cert, trust.Options{At: now, Intermediates: append(list, ca.cert)})
		}
	})
}

func oid(t testing.TB, s string) x509.OID {
	t.Helper()
	o, err := x509.ParseOID(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOtherKeys: chains of RSASSA-PSS keys, which crypto/x509 leaves unread, and
// of Ed25519 keys build; another anchor's do not.
func TestOtherKeys(t *testing.T) {
	root := corpus.Path(t, "pkits", "pyhanko-certvalidator")
	at := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	var previous *x509.Certificate
	for dir, leaf := range map[string]string{"testing-ca-pss": "signer1", "testing-ca-pss-exclusive": "signer1", "testing-ca-ed25519": "signer"} {
		read := func(name string) *x509.Certificate {
			list, err := trust.ParseCertificates(corpus.Read(t, root, dir, name+".cert.pem"))
			if err != nil {
				t.Fatal(dir, name, err)
			}
			return list[0]
		}
		o := trust.Options{At: at, Intermediates: []*x509.Certificate{read("interm")}}
		if _, err := trust.NewStore(read("root")).Build(read(leaf), o); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if previous != nil {
			if _, err := trust.NewStore(previous).Build(read(leaf), o); err == nil {
				t.Errorf("%s builds to another root", dir)
			}
		}
		previous = read("root")
	}
}
