package vgca

import (
	"fmt"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/stamp"
)

var errStorage = &fault{i18n.StorageProblem, i18n.Text{VI: "Không ghi được tệp tạm trên máy này. Giải phóng dung lượng ổ đĩa rồi thử lại.",
	EN: "A temporary file could not be written on this computer. Free some disk space and try again."}}

// BuiltInStamp gives a request the built-in look of its profile. The looks that
// need an image of the person's or the agency's are left out, since there is
// none here: the signature is then invisible, and the rules of the profile hold
// all the same.
func BuiltInStamp(r *signing.Request, v stamp.Values) error {
	if r.Profile == signing.ProfileNone {
		return nil
	}
	t, ok := stamp.BuiltIn(string(r.Profile))
	if !ok {
		return fmt.Errorf("no stamp for profile %q: %w", r.Profile, signing.ErrRequest)
	}
	if t.Image() == stamp.ImageNeeded {
		return nil
	}
	if r.Profile == signing.ProfileAttachment && v.Number == "" {
		return errNoNumber
	}
	r.Stamp = &signing.Stamp{Template: t, Values: v}
	return nil
}

var errNoNumber = &fault{i18n.BadRequest, i18n.Text{VI: "Văn bản kèm theo phải mang số và ký hiệu của văn bản, nhưng trang web không gửi số (DocNumber).",
	EN: "An attachment must show the number of its document, and the website sent none (DocNumber)."}}
