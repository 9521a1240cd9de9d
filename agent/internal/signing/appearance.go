package signing

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// Stamp is what the signatures of a request look like, and where they stand.
type Stamp struct {
	Template *stamp.Template
	// Image is nil where the template takes none. ImageWidth is how wide it is
	// shown, in millimetres; zero leaves that to the template.
	Image      *stamp.Image
	ImageWidth float64
	// Values fill in the template. Signer, Email and Agency are the
	// certificate's where they are empty, Time is always that of signing.
	Values stamp.Values
	// Place is where the stamp stands in every document; zero is the place that
	// the template names, or the rectangle of an existing field.
	Place placement.Place
	// Notices are what the person should know of it in every document.
	Notices []verify.Message
}

// A PlaceError says why a document has no place for the stamp.
type PlaceError struct{ VI, EN string }

func (e *PlaceError) Error() string { return e.EN }

// Unwrap makes it one of ErrPlace.
func (e *PlaceError) Unwrap() error { return ErrPlace }

// Words are the cause in both languages.
func (e *PlaceError) Words() (vi, en string) { return e.VI, e.EN }

// lay fills in the template for id's certificate.
func (t *Stamp) lay(id Identity, reason string, at time.Time) (*stamp.Stamp, error) {
	v := t.Values
	c := id.Certificate
	if v.Signer == "" {
		v.Signer = c.Subject.CommonName
	}
	if v.Email == "" {
		v.Email = email(c)
	}
	if v.Agency == "" {
		v.Agency = agencyOf(c)
	}
	if v.Reason == "" {
		v.Reason = reason
	}
	v.Time = at
	return t.Template.Lay(v, t.Image, stamp.Options{ImageWidth: t.ImageWidth})
}

// email is the certificate's address, of its alternative names or of its
// subject.
func email(c *x509.Certificate) string {
	if len(c.EmailAddresses) > 0 {
		return c.EmailAddresses[0]
	}
	emailAddress := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	for _, n := range c.Subject.Names {
		if text, ok := n.Value.(string); ok && n.Type.Equal(emailAddress) {
			return text
		}
	}
	return ""
}

// agencyOf is the agency that a certificate names: its holder, or the holder's.
func agencyOf(c *x509.Certificate) string {
	if HolderOf(c.Subject.CommonName) != Agency && len(c.Subject.Organization) > 0 {
		return c.Subject.Organization[0]
	}
	return c.Subject.CommonName
}

// appearance is o's stamp at its place, as the document's claims allow. The
// place is looked for once: what was shown stays.
func (o *original) appearance(doc *pdf.File, r Request, id Identity, at time.Time) (*pades.Appearance, error) {
	s, err := r.Stamp.lay(id, recorded(r.Reason, o.outOfOrder(r)), at)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	if o.stampText == nil {
		if o.stampText, err = textOf(s, r.Stamp.Image != nil, at); err != nil {
			return nil, err
		}
	}
	if o.at == nil {
		found, err := r.Stamp.spotFor(doc, s, o.placeIn(r), r.Field, id.Certificate.Subject.CommonName)
		if err != nil {
			return nil, err
		}
		for _, a := range s.Advice() {
			found.notices = append(found.notices, verify.Message{Code: string(a.Code), VI: a.VI, EN: a.EN})
		}
		found.notices = append(found.notices, r.Stamp.Notices...)
		o.at = &found
	}
	claims, err := stamp.Claims(doc.View)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return &pades.Appearance{
		Page: o.at.Page, Rect: o.at.Rect, Width: s.Width(), Height: s.Height(),
		Form: func(u *pdf.Update) (pdf.Ref, error) { return s.Form(u, claims) },
	}, nil
}

// placeIn is where r wants o's stamp, zero for the template's place.
func (o *original) placeIn(r Request) placement.Place {
	if o.Place != nil {
		return *o.Place
	}
	return r.Stamp.Place
}

// contentTimestamp takes the time that the stamp shows from the authority, and
// has the signature carry a token of it over what is signed. The first token,
// over the original, is for its time alone: what is shown must be known before
// there is anything to stamp.
func (s *Service) contentTimestamp(ctx context.Context, o *original, options *pades.Options, rehearsal bool) error {
	if rehearsal {
		return nil
	}
	_, at, err := s.levels.token(ctx, crypto.SHA256, o.summary.SHA256[:])
	if err != nil {
		return err
	}
	options.Time = at
	options.ContentTimestamp = func(h crypto.Hash, digest []byte) ([]byte, error) {
		token, then, err := s.levels.token(ctx, h, digest)
		if err == nil && then.Sub(at).Abs() > maxContentDelay {
			err = fmt.Errorf("%w: the authority's times are %s apart", ErrTimestamp, then.Sub(at))
		}
		if err == nil {
			s.levels.knowAuthority(token, digest, then)
		}
		return token, err
	}
	return nil
}

// maxContentDelay is how far the time shown may be from the token that proves
// it: an authority was seen to take two minutes over an answer.
const maxContentDelay = 10 * time.Minute
