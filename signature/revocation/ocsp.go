package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
)

// ocsp judges one response.
func (c *check) ocsp(der []byte) {
	const what = "the OCSP response"
	c.item = der
	r, err := parseOCSP(der)
	if err != nil {
		code := WhyMalformed
		if errors.As(err, new(errStatus)) {
			code = WhyStatus
		}
		c.unusable(code, err.Error())
		return
	}
	var signer *x509.Certificate
	proven := false
	for _, a := range r.answers {
		if !a.names(c.cert, c.issuer) {
			continue
		}
		if oid := r.critical; oid != nil || a.critical != nil {
			c.unusable(WhyExtension, what+" has an unknown critical extension")
			continue
		}
		if !proven {
			if signer, proven = c.responder(r); !proven {
				return
			}
		}
		if c.fromFuture(what, r.producedAt) || c.fromFuture(what, a.thisUpdate) {
			continue
		}
		c.answer(r, a, signer)
	}
}

// answer turns a SingleResponse of a proven responder into a finding.
func (c *check) answer(r *ocspResponse, a ocspAnswer, signer *x509.Certificate) {
	const what = "the OCSP response"
	if a.status == Unknown {
		c.unusable(WhyUnknown, "the OCSP responder does not know the certificate")
		return
	}
	if a.thisUpdate.After(r.producedAt.Add(maxSkew)) {
		c.unusable(WhyInconsistent, what+" was produced before the time it speaks of")
		return
	}
	f := Result{Status: a.status, Source: "ocsp", RevokedAt: a.revokedAt, Reason: a.reason,
		ThisUpdate: a.thisUpdate, NextUpdate: a.nextUpdate, ProducedAt: r.producedAt, Item: c.item, Signer: signer}
	f.SignerStatus = Good
	if signer != nil {
		f.SignerStatus, f.NoCheck = c.delegateStatus(signer, c.issuer, c.ev.Authorities)
		if f.SignerStatus == Revoked {
			c.unusable(WhyIssuer, what+": its signer's certificate is revoked")
			return
		}
	}
	fresh := c.fresh(what, a.thisUpdate, a.nextUpdate)
	if a.status == Revoked {
		if fresh || stands(f, c.at) {
			c.findings = append(c.findings, f)
		}
		return
	}
	if !fresh {
		return
	}
	// RFC 6960 4.4.4: for an expired certificate a good answer counts when the
	// responder keeps revocations since before it expired.
	if a.thisUpdate.After(c.cert.NotAfter) && (a.archiveCutoff.IsZero() || a.archiveCutoff.After(c.cert.NotAfter)) {
		c.unusable(WhyNotRetained, what+" was issued after the certificate had expired")
		return
	}
	c.findings = append(c.findings, f)
}

// stands tells whether a revocation counts though its evidence is stale: it
// happened by the control time and cannot be lifted.
//
//go:noinline
func stands(f Result, at time.Time) bool {
	return f.Reason != ReasonCertificateHold && f.Reason != ReasonRemoveFromCRL && !f.RevokedAt.After(at)
}

// names tells whether the answer is about cert of issuer: RFC 6960 4.1.1,
// hashes of the issuer's name and key, with whatever digest the CertID names.
// SHA-1 is no weakness here; nobody gains from a colliding name.
func (a *ocspAnswer) names(cert, issuer *x509.Certificate) bool {
	if !bytes.Equal(a.serial, serialOf(cert)) {
		return false
	}
	h, err := algorithm.ParseDigest(a.hashID)
	if err != nil || h == crypto.MD5 {
		return false
	}
	return bytes.Equal(a.nameHash, sum(h, cert.RawIssuer)) && bytes.Equal(a.keyHash, sum(h, keyBits(issuer)))
}

// responder finds who signed r and is allowed to: RFC 6960 4.2.2.2, the issuer
// itself (nil is returned), or a certificate it issued directly with
// id-kp-OCSPSigning. Responders trusted by local configuration do not exist
// here.
func (c *check) responder(r *ocspResponse) (delegate *x509.Certificate, ok bool) {
	const what = "the OCSP response"
	if c.by(r, c.issuer) && c.verify(what, r.signed, c.issuer) {
		return nil, true
	}
	found := false
	for _, cand := range append(append([]*x509.Certificate(nil), r.certificates...), c.ev.Certificates...) {
		if !c.by(r, cand) || cand.Equal(c.issuer) {
			continue
		}
		found = true
		if !slices.Contains(cand.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
			c.unusable(WhyIssuer, what+": its signer has no id-kp-OCSPSigning")
			continue
		}
		if !mayUse(cand, x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) {
			c.unusable(WhyIssuer, what+": its signer's key usage does not allow signatures")
			continue
		}
		if c.delegated(what, cand, c.issuer, r.producedAt) && c.verify(what, r.signed, cand) {
			return cand, true
		}
	}
	if !found {
		c.unusable(WhyIssuer, what+": its signer is not the CA and no certificate of a delegate is there")
	}
	return nil, false
}

// by tells whether the responderID of r names cert.
func (c *check) by(r *ocspResponse, cert *x509.Certificate) bool {
	if r.byName != nil {
		return c.same(r.byName, cert.RawSubject)
	}
	return bytes.Equal(r.byKey, sum(crypto.SHA1, keyBits(cert))) // RFC 6960 4.2.1: always SHA-1
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// keyBits is the contents of the subjectPublicKey BIT STRING, without the
// octet that counts unused bits.
func keyBits(cert *x509.Certificate) []byte {
	in := cryptobyte.String(cert.RawSubjectPublicKeyInfo)
	var seq cryptobyte.String
	var bits []byte
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.SkipASN1(cbasn1.SEQUENCE) || !seq.ReadASN1BitStringAsBytes(&bits) {
		return nil
	}
	return bits
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
