// Package pki makes a demo public key infrastructure in memory, shaped like
// the one of the Vietnamese Government, with its OCSP, CRL and time-stamp
// services. It never keeps a key on disk, and each certificate says that it is
// fictional: do not trust its root outside a demo or a test.
package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

// Options says how to make a PKI. Only BaseURL is required.
type Options struct {
	// Now is the moment the PKI is made. When set, its services answer for
	// that moment too, which tests want. Zero means the machine's clock.
	Now time.Time
	// BaseURL is where Handler is reachable, for instance
	// "http://127.0.0.1:8080/pki". The certificates point to it.
	BaseURL string
	// Keys are the RSA key sizes. Zero means GovernmentKeys.
	Keys KeySizes
}

// KeySizes are RSA key sizes in bits.
type KeySizes struct {
	CA   int // root and sub CA
	Leaf int // everybody else
}

var (
	// GovernmentKeys are the sizes of the Government's second generation.
	GovernmentKeys = KeySizes{CA: 4096, Leaf: 3072}
	// FastKeys are for tests that make many PKIs.
	FastKeys = KeySizes{CA: 2048, Leaf: 2048}
)

// An Identity is a certificate with its private key.
type Identity struct {
	Name        string // the subject's common name
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
}

// A PKI holds two authorities and those they certified. Its fields must not be
// changed; its methods may be called from several goroutines.
type PKI struct {
	Root  Identity
	SubCA Identity // issued all that follow; path length 0

	// Persons and Agencies are good: valid for five years from a year ago.
	Persons  []Identity
	Agencies []Identity
	// RevokedPerson was revoked 30 days before Options.Now.
	RevokedPerson Identity
	// ExpiredPerson's certificate ended a year before Options.Now.
	ExpiredPerson Identity
	// FuturePerson's certificate begins a year after Options.Now.
	FuturePerson Identity

	TSA  Identity // time-stamping only
	OCSP Identity // signs OCSP answers for SubCA

	made      time.Time
	now       func() time.Time
	baseURL   string
	revokedAt time.Time
	mu        sync.Mutex
	issued    map[string]bool // serial numbers SubCA gave out, decimal
}

// New makes a PKI. With GovernmentKeys that takes some seconds.
func New(o Options) (*PKI, error) {
	if o.BaseURL == "" {
		return nil, errors.New("make PKI: no base URL for its services")
	}
	if o.Keys == (KeySizes{}) {
		o.Keys = GovernmentKeys
	}
	p := &PKI{now: func() time.Time { return o.Now }, made: o.Now, baseURL: strings.TrimSuffix(o.BaseURL, "/"), issued: map[string]bool{}}
	if o.Now.IsZero() {
		p.now, p.made = time.Now, time.Now()
	}
	p.revokedAt = p.made.AddDate(0, 0, -30).Truncate(time.Second)

	slots := p.slots()
	keys, err := generateKeys(o.Keys, len(slots))
	if err != nil {
		return nil, err
	}
	rootKey, subKey := keys[0], keys[1]
	if p.Root, err = issue(p.rootTemplate(), Identity{Key: rootKey}, rootKey); err != nil {
		return nil, err
	}
	if p.SubCA, err = issue(p.subCATemplate(), p.Root, subKey); err != nil {
		return nil, err
	}
	for i, slot := range slots {
		identity, err := issue(slot.template, p.SubCA, keys[2+i])
		if err != nil {
			return nil, err
		}
		p.issued[identity.Certificate.SerialNumber.String()] = true
		slot.put(identity)
	}
	return p, nil
}

// At is the same PKI whose services answer for the moment t.
func (p *PKI) At(t time.Time) *PKI {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &PKI{
		Root: p.Root, SubCA: p.SubCA, Persons: p.Persons, Agencies: p.Agencies, RevokedPerson: p.RevokedPerson,
		ExpiredPerson: p.ExpiredPerson, FuturePerson: p.FuturePerson, TSA: p.TSA, OCSP: p.OCSP,
		made: p.made, now: func() time.Time { return t }, baseURL: p.baseURL, revokedAt: p.revokedAt, issued: maps.Clone(p.issued),
	}
}

// A slot is a certificate to issue and where it goes.
type slot struct {
	template *x509.Certificate
	put      func(Identity)
}

func (p *PKI) slots() []slot {
	var all []slot
	for _, s := range persons {
		all = append(all, slot{p.signerTemplate(s, -1), func(id Identity) { p.Persons = append(p.Persons, id) }})
	}
	for _, s := range agencies {
		all = append(all, slot{p.signerTemplate(s, -1), func(id Identity) { p.Agencies = append(p.Agencies, id) }})
	}
	return append(all,
		slot{p.signerTemplate(revokedPerson, -1), func(id Identity) { p.RevokedPerson = id }},
		slot{p.signerTemplate(expiredPerson, -6), func(id Identity) { p.ExpiredPerson = id }},
		slot{p.signerTemplate(futurePerson, 1), func(id Identity) { p.FuturePerson = id }},
		slot{p.tsaTemplate(), func(id Identity) { p.TSA = id }},
		slot{p.ocspTemplate(), func(id Identity) { p.OCSP = id }},
	)
}

// generateKeys returns two CA keys and then leaves keys, made side by side.
func generateKeys(sizes KeySizes, leaves int) ([]*rsa.PrivateKey, error) {
	keys := make([]*rsa.PrivateKey, 2+leaves)
	errs := make([]error, len(keys))
	var wait sync.WaitGroup
	for i := range keys {
		bits := sizes.Leaf
		if i < 2 {
			bits = sizes.CA
		}
		wait.Go(func() { keys[i], errs[i] = rsa.GenerateKey(rand.Reader, bits) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("generate demo keys: %w", err)
	}
	return keys, nil
}

// issue signs template for key. An issuer without a certificate signs itself.
func issue(template *x509.Certificate, issuer Identity, key *rsa.PrivateKey) (Identity, error) {
	parent := issuer.Certificate
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), issuer.Key)
	if err != nil {
		return Identity{}, fmt.Errorf("issue certificate of %s: %w", template.Subject, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Identity{}, fmt.Errorf("read back certificate of %s: %w", template.Subject, err)
	}
	return Identity{Name: cert.Subject.CommonName, Certificate: cert, Key: key}, nil
}

// Certify issues a person's certificate, like those of Persons, for a key made
// elsewhere.
func (p *PKI) Certify(name, unit, mail string, pub crypto.PublicKey) (*x509.Certificate, error) {
	template := p.signerTemplate(subject{name, unit, mail}, -1)
	der, err := x509.CreateCertificate(rand.Reader, template, p.SubCA.Certificate, pub, p.SubCA.Key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate of %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back certificate of %s: %w", name, err)
	}
	p.mu.Lock()
	p.issued[cert.SerialNumber.String()] = true
	p.mu.Unlock()
	return cert, nil
}

// Chain returns what a signer embeds beside its own certificate: the sub CA.
func (p *PKI) Chain() []*x509.Certificate { return []*x509.Certificate{p.SubCA.Certificate} }

// Anchors returns what a verifier trusts: the root.
func (p *PKI) Anchors() []*x509.Certificate { return []*x509.Certificate{p.Root.Certificate} }
