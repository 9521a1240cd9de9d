package signing

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"
)

// A DemoKey is a key made by this process for a demonstration. There is no way
// to make one of an existing key, and none to take the key out.
type DemoKey struct {
	key      *rsa.PrivateKey
	identity Identity
}

// demoKeyBits is the size of persons' keys in the Government's PKI.
const demoKeyBits = 3072

// GenerateDemoKey makes a new key pair and has issue certify the public half.
// issue returns the certificate and its issuers. A certificate of any other key
// is refused.
func GenerateDemoKey(issue func(pub crypto.PublicKey) (*x509.Certificate, []*x509.Certificate, error)) (*DemoKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, demoKeyBits)
	if err != nil {
		return nil, fmt.Errorf("generate demo key: %w", err)
	}
	cert, chain, err := issue(key.Public())
	if err != nil {
		return nil, fmt.Errorf("certify demo key: %w", err)
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("certify demo key: the certificate is of another key")
	}
	return &DemoKey{key, Identity{ID: "demo", Certificate: cert, Chain: chain, TokenLabel: "Kyso demo", Software: true}}, nil
}

// NewDemoService makes a Service that approves by itself, for a demonstration
// with nobody to ask. Its only key is k. Because a Service's parts cannot be
// exchanged and the approver is not reachable from outside this package, no
// other key can be signed with unattended. log may be nil.
func NewDemoService(k *DemoKey, clock func() time.Time, log Auditor) (*Service, error) {
	if k == nil {
		return nil, errors.New("make demo service: there is no demo key")
	}
	return New(Options{Keys: demoKeys{k}, Approver: demoApprover{k}, Clock: clock, Audit: log})
}

type demoKeys struct{ k *DemoKey }

func (d demoKeys) Identities(context.Context) ([]Identity, error) {
	return []Identity{d.k.identity}, nil
}

func (d demoKeys) Open(_ context.Context, id string, _ []byte, _ OpenOptions) (Key, error) {
	if id != d.k.identity.ID {
		return nil, ErrNoCertificate
	}
	return demoSigner{d.k.key}, nil
}

// demoSigner keeps the private key's type, and so its decryption and export,
// away from whoever holds the Key.
type demoSigner struct{ key *rsa.PrivateKey }

func (s demoSigner) Public() crypto.PublicKey { return s.key.Public() }
func (s demoSigner) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(r, digest, o)
}
func (s demoSigner) Close() error { return nil }

// demoApprover says yes to its own demo key and to nothing else.
type demoApprover struct{ k *DemoKey }

func (d demoApprover) Approve(_ context.Context, q Question) (Approval, error) {
	if len(q.Identities) != 1 || !d.k.identity.Certificate.Equal(q.Identities[0].Certificate) || !d.k.key.PublicKey.Equal(q.Identities[0].Certificate.PublicKey) {
		return Approval{}, errors.New("approve: the demo approver answers for its own demo key alone")
	}
	return Approval{Approved: true, CertificateID: q.Identities[0].ID, Decision: Unattended}, nil
}
