package signing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/stamp"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// holders are several tokens at once.
type holders map[string]*signingtest.Held

func (h holders) Identities(context.Context) (list []signing.Identity, err error) {
	for id, held := range h {
		list = append(list, signing.Identity{ID: id, Certificate: held.Certificate, Chain: held.Issuers})
	}
	slices.SortFunc(list, func(a, b signing.Identity) int { return len(a.ID) - len(b.ID) })
	return list, nil
}

func (h holders) Open(ctx context.Context, id string, pin []byte, o signing.OpenOptions) (signing.Key, error) {
	held, ok := h[id]
	if !ok {
		return nil, signing.ErrNoCertificate
	}
	return held.Open(ctx, "held", pin, o)
}

// memory remembers choices.
type memory map[string]string

func (m memory) Remembered(origin string) string { return m[origin] }
func (m memory) Remember(origin, id string) error {
	m[origin] = id
	return nil
}

// TestChoose: a stamp or a profile is for one certificate, which the person names
// unless it was remembered for this site and is here.
func TestChoose(t *testing.T) {
	w := firstWorld()
	// IDs are of different lengths, which orders them.
	an := map[string]pki.Identity{"a": w.Persons[0], "bb": w.Persons[1]}
	letter, err := documents.Open(documents.Letter)
	if err != nil {
		t.Fatal(err)
	}
	template, _ := stamp.BuiltIn("archive")
	archive := &signing.Stamp{Template: template}
	const site = "https://eoffice.example"
	for name, c := range map[string]struct {
		tokens     []string
		remembered memory
		request    signing.Request
		answer     func(q signing.ChooseQuestion) (signing.Choice, error)
		asked      bool // which certificate
		signer     string
		after      string // remembered for the site
		code       string
	}{
		"one token":                     {tokens: []string{"bb"}, request: signing.Request{Profile: signing.ProfilePersonal}, signer: "bb"},
		"one token, another remembered": {tokens: []string{"bb"}, remembered: memory{site: "a"}, request: signing.Request{Profile: signing.ProfilePersonal}, signer: "bb", after: "a"},
		"asked": {tokens: []string{"a", "bb"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{ID: "bb"}, nil }, asked: true, signer: "bb"},
		"asked for a stamp": {tokens: []string{"a", "bb"}, request: signing.Request{Stamp: archive},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{ID: "bb"}, nil }, asked: true, signer: "bb"},
		"asked, and remembered": {tokens: []string{"a", "bb"}, remembered: memory{}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) {
				return signing.Choice{ID: "bb", Remember: true}, nil
			}, asked: true, signer: "bb", after: "bb"},
		"remembered": {tokens: []string{"a", "bb"}, remembered: memory{site: "bb"}, request: signing.Request{Profile: signing.ProfilePersonal}, signer: "bb", after: "bb"},
		"remembered for another site": {tokens: []string{"a", "bb"}, remembered: memory{"https://khac.example": "bb"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{ID: "a"}, nil }, asked: true, signer: "a"},
		// Two persons' certificates are here, and the remembered one is not: it is
		// asked, not guessed.
		"remembered, and not here": {tokens: []string{"a", "bb"}, remembered: memory{site: "ccc"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{ID: "a"}, nil }, asked: true, signer: "a", after: "ccc"},
		"named by the page": {tokens: []string{"a", "bb"}, remembered: memory{site: "bb"}, request: signing.Request{Profile: signing.ProfilePersonal, CertificateID: "a"}, signer: "a", after: "bb"},
		"invisible":         {tokens: []string{"a", "bb"}, signer: "a"}, // the question itself offers both
		"refused": {tokens: []string{"a", "bb"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{}, signing.ErrRefused }, asked: true, code: "REFUSED"},
		"an answer that was not offered": {tokens: []string{"a", "bb"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{ID: "ccc"}, nil }, asked: true, code: "CONSENT_PROBLEM"},
		"an error": {tokens: []string{"a", "bb"}, request: signing.Request{Profile: signing.ProfilePersonal},
			answer: func(signing.ChooseQuestion) (signing.Choice, error) { return signing.Choice{}, errors.New("no window") }, asked: true, code: "CONSENT_PROBLEM"},
		"nobody who asks": {tokens: []string{"a", "bb"}, request: signing.Request{Profile: signing.ProfilePersonal}, code: "BAD_REQUEST"},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := make(holders)
			for _, id := range c.tokens {
				tokens[id] = w.Hold(an[id])
			}
			asked := false
			var shown []signing.Identity
			log := &auditor{token: new(signingtest.Token)}
			o := signing.Options{Keys: tokens, Clock: func() time.Time { return w.Now() }, Audit: log, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
				shown = q.Identities
				return signingtest.Agrees(ctx, q)
			})}
			if c.remembered != nil {
				o.Choices = c.remembered
			}
			if c.answer != nil {
				o.Choose = func(_ context.Context, q signing.ChooseQuestion) (signing.Choice, error) {
					asked = true
					if q.Origin != site || q.Language != "vi" || len(q.Identities) != len(c.tokens) {
						t.Errorf("asked %+v", q)
					}
					return c.answer(q)
				}
			}
			s, err := signing.New(o)
			if err != nil {
				t.Fatal(err)
			}
			r := c.request
			r.Origin, r.Documents = site, []signing.Document{document("a.pdf", letter)}
			results, err := s.Sign(t.Context(), r, nil)
			if asked != c.asked || c.code != "" && signing.Code(err) != c.code || c.code == "" && err != nil {
				t.Fatalf("asked %t, %v", asked, err)
			}
			if c.remembered != nil && c.remembered[site] != c.after {
				t.Errorf("remembered %q", c.remembered[site])
			}
			signs := 0
			for _, h := range tokens {
				signs += h.Signed()
			}
			if c.code != "" {
				if signs != 0 || c.code == "REFUSED" && (len(log.entries) != 1 || log.entries[0].Decision != signing.Refused) {
					t.Errorf("%d signatures, log %+v", signs, log.entries)
				}
				return
			}
			if signs != 1 || tokens[c.signer].Signed() != 1 || !results[0].Identity.Certificate.Equal(an[c.signer].Certificate) {
				t.Errorf("%d signatures, by %s", signs, results[0].Identity.Certificate.Subject.CommonName)
			}
			if want := 1; c.request.Profile != "" && (len(shown) != want || shown[0].ID != c.signer) {
				t.Errorf("the window showed %d certificates", len(shown))
			}
		})
	}
}

// TestChooseWaits: nobody's answer is waited for longer than a person is.
func TestChooseWaits(t *testing.T) {
	w := firstWorld()
	s, err := signing.New(signing.Options{Keys: holders{"a": w.Hold(w.Persons[0]), "bb": w.Hold(w.Persons[1])}, Approver: nobody(t), Clock: w.Now, AskTimeout: 20 * time.Millisecond,
		Choose: func(ctx context.Context, _ signing.ChooseQuestion) (signing.Choice, error) {
			<-ctx.Done()
			return signing.Choice{}, fmt.Errorf("window: %w", ctx.Err())
		}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Sign(t.Context(), signing.Request{Profile: signing.ProfilePersonal, Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}, nil)
	if signing.Code(err) != "TIMEOUT" {
		t.Errorf("got %v", err)
	}
}
