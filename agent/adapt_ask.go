package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// questions are those that are not about documents.
type questions struct {
	asker asker
	audit signing.Auditor
}

// ask gives the errors of package consent the names that package signing knows.
func (q questions) ask(ctx context.Context, question consent.Question) (consent.Answer, error) {
	answer, err := q.asker.AskLive(ctx, question, consent.Live{})
	return answer, askError(ctx, err)
}

func askError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, consent.ErrNobodyToAsk):
		return fmt.Errorf("%w: %w", signing.ErrNobodyToAsk, err)
	case errors.Is(err, consent.ErrNoUsableCertificate):
		return fmt.Errorf("%w: %w", signing.ErrPINLocked, err)
	}
	return err
}

// pairing asks whether a page shows the same words, and records the answer.
func (q questions) pairing(ctx context.Context, p bridge.PairQuestion) (bool, error) {
	answer, err := q.ask(ctx, consent.Question{Kind: consent.KindPair, Site: p.Origin, Code: p.Code[:], Language: p.Language})
	entry := signing.AuditEntry{Request: rand.Text(), Origin: p.Origin, Kind: "pair", Decision: signing.Approved}
	if err != nil {
		entry.Decision = signing.DecisionOf(err)
	} else if !answer.Approved {
		entry.Decision = signing.Refused
	}
	if failed := q.audit.Record(context.WithoutCancel(ctx), entry); failed != nil && err == nil {
		return false, fmt.Errorf("%w: %w", signing.ErrAudit, failed)
	}
	return answer.Approved, err
}

// choose asks which certificate a site's requests are for.
func (q questions) choose(ctx context.Context, c signing.ChooseQuestion) (signing.Choice, error) {
	answer, err := q.ask(ctx, consent.Question{Kind: consent.KindChoose, Site: c.Origin, Language: c.Language, Certificates: certificatesAsked(c.Identities)})
	if err != nil {
		return signing.Choice{}, err
	}
	if !answer.Approved {
		return signing.Choice{}, signing.ErrRefused
	}
	return signing.Choice{ID: answer.Certificate, Remember: answer.Remember}, nil
}

// data asks about data that is no document.
func (q questions) data(ctx context.Context, d signing.DataQuestion) (signing.Approval, error) {
	question := consent.Question{
		Kind: consent.KindData, Site: d.Origin, Language: d.Language, Certificates: certificatesAsked(d.Identities), AskPIN: true,
		Data: &consent.Data{Purpose: string(d.Purpose), Text: d.Text, Size: d.Size, SHA256: digestText(d.SHA256), Hash: hex.EncodeToString(d.Hash), Function: d.Function},
	}
	for _, n := range d.Notices {
		question.Notices = append(question.Notices, i18n.Text{VI: n.VI, EN: n.EN}.In(d.Language))
	}
	if d.Text == "" && d.Purpose != signing.PurposeHash { // whose window says so itself
		unseen := i18n.Text{VI: "Kyso không hiển thị được hết nội dung này. Chỉ đồng ý nếu tin trang web.", EN: "Kyso cannot show all of this. Agree only if you trust the website."}
		question.Notices = append(question.Notices, unseen.In(d.Language))
	}
	answer, err := q.ask(ctx, question)
	if err != nil {
		return signing.Approval{}, err
	}
	return signing.Approval{Approved: answer.Approved, CertificateID: answer.Certificate, PIN: answer.PIN}, nil
}

// certificatesAsked are certificates as the window shows them.
func certificatesAsked(list []signing.Identity) []consent.Certificate {
	var out []consent.Certificate
	for _, id := range list {
		c := id.Certificate
		organisation := ""
		if len(c.Subject.Organization) > 0 {
			organisation = c.Subject.Organization[0]
		}
		out = append(out, consent.Certificate{
			ID: id.ID, Holder: c.Subject.CommonName, Organisation: organisation, Issuer: c.Issuer.CommonName,
			Serial: c.SerialNumber.Text(16), NotAfter: c.NotAfter, PINState: id.PINState, PINPad: id.PINPad,
		})
	}
	return out
}
