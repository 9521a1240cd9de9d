// Package localcert keeps the certificate with which one person's agent serves
// wss://127.0.0.1: made on this machine, good for this machine's own names alone.
// The key of the CA that vouches for it never leaves memory and is gone when the
// function that made it returns; nobody else's machine knows that CA.
package localcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

const (
	// life is how long a certificate and its CA are good: what browsers take of
	// any server at most, less a day.
	life = 397 * 24 * time.Hour
	// renewBefore leaves a month of logins to renew in.
	renewBefore = 30 * 24 * time.Hour
	// back allows for a clock that is set back a little.
	back = time.Hour
)

// Prefix begins the name of every CA this package makes, in stores of
// certificates too: all of them are found by it, whatever made them.
const Prefix = "Kyso loopback CA "

var (
	loopback4 = net.IPNet{IP: net.IPv4(127, 0, 0, 1).To4(), Mask: net.CIDRMask(32, 32)}
	loopback6 = net.IPNet{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}
)

// made is a fresh certificate, its key, and the CA that vouches for it.
type made struct {
	ca, leaf *x509.Certificate
	key      *ecdsa.PrivateKey
}

// generate makes a CA, has it certify one key for this machine's names, and
// destroys its key. Beside that certificate nothing can ever be under the CA.
func generate(now time.Time) (made, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return made{}, err
	}
	defer destroy(caKey)
	ca, err := certify(caTemplate(now), nil, &caKey.PublicKey, caKey)
	if err != nil {
		return made{}, fmt.Errorf("make loopback CA: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return made{}, err
	}
	leaf, err := certify(leafTemplate(now), ca, &key.PublicKey, caKey)
	if err != nil {
		return made{}, fmt.Errorf("make loopback certificate: %w", err)
	}
	return made{ca, leaf, key}, nil
}

// caTemplate constrains the CA to this machine (RFC 5280, 4.2.1.10; critical), to
// TLS servers, and to certificates of its own making.
func caTemplate(now time.Time) *x509.Certificate {
	serial := randomSerial()
	id := sha256.Sum256(serial.Bytes())
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: Prefix + hex.EncodeToString(id[:8]), Organization: []string{"Kyso"}},
		NotBefore:    now.Add(-back), NotAfter: now.Add(life - back),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges:           []*net.IPNet{&loopback4, &loopback6},
		// The kinds of names it may not speak of at all: none ends so (RFC 2606).
		PermittedEmailAddresses: []string{"invalid.invalid"},
		PermittedURIDomains:     []string{"invalid.invalid"},
	}
}

func leafTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: randomSerial(),
		Subject:      pkix.Name{CommonName: "localhost", Organization: []string{"Kyso"}},
		NotBefore:    now.Add(-back), NotAfter: now.Add(life - back),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{loopback4.IP, loopback6.IP},
	}
}

// certify signs template with parent's key; without a parent it is its own.
func certify(template, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// randomSerial has 127 bits, and is positive as it must be.
func randomSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// destroy overwrites a private key. Copies that the library made while it was in
// use are the collector's.
func destroy(key *ecdsa.PrivateKey) {
	clear(key.D.Bits())
	key.D.SetInt64(0)
}

// isOurs tells whether a certificate is a CA of this package.
func isOurs(c *x509.Certificate) bool {
	name := c.Subject.CommonName
	return len(name) > len(Prefix) && name[:len(Prefix)] == Prefix
}

// constrained tells whether a CA is held as narrow as caTemplate holds it. One
// that somebody else put into the folder must not be trusted for more.
func constrained(c *x509.Certificate) bool {
	want := caTemplate(c.NotBefore)
	return c.IsCA && c.MaxPathLenZero && c.PermittedDNSDomainsCritical && len(c.UnknownExtKeyUsage) == 0 &&
		slices.Equal(c.ExtKeyUsage, want.ExtKeyUsage) && slices.Equal(c.PermittedDNSDomains, want.PermittedDNSDomains) &&
		slices.Equal(c.PermittedEmailAddresses, want.PermittedEmailAddresses) && slices.Equal(c.PermittedURIDomains, want.PermittedURIDomains) &&
		slices.EqualFunc(c.PermittedIPRanges, want.PermittedIPRanges, func(a, b *net.IPNet) bool { return a.String() == b.String() })
}

// good tells whether leaf and CA serve at that time, and for renewBefore more.
func good(ca, leaf *x509.Certificate, now time.Time) bool {
	if now.Before(leaf.NotBefore) || now.Add(renewBefore).After(leaf.NotAfter) || !isOurs(ca) || !constrained(ca) {
		return false
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, DNSName: "127.0.0.1", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err == nil
}
