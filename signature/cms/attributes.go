package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// Attribute is the DER value of a signed attribute. The error is ErrNoAttribute
// when it is absent and ErrAttributes when it is there more than once or has
// not exactly one value.
func (s *Signer) Attribute(oid asn1.ObjectIdentifier) ([]byte, error) {
	var found *Attribute
	for i, a := range s.SignedAttributes {
		if !small.SameOID(a.Type, oid) {
			continue
		}
		if found != nil || len(a.Values) != 1 {
			return nil, small.Errorf("%w: %v is not there exactly once", ErrAttributes, oid)
		}
		found = &s.SignedAttributes[i]
	}
	if found == nil {
		return nil, ErrNoAttribute
	}
	return found.Values[0], nil
}

// Unsigned is every DER value of the unsigned attributes of this type, in the
// order of the file.
func (s *Signer) Unsigned(oid asn1.ObjectIdentifier) [][]byte {
	var values [][]byte
	for _, a := range s.UnsignedAttributes {
		if small.SameOID(a.Type, oid) {
			values = append(values, a.Values...)
		}
	}
	return values
}

// Timestamps is every signature timestamp token, DER, over s.Value.
//
//go:noinline
func (s *Signer) Timestamps() [][]byte { return s.Unsigned(OIDTimestamp) }

// ClaimedTime is the signing-time attribute. It proves nothing: the signer's
// machine wrote it.
func (s *Signer) ClaimedTime() (time.Time, bool) {
	value, err := s.Attribute(OIDSigningTime)
	if err != nil {
		return time.Time{}, false
	}
	in := cryptobyte.String(value)
	var t time.Time
	if in.PeekASN1Tag(cbasn1.UTCTime) {
		return t, in.ReadASN1UTCTime(&t) && in.Empty()
	}
	ok := in.ReadASN1GeneralizedTime(&t) && in.Empty()
	return t, ok
}

// CheckSigningCertificate checks that the ESS attributes signing-certificate
// (RFC 2634 5.4) and signing-certificate-v2 (RFC 5035 3) name cert. Whichever
// is there must; with neither, ErrNoSigningCertificate. The first entry is the
// signer's. Its digest binds the whole certificate, so of issuerSerial only
// the serial number is compared; issuer names get encoded anew by some signers.
func (s *Signer) CheckSigningCertificate(cert *x509.Certificate) error {
	found := false
	for _, oid := range []asn1.ObjectIdentifier{OIDSigningCertificate, OIDSigningCertificateV2} {
		value, err := s.Attribute(oid)
		if errors.Is(err, ErrNoAttribute) {
			continue
		} else if err != nil {
			return err
		}
		found = true
		if err := checkESS(value, cert, small.SameOID(oid, OIDSigningCertificateV2)); err != nil {
			return err
		}
	}
	if !found {
		return ErrNoSigningCertificate
	}
	return nil
}

func checkESS(value []byte, cert *x509.Certificate, v2 bool) error {
	bad := small.Errorf("%w: malformed signing-certificate", ErrAttributes)
	in := cryptobyte.String(value)
	var attribute, list, id, digest, both, hashID cryptobyte.String
	if !in.ReadASN1(&attribute, cbasn1.SEQUENCE) || !in.Empty() || !attribute.ReadASN1(&list, cbasn1.SEQUENCE) ||
		!list.ReadASN1(&id, cbasn1.SEQUENCE) {
		return bad
	}
	hash := crypto.SHA1
	if v2 {
		hash = crypto.SHA256 // RFC 5035 4: DEFAULT id-sha256
		if id.PeekASN1Tag(cbasn1.SEQUENCE) {
			if !id.ReadASN1Element(&hashID, cbasn1.SEQUENCE) {
				return bad
			}
			var err error
			if hash, err = algorithm.ParseDigest(hashID); err != nil {
				return small.Errorf("read signing-certificate: %w", err)
			}
		}
	}
	if !id.ReadASN1(&digest, cbasn1.OCTET_STRING) {
		return bad
	}
	h := hash.New()
	h.Write(cert.Raw)
	if !bytes.Equal(h.Sum(nil), digest) {
		return ErrSigningCertificate
	}
	if !id.Empty() {
		var serial cryptobyte.String
		if !id.ReadASN1(&both, cbasn1.SEQUENCE) || !id.Empty() || !both.SkipASN1(cbasn1.SEQUENCE) ||
			!both.ReadASN1(&serial, cbasn1.INTEGER) {
			return bad
		}
		if !bytes.Equal(serial, serialOf(cert)) {
			return small.Errorf("%w: another serial number", ErrSigningCertificate)
		}
	}
	return nil
}

// Evidence is what the signer's attributes carry for validation, DER:
// certificate-values and revocation-values (EN 319 122-1 5.4), and Adobe's
// revocation information archival (ISO 32000-2 12.8.3.3.2). What is malformed
// is left out: it proves nothing either way.
func (s *Signer) Evidence() (certs, crls, ocsps [][]byte) {
	for _, v := range s.Unsigned(OIDCertificateValues) {
		in := cryptobyte.String(v)
		var seq cryptobyte.String
		if in.ReadASN1(&seq, cbasn1.SEQUENCE) {
			certs = append(certs, elements(seq)...)
		}
	}
	values := s.Unsigned(OIDRevocationValues)
	if v, err := s.Attribute(OIDRevocationArchival); err == nil {
		values = append(values, v)
	}
	// Both are SEQUENCE { [0] SEQUENCE OF CRL, [1] SEQUENCE OF OCSP, ... },
	// the one with basic and the other with whole OCSP responses.
	for _, v := range values {
		in := cryptobyte.String(v)
		var seq cryptobyte.String
		if !in.ReadASN1(&seq, cbasn1.SEQUENCE) {
			continue
		}
		crls = append(crls, optionalList(&seq, tag0)...)
		ocsps = append(ocsps, optionalList(&seq, tag1)...)
	}
	return certs, crls, ocsps
}

func optionalList(seq *cryptobyte.String, tag cbasn1.Tag) [][]byte {
	var outer, list cryptobyte.String
	var present bool
	if !seq.ReadOptionalASN1(&outer, &present, tag) || !present || !outer.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil
	}
	return elements(list)
}

func elements(seq cryptobyte.String) (list [][]byte) {
	for !seq.Empty() && len(list) < maxItems {
		var e cryptobyte.String
		if !seq.ReadASN1Element(&e, cbasn1.SEQUENCE) {
			break
		}
		list = append(list, e)
	}
	return list
}
