package verify

import (
	"bytes"

	"kyso/signature/pdf"
)

// annotations judges what became of the annotations of page n. Those that were
// there keep their order.
func (d *difference) annotations(n int, was, is pdf.Array, known, placed map[int]bool) {
	d.work += len(was) + len(is)
	before := map[int]int{}
	for i, a := range was {
		if ref, ok := a.(pdf.Ref); ok {
			before[ref.Number] = i
		} else if i >= len(is) || !pdf.Equal(a, is[i]) {
			d.note(n, forPainting, "ANNOTATION", "") // stands in the array itself
		}
	}
	kept, last := map[int]bool{}, -1
	stamped := 0.0 // what new stamps take of the page together
	for i, a := range is {
		ref, ok := a.(pdf.Ref)
		if !ok {
			if i >= len(was) || !pdf.Equal(was[i], a) {
				d.note(n, forPainting, "ANNOTATION", "")
			}
			continue
		}
		if at, existed := before[ref.Number]; existed {
			if at <= last || kept[ref.Number] {
				d.note(n, forPainting, "ANNOTATION", "") // another order covers other things
			}
			last, kept[ref.Number] = at, true
			d.changedAnnotation(ref, known)
			continue
		}
		if w := d.widgets[ref.Number]; w != nil && !placed[ref.Number] {
			placed[ref.Number] = true
			if r, ok := rectangle(d.new, w.Get("Rect")); ok {
				stamped += r.area()
			}
			if stamped > maxStamp {
				d.note(ref.Number, forUnknown, "LARGE_STAMP", "")
			}
			d.coversStamp(ref.Number, w, is[:i])
			continue
		}
		d.newAnnotation(n, ref)
	}
	for _, a := range was {
		ref, ok := a.(pdf.Ref)
		if !ok || kept[ref.Number] {
			continue
		}
		old, _ := d.old.Dict(ref)
		c := forPainting
		if old != nil && d.harmless(d.old, old) {
			c = forAnnotating
		}
		if known[ref.Number] || old.Is("Subtype", "Widget") {
			c = forNothing
		}
		d.note(ref.Number, c, "ANNOTATION_REMOVED", "")
	}
}

// newAnnotation judges an annotation that a page gained. Only a new object is
// one that nobody has seen in another place.
func (d *difference) newAnnotation(page int, ref pdf.Ref) {
	a := plain(d.new, ref)
	if a == nil || !d.fresh[ref.Number] {
		d.note(page, forPainting, "ANNOTATION", "")
		return
	}
	if a.Is("Subtype", "Widget") {
		// A widget that is no field of the form, or of one not explained.
		d.note(ref.Number, forNothing, "ANNOTATION", "")
		return
	}
	c := forPainting
	if d.harmless(d.new, a) {
		c = forAnnotating
		delete(d.added, ref.Number)
		for _, e := range a.Entries {
			d.explainNew(e.Value)
		}
	}
	d.note(ref.Number, c, "ANNOTATION", "")
}

// changedAnnotation judges a changed annotation that is no field's.
func (d *difference) changedAnnotation(ref pdf.Ref, known map[int]bool) {
	if !d.changed[ref.Number] || known[ref.Number] {
		return
	}
	old, new := d.dicts(ref, ref)
	if old == nil || new == nil || d.was.shared(ref.Number) {
		return
	}
	if old.Is("Subtype", "Widget") || new.Is("Subtype", "Widget") {
		return // stays unexplained
	}
	delete(d.changed, ref.Number)
	c := forPainting
	if d.harmless(d.old, old) && d.harmless(d.new, new) {
		c = forAnnotating
		for _, e := range new.Entries {
			d.explainNew(e.Value)
		}
	}
	d.note(ref.Number, c, "ANNOTATION", "")
}

// harmless tells whether an annotation can neither hide what the page says nor
// pass for it: a note, a highlight or an underline in a light colour, a pop-up,
// or a link into the document without a frame. All others are for a person to
// look at: free text and stamps read like page content, redactions and shapes
// cover it, a line struck through says the opposite.
func (d *difference) harmless(v pdf.View, a *pdf.Dict) bool {
	if a.Duplicate != "" {
		return false
	}
	kind, _ := a.Get("Subtype").(pdf.Name)
	for _, e := range a.Entries {
		switch e.Key {
		case "Type", "Subtype", "Rect", "Contents", "RC", "P", "NM", "M", "F", "T", "CreationDate", "Subj", "Popup", "Parent", "Open", "IRT", "RT", "State", "StateModel", "Name", "StructParent", "Lang":
		case "C":
			if kind == "Highlight" && !lightColor(v, e.Value) {
				return false
			}
		case "CA":
		case "QuadPoints":
			if !within(v, e.Value, a.Get("Rect")) {
				return false
			}
		case "AP":
			if !d.harmlessAppearance(v, kind, a) {
				return false
			}
		case "Border":
			if kind != "Link" || !pdf.Equal(e.Value, pdf.Array{int64(0), int64(0), int64(0)}) {
				return false
			}
		case "Dest":
			if kind != "Link" {
				return false
			}
		default:
			return false
		}
	}
	switch kind {
	case "Text":
		// Readers draw a symbol of some 20 by 20 points at the corner.
		r, ok := rectangle(v, a.Get("Rect"))
		return ok && r.area() <= maxNote
	case "Highlight":
		return a.Get("QuadPoints") != nil && a.Get("C") != nil
	case "Underline", "Squiggly":
		// Readers draw a line that is the thicker the higher the quadrilateral.
		return thinQuads(v, a.Get("QuadPoints"))
	case "Link":
		return a.Get("Border") != nil
	case "Popup":
		r, ok := rectangle(v, a.Get("Rect"))
		return a.Get("AP") == nil && ok && r.area() <= maxStamp
	}
	return false
}

// maxLine is how high a line of text is at most that is underlined, in points.
const maxLine = 72

// thinQuads tells whether each quadrilateral of a list is as high, or as wide
// where text runs upwards, as a line of text.
func thinQuads(v pdf.View, points pdf.Object) bool {
	a, err := v.Array(points)
	if err != nil || len(a) == 0 || len(a)%8 != 0 {
		return false
	}
	p, ok := numbers(v, a, len(a))
	for ; ok && len(p) > 0; p = p[8:] {
		w := max(p[0], p[2], p[4], p[6]) - min(p[0], p[2], p[4], p[6])
		h := max(p[1], p[3], p[5], p[7]) - min(p[1], p[3], p[5], p[7])
		ok = min(w, h) <= maxLine
	}
	return ok
}

// maxNote is the area, in square points, of a note's symbol.
const maxNote = 40 * 40

// harmlessAppearance allows the appearance streams that readers write for
// highlights, whose paint darkens the page and hides nothing, and none else.
func (d *difference) harmlessAppearance(v pdf.View, kind pdf.Name, a *pdf.Dict) bool {
	ap, err := v.Dict(a.Get("AP"))
	if err != nil || ap == nil || ap.Duplicate != "" || len(ap.Entries) != 1 || kind != "Highlight" {
		return false
	}
	o, err := v.Resolve(ap.Get("N"))
	s, ok := o.(*pdf.Stream)
	if err != nil || !ok || s.Duplicate != "" {
		return false
	}
	for _, e := range s.Dict.Entries {
		switch e.Key {
		case "Type", "Subtype", "FormType", "BBox", "Matrix", "Resources", "Length", "Filter", "DecodeParms", "Name", "StructParent", "LastModified":
		case "Group":
			// In an isolated group there is nothing to multiply with (11.4.5).
			g, err := v.Dict(e.Value)
			if err != nil || g == nil || g.Duplicate != "" || g.Get("I") != nil && g.Get("I") != false || g.Get("K") != nil && g.Get("K") != false {
				return false
			}
		default: // layers, other filters, references to other files
			return false
		}
	}
	if !fits(v, s, a.Get("Rect")) {
		return false
	}
	res, err := v.Dict(s.Get("Resources"))
	if err != nil || res == nil {
		return false
	}
	states, err := v.Dict(res.Get("ExtGState"))
	if err != nil || states == nil || states.Duplicate != "" {
		return false
	}
	for _, e := range states.Entries {
		gs, err := v.Dict(e.Value)
		if err != nil || gs == nil || gs.Duplicate != "" || !gs.Is("BM", "Multiply") || gs.Get("SMask") != nil && !gs.Is("SMask", "None") {
			return false
		}
		for _, e := range gs.Entries {
			switch e.Key {
			case "Type", "BM", "CA", "ca", "AIS", "SMask", "LW", "SA":
			default: // a transfer function makes black of white
				return false
			}
		}
	}
	content, err := d.content(v, s)
	return err == nil && lightPaths(content, states)
}

// lightPaths tells whether content, under one of the states, which multiply,
// paints nothing but paths in light colours.
func lightPaths(content []byte, states *pdf.Dict) bool {
	multiplies, light := false, false
	err := pdf.EachOperator(bytes.NewReader(content), int64(len(content)), func(op string, args []pdf.Object) bool {
		switch op {
		case "q", "Q", "w", "J", "j", "M", "d", "i", "m", "l", "c", "v", "y", "h", "re", "n", "W", "W*":
			return op != "Q" && op != "q" || !multiplies // one level: what q saves Q would bring back
		case "gs":
			name, ok := first(args).(pdf.Name)
			multiplies = ok && states.Get(name) != nil
			return multiplies
		case "g", "rg":
			light = luminance(args) >= lightest
			return true
		case "G", "RG":
			return luminance(args) >= lightest
		case "f", "f*", "F":
			return multiplies && light
		}
		return false
	})
	return err == nil
}

// lightest is the least luminance, of 1, through which black print is still
// read: yellow has 0.9, light green 0.8, pink 0.6.
const lightest = 0.5

func lightColor(v pdf.View, o pdf.Object) bool {
	a, err := v.Array(o)
	return err == nil && luminance(a) >= lightest
}
