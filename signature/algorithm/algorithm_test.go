package algorithm_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"
	"time"

	"kyso/signature/algorithm"
)

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func digest(h crypto.Hash, message []byte) []byte {
	w := h.New()
	w.Write(message)
	return w.Sum(nil)
}

// TestForKey signs with every key and digest, and reads the algorithm back.
// hashes are all that the package knows, by name.
var hashes = map[string]crypto.Hash{
	"SHA-1": crypto.SHA1, "SHA-224": crypto.SHA224, "SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384,
	"SHA-512": crypto.SHA512, "SHA-512/224": crypto.SHA512_224, "SHA-512/256": crypto.SHA512_256,
	"SHA3-224": crypto.SHA3_224, "SHA3-256": crypto.SHA3_256, "SHA3-384": crypto.SHA3_384, "SHA3-512": crypto.SHA3_512,
}

// own is pub as this package has it.
func own(t testing.TB, pub crypto.PublicKey) crypto.PublicKey {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	key, err := algorithm.ParsePublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestForKey(t *testing.T) {
	message := []byte("Quyết định số 01/QĐ-UBND")
	ec := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	keys := map[string]crypto.Signer{"RSA": rsaKey(t, 2048)}
	for name, curve := range ec {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
	}
	for name, key := range keys {
		pub := own(t, key.Public())
		for hname, h := range hashes {
			for _, pss := range []bool{false, true} {
				s, err := algorithm.ForKey(pub, h, pss)
				if name != "RSA" && (h == crypto.SHA512_224 || h == crypto.SHA512_256) {
					if !errors.Is(err, algorithm.ErrUnsupported) { // no identifier exists
						t.Errorf("%s %s: %v", name, hname, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s %s: %v", name, hname, err)
				}
				var opts crypto.SignerOpts = h
				if s.Key == algorithm.RSAPSS {
					opts = &rsa.PSSOptions{SaltLength: s.SaltLength, Hash: h}
				}
				value, err := key.Sign(rand.Reader, digest(h, message), opts)
				if err != nil {
					t.Fatalf("%s %s: %v", name, hname, err)
				}
				back, err := algorithm.ParseSignature(s.Identifier())
				if err != nil || back != s {
					t.Errorf("%s %s: read back %+v, %v", name, hname, back, err)
				}
				if err := back.VerifyMessage(pub, message, value); err != nil {
					t.Errorf("%s %s pss=%v: %v", name, hname, pss, err)
				}
				if err := back.VerifyMessage(pub, append(message, 0), value); !errors.Is(err, algorithm.ErrSignature) {
					t.Errorf("%s %s pss=%v: another message: %v", name, hname, pss, err)
				}
			}
		}
	}
}

func TestEd25519(t *testing.T) {
	pub, key, _ := ed25519.GenerateKey(rand.Reader)
	s, err := algorithm.ForKey(pub, crypto.SHA512, false)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("m")
	if err := s.VerifyMessage(pub, message, ed25519.Sign(key, message)); err != nil {
		t.Error(err)
	}
	if err := s.Verify(pub, digest(crypto.SHA512, message), ed25519.Sign(key, message)); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("over a digest: %v", err)
	}
	if err := s.Check(pub, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Error(err)
	}
}

// TestKeyMismatch: an algorithm and a key of another family never verify.
func TestKeyMismatch(t *testing.T) {
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaPub := &rsaKey(t, 2048).PublicKey
	for _, s := range []algorithm.Signature{
		{Key: algorithm.RSA, Hash: crypto.SHA256}, {Key: algorithm.RSAPSS, Hash: crypto.SHA256, MGFHash: crypto.SHA256},
		{Key: algorithm.ECDSA, Hash: crypto.SHA256}, {Key: algorithm.Ed25519}, {},
	} {
		for _, pub := range []crypto.PublicKey{rsaPub, own(t, ecKey.Public()), nil} {
			if err := s.VerifyMessage(pub, nil, make([]byte, 256)); err == nil {
				t.Errorf("%v with %T verifies", s, pub)
			}
		}
	}
}

// TestMixedDigest: rsaEncryption takes the message's digest, sha256WithRSA none
// but its own.
func TestMixedDigest(t *testing.T) {
	open := algorithm.Signature{Key: algorithm.RSA}
	if s, err := open.WithHash(crypto.SHA384); err != nil || s.Hash != crypto.SHA384 {
		t.Errorf("%v %v", s, err)
	}
	fixed := algorithm.Signature{Key: algorithm.RSA, Hash: crypto.SHA256}
	if _, err := fixed.WithHash(crypto.SHA1); !errors.Is(err, algorithm.ErrHash) {
		t.Errorf("mixed digests: %v", err)
	}
}

// TestParseRefuses: parameters that mean something else than is checked.
func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                        "",
		"PSS without parameters":       "300b06092a864886f70d01010a",
		"PSS with NULL":                "300d06092a864886f70d01010a0500",
		"PSS with trailer 2":           "301406092a864886f70d01010a3007a305020302" + "02",
		"PSS trailerField 2":           "301206092a864886f70d01010a3005a303020102",
		"PSS negative salt":            "301206092a864886f70d01010a3005a2030201ff",
		"PSS huge salt":                "301406092a864886f70d01010a3007a20502037fffff",
		"Ed25519 with NULL":            "300706032b65700500",
		"RSA with an INTEGER":          "301006092a864886f70d01010b0203010001",
		"bytes behind":                 "300d06092a864886f70d01010b050000",
		"sha256WithRSA, unknown field": "300f06092a864886f70d01010b05000500",
	} {
		der, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := algorithm.ParseSignature(der); err == nil {
			t.Errorf("%s: read as %+v", name, s)
		}
	}
}

// TestPSSPublicKey: a key restricted to parameters verifies nothing else.
func TestPSSPublicKey(t *testing.T) {
	key := rsaKey(t, 2048)
	h := crypto.SHA256
	value, err := key.Sign(rand.Reader, digest(h, nil), &rsa.PSSOptions{SaltLength: 32, Hash: h})
	if err != nil {
		t.Fatal(err)
	}
	only := func(mgf crypto.Hash, salt int) *algorithm.PSSPublicKey {
		return &algorithm.PSSPublicKey{Key: &key.PublicKey, Only: &algorithm.Signature{Key: algorithm.RSAPSS, Hash: h, MGFHash: mgf, SaltLength: salt}}
	}
	s := algorithm.Signature{Key: algorithm.RSAPSS, Hash: h, MGFHash: h, SaltLength: 32}
	if err := s.VerifyMessage(only(h, 20), nil, value); err != nil {
		t.Errorf("allowed parameters: %v", err)
	}
	if s.VerifyMessage(only(crypto.SHA1, 20), nil, value) == nil || s.VerifyMessage(only(h, 33), nil, value) == nil {
		t.Error("parameters the key does not allow verify")
	}
	pkcs1, _ := rsa.SignPKCS1v15(rand.Reader, key, h, digest(h, nil))
	if (algorithm.Signature{Key: algorithm.RSA, Hash: h}).VerifyMessage(only(h, 20), nil, pkcs1) == nil {
		t.Error("PKCS#1 v1.5 verifies with a key for PSS alone")
	}
}

func TestCheck(t *testing.T) {
	pub := func(bits int) *rsa.PublicKey {
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}
	}
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	rsaWith := func(h crypto.Hash) algorithm.Signature { return algorithm.Signature{Key: algorithm.RSA, Hash: h} }
	for _, c := range []struct {
		name  string
		s     algorithm.Signature
		pub   crypto.PublicKey
		until int // the first weak year; 0 never weak, 1 always
	}{
		{"SHA-1", rsaWith(crypto.SHA1), pub(4096), 2017},
		{"MD5", rsaWith(crypto.MD5), pub(4096), 1},
		{"RSA 1024", rsaWith(crypto.SHA256), pub(1024), 2014},
		{"RSA 512", rsaWith(crypto.SHA256), pub(512), 1},
		{"RSA 2048", rsaWith(crypto.SHA256), pub(2048), 2036},
		{"RSA 3072", rsaWith(crypto.SHA256), pub(3072), 0},
		{"exponent 1", rsaWith(crypto.SHA256), &rsa.PublicKey{N: pub(4096).N, E: 1}, 1},
		{"SHA-224", rsaWith(crypto.SHA224), pub(4096), 2036},
		{"PSS SHA-256 over MGF1 SHA-1", algorithm.Signature{Key: algorithm.RSAPSS, Hash: crypto.SHA256, MGFHash: crypto.SHA1}, pub(4096), 0},
		{"P-256", algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA256}, own(t, ecKey.Public()), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, y := range []int{1990, 2013, 2014, 2016, 2017, 2030, 2035, 2036, 2090} {
				err := c.s.Check(c.pub, year(y))
				var weak *algorithm.Weak
				if want := c.until != 0 && y >= c.until; errors.As(err, &weak) != want {
					t.Errorf("in %d: %v", y, err)
				}
			}
		})
	}
}

func FuzzParseSignature(f *testing.F) {
	key := rsaKey(f, 2048)
	for _, h := range hashes {
		for _, pss := range []bool{false, true} {
			if s, err := algorithm.ForKey(&key.PublicKey, h, pss); err == nil {
				f.Add(s.Identifier())
			}
		}
		f.Add(algorithm.DigestIdentifier(h))
		f.Add(algorithm.Signature{Key: algorithm.RSAPSS, Hash: h, MGFHash: crypto.SHA1, SaltLength: 1}.Identifier())
	}
	f.Add(algorithm.Signature{Key: algorithm.Ed25519}.Identifier())
	f.Fuzz(func(t *testing.T, der []byte) {
		algorithm.ParseDigest(der)
		s, err := algorithm.ParseSignature(der)
		if err != nil {
			return
		}
		// What was read can be written, and reads the same.
		if id := s.Identifier(); id != nil {
			if back, err := algorithm.ParseSignature(id); err != nil || back != s {
				t.Fatalf("%+v becomes %+v, %v", s, back, err)
			}
		} else if s.Hash != 0 {
			t.Fatalf("%+v has no identifier", s)
		}
		s.VerifyMessage(&key.PublicKey, der, make([]byte, 256))
	})
}
