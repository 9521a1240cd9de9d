package main

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
	"kyso/signature/verify"
)

// keys hands the tokens to package signing, which knows them by its own types.
type keys struct {
	source token.Source
	// cli: nobody was shown the PIN's state before it was typed, so the last
	// try is never used up.
	cli bool
}

func (k *keys) Identities(ctx context.Context) ([]signing.Identity, error) {
	found, err := k.source.Identities(ctx)
	if err != nil {
		return nil, tokenError(err)
	}
	out := make([]signing.Identity, len(found))
	for i, f := range found {
		out[i] = signingIdentity(f)
	}
	return out, nil
}

func signingIdentity(f token.Identity) signing.Identity {
	return signing.Identity{
		ID: f.ID, Certificate: f.Certificate, Chain: f.Chain, TokenLabel: f.TokenLabel,
		Software: f.Software, PINPad: f.PINPad, PINState: string(f.PIN),
	}
}

// opened is one key that is open already.
type opened struct {
	identity signing.Identity
	key      token.Key
}

func (o *opened) Identities(context.Context) ([]signing.Identity, error) {
	return []signing.Identity{o.identity}, nil
}

func (o *opened) Open(_ context.Context, id string, _ []byte, _ signing.OpenOptions) (signing.Key, error) {
	if id != o.identity.ID {
		return nil, signing.ErrNoCertificate
	}
	return namedKey{o.key}, nil
}

// Open uses up the last PIN try only when the window said beforehand that it
// was the last.
func (k *keys) Open(ctx context.Context, id string, pin []byte, o signing.OpenOptions) (signing.Key, error) {
	key, err := k.source.Open(ctx, id, pin, token.OpenOptions{AllowFinalTry: o.LastTryShown && !k.cli})
	if err != nil {
		return nil, tokenError(err)
	}
	return namedKey{key}, nil
}

// namedKey gives a token's errors the names package signing knows.
type namedKey struct{ token.Key }

func (k namedKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	value, err := k.Key.Sign(r, digest, o)
	if err != nil {
		return nil, tokenError(err)
	}
	return value, nil
}

// tokenError adds the error that package signing, and so the person, knows it
// by.
func tokenError(err error) error {
	for _, pair := range [][2]error{
		{token.ErrPINLocked, signing.ErrPINLocked}, {token.ErrPINFinalTry, signing.ErrPINFinalTry},
		{token.ErrPINIncorrect, signing.ErrPINIncorrect}, {token.ErrPINCanceled, signing.ErrRefused},
		{token.ErrTokenRemoved, signing.ErrTokenRemoved}, {token.ErrNoToken, signing.ErrNoToken},
		{token.ErrTokenBusy, signing.ErrBusy}, {token.ErrNoKey, signing.ErrNoCertificate},
		{token.ErrModule, signing.ErrModule}, {token.ErrUnsupported, signing.ErrModule},
	} {
		if errors.Is(err, pair[0]) {
			return fmt.Errorf("%w: %w", pair[1], err)
		}
	}
	return err
}

// only limits a source to the one identity that was asked for.
type only struct {
	token.Source
	id string
}

func (o only) Identities(ctx context.Context) ([]token.Identity, error) {
	found, err := o.Source.Identities(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.ID == o.id {
			return []token.Identity{f}, nil
		}
	}
	return nil, token.ErrNoKey
}

// asker draws consent: a window of its own process, or this one's terminal.
type asker interface {
	AskLive(context.Context, consent.Question, consent.Live) (consent.Answer, error)
}

// approver asks the person through package consent.
type approver struct{ asker asker }

func (a approver) Approve(ctx context.Context, q signing.Question) (signing.Approval, error) {
	live, end := liveQuestion(q)
	defer end()
	answer, err := a.asker.AskLive(ctx, question(q), live)
	if err != nil {
		return signing.Approval{}, askError(ctx, err)
	}
	return signing.Approval{Approved: answer.Approved, CertificateID: answer.Certificate, PIN: answer.PIN}, nil
}

func question(q signing.Question) consent.Question {
	out := consent.Question{Site: q.Origin, Language: q.Language, Reason: q.Reason, Location: q.Location, Field: q.Field, Level: q.Level, AskPIN: true}
	for _, d := range q.Documents {
		asked := askedDocument(d, q.Language)
		if d.Reason != q.Reason {
			asked.Reason = d.Reason
		}
		out.Documents = append(out.Documents, asked)
	}
	for _, n := range q.Notices {
		out.Notices = append(out.Notices, i18n.Text{VI: n.VI, EN: n.EN}.In(q.Language))
	}
	for _, l := range q.LeftOut {
		out.LeftOut = append(out.LeftOut, consent.LeftOut{Name: l.Name, Why: i18n.Lookup(signing.Code(l.Err)).Message.In(q.Language)})
	}
	out.Certificates = certificatesAsked(q.Identities)
	return out
}

// maxEarlierAsked bounds the earlier signatures of one document that go to the
// window, which tells a few of them.
const maxEarlierAsked = 20

func askedDocument(d signing.Summary, language string) consent.Document {
	text := func(m verify.Message) string { return i18n.Text{VI: m.VI, EN: m.EN}.In(language) }
	out := consent.Document{
		Name: d.Name, Size: d.Size, Pages: d.Pages, SHA256: hex.EncodeToString(d.SHA256[:]), Signatures: d.Signatures, Broken: d.Broken,
		Stamp: text(d.Stamp),
	}
	for _, e := range d.Earlier[:min(len(d.Earlier), maxEarlierAsked)] {
		verdict := consent.EarlierUnknown
		switch e.Verdict {
		case verify.TotalPassed:
			verdict = consent.EarlierPassed
		case verify.TotalFailed:
			verdict = consent.EarlierFailed
		}
		out.Earlier = append(out.Earlier, consent.Earlier{Name: e.Name, Organisation: e.Organisation, Verdict: verdict, Time: e.Time, Proven: e.Proven})
	}
	for _, n := range d.Notices {
		out.Notices = append(out.Notices, text(n))
	}
	for _, t := range d.Terms {
		out.Terms = append(out.Terms, text(t))
	}
	return out
}

// typedPIN approves what a person asked for on this very command line, where
// the documents are named and the PIN came with the command. It answers once.
type typedPIN struct {
	mu  sync.Mutex
	pin []byte
}

func (t *typedPIN) Approve(_ context.Context, q signing.Question) (signing.Approval, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pin == nil || q.Origin != "" || len(q.Documents) == 0 || len(q.Identities) != 1 {
		return signing.Approval{}, signing.ErrConsent
	}
	for _, d := range q.Documents {
		if d.Demanded {
			return signing.Approval{}, fmt.Errorf("%w: %w", signing.ErrConsent, demanded(d))
		}
	}
	pin := t.pin
	t.pin = nil
	return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: pin, Decision: signing.CommandLine}, nil
}

// demanded says what the field of a document asks for that is not on the command
// line: nobody has been shown it.
func demanded(d signing.Summary) error {
	return personError{"Ô chữ ký của " + visible(d.Name) + " tự quy định lý do (“" + visible(d.Reason) + "”) hoặc kiểu chứng nhận. Nêu rõ bằng --reason và --certify, hoặc bỏ --pin-stdin để xem trước khi ký.",
		"The signature field of " + visible(d.Name) + " lays down its reason (“" + visible(d.Reason) + "”) or a certification by itself. Name them with --reason and --certify, or leave out --pin-stdin to see them before signing."}
}

// forget clears a PIN that was never used.
func (t *typedPIN) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.pin)
	t.pin = nil
}
