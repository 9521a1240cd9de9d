package verify

import (
	"strings"

	"kyso/signature/pdf"
)

// typeface is a font whose glyphs readers bring themselves, so that a document
// cannot make one letter look like another.
type typeface struct {
	widths []float64 // of each code, in thousandths of the size; nil for the usual
	fixed  bool
	// names are the glyphs that the font's own encoding gives to codes.
	names map[byte]pdf.Name
}

// typeface finds the font that an appearance calls name: in its resources,
// or, as readers do, in the form's. Nil when it is none whose glyphs are known.
// A name that stands nowhere is drawn by readers in a font of their own.
func (d *difference) typeface(s *pdf.Stream, w *pdf.Dict, name pdf.Name) *typeface {
	form, err := d.new.AcroForm()
	if err != nil {
		return nil
	}
	page, err := d.new.Dict(w.Get("P"))
	if err != nil {
		return nil
	}
	for _, holder := range []pdf.Object{s.Get("Resources"), w.Get("DR"), form.Get("DR"), page.Get("Resources")} {
		res, err := d.new.Dict(holder)
		if err != nil {
			return nil
		}
		fonts, err := d.new.Dict(res.Get("Font"))
		if err != nil {
			return nil
		}
		if o := fonts.Get(name); o != nil {
			if res.Duplicate != "" || fonts.Duplicate != "" {
				return nil
			}
			return d.plainFont(o)
		}
	}
	return &typeface{}
}

// plainFont reads a font; nil unless it is one of the standard ones for text,
// or looks like one: a simple font without a program of its own, in an encoding
// that is named, or that names the usual glyphs.
func (d *difference) plainFont(o pdf.Object) *typeface {
	f, err := d.new.Dict(o)
	if err != nil || f == nil || f.Duplicate != "" {
		return nil
	}
	if kind := f.Get("Subtype"); kind != pdf.Name("Type1") && kind != pdf.Name("TrueType") {
		return nil
	}
	base, _ := f.Get("BaseFont").(pdf.Name)
	known := false
	for _, family := range []string{"Helvetica", "Arial", "Times", "Courier", "Liberation", "Verdana", "Tahoma"} {
		known = known || strings.HasPrefix(string(base), family)
	}
	descriptor, err := d.new.Dict(f.Get("FontDescriptor"))
	if err != nil || !known || descriptor.Get("FontFile") != nil || descriptor.Get("FontFile2") != nil || descriptor.Get("FontFile3") != nil {
		return nil
	}
	if name := descriptor.Get("FontName"); name != nil && name != pdf.Object(base) {
		return nil // two names, of which readers take either
	}
	t := &typeface{fixed: strings.HasPrefix(string(base), "Courier")}
	encoding, err := d.new.Resolve(f.Get("Encoding"))
	if err != nil {
		return nil
	}
	switch e := encoding.(type) {
	case nil, pdf.Name:
		if !usualEncoding(e) {
			return nil
		}
	case *pdf.Dict:
		if t.names = d.differences(e); t.names == nil {
			return nil
		}
	default:
		return nil
	}
	if f.Get("Widths") == nil {
		return t
	}
	a, err := d.new.Array(f.Get("Widths"))
	from, ok := f.Get("FirstChar").(int64)
	if err != nil || !ok || from < 0 || from > 255 || len(a) > 256 {
		return nil
	}
	w, ok := numbers(d.new, a, len(a))
	if !ok {
		return nil
	}
	t.widths = make([]float64, 256)
	for i := range w {
		if int(from)+i < 256 {
			t.widths[int(from)+i] = w[i]
		}
	}
	return t
}

// usualEncoding tells whether an encoding, nil for a font's own, is one of
// those that share the printable characters of ASCII.
//
//go:noinline
func usualEncoding(o pdf.Object) bool {
	switch o {
	case nil, pdf.Name("WinAnsiEncoding"), pdf.Name("PDFDocEncoding"), pdf.Name("StandardEncoding"), pdf.Name("MacRomanEncoding"):
		return true
	}
	return false
}

// differences reads which glyphs an encoding dictionary gives to which codes.
func (d *difference) differences(e *pdf.Dict) map[byte]pdf.Name {
	a, err := d.new.Array(e.Get("Differences"))
	if err != nil || e.Duplicate != "" || !usualEncoding(e.Get("BaseEncoding")) {
		return nil
	}
	names, code := map[byte]pdf.Name{}, int64(0)
	for _, o := range a {
		switch o := o.(type) {
		case int64:
			code = o
		case pdf.Name:
			if code < 0 || code > 255 {
				return nil
			}
			names[byte(code)] = o
			code++
		default:
			return nil
		}
	}
	return names
}

// glyph tells what code c shows and how wide it is, of a size of 1. Only the
// printable characters of ASCII are read, which all these encodings share: the
// letters of Vietnamese need a font program.
func (t *typeface) glyph(c byte) (r rune, width float64, ok bool) {
	if c < ' ' || c > '~' || c == '\'' || c == '`' {
		return 0, 0, false // the two quotes differ between encodings
	}
	if name, changed := t.names[c]; changed && name != glyphName(c) {
		return 0, 0, false
	}
	width = helvetica(c)
	if t.fixed {
		width = 600
	}
	if t.widths != nil && t.widths[c] != 0 {
		// Widths far from the usual would set letters over others.
		if w := t.widths[c]; w < width/2 || w > 1.5*width+200 {
			return 0, 0, false
		} else {
			width = w
		}
	}
	return rune(c), width / 1000, true
}

// glyphName is the name that the standard encodings give to an ASCII code.
func glyphName(c byte) pdf.Name {
	if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		return pdf.Name(c)
	}
	names := strings.Fields("space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash zero one two three four five six seven eight nine colon semicolon less equal greater question at")
	if i := int(c) - ' '; i < len(names) {
		return pdf.Name(names[i])
	}
	switch c {
	case '[':
		return "bracketleft"
	case '\\':
		return "backslash"
	case ']':
		return "bracketright"
	case '^':
		return "asciicircum"
	case '_':
		return "underscore"
	case '{':
		return "braceleft"
	case '|':
		return "bar"
	case '}':
		return "braceright"
	case '~':
		return "asciitilde"
	}
	return ""
}

// helvetica is about how wide a character is in Helvetica, whose widths other
// faces for text come near, in thousandths.
func helvetica(c byte) float64 {
	switch {
	case strings.IndexByte("ijl'|", c) >= 0:
		return 222
	case strings.IndexByte(" !,./:;[]\\ftI", c) >= 0:
		return 278
	case strings.IndexByte("()-r`{}\"*", c) >= 0:
		return 340
	case strings.IndexByte("ckszvxyJ", c) >= 0:
		return 500
	case strings.IndexByte("mMWw%@", c) >= 0:
		return 850
	case c >= 'A' && c <= 'Z' || c == '&':
		return 700
	}
	return 556
}
