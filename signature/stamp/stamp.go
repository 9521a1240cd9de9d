// Package stamp lays out and draws the visible part of a signature, as the
// regulations on clerical work ask for it and as agencies lay it down in
// templates. It never leaves out or replaces what it was told to show: what
// cannot be drawn is an error.
package stamp

import (
	"math"
	"slices"
)

// mm is a millimetre in points.
const mm = 72 / 25.4

// gap stands between image and text, in points.
const gap = 2 * mm

// Options are what a stamp depends on besides its values.
type Options struct {
	// ImageWidth is how wide the image is shown, in millimetres. Zero means its
	// own size where the template asks for that, else as large as its box takes.
	ImageWidth float64
}

// Stamp is a stamp laid out: texts and images at their places, in points from
// its lower left corner.
type Stamp struct {
	width, height float64
	border        float64
	texts         []run
	size          float64 // of the type
	image         *Image
	at            box // of the image
	advice        []Advice
	place         Place
}

// run is one line of text, from x along the baseline y.
type run struct {
	x, y float64
	text string
}

type box struct{ x, y, width, height float64 }

// Width is the stamp's width in points.
func (s *Stamp) Width() float64 { return s.width }

// Height is the stamp's height in points.
func (s *Stamp) Height() float64 { return s.height }

// Place is where the stamp belongs.
func (s *Stamp) Place() Place { return s.place }

// Lines are the texts drawn, from the top. A long one has become several.
func (s *Stamp) Lines() []string {
	var lines []string
	for _, r := range s.texts {
		lines = append(lines, r.text)
	}
	return lines
}

// Advice is what a person might do better. None of it keeps a stamp from being
// used.
func (s *Stamp) Advice() []Advice { return slices.Clone(s.advice) }

// maxStampWidth and maxStampHeight are an A4 page without its smallest margins
// (Decree 30/2020, Appendix I, Part I, I.3), in points.
const (
	maxStampWidth  = 165 * mm
	maxStampHeight = 257 * mm
)

// Lay lays out a stamp. image is nil where the template takes none. An *Error
// says what is missing or does not fit.
func (t *Template) Lay(v Values, image *Image, o Options) (*Stamp, error) {
	d := &t.d
	values, err := v.texts(d.Text.Lines)
	if err != nil {
		return nil, err
	}
	lines, err := d.Text.lines(values)
	if err != nil {
		return nil, err
	}
	if image == nil && len(lines) == 0 && d.Image.Use != ImageNeeded {
		return nil, fault("không có gì để hiển thị: mọi dòng đều thiếu giá trị", "there is nothing to show: every line lacks a value")
	}
	s := &Stamp{place: d.Place, border: d.Border, size: d.Text.Size}
	if err := d.Image.put(s, image, o); err != nil {
		return nil, err
	}
	b := d.Text.block(lines)
	if tall := d.Text.MaxHeight * mm; b.height > tall {
		return nil, fault("chữ cao %.1[1]f mm, vượt “text.maxHeight” %[2]v mm: rút ngắn nội dung", "the text is %.1[1]f mm high, more than “text.maxHeight” %[2]v mm: shorten it", b.height/mm, d.Text.MaxHeight)
	}
	edge := d.Padding*mm + d.Border
	between := 0.0
	if s.image != nil && len(lines) > 0 {
		between = gap
	}
	// Numbers are written with three decimals; nothing may reach over the edge
	// by rounding.
	s.width = math.Ceil((2*edge+s.at.width+between+b.width)*100) / 100
	s.height = math.Ceil((2*edge+math.Max(s.at.height, b.height))*100) / 100
	if s.width > maxStampWidth || s.height > maxStampHeight {
		return nil, fault("con dấu hiển thị rộng %.1[1]f mm, cao %.1[2]f mm, lớn hơn %.0[3]f × %.0[4]f mm của trang A4", "the stamp is %.1[1]f mm wide and %.1[2]f mm high, more than the %.0[3]f × %.0[4]f mm of an A4 page",
			s.width/mm, s.height/mm, maxStampWidth/mm, maxStampHeight/mm)
	}
	s.at.x, s.at.y = edge, (s.height-s.at.height)/2
	left, bottom := edge+s.at.width+between, (s.height-b.height)/2
	for _, r := range b.runs {
		s.texts = append(s.texts, run{left + r.x, bottom + r.y, r.text})
	}
	if s.image != nil {
		s.advice = d.Image.advise(s.image, s.at)
	}
	return s, nil
}

// lines fills in and wraps.
func (t *textRule) lines(values map[string]string) ([]string, error) {
	var lines []string
	for _, l := range t.Lines {
		text, missing := l.fill(values)
		if missing != "" {
			if l.Required {
				return nil, fault("thiếu {%[1]s} cho dòng “%[2]s”", "{%[1]s} is missing for the line “%[2]s”", missing, l.Text)
			}
			continue
		}
		wrapped, tooLong := wrap(text, t.MaxWidth*mm/t.Size)
		if tooLong != "" {
			return nil, fault("“%[1]s” rộng hơn “text.maxWidth” %[2]v mm và không có chỗ ngắt", "“%[1]s” is wider than “text.maxWidth” %[2]v mm and has no space to break at", tooLong, t.MaxWidth)
		}
		lines = append(lines, wrapped...)
	}
	return lines, nil
}

// block is text laid out by itself.
type block struct {
	width, height float64
	runs          []run
}

// block puts lines below each other. It is as high as the font's own lines and
// as the letters drawn, whichever is more.
func (t *textRule) block(lines []string) block {
	if len(lines) == 0 {
		return block{}
	}
	f := typeface()
	type extent struct{ left, right float64 }
	extents := make([]extent, len(lines))
	above, below, left, width := f.ascent, f.descent, 0.0, 0.0
	for i, l := range lines {
		x0, y0, x1, y1 := f.ink(l)
		extents[i] = extent{x0, math.Max(x1, f.width(l))}
		if i == 0 {
			above = math.Max(above, y1)
		}
		if i == len(lines)-1 {
			below = math.Max(below, -y0)
		}
		left = math.Max(left, -x0)
	}
	for _, e := range extents {
		width = math.Max(width, left+e.right)
	}
	leading := f.ascent + f.descent + f.gap
	height := above + float64(len(lines)-1)*leading + below
	b := block{width: width * t.Size, height: height * t.Size}
	for i, l := range lines {
		x := left
		switch spare := width - left - extents[i].right; t.Align {
		case "center":
			x += spare / 2
		case "right":
			x += spare
		}
		b.runs = append(b.runs, run{x * t.Size, (below + float64(len(lines)-1-i)*leading) * t.Size, l})
	}
	return b
}
