package origin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Role is the end of a connection that signs a Transcript. What one end signed
// is no signature of the other.
type Role string

// The two ends.
const (
	Agent Role = "agent"
	Page  Role = "page"
)

// A Transcript is all that page and agent told each other in hello. Both sign
// it, so that a process which took the agent's port, changed the versions or
// handed on another page's frames is noticed (docs/protocol.md, "hello").
type Transcript struct {
	Origin             Origin
	Port               int
	PageMin, PageMax   int // versions the page speaks
	AgentMin, AgentMax int // versions the agent speaks
	Version            int // the version agreed on
	PageNonce          []byte
	AgentNonce         []byte
	PageKey, AgentKey  []byte // SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), P-256
}

// NonceBytes is the length of a nonce, of a commitment's secret and of a
// pairing's challenge.
const NonceBytes = 32

// signatureBytes is the length of an ECDSA signature on P-256 as WebCrypto
// writes it: r and s, 32 bytes each.
const signatureBytes = 64

// Bytes are the lines both ends sign. No part can hold a line break.
func (t Transcript) Bytes() []byte {
	return []byte(strings.Join([]string{
		"kyso hello",
		t.Origin.String(),
		fmt.Sprint(t.Port),
		fmt.Sprint(t.PageMin, t.PageMax, t.AgentMin, t.AgentMax, t.Version),
		Encode(t.PageNonce), Encode(t.AgentNonce), Encode(t.PageKey), Encode(t.AgentKey),
	}, "\n"))
}

// digest is what role signs.
func (t Transcript) digest(role Role) []byte {
	sum := sha256.Sum256(append([]byte("kyso v1 "+string(role)+"\n"), t.Bytes()...))
	return sum[:]
}

// Verify tells whether signature is role's, made with the key the transcript
// names for it: r and s of ECDSA on P-256 with SHA-256, 64 bytes.
func (t Transcript) Verify(role Role, signature []byte) error {
	der := t.PageKey
	if role == Agent {
		der = t.AgentKey
	}
	key, err := ParseKey(der)
	if err != nil {
		return err
	}
	if len(signature) != signatureBytes {
		return errors.New("signature of the transcript is not 64 bytes long")
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, t.digest(role), r, s) {
		return errors.New("signature of the transcript is not by its key")
	}
	return nil
}

// ParseKey reads a public key on P-256 in exactly the encoding WebCrypto exports
// as "spki", so that a key has one fingerprint.
func ParseKey(der []byte) (*ecdsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("public key is not on P-256")
	}
	if again, err := x509.MarshalPKIXPublicKey(key); err != nil || string(again) != string(der) {
		return nil, errors.New("public key is not in the usual encoding")
	}
	return key, nil
}

// Encode writes bytes as frames carry them: base64url without padding (RFC 4648, 5).
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Decode reads what Encode writes, and nothing else.
func Decode(s string, length int) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != length || Encode(b) != s {
		return nil, fmt.Errorf("not %d bytes of base64url", length)
	}
	return b, nil
}
