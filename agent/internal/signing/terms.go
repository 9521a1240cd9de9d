package signing

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kyso/signature/pades"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// maxStampText bounds the words of a stamp, in characters: what the window shows
// in full. Those of the law have some 200.
const maxStampText = 600

// textOf tells what a stamp shows. The time of signing is not known before.
func textOf(s *stamp.Stamp, picture bool, at time.Time) (*verify.Message, error) {
	words := strings.Join(s.Lines(), " / ")
	if n := utf8.RuneCountInString(words); n > maxStampText {
		return nil, fmt.Errorf("%w: %w", ErrStamp, &stamp.Error{
			VI: fmt.Sprintf("chữ trên hình chữ ký có %d ký tự; tối đa %d để người ký xem được hết", n, maxStampText),
			EN: fmt.Sprintf("the stamp has %d characters of text; at most %d can be shown to the signer in full", n, maxStampText)})
	}
	said := func(time, image, images string) string {
		text := strings.ReplaceAll(words, stamp.TimeText(at), time)
		switch {
		case !picture:
			return "“" + text + "”"
		case text == "":
			return image
		}
		return images + "“" + text + "”"
	}
	return &verify.Message{Code: "STAMP_TEXT",
		VI: "Trên hình chữ ký: " + said("(thời điểm ký)", "ảnh", "ảnh và "),
		EN: "In the stamp: " + said("(the time of signing)", "an image", "an image and ")}, nil
}

// termsOf tells a person what a signature says and does besides approving.
func termsOf(t pades.Terms, stampText *verify.Message) (list []verify.Message) {
	if stampText != nil {
		list = append(list, *stampText)
	}
	if t.Certify != 0 {
		list = append(list, after("CERTIFIES", t.Certify, "Chữ ký chứng nhận: ", "A certification: "))
	}
	if t.Limit != 0 {
		list = append(list, after("LIMITS", t.Limit, "Ô chữ ký này quy định: ", "The signature field lays down: "))
	}
	if t.Lock == nil {
		return list
	}
	names := fieldNames(t.Lock.Fields)
	switch t.Lock.Action {
	case "Include":
		return append(list, message("LOCKS", "Ký xong sẽ khóa các ô: %s.", "Signing locks the fields %s.", names))
	case "Exclude":
		return append(list, message("LOCKS", "Ký xong sẽ khóa mọi ô, trừ: %s.", "Signing locks all fields but %s.", names))
	}
	return append(list, message("LOCKS", "Ký xong sẽ khóa mọi ô của tài liệu.", "Signing locks all fields of the document."))
}

// after says what a signature allows to come after it; vi and en introduce it.
func after(code string, p pades.Permission, vi, en string) verify.Message {
	thenVI, thenEN := "sau chữ ký này không ai được sửa hay ký thêm.", "after this signature nobody may change or sign anything."
	switch p {
	case pades.FormFilling:
		thenVI, thenEN = "sau chữ ký này chỉ được điền biểu mẫu và ký thêm.", "after this signature only filling forms and further signatures are allowed."
	case pades.Annotating:
		thenVI, thenEN = "sau chữ ký này chỉ được điền biểu mẫu, ký thêm và ghi chú.", "after this signature only filling forms, further signatures and comments are allowed."
	}
	return verify.Message{Code: code, VI: vi + thenVI, EN: en + thenEN}
}

// maxFieldNames is how many fields are named one by one; the others are counted.
const maxFieldNames = 5

// fieldNames are the names of fields, which the document's author chose.
func fieldNames(fields []string) string {
	var list []string
	for i, f := range fields {
		if i == maxFieldNames {
			list = append(list, fmt.Sprintf("+ %d", len(fields)-maxFieldNames))
			break
		}
		r := []rune(shown(f))
		if len(r) > 40 {
			r = append(r[:40], '…')
		}
		list = append(list, "“"+string(r)+"”")
	}
	return strings.Join(list, ", ")
}

// showable refuses a text of the signature that no window shows as it is: too
// long, or with characters that are not seen (controls, formats that turn the
// direction of writing, letters of nobody's alphabet).
func showable(text string) error {
	if utf8.RuneCountInString(text) > maxText {
		return fmt.Errorf("a text of the signature has more than %d characters: %w", maxText, ErrRequest)
	}
	unseen := func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unseen) {
		return fmt.Errorf("a text of the signature holds characters that cannot be seen: %w", ErrRequest)
	}
	return nil
}
