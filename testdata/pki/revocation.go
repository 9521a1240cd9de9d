package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"
)

// How long an answer may be used: the Government's CA renews its list about
// weekly; its responder answers for the moment.
const (
	crlLifetime  = 7 * 24 * time.Hour
	ocspLifetime = 24 * time.Hour
)

// revocationReason is affiliationChanged of RFC 5280, 5.3.1: the person moved
// to another office.
const revocationReason = 3

// CRL returns the sub CA's list as DER, issued now. It names RevokedPerson.
func (p *PKI) CRL() []byte {
	return p.revocationList(p.SubCA, []x509.RevocationListEntry{{
		SerialNumber:   p.RevokedPerson.Certificate.SerialNumber,
		RevocationTime: p.revokedAt,
		ReasonCode:     revocationReason,
	}})
}

// RootCRL returns the root's list as DER, issued now. It is empty: the sub CA
// stands.
func (p *PKI) RootCRL() []byte { return p.revocationList(p.Root, nil) }

func (p *PKI) revocationList(issuer Identity, entries []x509.RevocationListEntry) []byte {
	now := p.now().UTC().Truncate(time.Second)
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    big.NewInt(now.Unix()),
		ThisUpdate:                now,
		NextUpdate:                now.Add(crlLifetime),
		RevokedCertificateEntries: entries,
		SignatureAlgorithm:        x509.SHA256WithRSA,
	}, issuer.Certificate, issuer.Key)
	if err != nil {
		panic(fmt.Sprintf("pki: sign CRL with our own key: %v", err)) // nothing of it comes from outside
	}
	return der
}

// RevokedAt is when RevokedPerson's certificate was revoked.
func (p *PKI) RevokedAt() time.Time { return p.revokedAt }

// OCSPResponse returns the responder's DER answer about a certificate.
func (p *PKI) OCSPResponse(cert *x509.Certificate) []byte {
	return p.ocspAnswer(cert.SerialNumber, crypto.SHA1)
}

// answerOCSP answers a DER request. Of a request about several certificates it
// answers the first; nobody sends more.
func (p *PKI) answerOCSP(request []byte) []byte {
	r, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	if !p.isIssuer(r) {
		return ocsp.UnauthorizedErrorResponse
	}
	return p.ocspAnswer(r.SerialNumber, r.HashAlgorithm)
}

// isIssuer tells whether a request asks about a certificate of the sub CA.
func (p *PKI) isIssuer(r *ocsp.Request) bool {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(p.SubCA.Certificate.RawSubjectPublicKeyInfo, &info); err != nil {
		return false
	}
	sum := func(data []byte) []byte {
		h := r.HashAlgorithm.New()
		h.Write(data)
		return h.Sum(nil)
	}
	return bytes.Equal(r.IssuerNameHash, sum(p.SubCA.Certificate.RawSubject)) &&
		bytes.Equal(r.IssuerKeyHash, sum(info.Key.RightAlign()))
}

func (p *PKI) ocspAnswer(serial *big.Int, hash crypto.Hash) []byte {
	now := p.now().UTC().Truncate(time.Second)
	answer := ocsp.Response{
		Status:       ocsp.Unknown,
		SerialNumber: serial,
		ThisUpdate:   now,
		NextUpdate:   now.Add(ocspLifetime),
		Certificate:  p.OCSP.Certificate,
		IssuerHash:   hash,
	}
	switch {
	case serial.Cmp(p.RevokedPerson.Certificate.SerialNumber) == 0:
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, p.revokedAt, revocationReason
	case p.isIssued(serial):
		answer.Status = ocsp.Good
	}
	der, err := ocsp.CreateResponse(p.SubCA.Certificate, p.OCSP.Certificate, answer, p.OCSP.Key)
	if err == nil {
		der, err = p.producedAt(der, now)
	}
	if err != nil {
		return ocsp.InternalErrorErrorResponse
	}
	return der
}

// producedAt is the response der as it were made at another moment: the library
// writes the machine's clock into producedAt.
func (p *PKI) producedAt(der []byte, at time.Time) ([]byte, error) {
	var response struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &response); err != nil {
		return nil, err
	}
	var basic struct {
		Data         asn1.RawValue
		Algorithm    asn1.RawValue
		Signature    asn1.BitString
		Certificates asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(response.Bytes.Response, &basic); err != nil {
		return nil, err
	}
	// Of ResponseData the responder's name comes first, and no name holds what
	// looks like this head of a GeneralizedTime.
	const layout = "20060102150405Z"
	i := bytes.Index(basic.Data.FullBytes, []byte{asn1.TagGeneralizedTime, byte(len(layout))})
	if i < 0 {
		return nil, errors.New("no producedAt")
	}
	copy(basic.Data.FullBytes[i+2:], at.UTC().Format(layout))
	digest := sha256Sum(basic.Data.FullBytes)
	value, err := rsa.SignPKCS1v15(rand.Reader, p.OCSP.Key, crypto.SHA256, digest)
	if err != nil {
		return nil, err
	}
	basic.Signature = asn1.BitString{Bytes: value, BitLength: 8 * len(value)}
	if response.Bytes.Response, err = asn1.Marshal(basic); err != nil {
		return nil, err
	}
	return asn1.Marshal(response)
}

func (p *PKI) isIssued(serial *big.Int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issued[serial.String()]
}
