package algorithm

import (
	"crypto"
	"crypto/dsa"
	"crypto/ed25519"
	"crypto/rsa"

	"kyso/signature/small"
)

// maxRSABits bounds the modulus of a key a stranger brings. The time to verify
// grows with its square; no certificate in use has more than 8192 bits.
const maxRSABits = 16384

// Verify checks value over digest, which was computed with s.Hash. The error
// is ErrSignature when it does not verify and ErrUnsupported when the key and
// the algorithm do not belong together or are not known. It does not judge
// whether the algorithm is strong: see Check. Ed25519 signs messages, not
// digests: see VerifyMessage.
func (s Signature) Verify(pub crypto.PublicKey, digest, value []byte) error {
	if s.Key == Ed25519 {
		return small.Errorf("%w: Ed25519 over a digest", ErrUnsupported)
	}
	if s.Hash == 0 || !s.Hash.Available() {
		return small.Errorf("%w: %v without a digest", ErrUnsupported, s.Key)
	}
	if len(digest) != s.Hash.Size() {
		return small.Errorf("%w: digest of %d bytes for %v", ErrSignature, len(digest), s.Hash)
	}
	if restricted, ok := pub.(*PSSPublicKey); ok {
		if err := restricted.allows(s); err != nil {
			return err
		}
		pub = restricted.Key
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if key.N == nil || key.N.BitLen() > maxRSABits {
			return small.Errorf("%w: RSA key of more than %d bits", ErrUnsupported, maxRSABits)
		}
		switch s.Key {
		case RSA:
			return verifyPKCS1(key, s.Hash, digest, value)
		case RSAPSS:
			if s.MGFHash == 0 || !s.MGFHash.Available() {
				return small.Errorf("%w: RSA-PSS without a mask digest", ErrUnsupported)
			}
			return verifyPSS(key, s, digest, value)
		}
	case *ECPublicKey:
		if s.Key == ECDSA {
			return verifyECDSA(key, digest, value)
		}
	case *dsa.PublicKey:
		if s.Key == DSA {
			return verifyDSA(key, digest, value)
		}
	}
	return small.Errorf("%w: %v with a key of type %T", ErrUnsupported, s.Key, pub)
}

// VerifyMessage checks value over message, hashing it as s says. Errors are
// those of Verify.
func (s Signature) VerifyMessage(pub crypto.PublicKey, message, value []byte) error {
	if s.Key == Ed25519 {
		key, ok := pub.(ed25519.PublicKey)
		if !ok || len(key) != ed25519.PublicKeySize {
			return small.Errorf("%w: Ed25519 with a key of type %T", ErrUnsupported, pub)
		}
		if !ed25519.Verify(key, message, value) {
			return ErrSignature
		}
		return nil
	}
	if s.Hash == 0 || !s.Hash.Available() {
		return small.Errorf("%w: %v without a digest", ErrUnsupported, s.Key)
	}
	h := s.Hash.New()
	h.Write(message)
	return s.Verify(pub, h.Sum(nil), value)
}

// ForKey is the algorithm a key of this type signs with: RSASSA-PKCS1-v1_5, or
// RSASSA-PSS with MGF1 over the same digest and a salt of its length when pss
// is set; ECDSA; Ed25519, for which h does not matter.
func ForKey(pub crypto.PublicKey, h crypto.Hash, pss bool) (Signature, error) {
	s := Signature{Hash: h}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		s.Key = RSA
		if pss {
			s.Key = RSAPSS
		}
	case *PSSPublicKey:
		s.Key = RSAPSS
	case *ECPublicKey:
		s.Key = ECDSA
	case ed25519.PublicKey:
		return Signature{Key: Ed25519}, nil
	default:
		return s, small.Errorf("%w: key of type %T", ErrUnsupported, key)
	}
	if h == 0 || !h.Available() {
		return s, small.Errorf("%w: digest %d", ErrUnsupported, uint(h))
	}
	if s.Key == RSAPSS {
		s.SaltLength, s.MGFHash = h.Size(), h
	}
	if s.Identifier() == nil {
		return s, small.Errorf("%w: %v", ErrUnsupported, s)
	}
	return s, nil
}
