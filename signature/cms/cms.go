// Package cms reads, checks and builds CMS SignedData (RFC 5652) as CAdES and
// PAdES use it. It never looks at certificate paths, revocation or the clock,
// and never returns content as verified that a signature does not cover.
package cms

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"kyso/signature/algorithm"
)

// Content types and attributes a caller may name.
var (
	OIDData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	OIDSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	OIDTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

	OIDContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	OIDMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	OIDSigningTime          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	OIDCounterSignature     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 6}
	OIDAlgorithmProtection  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 52}
	OIDSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	OIDSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	OIDTimestamp            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	OIDSignaturePolicy      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 15}
	OIDContentHints         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 4}
	OIDContentTimestamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 20}
	OIDCertificateValues    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 23}
	OIDRevocationValues     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 24}
	OIDRevocationArchival   = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}
)

// What can be wrong with a signature. A wrapped text says more.
var (
	// ErrMalformed: the bytes are no SignedData within the bounds.
	ErrMalformed = errors.New("not a CMS SignedData")
	// ErrNoCertificate: no certificate matches the signer identifier.
	ErrNoCertificate = errors.New("the signer's certificate is not there")
	// ErrAmbiguousCertificate: several different certificates match it.
	ErrAmbiguousCertificate = errors.New("several certificates match the signer")
	// ErrNoAttribute: the signed attribute asked for is absent.
	ErrNoAttribute = errors.New("the signed attribute is absent")
	// ErrAttributes: an attribute is repeated, has not one value, or is
	// malformed, or a required one is missing.
	ErrAttributes = errors.New("the signed attributes break the rules")
	// ErrContentType: content-type is not the type of the content.
	ErrContentType = errors.New("content-type differs from the content")
	// ErrDigestMismatch: message-digest is not the digest of the content.
	ErrDigestMismatch = errors.New("the content is not what was signed")
	// ErrAlgorithms: digest and signature algorithm contradict each other or
	// the CMSAlgorithmProtection attribute.
	ErrAlgorithms = errors.New("the signature's algorithms contradict each other")
	// ErrSignature: the signature value is not the certificate's.
	ErrSignature = errors.New("the signature value does not verify")
	// ErrNoSignedAttributes: the signature has none; use VerifyContent.
	ErrNoSignedAttributes = errors.New("the signature has no signed attributes")
	// ErrNoSigningCertificate: neither signing-certificate attribute is there.
	ErrNoSigningCertificate = errors.New("no signing-certificate attribute")
	// ErrSigningCertificate: the attribute names another certificate.
	ErrSigningCertificate = errors.New("the signing-certificate attribute names another certificate")
)

// SignedData is a parsed SignedData, RFC 5652 5.1.
type SignedData struct {
	Version int
	// ContentType is the eContentType.
	ContentType asn1.ObjectIdentifier
	// Content is the eContent; nil when the signature is detached, and not nil
	// but empty when it covers the empty content.
	Content []byte
	// Certificates are those package certificate could read, in the order of
	// the file.
	Certificates []*x509.Certificate
	// Unparsed holds, as DER, the certificates it could not, and attribute
	// certificates.
	Unparsed [][]byte
	// CRLs are DER CertificateLists; OCSPs are DER OCSPResponses or
	// BasicOCSPResponses (RFC 5940). Other revocation formats are left out.
	CRLs, OCSPs [][]byte
	// Signers has an entry per SignerInfo; it may be empty.
	Signers []*Signer
}

// Attribute is a CMS attribute; each value is one DER element.
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte
}

// Signer is one SignerInfo, RFC 5652 5.3.
type Signer struct {
	Version int
	// Issuer (a DER Name) and Serial (the contents of the INTEGER) name the
	// certificate, or SubjectKeyID does.
	Issuer, Serial, SubjectKeyID []byte
	// Digest is the message digest, 0 when this program does not know it.
	Digest crypto.Hash
	// Algorithm is the signature algorithm with its digest filled in. Its Key
	// is 0 when this program does not know it or it contradicts Digest; the
	// Verify methods then say why.
	Algorithm algorithm.Signature
	// SignedAttributes is nil when the signature has none.
	SignedAttributes, UnsignedAttributes []Attribute
	// Value is the signature value.
	Value []byte

	contentType asn1.ObjectIdentifier // eContentType of the SignedData
	signedRaw   []byte                // DER SET OF signed attributes
	signedSent  []byte                // the same in the order received
	problem     error                 // why the algorithms are unusable
	digestID    []byte                // DER AlgorithmIdentifiers, as in the file
	signatureID []byte
}
