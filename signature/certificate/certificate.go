// Package certificate reads X.509 certificates in DER into crypto/x509's type.
// It reads what crypto/x509 refuses but RFC 5280 section 6 can judge, so that a
// strange certificate gets a verdict of its own; it never judges one itself,
// and never repairs or guesses.
package certificate

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// Bounds on what a stranger hands in.
const (
	// maxSize bounds one certificate. Real ones have one to four kilobytes;
	// test suites put thousands of names into one.
	maxSize = 1 << 20
	// maxSerial bounds the serial number in bytes. RFC 5280 4.1.2.2 allows 20,
	// and asks readers to be gracious about more.
	maxSerial = 128
)

var (
	tag0 = cbasn1.Tag(0).ContextSpecific()
	tag1 = cbasn1.Tag(1).ContextSpecific()
	tag2 = cbasn1.Tag(2).ContextSpecific()
	tag3 = cbasn1.Tag(3).ContextSpecific()
	tag6 = cbasn1.Tag(6).ContextSpecific()
)

//go:noinline
func malformed(what string) error { return small.Error("read certificate: malformed " + what) }

// Parse reads one DER certificate, RFC 5280 4.1; nothing may follow it. The
// fields of the result are those of x509.ParseCertificate, except:
//
//   - PublicKey is nil when package algorithm cannot read the key, and an
//     RSA-PSS key is left to algorithm.PublicKey, as with crypto/x509.
//   - SignatureAlgorithm is 0 for what package algorithm refuses, too:
//     algorithm.OfCertificate says more.
//   - PolicyIdentifiers, DNSNames, IPAddresses, URIs, the name constraints and
//     UnhandledCriticalExtensions stay empty: Policies and package trust, which
//     reads the encoding, stand in for them.
//   - Policies stays empty when the extension is malformed.
//   - EmailAddresses leaves out what is no IA5String.
//   - A negative or long serial number, a distribution point with a name
//     relative to its issuer, a critical key identifier or authorityInfoAccess,
//     and name attributes that break their string type are read as they are.
//
// Bytes between or behind the fields of a structure, an extension that is there
// twice, a signature that is not whole bytes, and a malformed extension that
// path validation rests on make the whole certificate unreadable.
//
// The result refers to der, which must not change.
func Parse(der []byte) (*x509.Certificate, error) {
	if len(der) > maxSize {
		return nil, small.Errorf("read certificate: more than %d bytes", maxSize)
	}
	in := cryptobyte.String(der)
	var raw, outer, tbs, id cryptobyte.String
	cert := &x509.Certificate{}
	if !in.ReadASN1Element(&raw, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, malformed("certificate")
	}
	cert.Raw = raw
	if !raw.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) ||
		!outer.ReadASN1Element(&id, cbasn1.SEQUENCE) || !outer.ReadASN1BitStringAsBytes(&cert.Signature) || !outer.Empty() {
		return nil, malformed("certificate")
	}
	cert.RawTBSCertificate = tbs
	if !tbs.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return nil, malformed("TBSCertificate")
	}
	if err := readTBS(cert, tbs, id); err != nil {
		return nil, err
	}
	return cert, nil
}

// readTBS reads the fields of a TBSCertificate. id is the signatureAlgorithm
// outside of it.
func readTBS(cert *x509.Certificate, tbs, id cryptobyte.String) error {
	if !tbs.ReadOptionalASN1Integer(&cert.Version, tag0.Constructed(), 0) || cert.Version < 0 || cert.Version > 2 {
		return malformed("version")
	}
	cert.Version++ // crypto/x509 counts from one, as people do
	var serial, innerID, issuer, validity, subject, key cryptobyte.String
	cert.SerialNumber = new(big.Int)
	if !tbs.ReadASN1Element(&serial, cbasn1.INTEGER) || len(serial) > maxSerial || !serial.ReadASN1Integer(cert.SerialNumber) {
		return malformed("serial number")
	}
	// RFC 5280 4.1.1.2: both identifiers are the same.
	if !tbs.ReadASN1Element(&innerID, cbasn1.SEQUENCE) || !bytes.Equal(innerID, id) || !readIdentifier(innerID, nil) {
		return malformed("signature algorithm")
	}
	cert.SignatureAlgorithm = signatureAlgorithm(id)
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !readName(issuer, &cert.Issuer) {
		return malformed("issuer")
	}
	cert.RawIssuer = issuer
	if !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) || !readTime(&validity, &cert.NotBefore) ||
		!readTime(&validity, &cert.NotAfter) || !validity.Empty() {
		return malformed("validity")
	}
	if !tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) || !readName(subject, &cert.Subject) {
		return malformed("subject")
	}
	cert.RawSubject = subject
	if !tbs.ReadASN1Element(&key, cbasn1.SEQUENCE) {
		return malformed("public key")
	}
	cert.RawSubjectPublicKeyInfo = key
	if !readKey(cert, key) {
		return malformed("public key")
	}
	if cert.Version > 1 && (!tbs.SkipOptionalASN1(tag1) || !tbs.SkipOptionalASN1(tag2)) {
		return malformed("unique identifier")
	}
	var extensions cryptobyte.String
	var present bool
	if cert.Version == 3 && !tbs.ReadOptionalASN1(&extensions, &present, tag3.Constructed()) || !tbs.Empty() {
		return malformed("TBSCertificate")
	}
	if !present {
		return nil
	}
	return readExtensions(cert, extensions)
}

// readKey fills in PublicKey and PublicKeyAlgorithm. A key that cannot be used
// is no reason not to read the certificate.
func readKey(cert *x509.Certificate, info cryptobyte.String) bool {
	var seq, id cryptobyte.String
	var bits []byte
	var oid asn1.ObjectIdentifier
	if !info.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) || !readIdentifier(id, &oid) ||
		!seq.ReadASN1BitStringAsBytes(&bits) || !seq.Empty() {
		return false
	}
	for _, k := range keyAlgorithms {
		if small.SameOID(k.oid, oid) {
			cert.PublicKeyAlgorithm = k.algorithm
		}
	}
	pub, err := algorithm.ParsePublicKey(cert.RawSubjectPublicKeyInfo)
	if _, restricted := pub.(*algorithm.PSSPublicKey); err == nil && !restricted {
		cert.PublicKey = pub
	}
	return true
}

var keyAlgorithms = []struct {
	oid       asn1.ObjectIdentifier
	algorithm x509.PublicKeyAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, x509.RSA},
	{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, x509.DSA},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, x509.ECDSA},
	{asn1.ObjectIdentifier{1, 3, 101, 112}, x509.Ed25519},
}

// signatureAlgorithm is crypto/x509's number for an AlgorithmIdentifier.
func signatureAlgorithm(id []byte) x509.SignatureAlgorithm {
	s, err := algorithm.ParseSignature(id)
	if err != nil || (s.Key == algorithm.RSAPSS && (s.MGFHash != s.Hash || s.SaltLength != s.Hash.Size())) {
		return x509.UnknownSignatureAlgorithm
	}
	for _, row := range signatureAlgorithms {
		if row.key == s.Key && row.hash == s.Hash {
			return row.algorithm
		}
	}
	return x509.UnknownSignatureAlgorithm
}

var signatureAlgorithms = []struct {
	key       algorithm.KeyType
	hash      crypto.Hash
	algorithm x509.SignatureAlgorithm
}{
	{algorithm.RSA, crypto.MD5, x509.MD5WithRSA},
	{algorithm.RSA, crypto.SHA1, x509.SHA1WithRSA},
	{algorithm.RSA, crypto.SHA256, x509.SHA256WithRSA},
	{algorithm.RSA, crypto.SHA384, x509.SHA384WithRSA},
	{algorithm.RSA, crypto.SHA512, x509.SHA512WithRSA},
	{algorithm.RSAPSS, crypto.SHA256, x509.SHA256WithRSAPSS},
	{algorithm.RSAPSS, crypto.SHA384, x509.SHA384WithRSAPSS},
	{algorithm.RSAPSS, crypto.SHA512, x509.SHA512WithRSAPSS},
	{algorithm.DSA, crypto.SHA1, x509.DSAWithSHA1},
	{algorithm.DSA, crypto.SHA256, x509.DSAWithSHA256},
	{algorithm.ECDSA, crypto.SHA1, x509.ECDSAWithSHA1},
	{algorithm.ECDSA, crypto.SHA256, x509.ECDSAWithSHA256},
	{algorithm.ECDSA, crypto.SHA384, x509.ECDSAWithSHA384},
	{algorithm.ECDSA, crypto.SHA512, x509.ECDSAWithSHA512},
	{algorithm.Ed25519, 0, x509.PureEd25519},
}

// readIdentifier tells whether der is one AlgorithmIdentifier, and gives its
// type.
func readIdentifier(der cryptobyte.String, oid *asn1.ObjectIdentifier) bool {
	var seq, params cryptobyte.String
	var tag cbasn1.Tag
	if oid == nil {
		oid = new(asn1.ObjectIdentifier)
	}
	return der.ReadASN1(&seq, cbasn1.SEQUENCE) && der.Empty() && seq.ReadASN1ObjectIdentifier(oid) &&
		(seq.Empty() || seq.ReadAnyASN1Element(&params, &tag) && seq.Empty())
}

// readTime reads a Time, RFC 5280 4.1.2.5.
func readTime(in *cryptobyte.String, t *time.Time) bool {
	if in.PeekASN1Tag(cbasn1.UTCTime) {
		return in.ReadASN1UTCTime(t)
	}
	return in.ReadASN1GeneralizedTime(t)
}
