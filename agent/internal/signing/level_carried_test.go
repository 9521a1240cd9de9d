package signing

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"kyso/testdata/pki"
)

// TestWholeOCSP: a bare BasicOCSPResponse becomes the response it was cut from.
func TestWholeOCSP(t *testing.T) {
	p, err := pki.New(pki.Options{Now: time.Now(), BaseURL: "http://pki.example", Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	whole := p.OCSPResponse(p.Persons[0].Certificate)
	in := cryptobyte.String(whole)
	var response, wrapper, typed, basic cryptobyte.String
	var status int
	if !in.ReadASN1(&response, asn1.SEQUENCE) || !response.ReadASN1Enum(&status) ||
		!response.ReadASN1(&wrapper, asn1.Tag(0).ContextSpecific().Constructed()) || !wrapper.ReadASN1(&typed, asn1.SEQUENCE) ||
		!typed.SkipASN1(asn1.OBJECT_IDENTIFIER) || !typed.ReadASN1(&basic, asn1.OCTET_STRING) {
		t.Fatal("the response is not as RFC 6960 has it")
	}
	if got := wholeOCSP(basic); !bytes.Equal(got, whole) {
		t.Errorf("%x", got)
	}
	if got := wholeOCSP(whole); !bytes.Equal(got, whole) {
		t.Error("a whole one was changed")
	}
}

// FuzzWholeOCSP: what comes out of garbage is never longer than its wrapper
// makes it, and what is a response stays one.
func FuzzWholeOCSP(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x0A, 0x01, 0x06})
	f.Add([]byte{0x30, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		got := wholeOCSP(der)
		if len(got) > len(der)+64 {
			t.Fatal("too long")
		}
		if _, err := ocsp.ParseResponse(der, nil); err == nil && !bytes.Equal(got, der) {
			t.Fatal("a response was changed")
		}
	})
}
