package pki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
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
	if err != nil {
		return ocsp.InternalErrorErrorResponse
	}
	return der
}

func (p *PKI) isIssued(serial *big.Int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.issued[serial.String()]
}
