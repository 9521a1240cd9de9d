package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"kyso/signature/certificate"
)

// made is a certificate with about every extension that is read.
func made(t testing.TB, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	policy, _ := x509.OIDFromInts([]uint64{1, 3, 6, 1, 4, 1, 99999, 1})
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x1234), NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC),
		Subject:  pkix.Name{CommonName: "Nguyễn Văn A, #1", Organization: []string{"Sở Y tế"}, Country: []string{"VN"}, SerialNumber: "CCCD:001"},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 2, 3, 4}}, BasicConstraintsValid: true, IsCA: true, MaxPathLen: 3,
		SubjectKeyId: []byte{1, 2, 3}, OCSPServer: []string{"http://ocsp.example/"}, IssuingCertificateURL: []string{"http://ca.example/ca.cer"},
		DNSNames: []string{"example.vn"}, EmailAddresses: []string{"a@example.vn"}, IPAddresses: []net.IP{{127, 0, 0, 1}},
		URIs: []*url.URL{{Scheme: "https", Host: "example.vn"}}, CRLDistributionPoints: []string{"http://a.example/x.crl", "ldap://b/"},
		Policies: []x509.OID{policy}, PermittedDNSDomains: []string{"example.vn"},
		PolicyMappings: []x509.PolicyMapping{{IssuerDomainPolicy: policy, SubjectDomainPolicy: policy}}, RequireExplicitPolicyZero: true,
		InhibitPolicyMapping: 2, InhibitAnyPolicy: 5,
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParse(t *testing.T) {
	der := made(t, nil)
	theirs, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := certificate.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if d := differences(ours, theirs); len(d) > 0 {
		t.Errorf("%v differ", d)
	}
	if got, want := certificate.NameText(ours.RawSubject), theirs.Subject.String(); got != want {
		t.Errorf("name %q, not %q", got, want)
	}
}

// TestStrict: every byte of a certificate belongs to its structure, and none
// is missing.
func TestStrict(t *testing.T) {
	der := made(t, nil)
	for i := range der {
		if _, err := certificate.Parse(der[:i]); err == nil {
			t.Errorf("the first %d bytes of %d are read", i, len(der))
		}
	}
	if _, err := certificate.Parse(append(bytes.Clone(der), 0)); err == nil {
		t.Error("a byte behind the certificate is let pass")
	}
	twice := made(t, func(c *x509.Certificate) {
		e := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}
		other := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 4}, Value: []byte{5, 0}}
		c.ExtraExtensions = []pkix.Extension{e, other}
	})
	if _, err := certificate.Parse(twice); err != nil {
		t.Fatal(err)
	}
	// 1.2.4 becomes 1.2.3 as well.
	if _, err := certificate.Parse(bytes.Replace(twice, []byte{6, 2, 0x2a, 4}, []byte{6, 2, 0x2a, 3}, 1)); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("an extension twice: %v", err)
	}
}

// extended is a certificate with one more extension.
func extended(t *testing.T, arc int, critical bool, value string) []byte {
	raw, err := hex.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	return made(t, func(c *x509.Certificate) {
		*c = x509.Certificate{SerialNumber: c.SerialNumber, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Subject: c.Subject,
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, arc}, Critical: critical, Value: raw}}}
	})
}

// TestExtensions: what path validation rests on must be well formed; the rest
// is left to whoever reads it.
func TestExtensions(t *testing.T) {
	for _, c := range []struct {
		name     string
		arc      int
		critical bool
		value    string
		read     bool
	}{
		{"distribution point relative to its issuer", 31, false, "3015 3013 a011 a10f 300d 0603550403 130643524c303031", true},
		{"critical subject key identifier", 14, true, "0401ff", true},
		{"critical authority key identifier", 35, true, "30038001ff", true},
		{"garbage as distribution points", 31, false, "ff", true},
		{"garbage as subjectAltName", 17, true, "0500", true},
		{"garbage as name constraints", 30, true, "0500", true},
		{"key usage that is no BIT STRING", 15, true, "0401ff", false},
		{"key usage with bytes behind", 15, true, "0302078000", false},
		{"basicConstraints without a SEQUENCE", 19, true, "0101ff", false},
		{"basicConstraints with a negative length", 19, true, "30060101ff0201ff", false},
		{"basicConstraints with a length beyond any number", 19, true, "300f0101ff020a01ffffffffffffffffff", true},
		{"policies twice", 32, false, "300c30040602 2a03 30040602 2a03", true},
		{"no OID as policy", 32, false, "3004300206 00", true},
		{"a usage that is no OID", 37, false, "30020500", false},
	} {
		cert, err := certificate.Parse(extended(t, c.arc, c.critical, strings.ReplaceAll(c.value, " ", "")))
		if (err == nil) != c.read {
			t.Errorf("%s: %v", c.name, err)
		} else if err == nil && len(cert.Policies) > 0 {
			t.Errorf("%s: %v", c.name, cert.Policies)
		}
	}
}

// TestNames: a name shows what its bytes say, in whatever string type.
func TestNames(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"UTF8String", "0c08" + hex.EncodeToString([]byte("Nguyễn")), "Nguyễn"},
		{"PrintableString with an underscore", "1303" + hex.EncodeToString([]byte("a_b")), "a_b"},
		{"PrintableString with UTF-8", "1308" + hex.EncodeToString([]byte("Nguyễn")), "Nguyễn"},
		{"UTF8String that is none", "0c02fffe", "#0c02fffe"},
		{"T61String as Latin-1", "1402e0e9", "àé"},
		{"BMPString", "1e044ea41ee5", "交ụ"},
		{"BMPString with a terminator", "1e0400410000", "A"},
		{"BMPString of three bytes", "1e03004100", "#1e03004100"},
		{"UniversalString", "1c040001f600", "😀"},
		{"OCTET STRING", "0401ff", "#0401ff"},
	} {
		value, err := hex.DecodeString(c.value)
		if err != nil {
			t.Fatal(err)
		}
		pair, _ := asn1.Marshal(struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}{asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.RawValue{FullBytes: value}})
		set := append([]byte{0x31, byte(len(pair))}, pair...)
		der := append([]byte{0x30, byte(len(set))}, set...)
		if name, err := certificate.ParseName(der); err != nil || name.CommonName != c.want {
			t.Errorf("%s: %q, %v", c.name, name.CommonName, err)
		}
	}
}

// TestBounds: what is too large is refused, and at once.
func TestBounds(t *testing.T) {
	for name, change := range map[string]func(*x509.Certificate){
		"129 extensions": func(c *x509.Certificate) {
			for i := range 129 {
				c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, i}, Value: []byte{5, 0}})
			}
		},
		"a serial number of 200 bytes": func(c *x509.Certificate) { c.SerialNumber = new(big.Int).Lsh(big.NewInt(1), 1600) },
		"a subject of 5000 attributes": func(c *x509.Certificate) {
			for range 5000 {
				c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "a"})
			}
		},
		"a megabyte": func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, 1<<20)}}
		},
	} {
		if _, err := certificate.Parse(made(t, change)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	// Nesting costs nothing: no reader calls itself.
	deep := []byte{5, 0}
	for len(deep) < 50_000 {
		n := len(deep)
		deep = append([]byte{0x30, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, deep...)
	}
	if _, err := certificate.Parse(deep); err == nil {
		t.Error("a heap of SEQUENCEs is read")
	}
}

// FuzzParse: no input panics; what both readers read they read alike; and what
// is read is exactly the input.
func FuzzParse(f *testing.F) {
	f.Add(made(f, nil))
	f.Add(made(f, func(c *x509.Certificate) { *c = x509.Certificate{SerialNumber: big.NewInt(1), Subject: c.Subject} }))
	f.Add(made(f, func(c *x509.Certificate) { c.IsCA, c.MaxPathLen, c.MaxPathLenZero = false, 0, false; c.KeyUsage = 0 }))
	f.Fuzz(func(t *testing.T, der []byte) {
		ours, err := certificate.Parse(der)
		if err != nil {
			return
		}
		if !bytes.Equal(ours.Raw, der) {
			t.Fatal("Raw is not the input")
		}
		certificate.NameText(ours.RawSubject)
		theirs, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		if d := differences(ours, theirs); len(d) > 0 {
			t.Fatalf("%v differ", d)
		}
	})
}
