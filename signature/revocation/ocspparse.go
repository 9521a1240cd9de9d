package revocation

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/certificate"
	"kyso/signature/small"
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
	var octets, basic cryptobyte.String
	if !seq.ReadASN1Enum(&status) {
		return nil, errOCSP
	}
	if status != 0 {
		return nil, errStatus(status)
	}
	if !readBasicBytes(seq, &octets) || !octets.ReadASN1(&basic, cbasn1.SEQUENCE) || !octets.Empty() {
		return nil, errOCSP
	}
	return parseBasic(basic)
}

// readBasicBytes reads [0] ResponseBytes of the type id-pkix-ocsp-basic, and
// nothing behind it.
func readBasicBytes(seq cryptobyte.String, octets *cryptobyte.String) bool {
	var wrapper, body cryptobyte.String
	var oid asn1.ObjectIdentifier
	return seq.ReadASN1(&wrapper, tag0) && seq.Empty() && wrapper.ReadASN1(&body, cbasn1.SEQUENCE) && wrapper.Empty() &&
		body.ReadASN1ObjectIdentifier(&oid) && small.SameOID(oid, oidOCSPBasic) && body.ReadASN1(octets, cbasn1.OCTET_STRING) && body.Empty()
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
			if cert, err := certificate.Parse(der); err == nil {
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
			if critical && !small.SameOID(oid, oidNonce) && !small.SameOID(oid, oidExtendedRevoke) {
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
		if small.SameOID(oid, oidArchiveCutoff) {
			v := cryptobyte.String(value)
			if !v.ReadASN1GeneralizedTime(&a.archiveCutoff) || !v.Empty() {
				return errOCSP
			}
			return nil
		}
		if critical && !small.SameOID(oid, oidCRLReference) {
			a.critical = oid
		}
		return nil
	})
}

// readExtensions calls f for each extension inside the [n] EXPLICIT wrapper.
func readExtensions(wrapper cryptobyte.String, f func(oid asn1.ObjectIdentifier, critical bool, value []byte) error) error {
	var list cryptobyte.String
	if !wrapper.ReadASN1(&list, cbasn1.SEQUENCE) || !wrapper.Empty() {
		return small.Error("malformed extensions")
	}
	var seen []asn1.ObjectIdentifier
	for !list.Empty() {
		var one, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) {
			return small.Error("malformed extension")
		}
		if one.PeekASN1Tag(cbasn1.BOOLEAN) && !one.ReadASN1Boolean(&critical) {
			return small.Error("malformed extension")
		}
		if !one.ReadASN1(&value, cbasn1.OCTET_STRING) || !one.Empty() || len(seen) == maxExtensions {
			return small.Error("malformed extension")
		}
		if slices.ContainsFunc(seen, oid.Equal) {
			return small.Error("an extension is there twice") // RFC 5280 4.2
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
