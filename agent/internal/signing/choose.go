package signing

import (
	"context"
	"fmt"
	"slices"
)

// ChooseQuestion asks a person which certificate to sign with, where stamp and
// order can be shown for one only.
type ChooseQuestion struct {
	Origin     string
	Language   string // "vi" or "en"
	Identities []Identity
}

// Choice is the person's answer.
type Choice struct {
	ID string // one of the question's
	// Remember: this site's later requests are for the same certificate.
	Remember bool
}

// Choices are what persons have chosen before.
type Choices interface {
	// Remembered is the ID that was chosen for the site, "" for none.
	Remembered(origin string) string
	Remember(origin, id string) error
}

// needsOne tells whether the request can be shown for one certificate only.
func (r Request) needsOne() bool {
	return r.Stamp != nil || r.Wish != nil || r.Profile != ProfileNone
}

// choose leaves one of several identities: the one that was remembered for the
// site, or the one the person names. An ID holds for one certificate, so what was
// remembered for another person's is never taken.
func (s *Service) choose(ctx context.Context, r Request, identities []Identity) ([]Identity, error) {
	if len(identities) == 1 || !r.needsOne() {
		return identities, nil
	}
	at := func(id string) int {
		return slices.IndexFunc(identities, func(i Identity) bool { return i.ID == id })
	}
	if s.choices != nil && r.Origin != "" {
		if i := at(s.choices.Remembered(r.Origin)); i >= 0 {
			return identities[i : i+1], nil
		}
	}
	if s.chooser == nil {
		return nil, fmt.Errorf("a stamp or profile needs one certificate to be named, and there are %d: %w", len(identities), ErrRequest)
	}
	asking, stop := context.WithTimeout(ctx, s.askTimeout)
	defer stop()
	choice, err := s.chooser(asking, ChooseQuestion{Origin: r.Origin, Language: r.Language, Identities: identities})
	if err = answered(ctx, asking, err); err != nil {
		return nil, err
	}
	i := at(choice.ID)
	if i < 0 {
		return nil, fmt.Errorf("%w: the answer names a certificate that was not offered", ErrConsent)
	}
	if choice.Remember && s.choices != nil && r.Origin != "" {
		// Not remembered is asked again, and no reason not to sign.
		s.choices.Remember(r.Origin, choice.ID)
	}
	return identities[i : i+1], nil
}

// answered is why an answer does not count. The time may have run out, or the
// page may have left, while the person was answering: an answer to a question
// nobody asks any more counts for nothing.
func answered(ctx, asking context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case asking.Err() != nil:
		return ErrTimeout
	case err != nil && Code(err) == "INTERNAL":
		return fmt.Errorf("%w: %w", ErrConsent, err)
	case err != nil:
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}
