package tsp

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/small"
)

// Verify checks the token against imprint, which is the stamped data's digest
// computed with t.Hash, and its signature with a certificate inside the token:
// CMS signature, message-digest, content-type, the signing-certificate
// attribute (RFC 5816), and that the certificate is for timestamping alone. It
// returns that certificate; its path, revocation and algorithms are the
// caller's.
func (t *Token) Verify(imprint []byte) (signer *x509.Certificate, err error) {
	return t.VerifyWith(imprint, nil)
}

// VerifyWith is Verify with more certificates to find the signer's among:
// tokens need not carry it.
func (t *Token) VerifyWith(imprint []byte, more []*x509.Certificate) (signer *x509.Certificate, err error) {
	if !bytes.Equal(imprint, t.Imprint) {
		return nil, ErrImprint
	}
	s := t.CMS.Signers[0]
	all := append(append([]*x509.Certificate(nil), t.CMS.Certificates...), more...)
	if signer, err = s.Find(all); err != nil {
		return nil, err
	}
	if s.Digest == 0 {
		return signer, small.Errorf("verify timestamp: %w: its digest", algorithm.ErrUnsupported)
	}
	h := s.Digest.New()
	h.Write(t.CMS.Content)
	if err := s.VerifyDigest(cms.OIDTSTInfo, h.Sum(nil)); err != nil {
		return signer, err
	}
	if err := s.CheckSigningCertificate(signer); err != nil {
		return signer, err
	}
	if err := s.VerifySignature(signer); err != nil {
		return signer, err
	}
	return signer, CheckCertificate(signer)
}

// CheckCertificate is nil when cert may stamp: its extended key usage is
// critical and holds id-kp-timeStamping alone (RFC 3161 2.3), and a key usage,
// when it has one, allows signatures.
func CheckCertificate(cert *x509.Certificate) error {
	critical := false
	for _, e := range cert.Extensions {
		if small.SameOID(e.Id, asn1.ObjectIdentifier{2, 5, 29, 37}) {
			critical = e.Critical
		}
	}
	if !critical || len(cert.UnknownExtKeyUsage) > 0 || len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping {
		return ErrNotTimestamping
	}
	if cert.KeyUsage != 0 && cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return ErrNotTimestamping
	}
	return nil
}
