package pades

import (
	"strconv"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// place is the field a signature goes to, and what is drawn of it where.
type place struct {
	doc    *pdf.File
	name   string
	fields []pdf.Field // all of the form
	shared func(number int) bool
	// field is an existing empty field, nil to make one.
	field *pdf.Field
	// lock is what the signature closes, nil for nothing; own tells that the
	// field has it already, permission what that sets.
	lock       *Lock
	own        bool
	permission Permission
	// spots are where the appearance is drawn, none for an invisible signature.
	spots []spot
}

// maxNameTries is how many names beyond those taken are tried for a new field.
const maxNameTries = 10

// target finds the field to fill or the name of the one to make.
func (p *place) target(taken map[string]*pdf.Field, name string) error {
	if p.name = name; name != "" {
		return p.named(taken)
	}
	for n, tries := 1, 0; ; n++ {
		p.name = "Signature" + strconv.Itoa(n)
		if _, is := taken[p.name]; is {
			continue
		}
		// A lock may name this very field; a few others are tried.
		if tries++; p.allowed(0) == nil || tries > maxNameTries {
			return nil
		}
	}
}

// readForm reads the fields of doc. taken holds their names, and with nil those
// of the nodes at the top that hold others: a new field, which stands at the top
// too, must be called otherwise than either.
func readForm(doc *pdf.File) (p *place, taken map[string]*pdf.Field, err error) {
	fields, err := doc.Fields()
	if err != nil {
		return nil, nil, small.Errorf("read the form's fields: %w", err)
	}
	taken = map[string]*pdf.Field{}
	for i := range fields {
		if f := &fields[i]; taken[f.Name] == nil {
			taken[f.Name] = f
		}
		if top, _, below := strings.Cut(fields[i].Name, "."); below && taken[top] == nil {
			taken[top] = nil
		}
	}
	return &place{doc: doc, fields: fields}, taken, nil
}

// named takes the field p.name, or makes sure that it can be made.
func (p *place) named(taken map[string]*pdf.Field) error {
	f, exists := taken[p.name]
	switch {
	case !exists && strings.Contains(p.name, "."):
		return small.Errorf("%w: %q, and a new field's name holds no full stop", ErrNoField, p.name)
	case !exists:
		return nil
	case f == nil || f.Type != "Sig" || f.Ref.Number == 0:
		return small.Errorf("%w: %q is a field of another kind", ErrNoField, p.name)
	case f.Value != nil:
		return small.Errorf("%w: %q", ErrFieldSigned, p.name)
	}
	p.field = f
	return nil
}

// allowed asks the earlier signatures for leave: none may forbid by a
// permission of at most forbids, nor by a lock of the field.
func (p *place) allowed(forbids Permission) error {
	check := func(permission Permission, locks []Lock) error {
		if permission != 0 && permission <= forbids {
			return ErrLocked
		}
		for _, l := range locks {
			if l.Covers(p.name) {
				return small.Errorf("%w: the field %q is locked", ErrLocked, p.name)
			}
		}
		return nil
	}
	perms, err := p.perms()
	if err != nil {
		return err
	}
	signed := []pdf.Object{perms.Get("DocMDP")}
	for _, f := range p.fields {
		if f.Type != "Sig" || f.Value == nil {
			continue
		}
		signed = append(signed, f.Value)
		l, permission, ok, err := FieldLock(p.doc.View, f.Dict)
		if err != nil {
			return err
		}
		if ok {
			if err := check(permission, []Lock{l}); err != nil {
				return err
			}
		}
	}
	for _, o := range signed {
		d, err := p.doc.Dict(o)
		if err != nil {
			return err
		}
		permission, locks, err := MDP(p.doc.View, d)
		if err != nil {
			return err
		}
		if err := check(permission, locks); err != nil {
			return err
		}
	}
	return nil
}

// ownLock reads what signing the field closes: its own /Lock, else asked.
func (p *place) ownLock(asked *Lock) error {
	p.lock = asked
	if p.field == nil {
		return nil
	}
	l, permission, ok, err := FieldLock(p.doc.View, p.field.Dict)
	if err != nil {
		return err
	}
	if ok {
		p.lock, p.own, p.permission = &l, true, permission
	}
	return nil
}
