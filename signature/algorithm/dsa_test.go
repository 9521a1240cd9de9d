package algorithm_test

import (
	"crypto"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"
	"time"

	"kyso/signature/algorithm"
)

func dsaKey(t testing.TB, size dsa.ParameterSizes) *dsa.PrivateKey {
	t.Helper()
	key := &dsa.PrivateKey{}
	if err := dsa.GenerateParameters(&key.Parameters, rand.Reader, size); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(key, rand.Reader); err != nil {
		t.Fatal(err)
	}
	return key
}

func dsaSign(t testing.TB, key *dsa.PrivateKey, h crypto.Hash, message []byte) []byte {
	t.Helper()
	sum := digest(h, message)
	r, s, err := dsa.Sign(rand.Reader, key, sum[:min(len(sum), key.Q.BitLen()/8)])
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestDSA: digests shorter and longer than the subgroup, strict values, and
// parameters that are no group.
func TestDSA(t *testing.T) {
	key := dsaKey(t, dsa.L1024N160)
	message := []byte("Thông tư")
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA512, crypto.SHA3_256} {
		s, err := algorithm.ParseSignature(algorithm.Signature{Key: algorithm.DSA, Hash: h}.Identifier())
		if err != nil || s.Hash != h {
			t.Fatalf("%v: %v %v", h, s, err)
		}
		if err := s.VerifyMessage(&key.PublicKey, message, dsaSign(t, key, h, message)); err != nil {
			t.Errorf("%v: %v", h, err)
		}
		if err := s.VerifyMessage(&key.PublicKey, message[1:], dsaSign(t, key, h, message)); !errors.Is(err, algorithm.ErrSignature) {
			t.Errorf("%v, another message: %v", h, err)
		}
	}
	s := algorithm.Signature{Key: algorithm.DSA, Hash: crypto.SHA256}
	value := dsaSign(t, key, crypto.SHA256, message)
	for name, bad := range map[string][]byte{
		"bytes behind": append(append([]byte{}, value...), 0), "empty": nil, "zeros": {0x30, 6, 2, 1, 0, 2, 1, 0}, "ones": {0x30, 6, 2, 1, 1, 2, 1, 1},
		"negative": {0x30, 6, 2, 1, 0xff, 2, 1, 0xff}, "long form of the length": append([]byte{0x30, 0x81}, value[1:]...),
	} {
		if err := s.VerifyMessage(&key.PublicKey, message, bad); err == nil {
			t.Errorf("%s verifies", name)
		}
	}
	one, five := big.NewInt(1), big.NewInt(5)
	with := func(change func(*dsa.PublicKey)) *dsa.PublicKey {
		k := key.PublicKey
		change(&k)
		return &k
	}
	// r = s = 1 is a signature of everything where g and y are 1.
	trivial := []byte{0x30, 6, 2, 1, 1, 2, 1, 1}
	for name, k := range map[string]*dsa.PublicKey{
		"generator and key 1":  with(func(k *dsa.PublicKey) { k.G, k.Y = one, one }),
		"generator 0":          with(func(k *dsa.PublicKey) { k.G = new(big.Int) }),
		"key of another order": with(func(k *dsa.PublicKey) { k.Y = five }),
		"key beyond the prime": with(func(k *dsa.PublicKey) { k.Y = new(big.Int).Add(k.Y, k.P) }),
		"no subgroup":          with(func(k *dsa.PublicKey) { k.Q = new(big.Int).Add(k.Q, big.NewInt(2)) }),
		"512 bits":             with(func(k *dsa.PublicKey) { k.P = new(big.Int).Rsh(k.P, 512) }),
		"no parameters":        {Y: key.Y},
		"no key":               {Parameters: key.Parameters},
	} {
		if s.VerifyMessage(k, message, trivial) == nil || s.VerifyMessage(k, message, value) == nil {
			t.Errorf("%s: verifies", name)
		}
	}
	if s.VerifyMessage(&rsa.PublicKey{N: key.P, E: 3}, message, value) == nil {
		t.Error("verifies with an RSA key")
	}
}

func TestCheckDSA(t *testing.T) {
	bits := func(n uint) *dsa.PublicKey {
		return &dsa.PublicKey{Parameters: dsa.Parameters{P: new(big.Int).Lsh(big.NewInt(1), n-1)}}
	}
	s := algorithm.Signature{Key: algorithm.DSA, Hash: crypto.SHA256}
	for _, c := range []struct {
		bits uint
		at   time.Time
		weak bool
	}{
		{512, time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{1024, time.Date(2013, 12, 31, 0, 0, 0, 0, time.UTC), false},
		{1024, time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{2048, time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC), false},
		{3072, time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC), true},
	} {
		if err := s.Check(bits(c.bits), c.at); errors.As(err, new(*algorithm.Weak)) != c.weak {
			t.Errorf("%d bits at %v: %v", c.bits, c.at, err)
		}
	}
	if err := s.Check(&dsa.PublicKey{Y: big.NewInt(2)}, time.Now()); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("without parameters: %v", err)
	}
}

// TestImpliedHash: identifiers that leave the digest to the message, or to
// their parameters.
func TestImpliedHash(t *testing.T) {
	for name, c := range map[string]struct {
		der  string
		want algorithm.Signature
	}{
		"id-dsa":                   {"300906072a8648ce380401", algorithm.Signature{Key: algorithm.DSA}},
		"id-ecPublicKey":           {"300906072a8648ce3d0201", algorithm.Signature{Key: algorithm.ECDSA}},
		"id-ecSigType":             {"300806062a8648ce3d04", algorithm.Signature{Key: algorithm.ECDSA}},
		"ecdsa-with-Specified":     {"301606072a8648ce3d0403300b0609608648016503040202", algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA384}},
		"ecdsa-with-Specified, no": {"300906072a8648ce3d0403", algorithm.Signature{}},
		"Ed448":                    {"300506032b6571", algorithm.Signature{}},
	} {
		der, err := hex.DecodeString(c.der)
		if err != nil {
			t.Fatal(err)
		}
		s, err := algorithm.ParseSignature(der)
		if s != c.want || (err != nil) != (c.want.Key == 0) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if c.want.Key == 0 || s.Hash != 0 {
			continue
		}
		// Without its digest it verifies nothing.
		if err := s.VerifyMessage(&rsa.PublicKey{}, nil, nil); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%s without a digest: %v", name, err)
		}
		if s, err := s.WithHash(crypto.SHA256); err != nil || s.Hash != crypto.SHA256 {
			t.Errorf("%s with a digest: %v, %v", name, s, err)
		}
	}
}

// TestCompressedPoint: both roots of every curve, and no point at all.
func TestCompressedPoint(t *testing.T) {
	oids := map[elliptic.Curve]asn1.ObjectIdentifier{
		elliptic.P256(): {1, 2, 840, 10045, 3, 1, 7}, elliptic.P384(): {1, 3, 132, 0, 34}, elliptic.P521(): {1, 3, 132, 0, 35},
	}
	info := func(oid asn1.ObjectIdentifier, point []byte) []byte {
		type id struct{ Algorithm, Curve asn1.ObjectIdentifier }
		der, err := asn1.Marshal(struct {
			ID  id
			Key asn1.BitString
		}{id{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, oid}, asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for curve, oid := range oids {
		for range 10 {
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			digest := make([]byte, 32)
			rand.Read(digest)
			value, err := ecdsa.SignASN1(rand.Reader, key, digest)
			if err != nil {
				t.Fatal(err)
			}
			point := elliptic.MarshalCompressed(curve, key.X, key.Y)
			got, err := algorithm.ParsePublicKey(info(oid, point))
			s := algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA256}
			if err != nil || s.Verify(got, digest, value) != nil {
				t.Errorf("%s: %v", curve.Params().Name, err)
			}
			for _, bad := range [][]byte{point[:len(point)-1], append(point, 0), {2}, {3}} {
				if _, err := algorithm.ParsePublicKey(info(oid, bad)); err == nil {
					t.Errorf("%s: %d bytes are read", curve.Params().Name, len(bad))
				}
			}
		}
		// Half of all numbers are no x of a point.
		refused := 0
		for i := range 40 {
			point := make([]byte, 1+(curve.Params().BitSize+7)/8)
			point[0], point[len(point)-1] = 2, byte(i)
			if _, err := algorithm.ParsePublicKey(info(oid, point)); err != nil {
				refused++
			}
		}
		if refused < 5 || refused > 35 {
			t.Errorf("%s: %d of 40 refused", curve.Params().Name, refused)
		}
	}
}

// TestParsePublicKeyRefuses: what is not the one encoding of a key.
func TestParsePublicKeyRefuses(t *testing.T) {
	good, err := x509.MarshalPKIXPublicKey(&rsaKey(t, 1024).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := algorithm.ParsePublicKey(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		if _, err := algorithm.ParsePublicKey(good[:i]); err == nil {
			t.Errorf("the first %d bytes are read", i)
		}
	}
	explicit, _ := hex.DecodeString("3014" + "300e" + "06072a8648ce3d0201" + "3003020101" + "03020004")
	if _, err := algorithm.ParsePublicKey(append(good, 0)); err == nil {
		t.Error("a byte behind the key is let pass")
	}
	if _, err := algorithm.ParsePublicKey(explicit); !errors.Is(err, algorithm.ErrExplicitCurve) {
		t.Errorf("a curve given by its parameters: %v", err)
	}
	ed448, _ := hex.DecodeString("3043300506032b6571033a00")
	ed448 = append(ed448, make([]byte, 57)...)
	if _, err := algorithm.ParsePublicKey(ed448); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("Ed448: %v", err)
	}
}
