package pades

import (
	"math"
	"strconv"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Appearance is what a visible signature shows, and where.
type Appearance struct {
	// Page counts from 1. Zero draws into the field's own rectangle, or
	// rectangles, which only an existing field has.
	Page int
	// Rect is on the page as it is shown, in points from its lower left corner.
	// It is used with Page alone.
	Rect pdf.Rect
	// Form adds a form XObject to the document and returns it: what is drawn,
	// in a box from 0,0 to Width,Height, which is its BBox. It is scaled to fit
	// the rectangle, its aspect kept, centred, and stands upright as the page is
	// shown.
	Form          func(u *pdf.Update) (pdf.Ref, error)
	Width, Height float64
}

// MaxStamp is the area, in square points, up to which a later signature's
// appearance is taken for a stamp: an eighth of an A4 page. Seals measure some
// 120 by 120, name blocks 280 by 60. What is larger could hide the document.
const MaxStamp = 60_000

// widgetFlags are Print, which PDF/A wants, and Locked: nobody should move it.
const widgetFlags = 4 | 128

// spot is one rectangle that the appearance is drawn in.
type spot struct {
	widget pdf.Ref // zero for one to be made
	page   pdf.Page
	rect   pdf.Rect // in the page's own space
	turn   int      // how the page is turned when shown, degrees clockwise
}

// situate finds the spots of the appearance. What cannot be drawn where it is
// asked for, or would make an earlier signature doubtful, is an ErrPlace.
func (p *place) situate(a *Appearance) error {
	if a == nil {
		return nil
	}
	var err error
	switch {
	case p.field != nil && a.Page != 0:
		return small.Errorf("%w: the field %q is there already, with a place of its own or none", ErrPlace, p.name)
	case p.field != nil:
		err = p.ownSpots()
	case a.Page < 1:
		return small.Errorf("%w: no page is named", ErrPlace)
	default:
		err = p.newSpot(a)
	}
	if err != nil || !p.signed() {
		return err
	}
	area := 0.0
	for _, s := range p.spots {
		area += s.rect.Width() * s.rect.Height()
	}
	if area > MaxStamp {
		return small.Errorf("%w: so large, it could hide what others have signed", ErrPlace)
	}
	return nil
}

// drawable refuses an appearance that cannot be drawn anywhere.
func (a *Appearance) drawable() error {
	if a != nil && (a.Form == nil || !(a.Width > 0 && a.Height > 0) || math.IsInf(a.Width+a.Height, 0)) {
		return small.Errorf("%w: its appearance has no form or no size", ErrPlace)
	}
	return nil
}

// newSpot is the rectangle that a asks for.
func (p *place) newSpot(a *Appearance) error {
	var page pdf.Page
	n := 0
	err := p.doc.EachPage(func(q pdf.Page) bool { n++; page = q; return n < a.Page })
	if err != nil {
		return err
	}
	if n < a.Page {
		return small.Errorf("%w: there is no page %d", ErrPlace, a.Page)
	}
	g, err := p.doc.Geometry(page)
	if err != nil {
		return err
	}
	// Rounding alone is no reason to refuse.
	const slack = 0.01
	r := a.Rect
	inside := r.Left >= -slack && r.Bottom >= -slack && r.Right <= g.Width()+slack && r.Top <= g.Height()+slack
	if !inside || !(r.Width() >= 1 && r.Height() >= 1) {
		return small.Errorf("%w: the rectangle is not on page %d", ErrPlace, a.Page)
	}
	s := spot{page: page, rect: g.FromShown(r), turn: g.Rotate}
	p.spots = []spot{s}
	return p.uncovered(s)
}

// uncovered refuses a spot over more than half of what an earlier signature
// shows.
func (p *place) uncovered(s spot) error {
	annots, err := p.doc.Array(s.page.Dict.Get("Annots"))
	if err != nil {
		return err
	}
	below := map[int]bool{}
	for _, o := range annots {
		if ref, ok := o.(pdf.Ref); ok {
			below[ref.Number] = true
		}
	}
	for _, f := range p.fields {
		if f.Type != "Sig" || f.Value == nil {
			continue
		}
		for _, ref := range f.Widgets {
			if !below[ref.Number] {
				continue
			}
			w, err := p.doc.Dict(ref)
			if err != nil {
				return err
			}
			r, ok := p.doc.Rect(w.Get("Rect"))
			if ok && w.Get("AP") != nil && overlap(s.rect, r) > r.Width()*r.Height()/2 {
				return small.Errorf("%w: it would cover the signature in %q", ErrPlace, f.Name)
			}
		}
	}
	return nil
}

// overlap is the area that r and s have in common.
func overlap(r, s pdf.Rect) float64 {
	if !r.Overlaps(s) {
		return 0
	}
	return (math.Min(r.Right, s.Right) - math.Max(r.Left, s.Left)) * (math.Min(r.Top, s.Top) - math.Max(r.Bottom, s.Bottom))
}

// ownSpots are the rectangles that the field has on pages.
func (p *place) ownSpots() error {
	rects := map[int]pdf.Rect{}
	for _, ref := range p.field.Widgets {
		w, err := p.doc.Dict(ref)
		if err != nil {
			return err
		}
		if r, ok := p.doc.Rect(w.Get("Rect")); ok && r.Width() >= 1 && r.Height() >= 1 {
			rects[ref.Number] = r
		}
	}
	var fault error
	err := p.doc.EachPage(func(page pdf.Page) bool {
		annots, err := p.doc.Array(page.Dict.Get("Annots"))
		if err != nil {
			fault = err
			return false
		}
		for _, o := range annots {
			ref, _ := o.(pdf.Ref)
			r, ok := rects[ref.Number]
			if !ok {
				continue
			}
			delete(rects, ref.Number)
			g, err := p.doc.Geometry(page)
			if err != nil {
				fault = err
				return false
			}
			p.spots = append(p.spots, spot{ref, page, r, g.Rotate})
		}
		return len(rects) > 0
	})
	switch {
	case err != nil:
		return err
	case fault != nil:
		return fault
	case len(p.spots) == 0:
		return small.Errorf("%w: the field %q has no place on a page", ErrPlace, p.name)
	}
	return nil
}

// draw puts form, of a's size, into the spot's widget w: through a form of the
// rectangle's own size, so that the algorithm of ISO 32000-2, 12.5.5, maps it
// without scaling. Its matrix undoes the turn of the page.
func (s spot) draw(u *pdf.Update, w *pdf.Dict, form pdf.Ref, a *Appearance) {
	x, y := s.rect.Width(), s.rect.Height()
	if s.turn%180 != 0 {
		x, y = y, x
	}
	zoom := math.Min(x/a.Width, y/a.Height)
	content := "q " + fine(zoom) + " 0 0 " + fine(zoom) + " " + fine((x-zoom*a.Width)/2) + " " + fine((y-zoom*a.Height)/2) + " cm /Fm0 Do Q\n"
	wrapper := pdf.MakeDict(
		pdf.Name("Type"), pdf.Name("XObject"),
		pdf.Name("Subtype"), pdf.Name("Form"),
		pdf.Name("BBox"), pdf.Rect{Right: x, Top: y}.Array(),
		pdf.Name("Resources"), pdf.MakeDict(pdf.Name("XObject"), pdf.MakeDict(pdf.Name("Fm0"), form)))
	zero, one, minus := pdf.Number(0), pdf.Number(1), pdf.Number(-1)
	switch s.turn {
	case 90:
		wrapper.Set("Matrix", pdf.Array{zero, one, minus, zero, pdf.Number(y), zero})
	case 180:
		wrapper.Set("Matrix", pdf.Array{minus, zero, zero, minus, pdf.Number(x), pdf.Number(y)})
	case 270:
		wrapper.Set("Matrix", pdf.Array{zero, minus, one, zero, zero, pdf.Number(x)})
	}
	// The rollover and pushed states a field may have had are gone with this.
	w.Set("AP", pdf.MakeDict(pdf.Name("N"), u.Add(&pdf.Data{Dict: wrapper, Bytes: []byte(content)})))
	w.Set("F", widgetFlags)
}

// fine writes a factor or a shift exactly enough for the largest pages.
func fine(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }
