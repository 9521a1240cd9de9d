package verify

import (
	"slices"

	"kyso/signature/pdf"
)

// Flags of fields (ISO 32000-2, 12.7.5).
const (
	flagPushbutton = 1 << 16 // buttons
	flagCombo      = 1 << 17 // choices
)

const (
	// maxFilled is the area, in square points, up to which a filled field is
	// taken for a part of the page: a third of an A4 page.
	maxFilled = 170_000
	// maxMark is that of a check box or a radio button: 50 by 50.
	maxMark = 2_500
)

// fill judges what became of a field that is no signature's: a person may have
// filled it in. Its value, and what shows it, may change and nothing else.
func (d *difference) fill(f pdf.Field, needAppearances bool) {
	filled := false
	for i, ref := range append([]pdf.Ref{f.Ref}, f.Widgets...) {
		if i > 0 && ref == f.Ref {
			continue
		}
		old, new := d.dicts(ref, ref)
		if old == nil || new == nil {
			continue
		}
		if d.changed[ref.Number] {
			delete(d.changed, ref.Number)
			filled = true
			if new.Duplicate != "" {
				d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
			}
			d.keys(old, new, func(key pdf.Name, a, b pdf.Object) {
				switch {
				case key == "V" && ref == f.Ref, key == "M", key == "AS" && f.Type == "Btn", key == "AP":
					if key == "V" {
						d.value(ref, a, b, f.Name)
					}
				case key == "I" && f.Type == "Ch" && ref == f.Ref:
					d.explain(a, b)
				case key == "AA" || key == "A":
					d.note(ref.Number, forNothing, "ACTION", f.Name)
				case key == "RV" && ref == f.Ref:
					// Rich text is another telling of the value, which is not read.
					d.explainNew(b)
					d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
				default:
					d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
				}
			})
			d.fillAppearance(f, ref, old, new)
		} else if d.appearanceTouched(old) && d.ownFilling(f, ref, old, new) {
			filled = true
		}
	}
	if !filled {
		return
	}
	d.note(f.Ref.Number, forFilling, "FORM_FILLED", f.Name)
	now, err := d.new.Dict(f.Ref)
	if err != nil || now == nil {
		return
	}
	value := f.Value // inherited
	if now.Entry("V") != nil || f.Dict.Entry("V") != nil {
		value = now.Get("V")
	}
	value, err = d.new.Resolve(value)
	if err != nil {
		d.note(f.Ref.Number, forUnknown, "UNREADABLE", f.Name)
		return
	}
	marked := false
	for _, ref := range f.Widgets {
		w := plain(d.new, ref)
		if w == nil {
			d.note(ref.Number, forUnknown, "UNREADABLE", f.Name)
			continue
		}
		if f.Type == "Btn" {
			marked = d.mark(f, ref, w, value) || marked
		} else {
			d.shows(f, ref, w, value, needAppearances)
		}
	}
	if f.Type == "Btn" && !marked && value != nil && value != pdf.Name("Off") {
		d.note(f.Ref.Number, forUnknown, "APPEARANCE_MISMATCH", f.Name)
	}
}

// value explains a value: text, a name, or a list of texts.
func (d *difference) value(field pdf.Ref, was, is pdf.Object, name string) {
	o, err := d.new.Resolve(is)
	ok := err == nil
	switch o := o.(type) {
	case nil, pdf.String, pdf.Name:
	case pdf.Array:
		for _, e := range o {
			if _, isText := e.(pdf.String); !isText {
				ok = false
			}
		}
	default: // long text may be a stream, which is not read
		ok = false
	}
	if !ok || !d.explain(was, is) {
		d.note(field.Number, forUnknown, "APPEARANCE_UNREAD", name)
	}
	d.explainNew(is)
}

// appearanceTouched tells whether what a widget shows was written over in place.
func (d *difference) appearanceTouched(w *pdf.Dict) bool {
	if len(d.changed) == 0 {
		return false
	}
	ap := w.Get("AP")
	if d.changed[number(ap)] {
		return true
	}
	dict, err := d.old.Dict(ap)
	return err == nil && d.changed[number(dict.Get("N"))]
}

// ownAppearance explains an appearance that was written over in place, where
// nothing else refers to it.
func (d *difference) ownAppearance(old, new *pdf.Dict) (touched bool) {
	a, b := old.Get("AP"), new.Get("AP")
	oldAP, newAP := d.dicts(a, b)
	if !pdf.Equal(a, b) || oldAP == nil || newAP == nil || newAP.Duplicate != "" {
		return false
	}
	if d.changed[number(b)] {
		if !d.explain(a, b) {
			return false
		}
		touched = true
		d.keys(oldAP, newAP, func(key pdf.Name, _, y pdf.Object) {
			if key != "N" {
				d.note(number(b), forNothing, "APPEARANCE_REPLACED", "")
			}
		})
	}
	x, y := oldAP.Get("N"), newAP.Get("N")
	if d.changed[number(y)] {
		if !d.explain(x, y) {
			return touched
		}
		touched = true
	}
	if touched {
		d.explainNew(y)
		if s, err := d.new.Dict(y); err == nil {
			d.explainNew(s)
		}
	}
	return touched
}

// ownFilling is ownAppearance for a field that is filled in: the states of a
// button are what was signed.
func (d *difference) ownFilling(f pdf.Field, ref pdf.Ref, old, new *pdf.Dict) (touched bool) {
	touched = d.ownAppearance(old, new)
	if touched && f.Type == "Btn" {
		d.note(ref.Number, forUnknown, "APPEARANCE_REPLACED", f.Name)
	}
	return touched
}

// fillAppearance judges a new appearance of a widget: of its normal state
// alone, in a stream of its own.
func (d *difference) fillAppearance(f pdf.Field, ref pdf.Ref, old, new *pdf.Dict) {
	a, b := old.Get("AP"), new.Get("AP")
	if pdf.Equal(a, b) {
		d.ownFilling(f, ref, old, new)
		return
	}
	oldAP, newAP := d.dicts(a, b)
	if d.was.shared(number(a)) || f.Type == "Btn" || newAP == nil || newAP.Duplicate != "" {
		// The states of a button are what was signed; an appearance that served
		// two places no longer does; one that is gone shows nothing.
		d.note(ref.Number, forUnknown, "APPEARANCE_REPLACED", f.Name)
		return
	}
	d.keys(oldAP, newAP, func(key pdf.Name, x, y pdf.Object) {
		if key != "N" {
			d.note(ref.Number, forNothing, "APPEARANCE_REPLACED", f.Name)
			return
		}
		n := number(y)
		if n == 0 || !d.fresh[n] && !(d.changed[n] && pdf.Equal(x, y) && !d.was.shared(n)) {
			// What another place shows, or what lay there unused, is no text
			// that was filled in.
			d.note(ref.Number, forUnknown, "APPEARANCE_REPLACED", f.Name)
			return
		}
		delete(d.changed, n)
	})
	if d.fresh[number(b)] {
		delete(d.added, number(b))
	}
	d.explainNew(newAP.Get("N"))
	if s, err := d.new.Dict(newAP.Get("N")); err == nil {
		d.explainNew(s)
	}
}

// mark judges a check box or radio button: the state it shows is one of those
// it had, says what the value says, and looks like a mark. on tells whether it
// is marked.
func (d *difference) mark(f pdf.Field, ref pdf.Ref, w *pdf.Dict, value pdf.Object) (on bool) {
	flags, _ := f.Dict.Get("Ff").(int64)
	name, isName := value.(pdf.Name)
	if flags&flagPushbutton != 0 || value != nil && !isName {
		d.note(ref.Number, forNothing, "FIELD_CHANGED", f.Name)
		return false
	}
	state, ok := w.Get("AS").(pdf.Name)
	ap, err := d.new.Dict(w.Get("AP"))
	if err != nil || !ok && w.Get("AS") != nil {
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		return false
	}
	states, err := d.new.Dict(ap.Get("N"))
	if err != nil || states.Get("BBox") != nil {
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		return false
	}
	if name == "" {
		name = "Off"
	}
	if state == "" {
		state = "Off"
	}
	has := states.Get(name) != nil
	switch {
	case state == "Off" && (name == "Off" || !has):
	case state == name && has:
	default:
		d.note(ref.Number, forUnknown, "APPEARANCE_MISMATCH", f.Name)
		return false
	}
	o, err := d.new.Resolve(states.Get(state))
	if err != nil || o == nil && state != "Off" {
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		return false
	}
	if o == nil {
		return false
	}
	r, ok := rectangle(d.new, w.Get("Rect"))
	s, isStream := o.(*pdf.Stream)
	if !ok || !isStream || r.area() > maxMark || !fits(d.new, s, w.Get("Rect")) || !d.isMark(s) {
		d.note(ref.Number, forUnknown, "APPEARANCE_PLANTED", f.Name)
	}
	return state != "Off"
}

// shows judges whether a text or choice field shows its value.
func (d *difference) shows(f pdf.Field, ref pdf.Ref, w *pdf.Dict, value pdf.Object, needAppearances bool) {
	want, ok := d.wanted(f, value)
	if !ok {
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		return
	}
	ap, err := d.new.Dict(w.Get("AP"))
	if err == nil && (ap == nil || ap.Get("N") == nil) {
		// Without one, readers draw the value themselves if they are told to.
		old, _ := d.old.Dict(ref)
		if r, ok := rectangle(d.new, w.Get("Rect")); !needAppearances || old.Get("AP") != nil || !ok || r.area() > maxStamp {
			d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		}
		return
	}
	o, err2 := d.new.Resolve(ap.Get("N"))
	s, isStream := o.(*pdf.Stream)
	r, hasRect := rectangle(d.new, w.Get("Rect"))
	if err != nil || err2 != nil || !isStream || !hasRect || s.Duplicate != "" {
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
		return
	}
	if !fits(d.new, s, w.Get("Rect")) {
		d.note(ref.Number, forUnknown, "APPEARANCE_BOUNDS", f.Name)
		return
	}
	if r.area() > maxFilled {
		d.note(ref.Number, forUnknown, "LARGE_FIELD", f.Name)
		return
	}
	t := d.readAppearance(s, ref, w)
	switch {
	case !t.ok:
		d.note(ref.Number, forUnknown, "APPEARANCE_UNREAD", f.Name)
	case t.filled && r.area() > maxStamp:
		d.note(ref.Number, forUnknown, "LARGE_FIELD", f.Name)
	case !slices.ContainsFunc(want, func(s string) bool { return squeeze(s) == squeeze(t.text) }):
		d.note(ref.Number, forUnknown, "APPEARANCE_MISMATCH", f.Name)
	}
}

// wanted lists the texts that may show a value: itself, and of a choice what
// the form shows for it.
func (d *difference) wanted(f pdf.Field, value pdf.Object) ([]string, bool) {
	var text string
	switch value := value.(type) {
	case nil:
	case pdf.String:
		text = value.Text()
	default:
		return nil, false
	}
	switch f.Type {
	case "Tx":
		return []string{text}, true
	case "Ch":
		ff, _ := f.Dict.Get("Ff").(int64)
		if ff&flagCombo == 0 {
			return nil, false // a list shows all its options, and marks one
		}
		want := []string{text}
		options, err := d.new.Array(f.Dict.Get("Opt"))
		if err != nil {
			return nil, false
		}
		for _, o := range options {
			pair, _ := o.(pdf.Array)
			if len(pair) != 2 {
				continue
			}
			export, ok1 := pair[0].(pdf.String)
			shown, ok2 := pair[1].(pdf.String)
			if ok1 && ok2 && export.Text() == text {
				want = []string{shown.Text()}
			}
		}
		return want, true
	}
	return nil, false
}

// squeeze removes white space: lines are broken, and words set apart, in many
// ways.
//
//go:noinline
func squeeze(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r > ' ' && r != 0xA0 {
			out = append(out, r)
		}
	}
	return string(out)
}
