package cms

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/certificate"
	"kyso/signature/small"
)

// maxItems bounds the entries of each set in a SignedData. Archived signatures
// carry some dozen certificates and revocation answers.
const maxItems = 1024

var (
	tag0 = cbasn1.Tag(0).ContextSpecific().Constructed()
	tag1 = cbasn1.Tag(1).ContextSpecific().Constructed()
	// SubjectKeyIdentifier in a sid is [0] IMPLICIT OCTET STRING.
	tag0Primitive = cbasn1.Tag(0).ContextSpecific()

	// RFC 5940 and CAdES name OCSP answers inside SignedData.crls.
	oidOCSPResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}
	oidOCSPBasic    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
)

// Parse reads the ContentInfo with SignedData at the start of ber; rest is
// what follows it. BER is accepted and bounded; SignedData versions 0 to 5 and
// other revocation formats are tolerated. Every error wraps ErrMalformed.
// Nothing is verified. The result refers to ber, which must not change.
func Parse(ber []byte) (sd *SignedData, rest []byte, err error) {
	der, rest, err := normalize(ber)
	if err != nil {
		return nil, nil, err
	}
	in := cryptobyte.String(der)
	var info, wrapper, seq cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, malformed("no ContentInfo")
	}
	if !small.SameOID(oid, OIDSignedData) {
		return nil, nil, small.Errorf("%w: content type %v", ErrMalformed, oid)
	}
	if !info.ReadASN1(&wrapper, tag0) || !info.Empty() ||
		!wrapper.ReadASN1(&seq, cbasn1.SEQUENCE) || !wrapper.Empty() {
		return nil, nil, malformed("no SignedData")
	}
	sd = &SignedData{}
	if err := sd.read(seq); err != nil {
		return nil, nil, err
	}
	return sd, rest, nil
}

func (sd *SignedData) read(seq cryptobyte.String) error {
	if !seq.ReadASN1Integer(&sd.Version) || sd.Version < 0 || sd.Version > 5 {
		return malformed("version")
	}
	// digestAlgorithms is a hint for one-pass readers and is not evidence.
	if !seq.SkipASN1(cbasn1.SET) {
		return malformed("digestAlgorithms")
	}
	var encap, content cryptobyte.String
	var present bool
	if !seq.ReadASN1(&encap, cbasn1.SEQUENCE) || !encap.ReadASN1ObjectIdentifier(&sd.ContentType) ||
		!encap.ReadOptionalASN1(&content, &present, tag0) || !encap.Empty() {
		return malformed("encapContentInfo")
	}
	if present {
		var octets cryptobyte.String
		if !content.ReadASN1(&octets, cbasn1.OCTET_STRING) || !content.Empty() {
			return malformed("eContent is no OCTET STRING")
		}
		sd.Content = append([]byte{}, octets...) // never nil
	}
	var set cryptobyte.String
	if !seq.ReadOptionalASN1(&set, &present, tag0) {
		return malformed("certificates")
	}
	if present {
		if err := sd.readCertificates(set); err != nil {
			return err
		}
	}
	if !seq.ReadOptionalASN1(&set, &present, tag1) {
		return malformed("crls")
	}
	if present {
		if err := sd.readRevocation(set); err != nil {
			return err
		}
	}
	if !seq.ReadASN1(&set, cbasn1.SET) || !seq.Empty() {
		return malformed("signerInfos")
	}
	for !set.Empty() {
		var one cryptobyte.String
		if len(sd.Signers) == maxItems || !set.ReadASN1(&one, cbasn1.SEQUENCE) {
			return malformed("signerInfos")
		}
		s, err := readSigner(one)
		if err != nil {
			return err
		}
		s.contentType = sd.ContentType
		sd.Signers = append(sd.Signers, s)
	}
	return nil
}

func (sd *SignedData) readCertificates(set cryptobyte.String) error {
	for n := 0; !set.Empty(); n++ {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if n == maxItems || !set.ReadAnyASN1Element(&element, &tag) {
			return malformed("certificates")
		}
		cert, err := certificate.Parse(element)
		if tag != cbasn1.SEQUENCE || err != nil {
			sd.Unparsed = append(sd.Unparsed, element)
			continue
		}
		sd.Certificates = append(sd.Certificates, cert)
	}
	return nil
}

func (sd *SignedData) readRevocation(set cryptobyte.String) error {
	for n := 0; !set.Empty(); n++ {
		var element, other cryptobyte.String
		var tag cbasn1.Tag
		if n == maxItems || !set.ReadAnyASN1Element(&element, &tag) {
			return malformed("crls")
		}
		switch tag {
		case cbasn1.SEQUENCE:
			sd.CRLs = append(sd.CRLs, element)
		case tag1:
			var oid asn1.ObjectIdentifier
			inner := element
			if !inner.ReadASN1(&other, tag1) || !other.ReadASN1ObjectIdentifier(&oid) {
				return malformed("other revocation information")
			}
			if small.SameOID(oid, oidOCSPResponse) || small.SameOID(oid, oidOCSPBasic) {
				sd.OCSPs = append(sd.OCSPs, other)
			}
		}
	}
	return nil
}
