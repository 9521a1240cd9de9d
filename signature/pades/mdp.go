package pades

import (
	"slices"
	"strings"

	"kyso/signature/pdf"
)

// Permission is what a certification allows later revisions (ISO 32000-2,
// table 257). The zero value is no certification.
type Permission int

// The permissions of DocMDP, and of a field's Lock.
const (
	NoChanges   Permission = 1 // only evidence of validity, and document timestamps
	FormFilling Permission = 2 // and filling fields, and signing
	Annotating  Permission = 3 // and annotations
)

// Lock names the form fields that a signature closes (ISO 32000-2, 12.8.2.4).
type Lock struct {
	Action pdf.Name // All, Include or Exclude
	Fields []string
	// among holds Fields where they are many, which are asked for once for
	// each field that changed.
	among map[string]bool
}

// Covers tells whether the lock closes the field of that fully qualified name,
// or a field above it.
//
//go:noinline
func (l Lock) Covers(name string) bool {
	in := l.names(name)
	switch l.Action {
	case "All":
		return true
	case "Include":
		return in
	case "Exclude":
		return !in
	}
	// An action nobody defined may mean anything: assume the strictest.
	return true
}

// names tells whether Fields hold the name, or that of a field above it.
func (l Lock) names(name string) bool {
	if l.among == nil {
		return slices.ContainsFunc(l.Fields, func(f string) bool {
			rest, ok := strings.CutPrefix(name, f)
			return ok && (rest == "" || rest[0] == '.')
		})
	}
	for end := len(name); end >= 0; end = strings.LastIndexByte(name[:end], '.') {
		if l.among[name[:end]] {
			return true
		}
	}
	return false
}

// MDP reads what the signature dictionary d allows later revisions: p is the
// permission of its DocMDP transform, 0 for none, locks those of its FieldMDP
// transforms. A DocMDP without /P means FormFilling.
func MDP(v pdf.View, d *pdf.Dict) (p Permission, locks []Lock, err error) {
	references, err := v.Array(d.Get("Reference"))
	if err != nil {
		return 0, nil, err
	}
	for _, o := range references {
		ref, err := v.Dict(o)
		if err != nil {
			return 0, nil, err
		}
		params, err := v.Dict(ref.Get("TransformParams"))
		if err != nil {
			return 0, nil, err
		}
		method, err := v.Resolve(ref.Get("TransformMethod"))
		if err != nil {
			return 0, nil, err
		}
		switch method {
		case pdf.Name("DocMDP"):
			if p, err = permission(v, params); err != nil {
				return 0, nil, err
			}
			if p == 0 {
				p = FormFilling
			}
		case pdf.Name("FieldMDP"):
			l, err := readLock(v, params)
			if err != nil {
				return 0, nil, err
			}
			locks = append(locks, l)
		}
	}
	return p, locks, nil
}

// permission reads /P: 0 when there is none, NoChanges when it is nothing that
// is defined, since that may mean anything.
func permission(v pdf.View, d *pdf.Dict) (Permission, error) {
	o, err := v.Resolve(d.Get("P"))
	if err != nil || o == nil {
		return 0, err
	}
	if n, ok := o.(int64); ok && n >= 1 && n <= 3 {
		return Permission(n), nil
	}
	return NoChanges, nil
}

// fewFields is up to how many names a lock looks through in turn.
const fewFields = 16

// maxLocked bounds the names of one lock; each signature may have one.
const maxLocked = 10_000

func readLock(v pdf.View, d *pdf.Dict) (l Lock, err error) {
	action, err := v.Resolve(d.Get("Action"))
	if err != nil {
		return l, err
	}
	l.Action, _ = action.(pdf.Name)
	names, err := v.Array(d.Get("Fields"))
	if err != nil {
		return l, err
	}
	if len(names) > maxLocked {
		return l, &pdf.FormatError{Offset: -1, What: "a lock names too many fields"}
	}
	for _, o := range names {
		o, err := v.Resolve(o)
		if err != nil {
			return l, err
		}
		if s, ok := o.(pdf.String); ok {
			l.Fields = append(l.Fields, s.Text())
		}
	}
	if len(l.Fields) > fewFields {
		l.among = map[string]bool{}
		for _, f := range l.Fields {
			l.among[f] = true
		}
	}
	return l, nil
}

// FieldLock reads the /Lock of a signature field: the fields it closes and the
// permission it sets (ISO 32000-2), 0 for none; ok is false without a Lock.
func FieldLock(v pdf.View, field *pdf.Dict) (l Lock, p Permission, ok bool, err error) {
	d, err := v.Dict(field.Get("Lock"))
	if err != nil || d == nil {
		return l, 0, false, err
	}
	if p, err = permission(v, d); err != nil {
		return l, 0, false, err
	}
	l, err = readLock(v, d)
	return l, p, true, err
}
