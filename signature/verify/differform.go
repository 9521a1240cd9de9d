package verify

import (
	"math"
	"strconv"

	"kyso/signature/pdf"
)

// dss allows changes of what the document security store lists (ISO 32000-2,
// 12.8.4.3): nothing there is shown, and evidence proves itself. But no listed
// stream may change, and what is listed must be streams.
func (d *difference) dss(a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if old == nil && new == nil {
		return
	}
	n := number(b)
	if n == 0 {
		n = number(d.new.Trailer().Get("Root"))
	}
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		d.note(n, forNothing, "CHANGED", "")
		return
	}
	before := len(d.added) + len(d.changed)
	touched := !pdf.Equal(old, new)
	for _, key := range []pdf.Name{"Certs", "CRLs", "OCSPs"} {
		if !d.streamArray(old.Get(key), new.Get(key)) {
			d.note(n, forUnknown, "UNEXPLAINED", "")
		}
	}
	d.vri(n, old.Get("VRI"), new.Get("VRI"))
	if touched || before != len(d.added)+len(d.changed) {
		d.note(n, forEvidence, "EVIDENCE", "")
	}
}

// streamArray explains an array of streams.
func (d *difference) streamArray(was, o pdf.Object) bool {
	a, err := d.new.Array(o)
	if err != nil || !d.explain(was, o) {
		return false
	}
	for _, o := range a {
		ref, ok := o.(pdf.Ref)
		if !ok {
			return false
		}
		if d.added[ref.Number] {
			s, err := d.new.Object(ref)
			if _, ok := s.(*pdf.Stream); err != nil || !ok {
				return false
			}
			d.explainNew(ref)
		}
	}
	return true
}

func (d *difference) vri(n int, a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if old == nil && new == nil {
		return
	}
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		d.note(n, forUnknown, "UNEXPLAINED", "")
		return
	}
	if old != nil {
		for _, e := range old.Entries {
			if new.Entry(e.Key) == nil {
				d.note(n, forUnknown, "UNEXPLAINED", "")
			}
		}
	}
	for _, e := range new.Entries {
		is, err := d.new.Dict(e.Value)
		if err != nil || is == nil || !d.explain(old.Get(e.Key), e.Value) {
			continue
		}
		before, _ := d.old.Dict(old.Get(e.Key))
		for _, key := range []pdf.Name{"Cert", "CRL", "OCSP"} {
			if !d.streamArray(before.Get(key), is.Get(key)) {
				d.note(n, forUnknown, "UNEXPLAINED", "")
			}
		}
		d.explainNew(is)
	}
}

// form allows new signature fields at the end of the form, and values in
// existing fields.
func (d *difference) form(a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if old == nil && new == nil {
		return
	}
	n := number(b)
	if n == 0 {
		n = number(d.new.Trailer().Get("Root"))
	}
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		d.note(n, forNothing, "FORM_CHANGED", "")
		return
	}
	keys(old, new, func(key pdf.Name, x, y pdf.Object) {
		switch key {
		case "Fields", "SigFlags":
		case "DR", "DA":
			// With its first field a form gets its resources.
			if old == nil {
				d.explainNew(y)
				return
			}
			if key == "DA" && x != nil || key == "DR" && !d.grownResources(x, y) {
				d.note(n, forUnknown, "FORM_CHANGED", "")
			}
		default:
			d.note(n, forNothing, "FORM_CHANGED", "")
		}
	})
	was, err1 := d.old.Array(old.Get("Fields"))
	is, err2 := d.new.Array(new.Get("Fields"))
	if err1 != nil || err2 != nil || !d.explain(old.Get("Fields"), new.Get("Fields")) {
		d.note(n, forUnknown, "UNREADABLE", "")
		return
	}
	if len(is) < len(was) || !pdf.Equal(was, is[:len(was)]) {
		d.note(n, forNothing, "FORM_CHANGED", "")
		return
	}
	oldFields, err := d.old.Fields()
	if err != nil {
		d.note(n, forUnknown, "UNREADABLE", "")
		return
	}
	names := map[string]bool{}
	for _, f := range oldFields {
		names[f.Name] = true
		d.existingField(f)
	}
	for _, o := range is[len(was):] {
		d.newField(o, names)
	}
}

// grownResources explains resources (a DR) that kept all they had and gained
// only entries made of new objects.
func (d *difference) grownResources(a, b pdf.Object) bool {
	old, new := d.dicts(a, b)
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		return false
	}
	grown := true
	keys(old, new, func(kind pdf.Name, x, y pdf.Object) {
		was, is := d.dicts(x, y)
		if is == nil || is.Duplicate != "" || !d.explain(x, y) {
			grown = false
			return
		}
		keys(was, is, func(name pdf.Name, x, y pdf.Object) {
			if x != nil || number(y) != 0 && !d.added[number(y)] {
				grown = false
			}
			d.explainNew(y)
		})
	})
	return grown
}

// existingField judges what became of a field and its widgets.
func (d *difference) existingField(f pdf.Field) {
	value, err := d.old.Resolve(f.Value)
	if err != nil {
		d.note(f.Ref.Number, forUnknown, "UNREADABLE", f.Name)
		return
	}
	for _, ref := range append([]pdf.Ref{f.Ref}, f.Widgets...) {
		if !d.changed[ref.Number] {
			continue
		}
		old, new := d.dicts(ref, ref)
		if old == nil || new == nil {
			continue
		}
		delete(d.changed, ref.Number)
		filled, shown := false, false
		if new.Duplicate != "" {
			d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
		}
		keys(old, new, func(key pdf.Name, a, b pdf.Object) {
			switch {
			case f.Type == "Sig" && value != nil:
				d.note(ref.Number, forNothing, "SIGNATURE_CHANGED", f.Name)
			case f.Type == "Sig" && key == "V":
				d.signed(ref.Number, b, f.Name)
			case f.Type == "Sig" && (key == "AP" || key == "M" || key == "F" || key == "MK"):
				if d.graph.count[number(a)] > 1 {
					// What looked alike in two places no longer does.
					d.note(ref.Number, forUnknown, "FIELD_CHANGED", f.Name)
				}
				d.explainNew(b)
				shown = true
			case f.Type != "Sig" && (key == "V" || key == "AS" || key == "AP" || key == "I" || key == "RV" || key == "M"):
				d.explainNew(b)
				filled = true
			default:
				d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
			}
		})
		if f.Type == "Sig" && shown {
			d.tooLarge(ref.Number, new, f.Name)
		}
		// What an empty field shows may change only when it is signed.
		if shown && old.Get("V") == nil && new.Get("V") == nil {
			d.note(ref.Number, forUnknown, "FIELD_CHANGED", f.Name)
		}
		if filled {
			d.note(ref.Number, forFilling, "FORM_FILLED", f.Name)
		}
	}
}

// signed explains the value of a field that was empty.
func (d *difference) signed(field int, value pdf.Object, name string) {
	sig, err := d.new.Dict(value)
	if err != nil || sig == nil || sig.Get("Contents") == nil || sig.Get("ByteRange") == nil || !d.added[number(value)] && number(value) != 0 {
		d.note(field, forNothing, "FIELD_CHANGED", name)
		return
	}
	d.explainNew(value)
	if sig.Get("SubFilter") == pdf.Name("ETSI.RFC3161") {
		d.note(field, forEvidence, "TIMESTAMP_ADDED", name)
		return
	}
	d.note(field, forSigning, "SIGNATURE_ADDED", name)
}

// newField explains a signature field that was added, with its widgets.
func (d *difference) newField(o pdf.Object, names map[string]bool) {
	n := number(o)
	f, err := d.new.Dict(o)
	if err != nil || f == nil || !d.added[n] || f.Duplicate != "" || f.Get("FT") != pdf.Name("Sig") || f.Get("Parent") != nil {
		d.note(n, forNothing, "FIELD_CHANGED", "")
		return
	}
	t, _ := d.new.Resolve(f.Get("T"))
	title, ok := t.(pdf.String)
	name := title.Text()
	if !ok || names[name] {
		d.note(n, forNothing, "FIELD_CHANGED", name)
		return
	}
	names[name] = true
	delete(d.added, n)
	widgets := []*pdf.Dict{f}
	d.widgets[n] = true
	kids, err := d.new.Array(f.Get("Kids"))
	if err != nil {
		d.note(n, forUnknown, "UNREADABLE", name)
		return
	}
	for _, k := range kids {
		w, err := d.new.Dict(k)
		if err != nil || w == nil || !d.added[number(k)] || w.Get("T") != nil || number(w.Get("Parent")) != n {
			d.note(n, forNothing, "FIELD_CHANGED", name)
			return
		}
		delete(d.added, number(k))
		d.widgets[number(k)] = true
		widgets = append(widgets, w)
	}
	visible := false
	for _, w := range widgets {
		if !plainWidget(w, w == f) {
			d.note(n, forNothing, "FIELD_CHANGED", name)
		}
		if !emptyRect(d.new, w) {
			visible = true
		}
		d.tooLarge(n, w, name)
		for _, e := range w.Entries {
			if e.Key != "V" {
				d.explainNew(e.Value)
			}
		}
	}
	value := f.Get("V")
	switch {
	case value != nil:
		before := len(d.changes)
		d.signed(n, value, name)
		// A timestamp that paints is no mere evidence.
		if last := &d.changes[len(d.changes)-1]; len(d.changes) > before && visible && last.class == forEvidence {
			last.class = forUnknown
		}
	case visible:
		// A field that shows something and signs nothing.
		d.note(n, forUnknown, "FIELD_ADDED", name)
	default:
		d.note(n, forSigning, "FIELD_ADDED", name)
	}
}

// maxStamp is the area, in square points, up to which a later signature's
// appearance is taken for a stamp: an eighth of an A4 page. Seals measure some
// 120 by 120, name blocks 280 by 60. What is larger could hide the document.
const maxStamp = 60_000

// tooLarge notes a widget that could cover what the page says.
func (d *difference) tooLarge(n int, w *pdf.Dict, name string) {
	r, err := d.new.Array(w.Get("Rect"))
	if err == nil && r == nil {
		return
	}
	var at [4]float64
	ok := err == nil && len(r) == 4
	for i := 0; ok && i < 4; i++ {
		var o pdf.Object
		if o, err = d.new.Resolve(r[i]); err == nil {
			at[i], ok = float(o)
		} else {
			ok = false
		}
	}
	if !ok || math.Abs((at[2]-at[0])*(at[3]-at[1])) > maxStamp {
		d.note(n, forUnknown, "LARGE_STAMP", name)
	}
}

func float(o pdf.Object) (float64, bool) {
	switch o := o.(type) {
	case int64:
		return float64(o), true
	case pdf.Real:
		f, err := strconv.ParseFloat(string(o), 64)
		return f, err == nil
	}
	return 0, false
}

// emptyRect tells whether a widget covers no area.
func emptyRect(v pdf.View, w *pdf.Dict) bool {
	r, err := v.Array(w.Get("Rect"))
	if err != nil || len(r) != 4 {
		return err == nil && r == nil
	}
	return pdf.Equal(r[0], r[2]) || pdf.Equal(r[1], r[3])
}

// plainWidget tells whether a new signature field, or a kid of one, is a widget
// and nothing else: no other kind of annotation, no other kind of field, no
// action, no key that is not known.
func plainWidget(w *pdf.Dict, field bool) bool {
	if w.Duplicate != "" {
		return false
	}
	for _, e := range w.Entries {
		switch e.Key {
		case "Type":
			if e.Value != pdf.Name("Annot") {
				return false
			}
		case "Subtype":
			if e.Value != pdf.Name("Widget") {
				return false
			}
		case "FT":
			if e.Value != pdf.Name("Sig") {
				return false
			}
		case "Rect", "P", "F", "AP", "M", "NM", "Border", "BS", "H", "MK", "AS", "DA", "Q", "StructParent", "Parent", "DR":
		case "T", "TU", "TM", "V", "Kids", "Ff", "Lock", "SV":
			if !field {
				return false
			}
		default:
			return false
		}
	}
	return true
}
