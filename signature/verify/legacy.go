package verify

import (
	"crypto"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/small"
	"kyso/signature/trust"
)

// rsaSHA1 is the oldest format of PDF signatures.
const rsaSHA1 = "adbe.x509.rsa_sha1"

// maxLegacyChain bounds the certificates of /Cert; real ones have at most five.
const maxLegacyChain = 20

// parseRSA reads a signature of the format adbe.x509.rsa_sha1 (ISO 32000-1,
// 12.8.3.2): /Contents is a PKCS #1 value in an OCTET STRING, /Cert the
// signer's certificate, or an array that begins with it.
func (j *judge) parseRSA(s *signed) error {
	in := cryptobyte.String(s.Contents)
	var value cryptobyte.String
	if !in.ReadASN1(&value, asn1.OCTET_STRING) {
		return small.Error("the signature value is no OCTET STRING")
	}
	if err := pades.CheckPadding(in); err != nil {
		return err
	}
	v := j.doc.Revision(max(1, s.Revision))
	o, err := v.Resolve(s.Dict.Get("Cert"))
	if err != nil {
		return err
	}
	list, ok := o.(pdf.Array)
	if !ok {
		list = pdf.Array{o}
	}
	s.cms = &cms.SignedData{ContentType: cms.OIDData}
	for _, o := range list[:min(len(list), maxLegacyChain)] {
		if o, err = v.Resolve(o); err != nil {
			return err
		}
		der, ok := o.(pdf.String)
		if !ok {
			return small.Error("/Cert holds no certificate")
		}
		found, err := trust.ParseCertificates([]byte(der))
		if err != nil {
			return err
		}
		s.cms.Certificates = append(s.cms.Certificates, found...)
	}
	s.cert = s.cms.Certificates[0]
	s.signer = &cms.Signer{Digest: crypto.SHA1, Algorithm: algorithm.Signature{Key: algorithm.RSA, Hash: crypto.SHA1}, Value: value}
	j.evidence.addItems(itemsOf(s.cms))
	return nil
}

// verifyRSA checks such a signature's value, which is over the bytes
// themselves: digest and value cannot be told apart.
func (j *judge) verifyRSA(s *signed) error {
	if !j.headed() {
		return cms.ErrNoSignedAttributes
	}
	digest, err := s.digest(crypto.SHA1)
	if err != nil {
		return err
	}
	pub, err := algorithm.PublicKey(s.cert)
	if err != nil {
		return err
	}
	if err := s.signer.Algorithm.Verify(pub, digest, s.signer.Value); err != nil {
		return err
	}
	s.intact, s.valid = true, true
	return nil
}

// every checks all signers of a CMS that has more than the one it may have, or
// none: a person is told whether their signatures are at least real.
func (j *judge) every(s *signed, sd *cms.SignedData) {
	for _, signer := range sd.Signers {
		one := &signed{Signature: s.Signature, cms: sd, signer: signer, digest: s.digest}
		one.cert, _ = sd.Certificate(signer)
		if one.cert == nil || j.cryptography(one) != nil {
			s.intact, s.valid = false, false
			return
		}
		s.intact, s.valid = true, true
	}
}
