package algorithm

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// maxSaltLength bounds the salt an identifier may ask for. The salt is at most
// as long as the modulus, and maxRSABits is 2048 bytes.
const maxSaltLength = maxRSABits / 8

var (
	tag0 = cbasn1.Tag(0).ContextSpecific().Constructed()
	tag1 = cbasn1.Tag(1).ContextSpecific().Constructed()
	tag2 = cbasn1.Tag(2).ContextSpecific().Constructed()
	tag3 = cbasn1.Tag(3).ContextSpecific().Constructed()
)

// parsePSS reads RSASSA-PSS-params (RFC 4055 3.1). Defaults written out are
// accepted, since common signers write them; every other deviation is an error.
func parsePSS(params []byte) (Signature, error) {
	s := Signature{Key: RSAPSS, Hash: crypto.SHA1, MGFHash: crypto.SHA1, SaltLength: 20}
	in := cryptobyte.String(params)
	var seq, field, inner cryptobyte.String
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() {
		return s, small.Errorf("parameters are missing or malformed")
	}
	var present bool
	var err error
	if !seq.ReadOptionalASN1(&field, &present, tag0) {
		return s, small.Errorf("malformed hashAlgorithm")
	} else if present {
		if s.Hash, err = ParseDigest(field); err != nil {
			return s, err
		}
	}
	if !seq.ReadOptionalASN1(&field, &present, tag1) {
		return s, small.Errorf("malformed maskGenAlgorithm")
	} else if present {
		oid, p, err := readIdentifier(field)
		if err != nil {
			return s, err
		}
		if !small.SameOID(oid, oidMGF1) {
			return s, small.Errorf("%w: mask generation %v", ErrUnsupported, oid)
		}
		if s.MGFHash, err = ParseDigest(p); err != nil {
			return s, err
		}
	}
	if !seq.ReadOptionalASN1(&inner, &present, tag2) {
		return s, small.Errorf("malformed saltLength")
	} else if present {
		if !inner.ReadASN1Integer(&s.SaltLength) || !inner.Empty() || s.SaltLength < 0 || s.SaltLength > maxSaltLength {
			return s, small.Errorf("saltLength out of range")
		}
	}
	if !seq.ReadOptionalASN1(&inner, &present, tag3) {
		return s, small.Errorf("malformed trailerField")
	} else if present {
		var trailer int
		if !inner.ReadASN1Integer(&trailer) || !inner.Empty() || trailer != 1 {
			return s, small.Errorf("trailerField is not 1")
		}
	}
	if !seq.Empty() {
		return s, small.Errorf("unknown parameters")
	}
	return s, nil
}

func (s Signature) pssIdentifier() []byte {
	hash, mgf := DigestIdentifier(s.Hash), DigestIdentifier(s.MGFHash)
	if hash == nil || mgf == nil {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidPSS)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			// DER leaves defaults out.
			if s.Hash != crypto.SHA1 {
				b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddBytes(hash) })
			}
			if s.MGFHash != crypto.SHA1 {
				b.AddASN1(tag1, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidMGF1)
						b.AddBytes(mgf)
					})
				})
			}
			if s.SaltLength != 20 {
				b.AddASN1(tag2, func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(s.SaltLength)) })
			}
		})
	})
	return b.BytesOrPanic()
}

// verifyPSS is RSASSA-PSS-VERIFY (RFC 8017 8.1.2 and 9.1.2) for a digest.
// crypto/rsa cannot be used: it has one digest for message and mask, and
// certificates in the field have SHA-256 over MGF1 with SHA-1.
func verifyPSS(pub *rsa.PublicKey, s Signature, digest, value []byte) error {
	if len(digest) != s.Hash.Size() {
		return small.Errorf("%w: digest of %d bytes", ErrSignature, len(digest))
	}
	m, err := openRSA(pub, value)
	if err != nil {
		return err
	}
	emBits := pub.N.BitLen() - 1
	emLen := (emBits + 7) / 8
	if m.BitLen() > emBits {
		return ErrSignature
	}
	em := m.FillBytes(make([]byte, emLen))

	hLen := s.Hash.Size()
	if emLen < hLen+s.SaltLength+2 || em[emLen-1] != 0xbc {
		return ErrSignature
	}
	db, h := em[:emLen-hLen-1], em[emLen-hLen-1:emLen-1]
	unused := byte(0xff >> (8*emLen - emBits)) // the bits of db[0] in use
	if db[0]&^unused != 0 {
		return ErrSignature
	}
	unmask(db, h, s.MGFHash)
	db[0] &= unused
	padding := len(db) - s.SaltLength - 1
	for _, b := range db[:padding] {
		if b != 0 {
			return ErrSignature
		}
	}
	if db[padding] != 1 {
		return ErrSignature
	}
	hash := s.Hash.New()
	hash.Write(make([]byte, 8))
	hash.Write(digest)
	hash.Write(db[padding+1:])
	if !bytes.Equal(hash.Sum(nil), h) {
		return ErrSignature
	}
	return nil
}

// unmask xors MGF1(seed) (RFC 8017 B.2.1) into db.
func unmask(db, seed []byte, hash crypto.Hash) {
	h := hash.New()
	for counter := uint32(0); len(db) > 0; counter++ {
		h.Reset()
		h.Write(seed)
		h.Write(binary.BigEndian.AppendUint32(nil, counter))
		mask := h.Sum(nil)
		for i := 0; i < len(mask) && i < len(db); i++ {
			db[i] ^= mask[i]
		}
		db = db[min(len(mask), len(db)):]
	}
}
