package stamp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what a template may ask for. Type below 6 points cannot be read on
// paper; an A4 page is 210 mm wide, and its text at most 165 (Decree 30/2020,
// Appendix I).
const (
	minSize, maxSize, defaultSize = 6.0, 36.0, 10.0
	minSide, maxSide              = 5.0, 150.0
	minText, maxText              = 10.0, 165.0
	maxPadding                    = 10.0
	maxBorder                     = 3.0
	maxMargin                     = 150.0
	maxLines                      = 12
	maxLiteral                    = 200 // characters of a line of a template
	maxTitle                      = 120
)

var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// settle checks d and fills in what it leaves out.
func (d *definition) settle() error {
	if !goodName.MatchString(d.Name) {
		return fault("“name” phải có từ 1 đến 40 ký tự gồm a–z, 0–9 và dấu gạch nối", "“name” must have 1 to 40 characters out of a–z, 0–9 and hyphen")
	}
	for _, t := range []struct{ key, value string }{{"title.vi", d.Title.VI}, {"title.en", d.Title.EN}} {
		if n := utf8.RuneCountInString(t.value); n == 0 || n > maxTitle {
			return fault("“%[1]s” phải có từ 1 đến %[2]d ký tự", "“%[1]s” must have 1 to %[2]d characters", t.key, maxTitle)
		}
		if _, err := clean(t.key, t.value); err != nil {
			return err
		}
	}
	for _, step := range []func() error{d.settleImage, d.settleText, d.settlePlace} {
		if err := step(); err != nil {
			return err
		}
	}
	if d.Image.Use == NoImage && len(d.Text.Lines) == 0 {
		return fault("mẫu không có gì để hiển thị: cần “image” hoặc “text.lines”", "the template shows nothing: it needs “image” or “text.lines”")
	}
	if d.Image.Use == ImageOptional && len(d.Text.Lines) == 0 {
		return fault("“image.use” là “optional” thì phải có “text.lines”", "with “image.use” “optional” there must be “text.lines”")
	}
	if err := between("padding", d.Padding, 0, maxPadding, "mm"); err != nil {
		return err
	}
	return between("border", d.Border, 0, maxBorder, "point")
}

func (d *definition) settleImage() error {
	i := &d.Image
	if i.Use == "" {
		i.Use = NoImage
	}
	if err := oneOf("image.use", string(i.Use), string(NoImage), string(ImageOptional), string(ImageNeeded)); err != nil {
		return err
	}
	if i.Use == NoImage {
		if *i != (imageRule{Use: NoImage}) {
			return fault("“image.use” là “none” thì bỏ các khóa khác của “image”", "with “image.use” “none”, leave out the other keys of “image”")
		}
		return nil
	}
	if err := oneOf("image.ink", i.Ink, "", "blue", "red"); err != nil {
		return err
	}
	if i.RealSize {
		if i.Width != 0 || i.Height != 0 {
			return fault("“image.realSize” là true thì bỏ “image.width” và “image.height”: kích thước lấy từ ảnh", "with “image.realSize” true, leave out “image.width” and “image.height”: the size is the image's own")
		}
		return nil
	}
	if err := between("image.width", i.Width, minSide, maxSide, "mm"); err != nil {
		return err
	}
	return between("image.height", i.Height, minSide, maxSide, "mm")
}

func (d *definition) settleText() error {
	t := &d.Text
	if len(t.Lines) == 0 {
		if t.Size != 0 || t.Align != "" || t.MaxWidth != 0 || t.MaxHeight != 0 {
			return fault("“text” không có “lines” thì bỏ các khóa khác của “text”", "without “text.lines”, leave out the other keys of “text”")
		}
		return nil
	}
	if len(t.Lines) > maxLines {
		return fault("“text.lines” có tối đa %[1]d dòng", "“text.lines” may have %[1]d lines at most", maxLines)
	}
	for i := range t.Lines {
		if err := t.Lines[i].check("text.lines[" + strconv.Itoa(i) + "].text"); err != nil {
			return err
		}
	}
	if t.Size == 0 {
		t.Size = defaultSize
	}
	if t.Align == "" {
		t.Align = "left"
	}
	if err := between("text.size", t.Size, minSize, maxSize, "point"); err != nil {
		return err
	}
	if err := oneOf("text.align", t.Align, "left", "center", "right"); err != nil {
		return err
	}
	if err := between("text.maxWidth", t.MaxWidth, minText, maxText, "mm"); err != nil {
		return err
	}
	return between("text.maxHeight", t.MaxHeight, minSide, maxText, "mm")
}

// check refuses what fill could not fill in.
func (l *textLine) check(key string) error {
	if n := utf8.RuneCountInString(l.Text); n == 0 || n > maxLiteral {
		return fault("“%[1]s” phải có từ 1 đến %[2]d ký tự", "“%[1]s” must have 1 to %[2]d characters", key, maxLiteral)
	}
	for literal, name := range pieces(l.Text) {
		if strings.ContainsAny(literal, "{}") {
			return fault("“%[1]s”: dấu { và } chỉ dùng cho %[2]s", "“%[1]s”: { and } are only for %[2]s", key, placeholderList)
		}
		if _, err := clean(key, literal); err != nil {
			return err
		}
		if name != "" && !slices.Contains(placeholders, name) {
			return fault("“%[1]s”: không có {%[2]s}; dùng được: %[3]s", "“%[1]s”: there is no {%[2]s}; there are %[3]s", key, name, placeholderList)
		}
	}
	return nil
}

// sides are the margins that each position has.
var sides = map[Position]string{SignatureBlock: "top bottom", OverPersonal: "", TopRight: "top right", BottomLeft: "bottom left"}

func (d *definition) settlePlace() error {
	p := d.Place
	if err := oneOf("place.at", string(p.At), string(SignatureBlock), string(OverPersonal), string(TopRight), string(BottomLeft)); err != nil {
		return err
	}
	for _, m := range []struct {
		side  string
		value float64
	}{{"top", p.Top}, {"right", p.Right}, {"bottom", p.Bottom}, {"left", p.Left}} {
		if err := between("place."+m.side, m.value, 0, maxMargin, "mm"); err != nil {
			return err
		}
		if m.value != 0 && !slices.Contains(strings.Fields(sides[p.At]), m.side) {
			return fault("“place.%[1]s” không có nghĩa với “%[2]s”; hãy bỏ khóa này", "“place.%[1]s” means nothing for “%[2]s”; leave it out", m.side, p.At)
		}
	}
	return nil
}

// between refuses numbers outside a range, and what is no number.
func between(key string, value, low, high float64, unit string) error {
	if value >= low && value <= high {
		return nil
	}
	return fault("“%[1]s” là %[2]v; cho phép từ %[3]v đến %[4]v %[5]s", "“%[1]s” is %[2]v; %[3]v to %[4]v %[5]s are allowed", key, value, low, high, unit)
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	list := "“" + strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" }), "”, “") + "”"
	if value == "" {
		return fault("thiếu “%[1]s”; cho phép: %[2]s", "“%[1]s” is missing; allowed are %[2]s", key, list)
	}
	return fault("“%[1]s” là “%[2]s”; cho phép: %[3]s", "“%[1]s” is “%[2]s”; allowed are %[3]s", key, value, list)
}
