package stamp

import (
	"cmp"
	_ "embed"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/tdewolff/font"
)

// Liberation Serif has the widths of Times New Roman, all Vietnamese letters,
// and a licence that lets it be embedded.
//
//go:embed font/LiberationSerif-Regular.ttf
var fontFile []byte

// FontLicense is the licence of the embedded typeface, for whoever hands the
// program on.
//
//go:embed font/OFL.txt
var FontLicense string

// face is the typeface, which only its methods read.
type face struct {
	sfnt *font.SFNT
	em   float64 // units in an em
	// Heights in ems, above and below the baseline, and between lines.
	ascent, descent, gap float64
}

// typeface reads the embedded font when it is first needed.
var typeface = sync.OnceValue(func() *face {
	f, err := font.ParseSFNT(fontFile, 0)
	if err != nil {
		panic(err) // it is ours
	}
	em := float64(f.UnitsPerEm())
	return &face{f, em, float64(f.Hhea.Ascender) / em, -float64(f.Hhea.Descender) / em, float64(f.Hhea.LineGap) / em}
})

// glyph is 0 for a character that the font lacks.
func (f *face) glyph(r rune) uint16 { return f.sfnt.GlyphIndex(r) }

// advance is a character's width in ems.
func (f *face) advance(r rune) float64 { return float64(f.sfnt.GlyphAdvance(f.glyph(r))) / f.em }

// width is that of s in ems.
func (f *face) width(s string) float64 {
	w := 0.0
	for _, r := range s {
		w += f.advance(r)
	}
	return w
}

// ink is what s covers when it is drawn from the origin, in ems: some letters
// reach over their own widths, and capitals with two marks over the ascent.
func (f *face) ink(s string) (left, bottom, right, top float64) {
	x := 0.0
	for _, r := range s {
		x0, y0, x1, y1 := f.sfnt.GlyphBounds(f.glyph(r))
		left = math.Min(left, x+float64(x0)/f.em)
		bottom = math.Min(bottom, float64(y0)/f.em)
		right = math.Max(right, x+float64(x1)/f.em)
		top = math.Max(top, float64(y1)/f.em)
		x += f.advance(r)
	}
	return left, bottom, right, top
}

// pdfTables are what a TrueType font in a PDF needs (ISO 32000-1, 9.9).
var pdfTables = []string{"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}

// subset is a font of these characters alone. Character i of runes is glyph
// i+1, each with one of its own, so that what is drawn tells what was meant
// even where two characters look the same. glyphs counts them all.
func (f *face) subset(runes []rune) (file []byte, glyphs int, err error) {
	ids := []uint16{0}
	for _, r := range runes {
		ids = append(ids, f.glyph(r))
	}
	s, err := f.sfnt.Subset(ids, font.SubsetOptions{Tables: slices.Clone(pdfTables)})
	if err != nil {
		return nil, 0, err
	}
	return fontBytes(s.Version, s.Tables), int(s.Maxp.NumGlyphs), nil
}

// fontBytes writes a font of these tables (OpenType, "Organization of an
// OpenType Font"). The library's own writer puts the present time into it.
func fontBytes(version string, tables map[string][]byte) []byte {
	tags := slices.SortedFunc(maps.Keys(tables), cmp.Compare[string])
	n := len(tags)
	log := int(math.Log2(float64(n)))
	b := append([]byte(nil), version...)
	for _, v := range []int{n, 16 << log, log, 16*n - 16<<log} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	at := len(b) + 16*n
	var body []byte
	head := 0
	for _, tag := range tags {
		table := slices.Clone(tables[tag])
		length := len(table)
		for len(table)%4 != 0 {
			table = append(table, 0)
		}
		if tag == "head" {
			head = at + len(body)
			clear(table[8:12]) // checkSumAdjustment
		}
		b = append(b, tag...)
		for _, v := range []uint32{sum32(table), uint32(at + len(body)), uint32(length)} {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		body = append(body, table...)
	}
	b = append(b, body...)
	binary.BigEndian.PutUint32(b[head+8:], 0xB1B0AFBA-sum32(b))
	return b
}

// sum32 adds up b, whose length is a multiple of four.
func sum32(b []byte) (sum uint32) {
	for ; len(b) > 0; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	return sum
}
