package placement

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kyso/signature/pdf"
)

// Corner is a place at a corner of a page: free when Confidence is High, in the
// margin of a scan when it is Medium.
type Corner struct {
	Place
	Confidence Confidence
	// Why tells why there is no place, Warnings what to look at.
	Why      Message
	Warnings []Message
}

// Measures at the corners, in points.
const (
	// margin is the upper margin of Decree 30/2020: text begins under it.
	margin = 20 * Millimetre
	// inset is how far a stamp stands from the edges: 10 mm, or 5 when that
	// does not fit.
	inset = 10 * Millimetre
	// reach is how far down, as a share of the page, stamps may be stacked.
	reach = 0.25
	// step is how finely places are tried.
	step = 1.0
)

// TopRight finds a free place of the given size at the top right of a page,
// where attached documents and copies are marked (Decree 30/2020, Appendix I,
// II.8.b and III): above the text or beside it in the margin, under stamps that
// are there.
func TopRight(v pdf.View, page int, width, height float64) (Corner, error) {
	return corner(v, page, width, height, true)
}

// BottomLeft does the same at the bottom left.
func BottomLeft(v pdf.View, page int, width, height float64) (Corner, error) {
	return corner(v, page, width, height, false)
}

func corner(v pdf.View, page int, width, height float64, top bool) (Corner, error) {
	p, err := onePage(v, page)
	if err != nil {
		return Corner{}, fmt.Errorf("look for a free corner: %w", err)
	}
	if !(width > 0) || !(height > 0) {
		return Corner{}, fmt.Errorf("look for a free corner: a stamp of %v × %v points", width, height)
	}
	c := Corner{}
	if p.text.Partial != "" {
		c.Why = say("Không đọc được hết nội dung trang %d (%s): không biết chắc chỗ nào trống.",
			"Not all of page %d could be read (%s): which places are free is not certain.", page, p.text.Partial)
		return c, nil
	}
	far, sure := reach*p.text.Height, High
	if p.paper() {
		if !top { // scans have page numbers and notes there
			c.Why = say("Trang %d là ảnh quét: không biết ảnh có chữ ở góc dưới hay không.", "Page %d is a scan: whether the picture shows text at the bottom is not known.", page)
			return c, nil
		}
		sure = Medium
		far = math.Min(far, margin)
		c.Warnings = append(c.Warnings, say("Trang là ảnh quét: chỉ biết đây là lề trang, không biết ảnh có chữ ở đó không.",
			"The page is a scan: this is in its margin, but whether the picture shows text there is not known."))
	}
	all := p.obstacles(true)
	for _, in := range []float64{inset, inset / 2} {
		for down := in; down+height <= math.Max(far, in+height) && down+height <= far+step; down += step {
			r := pdf.Rect{Left: in, Bottom: down, Right: in + width, Top: down + height}
			if top {
				r = pdf.Rect{Left: p.text.Width - in - width, Bottom: p.text.Height - down - height, Right: p.text.Width - in, Top: p.text.Height - down}
			}
			if r.Left < 0 || r.Right > p.text.Width {
				break
			}
			if outside(all, r, top) {
				c.Place, c.Confidence = Place{page, r}, sure
				return c, nil
			}
		}
	}
	c.Warnings = nil
	where := Message{"góc trên bên phải", "at the top right"}
	if !top {
		where = Message{"góc dưới bên trái", "at the bottom left"}
	}
	c.Why = Message{
		fmt.Sprintf("Ở %s trang %d không còn chỗ trống %.0f × %.0f mm.", where.Vi, page, width/Millimetre, height/Millimetre),
		fmt.Sprintf("No free place of %.0f × %.0f mm is left %s of page %d.", width/Millimetre, height/Millimetre, where.En, page),
	}
	return c, nil
}

// outside tells whether r is free, and no text or picture is between it and the
// edge of the page: stamps do not go between lines.
func outside(all []obstacle, r pdf.Rect, top bool) bool {
	around := pdf.Rect{Left: r.Left - 2, Bottom: r.Bottom - 2, Right: r.Right + 2, Top: r.Top + 2}
	beyond := around
	if top {
		beyond.Top = math.Inf(1)
	} else {
		beyond.Bottom = math.Inf(-1)
	}
	for _, o := range all {
		if o.rect.Overlaps(around) || o.kind != ofStamp && o.kind != ofSignature && o.rect.Overlaps(beyond) {
			return false
		}
	}
	return true
}

// paper tells whether one image is as large as the page.
func (p *pageText) paper() bool {
	for _, i := range p.text.Images {
		if p.share(i.Box) >= background {
			return true
		}
	}
	return false
}

func onePage(v pdf.View, number int) (*pageText, error) {
	n, found := 0, pdf.Page{}
	err := v.EachPage(func(p pdf.Page) bool {
		if n++; n == number {
			found = p
		}
		return n < number
	})
	if err != nil {
		return nil, err
	}
	if found.Dict == nil {
		return nil, fmt.Errorf("the document has no page %d", number)
	}
	return readPage(v, found)
}

// Covered is what a rectangle would cover.
type Covered struct {
	Text                                 []string // lines, from top to bottom
	Images, Drawings, Stamps, Signatures int
	// Unsure: not all of the page could be read, or it is a scan.
	Unsure bool
}

// Nothing tells whether the place is known to be free.
func (c Covered) Nothing() bool {
	return len(c.Text) == 0 && c.Images+c.Drawings+c.Stamps+c.Signatures == 0 && !c.Unsure
}

// Free tells what a place that somebody chose would cover.
func Free(v pdf.View, at Place) (Covered, error) {
	p, err := onePage(v, at.Page)
	if err != nil {
		return Covered{}, fmt.Errorf("look at a place: %w", err)
	}
	c := Covered{Unsure: p.text.Partial != "" || p.scanned()}
	for _, o := range p.obstacles(false) {
		if !o.rect.Overlaps(at.Rect) {
			continue
		}
		switch o.kind {
		case ofText:
			c.Text = append(c.Text, o.text)
		case ofImage:
			c.Images++
		case ofDrawing:
			c.Drawings++
		case ofStamp:
			c.Stamps++
		case ofSignature:
			c.Signatures++
		}
	}
	return c, nil
}

// Signatures are the widgets of signatures on a page, as shown.
func Signatures(v pdf.View, page int) ([]pdf.Rect, error) {
	p, err := onePage(v, page)
	if err != nil {
		return nil, fmt.Errorf("look for signatures: %w", err)
	}
	var out []pdf.Rect
	for _, s := range p.stamps {
		if s.signed {
			out = append(out, s.rect)
		}
	}
	return out, nil
}

// ParsePlace reads PAGE,X,Y,W,H: the page counted from 1, and points from the
// lower left corner of the page as it is shown.
func ParsePlace(s string) (Place, error) {
	parts := strings.Split(s, ",")
	if len(parts) != 5 {
		return Place{}, fmt.Errorf("read place %q: want PAGE,X,Y,W,H", s)
	}
	page, err := strconv.Atoi(strings.TrimSpace(parts[0]))
	if err != nil || page < 1 {
		return Place{}, fmt.Errorf("read place %q: pages count from 1", s)
	}
	var n [4]float64
	for i := range n {
		n[i], err = strconv.ParseFloat(strings.TrimSpace(parts[i+1]), 64)
		// ISO 32000-1, Annex C: no page is larger than 14400 points.
		if err != nil || !(n[i] >= 0 && n[i] <= 14400) || i > 1 && n[i] == 0 {
			return Place{}, fmt.Errorf("read place %q: %q is no length in points", s, parts[i+1])
		}
	}
	return Place{page, pdf.Rect{Left: n[0], Bottom: n[1], Right: n[0] + n[2], Top: n[1] + n[3]}}, nil
}
