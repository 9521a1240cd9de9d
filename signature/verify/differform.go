package verify

import (
	"slices"

	"kyso/signature/pades"
	"kyso/signature/pdf"
)

// form allows new signature fields, and judges what became of those there are.
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
	var err error
	if d.fields, err = d.old.Fields(); err != nil {
		d.note(n, forUnknown, "UNREADABLE", "")
		return
	}
	d.work += workOfField * len(d.fields)
	d.keys(old, new, func(key pdf.Name, x, y pdf.Object) {
		switch key {
		case "Fields":
		case "SigFlags":
			before, _ := x.(int64)
			after, ok := y.(int64)
			if !ok || after&before != before || after > 3 {
				d.note(n, forUnknown, "FORM_CHANGED", "")
			}
		case "DR":
			if old == nil {
				d.explainNew(y) // with its first field a form gets its resources
			} else if !d.grownResources(x, y) || !d.ownResources(x, y) {
				d.note(n, forUnknown, "FORM_RESOURCES", "")
			}
		case "DA":
			// Text is drawn by it, and signature fields have none.
			if old != nil && (x != nil || slices.ContainsFunc(d.fields, func(f pdf.Field) bool { return f.Type != "Sig" })) {
				d.note(n, forUnknown, "FORM_RESOURCES", "")
			}
		case "NeedAppearances":
			// Readers would draw every field anew, and each in its own way.
			d.note(n, forNothing, "NEED_APPEARANCES", "")
		case "XFA":
			d.note(n, forNothing, "XFA", "") // another form in place of this one
		case "CO":
			d.note(n, forNothing, "CALCULATION", "")
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
		d.note(n, forNothing, "FIELD_REMOVED", "")
		return
	}
	names := map[string]bool{}
	needed, _ := old.Get("NeedAppearances").(bool)
	for _, f := range d.fields {
		names[f.Name] = true
		d.existingField(f, needed)
	}
	for _, o := range is[len(was):] {
		d.newField(o, "", names, 0)
	}
}

// grownResources explains resources (a DR) that kept all they had and gained
// only entries made of new objects. Of form XObjects some writers keep the last
// stamp's there, which nothing draws: resources of a form serve its text.
func (d *difference) grownResources(a, b pdf.Object) bool {
	old, new := d.dicts(a, b)
	if new == nil || new.Duplicate != "" || !d.explain(a, b) {
		return false
	}
	grown := true
	d.keys(old, new, func(kind pdf.Name, x, y pdf.Object) {
		was, is := d.dicts(x, y)
		if _, isArray := y.(pdf.Array); kind == "ProcSet" && isArray {
			return
		}
		if is == nil || is.Duplicate != "" || !d.explain(x, y) {
			grown = false
			return
		}
		d.keys(was, is, func(name pdf.Name, x, y pdf.Object) {
			if x != nil && kind != "XObject" || number(y) != 0 && !d.fresh[number(y)] {
				grown = false
			}
			d.explainNew(y)
		})
	})
	return grown
}

// existingField judges what became of a field and its widgets.
func (d *difference) existingField(f pdf.Field, needAppearances bool) {
	value, err := d.old.Resolve(f.Value)
	if err != nil {
		d.note(f.Ref.Number, forUnknown, "UNREADABLE", f.Name)
		return
	}
	if f.Type != "Sig" {
		d.fill(f, needAppearances)
		return
	}
	stamped := 0.0 // what its widgets take together
	for i, ref := range append([]pdf.Ref{f.Ref}, f.Widgets...) {
		old, new := d.dicts(ref, ref)
		if i > 0 && ref == f.Ref || old == nil || new == nil || !d.changed[ref.Number] && !d.appearanceTouched(old) {
			continue
		}
		shown := false
		if d.changed[ref.Number] {
			delete(d.changed, ref.Number)
			if new.Duplicate != "" {
				d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
			}
			d.keys(old, new, func(key pdf.Name, a, b pdf.Object) {
				switch {
				case value != nil:
					d.note(ref.Number, forNothing, "SIGNATURE_CHANGED", f.Name)
				case key == "V" && ref == f.Ref:
					d.signed(ref.Number, b, f.Name)
				case key == "AP" || key == "M" || key == "F" || key == "MK":
					if d.was.shared(number(a)) {
						// What looked alike in two places no longer does.
						d.note(ref.Number, forUnknown, "FIELD_CHANGED", f.Name)
					}
					d.explainNew(b)
					shown = true
				default:
					d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
				}
			})
		}
		// An appearance written over in place is the field's own when nothing
		// else shows it.
		if value == nil && d.signedNow(f) && d.ownAppearance(old, new) {
			shown = true
		}
		if shown {
			d.tooLarge(ref.Number, new, f.Name)
			r, _ := rectangle(d.new, new.Get("Rect"))
			if stamped += r.area(); stamped > maxStamp {
				d.note(ref.Number, forUnknown, "LARGE_STAMP", f.Name)
			}
			// A timestamp that paints is no mere evidence: anybody can get one.
			if d.timestamped(f) && !emptyRect(d.new, new) {
				d.note(ref.Number, forUnknown, "FIELD_CHANGED", f.Name)
			}
		}
		// What an empty field shows may change only when it is signed.
		if shown && old.Get("V") == nil && new.Get("V") == nil && !d.signedNow(f) {
			d.note(ref.Number, forUnknown, "FIELD_CHANGED", f.Name)
		}
	}
}

// signedNow tells whether field f has a value in the new revision.
func (d *difference) signedNow(f pdf.Field) bool {
	now, err := d.new.Dict(f.Ref)
	return err == nil && now.Get("V") != nil
}

// timestamped tells whether the value field f has now is a timestamp.
func (d *difference) timestamped(f pdf.Field) bool {
	now, err := d.new.Dict(f.Ref)
	if err != nil {
		return false
	}
	sig, err := d.new.Dict(now.Get("V"))
	return err == nil && sig.Get("SubFilter") == pdf.Name("ETSI.RFC3161")
}

// signed explains the value of a field that was empty.
func (d *difference) signed(field int, value pdf.Object, name string) {
	sig, err := d.new.Dict(value)
	_, hasContents := sig.Get("Contents").(pdf.String)
	if err != nil || sig == nil || !hasContents || sig.Get("ByteRange") == nil || !d.added[number(value)] && number(value) != 0 {
		d.note(field, forNothing, "SIGNATURE_EMPTY", name)
		return
	}
	d.explainNew(value)
	if sig.Is("SubFilter", "ETSI.RFC3161") {
		d.note(field, forEvidence, "TIMESTAMP_ADDED", name)
		return
	}
	d.note(field, forSigning, "SIGNATURE_ADDED", name)
}

// newField explains a signature field that was added, with its widgets; or a
// node of such fields alone, whose name is up.
func (d *difference) newField(o pdf.Object, up string, names map[string]bool, parent int) {
	n := number(o)
	f, err := d.new.Dict(o)
	if err != nil || f == nil || !d.added[n] || f.Duplicate != "" || number(f.Get("Parent")) != parent || parent == 0 && f.Get("Parent") != nil {
		d.note(n, forNothing, "FIELD_ADDED_FORGED", up)
		return
	}
	t, _ := d.new.Resolve(f.Get("T"))
	title, ok := t.(pdf.String)
	name := title.Text()
	if up != "" {
		name = up + "." + name
	}
	if !ok || len(title) == 0 || names[name] || len(name) > maxFieldName {
		d.note(n, forNothing, "FIELD_ADDED_FORGED", name)
		return
	}
	for _, c := range title.Text() {
		if c == '.' { // it would pass for a field of another parent (12.7.4.2)
			d.note(n, forNothing, "FIELD_ADDED_FORGED", name)
			return
		}
	}
	names[name] = true
	delete(d.added, n)
	kids, err := d.new.Array(f.Get("Kids"))
	if err != nil {
		d.note(n, forUnknown, "UNREADABLE", name)
		return
	}
	if f.Get("FT") == nil && len(kids) > 0 && bareNode(f) && len(names) < maxNewFields {
		for _, k := range kids {
			d.newField(k, name, names, n)
		}
		d.explain(nil, f.Get("Kids"))
		return
	}
	if !f.Is("FT", "Sig") {
		d.note(n, forNothing, "FIELD_ADDED_FORGED", name)
		return
	}
	widgets := []*pdf.Dict{f}
	d.widgets[n] = f
	for _, k := range kids {
		w, err := d.new.Dict(k)
		if err != nil || w == nil || !d.added[number(k)] || w.Get("T") != nil || number(w.Get("Parent")) != n {
			d.note(n, forNothing, "FIELD_ADDED_FORGED", name)
			return
		}
		delete(d.added, number(k))
		d.widgets[number(k)] = w
		widgets = append(widgets, w)
	}
	visible := false
	for _, w := range widgets {
		if !plainWidget(w, w == f) {
			d.note(n, forNothing, "FIELD_ADDED_FORGED", name)
		}
		if !emptyRect(d.new, w) {
			visible = true
		}
		d.tooLarge(n, w, name)
		for _, e := range w.Entries {
			if e.Key != "V" && e.Key != "Parent" {
				d.explainNew(e.Value)
			}
		}
	}
	value := f.Get("V")
	switch {
	case value != nil:
		before := len(d.changes)
		d.signed(n, value, name)
		if last := &d.changes[len(d.changes)-1]; len(d.changes) > before && last.class == forEvidence {
			// A lock is about what fields say, and a timestamp says nothing: in a
			// field of its own it is evidence like any other. One that paints is
			// no mere evidence.
			if last.field = ""; visible {
				last.class, last.field = forUnknown, name
			}
		}
	case visible:
		// A field that shows something and signs nothing.
		d.note(n, forUnknown, "FIELD_ADDED", name)
	default:
		d.note(n, forSigning, "FIELD_ADDED", name)
	}
}

const (
	// maxNewFields bounds the fields of one revision.
	maxNewFields = 100_000
	// maxFieldName bounds a field's full name, and with that how deep new
	// fields nest.
	maxFieldName = 1 << 10
)

// bareNode tells whether a new node of fields has nothing but its name.
func bareNode(f *pdf.Dict) bool {
	for _, e := range f.Entries {
		switch e.Key {
		case "T", "Kids", "Parent", "TU", "TM":
		default:
			return false
		}
	}
	return true
}

// maxStamp is the area, in square points, up to which a later signature's
// appearance is taken for a stamp.
const maxStamp = pades.MaxStamp

// tooLarge notes a widget that could cover what the page says.
func (d *difference) tooLarge(n int, w *pdf.Dict, name string) {
	o, err := d.new.Resolve(w.Get("Rect"))
	if err == nil && o == nil {
		return
	}
	if r, ok := rectangle(d.new, w.Get("Rect")); !ok || r.area() > maxStamp {
		d.note(n, forUnknown, "LARGE_STAMP", name)
	}
}

// coversStamp notes a new stamp over that of an earlier signature, which it
// would hide. before are the annotations below it.
func (d *difference) coversStamp(n int, w *pdf.Dict, before pdf.Array) {
	r, ok := rectangle(d.new, w.Get("Rect"))
	if !ok || r.area() == 0 || w.Get("AP") == nil {
		return
	}
	if d.stamps == nil {
		d.stamps = map[int]rect{}
		for _, f := range d.fields {
			if f.Type != "Sig" || f.Value == nil {
				continue
			}
			for _, ref := range f.Widgets {
				if w := plain(d.new, ref); w.Get("AP") != nil {
					d.stamps[ref.Number], _ = rectangle(d.new, w.Get("Rect"))
				}
			}
		}
	}
	for _, a := range before {
		s, ok := d.stamps[number(a)]
		if d.compared++; ok && r.overlap(s) > s.area()/2 || d.compared > maxCompared {
			d.note(n, forUnknown, "STAMP_COVERED", "")
			return
		}
	}
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
