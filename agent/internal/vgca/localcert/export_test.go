package localcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"time"
)

// TestCA is a CA as generate makes it whose key is kept: what a thief could do
// with one.
type TestCA struct {
	CA  *x509.Certificate
	key *ecdsa.PrivateKey
}

// NewTestCA makes one.
func NewTestCA(now time.Time) (*TestCA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca, err := certify(caTemplate(now), nil, &key.PublicKey, key)
	return &TestCA{ca, key}, err
}

// Issue certifies a changed leaf template.
func (t *TestCA) Issue(now time.Time, change func(*x509.Certificate)) (*x509.Certificate, error) {
	below, err := t.Below(now, change)
	if err != nil {
		return nil, err
	}
	return below.CA, nil
}

// Below is Issue, with the key.
func (t *TestCA) Below(now time.Time, change func(*x509.Certificate)) (*TestCA, error) {
	template := leafTemplate(now)
	change(template)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c, err := certify(template, t.CA, &key.PublicKey, t.key)
	return &TestCA{c, key}, err
}

// Destroyed tells whether destroy leaves nothing of a key.
func Destroyed() bool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return false
	}
	words := key.D.Bits()
	destroy(key)
	for _, w := range words {
		if w != 0 {
			return false
		}
	}
	return key.D.Sign() == 0
}
