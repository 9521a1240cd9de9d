package algorithm

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// verifyPKCS1 is RSASSA-PKCS1-v1_5 verification, RFC 8017 8.2.2. It builds the
// only possible encoding and compares it, so there is no padding to be lenient
// about. It is not crypto/rsa's, which refuses keys below 1024 bits: whether a
// key is long enough is for Check to say.
func verifyPKCS1(pub *rsa.PublicKey, h crypto.Hash, digest, value []byte) error {
	m, err := openRSA(pub, value)
	if err != nil {
		return err
	}
	info := digestInfo(h, digest)
	k := (pub.N.BitLen() + 7) / 8
	// 0, 1, at least eight 0xff, 0, DigestInfo.
	if info == nil || k < len(info)+11 {
		return small.Errorf("%w: the key is too short for %v", ErrSignature, h)
	}
	want := bytes.Repeat([]byte{0xff}, k)
	want[0], want[1], want[k-len(info)-1] = 0, 1, 0
	copy(want[k-len(info):], info)
	if !bytes.Equal(m.FillBytes(make([]byte, k)), want) {
		return ErrSignature
	}
	return nil
}

// maxExponent bounds the public exponent: the time to verify grows with its
// length. 65537 is common; a few in use go somewhat beyond 1<<31.
const maxExponent = 1 << 33

// openRSA is RSAVP1, RFC 8017 5.2.2, with the length of 8.2.2 step 1.
func openRSA(pub *rsa.PublicKey, value []byte) (*big.Int, error) {
	if k := (pub.N.BitLen() + 7) / 8; len(value) != k {
		return nil, small.Errorf("%w: value of %d bytes for a key of %d", ErrSignature, len(value), k)
	}
	sig := new(big.Int).SetBytes(value)
	if sig.Cmp(pub.N) >= 0 || pub.N.Bit(0) == 0 || pub.E < 3 || int64(pub.E) > maxExponent || pub.E&1 == 0 {
		return nil, ErrSignature
	}
	return sig.Exp(sig, big.NewInt(int64(pub.E)), pub.N), nil
}

// digestInfo is the DER DigestInfo of RFC 8017 9.2, nil for an unknown digest.
func digestInfo(h crypto.Hash, digest []byte) []byte {
	for _, d := range digests {
		if d.hash != h {
			continue
		}
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(d.oid)
				b.AddASN1NULL()
			})
			b.AddASN1OctetString(digest)
		})
		return b.BytesOrPanic()
	}
	return nil
}
