package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// Names tells whether the signer identifier names cert: by subject key
// identifier, or by serial number and issuer. Some signers encode the issuer's
// name anew, with other string types; then the signed digest of the
// certificate in the signing-certificate attribute stands in for the name.
func (s *Signer) Names(cert *x509.Certificate) bool {
	if s.SubjectKeyID != nil {
		return len(s.SubjectKeyID) > 0 && bytes.Equal(s.SubjectKeyID, cert.SubjectKeyId)
	}
	return bytes.Equal(s.Serial, serialOf(cert)) &&
		(bytes.Equal(s.Issuer, cert.RawIssuer) || s.CheckSigningCertificate(cert) == nil)
}

// serialOf is the contents of the serial number's INTEGER as encoded.
func serialOf(cert *x509.Certificate) []byte {
	in := cryptobyte.String(cert.RawTBSCertificate)
	var tbs, serial cryptobyte.String
	if !in.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.SkipOptionalASN1(tag0) || !tbs.ReadASN1(&serial, cbasn1.INTEGER) {
		return nil
	}
	return serial
}

// Certificate is the certificate in sd the signer identifier names:
// ErrNoCertificate when none does, ErrAmbiguousCertificate when different ones
// do. Renewed certificates of one key share a key identifier; among those the
// signing-certificate attribute decides.
func (sd *SignedData) Certificate(s *Signer) (*x509.Certificate, error) {
	return s.Find(sd.Certificates)
}

// Find is Certificate among certificates from elsewhere.
func (s *Signer) Find(among []*x509.Certificate) (*x509.Certificate, error) {
	var found []*x509.Certificate
next:
	for _, c := range among {
		if !s.Names(c) {
			continue
		}
		for _, f := range found {
			if f.Equal(c) {
				continue next
			}
		}
		found = append(found, c)
	}
	if len(found) > 1 && s.SubjectKeyID != nil {
		var bound []*x509.Certificate
		for _, c := range found {
			if s.CheckSigningCertificate(c) == nil {
				bound = append(bound, c)
			}
		}
		if len(bound) == 1 {
			found = bound
		}
	}
	switch len(found) {
	case 0:
		return nil, ErrNoCertificate
	case 1:
		return found[0], nil
	}
	return nil, ErrAmbiguousCertificate
}

// VerifyDigest checks the signed attributes content-type and message-digest
// against the content: its type, and its digest computed with s.Digest. It
// says nothing about the signature value. Errors wrap ErrNoSignedAttributes,
// ErrAttributes, ErrContentType, ErrDigestMismatch, or algorithm.ErrUnsupported
// when Digest is 0.
func (s *Signer) VerifyDigest(contentType asn1.ObjectIdentifier, digest []byte) error {
	if s.SignedAttributes == nil {
		return ErrNoSignedAttributes
	}
	if err := s.checkAttributes(); err != nil {
		return err
	}
	value, err := s.required(OIDContentType)
	if err != nil {
		return err
	}
	var oid asn1.ObjectIdentifier
	if !value.ReadASN1ObjectIdentifier(&oid) || !value.Empty() {
		return small.Errorf("%w: malformed content-type", ErrAttributes)
	}
	// RFC 5652 11.1: the attribute, the eContentType, and what the caller
	// hashed are the same type.
	if !small.SameOID(oid, contentType) || !small.SameOID(oid, s.contentType) {
		return small.Errorf("%w: %v", ErrContentType, oid)
	}
	if value, err = s.required(OIDMessageDigest); err != nil {
		return err
	}
	var octets cryptobyte.String
	if !value.ReadASN1(&octets, cbasn1.OCTET_STRING) || !value.Empty() {
		return small.Errorf("%w: malformed message-digest", ErrAttributes)
	}
	if s.Digest == 0 {
		return s.problem // the digest is not known, so nothing can be compared
	}
	if len(digest) != s.Digest.Size() || !bytes.Equal(octets, digest) {
		return ErrDigestMismatch
	}
	return nil
}

// VerifySignature checks the signature value over the DER SET OF signed
// attributes with the key of cert, and the rules about algorithms and unique
// attributes. It does not ask whether cert is the signer's: see Certificate and
// CheckSigningCertificate. Errors wrap ErrNoSignedAttributes, ErrAttributes,
// ErrAlgorithms, ErrSignature or algorithm.ErrUnsupported.
func (s *Signer) VerifySignature(cert *x509.Certificate) error {
	if s.SignedAttributes == nil {
		return ErrNoSignedAttributes
	}
	if err := s.checkAttributes(); err != nil {
		return err
	}
	if err := s.checkAlgorithms(); err != nil {
		return err
	}
	pub, err := algorithm.PublicKey(cert)
	if err != nil {
		return small.Errorf("read the signer's key: %w", err)
	}
	return signatureError(s.Algorithm.VerifyMessage(pub, s.signedRaw, s.Value))
}

// VerifyAsSent is VerifySignature over the attributes in the order they were
// sent in. RFC 5652 5.4 wants them sorted; some signers sign them as they are,
// and other readers take that. The meaning of a set does not hang on its order.
func (s *Signer) VerifyAsSent(cert *x509.Certificate) error {
	sent := *s
	sent.signedRaw = s.signedSent
	return sent.VerifySignature(cert)
}

// VerifyContent checks a signature without signed attributes, which is over
// the content itself: digest is the content's, computed with s.Digest. RFC 5652
// 5.3 allows the form for the content type id-data alone.
//
// Whoever has a signature with signed attributes can take them out and offer
// their DER as the content of one without. The caller therefore accepts this
// form only for content that cannot begin like a DER SET (0x31), as a PDF with
// its header at the first byte cannot.
func (s *Signer) VerifyContent(cert *x509.Certificate, digest []byte) error {
	if s.SignedAttributes != nil {
		return small.Errorf("%w: the signature is over attributes", ErrAttributes)
	}
	if !small.SameOID(s.contentType, OIDData) {
		return small.Errorf("%w: %v without signed attributes", ErrContentType, s.contentType)
	}
	if s.problem != nil {
		return s.problem
	}
	pub, err := algorithm.PublicKey(cert)
	if err != nil {
		return small.Errorf("read the signer's key: %w", err)
	}
	return signatureError(s.Algorithm.Verify(pub, digest, s.Value))
}

func signatureError(err error) error {
	if errors.Is(err, algorithm.ErrSignature) {
		return small.Errorf("%w: %w", ErrSignature, err)
	}
	return err
}

// checkAttributes checks what RFC 5652 5.3 and 11 ask of the set: no attribute
// type twice. content-time-stamp alone may be repeated (EN 319 122-1 5.2.8).
func (s *Signer) checkAttributes() error {
	for i, a := range s.SignedAttributes {
		if len(a.Values) == 0 {
			return small.Errorf("%w: %v has no value", ErrAttributes, a.Type)
		}
		for _, b := range s.SignedAttributes[:i] {
			if small.SameOID(a.Type, b.Type) && !small.SameOID(a.Type, OIDContentTimestamp) {
				return small.Errorf("%w: %v twice", ErrAttributes, a.Type)
			}
		}
	}
	for _, oid := range []asn1.ObjectIdentifier{OIDContentType, OIDMessageDigest} {
		if _, err := s.required(oid); err != nil {
			return err
		}
	}
	return nil
}

// required is the one value of an attribute that must be there.
func (s *Signer) required(oid asn1.ObjectIdentifier) (cryptobyte.String, error) {
	value, err := s.Attribute(oid)
	if errors.Is(err, ErrNoAttribute) {
		return nil, small.Errorf("%w: %v is missing", ErrAttributes, oid)
	}
	return value, err
}

// checkAlgorithms applies RFC 6211: when CMSAlgorithmProtection is there, it
// holds the same algorithms as the signer does.
func (s *Signer) checkAlgorithms() error {
	if s.problem != nil {
		return s.problem
	}
	value, err := s.Attribute(OIDAlgorithmProtection)
	if errors.Is(err, ErrNoAttribute) {
		return nil
	} else if err != nil {
		return err
	}
	in := cryptobyte.String(value)
	var seq, digestID, signatureID cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&digestID, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&signatureID, tag1) || !seq.Empty() {
		return small.Errorf("%w: malformed CMSAlgorithmProtection", ErrAlgorithms)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(signatureID) })
	// Compared by meaning: absent and NULL parameters are the same algorithm.
	h, protected, err := readAlgorithms(digestID, b.BytesOrPanic())
	if err != nil || h != s.Digest || protected != s.Algorithm {
		return small.Errorf("%w: CMSAlgorithmProtection names others", ErrAlgorithms)
	}
	return nil
}
