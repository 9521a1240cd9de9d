package algorithm_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"kyso/signature/algorithm"
)

// TestECDSAValues: what crypto/ecdsa calls valid is, and nothing that was
// changed in any way is.
func TestECDSAValues(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		pub := own(t, key.Public())
		n := curve.Params().N
		s := algorithm.Signature{Key: algorithm.ECDSA, Hash: crypto.SHA512}
		digest := make([]byte, 64) // longer than P-256 and P-384 take
		rand.Read(digest)
		value, err := ecdsa.SignASN1(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(pub, digest, value); err != nil {
			t.Errorf("%s: %v", curve.Params().Name, err)
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(value, &pair); err != nil {
			t.Fatal(err)
		}
		of := func(r, s *big.Int) []byte {
			der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
			if err != nil {
				t.Fatal(err)
			}
			return der
		}
		zero, one := big.NewInt(0), big.NewInt(1)
		for name, bad := range map[string][]byte{
			"empty": nil, "zeros": of(zero, zero), "r 0": of(zero, pair.S), "s 0": of(pair.R, zero), "ones": of(one, one),
			"r n": of(n, pair.S), "s n": of(pair.R, n), "r + n": of(new(big.Int).Add(pair.R, n), pair.S), "s + n": of(pair.R, new(big.Int).Add(pair.S, n)),
			"-r": of(new(big.Int).Neg(pair.R), pair.S), "swapped": of(pair.S, pair.R), "r + 1": of(new(big.Int).Add(pair.R, one), pair.S),
			"more behind": append(bytes.Clone(value), 0), "cut": value[:len(value)-1],
			"leading zero": append([]byte{0x30, value[1] + 1, 2, value[3] + 1, 0}, value[4:]...),
		} {
			if err := s.Verify(pub, digest, bad); !errors.Is(err, algorithm.ErrSignature) {
				t.Errorf("%s, %s: %v", curve.Params().Name, name, err)
			}
		}
		other := bytes.Clone(digest)
		other[0] ^= 0x80
		if s.Verify(pub, other, value) == nil {
			t.Errorf("%s: another digest verifies", curve.Params().Name)
		}
		stranger, _ := ecdsa.GenerateKey(curve, rand.Reader)
		if s.Verify(own(t, stranger.Public()), digest, value) == nil {
			t.Errorf("%s: another key's signature verifies", curve.Params().Name)
		}
	}
}
