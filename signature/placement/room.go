package placement

import (
	"cmp"
	"math"
	"slices"

	"kyso/signature/pdf"
)

// Measures of the room for an image, in points.
const (
	// maxRoom is wider than the image of any signature.
	maxRoom = 80 * Millimetre
	// edge is what printers leave white.
	edge = 5 * Millimetre
	// apart is what is kept free around text.
	apart = 1 * Millimetre
)

// leastWidths are the widths of the strip that must be free, the widest that
// is counts.
var leastWidths = []float64{45 * Millimetre, 35 * Millimetre, 25 * Millimetre}

// room finds the free part between office and name, or the problem.
func (s *sheet) room(b *Block, office, name pdf.Rect) {
	axis := (middle(office) + middle(name)) / 2
	half := math.Max(leastWidths[len(leastWidths)-1], math.Min(math.Max(office.Width(), name.Width()), maxRoom)) / 2
	b.Gap = pdf.Rect{Left: axis - half, Bottom: name.Top, Right: axis + half, Top: office.Bottom}
	if b.Gap.Height() < minGap {
		high := math.Max(0, b.Gap.Height()) / Millimetre
		b.Gap.Top = math.Max(b.Gap.Top, b.Gap.Bottom)
		b.Problem = say("Khoảng trống giữa chức vụ và họ tên chỉ cao %.0f mm, cần ít nhất %.0f mm.",
			"The gap between office and name is only %.0f mm high; at least %.0f mm are needed.", high, minGap/Millimetre)
		return
	}
	all := s.obstacles(false)
	for _, o := range all {
		if !o.rect.Overlaps(b.Gap) {
			continue
		}
		switch o.kind {
		case ofSignature:
			b.Signed = true
			b.Problem = say("Chỗ ký này đã có chữ ký số.", "A digital signature stands in this place already.")
			return
		case ofImage:
			b.Problem = say("Giữa chức vụ và họ tên có ảnh: không biết ảnh vẽ gì ở chỗ đó.",
				"A picture lies between office and name: what it shows there is not known.")
			return
		}
	}
	for _, width := range leastWidths {
		if r, ok := s.free(all, axis, width, b.Gap); ok {
			b.Room = r
			return
		}
	}
	b.Problem = say("Giữa chức vụ và họ tên có chữ hoặc nét vẽ, không còn khoảng trống cao %.0f mm.",
		"Text or lines between office and name leave no free gap of %.0f mm.", minGap/Millimetre)
}

// free finds the highest free part of the gap in a strip around the axis, and
// widens it as far as nothing stands in its way.
func (s *sheet) free(all []obstacle, axis, width float64, gap pdf.Rect) (pdf.Rect, bool) {
	strip := pdf.Rect{Left: axis - width/2, Bottom: gap.Bottom, Right: axis + width/2, Top: gap.Top}
	if strip.Left < edge || strip.Right > s.text.Width-edge {
		return pdf.Rect{}, false
	}
	var taken []pdf.Rect
	for _, o := range all {
		if o.rect.Overlaps(strip) {
			taken = append(taken, o.rect)
		}
	}
	slices.SortFunc(taken, func(a, b pdf.Rect) int { return cmp.Compare(a.Bottom, b.Bottom) })
	best := pdf.Rect{}
	from := strip.Bottom
	try := func(to float64) {
		if to-from > best.Height() {
			best = pdf.Rect{Left: strip.Left, Bottom: from, Right: strip.Right, Top: to}
		}
	}
	for _, t := range taken {
		try(t.Bottom)
		from = math.Max(from, t.Top)
	}
	try(strip.Top)
	best.Bottom, best.Top = best.Bottom+apart, best.Top-apart
	if best.Height() < minGap-2*apart {
		return pdf.Rect{}, false
	}
	half := math.Min(maxRoom/2, math.Min(axis-edge, s.text.Width-edge-axis))
	for _, o := range all {
		if o.rect.Bottom >= best.Top || o.rect.Top <= best.Bottom {
			continue
		}
		if o.rect.Left >= axis {
			half = math.Min(half, o.rect.Left-apart-axis)
		} else {
			half = math.Min(half, axis-o.rect.Right-apart)
		}
	}
	half = math.Max(half, width/2-apart)
	best.Left, best.Right = axis-half, axis+half
	return best, true
}

// Fit is the largest rectangle in room of an image's width and height in
// whatever unit, centred, but no larger than size points wide when size is
// positive.
func Fit(room pdf.Rect, width, height, size float64) pdf.Rect {
	if !(width > 0) || !(height > 0) {
		return room
	}
	w := room.Width()
	if size > 0 {
		w = math.Min(w, size)
	}
	h := w * height / width
	if h > room.Height() {
		h = room.Height()
		w = h * width / height
	}
	x, y := middle(room), (room.Bottom+room.Top)/2
	return pdf.Rect{Left: x - w/2, Bottom: y - h/2, Right: x + w/2, Top: y + h/2}
}

// Seal is where an agency's seal of its real width and height goes: over the
// left third of the image of the person's signature, level with it (Decree
// 30/2020, Appendix I, II.8.a), and on the page.
func Seal(personal pdf.Rect, width, height float64, page pdf.Geometry) pdf.Rect {
	right := personal.Left + personal.Width()/3
	middle := (personal.Bottom + personal.Top) / 2
	left, bottom := right-width, middle-height/2
	left = math.Max(0, math.Min(left, page.Width()-width))
	bottom = math.Max(0, math.Min(bottom, page.Height()-height))
	return pdf.Rect{Left: left, Bottom: bottom, Right: left + width, Top: bottom + height}
}

// Signed is the widget, of those of signatures on the block's page, that shows
// the person's signature: it stands in the block's gap. Of a single widget
// without a block it is that one. False when none or several fit.
func Signed(b Block, widgets []pdf.Rect) (pdf.Rect, bool) {
	if b.Page == 0 {
		if len(widgets) == 1 {
			return widgets[0], true
		}
		return pdf.Rect{}, false
	}
	best, most := pdf.Rect{}, 0.0
	for _, w := range widgets {
		shared := math.Max(0, math.Min(w.Right, b.Gap.Right)-math.Max(w.Left, b.Gap.Left)) *
			math.Max(0, math.Min(w.Top, b.Gap.Top)-math.Max(w.Bottom, b.Gap.Bottom))
		// A seal laps over the gap too, from its left.
		if shared > most && w.Left < middle(b.Gap) && w.Right > middle(b.Gap) {
			best, most = w, shared
		}
	}
	return best, most > 0
}
