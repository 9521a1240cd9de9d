package algorithm

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
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
		return fmt.Errorf("%w: %v with a key for RSA-PSS alone", ErrUnsupported, s.Key)
	}
	if k.Only != nil && (s.Hash != k.Only.Hash || s.MGFHash != k.Only.MGFHash || s.SaltLength < k.Only.SaltLength) {
		return fmt.Errorf("%w: RSA-PSS parameters the key does not allow", ErrSignature)
	}
	return nil
}

// PublicKey is the public key of a certificate: *rsa.PublicKey,
// *ecdsa.PublicKey, ed25519.PublicKey, or *PSSPublicKey, which crypto/x509
// leaves unparsed. The error is ErrUnsupported for other keys.
func PublicKey(cert *x509.Certificate) (crypto.PublicKey, error) {
	switch cert.PublicKeyAlgorithm {
	case x509.RSA, x509.ECDSA, x509.Ed25519:
		return cert.PublicKey, nil
	}
	in := cryptobyte.String(cert.RawSubjectPublicKeyInfo)
	var seq, id, bits, key cryptobyte.String
	var raw []byte
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) ||
		!seq.ReadASN1BitStringAsBytes(&raw) {
		return nil, fmt.Errorf("read public key: malformed")
	}
	oid, params, err := readIdentifier(id)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	if !oid.Equal(oidPSS) {
		return nil, fmt.Errorf("%w: public key %v", ErrUnsupported, oid)
	}
	k := &PSSPublicKey{}
	if params != nil {
		only, err := parsePSS(params)
		if err != nil {
			return nil, fmt.Errorf("read public key: %w", err)
		}
		k.Only = &only
	}
	bits = raw
	if !bits.ReadASN1Element(&key, cbasn1.SEQUENCE) || !bits.Empty() {
		return nil, fmt.Errorf("read public key: malformed RSAPublicKey")
	}
	if k.Key, err = x509.ParsePKCS1PublicKey(key); err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	return k, nil
}

// OfCertificate is the algorithm a certificate was signed with.
func OfCertificate(cert *x509.Certificate) (Signature, error) {
	in := cryptobyte.String(cert.Raw)
	var seq, id cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.SkipASN1(cbasn1.SEQUENCE) || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) {
		return Signature{}, fmt.Errorf("read certificate: malformed")
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
