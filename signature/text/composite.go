package text

import (
	"strings"

	"kyso/signature/pdf"
)

// readComposite reads a Type 0 font and gives the descriptor of the font under
// it (ISO 32000-2, 9.7).
func (r *reader) readComposite(f *font, d *pdf.Dict) *pdf.Dict {
	switch e := r.resolve(d.Get("Encoding")).(type) {
	case pdf.Name:
		f.vertical = strings.HasSuffix(string(e), "-V")
		f.utf16 = strings.Contains(string(e), "UCS2") || strings.Contains(string(e), "UTF16")
	case *pdf.Stream:
		f.codes = r.cmap(e, 0)
		f.vertical = f.codes.vertical
	}
	f.missing = 1000
	list, _ := r.v.Array(d.Get("DescendantFonts"))
	if len(list) == 0 {
		return nil
	}
	under := r.dict(list[0])
	if w, ok := r.float(under.Get("DW")); ok {
		f.missing = w
	}
	f.widths = r.compositeWidths(under.Get("W"))
	return r.dict(under.Get("FontDescriptor"))
}

// maxWidths bounds a font's table of widths: CIDs have 16 bits.
const maxWidths = 1 << 16

// compositeWidths reads W (9.7.4.3): "c [w w]" or "first last w".
func (r *reader) compositeWidths(o pdf.Object) map[uint32]float64 {
	list, _ := r.v.Array(o)
	out := map[uint32]float64{}
	steps := 0
	defer func() { r.ops += steps }()
	for i := 0; i+1 < len(list) && steps < 2*maxWidths; {
		steps++
		first, ok := r.float(list[i])
		if !ok || first < 0 || first >= maxWidths {
			return out
		}
		next := r.resolve(list[i+1])
		if each, ok := next.(pdf.Array); ok {
			for k, o := range each[:min(len(each), maxWidths)] {
				if w, ok := r.float(o); ok {
					out[uint32(first)+uint32(k)] = w
				}
				steps++
			}
			i += 2
			continue
		}
		last, ok := pdf.Float(next)
		if !ok || last >= maxWidths || i+2 >= len(list) {
			return out
		}
		if w, ok := r.float(list[i+2]); ok {
			for c := first; c <= last; c++ {
				out[uint32(c)] = w
				steps++
			}
		}
		i += 3
	}
	return out
}
