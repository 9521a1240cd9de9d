package text

import (
	"kyso/signature/pdf"
)

// state is the part of the graphics state that says where things stand
// (ISO 32000-2, 8.4 and 9.3).
type state struct {
	ctm   matrix
	clip  pdf.Rect // extent of the clipping path, as shown
	white bool     // filling with white
	line  float64  // width

	font               *font
	size               float64
	charSpace, wordGap float64
	scale              float64 // Tz, 1 for 100
	leading, rise      float64
	render             int
}

// reader interprets the content of one page.
type reader struct {
	v      pdf.View
	out    *Page
	fonts  map[pdf.Object]*font // by reference, or by dictionary where direct
	forms  map[pdf.Ref][]byte
	budget int64 // decoded bytes left
	ops    int

	glyphs []glyph
}

// frame is the run of one content stream.
type frame struct {
	*reader
	state
	saved     []state
	resources *pdf.Dict
	fontDict  *pdf.Dict
	depth     int
	tm, tlm   matrix
	path      path
}

// run interprets one content stream, that of a page or of a form.
func (r *reader) run(content []byte, resources *pdf.Dict, start state, depth int) {
	f := &frame{reader: r, state: start, resources: resources, depth: depth, tm: identity, tlm: identity}
	f.path.reset()
	f.fontDict, _ = r.v.Dict(resources.Get("Font"))
	l := &lexer{b: content}
	var args []any
	for {
		o, ok := l.next()
		if !ok {
			return
		}
		op, isOp := o.(operator)
		if !isOp {
			// No operator takes more; what stands before belongs to none.
			if len(args) >= 64 {
				args = args[1:]
			}
			args = append(args, o)
			continue
		}
		if r.ops++; r.spent() {
			return
		}
		switch op {
		case "ID":
			f.image()
			if !l.inlineImage() {
				r.partial("content: an inline image does not end")
			}
		case "BI", "EI":
		default:
			f.operate(op, args)
		}
		args = args[:0]
	}
}

// spent tells whether the page has cost all that it may.
func (r *reader) spent() bool {
	if r.ops > maxOperators {
		r.partial("content: too many operations")
	}
	return r.ops > maxOperators
}

// operate carries out one operator.
func (f *frame) operate(op operator, args []any) {
	n := numbers(args)
	switch op {
	case "q":
		if len(f.saved) >= maxStates {
			f.partial("content: states nest too deep")
			return
		}
		f.saved = append(f.saved, f.state)
	case "Q":
		if k := len(f.saved); k > 0 {
			f.state, f.saved = f.saved[k-1], f.saved[:k-1]
		}
	case "cm":
		if len(n) == 6 {
			f.ctm = matrix(n).times(f.ctm)
		}
	case "w":
		if len(n) == 1 && n[0] >= 0 {
			f.line = n[0]
		}
	case "g", "rg", "k", "sc", "scn", "cs":
		f.white = white(op, n, len(args))
	case "Do":
		if len(args) == 1 {
			if name, ok := args[0].(pdf.Name); ok {
				f.do(name)
			}
		}
	case "gs":
		f.external(args)
	default:
		if !f.textOperator(op, args, n) {
			f.pathOperator(op, n)
		}
	}
}

// numbers are the operands when all are numbers.
func numbers(args []any) []float64 {
	out := make([]float64, 0, 6)
	for _, a := range args {
		v, ok := a.(float64)
		if !ok {
			return nil
		}
		out = append(out, v)
	}
	return out
}

// white tells whether a colour is paper white. One component may be ink, so
// only g counts with one.
func white(op operator, n []float64, args int) bool {
	if len(n) != args {
		return false
	}
	bright, ink := true, false
	for _, v := range n {
		bright = bright && v >= 0.99
		ink = ink || v > 0.01
	}
	switch len(n) {
	case 1:
		return op == "g" && bright
	case 3:
		return bright
	case 4:
		return !ink
	}
	return false
}

// external takes the font of an ExtGState (8.4.5).
func (f *frame) external(args []any) {
	if len(args) != 1 {
		return
	}
	name, _ := args[0].(pdf.Name)
	all, _ := f.v.Dict(f.resources.Get("ExtGState"))
	d, _ := f.v.Dict(all.Get(name))
	a, _ := f.v.Array(d.Get("Font"))
	if len(a) == 2 {
		if size, ok := pdf.Float(a[1]); ok {
			f.font, f.size = f.load(a[0]), size
		}
	}
}

// do paints an external object (8.8).
func (f *frame) do(name pdf.Name) {
	all, err := f.v.Dict(f.resources.Get("XObject"))
	if err != nil {
		f.partial("XObject: " + err.Error())
		return
	}
	o := all.Get(name)
	ref, _ := o.(pdf.Ref)
	x, err := f.v.Resolve(o)
	if err != nil {
		f.partial("XObject: " + err.Error())
		return
	}
	s, ok := x.(*pdf.Stream)
	if !ok {
		return
	}
	kind, _ := f.v.Resolve(s.Get("Subtype"))
	switch kind {
	case pdf.Name("Image"):
		f.image()
	case pdf.Name("Form"):
		f.form(ref, s)
	}
}

// image notes an image: it fills the unit square (8.9.3).
func (f *frame) image() {
	box := intersect(f.ctm.box(pdf.Rect{Right: 1, Top: 1}), f.clip)
	if !sane(box) {
		return
	}
	if len(f.out.Images) >= maxShapes {
		f.partial("content: too many images")
		return
	}
	f.out.Images = append(f.out.Images, Image{box})
}

// form runs a form XObject (8.10).
func (f *frame) form(ref pdf.Ref, s *pdf.Stream) {
	if f.spent() {
		return
	}
	if f.depth >= maxFormDepth {
		f.partial("content: forms nest too deep")
		return
	}
	b, known := f.forms[ref]
	if !known {
		b = f.decode(s)
		if ref.Number != 0 {
			f.forms[ref] = b
		}
	}
	resources, err := f.v.Dict(s.Get("Resources"))
	if err != nil {
		f.partial("resources: " + err.Error())
	}
	if resources == nil {
		resources = f.resources // as PDF 1.1 allowed
	}
	inner := f.state
	if a, err := f.v.Array(s.Get("Matrix")); err == nil && len(a) == 6 {
		var m matrix
		ok := true
		for i := range a {
			o, _ := f.v.Resolve(a[i])
			v, number := pdf.Float(o)
			m[i], ok = v, ok && number
		}
		if ok {
			inner.ctm = m.times(inner.ctm)
		}
	}
	if box, ok := f.v.Rect(s.Get("BBox")); ok {
		inner.clip = intersect(inner.clip, inner.ctm.box(box))
	}
	// Forms inside forms can double at each level: running one costs some of
	// the page's operators even when it is empty.
	f.ops += 10 + len(b)/64
	f.run(b, resources, inner, f.depth+1)
}
