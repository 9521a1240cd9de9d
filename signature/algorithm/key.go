package algorithm

import (
	"crypto"
	"crypto/dsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// ErrExplicitCurve is returned for an elliptic curve described by its
// parameters. RFC 5480 2.1.1 forbids it, and it has been used to forge keys. It
// wraps ErrUnsupported.
var ErrExplicitCurve = fmt.Errorf("%w: elliptic curve without a name", ErrUnsupported)

// maxKeyNumber bounds an INTEGER of a public key, in bytes: the modulus of
// maxRSABits and its sign.
const maxKeyNumber = maxRSABits/8 + 1

// errKey wraps ErrUnsupported: a key that cannot be read says as little about
// the signature as one that is not known.
var errKey = fmt.Errorf("%w: malformed public key", ErrUnsupported)

// ParsePublicKey reads a DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7):
// *rsa.PublicKey, *ECPublicKey, ed25519.PublicKey, *PSSPublicKey, or
// *dsa.PublicKey, whose Parameters are empty when they are inherited from the
// issuer (see InheritParameters). The error is ErrUnsupported for what is
// malformed and for other algorithms and curves.
func ParsePublicKey(der []byte) (crypto.PublicKey, error) {
	in := cryptobyte.String(der)
	var seq, id cryptobyte.String
	var bits []byte
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) ||
		!seq.ReadASN1BitStringAsBytes(&bits) || !seq.Empty() {
		return nil, errKey
	}
	oid, params, err := readIdentifier(id)
	if err != nil {
		return nil, small.Errorf("%w: %w", errKey, err)
	}
	switch {
	case small.SameOID(oid, oidRSA):
		// RFC 3279 2.3.1: the parameters are NULL.
		if params == nil || !absentOrNull(params) {
			return nil, errKey
		}
		return parseRSA(bits)
	case small.SameOID(oid, oidRSAOfX509):
		return parseRSA(bits) // the parameter repeats the key's length
	case small.SameOID(oid, oidPSS):
		return parsePSSKey(params, bits)
	case small.SameOID(oid, oidECPublicKey):
		return parseEC(params, bits)
	case small.SameOID(oid, oidEd25519):
		if params != nil || len(bits) != ed25519.PublicKeySize { // RFC 8410 3
			return nil, errKey
		}
		return ed25519.PublicKey(bits), nil
	case small.SameOID(oid, oidDSA):
		return parseDSA(params, bits)
	}
	return nil, small.Errorf("%w: public key %v", ErrUnsupported, oid)
}

// parseRSA reads an RSAPublicKey, RFC 8017 A.1.1. Odd moduli and exponents are
// judged where they are used.
func parseRSA(bits []byte) (*rsa.PublicKey, error) {
	in := cryptobyte.String(bits)
	var seq cryptobyte.String
	key := &rsa.PublicKey{}
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !readNumber(&seq, &key.N) ||
		!seq.ReadASN1Integer(&key.E) || !seq.Empty() || key.E <= 0 {
		return nil, errKey
	}
	return key, nil
}

func parsePSSKey(params, bits []byte) (*PSSPublicKey, error) {
	k := &PSSPublicKey{}
	if params != nil {
		only, err := parsePSS(params)
		if err != nil {
			return nil, small.Errorf("read public key: %w", err)
		}
		k.Only = &only
	}
	var err error
	k.Key, err = parseRSA(bits)
	return k, err
}

// parseDSA reads a DSA key, RFC 3279 2.3.2. Absent and NULL parameters are
// inherited.
func parseDSA(params, bits []byte) (*dsa.PublicKey, error) {
	key := &dsa.PublicKey{}
	in := cryptobyte.String(bits)
	if !readNumber(&in, &key.Y) || !in.Empty() {
		return nil, errKey
	}
	if absentOrNull(params) {
		return key, nil
	}
	in = params
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !readNumber(&seq, &key.P) || !readNumber(&seq, &key.Q) ||
		!readNumber(&seq, &key.G) || !seq.Empty() {
		return nil, errKey
	}
	return key, nil
}

// readNumber reads a positive INTEGER of bounded length.
func readNumber(in *cryptobyte.String, n **big.Int) bool {
	var element cryptobyte.String
	*n = new(big.Int)
	return in.ReadASN1Element(&element, cbasn1.INTEGER) && len(element) <= maxKeyNumber+4 &&
		element.ReadASN1Integer(*n) && (*n).Sign() > 0
}
