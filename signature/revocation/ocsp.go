package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

var (
	oidOCSPBasic      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidCRLReference   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 3}
	oidNoCheck        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidArchiveCutoff  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
	oidExtendedRevoke = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 9}
)

var (
	tag0 = cbasn1.Tag(0).ContextSpecific().Constructed()
	tag1 = cbasn1.Tag(1).ContextSpecific().Constructed()
	tag2 = cbasn1.Tag(2).ContextSpecific().Constructed()
)

// maxResponses bounds the answers and the certificates in one response; a
// responder asked about one certificate gives one answer.
const maxResponses = 256

// ocspResponse is a BasicOCSPResponse, RFC 6960 4.2.1.
type ocspResponse struct {
	signed
	byName, byKey []byte // responderID, one of them set
	producedAt    time.Time
	answers       []ocspAnswer
	certificates  []*x509.Certificate
	critical      asn1.ObjectIdentifier // a critical extension not understood
}

// ocspAnswer is a SingleResponse.
type ocspAnswer struct {
	hashID, nameHash, keyHash, serial []byte
	status                            Status
	revokedAt                         time.Time
	reason                            int
	thisUpdate, nextUpdate            time.Time
	archiveCutoff                     time.Time
	critical                          asn1.ObjectIdentifier
}

// errStatus is the OCSPResponseStatus of a response that carries no answer.
type errStatus int

func (e errStatus) Error() string {
	return fmt.Sprintf("the responder answered with error status %d", int(e))
}

var errOCSP = errors.New("malformed OCSP response")

// parseOCSP reads an OCSPResponse or a bare BasicOCSPResponse.
func parseOCSP(der []byte) (*ocspResponse, error) {
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, errOCSP
	}
	if seq.PeekASN1Tag(cbasn1.SEQUENCE) {
		return parseBasic(seq)
	}
	var status int
	var bytesField, body, octets, basic cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !seq.ReadASN1Enum(&status) {
		return nil, errOCSP
	}
	if status != 0 {
		return nil, errStatus(status)
	}
	if !seq.ReadASN1(&bytesField, tag0) || !seq.Empty() || !bytesField.ReadASN1(&body, cbasn1.SEQUENCE) ||
		!bytesField.Empty() || !body.ReadASN1ObjectIdentifier(&oid) || !body.ReadASN1(&octets, cbasn1.OCTET_STRING) ||
		!body.Empty() || !oid.Equal(oidOCSPBasic) || !octets.ReadASN1(&basic, cbasn1.SEQUENCE) || !octets.Empty() {
		return nil, errOCSP
	}
	return parseBasic(basic)
}

func parseBasic(seq cryptobyte.String) (*ocspResponse, error) {
	r := &ocspResponse{}
	var tbs, id, certs, list cryptobyte.String
	var present bool
	if !seq.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&id, cbasn1.SEQUENCE) ||
		!seq.ReadASN1BitStringAsBytes(&r.value) || !seq.ReadOptionalASN1(&certs, &present, tag0) || !seq.Empty() {
		return nil, errOCSP
	}
	r.tbs, r.algorithm = tbs, id
	if present {
		if !certs.ReadASN1(&list, cbasn1.SEQUENCE) || !certs.Empty() {
			return nil, errOCSP
		}
		for n := 0; !list.Empty(); n++ {
			var der cryptobyte.String
			if n == maxResponses || !list.ReadASN1Element(&der, cbasn1.SEQUENCE) {
				return nil, errOCSP
			}
			// One that cannot be read cannot be the responder's either.
			if cert, err := x509.ParseCertificate(der); err == nil {
				r.certificates = append(r.certificates, cert)
			}
		}
	}
	return r, r.readData(tbs)
}

func (r *ocspResponse) readData(tbs cryptobyte.String) error {
	var data, version, responder, list, extensions cryptobyte.String
	var present bool
	if !tbs.ReadASN1(&data, cbasn1.SEQUENCE) || !data.ReadOptionalASN1(&version, &present, tag0) {
		return errOCSP
	}
	if present {
		var v int
		if !version.ReadASN1Integer(&v) || v != 0 {
			return errOCSP
		}
	}
	switch {
	case data.PeekASN1Tag(tag1):
		var name cryptobyte.String
		if !data.ReadASN1(&responder, tag1) || !responder.ReadASN1Element(&name, cbasn1.SEQUENCE) || !responder.Empty() {
			return errOCSP
		}
		r.byName = name
	case data.PeekASN1Tag(tag2):
		var key cryptobyte.String
		if !data.ReadASN1(&responder, tag2) || !responder.ReadASN1(&key, cbasn1.OCTET_STRING) || !responder.Empty() {
			return errOCSP
		}
		r.byKey = key
	default:
		return errOCSP
	}
	if !data.ReadASN1GeneralizedTime(&r.producedAt) || !data.ReadASN1(&list, cbasn1.SEQUENCE) ||
		!data.ReadOptionalASN1(&extensions, &present, tag1) || !data.Empty() {
		return errOCSP
	}
	r.issued = r.producedAt
	for !list.Empty() {
		var one cryptobyte.String
		if len(r.answers) == maxResponses || !list.ReadASN1(&one, cbasn1.SEQUENCE) {
			return errOCSP
		}
		a := ocspAnswer{}
		if err := a.read(one); err != nil {
			return err
		}
		r.answers = append(r.answers, a)
	}
	if present {
		return readExtensions(extensions, func(oid asn1.ObjectIdentifier, critical bool, _ []byte) error {
			if critical && !oid.Equal(oidNonce) && !oid.Equal(oidExtendedRevoke) {
				r.critical = oid
			}
			return nil
		})
	}
	return nil
}

func (a *ocspAnswer) read(in cryptobyte.String) error {
	var id, hashID, nameHash, keyHash, serial, status, next, extensions cryptobyte.String
	var tag cbasn1.Tag
	var present bool
	if !in.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&hashID, cbasn1.SEQUENCE) ||
		!id.ReadASN1(&nameHash, cbasn1.OCTET_STRING) || !id.ReadASN1(&keyHash, cbasn1.OCTET_STRING) ||
		!id.ReadASN1(&serial, cbasn1.INTEGER) || !id.Empty() || !in.ReadAnyASN1(&status, &tag) {
		return errOCSP
	}
	a.hashID, a.nameHash, a.keyHash, a.serial = hashID, nameHash, keyHash, serial
	switch tag {
	case cbasn1.Tag(0).ContextSpecific(): // good: NULL
		if !status.Empty() {
			return errOCSP
		}
		a.status = Good
	case tag1: // revoked
		a.status = Revoked
		var reason cryptobyte.String
		if !status.ReadASN1GeneralizedTime(&a.revokedAt) || !status.ReadOptionalASN1(&reason, &present, tag0) || !status.Empty() {
			return errOCSP
		}
		if present && (!reason.ReadASN1Enum(&a.reason) || !reason.Empty()) {
			return errOCSP
		}
	case cbasn1.Tag(2).ContextSpecific(): // unknown: NULL
		a.status = Unknown
	default:
		return errOCSP
	}
	if !in.ReadASN1GeneralizedTime(&a.thisUpdate) || !in.ReadOptionalASN1(&next, &present, tag0) {
		return errOCSP
	}
	if present && (!next.ReadASN1GeneralizedTime(&a.nextUpdate) || !next.Empty()) {
		return errOCSP
	}
	if !in.ReadOptionalASN1(&extensions, &present, tag1) || !in.Empty() {
		return errOCSP
	}
	if !present {
		return nil
	}
	return readExtensions(extensions, func(oid asn1.ObjectIdentifier, critical bool, value []byte) error {
		if oid.Equal(oidArchiveCutoff) {
			v := cryptobyte.String(value)
			if !v.ReadASN1GeneralizedTime(&a.archiveCutoff) || !v.Empty() {
				return errOCSP
			}
			return nil
		}
		if critical && !oid.Equal(oidCRLReference) {
			a.critical = oid
		}
		return nil
	})
}

// readExtensions calls f for each extension inside the [n] EXPLICIT wrapper.
func readExtensions(wrapper cryptobyte.String, f func(oid asn1.ObjectIdentifier, critical bool, value []byte) error) error {
	var list cryptobyte.String
	if !wrapper.ReadASN1(&list, cbasn1.SEQUENCE) || !wrapper.Empty() {
		return errors.New("malformed extensions")
	}
	var seen []asn1.ObjectIdentifier
	for !list.Empty() {
		var one, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) {
			return errors.New("malformed extension")
		}
		if one.PeekASN1Tag(cbasn1.BOOLEAN) && !one.ReadASN1Boolean(&critical) {
			return errors.New("malformed extension")
		}
		if !one.ReadASN1(&value, cbasn1.OCTET_STRING) || !one.Empty() || len(seen) == maxExtensions {
			return errors.New("malformed extension")
		}
		if slices.ContainsFunc(seen, oid.Equal) {
			return errors.New("an extension is there twice") // RFC 5280 4.2
		}
		seen = append(seen, oid)
		if err := f(oid, critical, value); err != nil {
			return err
		}
	}
	return nil
}

// maxExtensions bounds one list of extensions; real ones have below ten.
const maxExtensions = 64

// ocsp judges one response.
func (c *check) ocsp(der []byte) {
	const what = "the OCSP response"
	r, err := parseOCSP(der)
	if err != nil {
		code := WhyMalformed
		if errors.As(err, new(errStatus)) {
			code = WhyStatus
		}
		c.unusable(code, err.Error())
		return
	}
	for _, a := range r.answers {
		if !a.names(c.cert, c.issuer) {
			continue
		}
		if oid := r.critical; oid != nil || a.critical != nil {
			c.unusable(WhyExtension, what+" has an unknown critical extension")
			continue
		}
		signer, ok := c.responder(r)
		if !ok {
			return
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
		ThisUpdate: a.thisUpdate, NextUpdate: a.nextUpdate, ProducedAt: r.producedAt, Signer: signer}
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
	if r.by(c.issuer) && c.verify(what, r.signed, c.issuer) {
		return nil, true
	}
	found := false
	for i, cand := range append(slices.Clone(r.certificates), c.ev.Certificates...) {
		if i == maxItems+maxResponses {
			break
		}
		if !r.by(cand) || cand.Equal(c.issuer) {
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

// by tells whether the responderID names cert.
func (r *ocspResponse) by(cert *x509.Certificate) bool {
	if r.byName != nil {
		return trust.SameName(r.byName, cert.RawSubject)
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
