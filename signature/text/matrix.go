package text

import (
	"math"

	"kyso/signature/pdf"
)

// matrix is a transformation as a PDF writes it: a b c d e f (ISO 32000-2, 8.3.4).
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times is the transformation m, then n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

func (m matrix) apply(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// box is the extent of rectangle r after m.
func (m matrix) box(r pdf.Rect) pdf.Rect {
	out := nothing
	for _, p := range [4][2]float64{{r.Left, r.Bottom}, {r.Right, r.Bottom}, {r.Left, r.Top}, {r.Right, r.Top}} {
		x, y := m.apply(p[0], p[1])
		out = extend(out, x, y)
	}
	return out
}

// nothing is the rectangle that extend starts from.
var nothing = pdf.Rect{Left: math.Inf(1), Bottom: math.Inf(1), Right: math.Inf(-1), Top: math.Inf(-1)}

func extend(r pdf.Rect, x, y float64) pdf.Rect {
	return pdf.Rect{Left: math.Min(r.Left, x), Bottom: math.Min(r.Bottom, y), Right: math.Max(r.Right, x), Top: math.Max(r.Top, y)}
}

func union(r, s pdf.Rect) pdf.Rect {
	return extend(extend(r, s.Left, s.Bottom), s.Right, s.Top)
}

func intersect(r, s pdf.Rect) pdf.Rect {
	return pdf.Rect{Left: math.Max(r.Left, s.Left), Bottom: math.Max(r.Bottom, s.Bottom), Right: math.Min(r.Right, s.Right), Top: math.Min(r.Top, s.Top)}
}

// sane tells whether r is a rectangle of numbers that a page can have: hostile
// matrices give infinities.
func sane(r pdf.Rect) bool {
	const far = 1e7
	return r.Left >= -far && r.Bottom >= -far && r.Right <= far && r.Top <= far && r.Left <= r.Right && r.Bottom <= r.Top
}
