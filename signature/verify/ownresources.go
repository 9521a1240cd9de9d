package verify

import (
	"bytes"
	"slices"
	"strings"

	"kyso/signature/pdf"
)

const (
	// maxForms bounds the appearances looked into for what they lack.
	maxForms = 1000
	// maxNested bounds how deep appearances draw others.
	maxNested = 4
)

// ownResources tells whether what the form's resources gained, from a to b,
// serves no field that was there: some readers look there for what an
// appearance, or the description of a field's text, names and does not bring
// along. A name that was missing when people signed would get a meaning.
func (d *difference) ownResources(a, b pdf.Object) bool {
	old, new := d.dicts(a, b)
	gained := map[pdf.Name][]pdf.Name{}
	if new == nil {
		return false
	}
	for _, kind := range new.Entries {
		was, is := d.dicts(old.Get(kind.Key), kind.Value)
		if is == nil {
			continue
		}
		find := was.Lookup()
		for _, e := range is.Entries {
			if before := find(e.Key); before == nil || !pdf.Equal(before.Value, e.Value) {
				gained[kind.Key] = append(gained[kind.Key], e.Key)
			}
		}
	}
	if len(gained) == 0 {
		return true
	}
	forms := 0
	for _, f := range d.fields {
		if f.Type != "Sig" && d.drawsBy(f.Dict, gained["Font"]) {
			return false
		}
		for _, ref := range f.Widgets {
			w, err := d.old.Dict(ref)
			if err != nil {
				return false
			}
			ap, err := d.old.Dict(w.Get("AP"))
			if err != nil {
				return false
			}
			if f.Type != "Sig" && d.drawsBy(w, gained["Font"]) {
				return false
			}
			if ap.Get("N") != nil && !d.bringsAll(ap.Get("N"), gained, 0, &forms) {
				return false
			}
		}
	}
	return true
}

// drawsBy tells whether the description of a field's text, which it may have
// from a node above or from the form (12.7.4.3), names one of the fonts, or may.
func (d *difference) drawsBy(field *pdf.Dict, fonts []pdf.Name) bool {
	if len(fonts) == 0 {
		return false
	}
	var da pdf.Object
	for range maxNested {
		if field == nil || da != nil {
			break
		}
		da = field.Get("DA")
		up, err := d.old.Dict(field.Get("Parent"))
		if err != nil {
			return true
		}
		field = up
	}
	if da == nil {
		form, err := d.old.AcroForm()
		if field != nil || err != nil {
			return true
		}
		da = form.Get("DA")
	}
	da, err := d.old.Resolve(da)
	text, ok := da.(pdf.String)
	if err != nil || da != nil && !ok || strings.Contains(string(text), "#") {
		return true
	}
	return slices.ContainsFunc(fonts, func(name pdf.Name) bool { return strings.Contains(string(text), "/"+string(name)) })
}

// mentions are the names in content.
func mentions(content []byte) map[string]bool {
	names := map[string]bool{}
	for _, after := range bytes.Split(content, []byte{'/'})[1:] {
		if end := bytes.IndexAny(after, " \t\r\n\f\x00()<>[]{}%"); end >= 0 {
			after = after[:end]
		}
		names[string(after)] = true
	}
	return names
}

// bringsAll tells whether a form, and those it draws, have in their own
// resources each gained name that their content mentions.
func (d *difference) bringsAll(o pdf.Object, gained map[pdf.Name][]pdf.Name, depth int, forms *int) bool {
	o, err := d.old.Resolve(o)
	if err != nil || depth > maxNested {
		return false
	}
	if states, ok := o.(*pdf.Dict); ok {
		for _, e := range states.Entries {
			if !d.bringsAll(e.Value, gained, depth+1, forms) {
				return false
			}
		}
		return true
	}
	s, ok := o.(*pdf.Stream)
	if !ok || s.Is("Subtype", "Image") {
		return true
	}
	if *forms++; *forms > maxForms {
		return false
	}
	content, err := d.content(d.old, s)
	if err != nil {
		return false
	}
	res, err := d.old.Dict(s.Get("Resources"))
	if err != nil {
		return false
	}
	if bytes.Contains(content, []byte{'#'}) {
		return false // a name in other letters
	}
	mentioned := mentions(content)
	for kind, names := range gained {
		own, err := d.old.Dict(res.Get(kind))
		if err != nil {
			return false
		}
		for _, name := range names {
			if mentioned[string(name)] && own.Get(name) == nil {
				return false
			}
		}
	}
	drawn, err := d.old.Dict(res.Get("XObject"))
	if err != nil {
		return false
	}
	if drawn != nil {
		for _, e := range drawn.Entries {
			if !d.bringsAll(e.Value, gained, depth+1, forms) {
				return false
			}
		}
	}
	return true
}
