package pdf

import "kyso/signature/small"

// maxFields bounds the form's fields; forms of many pages hold thousands.
const maxFields = 100_000

// Field is a terminal form field.
type Field struct {
	// Name is fully qualified: the partial names from the root, joined by
	// full stops (12.7.4.2).
	Name string
	// Ref is the field's object, the zero Ref when it stands directly in its
	// parent's array.
	Ref  Ref
	Dict *Dict
	// Type is FT, inherited where the field has none.
	Type Name
	// Value is V, inherited likewise, unresolved.
	Value Object
	// Widgets are the field's annotations: itself, or those of its kids that
	// have no name of their own.
	Widgets []Ref
}

// AcroForm is the interactive form dictionary, nil when there is none.
func (v View) AcroForm() (*Dict, error) {
	root, err := v.Catalog()
	if err != nil {
		return nil, err
	}
	return v.Dict(root.Get("AcroForm"))
}

// Fields lists the form's terminal fields in order. A field tree that loops,
// is too deep or too large is a *FormatError.
func (v View) Fields() ([]Field, error) {
	form, err := v.AcroForm()
	if err != nil || form == nil {
		return nil, err
	}
	w := fieldWalk{v: v, seen: map[int]bool{}}
	fields, err := v.Array(form.Get("Fields"))
	if err != nil {
		return nil, err
	}
	for _, o := range fields {
		if err := w.node(o, Field{}, 0); err != nil {
			return nil, err
		}
	}
	return w.found, nil
}

type fieldWalk struct {
	v     View
	seen  map[int]bool
	nodes int
	found []Field
}

// node visits the field o whose parent is up.
func (w *fieldWalk) node(o Object, up Field, depth int) error {
	ref, _ := o.(Ref)
	if w.nodes++; depth > maxDepth || w.nodes > maxFields || ref.Number != 0 && w.seen[ref.Number] {
		return &FormatError{-1, "the form's fields loop or are too many"}
	}
	w.seen[ref.Number] = true
	d, err := w.v.Dict(o)
	if err != nil || d == nil {
		return err
	}
	f := Field{Name: up.Name, Ref: ref, Dict: d, Type: up.Type, Value: up.Value}
	t, err := w.v.Resolve(d.Get("T"))
	if err != nil {
		return err
	}
	if t, ok := t.(String); ok {
		if f.Name != "" {
			f.Name += "."
		}
		if f.Name += t.Text(); len(f.Name) > maxName {
			return &FormatError{-1, "a field's name is too long"}
		}
	}
	ft, err := w.v.Resolve(d.Get("FT"))
	if err != nil {
		return err
	}
	if ft, ok := ft.(Name); ok {
		f.Type = ft
	}
	if e := d.Entry("V"); e != nil {
		f.Value = e.Value
	}
	kids, err := w.v.Array(d.Get("Kids"))
	if err != nil {
		return err
	}
	named := 0
	// Kids that are no fields of their own cost a look each as well.
	if w.nodes += len(kids); w.nodes > maxFields {
		return &FormatError{-1, "the form's fields loop or are too many"}
	}
	for _, k := range kids {
		kid, err := w.v.Dict(k)
		if err != nil {
			return err
		}
		if kid == nil {
			continue
		}
		if kid.Get("T") != nil {
			named++
			if err := w.node(k, f, depth+1); err != nil {
				return err
			}
		} else if r, ok := k.(Ref); ok {
			f.Widgets = append(f.Widgets, r)
		}
	}
	if named > 0 {
		return nil
	}
	if len(kids) == 0 && ref.Number != 0 {
		f.Widgets = []Ref{ref}
	}
	w.found = append(w.found, f)
	return nil
}

// SignatureFields lists the fields of type Sig.
func (v View) SignatureFields() ([]Field, error) {
	all, err := v.Fields()
	if err != nil {
		return nil, small.Errorf("read the form's fields: %w", err)
	}
	var out []Field
	for _, f := range all {
		if f.Type == "Sig" {
			out = append(out, f)
		}
	}
	return out, nil
}
