package algorithm

import (
	"encoding/asn1"
	"math/big"

	"filippo.io/nistec"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// ECPublicKey is a public key on one of the curves this package knows: P-256,
// P-384 and P-521 (RFC 5480 2.1.1.1). It stands for *ecdsa.PublicKey, whose
// package brings more code into the browser's engine than it is worth there.
type ECPublicKey struct {
	curve *curve
	point []byte // as the key has it, compressed or not; on the curve
}

// Bits is the size of the curve's field, for instance 256.
func (k *ECPublicKey) Bits() int { return k.curve.bits }

// Bytes is the point as the key has it: SEC 1 2.3.3, compressed or not.
func (k *ECPublicKey) Bytes() []byte { return k.point }

// Equal tells whether x is the same key, written the same way.
func (k *ECPublicKey) Equal(x any) bool {
	other, ok := x.(*ECPublicKey)
	return ok && other.curve.bits == k.curve.bits && string(other.point) == string(k.point)
}

// curve is one of RFC 5480 2.1.1.1.
type curve struct {
	oid   asn1.ObjectIdentifier
	bits  int
	order string // of the generator, hexadecimal (SP 800-186, 3.2.1)
	// on says whether an encoded point is on the curve and not at infinity.
	on func(point []byte) bool
	// x is the first coordinate of u1 G + u2 Q; false at infinity.
	x func(point, u1, u2 []byte) ([]byte, bool)
}

var curves = []*curve{
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, 256,
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
		on(nistec.NewP256Point), x(nistec.NewP256Point)},
	{asn1.ObjectIdentifier{1, 3, 132, 0, 34}, 384,
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
		on(nistec.NewP384Point), x(nistec.NewP384Point)},
	{asn1.ObjectIdentifier{1, 3, 132, 0, 35}, 521,
		"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
		on(nistec.NewP521Point), x(nistec.NewP521Point)},
}

// point is what the points of package nistec have in common.
type point[P any] interface {
	SetBytes([]byte) (P, error)
	ScalarBaseMult([]byte) (P, error)
	ScalarMult(P, []byte) (P, error)
	Add(P, P) P
	BytesX() ([]byte, error)
}

func on[P point[P]](make func() P) func([]byte) bool {
	return func(b []byte) bool {
		p, err := make().SetBytes(b)
		if err != nil {
			return false
		}
		_, err = p.BytesX() // there is none at infinity
		return err == nil
	}
}

func x[P point[P]](make func() P) func(q, u1, u2 []byte) ([]byte, bool) {
	return func(q, u1, u2 []byte) ([]byte, bool) {
		key, err := make().SetBytes(q)
		if err != nil {
			return nil, false
		}
		a, err := make().ScalarBaseMult(u1)
		if err != nil {
			return nil, false
		}
		b, err := make().ScalarMult(key, u2)
		if err != nil {
			return nil, false
		}
		c, err := make().Add(a, b).BytesX()
		return c, err == nil
	}
}

func parseEC(params, bits []byte) (*ECPublicKey, error) {
	in := cryptobyte.String(params)
	var oid asn1.ObjectIdentifier
	if in.PeekASN1Tag(cbasn1.SEQUENCE) {
		return nil, ErrExplicitCurve
	}
	if !in.ReadASN1ObjectIdentifier(&oid) || !in.Empty() {
		return nil, errKey
	}
	for _, c := range curves {
		if !small.SameOID(c.oid, oid) {
			continue
		}
		if !c.on(bits) {
			return nil, errKey
		}
		return &ECPublicKey{c, bits}, nil
	}
	return nil, small.Errorf("%w: elliptic curve %v", ErrUnsupported, oid)
}

// verifyECDSA is the verification of FIPS 186-5 6.4.2. value is strict DER of
// SEQUENCE { r, s }.
func verifyECDSA(key *ECPublicKey, digest, value []byte) error {
	in := cryptobyte.String(value)
	var seq cryptobyte.String
	r, s, n := new(big.Int), new(big.Int), new(big.Int)
	n.SetString(key.curve.order, 16)
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(r) || !seq.ReadASN1Integer(s) || !seq.Empty() ||
		r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return ErrSignature
	}
	// Of a longer digest, the leftmost bits count.
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - n.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	w := new(big.Int).ModInverse(s, n)
	size := (n.BitLen() + 7) / 8
	scalar := func(a *big.Int) []byte { return a.Mul(a, w).Mod(a, n).FillBytes(make([]byte, size)) }
	x, ok := key.curve.x(key.point, scalar(e), scalar(new(big.Int).Set(r)))
	if !ok || new(big.Int).Mod(new(big.Int).SetBytes(x), n).Cmp(r) != 0 {
		return ErrSignature
	}
	return nil
}
