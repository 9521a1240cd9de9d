package stamp

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Values fill in the placeholders of a template; an empty one has no value.
type Values struct {
	Signer string // who signs: the name in the certificate
	Email  string // the signer's official address
	Agency string // the agency or organisation
	Number string // number and symbol of the document: 15/QĐ-UBND
	Form   string // form of a copy: SAO Y, SAO LỤC or TRÍCH SAO
	Reason string
	Time   time.Time // when it is signed
}

var placeholders = []string{"signer", "email", "agency", "number", "form", "time", "reason"}

const placeholderList = "{signer}, {email}, {agency}, {number}, {form}, {time}, {reason}"

// vietnam is UTC+7 all year; the tables of time zones are not needed for it.
var vietnam = time.FixedZone("+07", 7*60*60)

// timeLayout is ISO 8601 with Vietnam's time zone (Decree 30/2020, Appendix I,
// Part I, II.8.b).
const timeLayout = "2006-01-02T15:04:05-07:00"

// TimeText is a time as stamps show it.
func TimeText(t time.Time) string { return t.In(vietnam).Format(timeLayout) }

// maxValue bounds one value, in characters. The longest names of agencies have
// some 150.
const maxValue = 300

// texts are the values by placeholder, as they are drawn, of those that lines
// ask for. What is not shown is not judged.
func (v Values) texts(lines []textLine) (map[string]string, error) {
	m := map[string]string{"signer": v.Signer, "email": v.Email, "agency": v.Agency, "number": v.Number, "form": v.Form, "reason": v.Reason}
	if !v.Time.IsZero() {
		m["time"] = TimeText(v.Time)
	}
	for _, name := range placeholders {
		if !slices.ContainsFunc(lines, func(l textLine) bool { return strings.Contains(l.Text, "{"+name+"}") }) {
			delete(m, name)
			continue
		}
		value := strings.TrimSpace(m[name])
		if utf8.RuneCountInString(value) > maxValue {
			return nil, fault("{%[1]s} dài hơn %[2]d ký tự", "{%[1]s} has more than %[2]d characters", name, maxValue)
		}
		value, err := clean("{"+name+"}", value)
		if err != nil {
			return nil, err
		}
		m[name] = value
	}
	// Decree 30/2020, Article 25, knows three forms.
	switch m["form"] {
	case "", "SAO Y", "SAO LỤC", "TRÍCH SAO":
	default:
		return nil, fault("{form} là “%[1]s”; hình thức sao chỉ có SAO Y, SAO LỤC, TRÍCH SAO", "{form} is “%[1]s”; the forms of copies are SAO Y, SAO LỤC, TRÍCH SAO", m["form"])
	}
	return m, nil
}

// pieces cuts a line of a template into literal text and the placeholder that
// follows it, empty at the end.
func pieces(line string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for {
			literal, rest, found := strings.Cut(line, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !found || !closed {
				yield(line, "")
				return
			}
			if !yield(literal, name) {
				return
			}
			line = after
		}
	}
}

// fill puts values into a line. It reports a placeholder without value, whose
// line is left out.
func (l textLine) fill(values map[string]string) (text, missing string) {
	var b strings.Builder
	for literal, name := range pieces(l.Text) {
		b.WriteString(literal)
		if name != "" && values[name] == "" && missing == "" {
			missing = name
		}
		b.WriteString(values[name])
	}
	return norm.NFC.String(b.String()), missing
}

// clean composes s (NFC) and refuses each character that could not be drawn as
// it is meant: nothing is left out or replaced. what names s in the error.
func clean(what, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fault("“%[1]s” không phải văn bản UTF-8", "“%[1]s” is not UTF-8 text", what)
	}
	s = norm.NFC.String(s)
	for _, r := range s {
		if vi, en := unfit(r); vi != "" {
			name := fmt.Sprintf("U+%04X", r)
			if unicode.IsPrint(r) && !unicode.Is(unicode.M, r) {
				name = "“" + string(r) + "” (" + name + ")"
			}
			return "", fault("“%[1]s” có ký tự %[2]s: %[3]s", "“%[1]s” has the character %[2]s: %[4]s", what, name, vi, en)
		}
	}
	return s, nil
}

// unfit says why a character cannot be drawn, or nothing.
func unfit(r rune) (vi, en string) {
	class, _ := bidi.LookupRune(r)
	switch c := class.Class(); {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
		return "ký tự điều khiển hoặc ẩn, không được dùng", "control and invisible characters are not allowed"
	case c == bidi.R || c == bidi.AL || c == bidi.AN:
		return "chữ viết từ phải sang trái chưa được hỗ trợ", "writing from right to left is not supported"
	case unicode.Is(unicode.M, r):
		return "dấu rời không ghép được với chữ đứng trước", "a mark that does not combine with the letter before it"
	case typeface().glyph(r) == 0:
		return "phông chữ Liberation Serif không có ký tự này", "the typeface Liberation Serif does not have it"
	}
	return "", ""
}

// wrap breaks text at spaces into lines of at most width, in ems. A break
// stands for the space it takes the place of. A word that is too long is
// reported and nothing is cut.
func wrap(text string, width float64) (lines []string, tooLong string) {
	line := ""
	for i, word := range strings.Split(text, " ") {
		switch joined := line + " " + word; {
		case i == 0:
			line = word
		case typeface().width(joined) <= width:
			line = joined
			continue
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line = word
		}
		if typeface().width(word) > width {
			return nil, word
		}
	}
	return append(lines, line), ""
}
