package signing_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// TestTakenAndDenied: a site that takes a signed document and says that it did
// not cannot keep its digest out of the log.
func TestTakenAndDenied(t *testing.T) {
	f := newFixture(t, nobody(t))
	s, a := f.audited(t, signingtest.Agrees, nil)
	var taken []byte
	_, err := s.Sign(t.Context(), signing.Request{Origin: "https://eoffice.example", Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))},
		Deliver: func(_ context.Context, r signing.Result) error {
			taken = bytesOf(t, r)
			return errors.New("no, thank you")
		}}, nil)
	if err == nil || len(taken) == 0 {
		t.Fatalf("%v, %d bytes taken", err, len(taken))
	}
	if len(a.entries) != 2 || len(a.entries[1].Documents) != 1 {
		t.Fatalf("%+v", a.entries)
	}
	if d := a.entries[1].Documents[0]; d.Outcome == "SIGNED" || d.Outcome == "" || d.SignedSHA256 != sha256.Sum256(taken) || d.SignedSize != int64(len(taken)) {
		t.Errorf("recorded %+v", d)
	}
}
