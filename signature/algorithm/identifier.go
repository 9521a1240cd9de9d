package algorithm

import (
	"crypto"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// Object identifiers whose parameters need more than a table row.
var (
	oidRSAOfX509   = asn1.ObjectIdentifier{2, 5, 8, 1, 1} // ITU-T X.509's own name of an RSA key
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidMGF1        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidPSS         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidEd25519     = asn1.ObjectIdentifier{1, 3, 101, 112}
	oidEd448       = asn1.ObjectIdentifier{1, 3, 101, 113}
	oidDSA         = asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
	// The arc of ANSI X9.62's signatures, which some signers write where the
	// digest is named beside it, and ecdsa-with-Specified, whose parameters
	// name the digest.
	oidECDSAOpen      = asn1.ObjectIdentifier{1, 2, 840, 10045, 4}
	oidECDSASpecified = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3}
)

// digests lists every digest and its identifier (RFC 3279, 5754, 8702).
var digests = []struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5}, crypto.MD5},
	{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, crypto.SHA1},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 4}, crypto.SHA224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 5}, crypto.SHA512_224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 6}, crypto.SHA512_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 7}, crypto.SHA3_224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 8}, crypto.SHA3_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 9}, crypto.SHA3_384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 10}, crypto.SHA3_512},
}

// signatures lists the signature identifiers that name key and digest in one.
// The first row for a pair is the one Identifier writes.
var signatures = []struct {
	oid  asn1.ObjectIdentifier
	key  KeyType
	hash crypto.Hash
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, RSA, crypto.MD5},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}, RSA, crypto.SHA1},
	{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 29}, RSA, crypto.SHA1}, // OIW, in old Microsoft files
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 14}, RSA, crypto.SHA224},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, RSA, crypto.SHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, RSA, crypto.SHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, RSA, crypto.SHA512},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 15}, RSA, crypto.SHA512_224},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 16}, RSA, crypto.SHA512_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 13}, RSA, crypto.SHA3_224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 14}, RSA, crypto.SHA3_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 15}, RSA, crypto.SHA3_384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 16}, RSA, crypto.SHA3_512},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}, ECDSA, crypto.SHA1},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 1}, ECDSA, crypto.SHA224},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, ECDSA, crypto.SHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, ECDSA, crypto.SHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, ECDSA, crypto.SHA512},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 9}, ECDSA, crypto.SHA3_224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 10}, ECDSA, crypto.SHA3_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 11}, ECDSA, crypto.SHA3_384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 12}, ECDSA, crypto.SHA3_512},
	{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 3}, DSA, crypto.SHA1},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 1}, DSA, crypto.SHA224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}, DSA, crypto.SHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 3}, DSA, crypto.SHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 4}, DSA, crypto.SHA512},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 5}, DSA, crypto.SHA3_224},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 6}, DSA, crypto.SHA3_256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 7}, DSA, crypto.SHA3_384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 8}, DSA, crypto.SHA3_512},
}

// ParseDigest reads the DER AlgorithmIdentifier of a digest. Parameters must be
// absent or NULL (RFC 5754 2 asks to accept both). The error is ErrUnsupported
// for a digest this package does not know.
func ParseDigest(der []byte) (crypto.Hash, error) {
	oid, params, err := readIdentifier(der)
	if err != nil {
		return 0, small.Errorf("read digest algorithm: %w", err)
	}
	for _, d := range digests {
		if small.SameOID(d.oid, oid) {
			if !absentOrNull(params) {
				return 0, small.Errorf("read digest algorithm: %v has parameters", d.hash)
			}
			return d.hash, nil
		}
	}
	return 0, small.Errorf("%w: digest %v", ErrUnsupported, oid)
}

// ParseSignature reads the DER AlgorithmIdentifier of a signature. Hash is 0
// where the identifier leaves it open (rsaEncryption, id-ecPublicKey, id-dsa).
// The error is ErrUnsupported for an algorithm this package does not know.
func ParseSignature(der []byte) (Signature, error) {
	oid, params, err := readIdentifier(der)
	if err != nil {
		return Signature{}, small.Errorf("read signature algorithm: %w", err)
	}
	s := Signature{}
	switch {
	case small.SameOID(oid, oidPSS):
		// RFC 4056 2.2: a signature always carries its parameters.
		if s, err = parsePSS(params); err != nil {
			return Signature{}, small.Errorf("read RSASSA-PSS parameters: %w", err)
		}
		return s, nil
	case small.SameOID(oid, oidEd25519):
		if params != nil { // RFC 8410 3: absent, not NULL
			return s, small.Errorf("read signature algorithm: Ed25519 has parameters")
		}
		return Signature{Key: Ed25519}, nil
	case small.SameOID(oid, oidEd448):
		return s, small.Errorf("%w: signature Ed448", ErrUnsupported)
	case small.SameOID(oid, oidECDSASpecified):
		if s.Hash, err = ParseDigest(params); err != nil {
			return Signature{}, err
		}
		return Signature{Key: ECDSA, Hash: s.Hash}, nil
	case small.SameOID(oid, oidRSA):
		s.Key = RSA
	case small.SameOID(oid, oidECPublicKey), small.SameOID(oid, oidECDSAOpen):
		s.Key = ECDSA
	case small.SameOID(oid, oidDSA):
		s.Key = DSA
	default:
		for _, row := range signatures {
			if small.SameOID(row.oid, oid) {
				s.Key, s.Hash = row.key, row.hash
				break
			}
		}
		if s.Key == 0 {
			return s, small.Errorf("%w: signature %v", ErrUnsupported, oid)
		}
	}
	// RSA identifiers carry NULL, ECDSA and DSA ones nothing; signers confuse
	// the two, and neither says anything.
	if !absentOrNull(params) {
		return Signature{}, small.Errorf("read signature algorithm: %v has parameters", s)
	}
	return s, nil
}

// DigestIdentifier is the DER AlgorithmIdentifier of h, parameters absent
// (RFC 5754 2). It is nil for a digest this package does not know.
func DigestIdentifier(h crypto.Hash) []byte {
	for _, d := range digests {
		if d.hash == h {
			var b cryptobyte.Builder
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(d.oid) })
			return b.BytesOrPanic()
		}
	}
	return nil
}

// Identifier is the DER AlgorithmIdentifier of s. It is nil when s names no
// algorithm, or no digest where one is needed.
func (s Signature) Identifier() []byte {
	var b cryptobyte.Builder
	switch s.Key {
	case Ed25519:
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidEd25519) })
		return b.BytesOrPanic()
	case RSAPSS:
		return s.pssIdentifier()
	}
	for _, row := range signatures {
		if row.key == s.Key && row.hash == s.Hash {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(row.oid)
				if s.Key == RSA {
					b.AddASN1NULL()
				}
			})
			return b.BytesOrPanic()
		}
	}
	return nil
}

// readIdentifier splits an AlgorithmIdentifier. params is nil when absent.
func readIdentifier(der []byte) (oid asn1.ObjectIdentifier, params []byte, err error) {
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, small.Errorf("malformed AlgorithmIdentifier")
	}
	if seq.Empty() {
		return oid, nil, nil
	}
	var p cryptobyte.String
	var tag cbasn1.Tag
	if !seq.ReadAnyASN1Element(&p, &tag) || !seq.Empty() {
		return nil, nil, small.Errorf("malformed AlgorithmIdentifier")
	}
	return oid, p, nil
}

//go:noinline
func absentOrNull(params []byte) bool {
	return params == nil || (len(params) == 2 && params[0] == 5 && params[1] == 0)
}
