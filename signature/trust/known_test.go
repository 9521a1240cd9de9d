package trust_test

import (
	"bytes"
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/trust"
	"kyso/testdata/corpus"
)

// TestKnown compares the pins with published certificates, by what these say
// of themselves.
func TestKnown(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus.Path(t, "..", "trust"), "*.c*r*"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d published certificates: %v", len(files), err)
	}
	generations := map[string]int{}
	for _, file := range files {
		certs, err := trust.ParseCertificates(corpus.Read(t, file))
		if err != nil || len(certs) != 1 {
			t.Fatalf("%s: %v", file, err)
		}
		c := certs[0]
		k, ok := trust.Known(c)
		if !ok {
			t.Errorf("%s is not known", file)
			continue
		}
		generations[k.Generation]++
		if selfIssued := bytes.Equal(c.RawSubject, c.RawIssuer); k.Root != selfIssued {
			t.Errorf("%s: root %t, self-issued %t", file, k.Root, selfIssued)
		}
		name := c.Subject.CommonName
		want := trust.G1
		switch {
		case strings.Contains(name, "National"):
			want = trust.National
		case strings.HasSuffix(name, "G2"):
			want = trust.G2
		}
		if k.Generation != want {
			t.Errorf("%s (%s): generation %s", file, name, k.Generation)
		}
		if old := c.SignatureAlgorithm == x509.SHA1WithRSA; old == k.SHA1Until.IsZero() {
			t.Errorf("%s: signed with %v, SHA-1 until %v", file, c.SignatureAlgorithm, k.SHA1Until)
		}
		if k.Generation == trust.G1 && k.Root && !k.SHA1Until.Equal(c.NotAfter) {
			t.Errorf("SHA-1 until %v, the root until %v", k.SHA1Until, c.NotAfter)
		}
		if k.NameVI == "" || k.NameEN == "" {
			t.Errorf("%s has no name", file)
		}
	}
	if generations[trust.G1] != 6 || generations[trust.G2] != 2 || generations[trust.National] != 1 {
		t.Errorf("generations: %v", generations)
	}
}

// TestUnknown: a certificate that calls itself the root is not, nor one that
// differs in a byte nobody reads.
func TestUnknown(t *testing.T) {
	root := corpus.Path(t, "..", "trust", "rootcag2.crt")
	certs, err := trust.ParseCertificates(corpus.Read(t, root))
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := trust.Known(certs[0]); !ok || !k.Root {
		t.Fatal("the root is not known")
	}
	copied := *certs[0]
	copied.Raw = bytes.Clone(copied.Raw)
	copied.Raw[len(copied.Raw)-1] ^= 1
	if k, ok := trust.Known(&copied); ok {
		t.Errorf("known as %s", k.NameEN)
	}
}
