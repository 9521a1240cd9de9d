package cms

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/small"
)

// Content says what to sign and with which certificate.
type Content struct {
	// Certificate is the signer's.
	Certificate *x509.Certificate
	// Chain is put beside it, without order; the anchor may be left out.
	Chain []*x509.Certificate
	// Hash is the one digest of the signature. 0 means SHA-256. SHA-384 and
	// SHA-512 are the others allowed: nothing weaker is ever signed with.
	Hash crypto.Hash
	// PSS asks for RSASSA-PSS instead of PKCS#1 v1.5 with an RSA key.
	PSS bool
	// Digest is Hash over the detached content.
	Digest []byte

	// Type is the content type; nil means id-data.
	Type asn1.ObjectIdentifier
	// Attached, when not nil, is the content itself. It is put into the
	// SignedData, and Digest is computed from it.
	Attached []byte
	// ContentTimestamp is a timestamp token over the content, DER, nil for none:
	// it proves that the signature is younger (EN 319 122-1 5.2.8).
	ContentTimestamp []byte
	// Hint describes the content in a content-hints attribute (EN 319 122-1
	// 5.2.4.1); empty leaves it out. A signature with one is no PAdES baseline
	// signature (EN 319 142-1 6.3).
	Hint string
	// NoCertificates leaves Certificate and Chain out of the SignedData, as a
	// timestamp requester may ask. PAdES needs them in.
	NoCertificates bool
}

// Unsigned is a signature that lacks its value.
type Unsigned struct {
	content    Content
	algorithm  algorithm.Signature
	pub        crypto.PublicKey
	attributes []byte // DER SET OF, what gets signed
}

// Prepare makes the signed attributes of a CAdES/PAdES baseline B-B signature
// (EN 319 122-1, EN 319 142-1 6.3): content-type, message-digest and
// signing-certificate-v2. There is no signing-time: PAdES forbids it beside /M.
func Prepare(c Content) (*Unsigned, error) {
	if c.Certificate == nil {
		return nil, small.Error("prepare CMS signature: no certificate")
	}
	if c.Hash == 0 {
		c.Hash = crypto.SHA256
	}
	switch c.Hash {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
	default:
		return nil, small.Errorf("prepare CMS signature: digest %v is not offered", c.Hash)
	}
	if c.Type == nil {
		c.Type = OIDData
	}
	if c.Attached != nil {
		c.Digest = sum(c.Hash, c.Attached)
	}
	if len(c.Digest) != c.Hash.Size() {
		return nil, small.Errorf("prepare CMS signature: digest of %d bytes for %v", len(c.Digest), c.Hash)
	}
	pub, err := algorithm.PublicKey(c.Certificate)
	if err != nil {
		return nil, small.Errorf("prepare CMS signature: %w", err)
	}
	sig, err := algorithm.ForKey(pub, c.Hash, c.PSS)
	if err != nil {
		return nil, small.Errorf("prepare CMS signature: %w", err)
	}
	if sig.Key == algorithm.Ed25519 {
		// It cannot sign a digest, which is all a token is handed.
		return nil, small.Errorf("prepare CMS signature: %w: Ed25519", algorithm.ErrUnsupported)
	}
	u := &Unsigned{content: c, algorithm: sig, pub: pub}
	var oid, digest cryptobyte.Builder
	oid.AddASN1ObjectIdentifier(c.Type)
	digest.AddASN1OctetString(c.Digest)
	attributes := [][]byte{
		Attribute{OIDContentType, [][]byte{oid.BytesOrPanic()}}.der(),
		Attribute{OIDMessageDigest, [][]byte{digest.BytesOrPanic()}}.der(),
		Attribute{OIDSigningCertificateV2, [][]byte{signingCertificateV2(c.Certificate, c.Hash)}}.der(),
	}
	if c.ContentTimestamp != nil {
		attributes = append(attributes, Attribute{OIDContentTimestamp, [][]byte{c.ContentTimestamp}}.der())
	}
	if c.Hint != "" {
		attributes = append(attributes, Attribute{OIDContentHints, [][]byte{contentHints(c.Hint, c.Type)}}.der())
	}
	u.attributes = setOf(attributes)
	return u, nil
}

// contentHints is the ContentHints of RFC 2634 2.9.
func contentHints(description string, of asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(description)) })
		b.AddASN1ObjectIdentifier(of)
	})
	return b.BytesOrPanic()
}

// signingCertificateV2 is the SigningCertificateV2 of RFC 5035 3 for cert.
func signingCertificateV2(cert *x509.Certificate, h crypto.Hash) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				if h != crypto.SHA256 { // DER leaves the default out
					b.AddBytes(algorithm.DigestIdentifier(h))
				}
				b.AddASN1OctetString(sum(h, cert.Raw))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // issuerSerial
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // GeneralNames
						b.AddASN1(cbasn1.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
							b.AddBytes(cert.RawIssuer)
						})
					})
					b.AddASN1(cbasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serialOf(cert)) })
				})
			})
		})
	})
	return b.BytesOrPanic()
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// Digest is what the key signs: the digest of the DER signed attributes.
//
//go:noinline
func (u *Unsigned) Digest() []byte { return sum(u.content.Hash, u.attributes) }

// Opts goes with Digest into crypto.Signer.Sign.
func (u *Unsigned) Opts() crypto.SignerOpts {
	if u.algorithm.Key == algorithm.RSAPSS {
		return &rsa.PSSOptions{SaltLength: u.algorithm.SaltLength, Hash: u.algorithm.Hash}
	}
	return u.algorithm.Hash
}

// MaxSize is an upper bound for the length of what Finish returns when the
// unsigned attributes take the given number of bytes, for those who must
// reserve room before they have a value.
func (u *Unsigned) MaxSize(unsigned int) int {
	value := 0
	switch key := u.pub.(type) {
	case *rsa.PublicKey:
		value = key.Size()
	case *algorithm.PSSPublicKey:
		value = key.Key.Size()
	case *algorithm.ECPublicKey:
		// Two integers with sign byte and headers, and the sequence around.
		value = 2*((key.Bits()+7)/8+4) + 4
	}
	size := len(u.attributes) + value + unsigned + len(u.content.Attached) + len(u.content.Certificate.Raw)
	for _, c := range u.content.Chain {
		size += len(c.Raw)
	}
	// Everything else: names of algorithms, the signer identifier, headers.
	return size + len(u.content.Certificate.RawIssuer) + 512
}

// Finish puts the value in and returns a DER ContentInfo. It first verifies
// the value with the certificate's key, so that a wrong one (another key, a
// broken token) is an ErrSignature here and never leaves as a signature.
func (u *Unsigned) Finish(value []byte, unsigned ...Attribute) ([]byte, error) {
	if err := u.algorithm.Verify(u.pub, u.Digest(), value); err != nil {
		return nil, small.Errorf("finish CMS signature: %w", signatureError(err))
	}
	var certs [][]byte
	for _, c := range append([]*x509.Certificate{u.content.Certificate}, u.content.Chain...) {
		if !contains(certs, c.Raw) {
			certs = append(certs, c.Raw)
		}
	}
	digestID := algorithm.DigestIdentifier(u.content.Hash)
	version := int64(1)
	if !small.SameOID(u.content.Type, OIDData) {
		version = 3 // RFC 5652 5.1
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(OIDSignedData)
		b.AddASN1(tag0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(version)
				b.AddBytes(setOf([][]byte{digestID}))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(u.content.Type)
					if u.content.Attached != nil {
						b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddASN1OctetString(u.content.Attached) })
					}
				})
				if !u.content.NoCertificates {
					b.AddBytes(retag(setOf(certs), tag0))
				}
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { u.addSigner(b, digestID, value, unsigned) })
			})
		})
	})
	out, err := b.Bytes()
	if err != nil {
		return nil, small.Errorf("finish CMS signature: %w", err)
	}
	return out, nil
}

func (u *Unsigned) addSigner(b *cryptobyte.Builder, digestID, value []byte, unsigned []Attribute) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1) // issuerAndSerialNumber
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(u.content.Certificate.RawIssuer)
			b.AddASN1(cbasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serialOf(u.content.Certificate)) })
		})
		b.AddBytes(digestID)
		b.AddBytes(retag(u.attributes, tag0))
		b.AddBytes(u.algorithm.Identifier())
		b.AddASN1OctetString(value)
		if len(unsigned) > 0 {
			var list [][]byte
			for _, a := range unsigned {
				list = append(list, a.der())
			}
			b.AddBytes(retag(setOf(list), tag1))
		}
	})
}

// retag gives a DER element another tag, as IMPLICIT does.
//
//go:noinline
func retag(der []byte, tag cbasn1.Tag) []byte {
	out := bytes.Clone(der)
	out[0] = byte(tag)
	return out
}

func contains(list [][]byte, item []byte) bool {
	for _, e := range list {
		if bytes.Equal(e, item) {
			return true
		}
	}
	return false
}
