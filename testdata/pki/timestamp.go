package pki

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers of RFC 5652, RFC 3161 and RFC 5035.
var (
	oidSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo              = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256               = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA                  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

// imprintHashes are the hashes a request may use, by identifier.
var imprintHashes = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// PKIFailureInfo bits of RFC 3161, 2.4.2.
const (
	badAlgorithm     = 0
	badDataFormat    = 5
	unacceptedPolicy = 15
	noExtensions     = 16
	systemFailure    = 25
)

// A timestampRequest is TimeStampReq of RFC 3161, 2.4.1.
type timestampRequest struct {
	imprint      cryptobyte.String // MessageImprint, its whole DER
	nonce        *big.Int          // nil: none
	certificates bool
}

// TimestampResponse answers a DER TimeStampReq with a DER TimeStampResp: a
// token of the TSA for the PKI's moment, or a refusal.
func (p *PKI) TimestampResponse(request []byte) []byte {
	r, failure := parseTimestampRequest(request)
	if failure >= 0 {
		return refusal(failure)
	}
	token, err := p.timestampToken(r)
	if err != nil {
		return refusal(systemFailure)
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) }) // granted
		b.AddBytes(token)
	})
	return b.BytesOrPanic()
}

// refusal is a response with status "rejection" and one failure bit.
func refusal(bit int) []byte {
	bits := make([]byte, bit/8+1)
	bits[bit/8] = 0x80 >> (bit % 8)
	return mustDER(struct {
		Status struct {
			Status  int
			Failure asn1.BitString
		}
	}{struct {
		Status  int
		Failure asn1.BitString
	}{2, asn1.BitString{Bytes: bits, BitLength: bit + 1}}})
}

// parseTimestampRequest returns the request, or the failure bit to answer with
// (-1: none).
func parseTimestampRequest(der []byte) (timestampRequest, int) {
	var r timestampRequest
	input, body := cryptobyte.String(der), cryptobyte.String{}
	var version int
	if !input.ReadASN1(&body, tag.SEQUENCE) || !input.Empty() ||
		!body.ReadASN1Integer(&version) || version != 1 ||
		!body.ReadASN1Element(&r.imprint, tag.SEQUENCE) {
		return r, badDataFormat
	}
	imprint, algorithm := r.imprint, cryptobyte.String{}
	var hash asn1.ObjectIdentifier
	var digest []byte
	if !imprint.ReadASN1(&imprint, tag.SEQUENCE) || !imprint.ReadASN1(&algorithm, tag.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&hash) ||
		!imprint.ReadASN1Bytes(&digest, tag.OCTET_STRING) || !imprint.Empty() {
		return r, badDataFormat
	}
	h, known := imprintHashes[hash.String()]
	if !known {
		return r, badAlgorithm
	}
	if len(digest) != h.Size() {
		return r, badDataFormat
	}
	if body.PeekASN1Tag(tag.OBJECT_IDENTIFIER) {
		var policy asn1.ObjectIdentifier
		if !body.ReadASN1ObjectIdentifier(&policy) {
			return r, badDataFormat
		}
		if !policy.Equal(timestampPolicy) {
			return r, unacceptedPolicy
		}
	}
	if body.PeekASN1Tag(tag.INTEGER) {
		r.nonce = new(big.Int)
		if !body.ReadASN1Integer(r.nonce) {
			return r, badDataFormat
		}
	}
	if body.PeekASN1Tag(tag.BOOLEAN) && !body.ReadASN1Boolean(&r.certificates) {
		return r, badDataFormat
	}
	if !body.Empty() {
		return r, noExtensions
	}
	return r, -1
}

// timestampToken returns a CMS ContentInfo around a signed TSTInfo.
func (p *PKI) timestampToken(r timestampRequest) ([]byte, error) {
	content, err := p.tstInfo(r)
	if err != nil {
		return nil, err
	}
	attributes, err := p.tokenAttributes(content)
	if err != nil {
		return nil, err
	}
	// What is signed is the SET OF itself; in SignerInfo its tag is [0].
	var set cryptobyte.Builder
	set.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	digest := sha256Sum(set.BytesOrPanic())
	value, err := rsa.SignPKCS1v15(rand.Reader, p.TSA.Key, crypto.SHA256, digest)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // ContentInfo
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(tag.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { p.addSignedData(b, r, content, attributes, value) })
		})
	})
	return b.Bytes()
}

func (p *PKI) addSignedData(b *cryptobyte.Builder, r timestampRequest, content, attributes, value []byte) {
	context0 := tag.Tag(0).Constructed().ContextSpecific()
	b.AddASN1Int64(3)
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, oidSHA256) })
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidTSTInfo)
		b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
	})
	if r.certificates {
		certificates := [][]byte{p.TSA.Certificate.Raw, p.SubCA.Certificate.Raw}
		slices.SortFunc(certificates, compareDER)
		b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(certificates...)) })
	}
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { // SignerInfo
			b.AddASN1Int64(1)
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(p.TSA.Certificate.RawIssuer)
				b.AddASN1BigInt(p.TSA.Certificate.SerialNumber)
			})
			addAlgorithm(b, oidSHA256)
			b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
			addAlgorithm(b, oidRSA)
			b.AddASN1OctetString(value)
		})
	})
}

// tstInfo is TSTInfo of RFC 3161, 2.4.2.
func (p *PKI) tstInfo(r timestampRequest) ([]byte, error) {
	// 63 random bits: unique, positive, and within the 160 bits allowed.
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(timestampPolicy)
		b.AddBytes(r.imprint)
		b.AddASN1BigInt(serial)
		b.AddASN1GeneralizedTime(p.now().UTC().Truncate(time.Second))
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(1) }) // accuracy: 1 s
		if r.nonce != nil {
			b.AddASN1BigInt(r.nonce)
		}
		b.AddASN1(tag.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { // tsa
			b.AddASN1(tag.Tag(4).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
				b.AddBytes(p.TSA.Certificate.RawSubject)
			})
		})
	})
	return b.Bytes()
}

// tokenAttributes are the signed attributes in DER order, without the tag of
// their set. There is no signing-time: the TSTInfo says the time.
func (p *PKI) tokenAttributes(content []byte) ([]byte, error) {
	attribute := func(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) []byte {
		var b cryptobyte.Builder
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			b.AddASN1(tag.SET, value)
		})
		return b.BytesOrPanic()
	}
	all := [][]byte{
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidTSTInfo) }),
		attribute(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(sha256Sum(content)) }),
		// ESSCertIDv2 with its default hash, SHA-256, which DER leaves out.
		attribute(oidSigningCertificateV2, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1OctetString(sha256Sum(p.TSA.Certificate.Raw))
					})
				})
			})
		}),
	}
	slices.SortFunc(all, compareDER)
	return slices.Concat(all...), nil
}

// compareDER orders the elements of a SET OF (X.690, 11.6).
func compareDER(a, b []byte) int {
	return cmp.Or(bytes.Compare(a, b), cmp.Compare(len(a), len(b)))
}

// addAlgorithm adds an AlgorithmIdentifier with NULL parameters.
func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1NULL()
	})
}

func sha256Sum(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}
