package tsp

import (
	"crypto"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
)

// NewRequest is a DER TimeStampReq for the imprint, which was computed with h.
// nonce, of at most 32 bytes, is left out when empty. The authority's
// certificate is asked for. It is nil when h is unknown or does not fit.
func NewRequest(h crypto.Hash, imprint, nonce []byte) []byte {
	id := algorithm.DigestIdentifier(h)
	if id == nil || len(imprint) != h.Size() || len(nonce) > maxInteger/2 {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		addImprint(b, id, imprint)
		if len(nonce) > 0 {
			b.AddASN1BigInt(new(big.Int).SetBytes(nonce))
		}
		b.AddASN1Boolean(true)
	})
	return b.BytesOrPanic()
}

//go:noinline
func addImprint(b *cryptobyte.Builder, id, imprint []byte) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(id)
		b.AddASN1OctetString(imprint)
	})
}

// StatusError is a refusal by the authority, RFC 3161 2.4.2.
type StatusError struct {
	// Status is the PKIStatus: 2 rejection, 3 waiting, 4 revocation warning,
	// 5 revocation notification.
	Status int
	// Failures are the names of the PKIFailureInfo bits that are set.
	Failures []string
	// Text is what the authority says, cut to maxText bytes; it is a
	// stranger's text.
	Text string
}

// maxText bounds the text of a refusal that is kept.
const maxText = 300

// Error names the status and the failures.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("the timestamp authority refused with status %d", e.Status)
	if len(e.Failures) > 0 {
		s += " (" + strings.Join(e.Failures, ", ") + ")"
	}
	if e.Text != "" {
		s += fmt.Sprintf(": %q", e.Text)
	}
	return s
}

// failureNames are the bits of PKIFailureInfo, RFC 3161 2.4.2.
var failureNames = map[int]string{
	0: "badAlg", 2: "badRequest", 5: "badDataFormat", 14: "timeNotAvailable",
	15: "unacceptedPolicy", 16: "unacceptedExtension", 17: "addInfoNotAvailable", 25: "systemFailure",
}

// ParseResponse reads a DER TimeStampResp and returns the token inside it, DER
// or BER as it was. A refusal is a *StatusError. The token is not read: Parse
// and Verify it, and compare its nonce with the request's.
func ParseResponse(der []byte) (token []byte, err error) {
	in := cryptobyte.String(der)
	var resp, status cryptobyte.String
	if !in.ReadASN1(&resp, cbasn1.SEQUENCE) || !resp.ReadASN1(&status, cbasn1.SEQUENCE) {
		return nil, malformed("response")
	}
	refusal := &StatusError{}
	if !status.ReadASN1Integer(&refusal.Status) || refusal.Status < 0 {
		return nil, malformed("response status")
	}
	if refusal.Status > 1 { // 0 granted, 1 granted with modifications
		refusal.read(status)
		return nil, refusal
	}
	if resp.Empty() {
		return nil, malformed("a response without a token")
	}
	return resp, nil
}

// read picks up the optional text and failure bits; what is malformed is left.
func (e *StatusError) read(in cryptobyte.String) {
	if in.PeekASN1Tag(cbasn1.SEQUENCE) {
		var list, text cryptobyte.String
		in.ReadASN1(&list, cbasn1.SEQUENCE)
		if list.ReadASN1(&text, cbasn1.UTF8String) {
			e.Text = strings.ToValidUTF8(string(text[:min(len(text), maxText)]), "")
		}
	}
	if bits := []byte(nil); in.PeekASN1Tag(cbasn1.BIT_STRING) {
		var value cryptobyte.String
		if in.ReadASN1(&value, cbasn1.BIT_STRING) && len(value) > 1 {
			bits = value[1:]
		}
		for bit := 0; bit < 8*len(bits) && bit < 32; bit++ {
			if name, known := failureNames[bit]; known && bits[bit/8]&(0x80>>(bit%8)) != 0 {
				e.Failures = append(e.Failures, name)
			}
		}
	}
}
