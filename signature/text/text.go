// Package text finds where the words, pictures and lines of a PDF page stand as
// the page is shown. It never judges what it reads and never changes a file.
//
// It follows content streams (ISO 32000-2, 7.8.2 and 9) far enough to say what
// stands where; it draws nothing. Damaged content gives what was read so far and
// the flag Partial, never a panic.
package text

import (
	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Page is what stands on one page. All rectangles are in points from the lower
// left corner of the page as it is shown: cropped, turned and enlarged.
type Page struct {
	Width, Height float64
	// Lines are from top to bottom, and from left to right where they are level.
	// Text in columns far apart is in lines of its own.
	Lines  []Line
	Images []Image
	// Boxes are the drawn lines and filled areas, white ones left out.
	Boxes []Box
	// Glyphs counts those on the page, Hidden those of them that are invisible
	// and Unread those whose characters the file does not tell.
	Glyphs, Hidden, Unread int
	// OldFonts names fonts with pre-Unicode Vietnamese codes that are not
	// translated (VNI). Their text counts as Unread.
	OldFonts []string
	// Partial says why the content could not be read to its end, empty when it
	// was. What is missing may stand anywhere.
	Partial string
	// Work is what reading cost, in operators or as much, for a caller who
	// bounds the pages of a document together.
	Work int
}

// Line is words on one baseline, no further apart than two of its letters are
// tall.
type Line struct {
	Text  string // words joined by single spaces, composed (NFC)
	Words []Word
	Box   pdf.Rect
	// Baseline is the height of the first word's baseline, Size that of the
	// largest type, in points.
	Baseline, Size float64
	Bold           bool // all of it
	Hidden         bool // all of it: text behind or over a scan (Tr 3)
	// Turned text does not run from left to right: its Text is what one
	// operator shows, and it stands in the way like any other.
	Turned bool
}

// Word is letters without a space between them. Its box has the height of the
// font, not of the letters in it.
type Word struct {
	Text string
	Box  pdf.Rect
}

// Image is a painted image.
type Image struct{ Box pdf.Rect }

// Box is a drawn line, or the extent of a filled area.
type Box struct {
	Box    pdf.Rect
	Filled bool
}

// Bounds on one page, each far above what office software writes.
const (
	maxContent   = 32 << 20 // decoded bytes of the page and its forms
	maxOperators = 2_000_000
	maxGlyphs    = 200_000
	maxShapes    = 50_000 // images and boxes
	maxFormDepth = 12
	maxStates    = 512 // nested q
	maxFonts     = 500
	maxStreams   = 10_000
)

// Read reads page p of v. The error is of a page that cannot be read at all.
func Read(v pdf.View, p pdf.Page) (*Page, error) {
	g, err := v.Geometry(p)
	if err != nil {
		return nil, small.Errorf("read the page's size: %w", err)
	}
	r := &reader{
		v:      v,
		out:    &Page{Width: g.Width(), Height: g.Height()},
		fonts:  map[pdf.Object]*font{},
		forms:  map[pdf.Ref][]byte{},
		budget: maxContent,
	}
	start := state{ctm: toShown(g), scale: 1, clip: pdf.Rect{Right: g.Width(), Top: g.Height()}, line: 1}
	resources, err := r.resources(p)
	if err != nil {
		r.partial("resources: " + err.Error())
	}
	r.run(r.content(p), resources, start, 0)
	r.group()
	r.out.Work = r.ops + len(r.glyphs) + int(maxContent-r.budget)/64
	return r.out, nil
}

// toShown takes the page's own space to the page as it is shown.
func toShown(g pdf.Geometry) matrix {
	at := func(x, y float64) (float64, float64) {
		r := g.Shown(pdf.Rect{Left: x, Bottom: y, Right: x, Top: y})
		return r.Left, r.Bottom
	}
	ox, oy := at(0, 0)
	ax, ay := at(1, 0)
	bx, by := at(0, 1)
	return matrix{ax - ox, ay - oy, bx - ox, by - oy, ox, oy}
}

// resources are the page's own or inherited ones (ISO 32000-2, 7.7.3.4).
func (r *reader) resources(p pdf.Page) (*pdf.Dict, error) {
	d := p.Dict
	// Page trees are a few levels deep; a loop ends here.
	for depth := 0; d != nil && depth < 64; depth++ {
		if own := d.Get("Resources"); own != nil {
			return r.v.Dict(own)
		}
		above, err := r.v.Dict(d.Get("Parent"))
		if err != nil {
			return nil, err
		}
		d = above
	}
	return nil, nil
}

// content joins the page's content streams as if there were white space
// between them (7.8.2).
func (r *reader) content(p pdf.Page) []byte {
	o, err := r.v.Resolve(p.Dict.Get("Contents"))
	if err != nil {
		r.partial("content: " + err.Error())
		return nil
	}
	list, ok := o.(pdf.Array)
	if !ok {
		list = pdf.Array{o}
	}
	if len(list) > maxStreams {
		r.partial("content: too many streams")
		list = list[:maxStreams]
	}
	var all []byte
	for _, o := range list {
		o, err := r.v.Resolve(o)
		if err != nil {
			r.partial("content: " + err.Error())
			continue
		}
		s, ok := o.(*pdf.Stream)
		if !ok {
			continue
		}
		all = append(append(all, r.decode(s)...), '\n')
	}
	return all
}

// decode decodes a stream within what is left of the page's budget.
func (r *reader) decode(s *pdf.Stream) []byte {
	b, err := r.v.Decode(s, r.budget)
	if err != nil {
		r.partial("content: " + err.Error())
		return nil
	}
	r.budget -= int64(len(b))
	return b
}

// partial notes the first reason why something is missing.
func (r *reader) partial(why string) {
	if r.out.Partial == "" {
		r.out.Partial = why
	}
}
