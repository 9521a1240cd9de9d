package trust_test

import (
	"bytes"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"

	"kyso/signature/algorithm"
	"kyso/signature/certificate"
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

// dsaCertificate is a CA with a DSA key, with or without its parameters.
func dsaCertificate(t *testing.T, name string, key *dsa.PublicKey, parameters bool, issuer *entity) *x509.Certificate {
	t.Helper()
	plain := issue(t, name, newKey(t), issuer, true, nil)
	y, err := asn1.Marshal(key.Y)
	if err != nil {
		t.Fatal(err)
	}
	type identifier struct {
		OID        asn1.ObjectIdentifier
		Parameters struct{ P, Q, G *big.Int } `asn1:"optional"`
	}
	id := identifier{OID: asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}}
	idDER, err := asn1.Marshal(struct{ OID asn1.ObjectIdentifier }{id.OID})
	if parameters {
		id.Parameters.P, id.Parameters.Q, id.Parameters.G = key.P, key.Q, key.G
		idDER, err = asn1.Marshal(id)
	}
	if err != nil {
		t.Fatal(err)
	}
	spki, err := asn1.Marshal(struct {
		ID  asn1.RawValue
		Key asn1.BitString
	}{asn1.RawValue{FullBytes: idDER}, asn1.BitString{Bytes: y, BitLength: 8 * len(y)}})
	if err != nil {
		t.Fatal(err)
	}
	return resign(t, plain.cert, spki, nil, issuer)
}

// resign puts another key, and another signature, into a certificate. With by
// it is signed by that DSA key, else by the issuer's.
func resign(t *testing.T, cert *x509.Certificate, spki []byte, by *dsa.PrivateKey, issuer *entity) *x509.Certificate {
	t.Helper()
	type tbs struct {
		Version                                      asn1.RawValue
		Serial, Algorithm, Issuer, Validity, Subject asn1.RawValue
		Key                                          asn1.RawValue
		Extensions                                   asn1.RawValue
	}
	var c tbs
	if _, err := asn1.Unmarshal(cert.RawTBSCertificate, &c); err != nil {
		t.Fatal(err)
	}
	if spki != nil {
		c.Key = asn1.RawValue{FullBytes: spki}
	}
	if by != nil {
		id, _ := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}})
		c.Algorithm = asn1.RawValue{FullBytes: id}
	}
	raw, err := asn1.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(raw)
	var value []byte
	if by != nil {
		r, s, err := dsa.Sign(rand.Reader, by, digest[:(by.Q.BitLen()+7)/8])
		if err != nil {
			t.Fatal(err)
		}
		value, _ = asn1.Marshal(struct{ R, S *big.Int }{r, s})
	} else if value, err = ecdsa.SignASN1(rand.Reader, issuer.key, digest[:]); err != nil {
		t.Fatal(err)
	}
	whole, err := asn1.Marshal(struct {
		TBS, Algorithm asn1.RawValue
		Value          asn1.BitString
	}{asn1.RawValue{FullBytes: raw}, c.Algorithm, asn1.BitString{Bytes: value, BitLength: 8 * len(value)}})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := certificate.Parse(whole)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestInheritedParameters: a DSA key without parameters verifies with those of
// its issuer and with no others, RFC 5280 6.1.4 (d) to (f).
func TestInheritedParameters(t *testing.T) {
	var upper, lower dsa.PrivateKey
	if err := dsa.GenerateParameters(&upper.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(&upper, rand.Reader); err != nil {
		t.Fatal(err)
	}
	lower.Parameters = upper.Parameters
	if err := dsa.GenerateKey(&lower, rand.Reader); err != nil {
		t.Fatal(err)
	}
	root := issue(t, "Root", newKey(t), nil, true, nil)
	whole := dsaCertificate(t, "Over", &upper.PublicKey, true, root)
	// The lower CA: its key without parameters, signed by the upper one.
	short := dsaCertificate(t, "Lower", &lower.PublicKey, false, root)
	short = resign(t, retitled(t, short, whole), nil, &upper, nil)
	leafTemplate := issue(t, "Leaf", newKey(t), keyless(t, short), false, nil)
	leaf := resign(t, leafTemplate.cert, nil, &lower, nil)
	o := trust.Options{At: now, Intermediates: []*x509.Certificate{whole, short}, Algorithms: rules2010}
	path, err := trust.NewStore(root.cert).Build(leaf, o)
	if err != nil || len(path) != 4 {
		t.Fatalf("path of %d: %v", len(path), err)
	}
	if algorithm.NeedsParameters(path[1]) || !algorithm.NeedsParameters(short) {
		t.Error("the path does not carry the whole key, or the certificate handed in was changed")
	}
	forged := resign(t, leafTemplate.cert, nil, &upper, nil)
	if _, err := trust.NewStore(root.cert).Build(forged, o); reason(err) != trust.BadSignature {
		t.Errorf("signed by another key with the same parameters: %v", err)
	}
	o.Algorithms = nil
	if _, err := trust.NewStore(root.cert).Build(leaf, o); reason(err) != trust.Algorithm {
		t.Errorf("1024 bits today: %v", err)
	}
	// An issuer whose key is no DSA key passes on nothing.
	orphan := dsaCertificate(t, "Orphan", &lower.PublicKey, false, root)
	below := resign(t, issue(t, "Leaf", newKey(t), keyless(t, orphan), false, nil).cert, nil, &lower, nil)
	if _, err := trust.NewStore(root.cert).Build(below, trust.Options{At: now, Intermediates: []*x509.Certificate{orphan}, Algorithms: rules2010}); err == nil {
		t.Error("a key without parameters verifies")
	}
}

// keyless is an issuer for x509.CreateCertificate, whose signature is replaced
// afterwards.
func keyless(t *testing.T, cert *x509.Certificate) *entity {
	bare := *cert
	bare.PublicKey = nil
	return &entity{&bare, newKey(t)}
}

// retitled is cert with the subject of issuer, as long as its own issuer, in
// its place.
func retitled(t *testing.T, cert, issuer *x509.Certificate) *x509.Certificate {
	t.Helper()
	return certOf(t, bytes.Replace(cert.Raw, cert.RawIssuer, issuer.RawSubject, 1))
}

func certOf(t *testing.T, der []byte) *x509.Certificate {
	cert, err := certificate.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
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
