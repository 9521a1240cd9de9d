package tsp_test

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
	"errors"
	"math/big"
	"testing"
	"time"

	"kyso/signature/cms"
	"kyso/signature/tsp"
)

var (
	data   = []byte("signature value")
	policy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}
	stamp  = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)
)

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// authority is a self-signed timestamp authority; eku is its extended key
// usage extension.
func authority(t testing.TB, key crypto.Signer, eku pkix.Extension) *tsp.Authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Dấu thời gian"},
		NotBefore: stamp.Add(-time.Hour), NotAfter: stamp.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{eku}, SubjectKeyId: []byte{1, 2, 3},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tsp.Authority{Certificate: cert, Key: key, Policy: policy, Accuracy: tsp.Accuracy{Stated: true, Margin: 1500*time.Millisecond + 3*time.Microsecond}}
}

func eku(critical bool, usages ...asn1.ObjectIdentifier) pkix.Extension {
	value, err := asn1.Marshal(usages)
	if err != nil {
		panic(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}
}

var (
	timeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	emailUsage   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	onlyStamps   = eku(true, timeStamping)
)

func newRSA(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEC(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// respond goes the whole way: request, response, token.
func respond(t testing.TB, a *tsp.Authority, h crypto.Hash) *tsp.Token {
	t.Helper()
	request, err := tsp.ParseRequest(tsp.NewRequest(h, sum(h, data), []byte{0xff, 1, 2}))
	if err != nil {
		t.Fatal(err)
	}
	response, err := a.NewResponse(rand.Reader, request, big.NewInt(42), stamp)
	if err != nil {
		t.Fatal(err)
	}
	der, err := tsp.ParseResponse(response)
	if err != nil {
		t.Fatal(err)
	}
	token, err := tsp.Parse(append(der, 0, 0)) // as in PDF, with zeros behind
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRoundTrip(t *testing.T) {
	for _, key := range []crypto.Signer{newRSA(t), newEC(t)} {
		a := authority(t, key, onlyStamps)
		for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA512, crypto.SHA3_256} {
			token := respond(t, a, h)
			signer, err := token.Verify(sum(h, data))
			if err != nil || !signer.Equal(a.Certificate) {
				t.Errorf("%v: %v", h, err)
			}
			if !token.Time.Equal(stamp) || token.Hash != h || token.Serial.Int64() != 42 || !token.Policy.Equal(policy) ||
				token.Accuracy != a.Accuracy || token.Nonce.Cmp(big.NewInt(0xff0102)) != 0 {
				t.Errorf("%v: read back %+v", h, token)
			}
			if _, err := token.Verify(sum(h, data[1:])); !errors.Is(err, tsp.ErrImprint) {
				t.Errorf("%v: over other data: %v", h, err)
			}
		}
	}
}

// TestCertificateUsage: RFC 3161 2.3.
func TestCertificateUsage(t *testing.T) {
	key := newEC(t)
	for name, extension := range map[string]pkix.Extension{
		"not critical": eku(false, timeStamping), "another too": eku(true, timeStamping, emailUsage),
		"another": eku(true, emailUsage), "unknown too": eku(true, timeStamping, policy), "none": {Id: policy, Value: []byte{5, 0}},
	} {
		a := authority(t, key, extension)
		if _, err := a.NewToken(rand.Reader, &tsp.Request{}, big.NewInt(1), stamp); !errors.Is(err, tsp.ErrNotTimestamping) {
			t.Errorf("%s: the authority stamps: %v", name, err)
		}
		// Another program may not mind; the token must fail here.
		if err := tsp.CheckCertificate(a.Certificate); !errors.Is(err, tsp.ErrNotTimestamping) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCertificateElsewhere: a token without certificates verifies with one from
// outside, and with the right one only.
func TestCertificateElsewhere(t *testing.T) {
	a, other := authority(t, newEC(t), onlyStamps), authority(t, newEC(t), onlyStamps)
	imprint := sum(crypto.SHA256, data)
	der, err := a.NewToken(rand.Reader, &tsp.Request{Hash: crypto.SHA256, Imprint: imprint}, big.NewInt(1), stamp)
	if err != nil {
		t.Fatal(err)
	}
	token, err := tsp.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(imprint); !errors.Is(err, cms.ErrNoCertificate) {
		t.Errorf("without: %v", err)
	}
	if _, err := token.VerifyWith(imprint, []*x509.Certificate{a.Certificate}); err != nil {
		t.Errorf("with: %v", err)
	}
	// The same name and number, another key.
	if _, err := token.VerifyWith(imprint, []*x509.Certificate{other.Certificate}); err == nil {
		t.Error("another authority's certificate verifies it")
	}
}

// TestTampered flips every byte of a token once: none may still verify with
// another time or imprint.
func TestTampered(t *testing.T) {
	a := authority(t, newEC(t), onlyStamps)
	imprint := sum(crypto.SHA256, data)
	der, err := a.NewToken(rand.Reader, &tsp.Request{Hash: crypto.SHA256, Imprint: imprint, WantCertificate: true}, big.NewInt(1), stamp)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for i := range der {
		changed := bytes.Clone(der)
		changed[i] ^= 1
		token, err := tsp.Parse(changed)
		if err != nil {
			continue
		}
		if signer, err := token.Verify(imprint); err == nil {
			passed++
			if !token.Time.Equal(stamp) || !signer.Equal(a.Certificate) {
				t.Fatalf("byte %d: a changed token verifies", i)
			}
		}
	}
	// What is left is what no signature covers and nothing rests on: versions,
	// the list of digest algorithms, and the issuer's name in the signer
	// identifier, for which the signed digest of the certificate stands.
	if passed > 60 {
		t.Errorf("%d changes go unnoticed", passed)
	}
}

func TestRefusals(t *testing.T) {
	var status *tsp.StatusError
	if _, err := tsp.ParseResponse(tsp.Refuse(14)); !errors.As(err, &status) || status.Status != 2 || len(status.Failures) != 1 || status.Failures[0] != "timeNotAvailable" {
		t.Errorf("%v", err)
	}
	if tsp.NewRequest(crypto.SHA256, make([]byte, 20), nil) != nil || tsp.NewRequest(0, nil, nil) != nil {
		t.Error("a request with an imprint of the wrong length")
	}
	for name, der := range map[string][]byte{"empty": nil, "granted without token": {0x30, 5, 0x30, 3, 2, 1, 0}, "negative": {0x30, 5, 0x30, 3, 2, 1, 0xff}} {
		if _, err := tsp.ParseResponse(der); !errors.Is(err, tsp.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := authority(t, newEC(t), onlyStamps)
	der, _ := a.NewToken(rand.Reader, &tsp.Request{Hash: crypto.SHA256, Imprint: sum(crypto.SHA256, data)}, big.NewInt(1), stamp)
	if _, err := tsp.Parse(append(der, 1)); !errors.Is(err, tsp.ErrMalformed) {
		t.Errorf("a byte behind the token: %v", err)
	}
	u, err := cms.Prepare(cms.Content{Certificate: a.Certificate, Attached: data})
	if err != nil {
		t.Fatal(err)
	}
	value, _ := a.Key.Sign(rand.Reader, u.Digest(), u.Opts())
	other, _ := u.Finish(value)
	if _, err := tsp.Parse(other); !errors.Is(err, tsp.ErrMalformed) {
		t.Errorf("a signature that is no timestamp: %v", err)
	}
}

func seeds(f *testing.F) *tsp.Authority {
	a := authority(f, newEC(f), onlyStamps)
	request := &tsp.Request{Hash: crypto.SHA256, Imprint: sum(crypto.SHA256, data), Nonce: big.NewInt(3), WantCertificate: true}
	token, err := a.NewToken(rand.Reader, request, big.NewInt(1), stamp)
	if err != nil {
		f.Fatal(err)
	}
	response, _ := a.NewResponse(rand.Reader, request, big.NewInt(1), stamp)
	f.Add(token)
	f.Add(response)
	f.Add(tsp.Refuse(25))
	f.Add(tsp.NewRequest(crypto.SHA256, request.Imprint, []byte{1}))
	return a
}

func FuzzParse(f *testing.F) {
	a := seeds(f)
	f.Fuzz(func(t *testing.T, der []byte) {
		tsp.ParseRequest(der)
		token, err := tsp.Parse(der)
		if err != nil {
			return
		}
		signer, err := token.VerifyWith(token.Imprint, []*x509.Certificate{a.Certificate})
		if err == nil && signer.Equal(a.Certificate) && !token.Time.Equal(stamp) {
			t.Fatal("a changed time verifies")
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, der []byte) {
		token, err := tsp.ParseResponse(der)
		if err != nil {
			_ = err.Error()
			return
		}
		tsp.Parse(token)
	})
}
