package cms

import (
	"bytes"
	"crypto"
	"slices"
	"sort"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

func readSigner(seq cryptobyte.String) (*Signer, error) {
	s := &Signer{}
	var set cryptobyte.String
	var digestID, signatureID, value cryptobyte.String
	var present bool
	if !seq.ReadASN1Integer(&s.Version) {
		return nil, malformed("signer version")
	}
	if err := s.readIdentifier(&seq); err != nil {
		return nil, err
	}
	if !seq.ReadASN1Element(&digestID, cbasn1.SEQUENCE) {
		return nil, malformed("digestAlgorithm")
	}
	if seq.PeekASN1Tag(tag0) {
		var element cryptobyte.String
		if !seq.ReadASN1Element(&element, tag0) {
			return nil, malformed("signedAttrs")
		}
		if err := s.readSignedAttributes(element); err != nil {
			return nil, err
		}
	}
	if !seq.ReadASN1Element(&signatureID, cbasn1.SEQUENCE) || !seq.ReadASN1(&value, cbasn1.OCTET_STRING) ||
		!seq.ReadOptionalASN1(&set, &present, tag1) || !seq.Empty() {
		return nil, malformed("signer")
	}
	if present {
		var err error
		if s.UnsignedAttributes, _, err = readAttributes(set); err != nil {
			return nil, err
		}
	}
	s.Value, s.digestID, s.signatureID = value, digestID, signatureID
	s.Digest, s.Algorithm, s.problem = readAlgorithms(digestID, signatureID)
	return s, nil
}

// readAlgorithms reads both identifiers of a signer and joins them. An unknown
// or mixed pair is a finding about the signature, not about its format.
func readAlgorithms(digestID, signatureID []byte) (h crypto.Hash, s algorithm.Signature, err error) {
	if h, err = algorithm.ParseDigest(digestID); err != nil {
		return 0, s, err
	}
	if s, err = algorithm.ParseSignature(signatureID); err != nil {
		return h, algorithm.Signature{}, err
	}
	if s, err = s.WithHash(h); err != nil {
		return h, algorithm.Signature{}, small.Errorf("%w: %w", ErrAlgorithms, err)
	}
	return h, s, nil
}

func (s *Signer) readIdentifier(seq *cryptobyte.String) error {
	if seq.PeekASN1Tag(tag0Primitive) {
		var id cryptobyte.String
		if !seq.ReadASN1(&id, tag0Primitive) {
			return malformed("signer identifier")
		}
		s.SubjectKeyID = append([]byte{}, id...) // never nil; an empty one names nothing
		return nil
	}
	var both, issuer, serial cryptobyte.String
	if !seq.ReadASN1(&both, cbasn1.SEQUENCE) || !both.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!both.ReadASN1(&serial, cbasn1.INTEGER) || !both.Empty() || len(serial) == 0 {
		return malformed("signer identifier")
	}
	s.Issuer, s.Serial = issuer, serial
	return nil
}

// readSignedAttributes keeps the attributes and the bytes a signature is over:
// RFC 5652 5.4 has them encoded anew as a DER SET OF, whatever was transmitted.
func (s *Signer) readSignedAttributes(element cryptobyte.String) error {
	var set cryptobyte.String
	s.signedSent = retag(element, cbasn1.SET)
	if !element.ReadASN1(&set, tag0) {
		return malformed("signedAttrs")
	}
	attributes, encoded, err := readAttributes(set)
	if err != nil {
		return err
	}
	if len(attributes) == 0 {
		return malformed("empty signedAttrs")
	}
	s.SignedAttributes = attributes
	s.signedRaw = setOf(encoded)
	return nil
}

// readAttributes reads a SET OF Attribute. encoded holds each attribute as DER,
// its values sorted.
func readAttributes(set cryptobyte.String) (list []Attribute, encoded [][]byte, err error) {
	for !set.Empty() {
		var seq, values cryptobyte.String
		a := Attribute{}
		if len(list) == maxItems || !set.ReadASN1(&seq, cbasn1.SEQUENCE) ||
			!seq.ReadASN1ObjectIdentifier(&a.Type) || !seq.ReadASN1(&values, cbasn1.SET) || !seq.Empty() {
			return nil, nil, malformed("attribute")
		}
		for !values.Empty() {
			var v cryptobyte.String
			var tag cbasn1.Tag
			if len(a.Values) == maxItems || !values.ReadAnyASN1Element(&v, &tag) {
				return nil, nil, malformed("attribute value")
			}
			a.Values = append(a.Values, v)
		}
		list = append(list, a)
		encoded = append(encoded, a.der())
	}
	return list, encoded, nil
}

// der is the attribute as DER.
func (a Attribute) der() []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(a.Type)
		b.AddBytes(setOf(a.Values))
	})
	return b.BytesOrPanic()
}

// setOf is the DER SET OF the given elements (X.690 11.6).
func setOf(elements [][]byte) []byte {
	sorted := slices.Clone(elements)
	sort.Slice(sorted, func(i, j int) bool { return bytes.Compare(sorted[i], sorted[j]) < 0 })
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
		for _, e := range sorted {
			b.AddBytes(e)
		}
	})
	return b.BytesOrPanic()
}
