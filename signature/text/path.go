package text

import (
	"math"

	"kyso/signature/pdf"
)

// path is the current path: its pieces and the extent of each subpath, as
// shown.
type path struct {
	pieces       []pdf.Rect // of straight lines and curves
	subpaths     []pdf.Rect
	extent       pdf.Rect
	sx, sy, x, y float64 // where the subpath starts, and where the pen is
	clip         bool
}

// maxPieces bounds a path's pieces; of one with more only the extent counts.
const maxPieces = 10_000

func (p *path) reset() {
	*p = path{pieces: p.pieces[:0], subpaths: p.subpaths[:0], extent: nothing}
}

func (p *path) move(x, y float64) {
	p.sx, p.sy, p.x, p.y = x, y, x, y
	if len(p.subpaths) < maxPieces {
		p.subpaths = append(p.subpaths, nothing)
	}
}

// to adds a piece through the points, the last of which is its end.
func (p *path) to(points ...[2]float64) {
	piece := extend(nothing, p.x, p.y)
	for _, q := range points {
		piece = extend(piece, q[0], q[1])
	}
	end := points[len(points)-1]
	p.x, p.y = end[0], end[1]
	p.extent = union(p.extent, piece)
	if len(p.subpaths) == 0 {
		p.subpaths = append(p.subpaths, nothing)
	}
	last := &p.subpaths[len(p.subpaths)-1]
	*last = union(*last, piece)
	if len(p.pieces) < maxPieces {
		p.pieces = append(p.pieces, piece)
	}
}

// pathOperator builds and paints paths (8.5).
func (f *frame) pathOperator(op operator, n []float64) {
	point := func(i int) [2]float64 {
		x, y := f.ctm.apply(n[i], n[i+1])
		return [2]float64{x, y}
	}
	p := &f.path
	switch op {
	case "m":
		if len(n) == 2 {
			q := point(0)
			p.move(q[0], q[1])
		}
	case "l":
		if len(n) == 2 {
			p.to(point(0))
		}
	case "c":
		if len(n) == 6 {
			p.to(point(0), point(2), point(4))
		}
	case "v", "y":
		if len(n) == 4 {
			p.to(point(0), point(2))
		}
	case "h":
		p.to([2]float64{p.sx, p.sy})
	case "re":
		if len(n) == 4 {
			x, y, w, h := n[0], n[1], n[2], n[3]
			n = []float64{x, y, x + w, y, x + w, y + h, x, y + h}
			q := point(0)
			p.move(q[0], q[1])
			p.to(point(2))
			p.to(point(4))
			p.to(point(6))
			p.to(q)
		}
	case "W", "W*":
		p.clip = true
	case "S", "s":
		f.paint(false, true)
	case "f", "F", "f*":
		f.paint(true, false)
	case "B", "B*", "b", "b*":
		f.paint(true, true)
	case "n":
		f.paint(false, false)
	}
}

// paint ends the path and notes what it covers: a frame covers its border
// alone.
func (f *frame) paint(fill, stroke bool) {
	p := &f.path
	if fill && !f.white {
		for _, s := range p.subpaths {
			f.box(s, true)
		}
	}
	if stroke {
		half := f.line / 2 * math.Sqrt(math.Abs(f.ctm[0]*f.ctm[3]-f.ctm[1]*f.ctm[2]))
		for _, s := range p.pieces {
			f.box(pdf.Rect{Left: s.Left - half, Bottom: s.Bottom - half, Right: s.Right + half, Top: s.Top + half}, false)
		}
	}
	if p.clip && p.extent != nothing {
		f.clip = intersect(f.clip, p.extent)
	}
	p.reset()
}

func (f *frame) box(b pdf.Rect, filled bool) {
	b = intersect(b, f.clip)
	if !sane(b) {
		return
	}
	if len(f.out.Boxes) >= maxShapes {
		f.partial("content: too many lines and areas")
		return
	}
	f.out.Boxes = append(f.out.Boxes, Box{b, filled})
}
