// Package algorithm names digest and signature algorithms, verifies signature
// values, and says which algorithms were acceptable at a given time.
// It never signs, and never guesses an algorithm it was not told.
package algorithm

import (
	"crypto"
	"errors"

	// The digests a signature may use; importing them registers them.
	_ "crypto/md5"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"

	"kyso/signature/small"
)

// KeyType is the family of a signature algorithm.
type KeyType int

// The families.
const (
	RSA     KeyType = iota + 1 // RSASSA-PKCS1-v1_5, RFC 8017 8.2
	RSAPSS                     // RSASSA-PSS, RFC 8017 8.1
	ECDSA                      // FIPS 186-5 6, value as the DER Ecdsa-Sig-Value
	Ed25519                    // RFC 8032, pure
	DSA                        // FIPS 186-4 4, value as the DER Dss-Sig-Value
)

// String is the family's name as a person writes it.
func (k KeyType) String() string {
	switch k {
	case RSA:
		return "RSA"
	case RSAPSS:
		return "RSA-PSS"
	case ECDSA:
		return "ECDSA"
	case Ed25519:
		return "Ed25519"
	case DSA:
		return "DSA"
	}
	return "unknown"
}

// Signature is a signature algorithm with its parameters.
type Signature struct {
	Key KeyType
	// Hash is the digest of the message. It is 0 for Ed25519, and where the
	// identifier leaves it open (rsaEncryption, id-ecPublicKey, id-dsa): see
	// WithHash.
	Hash crypto.Hash
	// SaltLength is the exact length of the PSS salt in bytes; 0 is a length.
	SaltLength int
	// MGFHash is the digest inside MGF1, for PSS alone.
	MGFHash crypto.Hash
}

// ErrUnsupported is returned for an algorithm, a curve or parameters this
// package does not know. It says nothing about the signature.
var ErrUnsupported = errors.New("unsupported algorithm")

// ErrSignature is returned when a signature value is not the key's signature
// over the digest or message.
var ErrSignature = errors.New("the signature value does not verify")

// ErrHash is returned by WithHash for two different digests in one signature.
var ErrHash = errors.New("the signature algorithm names another digest")

// WithHash returns s with the digest h filled in where the identifier left it
// open. When s names a digest of its own which is not h it returns ErrHash:
// RFC 5652 10.1.2 has one digest per signature, and mixed ones are a known way
// to make a signature cover something else.
func (s Signature) WithHash(h crypto.Hash) (Signature, error) {
	if s.Key == Ed25519 {
		return s, nil
	}
	if s.Hash == 0 {
		s.Hash = h
	}
	if s.Hash != h {
		return s, small.Errorf("%w: %v, not %v", ErrHash, s.Hash, h)
	}
	return s, nil
}

// String names the algorithm as a report does, for instance "RSA-PSS SHA-256".
func (s Signature) String() string {
	if s.Hash == 0 {
		return s.Key.String()
	}
	return s.Key.String() + " " + s.Hash.String()
}
