package trust_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"testing"

	"kyso/signature/trust"
)

var (
	clientAuth = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	timestamps = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	anyUsage   = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
)

func withUsage(u ...x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = u }
}

// TestUsage: a usage that is asked for must be allowed on the whole path, and
// one that is not changes nothing.
func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name           string
		root, ca, leaf func(*x509.Certificate)
		ok             bool
	}{
		{"none names any", nil, nil, nil, true},
		{"leaf alone", nil, nil, withUsage(x509.ExtKeyUsageTimeStamping), true},
		{"any in the leaf", nil, nil, withUsage(x509.ExtKeyUsageAny), true},
		{"all", withUsage(x509.ExtKeyUsageTimeStamping), withUsage(x509.ExtKeyUsageTimeStamping), withUsage(x509.ExtKeyUsageTimeStamping), true},
		{"leaf for something else", nil, nil, withUsage(x509.ExtKeyUsageClientAuth), false},
		{"CA for something else", nil, withUsage(x509.ExtKeyUsageClientAuth), withUsage(x509.ExtKeyUsageTimeStamping), false},
		{"root for something else", withUsage(x509.ExtKeyUsageClientAuth), nil, withUsage(x509.ExtKeyUsageTimeStamping), false},
		{"CA for more", nil, withUsage(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageTimeStamping), nil, true},
	} {
		root := issue(t, "Root", newKey(t), nil, true, c.root)
		ca := issue(t, "CA", newKey(t), root, true, c.ca)
		leaf := issue(t, "Leaf", newKey(t), ca, false, c.leaf)
		o := trust.Options{At: now, Intermediates: []*x509.Certificate{ca.cert}}
		if _, err := trust.NewStore(root.cert).Build(leaf.cert, o); err != nil {
			t.Errorf("%s, not asked for: %v", c.name, err)
		}
		o.Usage = timestamps
		if _, err := trust.NewStore(root.cert).Build(leaf.cert, o); (err == nil) != c.ok || (err != nil && reason(err) != trust.Usage) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestDistrust: what the settings of an anchor reject stands in no path, under
// whatever certificate.
func TestDistrust(t *testing.T) {
	root := issue(t, "Root", newKey(t), nil, true, nil)
	ca := issue(t, "CA", newKey(t), root, true, nil)
	twin := issue(t, "CA", ca.key, root, true, nil)
	leaf := issue(t, "Leaf", newKey(t), ca, false, nil)
	usages := func(u ...asn1.ObjectIdentifier) []asn1.ObjectIdentifier { return u }
	for _, c := range []struct {
		name  string
		ca    trust.Anchor
		usage asn1.ObjectIdentifier
		n     int // length of the path; 0: none
	}{
		{"trusted for all", trust.Anchor{}, timestamps, 2},
		{"trusted for it", trust.Anchor{Trusted: usages(timestamps)}, timestamps, 2},
		{"trusted for any", trust.Anchor{Trusted: usages(anyUsage)}, timestamps, 2},
		{"trusted for another", trust.Anchor{Trusted: usages(clientAuth)}, timestamps, 0},
		{"trusted for another, nothing asked", trust.Anchor{Trusted: usages(clientAuth)}, nil, 0},
		{"rejected", trust.Anchor{Rejected: usages(timestamps)}, timestamps, 0},
		{"rejected for any", trust.Anchor{Rejected: usages(anyUsage)}, nil, 0},
		{"rejected for another", trust.Anchor{Rejected: usages(clientAuth)}, timestamps, 2},
		{"trusted and rejected", trust.Anchor{Trusted: usages(timestamps), Rejected: usages(timestamps)}, timestamps, 0},
	} {
		c.ca.Certificate = ca.cert
		s := trust.NewStoreOf(trust.Anchor{Certificate: root.cert}, c.ca)
		path, err := s.Build(leaf.cert, trust.Options{At: now, Usage: c.usage, Intermediates: []*x509.Certificate{twin.cert, ca.cert}})
		if len(path) != c.n {
			t.Errorf("%s: path of %d: %v", c.name, len(path), err)
		}
	}
	// The leaf itself.
	s := trust.NewStoreOf(trust.Anchor{Certificate: root.cert}, trust.Anchor{Certificate: leaf.cert, Rejected: usages(anyUsage)})
	if _, err := s.Build(leaf.cert, trust.Options{At: now, Intermediates: []*x509.Certificate{ca.cert}}); reason(err) != trust.Distrusted {
		t.Errorf("a distrusted leaf: %v", err)
	}
}

func TestMaxIntermediates(t *testing.T) {
	root := issue(t, "Root", newKey(t), nil, true, nil)
	ca := issue(t, "CA", newKey(t), root, true, nil)
	leaf := issue(t, "Leaf", newKey(t), ca, false, nil)
	for limit, ok := range map[int]bool{0: true, 1: true, 5: true, -1: false} {
		_, err := trust.NewStore(root.cert).Build(leaf.cert, trust.Options{At: now, MaxIntermediates: limit, Intermediates: []*x509.Certificate{ca.cert}})
		if (err == nil) != ok || (err != nil && reason(err) != trust.PathTooLong) {
			t.Errorf("at most %d: %v", limit, err)
		}
	}
}

// TestParseAnchors reads what `openssl x509 -addtrust -addreject` writes.
func TestParseAnchors(t *testing.T) {
	root, other := issue(t, "Root", newKey(t), nil, true, nil), issue(t, "Other", newKey(t), nil, true, nil)
	type settings struct {
		Trusted  []asn1.ObjectIdentifier `asn1:"optional,omitempty"`
		Rejected []asn1.ObjectIdentifier `asn1:"optional,omitempty,tag:0"`
		Alias    string                  `asn1:"optional,omitempty,utf8"`
	}
	block := func(s any) []byte {
		aux := []byte(nil)
		if s != nil {
			var err error
			if aux, err = asn1.Marshal(s); err != nil {
				t.Fatal(err)
			}
		}
		return pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: append(bytes.Clone(root.cert.Raw), aux...)})
	}
	plain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.cert.Raw})
	list, err := trust.ParseAnchors(append(block(settings{[]asn1.ObjectIdentifier{timestamps}, []asn1.ObjectIdentifier{clientAuth, anyUsage}, "gốc"}), plain...))
	if err != nil || len(list) != 2 || len(list[0].Trusted) != 1 || len(list[0].Rejected) != 2 || len(list[1].Trusted)+len(list[1].Rejected) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := trust.ParseAnchors(block(nil)); err != nil || len(list) != 1 {
		t.Errorf("without settings: %d, %v", len(list), err)
	}
	if list, err := trust.ParseAnchors(root.cert.Raw); err != nil || len(list) != 1 {
		t.Errorf("DER: %d, %v", len(list), err)
	}
	for name, data := range map[string][]byte{
		"nothing":          []byte("nothing"),
		"settings cut off": pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: append(bytes.Clone(root.cert.Raw), 0x30)}),
		"other settings":   block(struct{ A int }{1}),
	} {
		if list, err := trust.ParseAnchors(data); err == nil {
			t.Errorf("%s: %d anchors", name, len(list))
		}
	}
	// ParseCertificates knows nothing of settings, and so passes over them.
	if list, err := trust.ParseCertificates(block(settings{Rejected: []asn1.ObjectIdentifier{anyUsage}})); err == nil {
		t.Errorf("a rejected certificate is read as one of %d", len(list))
	}
}

// TestConforming: what RFC 5280 section 4 asks of a CA, one row a rule.
func TestConforming(t *testing.T) {
	critical := func(c *x509.Certificate) {
		der, _ := asn1.Marshal([]byte{1, 2, 3})
		c.SubjectKeyId = nil
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 14}, Critical: true, Value: der}}
	}
	for _, c := range []struct {
		name     string
		ca, leaf func(*x509.Certificate)
		ok       bool
	}{
		{"plain", nil, nil, true},
		{"a path length in the leaf", nil, func(c *x509.Certificate) {
			c.BasicConstraintsValid = false // crypto/x509 does not write it
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 3, 2, 1, 0}}}
		}, false},
		{"keyCertSign in the leaf", nil, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, false},
		{"a critical key identifier", critical, nil, false},
		{"a CA without key usage", func(c *x509.Certificate) { c.KeyUsage = 0 }, nil, false},
		{"no subject", nil, func(c *x509.Certificate) { c.Subject = pkix.Name{} }, false},
	} {
		root := issue(t, "Root", newKey(t), nil, true, nil)
		ca := issue(t, "CA", newKey(t), root, true, c.ca)
		leaf := issue(t, "Leaf", newKey(t), ca, false, c.leaf)
		o := trust.Options{At: now, Intermediates: []*x509.Certificate{ca.cert}}
		if _, err := trust.NewStore(root.cert).Build(leaf.cert, o); err != nil {
			t.Errorf("%s, by section 6: %v", c.name, err)
		}
		o.Conforming = true
		if _, err := trust.NewStore(root.cert).Build(leaf.cert, o); (err == nil) != c.ok || (err != nil && reason(err) != trust.Nonconforming) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestMalformedCritical: RFC 5280 4.2: what is critical and cannot be read
// makes the certificate unusable; what is not critical is passed over.
func TestMalformedCritical(t *testing.T) {
	root := issue(t, "Root", newKey(t), nil, true, nil)
	for _, arc := range []int{17, 18, 30, 31} {
		for name, value := range map[string][]byte{"NULL": {5, 0}, "empty": {0x30, 0}, "cut off": {0x30, 5, 0x30}, "bytes behind": {0x30, 2, 0x30, 0, 0}} {
			for _, critical := range []bool{true, false} {
				leaf := issue(t, "Leaf", newKey(t), root, false, func(c *x509.Certificate) {
					c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, arc}, Critical: critical, Value: value}}
				})
				_, err := trust.NewStore(root.cert).Build(leaf.cert, trust.Options{At: now})
				if critical && reason(err) != trust.UnknownCriticalExtension || !critical && err != nil {
					t.Errorf("2.5.29.%d %s, critical %v: %v", arc, name, critical, err)
				}
			}
		}
	}
}
