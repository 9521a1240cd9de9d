package algorithm

import (
	"crypto"
	"crypto/dsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// PSSPublicKey is an RSA key whose certificate says it is for RSASSA-PSS alone
// (RFC 4055 1.2).
type PSSPublicKey struct {
	Key *rsa.PublicKey
	// Only is set when the key may be used with these parameters alone; its
	// SaltLength is then the least allowed (RFC 4055 3.3).
	Only *Signature
}

// allows tells whether the key's certificate permits s.
func (k *PSSPublicKey) allows(s Signature) error {
	if s.Key != RSAPSS {
		return small.Errorf("%w: %v with a key for RSA-PSS alone", ErrUnsupported, s.Key)
	}
	if k.Only != nil && (s.Hash != k.Only.Hash || s.MGFHash != k.Only.MGFHash || s.SaltLength < k.Only.SaltLength) {
		return small.Errorf("%w: RSA-PSS parameters the key does not allow", ErrSignature)
	}
	return nil
}

// PublicKey is the public key of a certificate, as ParsePublicKey returns it.
func PublicKey(cert *x509.Certificate) (crypto.PublicKey, error) {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey, *ECPublicKey, ed25519.PublicKey, *dsa.PublicKey:
		if cert.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
			return key, nil // read already, and perhaps with inherited parameters
		}
	}
	return ParsePublicKey(cert.RawSubjectPublicKeyInfo)
}

// NeedsParameters tells whether cert's key is a DSA key that inherits its
// parameters: nothing can be verified with it before InheritParameters.
func NeedsParameters(cert *x509.Certificate) bool {
	pub, err := PublicKey(cert)
	key, ok := pub.(*dsa.PublicKey)
	return err == nil && ok && key.P == nil
}

// InheritParameters is cert with the DSA parameters of issuer's key when its
// own key has none (RFC 5280 6.1.4 (d) to (f)): a copy whose PublicKey is
// whole. In every other case it is cert itself. That issuer certified cert is
// the caller's knowledge.
func InheritParameters(cert, issuer *x509.Certificate) *x509.Certificate {
	if !NeedsParameters(cert) {
		return cert
	}
	own, err := PublicKey(cert)
	if err != nil {
		return cert
	}
	above, err := PublicKey(issuer)
	if err != nil {
		return cert
	}
	from, ok := above.(*dsa.PublicKey)
	if !ok || from.P == nil {
		return cert
	}
	whole := *cert
	whole.PublicKeyAlgorithm = x509.DSA
	whole.PublicKey = &dsa.PublicKey{Parameters: from.Parameters, Y: own.(*dsa.PublicKey).Y}
	return &whole
}

// OfCertificate is the algorithm a certificate was signed with.
func OfCertificate(cert *x509.Certificate) (Signature, error) {
	in := cryptobyte.String(cert.Raw)
	var seq, id cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.SkipASN1(cbasn1.SEQUENCE) || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) {
		return Signature{}, small.Errorf("read certificate: malformed")
	}
	return ParseSignature(id)
}

// VerifyCertificate checks that cert was signed with the key of issuer. Names,
// times and extensions are not looked at: that is package trust's work. Errors
// are those of Verify.
func VerifyCertificate(cert, issuer *x509.Certificate) error {
	sig, err := OfCertificate(cert)
	if err != nil {
		return err
	}
	pub, err := PublicKey(issuer)
	if err != nil {
		return err
	}
	return sig.VerifyMessage(pub, cert.RawTBSCertificate, cert.Signature)
}
