package placement

import (
	"math"

	"kyso/signature/pdf"
	"kyso/signature/text"
)

// pageText is what stands on one page: content, and what annotations show.
type pageText struct {
	text     *text.Page
	geometry pdf.Geometry
	stamps   []stamp
}

// stamp is an annotation that shows something.
type stamp struct {
	rect   pdf.Rect
	signed bool // by a signature
}

// maxStamps bounds the annotations that are looked at.
const maxStamps = 10_000

func readPage(v pdf.View, p pdf.Page) (*pageText, error) {
	t, err := text.Read(v, p)
	if err != nil {
		return nil, err
	}
	g, err := v.Geometry(p)
	if err != nil {
		return nil, err
	}
	out := &pageText{text: t, geometry: g}
	list, err := v.Array(p.Dict.Get("Annots"))
	if err != nil {
		return nil, err
	}
	if len(list) > maxStamps {
		list = list[:maxStamps]
		t.Partial = "too many annotations"
	}
	for _, o := range list {
		d, err := v.Dict(o)
		if err != nil {
			t.Partial = "annotation: " + err.Error()
			continue
		}
		if s, ok := readStamp(v, d, g); ok {
			out.stamps = append(out.stamps, s)
		}
	}
	return out, nil
}

// readStamp reads an annotation; false when it shows nothing. An empty
// signature field shows nothing: it is a place to sign.
func readStamp(v pdf.View, d *pdf.Dict, g pdf.Geometry) (stamp, bool) {
	const hidden, noView = 1 << 1, 1 << 5 // 12.5.3
	r, ok := v.Rect(d.Get("Rect"))
	if !ok || r.Width() < 1 || r.Height() < 1 {
		return stamp{}, false
	}
	if f, _ := v.Resolve(d.Get("F")); f != nil {
		if n, ok := f.(int64); ok && n&(hidden|noView) != 0 {
			return stamp{}, false
		}
	}
	kind, _ := v.Resolve(d.Get("Subtype"))
	if kind == pdf.Name("Link") || kind == pdf.Name("Popup") {
		return stamp{}, false
	}
	s := stamp{rect: g.Shown(r)}
	if kind == pdf.Name("Widget") {
		field, value := inherited(v, d, "FT"), inherited(v, d, "V")
		if field == pdf.Name("Sig") {
			if value == nil {
				return stamp{}, false
			}
			s.signed = true
		}
	}
	return s, true
}

// inherited is a field's own value of key, or that of the fields above.
func inherited(v pdf.View, d *pdf.Dict, key pdf.Name) pdf.Object {
	for depth := 0; d != nil && depth < 32; depth++ {
		if o, err := v.Resolve(d.Get(key)); err == nil && o != nil {
			return o
		}
		d, _ = v.Dict(d.Get("Parent"))
	}
	return nil
}

// Kinds of what stands in the way.
type kind int

const (
	ofText kind = iota
	ofImage
	ofDrawing
	ofStamp
	ofSignature
)

type obstacle struct {
	rect pdf.Rect
	kind kind
	text string
}

// background is the share of the page from which on an area or an image lies
// under the text.
const background = 0.8

// obstacles lists all that a picture must not cover. Images as large as the
// page are left out when scans are, for places that are outside its text.
func (p *pageText) obstacles(paper bool) []obstacle {
	var out []obstacle
	for _, l := range p.text.Lines {
		out = append(out, obstacle{l.Box, ofText, l.Text})
	}
	for _, i := range p.text.Images {
		if !(paper && p.share(i.Box) >= background) {
			out = append(out, obstacle{i.Box, ofImage, ""})
		}
	}
	for _, b := range p.text.Boxes {
		if !(b.Filled && p.share(b.Box) >= background/2) {
			out = append(out, obstacle{b.Box, ofDrawing, ""})
		}
	}
	for _, s := range p.stamps {
		k := ofStamp
		if s.signed {
			k = ofSignature
		}
		out = append(out, obstacle{s.rect, k, ""})
	}
	return out
}

// share is how much of the page r covers, 0 to 1.
func (p *pageText) share(r pdf.Rect) float64 {
	area := p.text.Width * p.text.Height
	w := math.Min(r.Right, p.text.Width) - math.Max(r.Left, 0)
	h := math.Min(r.Top, p.text.Height) - math.Max(r.Bottom, 0)
	if area <= 0 || w <= 0 || h <= 0 {
		return 0
	}
	return w * h / area
}

// scanned tells whether the page is pictures: a person sees text where the file
// holds none, or only the invisible text of a recognition.
func (p *pageText) scanned() bool {
	covered := 0.0
	for _, i := range p.text.Images {
		covered += p.share(i.Box)
	}
	const few = 60 // letters: a stamp or a page number over a scan
	return covered >= 0.5 && p.text.Glyphs-p.text.Hidden < few
}

// unreadable tells whether much of the text is in fonts without Unicode.
func (p *pageText) unreadable() bool { return p.text.Unread*5 > p.text.Glyphs }

// ends tells whether the page holds the list of recipients.
func (p *pageText) ends() bool {
	for _, l := range p.text.Lines {
		if isRecipients(l.Text) {
			return true
		}
	}
	return false
}
