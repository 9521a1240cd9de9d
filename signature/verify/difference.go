package verify

import (
	"bytes"

	"kyso/signature/pades"
	"kyso/signature/pdf"
)

// class is what a change is for; the signatures before it decide whether they
// allow that.
type class int

const (
	forEvidence   class = iota // validity evidence, timestamps, metadata
	forSigning                 // a further signature
	forFilling                 // form values
	forAnnotating              // annotations
	forNothing                 // nothing any signature allows
	forUnknown                 // cannot be judged
)

// change is one thing a revision did.
type change struct {
	object int
	path   string
	class  class
	code   string
	// field is the form field concerned, for FieldMDP.
	field string
}

// difference explains every object that one revision adds, changes or frees.
// What it cannot explain is not allowed: the rule is deny, by object and path.
type difference struct {
	old, new pdf.View
	graph    *graph // of old
	// changed and added are the objects of the new revision that differ from
	// the old one or did not exist there; explained ones are removed.
	changed, added map[int]bool
	changes        []change
	// widgets are the annotations of new signature fields.
	widgets map[int]bool
}

// differ compares revision new with its predecessor.
func differ(doc *pdf.File, old, new pdf.View) (changes []change, visited int) {
	d := &difference{
		old: old, new: new, graph: references(old),
		changed: map[int]bool{}, added: map[int]bool{}, widgets: map[int]bool{},
	}
	if d.graph.unreadable != 0 {
		d.note(d.graph.unreadable, forUnknown, "UNREADABLE", "")
	}
	if n, stray := old.Stray(); stray {
		d.note(n, forNothing, "LATENT", "")
	}
	if err := doc.Tidy(new.Number()); err != nil {
		d.note(0, forUnknown, "STRUCTURE", "")
	}
	seen := map[int]bool{}
	for _, n := range doc.Numbers(new.Number()) {
		if !seen[n] {
			seen[n] = true
			d.compareObject(n)
		}
	}
	d.trailer()
	d.catalog()
	d.pages()
	d.rest()
	return d.changes, len(d.graph.count)
}

func (d *difference) note(object int, c class, code, field string) {
	path := d.graph.path(object)
	if d.graph.count[object] == 0 {
		path = ""
	}
	d.changes = append(d.changes, change{object, path, c, code, field})
}

// compareObject sorts object n into changed, added, or neither.
func (d *difference) compareObject(n int) {
	was, existed := d.old.Locate(n)
	is, exists := d.new.Locate(n)
	switch {
	case !existed && !exists:
	case !existed:
		d.added[n] = true
		// Something already referred to an object that was not there.
		if d.graph.count[n] > 0 {
			d.note(n, forNothing, "LATENT", "")
		}
	case !exists:
		if d.graph.count[n] > 0 {
			d.note(n, forNothing, "REMOVED", "")
		}
	case was.Generation != is.Generation:
		d.changed[n] = true
	default:
		ref := pdf.Ref{Number: n, Generation: was.Generation}
		a, err := d.old.Object(ref)
		if err == nil {
			var b pdf.Object
			if b, err = d.new.Object(ref); err == nil {
				var same bool
				if same, err = d.old.Same(a, d.new, b); err == nil && same {
					return
				}
			}
		}
		if err != nil {
			d.note(n, forUnknown, "UNREADABLE", "")
		}
		d.changed[n] = true
	}
}

// dicts reads one dictionary of both revisions, nil where it is absent or
// something else.
func (d *difference) dicts(a, b pdf.Object) (old, new *pdf.Dict) {
	old, _ = d.old.Dict(a)
	new, _ = d.new.Dict(b)
	return old, new
}

// keys calls visit for each key whose value the two dictionaries differ in.
func keys(old, new *pdf.Dict, visit func(key pdf.Name, a, b pdf.Object)) {
	if old != nil {
		for _, e := range old.Entries {
			if b := new.Get(e.Key); !pdf.Equal(e.Value, b) {
				visit(e.Key, e.Value, b)
			}
		}
	}
	if new != nil {
		for _, e := range new.Entries {
			if old.Entry(e.Key) == nil && e.Value != nil {
				visit(e.Key, nil, e.Value)
			}
		}
	}
}

// explain takes the object o refers to off the lists. Objects that existed
// are explained only when nothing else refers to them: what is shared with
// another place would change there too.
func (d *difference) explain(was, o pdf.Object) (ok bool) {
	ref, isRef := o.(pdf.Ref)
	if !isRef {
		return true
	}
	// An object that existed is explained only in the place where it was: were
	// it referred to from here for the first time, that one reference would be
	// another place's.
	if d.changed[ref.Number] && (!pdf.Equal(was, o) || d.graph.count[ref.Number] > 1) {
		return false
	}
	delete(d.changed, ref.Number)
	delete(d.added, ref.Number)
	return true
}

// explainNew takes off all added objects that o leads to through added objects
// alone. It keeps a list of its own: objects may form a chain longer than any
// stack.
func (d *difference) explainNew(o pdf.Object) {
	work := []pdf.Object{o}
	for len(work) > 0 {
		o := work[len(work)-1]
		work = work[:len(work)-1]
		switch o := o.(type) {
		case pdf.Ref:
			if d.added[o.Number] {
				delete(d.added, o.Number)
				if target, err := d.new.Object(o); err == nil {
					work = append(work, target)
				}
			}
		case pdf.Array:
			work = append(work, o...)
		case *pdf.Dict:
			for _, e := range o.Entries {
				work = append(work, e.Value)
			}
		case *pdf.Stream:
			work = append(work, o.Dict)
		}
	}
}

func number(o pdf.Object) int {
	ref, _ := o.(pdf.Ref)
	return ref.Number
}

func (d *difference) trailer() {
	old, new := d.old.Trailer(), d.new.Trailer()
	if !pdf.Equal(old.Get("Root"), new.Get("Root")) || !pdf.Equal(old.Get("Encrypt"), new.Get("Encrypt")) {
		d.note(number(new.Get("Root")), forNothing, "CATALOG", "")
	}
	info := new.Get("Info")
	if n := number(info); d.changed[n] || d.added[n] {
		if !d.explain(old.Get("Info"), info) {
			return // shared: it stays on the list of what is not explained
		}
		d.note(n, forEvidence, "METADATA", "")
		if dict, err := d.new.Dict(info); err == nil {
			d.explainNew(dict)
		}
	}
}

func (d *difference) catalog() {
	root := d.old.Trailer().Get("Root")
	old, new := d.dicts(root, d.new.Trailer().Get("Root"))
	n := number(root)
	if old == nil || new == nil || new.Duplicate != "" {
		d.note(n, forNothing, "CATALOG", "")
		return
	}
	delete(d.changed, n)
	keys(old, new, func(key pdf.Name, a, b pdf.Object) {
		switch key {
		case "AcroForm", "DSS", "Metadata", "Perms": // judged below
		case "Version", "Extensions":
			d.explainNew(b)
			d.note(n, forEvidence, "VERSION", "")
		default:
			d.note(n, forNothing, "CATALOG", "")
		}
	})
	d.metadata(old.Get("Metadata"), new.Get("Metadata"))
	d.perms(old.Get("Perms"), new.Get("Perms"))
	d.dss(old.Get("DSS"), new.Get("DSS"))
	d.form(old.Get("AcroForm"), new.Get("AcroForm"))
}

func (d *difference) metadata(a, b pdf.Object) {
	n := number(b)
	if !d.changed[n] && !d.added[n] && pdf.Equal(a, b) {
		return
	}
	o, err := d.new.Resolve(b)
	if s, isStream := o.(*pdf.Stream); err != nil || !isStream || !d.explain(a, b) || !d.xmp(s) {
		d.note(n, forNothing, "CATALOG", "")
		return
	}
	d.note(n, forEvidence, "METADATA", "")
}

// maxMetadata bounds a document's metadata; a few KiB are common.
const maxMetadata = 4 << 20

// xmp tells whether s looks like XMP without a document type or entities, the
// parts of XML by which readers were attacked.
func (d *difference) xmp(s *pdf.Stream) bool {
	if s.Get("Type") != pdf.Name("Metadata") || s.Get("Subtype") != pdf.Name("XML") {
		return false
	}
	b, err := d.new.Decode(s, maxMetadata)
	return err == nil && bytes.Contains(b, []byte("http://www.w3.org/1999/02/22-rdf-syntax-ns#")) &&
		!bytes.Contains(b, []byte("<!DOCTYPE")) && !bytes.Contains(b, []byte("<!ENTITY"))
}

// perms: adding a certification to a document that others have signed, or
// changing one, is for no signature to allow.
func (d *difference) perms(a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if !pdf.Equal(old, new) || d.changed[number(b)] {
		d.note(number(b), forNothing, "PERMISSIONS", "")
	}
}

// pages allows the widgets of new signature fields at the end of a page's
// annotations, and nothing else.
func (d *difference) pages() {
	widgetsPlaced := map[int]bool{}
	err := d.old.EachPage(func(p pdf.Page) bool {
		n := p.Ref.Number
		annots := p.Dict.Get("Annots")
		now, err := d.new.Dict(p.Ref)
		if err != nil || now == nil {
			return true // freed or unreadable: noted where it was compared
		}
		if !d.changed[n] && !d.changed[number(annots)] {
			return true
		}
		if d.changed[n] {
			delete(d.changed, n)
			keys(p.Dict, now, func(key pdf.Name, a, b pdf.Object) {
				if key != "Annots" {
					d.note(n, forNothing, "PAGE", "")
				}
			})
			if now.Duplicate != "" {
				d.note(n, forNothing, "PAGE", "")
			}
		}
		was, err1 := d.old.Array(annots)
		is, err2 := d.new.Array(now.Get("Annots"))
		if err1 != nil || err2 != nil {
			d.note(n, forUnknown, "UNREADABLE", "")
			return true
		}
		if !d.explain(annots, now.Get("Annots")) {
			return true
		}
		if !pdf.Equal(annots, now.Get("Annots")) {
			d.explain(annots, annots)
		}
		if len(is) < len(was) || !pdf.Equal(was, is[:len(was)]) {
			d.note(n, forAnnotating, "ANNOTATION", "")
			return true
		}
		for _, a := range is[len(was):] {
			if w := number(a); !d.widgets[w] || widgetsPlaced[w] {
				d.note(n, forAnnotating, "ANNOTATION", "")
			} else {
				widgetsPlaced[w] = true
			}
		}
		return true
	})
	if err != nil {
		d.note(0, forUnknown, "UNREADABLE", "")
	}
}

// rest notes what nothing explained.
func (d *difference) rest() {
	for n := range d.added {
		o, err := d.new.Object(d.ref(n))
		if s, ok := o.(*pdf.Stream); err == nil && ok && container(s) {
			continue
		}
		d.note(n, forUnknown, "UNEXPLAINED", "")
	}
	for n := range d.changed {
		o, err := d.new.Object(d.ref(n))
		old, err2 := d.old.Object(d.ref(n))
		s, ok := o.(*pdf.Stream)
		t, ok2 := old.(*pdf.Stream)
		// Writers reuse the number of the last cross-reference stream.
		if err == nil && err2 == nil && ok && ok2 && s.Get("Type") == pdf.Name("XRef") && t.Get("Type") == pdf.Name("XRef") && d.graph.count[n] == 0 {
			continue
		}
		d.note(n, forNothing, "CHANGED", "")
	}
}

func (d *difference) ref(n int) pdf.Ref {
	at, _ := d.new.Locate(n)
	return pdf.Ref{Number: n, Generation: at.Generation}
}

// container tells whether s only holds the file's own structure.
func container(s *pdf.Stream) bool {
	t := s.Get("Type")
	return t == pdf.Name("XRef") || t == pdf.Name("ObjStm")
}

// allowance is what the signatures of earlier revisions leave to later ones.
type allowance struct {
	permission pades.Permission // 0: no certification, so as FormFilling
	locks      []pades.Lock
}

// effect judges one change.
func (a allowance) effect(c change) Modification {
	for _, l := range a.locks {
		if c.field != "" && l.Covers(c.field) {
			return ModificationNotAllowed
		}
	}
	strict := a.permission == pades.NoChanges
	switch c.class {
	case forEvidence:
		return ModificationAllowed
	case forSigning:
		if !strict {
			return ModificationAllowed
		}
	case forFilling:
		// Whether the new appearance shows the new value is not judged.
		if !strict {
			return ModificationUndetermined
		}
	case forAnnotating:
		// Nor whether an annotation paints over the content.
		if a.permission == pades.Annotating {
			return ModificationUndetermined
		}
	case forUnknown:
		return ModificationUndetermined
	}
	return ModificationNotAllowed
}

// worse returns the worse of two modifications.
func worse(a, b Modification) Modification {
	rank := map[Modification]int{ModificationNone: 0, ModificationAllowed: 1, ModificationUndetermined: 2, ModificationNotAllowed: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
