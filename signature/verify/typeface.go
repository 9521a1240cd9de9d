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

// typeface finds the font that an appearance calls name. Where its own
// resources do not have it, readers look in different places, or nowhere and
// take a font of their own: then all who have it must have the same. Nil when
// its glyphs are not known.
func (d *difference) typeface(s *pdf.Stream, ref pdf.Ref, w *pdf.Dict, name pdf.Name) *typeface {
	font, ok := d.fontIn(s.Get("Resources"), name)
	if font != nil && ok {
		return d.plainFont(font)
	}
	form, err := d.new.AcroForm()
	if !ok || err != nil {
		return nil
	}
	holders := []pdf.Object{w.Get("DR"), form.Get("DR")}
	pages, ok := d.showing(ref)
	if !ok {
		return nil
	}
	for _, page := range pages {
		holders = append(holders, page.Get("Resources"))
		for range maxNested {
			if page, err = d.new.Dict(page.Get("Parent")); err != nil || page == nil {
				break
			}
			holders = append(holders, page.Get("Resources"))
		}
		if err != nil || page != nil {
			return nil
		}
	}
	for _, holder := range holders {
		one, ok := d.fontIn(holder, name)
		if !ok || one != nil && font != nil && !pdf.Equal(one, font) {
			return nil
		}
		if one != nil {
			font = one
		}
	}
	if font == nil {
		return &typeface{}
	}
	return d.plainFont(font)
}

// fontIn looks for a font in resources, nil when they have none of that name;
// false when they cannot be read in one way.
func (d *difference) fontIn(resources pdf.Object, name pdf.Name) (font pdf.Object, ok bool) {
	res, err := d.new.Dict(resources)
	if err != nil {
		return nil, false
	}
	fonts, err := d.new.Dict(res.Get("Font"))
	if err != nil {
		return nil, false
	}
	font = fonts.Get(name)
	return font, font == nil || res.Duplicate == "" && fonts.Duplicate == ""
}

// showing lists the pages whose annotations a widget is among; false when they
// cannot be read, or are too many to look through.
func (d *difference) showing(widget pdf.Ref) (pages []*pdf.Dict, ok bool) {
	ok = true
	err := d.new.EachPage(func(p pdf.Page) bool {
		annots, err := d.new.Array(p.Dict.Get("Annots"))
		if d.compared += 1 + len(annots); err != nil || d.compared > maxCompared {
			ok = false
			return false
		}
		for _, a := range annots {
			if number(a) == widget.Number {
				pages = append(pages, p.Dict)
				break
			}
		}
		return true
	})
	return pages, ok && err == nil
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
	known := textFamily(string(base))
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

// textFamily tells whether a font's name is that of a usual face for text, and
// says nothing more than its style: readers take their symbols for a font that
// has "Symbol" somewhere in its name.
func textFamily(name string) bool {
	rest, known := name, false
	for _, family := range []string{"Helvetica", "Arial", "Times", "Courier", "Liberation", "Verdana", "Tahoma"} {
		if after, ok := strings.CutPrefix(name, family); ok {
			rest, known = after, true
		}
	}
	for known && rest != "" {
		known = false
		for _, style := range []string{"-", ",", " ", "Bold", "Italic", "Oblique", "Roman", "Regular", "New", "Neue", "PSMT", "PS", "MT", "Std", "LT", "Unicode", "MS", "Narrow", "Serif", "Sans", "Mono"} {
			if after, ok := strings.CutPrefix(rest, style); ok {
				rest, known = after, true
				break
			}
		}
	}
	return known
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

// maxDifferences bounds the array: each of 256 codes with its number.
const maxDifferences = 512

// differences reads which glyphs an encoding dictionary gives to which codes.
func (d *difference) differences(e *pdf.Dict) map[byte]pdf.Name {
	a, err := d.new.Array(e.Get("Differences"))
	if err != nil || len(a) > maxDifferences || e.Duplicate != "" || !usualEncoding(e.Get("BaseEncoding")) {
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
