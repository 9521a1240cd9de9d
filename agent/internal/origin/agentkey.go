package origin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
)

// Key is the agent's own: pages pin its public half, and so notice a program
// that took the agent's port. It signs transcripts and nothing a person answers
// for.
type Key struct {
	private *ecdsa.PrivateKey
	public  []byte
}

// NewKey makes a key.
func NewKey() (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make agent key: %w", err)
	}
	return newKey(private)
}

// UnmarshalKey reads what Marshal gave: SEC 1 (RFC 5915), on P-256.
func UnmarshalKey(der []byte) (*Key, error) {
	private, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read agent key: %w", err)
	}
	if private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("read agent key: it is on %s", private.Curve.Params().Name)
	}
	return newKey(private)
}

func newKey(private *ecdsa.PrivateKey) (*Key, error) {
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("make agent key: %w", err)
	}
	return &Key{private, public}, nil
}

// Marshal is the private key, for a file that its owner alone can read.
func (k *Key) Marshal() ([]byte, error) { return x509.MarshalECPrivateKey(k.private) }

// Public is the SubjectPublicKeyInfo.
func (k *Key) Public() []byte { return k.public }

// Sign signs t as role, in the form Transcript.Verify reads.
func (k *Key) Sign(t Transcript, role Role) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, k.private, t.digest(role))
	if err != nil {
		return nil, fmt.Errorf("sign transcript: %w", err)
	}
	signature := make([]byte, signatureBytes)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}
