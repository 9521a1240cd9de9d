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

// Plant puts a CA of a stranger's into a folder, who vouches for the very key
// that is there, and is changed from what this package makes.
func Plant(dir string, now time.Time, change func(*x509.Certificate)) error {
	pair, _, err := load(dir)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := caTemplate(now)
	change(template)
	ca, err := certify(template, nil, &key.PublicKey, key)
	if err != nil {
		return err
	}
	leaf, err := certify(leafTemplate(now), ca, pair.Leaf.PublicKey.(*ecdsa.PublicKey), key)
	if err != nil {
		return err
	}
	return save(dir, made{ca, leaf, pair.PrivateKey.(*ecdsa.PrivateKey)})
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
