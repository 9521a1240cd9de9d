package signing

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/placement"
)

// A Wish is a stamp as a page may ask for it: words, and names of what is
// installed here. Images are the person's own and no page's.
type Wish struct {
	// Template is the name of one that is built in or installed; empty is the
	// profile's.
	Template string
	// Place is where it stands in every document; zero is the template's place.
	Place placement.Place
	// Number is the number and symbol of the document, Form that of a copy, Agency
	// the agency's name; empty Agency is the certificate's.
	Number, Form, Agency string
}

// Stamps makes what a wish names for the holder of a certificate. Errors that it
// wraps: ErrStamp, with words for people where the cause has a method Words.
type Stamps func(w Wish, p Profile, id Identity) (*Stamp, error)

// grant makes the stamp that r wishes for.
func (s *Service) grant(r *Request, id Identity) error {
	if r.Wish == nil {
		return nil
	}
	if s.stamps == nil || r.Stamp != nil {
		return fmt.Errorf("stamps by name are not available: %w", ErrRequest)
	}
	stamp, err := s.stamps(*r.Wish, r.Profile, id)
	if err != nil {
		return fmt.Errorf("make the stamp: %w", err)
	}
	if own := agencyOf(id.Certificate); r.Wish.Agency != "" && !sameName(r.Wish.Agency, own) {
		stamp.Notices = append(stamp.Notices, message("OTHER_AGENCY", "Tên cơ quan trên hình chữ ký do bên yêu cầu đặt (“%s”), khác với chứng thư số (“%s”).",
			"The agency on the stamp is named by whoever asks (“%s”) and is not the certificate's (“%s”).", shown(r.Wish.Agency), shown(own)))
	}
	r.Stamp = stamp
	return nil
}

// sameName tells whether two names are one but for capitals, spaces and how their
// letters are composed.
func sameName(a, b string) bool {
	plain := func(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }
	return strings.EqualFold(plain(a), plain(b))
}
