package stamp

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"kyso/signature/pdf"
)

// FormOptions are what the form depends on besides the stamp: what the
// document claims to be, which the stamp must not make untrue. Claims reads
// them.
type FormOptions struct {
	// PDFA is the part of PDF/A that the document claims, 0 for none.
	PDFA int
	// OutputIntent tells that the document has an output intent of PDF/A.
	OutputIntent bool
}

// transparent tells whether transparency is allowed. PDF/A-1 has none (ISO
// 19005-1, 6.4). The later parts want an output intent or, on each page that
// has it, a blending space (ISO 19005-2, 6.2.10), and a signature does not
// change the page.
func (o FormOptions) transparent() bool { return o.PDFA == 0 || o.PDFA > 1 && o.OutputIntent }

// grey and rgb are the colours of sRGB. A PDF/A must not leave to the device
// what they look like, and may have no output intent that would say it; there
// they are defined by white, primaries and gamma (ISO 32000-1, 8.6.5.2, 8.6.5.3).
// Gamma 2.2 is a little darker than sRGB in the shadows, so other documents get
// the device's, which readers take for sRGB.
func (o FormOptions) grey() pdf.Object {
	if o.PDFA == 0 {
		return pdf.Name("DeviceGray")
	}
	// White of equal parts: poppler tints greys of any other.
	return pdf.Array{pdf.Name("CalGray"), pdf.MakeDict(pdf.Name("WhitePoint"), reals("1", "1", "1"), pdf.Name("Gamma"), pdf.Real("2.2"))}
}

func (o FormOptions) rgb() pdf.Object {
	if o.PDFA == 0 {
		return pdf.Name("DeviceRGB")
	}
	return pdf.Array{pdf.Name("CalRGB"), pdf.MakeDict(pdf.Name("WhitePoint"), reals("0.9505", "1", "1.089"), pdf.Name("Gamma"), reals("2.2", "2.2", "2.2"),
		pdf.Name("Matrix"), reals("0.4124", "0.2126", "0.0193", "0.3576", "0.7152", "0.1192", "0.1805", "0.0722", "0.9505"))}
}

func reals(digits ...pdf.Real) pdf.Array {
	a := make(pdf.Array, len(digits))
	for i, d := range digits {
		a[i] = d
	}
	return a
}

// Form adds the stamp to u as a form XObject whose box is [0 0 width height].
// The same stamp and options give the same bytes.
func (s *Stamp) Form(u *pdf.Update, o FormOptions) (pdf.Ref, error) {
	var content bytes.Buffer
	resources := &pdf.Dict{}
	if s.image != nil {
		ref, err := s.image.add(u, o)
		if err != nil {
			return pdf.Ref{}, err
		}
		resources.Set("XObject", pdf.MakeDict(pdf.Name("Image"), ref))
		fmt.Fprintf(&content, "q %s 0 0 %s %s %s cm /Image Do Q\n", pdf.Number(s.at.width), pdf.Number(s.at.height), pdf.Number(s.at.x), pdf.Number(s.at.y))
	}
	if s.border > 0 || len(s.texts) > 0 {
		resources.Set("ColorSpace", pdf.MakeDict(pdf.Name("Grey"), o.grey()))
	}
	if s.border > 0 {
		b := s.border
		fmt.Fprintf(&content, "q /Grey CS 0 SC %s w %s %s %s %s re S Q\n", pdf.Number(b), pdf.Number(b/2), pdf.Number(b/2), pdf.Number(s.width-b), pdf.Number(s.height-b))
	}
	if len(s.texts) > 0 {
		ref, codes, err := s.font(u, o)
		if err != nil {
			return pdf.Ref{}, err
		}
		resources.Set("Font", pdf.MakeDict(pdf.Name("Text"), ref))
		fmt.Fprintf(&content, "q /Grey cs 0 sc BT /Text %s Tf\n", pdf.Number(s.size))
		for _, t := range s.texts {
			fmt.Fprintf(&content, "1 0 0 1 %s %s Tm <", pdf.Number(t.x), pdf.Number(t.y))
			for _, r := range t.text {
				fmt.Fprintf(&content, "%04X", codes[r])
			}
			content.WriteString("> Tj\n")
		}
		content.WriteString("ET Q\n")
	}
	d := pdf.MakeDict(pdf.Name("Type"), pdf.Name("XObject"), pdf.Name("Subtype"), pdf.Name("Form"),
		pdf.Name("BBox"), pdf.Array{0, 0, pdf.Number(s.width), pdf.Number(s.height)}, pdf.Name("Resources"), resources)
	return u.Add(&pdf.Data{Dict: d, Bytes: content.Bytes()}), nil
}

// font adds the font with the characters of s alone (ISO 32000-1, 9.7), and
// tells the code of each.
func (s *Stamp) font(u *pdf.Update, o FormOptions) (pdf.Ref, map[rune]int, error) {
	set := map[rune]bool{}
	for _, t := range s.texts {
		for _, r := range t.text {
			set[r] = true
		}
	}
	runes := slices.SortedFunc(maps.Keys(set), cmp.Compare[rune])
	f := typeface()
	file, glyphs, err := f.subset(runes)
	if err != nil {
		return pdf.Ref{}, nil, err
	}
	codes := map[rune]int{}
	widths := pdf.Array{}
	for i, r := range runes {
		codes[r] = i + 1
		widths = append(widths, pdf.Number(1000*f.advance(r)))
	}
	name := pdf.Name(tag(file) + "+LiberationSerif")
	units := func(v int16) int { return int(math.Round(1000 * float64(v) / f.em)) }
	head := f.sfnt.Head
	descriptor := pdf.MakeDict(pdf.Name("Type"), pdf.Name("FontDescriptor"), pdf.Name("FontName"), name,
		pdf.Name("Flags"), 6, // serif, symbolic
		pdf.Name("FontBBox"), pdf.Array{units(head.XMin), units(head.YMin), units(head.XMax), units(head.YMax)},
		pdf.Name("ItalicAngle"), 0, pdf.Name("Ascent"), units(f.sfnt.Hhea.Ascender), pdf.Name("Descent"), units(f.sfnt.Hhea.Descender),
		pdf.Name("CapHeight"), units(f.sfnt.OS2.SCapHeight), pdf.Name("StemV"), 80,
		pdf.Name("FontFile2"), u.Add(deflated(pdf.MakeDict(pdf.Name("Length1"), len(file)), file)))
	if o.PDFA == 1 {
		// ISO 19005-1, 6.3.5: which glyphs the subset has, each bit one.
		present := make([]byte, (glyphs+7)/8)
		for g := range glyphs {
			present[g/8] |= 0x80 >> (g % 8)
		}
		descriptor.Set("CIDSet", u.Add(deflated(&pdf.Dict{}, present)))
	}
	cid := pdf.MakeDict(pdf.Name("Type"), pdf.Name("Font"), pdf.Name("Subtype"), pdf.Name("CIDFontType2"), pdf.Name("BaseFont"), name,
		pdf.Name("CIDSystemInfo"), pdf.MakeDict(pdf.Name("Registry"), pdf.String("Adobe"), pdf.Name("Ordering"), pdf.String("Identity"), pdf.Name("Supplement"), 0),
		pdf.Name("CIDToGIDMap"), pdf.Name("Identity"), pdf.Name("FontDescriptor"), u.Add(descriptor),
		pdf.Name("DW"), 1000, pdf.Name("W"), pdf.Array{1, widths})
	return u.Add(pdf.MakeDict(pdf.Name("Type"), pdf.Name("Font"), pdf.Name("Subtype"), pdf.Name("Type0"), pdf.Name("BaseFont"), name,
		pdf.Name("Encoding"), pdf.Name("Identity-H"), pdf.Name("DescendantFonts"), pdf.Array{u.Add(cid)},
		pdf.Name("ToUnicode"), u.Add(deflated(&pdf.Dict{}, toUnicode(runes))))), codes, nil
}

// tag is six letters that tell one subset from another (ISO 32000-1, 9.6.4).
func tag(file []byte) string {
	sum := sha256.Sum256(file)
	var b [6]byte
	for i := range b {
		b[i] = 'A' + sum[i]%26
	}
	return string(b[:])
}

// toUnicode maps the codes 1, 2, 3… to the characters (ISO 32000-1, 9.10.3).
func toUnicode(runes []rune) []byte {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	code := 0
	// A block holds at most 100 entries.
	for part := range slices.Chunk(runes, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, r := range part {
			code++
			fmt.Fprintf(&b, "<%04X> <", code)
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

// add adds the image as an XObject (ISO 32000-1, 8.9).
func (i *Image) add(u *pdf.Update, o FormOptions) (pdf.Ref, error) {
	d := i.dict(8)
	color := i.color
	d.Set("ColorSpace", o.rgb())
	if i.grey {
		d.Set("ColorSpace", o.grey())
	}
	switch {
	case i.alpha == nil:
	case o.transparent():
		mask := i.dict(8)
		mask.Set("ColorSpace", pdf.Name("DeviceGray")) // as a soft mask must be
		d.Set("SMask", u.Add(deflated(mask, i.alpha)))
	default:
		mask := i.dict(1)
		mask.Set("ImageMask", true)
		d.Set("Mask", u.Add(deflated(mask, i.stencil())))
		color = i.onWhite()
	}
	if i.jpeg != nil {
		d.Set("Filter", pdf.Name("DCTDecode"))
		return u.Add(&pdf.Data{Dict: d, Bytes: i.jpeg}), nil
	}
	return u.Add(deflated(d, color)), nil
}

func (i *Image) dict(bits int) *pdf.Dict {
	return pdf.MakeDict(pdf.Name("Type"), pdf.Name("XObject"), pdf.Name("Subtype"), pdf.Name("Image"),
		pdf.Name("Width"), i.width, pdf.Name("Height"), i.height, pdf.Name("BitsPerComponent"), bits)
}

// stencil has a bit set where nothing is painted.
func (i *Image) stencil() []byte {
	stride := (i.width + 7) / 8
	b := make([]byte, stride*i.height)
	for k, a := range i.alpha {
		if a == 0 {
			x, y := k%i.width, k/i.width
			b[y*stride+x/8] |= 0x80 >> (x % 8)
		}
	}
	return b
}

// onWhite is the colours as they look on white paper.
func (i *Image) onWhite() []byte {
	n := len(i.color) / len(i.alpha)
	b := make([]byte, len(i.color))
	for k, v := range i.color {
		a := int(i.alpha[k/n])
		b[k] = byte((int(v)*a + 255*(255-a) + 127) / 255)
	}
	return b
}

// deflated is a stream of data, compressed.
func deflated(d *pdf.Dict, data []byte) *pdf.Data {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestCompression) // a level that exists
	w.Write(data)                                         // memory takes it
	w.Close()
	d.Set("Filter", pdf.Name("FlateDecode"))
	return &pdf.Data{Dict: d, Bytes: b.Bytes()}
}
