package text

import (
	"math"
	"strings"

	"kyso/signature/pdf"
)

// font says what a string's codes are and how wide they are (ISO 32000-2, 9.5
// to 9.10).
type font struct {
	composite bool
	codes     *cmap // of a composite font: code to CID; nil is Identity
	unicode   *cmap // ToUnicode
	simple    [256]string
	widths    map[uint32]float64 // by code, of composite fonts by CID
	missing   float64            // width of the others, in ems
	standard  *standard          // widths of the 14 fonts every reader knows
	unit      float64            // of widths: 1/1000 but for Type 3
	vertical  bool
	bold      bool
	utf16     bool // the codes are UTF-16
	old       string
	translate func(string) string // from a pre-Unicode font
	// Of the tallest and lowest letters, in ems.
	ascent, descent float64
}

// unread stands for a character that the file does not tell.
const unread = "\uFFFD"

// Vietnamese capitals carry two marks: they reach higher than what fonts state
// as their ascent.
const (
	usualAscent  = 0.9
	usualDescent = -0.22
)

// load reads the font o; one that is missing or malformed has letters of half
// an em that cannot be read.
func (r *reader) load(o pdf.Object) *font {
	var key pdf.Object
	switch o := o.(type) {
	case pdf.Ref, *pdf.Dict:
		key = o
	}
	if f, ok := r.fonts[key]; ok {
		return f
	}
	if r.spent() || len(r.fonts) >= maxFonts {
		r.partial("content: too many fonts")
		o, key = nil, nil
	}
	f := &font{unit: 1.0 / 1000, missing: 500, ascent: usualAscent, descent: usualDescent}
	d, err := r.v.Dict(o)
	if err != nil {
		r.partial("font: " + err.Error())
	}
	if d != nil {
		r.readFont(f, d)
	} else {
		for i := range f.simple {
			f.simple[i] = unread
		}
	}
	r.fonts[key] = f
	return f
}

func (r *reader) readFont(f *font, d *pdf.Dict) {
	kind := r.name(d.Get("Subtype"))
	name := r.name(d.Get("BaseFont"))
	if i := strings.IndexByte(name, '+'); i == 6 {
		name = name[i+1:]
	}
	if s, ok := r.resolve(d.Get("ToUnicode")).(*pdf.Stream); ok {
		f.unicode = r.cmap(s, 0)
	}
	var descriptor *pdf.Dict
	if kind == "Type0" {
		f.composite = true
		descriptor = r.readComposite(f, d)
	} else {
		descriptor = r.dict(d.Get("FontDescriptor"))
		r.readSimple(f, d, descriptor, kind, name)
	}
	f.bold = strings.Contains(name, "Bold") || strings.Contains(name, "Black")
	if flags, ok := r.resolve(descriptor.Get("Flags")).(int64); ok && flags&(1<<18) != 0 {
		f.bold = true
	}
	f.oldVietnamese(name)
	// What fonts state is for lines of Latin text; never less than that.
	if a, ok := r.float(descriptor.Get("Ascent")); ok {
		f.ascent = math.Max(usualAscent, math.Min(a/1000, 1.1))
	}
	if a, ok := r.float(descriptor.Get("Descent")); ok {
		f.descent = math.Min(usualDescent, math.Max(-math.Abs(a)/1000, -0.35))
	}
	if kind == "Type3" {
		f.ascent, f.descent = usualAscent, usualDescent
	}
}

func (r *reader) readSimple(f *font, d, descriptor *pdf.Dict, kind, name string) {
	f.simple = r.encoding(d.Get("Encoding"), descriptor, kind, name)
	if w, ok := r.float(descriptor.Get("MissingWidth")); ok {
		f.missing = w
	}
	first, _ := r.float(d.Get("FirstChar"))
	list, _ := r.v.Array(d.Get("Widths"))
	if list == nil {
		f.standard = standardFont(name)
	}
	f.widths = map[uint32]float64{}
	for i, o := range list[:min(len(list), 256)] {
		if w, ok := r.float(o); ok && first >= 0 && first < 256 && int(first)+i < 256 {
			f.widths[uint32(first)+uint32(i)] = w
		}
	}
	if kind == "Type3" {
		m, _ := r.v.Array(d.Get("FontMatrix"))
		if len(m) == 6 {
			if u, ok := r.float(m[0]); ok {
				f.unit = u
			}
		}
	}
}

// code takes the next character code and its length.
func (f *font) code(b []byte) (code uint32, length int) {
	switch {
	case !f.composite:
		return uint32(b[0]), 1
	case f.codes != nil && len(f.codes.spaces) > 0:
		return f.codes.code(b)
	case len(b) == 1:
		return uint32(b[0]), 1
	}
	return uint32(b[0])<<8 | uint32(b[1]), 2
}

// width is a code's advance in ems.
func (f *font) width(code uint32) float64 {
	w, ok := 0.0, false
	switch {
	case f.composite && f.codes != nil:
		if cid, known := f.codes.cid(code); known {
			w, ok = f.widths[cid]
		}
	case f.widths != nil:
		w, ok = f.widths[code]
	}
	if !ok && f.standard != nil {
		return f.standard.width(f.simple[code&0xff])
	}
	if !ok {
		w = f.missing
	}
	if w *= f.unit; math.Abs(w) > 100 {
		return 1
	}
	return w
}

// text is what a code stands for, unread when that is not told.
func (f *font) text(code uint32) string {
	s, ok := "", false
	if f.unicode != nil {
		s, ok = f.unicode.text(code)
	}
	switch {
	case ok:
	case f.utf16:
		s = string(rune(code))
	case !f.composite:
		s = f.simple[code&0xff]
	default:
		s = unread
	}
	if f.translate != nil {
		s = f.translate(s)
	}
	return s
}

func (r *reader) resolve(o pdf.Object) pdf.Object {
	o, err := r.v.Resolve(o)
	if err != nil {
		r.partial("font: " + err.Error())
	}
	return o
}

func (r *reader) dict(o pdf.Object) *pdf.Dict {
	d, _ := r.v.Dict(o)
	return d
}

func (r *reader) name(o pdf.Object) string {
	n, _ := r.resolve(o).(pdf.Name)
	return string(n)
}

func (r *reader) float(o pdf.Object) (float64, bool) { return pdf.Float(r.resolve(o)) }
