package tsp

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/small"
)

// Request is a parsed TimeStampReq, RFC 3161 2.4.1.
type Request struct {
	Hash    crypto.Hash
	Imprint []byte
	// Policy and Nonce are nil when the request leaves them open.
	Policy asn1.ObjectIdentifier
	Nonce  *big.Int
	// WantCertificate is certReq.
	WantCertificate bool
}

// ParseRequest reads a DER TimeStampReq. Extensions are refused when critical.
func ParseRequest(der []byte) (*Request, error) {
	in := cryptobyte.String(der)
	var seq, extensions cryptobyte.String
	var version int
	var present bool
	if !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) || version != 1 {
		return nil, malformed("request")
	}
	r := &Request{}
	var err error
	if r.Hash, r.Imprint, err = readImprint(&seq); err != nil {
		return nil, err
	}
	if seq.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && !seq.ReadASN1ObjectIdentifier(&r.Policy) {
		return nil, malformed("request policy")
	}
	if seq.PeekASN1Tag(cbasn1.INTEGER) {
		if r.Nonce, err = readInteger(&seq); err != nil {
			return nil, err
		}
	}
	if seq.PeekASN1Tag(cbasn1.BOOLEAN) && !seq.ReadASN1Boolean(&r.WantCertificate) {
		return nil, malformed("request")
	}
	if !seq.ReadOptionalASN1(&extensions, &present, tag0.Constructed()) || !seq.Empty() {
		return nil, malformed("request")
	}
	if present {
		if err := checkExtensions(extensions); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Authority is what a timestamp authority answers with. It is for tests and
// demonstrations: it keeps no log and asks nobody.
type Authority struct {
	// Certificate passes CheckCertificate; Chain is put beside it on request.
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
	// Key is the certificate's key.
	Key crypto.Signer
	// Policy goes into every token. It is required.
	Policy asn1.ObjectIdentifier
	// Hash is the digest of the token's signature; 0 means SHA-256.
	Hash crypto.Hash
	// Accuracy goes into every token when it is stated.
	Accuracy Accuracy
}

// NewResponse grants the request: a DER TimeStampResp with a token over its
// imprint. Serial must be new every time; random is for the signature.
func (a *Authority) NewResponse(random io.Reader, r *Request, serial *big.Int, at time.Time) ([]byte, error) {
	token, err := a.NewToken(random, r, serial, at)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
		b.AddBytes(token)
	})
	return b.Bytes()
}

// NewToken is the token of NewResponse by itself.
func (a *Authority) NewToken(random io.Reader, r *Request, serial *big.Int, at time.Time) ([]byte, error) {
	if err := CheckCertificate(a.Certificate); err != nil {
		return nil, small.Errorf("make timestamp: %w", err)
	}
	if r.Policy != nil && !r.Policy.Equal(a.Policy) {
		return nil, small.Error("make timestamp: another policy is asked for")
	}
	id := algorithm.DigestIdentifier(r.Hash)
	if id == nil || len(r.Imprint) != r.Hash.Size() || serial.Sign() <= 0 || serial.BitLen() > 160 {
		return nil, small.Error("make timestamp: unusable imprint or serial number")
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(a.Policy)
		addImprint(b, id, r.Imprint)
		b.AddASN1BigInt(serial)
		b.AddASN1GeneralizedTime(at.UTC().Truncate(time.Second))
		if a.Accuracy.Stated {
			a.Accuracy.add(b)
		}
		if r.Nonce != nil {
			b.AddASN1BigInt(r.Nonce)
		}
	})
	info, err := b.Bytes()
	if err != nil {
		return nil, small.Errorf("make timestamp: %w", err)
	}
	content := cms.Content{Certificate: a.Certificate, Hash: a.Hash, Type: cms.OIDTSTInfo, Attached: info, NoCertificates: !r.WantCertificate}
	if r.WantCertificate {
		content.Chain = a.Chain
	}
	unsigned, err := cms.Prepare(content)
	if err != nil {
		return nil, small.Errorf("make timestamp: %w", err)
	}
	value, err := a.Key.Sign(random, unsigned.Digest(), unsigned.Opts())
	if err != nil {
		return nil, small.Errorf("make timestamp: %w", err)
	}
	return unsigned.Finish(value)
}

func (a Accuracy) add(b *cryptobyte.Builder) {
	m := a.Margin
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if s := int64(m / time.Second); s > 0 {
			b.AddASN1Int64(s)
		}
		if ms := int64(m % time.Second / time.Millisecond); ms > 0 {
			b.AddASN1Int64WithTag(ms, tag0)
		}
		if us := int64(m % time.Millisecond / time.Microsecond); us > 0 {
			b.AddASN1Int64WithTag(us, tag1)
		}
	})
}

// Refuse is a DER TimeStampResp that refuses with the PKIFailureInfo bit
// failure, for instance 2 for badRequest.
func Refuse(failure int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(2)
			if failure >= 0 && failure < 32 {
				bits := make([]byte, failure/8+1)
				bits[failure/8] = 0x80 >> (failure % 8)
				b.AddASN1(cbasn1.BIT_STRING, func(b *cryptobyte.Builder) {
					b.AddUint8(uint8(7 - failure%8))
					b.AddBytes(bits)
				})
			}
		})
	})
	return b.BytesOrPanic()
}
