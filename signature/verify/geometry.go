package verify

import (
	"math"

	"kyso/signature/pdf"
)

// rect is a rectangle in points, left, bottom, right, top.
type rect [4]float64

func (r rect) width() float64  { return r[2] - r[0] }
func (r rect) height() float64 { return r[3] - r[1] }

//go:noinline
func (r rect) area() float64 { return r.width() * r.height() }

// overlap is the area that r and s have in common.
func (r rect) overlap(s rect) float64 {
	w := math.Min(r[2], s[2]) - math.Max(r[0], s[0])
	h := math.Min(r[3], s[3]) - math.Max(r[1], s[1])
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h
}

// numbers reads an array of n finite numbers.
func numbers(v pdf.View, o pdf.Object, n int) ([]float64, bool) {
	a, err := v.Array(o)
	if err != nil || len(a) != n {
		return nil, false
	}
	out := make([]float64, n)
	for i := range a {
		o, err := v.Resolve(a[i])
		f, ok := pdf.Float(o)
		// ISO 32000-1, Annex C: no reader works beyond this.
		if err != nil || !ok || math.Abs(f) > 1e6 {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}

// rectangle reads a rectangle, whichever corners it names.
func rectangle(v pdf.View, o pdf.Object) (rect, bool) {
	r, ok := v.Rect(o)
	return rect{r.Left, r.Bottom, r.Right, r.Top}, ok
}

// within tells whether all points of a list lie in a rectangle, give or take
// what a line's width needs.
func within(v pdf.View, points, in pdf.Object) bool {
	r, ok := rectangle(v, in)
	a, err := v.Array(points)
	if !ok || err != nil || len(a) == 0 || len(a)%2 != 0 {
		return false
	}
	p, ok := numbers(v, a, len(a))
	for i := 0; ok && i < len(p); i += 2 {
		ok = p[i] >= r[0]-6 && p[i] <= r[2]+6 && p[i+1] >= r[1]-6 && p[i+1] <= r[3]+6
	}
	return ok
}

// formBox is the box of a form XObject under its matrix (ISO 32000-2,
// 12.5.5): what a reader fits into an annotation's rectangle.
func formBox(v pdf.View, s *pdf.Stream) (box, shown rect, ok bool) {
	box, ok = rectangle(v, s.Get("BBox"))
	if !ok {
		return box, shown, false
	}
	m := []float64{1, 0, 0, 1, 0, 0}
	if o := s.Get("Matrix"); o != nil {
		if m, ok = numbers(v, o, 6); !ok {
			return box, shown, false
		}
	}
	shown = rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, x := range []float64{box[0], box[2]} {
		for _, y := range []float64{box[1], box[3]} {
			px, py := m[0]*x+m[2]*y+m[4], m[1]*x+m[3]*y+m[5]
			shown = rect{math.Min(shown[0], px), math.Min(shown[1], py), math.Max(shown[2], px), math.Max(shown[3], py)}
		}
	}
	return box, shown, true
}

// fits tells whether a form XObject is made for the annotation's rectangle: a
// reader that does not scale it, as some do not, paints no further than that.
func fits(v pdf.View, s *pdf.Stream, in pdf.Object) bool {
	r, ok := rectangle(v, in)
	if !ok {
		return false
	}
	_, shown, ok := formBox(v, s)
	w, h := r.width(), r.height()
	return ok && near(shown.width(), w, 2+0.1*w) && near(shown.height(), h, 2+0.1*h)
}

//go:noinline
func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// luminance of a colour in grey, RGB or CMYK, from 0 to 1; 0 for what is no
// such colour.
func luminance(args []pdf.Object) float64 {
	c := make([]float64, len(args))
	for i, o := range args {
		f, ok := pdf.Float(o)
		if !ok || f < 0 || f > 1 {
			return 0
		}
		c[i] = f
	}
	switch len(c) {
	case 1:
		return c[0]
	case 3:
		return 0.3*c[0] + 0.59*c[1] + 0.11*c[2]
	case 4:
		return (1 - c[3]) * (1 - 0.3*c[0] - 0.59*c[1] - 0.11*c[2])
	}
	return 0
}
