package signing

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"

	"kyso/signature/verify"
)

// usable lists the identities that may sign now, the one named wanted alone
// when it is not empty. When there is none, the error says why.
func (s *Service) usable(ctx context.Context, wanted string) ([]Identity, error) {
	all, err := s.Identities(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, ErrNoToken
	}
	now := s.clock()
	why := ErrNoCertificate
	var found []Identity
	for _, id := range all {
		if wanted != "" && id.ID != wanted {
			continue
		}
		switch err := mayBeUsed(id, now); {
		case err == nil:
			found = append(found, id)
		case why == ErrNoCertificate:
			why = err
		}
	}
	if len(found) == 0 {
		return nil, why
	}
	return found, nil
}

// mayBeUsed tells why id cannot sign now. Nil: it can.
func mayBeUsed(id Identity, now time.Time) error {
	c := id.Certificate
	// RFC 5280, 4.2.1.3: without the extension every use is allowed. Tokens
	// carry encryption certificates too; those must not be offered.
	const signs = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if c == nil || c.IsCA || c.KeyUsage != 0 && c.KeyUsage&signs == 0 {
		return ErrNoCertificate
	}
	if now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return ErrExpired
	}
	if id.PINState == "locked" {
		return ErrPINLocked
	}
	return nil
}

// question asks for the documents of originals that can be signed, which are
// shown.
func question(r Request, originals []*original, identities []Identity, notices []verify.Message) (q Question, shown []*original) {
	q = Question{Origin: r.Origin, Identities: identities, Location: r.Location, Field: r.Field, Level: r.Level, Language: r.Language, Notices: notices, Waiting: r.Waiting}
	for _, o := range originals {
		if o.err == nil {
			q.Documents = append(q.Documents, o.summary)
			shown = append(shown, o)
		} else {
			q.LeftOut = append(q.LeftOut, LeftOut{o.Name, o.err})
		}
	}
	if !slices.ContainsFunc(q.Documents, func(d Summary) bool { return d.Reason != q.Documents[0].Reason }) {
		q.Reason = q.Documents[0].Reason
	}
	q.View = func(ctx context.Context, document int, w io.Writer) error { return view(ctx, shown, document, w) }
	return q, shown
}

// shownOf are the documents that are asked for.
func shownOf(originals []*original) (shown []*original) {
	for _, o := range originals {
		if o.err == nil {
			shown = append(shown, o)
		}
	}
	return shown
}

// ask shows the frozen manifest to the person, and opens the key he chose.
func (s *Service) ask(ctx context.Context, r Request, originals []*original, identities []Identity, notices []verify.Message, log *audit) (Identity, Key, error) {
	q, _ := question(r, originals, identities, notices)
	asking, stop := context.WithTimeout(ctx, s.askTimeout)
	defer stop()
	answer, err := s.approver.Approve(asking, q)
	defer clear(answer.PIN)
	err = answered(ctx, asking, err)
	if err == nil && !answer.Approved {
		err = ErrRefused
	}
	if err != nil {
		log.declined(ctx, err)
		return Identity{}, nil, err
	}
	return s.open(ctx, identities, answer, log)
}

// open opens the key the person chose, with his one PIN, once the decision is
// recorded.
func (s *Service) open(ctx context.Context, identities []Identity, answer Approval, log *audit) (Identity, Key, error) {
	i := slices.IndexFunc(identities, func(id Identity) bool { return id.ID == answer.CertificateID })
	if i < 0 {
		return Identity{}, nil, fmt.Errorf("%w: the answer names a certificate that was not offered", ErrConsent)
	}
	chosen := identities[i]
	if err := log.approved(ctx, answer.Decision, chosen); err != nil {
		return Identity{}, nil, err
	}
	key, err := s.keys.Open(ctx, chosen.ID, answer.PIN, OpenOptions{LastTryShown: chosen.PINState == "final"})
	if err != nil {
		log.failed(ctx, err)
		return Identity{}, nil, fmt.Errorf("open key: %w", err)
	}
	// A token that was exchanged between listing and opening would sign with
	// another person's key.
	pub, ok := chosen.Certificate.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(key.Public()) {
		key.Close()
		err := fmt.Errorf("%w: the key is not the certificate's", ErrModule)
		log.failed(ctx, err)
		return Identity{}, nil, err
	}
	return chosen, key, nil
}

// view writes a document as it was when it was hashed: it is bound to that.
func view(ctx context.Context, shown []*original, document int, w io.Writer) error {
	if document < 0 || document >= len(shown) {
		return fmt.Errorf("view document %d of %d: %w", document, len(shown), ErrRequest)
	}
	o := shown[document]
	if _, err := io.Copy(w, io.NewSectionReader(contextReader{ctx, o.Data}, 0, o.Size)); err != nil {
		return fmt.Errorf("view document: %w", err)
	}
	return nil
}
