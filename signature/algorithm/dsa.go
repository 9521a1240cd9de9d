package algorithm

import (
	"crypto/dsa"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// verifyDSA is FIPS 186-4 4.7 with the checks of 4.1 that the key's domain
// parameters allow: a generator or key of small order would make one value the
// signature of every message.
func verifyDSA(pub *dsa.PublicKey, digest, value []byte) error {
	if pub.P == nil || pub.Q == nil || pub.G == nil || pub.Y == nil {
		return small.Errorf("%w: DSA parameters are inherited from an unknown key", ErrUnsupported)
	}
	if err := checkDSA(pub); err != nil {
		return err
	}
	in := cryptobyte.String(value)
	var seq cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	// RFC 3279 2.2.2: Dss-Sig-Value, in strict DER.
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(r) || !seq.ReadASN1Integer(s) || !seq.Empty() {
		return ErrSignature
	}
	// The leftmost bits, as many as the subgroup's order has.
	digest = digest[:min(len(digest), (pub.Q.BitLen()+7)/8)]
	if !dsa.Verify(pub, digest, r, s) {
		return ErrSignature
	}
	return nil
}

// checkDSA refuses key sizes outside FIPS 186-4 4.2, which also bounds the
// work, and parameters that are no group.
func checkDSA(pub *dsa.PublicKey) error {
	switch [2]int{pub.P.BitLen(), pub.Q.BitLen()} {
	case [2]int{1024, 160}, [2]int{2048, 224}, [2]int{2048, 256}, [2]int{3072, 256}:
	default:
		return small.Errorf("%w: DSA key of %d and %d bits", ErrUnsupported, pub.P.BitLen(), pub.Q.BitLen())
	}
	one := big.NewInt(1)
	rest := new(big.Int).Sub(pub.P, one)
	if pub.P.Bit(0) == 0 || pub.Q.Bit(0) == 0 || rest.Mod(rest, pub.Q).Sign() != 0 {
		return small.Errorf("%w: DSA parameters that are no group", ErrSignature)
	}
	for _, member := range []*big.Int{pub.G, pub.Y} {
		if member.Cmp(one) <= 0 || member.Cmp(pub.P) >= 0 || new(big.Int).Exp(member, pub.Q, pub.P).Cmp(one) != 0 {
			return small.Errorf("%w: DSA parameters that are no group", ErrSignature)
		}
	}
	return nil
}
