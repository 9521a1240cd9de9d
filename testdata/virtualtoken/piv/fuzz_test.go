package piv_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"kyso/testdata/virtualtoken/piv"
)

// FuzzTransmit sends a card a session of commands, each after a byte with its
// length. Whatever they are, each has an answer, and neither a PIN nor a
// certificate is changed without what that takes.
func FuzzTransmit(f *testing.F) {
	f.Add([]byte("\x09\x00\xA4\x04\x00\x04\xA0\x00\x00\x03\x0B\x00\xCB\x3F\xFF\x05\x5C\x03\x5F\xC1\x02\x00"))
	f.Add([]byte("\x04\x00\x20\x00\x80\x0D\x00\x20\x00\x80\x08123456\xFF\xFF\x05\x00\xC0\x00\x00\x00"))
	f.Add([]byte("\x0A\x00\x87\x03\x9B\x04\x7C\x02\x81\x00\x00\x0A\x10\x87\x11\x9E\x05\x7C\x24\x82\x00\x81"))
	f.Add([]byte("\x15\x00\x24\x00\x80\x10000000\xFF\xFF222222\xFF\xFF\x0E\x00\xDB\x3F\xFF\x09\x5C\x03\x5F\xC1\x05\x53\x02\xAA\xBB"))
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, session []byte) {
		// PIN and PUK are not in the seeds, so no session has them.
		card, err := piv.New(piv.Options{PIN: "80413579", PUK: "97531864", Keys: []piv.Key{{Slot: piv.CardAuthentication, Private: private}}})
		if err != nil {
			t.Fatal(err)
		}
		card.Reset()
		for len(session) > 0 {
			n := min(int(session[0]), len(session)-1)
			answer := card.Transmit(session[1 : 1+n])
			if len(answer) < 2 || len(answer) > 258 {
				t.Fatalf("an answer of %d bytes", len(answer))
			}
			session = session[1+n:]
		}
		s := card.Status()
		if s.LoggedIn || s.PINTries > 3 || s.Counts.WrongPUKs == 0 && s.PUKTries != 3 {
			t.Fatalf("%+v", s)
		}
		if card.Certificate(piv.Authentication) != nil {
			t.Fatal("a certificate came from nowhere")
		}
	})
}
