package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes schemes use, for crypto.Hash.New
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// scheme is one way to sign a digest.
type scheme struct {
	Name string      // schemePKCS1, schemePSS or schemeECDSA
	Hash crypto.Hash // SHA-256, SHA-384 or SHA-512
}

const (
	schemePKCS1 = "rsa-pkcs1"
	schemePSS   = "rsa-pss"
	schemeECDSA = "ecdsa"
)

// schemeFor chooses the scheme for crypto.Signer's arguments.
//
// SHA-1 and SHA-224 are refused: nothing new may be signed with them. A PSS
// salt of another length than the hash is refused because tokens are often
// limited to that one, and signature formats expect it.
func schemeFor(pub crypto.PublicKey, digest []byte, opts crypto.SignerOpts) (scheme, error) {
	if opts == nil {
		return scheme{}, fmt.Errorf("%w: no hash function named", ErrUnsupported)
	}
	s := scheme{Hash: opts.HashFunc()}
	if !acceptedHash(s.Hash) {
		return scheme{}, fmt.Errorf("%w: hash %v: want SHA-256, SHA-384 or SHA-512", ErrUnsupported, s.Hash)
	}
	if len(digest) != s.Hash.Size() {
		return scheme{}, fmt.Errorf("sign: digest has %d bytes, %v makes %d", len(digest), s.Hash, s.Hash.Size())
	}
	pss, isPSS := opts.(*rsa.PSSOptions)
	switch pub.(type) {
	case *rsa.PublicKey:
		s.Name = schemePKCS1
		if isPSS {
			s.Name = schemePSS
			if pss.SaltLength != rsa.PSSSaltLengthEqualsHash && pss.SaltLength != s.Hash.Size() {
				return scheme{}, fmt.Errorf("%w: PSS salt length %d: want the hash's %d", ErrUnsupported, pss.SaltLength, s.Hash.Size())
			}
		}
	case *ecdsa.PublicKey:
		if isPSS {
			return scheme{}, fmt.Errorf("%w: PSS with an EC key", ErrUnsupported)
		}
		s.Name = schemeECDSA
	default:
		return scheme{}, fmt.Errorf("%w: key of type %T", ErrUnsupported, pub)
	}
	return s, nil
}

func acceptedHash(h crypto.Hash) bool {
	return h == crypto.SHA256 || h == crypto.SHA384 || h == crypto.SHA512
}

// verify checks a signature made with the scheme.
func (s scheme) verify(pub crypto.PublicKey, digest, signature []byte) error {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if s.Name == schemePSS {
			return rsa.VerifyPSS(key, s.Hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.VerifyPKCS1v15(key, s.Hash, digest, signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, digest, signature) {
			return errors.New("ECDSA verification error")
		}
		return nil
	}
	return fmt.Errorf("key of type %T", pub)
}

// digestInfoPrefix is the DER of DigestInfo up to the digest itself, RFC 8017
// 9.2 note 1. CKM_RSA_PKCS pads what it is given and does not add it.
var digestInfoPrefix = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// digestInfo is what CKM_RSA_PKCS signs.
func digestInfo(h crypto.Hash, digest []byte) []byte {
	return append(append([]byte(nil), digestInfoPrefix[h]...), digest...)
}

// ecdsaDER turns PKCS#11's fixed-width r||s into the ASN.1 form of RFC 3279
// 2.2.3.
func ecdsaDER(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, fmt.Errorf("ECDSA signature of %d bytes", len(raw))
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(raw[:half]),
		new(big.Int).SetBytes(raw[half:]),
	})
}

// truncateForCurve cuts a digest to the curve's size, as ECDSA does (FIPS 186-5
// 6.4.1). CKM_ECDSA may refuse input longer than the group order.
func truncateForCurve(key *ecdsa.PublicKey, digest []byte) []byte {
	if size := (key.Curve.Params().N.BitLen() + 7) / 8; len(digest) > size {
		return digest[:size]
	}
	return digest
}
