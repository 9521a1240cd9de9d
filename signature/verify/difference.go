package verify

import (
	"slices"

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
	forAnnotating              // annotations that hide nothing
	forPainting                // annotations that could hide or forge content
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
	// since, when not 0, is the revision with which something came that is
	// gone now: a signature before that revision never had it.
	since int
}

// difference explains every object that one revision adds, changes or frees.
// What it cannot explain is not allowed: the rule is deny, by object and path.
type difference struct {
	old, new pdf.View
	was, now *graph // of old and new
	// changed and added are the objects of the new revision that differ from
	// the old one or did not exist there; explained ones are removed. fresh
	// holds all that did not exist.
	changed, added, fresh map[int]bool
	changes               []change
	// widgets are the annotations of new signature fields, by object.
	widgets map[int]*pdf.Dict
	// evidence is what the security store lists, gained how much of it is new.
	evidence map[int]bool
	gained   int
	fields   []pdf.Field // of old
	// stamps are what earlier signatures show, by widget.
	stamps map[int]rect
	// compared bounds what is compared in all.
	compared int
	// work counts what the revision cost beyond its objects: the fields of the
	// form, the annotations of the pages.
	work int
	// room is how many changes may still be noted, in this revision and later
	// ones.
	room *int
	// ink is how many bytes of appearances may still be read, likewise.
	ink *int
}

// comparison compares the revisions of a document, each with its predecessor,
// and keeps what the next comparison needs.
type comparison struct {
	doc        *pdf.File
	references *references
	last       *graph // of the newest revision seen
	room       int    // changes that may still be noted
	ink        int    // bytes of appearances that may still be read
}

// maxInk bounds the appearances read in all revisions together. Forms of a
// thousand fields have a megabyte.
const maxInk = 32 << 20

// maxNotes bounds the changes noted in all revisions together: forms hold
// thousands of fields.
const maxNotes = 50_000

// compareFrom begins with revision n.
func compareFrom(doc *pdf.File, n int) *comparison {
	c := &comparison{doc: doc, references: newReferences(doc.Revision(n)), room: maxNotes, ink: maxInk}
	c.last = c.references.walk(doc.Revision(n))
	return c
}

// next says what the next revision did, and how many objects it looked at.
func (c *comparison) next() (changes []change, visited int) {
	was := c.last
	old := was.view
	new := c.doc.Revision(old.Number() + 1)
	numbers := c.doc.Numbers(new.Number())
	c.references.update(new, numbers)
	c.last = c.references.walk(new)
	d := &difference{
		old: old, new: new, was: was, now: c.last,
		changed: map[int]bool{}, added: map[int]bool{}, fresh: map[int]bool{},
		widgets: map[int]*pdf.Dict{}, evidence: map[int]bool{}, room: &c.room, ink: &c.ink,
	}
	if was.unreadable >= 0 {
		d.note(was.unreadable, forUnknown, "UNREADABLE", "")
	}
	if n, stray := old.Stray(); stray {
		d.note(n, forNothing, "LATENT", "")
	}
	if err := c.doc.Tidy(new.Number()); err != nil {
		d.note(0, forUnknown, "STRUCTURE", "")
	}
	seen := map[int]bool{}
	for _, n := range numbers {
		if !seen[n] {
			seen[n] = true
			d.compareObject(n)
		}
	}
	d.trailer()
	d.catalog()
	d.pages()
	d.latent()
	d.rest()
	return d.changes, len(was.counts) + workOfNumber*len(numbers) + d.work
}

// What a number of the cross-references, and a field of the form, costs, where
// an object of the graph costs 1.
const (
	workOfNumber = 2
	workOfField  = 8
)

// content decodes what an appearance draws.
func (d *difference) content(v pdf.View, s *pdf.Stream) ([]byte, error) {
	if *d.ink <= 0 {
		return nil, &pdf.FormatError{Offset: s.Offset, What: "too much is drawn"}
	}
	b, err := v.Decode(s, maxAppearance)
	if err != nil {
		*d.ink -= maxAppearance // it may have cost as much
	}
	*d.ink -= len(b)
	return b, err
}

func (d *difference) note(object int, c class, code, field string) {
	if *d.room--; *d.room < 0 {
		// What is not noted may have been anything.
		if n := len(d.changes); n == 0 || d.changes[n-1].code != "UNREADABLE" {
			d.changes = append(d.changes, change{class: forUnknown, code: "UNREADABLE"})
		}
		return
	}
	path := d.was.path(object)
	if path == "" {
		path = d.now.path(object)
	}
	d.changes = append(d.changes, change{object: object, path: path, class: c, code: code, field: field})
}

// compareObject sorts object n into changed, added, or neither.
func (d *difference) compareObject(n int) {
	was, existed := d.old.Locate(n)
	is, exists := d.new.Locate(n)
	switch {
	case !existed && !exists:
	case !existed:
		d.added[n], d.fresh[n] = true, true
		// Something already referred to an object that was not there, or stood in
		// it.
		if d.was.count(n) > 0 || d.was.holds(n) {
			d.note(n, forNothing, "LATENT", "")
		}
		d.rebuilt(n, nil)
	case !exists:
		if d.was.count(n) > 0 || d.now.holds(n) {
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
		d.rebuilt(n, a)
	}
}

// rebuilt notes an object that became a catalog or a page, wherever it stands:
// a reader that rebuilds the document looks for these.
func (d *difference) rebuilt(n int, was pdf.Object) {
	is := plain(d.new, d.ref(n))
	before, _ := was.(*pdf.Dict)
	switch kind := is.Get("Type"); kind {
	case pdf.Name("Catalog"), pdf.Name("Pages"), pdf.Name("Page"):
		if before.Get("Type") != kind {
			d.note(n, forUnknown, "STRUCTURE", "")
		}
	}
}

// dicts reads one dictionary of both revisions, nil where it is absent or
// something else: a stream, too, whose data would go uncompared.
func (d *difference) dicts(a, b pdf.Object) (old, new *pdf.Dict) {
	return plain(d.old, a), plain(d.new, b)
}

// plain resolves o to a dictionary that is no stream's, else nil.
func plain(v pdf.View, o pdf.Object) *pdf.Dict {
	o, err := v.Resolve(o)
	dict, ok := o.(*pdf.Dict)
	if err != nil || !ok {
		return nil
	}
	return dict
}

// keys calls visit for each key whose value the two dictionaries differ in.
func (d *difference) keys(old, new *pdf.Dict, visit func(key pdf.Name, a, b pdf.Object)) {
	was, is := old.Lookup(), new.Lookup()
	if old != nil {
		for _, e := range old.Entries {
			var b pdf.Object
			if now := is(e.Key); now != nil {
				b = now.Value
			}
			if !d.unmoved(e.Value, b) {
				visit(e.Key, e.Value, b)
			}
		}
	}
	if new != nil {
		for _, e := range new.Entries {
			if was(e.Key) == nil && e.Value != nil {
				visit(e.Key, nil, e.Value)
			}
		}
	}
}

const (
	// maxCompared bounds the values and places that are compared in one
	// revision beyond its own objects: the resources of a page hold some
	// hundred.
	maxCompared = 100_000
	// maxMoves bounds how deep it looks.
	maxMoves = 16
)

// unmoved tells whether a in the old revision and b in the new one are the
// same value. Writers that add to a page make objects of their own out of
// values that stood directly in it, or the other way round; the new objects
// are explained by being copies.
func (d *difference) unmoved(a, b pdf.Object) bool {
	if pdf.Equal(a, b) {
		return true
	}
	var copies []int
	if a == nil || b == nil || !d.sameValue(a, b, 0, &copies) {
		return false
	}
	for _, n := range copies {
		delete(d.added, n)
	}
	return true
}

func (d *difference) sameValue(a, b pdf.Object, depth int, copies *[]int) bool {
	if pdf.Equal(a, b) {
		return true
	}
	if d.compared++; d.compared > maxCompared || depth > maxMoves {
		return false
	}
	if ref, ok := b.(pdf.Ref); ok {
		if !d.fresh[ref.Number] {
			return false // an old object may have a meaning of its own
		}
		*copies = append(*copies, ref.Number)
	}
	a, err1 := d.old.Resolve(a)
	b, err2 := d.new.Resolve(b)
	if err1 != nil || err2 != nil {
		return false
	}
	switch a := a.(type) {
	case pdf.Array:
		b, ok := b.(pdf.Array)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !d.sameValue(a[i], b[i], depth+1, copies) {
				return false
			}
		}
		return true
	case *pdf.Dict:
		b, ok := b.(*pdf.Dict)
		if !ok || len(a.Entries) != len(b.Entries) || a.Duplicate != "" || b.Duplicate != "" {
			return false
		}
		for _, e := range a.Entries {
			other := b.Entry(e.Key)
			if other == nil || !d.sameValue(e.Value, other.Value, depth+1, copies) {
				return false
			}
		}
		return true
	}
	same, err := d.old.Same(a, d.new, b)
	return err == nil && same
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
	if d.changed[ref.Number] && (!pdf.Equal(was, o) || d.was.shared(ref.Number)) {
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

//go:noinline
func number(o pdf.Object) int {
	ref, _ := o.(pdf.Ref)
	return ref.Number
}

// rest notes what nothing explained.
func (d *difference) rest() {
	for n := range d.added {
		switch o, err := d.new.Object(d.ref(n)); {
		case err != nil:
			d.note(n, forUnknown, "UNEXPLAINED", "")
		case d.container(o) && !d.now.reached(n):
		case d.orphan(n, o):
			d.note(n, forEvidence, "ORPHAN", "")
		default:
			d.note(n, forUnknown, "UNEXPLAINED", "")
		}
	}
	for n := range d.changed {
		is, err := d.new.Object(d.ref(n))
		was, err2 := d.old.Object(d.ref(n))
		// Writers reuse the number of the last cross-reference stream.
		if err == nil && err2 == nil && xrefStream(is) && xrefStream(was) && d.was.count(n) == 0 {
			continue
		}
		d.note(n, forNothing, kindOf(was, is, d.was.path(n)), "")
	}
}

//go:noinline
func (d *difference) ref(n int) pdf.Ref {
	at, _ := d.new.Locate(n)
	return pdf.Ref{Number: n, Generation: at.Generation}
}

// allowance is what the signatures of earlier revisions leave to later ones.
type allowance struct {
	permission pades.Permission // 0: no certification, so as FormFilling
	locks      []pades.Lock
}

// locked tells of each change whether a lock forbids it.
func (a allowance) locked(changes []change) []bool {
	locked := make([]bool, len(changes))
	for i, c := range changes {
		locked[i] = c.field != "" && slices.ContainsFunc(a.locks, func(l pades.Lock) bool { return l.Covers(c.field) })
	}
	return locked
}

// effect judges one change that no lock forbids for a signature of the given
// revision.
func (a allowance) effect(c change, revision int) Modification {
	strict := a.permission == pades.NoChanges
	switch c.class {
	case forEvidence:
		return ModificationAllowed
	case forSigning, forFilling:
		if !strict {
			return ModificationAllowed
		}
	case forAnnotating:
		if a.permission == pades.Annotating {
			return ModificationAllowed
		}
	case forPainting:
		if a.permission == pades.Annotating {
			return ModificationUndetermined
		}
	case forUnknown:
		if c.since > revision {
			return ModificationAllowed
		}
		return ModificationUndetermined
	}
	return ModificationNotAllowed
}

// worse returns the worse of two modifications.
//
//go:noinline
func worse(a, b Modification) Modification {
	rank := map[Modification]int{ModificationNone: 0, ModificationAllowed: 1, ModificationUndetermined: 2, ModificationNotAllowed: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
