package fetch

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/trust"
)

// finding is what a first look at an answer says. It only decides what is
// handed to the engine and what is kept on disk; the engine judges again.
type finding struct {
	// wrong says why the answer is dropped; nil keeps it.
	wrong error
	// settled: nobody else needs to be asked.
	settled bool
	// until is how long the answer may be kept on disk, zero for not at all.
	until time.Time
	// certificates are what is kept of an answer about an issuer.
	certificates [][]byte
}

const (
	// shortValidity is for answers that are genuine but say no end, or do not
	// settle the question.
	shortValidity = time.Hour
	// issuerValidity: a CA puts another certificate at the same address when it
	// renews its own, years apart.
	issuerValidity = 7 * 24 * time.Hour
	// maxCertificates bounds what is kept of one answer about an issuer: a
	// hierarchy, with its cross-certificates.
	maxCertificates = 32
)

// judgeRevocation asks the engine what the answer alone proves now. What it
// says about other certificates, or with a wrong signature, is dropped; what
// only lacks a certificate of its signer is left for the engine.
func judgeRevocation(kind Kind, data []byte, cert, issuer *x509.Certificate, now time.Time) finding {
	ev := revocation.Evidence{
		Latest: now,
		// Whether an old algorithm is acceptable is for the engine to say.
		Algorithms: func(algorithm.Signature, crypto.PublicKey, time.Time) error { return nil },
	}
	if kind == KindOCSP {
		ev.OCSPs = [][]byte{data}
	} else {
		ev.CRLs = [][]byte{data}
	}
	r := revocation.Check(cert, issuer, ev, now)
	if r.Status != revocation.Unknown {
		f := finding{settled: true, until: r.NextUpdate}
		if f.until.IsZero() {
			f.until = now.Add(shortValidity)
		}
		return f
	}
	switch r.WhyCode {
	case revocation.WhyNone:
		return finding{wrong: &Error{Code: NotAsked, Detail: "it is not about this certificate"}}
	case revocation.WhyMalformed, revocation.WhySignature, revocation.WhyStatus:
		return finding{wrong: &Error{Code: NotAsked, Detail: r.Why}}
	case revocation.WhyNotRetained, revocation.WhyReasons, revocation.WhyDelta:
		// Its signature was checked before these were found.
		return finding{until: now.Add(shortValidity)}
	}
	return finding{}
}

// judgeIssuers keeps the certificates that may have issued cert, and of the
// others those that may have issued one of these. At least one must have made
// cert's signature.
func judgeIssuers(data []byte, cert *x509.Certificate, now time.Time) finding {
	found, err := trust.ParseCertificates(data)
	if err != nil {
		return finding{wrong: &Error{Code: NotAsked, Err: err}}
	}
	f := finding{wrong: &Error{Code: NotAsked, Detail: "it does not hold the issuer's certificate"}}
	var kept []*x509.Certificate
	for _, c := range found {
		if trust.SameName(c.RawSubject, cert.RawIssuer) && algorithm.VerifyCertificate(cert, c) == nil {
			kept = append(kept, c)
			f.wrong = nil
		}
	}
	for i := 0; i < len(kept); i++ {
		for _, c := range found {
			if len(kept) < maxCertificates && trust.SameName(c.RawSubject, kept[i].RawIssuer) && !holds(kept, c) {
				kept = append(kept, c)
			}
		}
	}
	for _, c := range kept {
		f.certificates = append(f.certificates, c.Raw)
	}
	f.settled, f.until = f.wrong == nil, now.Add(issuerValidity)
	return f
}

func holds(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, k := range list {
		if bytes.Equal(k.Raw, c.Raw) {
			return true
		}
	}
	return false
}
