package pdf

import (
	"math"
	"strconv"
)

// Rect is a rectangle in points (1/72 inch).
type Rect struct{ Left, Bottom, Right, Top float64 }

// Width is the horizontal extent.
func (r Rect) Width() float64 { return r.Right - r.Left }

// Height is the vertical extent.
func (r Rect) Height() float64 { return r.Top - r.Bottom }

// Overlaps tells whether r and s have more than an edge in common.
func (r Rect) Overlaps(s Rect) bool {
	return r.Left < s.Right && s.Left < r.Right && r.Bottom < s.Top && s.Bottom < r.Top
}

// Array is the rectangle as a PDF writes it (ISO 32000-2, 7.9.5).
func (r Rect) Array() Array {
	return Array{Number(r.Left), Number(r.Bottom), Number(r.Right), Number(r.Top)}
}

// Number writes f with at most three decimals, a thousandth of a point being
// finer than any printer.
func Number(f float64) Real {
	s := strconv.FormatFloat(math.Round(f*1000)/1000, 'f', -1, 64)
	if s == "-0" {
		s = "0"
	}
	return Real(s)
}

// Geometry is how a page is shown: the visible part of its own space, and the
// turn that a reader gives it.
type Geometry struct {
	// Crop is what is shown, in the page's own space: the crop box inside the
	// media box.
	Crop Rect
	// Rotate is 0, 90, 180 or 270 degrees, clockwise.
	Rotate int
	// UserUnit is the size of the page's own unit in points, 1 for nearly all.
	UserUnit float64
}

// a4 stands for a media box that is missing or nonsense.
var a4 = Rect{0, 0, 595.276, 841.89}

// Geometry reads how p is shown, from the page and the nodes above it that it
// inherits from (ISO 32000-2, 7.7.3.4). What is malformed is taken as if it
// were not there; the error is of objects that cannot be read.
func (v View) Geometry(p Page) (Geometry, error) {
	var media, crop Object
	var rotate Object
	d := p.Dict
	for depth := 0; d != nil && depth <= maxDepth; depth++ {
		for _, e := range []struct {
			key Name
			to  *Object
		}{{"MediaBox", &media}, {"CropBox", &crop}, {"Rotate", &rotate}} {
			if *e.to == nil {
				o, err := v.Resolve(d.Get(e.key))
				if err != nil {
					return Geometry{}, err
				}
				*e.to = o
			}
		}
		above, err := v.Dict(d.Get("Parent"))
		if err != nil {
			return Geometry{}, err
		}
		d = above
	}
	g := Geometry{Crop: a4, UserUnit: 1}
	if r, ok := v.Rect(media); ok && r.Width() >= 1 && r.Height() >= 1 {
		g.Crop = r
	}
	if r, ok := v.Rect(crop); ok {
		r = Rect{math.Max(r.Left, g.Crop.Left), math.Max(r.Bottom, g.Crop.Bottom), math.Min(r.Right, g.Crop.Right), math.Min(r.Top, g.Crop.Top)}
		if r.Width() >= 1 && r.Height() >= 1 {
			g.Crop = r
		}
	}
	if n, ok := rotate.(int64); ok && n%90 == 0 {
		g.Rotate = int((n%360 + 360) % 360)
	}
	unit, err := v.Resolve(p.Dict.Get("UserUnit"))
	if err != nil {
		return Geometry{}, err
	}
	if f, ok := Float(unit); ok && f > 0 && f <= 1000 {
		g.UserUnit = f
	}
	return g, nil
}

// Rect reads a rectangle, whichever corners it names, of numbers that are
// direct or not.
func (v View) Rect(o Object) (Rect, bool) {
	a, err := v.Array(o)
	if err != nil || len(a) != 4 {
		return Rect{}, false
	}
	var n [4]float64
	for i := range a {
		o, err := v.Resolve(a[i])
		f, ok := Float(o)
		// ISO 32000-1, Annex C: no reader works beyond this.
		if err != nil || !ok || math.Abs(f) > 1e6 {
			return Rect{}, false
		}
		n[i] = f
	}
	return Rect{math.Min(n[0], n[2]), math.Min(n[1], n[3]), math.Max(n[0], n[2]), math.Max(n[1], n[3])}, true
}

// Float is the value of a number, integer or real.
func Float(o Object) (float64, bool) {
	switch o := o.(type) {
	case int64:
		return float64(o), true
	case int:
		return float64(o), true
	case Real:
		f, err := strconv.ParseFloat(string(o), 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return 0, false
}

// Width is that of the page as it is shown, in points.
func (g Geometry) Width() float64 {
	if g.Rotate%180 != 0 {
		return g.Crop.Height() * g.UserUnit
	}
	return g.Crop.Width() * g.UserUnit
}

// Height is that of the page as it is shown, in points.
func (g Geometry) Height() float64 {
	if g.Rotate%180 != 0 {
		return g.Crop.Width() * g.UserUnit
	}
	return g.Crop.Height() * g.UserUnit
}

// FromShown takes a rectangle on the page as it is shown, in points from its
// lower left corner, to the page's own space.
func (g Geometry) FromShown(r Rect) Rect {
	u := g.UserUnit
	r = Rect{r.Left / u, r.Bottom / u, r.Right / u, r.Top / u}
	c := g.Crop
	switch g.Rotate {
	case 90: // shown x runs up the page's own y, shown y runs down its x
		return Rect{c.Right - r.Top, c.Bottom + r.Left, c.Right - r.Bottom, c.Bottom + r.Right}
	case 180:
		return Rect{c.Right - r.Right, c.Top - r.Top, c.Right - r.Left, c.Top - r.Bottom}
	case 270:
		return Rect{c.Left + r.Bottom, c.Top - r.Right, c.Left + r.Top, c.Top - r.Left}
	}
	return Rect{c.Left + r.Left, c.Bottom + r.Bottom, c.Left + r.Right, c.Bottom + r.Top}
}

// Shown takes a rectangle in the page's own space to the page as it is shown,
// in points from its lower left corner: the inverse of FromShown.
func (g Geometry) Shown(r Rect) Rect {
	c, u := g.Crop, g.UserUnit
	switch g.Rotate {
	case 90:
		r = Rect{r.Bottom - c.Bottom, c.Right - r.Right, r.Top - c.Bottom, c.Right - r.Left}
	case 180:
		r = Rect{c.Right - r.Right, c.Top - r.Top, c.Right - r.Left, c.Top - r.Bottom}
	case 270:
		r = Rect{c.Top - r.Top, r.Left - c.Left, c.Top - r.Bottom, r.Right - c.Left}
	default:
		r = Rect{r.Left - c.Left, r.Bottom - c.Bottom, r.Right - c.Left, r.Top - c.Bottom}
	}
	return Rect{r.Left * u, r.Bottom * u, r.Right * u, r.Top * u}
}
