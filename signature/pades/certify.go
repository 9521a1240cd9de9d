package pades

import "kyso/signature/pdf"

// dict writes the lock as the dictionary of that type: SigFieldLock in a field,
// TransformParams in a signature.
func (l *Lock) dict(kind pdf.Name) *pdf.Dict {
	action := l.Action
	switch action {
	case "All", "Include", "Exclude":
	default:
		action = "All" // as Covers reads it
	}
	d := pdf.MakeDict(pdf.Name("Type"), kind, pdf.Name("Action"), action)
	if action != "All" {
		names := make(pdf.Array, len(l.Fields))
		for i, name := range l.Fields {
			names[i] = pdf.TextString(name)
		}
		d.Set("Fields", names)
	}
	return d
}

// certify writes into the signature dictionary what it certifies and locks
// (ISO 32000-2, 12.8.2).
func (p *place) certify(dict *pdf.Dict, permission Permission) {
	var references pdf.Array
	add := func(method pdf.Name, params *pdf.Dict) *pdf.Dict {
		params.Set("V", pdf.Name("1.2"))
		r := pdf.MakeDict(pdf.Name("Type"), pdf.Name("SigRef"), pdf.Name("TransformMethod"), method, pdf.Name("TransformParams"), params)
		references = append(references, r)
		return r
	}
	if permission != 0 {
		add("DocMDP", pdf.MakeDict(pdf.Name("Type"), pdf.Name("TransformParams"), pdf.Name("P"), int(permission)))
	}
	if p.lock != nil {
		params := p.lock.dict("TransformParams")
		if p.permission != 0 {
			// The field's Lock says it, and that is what the standard has
			// readers go by. Acrobat writes it here too, and reads it here.
			params.Set("P", int(p.permission))
		}
		add("FieldMDP", params).Set("Data", p.doc.Trailer().Get("Root"))
	}
	if references != nil {
		dict.Set("Reference", references)
	}
}

// enrol makes sig the document's certification.
func (p *place) enrol(u *pdf.Update, sig pdf.Ref) error {
	root := p.doc.Trailer().Get("Root").(pdf.Ref)
	catalog, err := u.Dict(root)
	if err != nil {
		return err
	}
	old, err := p.doc.Dict(catalog.Get("Perms"))
	if err != nil {
		return err
	}
	perms := &pdf.Dict{}
	if old != nil {
		perms = old.Clone()
	}
	perms.Set("DocMDP", sig)
	if ref, ok := catalog.Get("Perms").(pdf.Ref); ok && old != nil && !p.shared(ref.Number) {
		u.Set(ref, perms)
		return nil
	}
	catalog.Set("Perms", perms)
	u.Set(root, catalog)
	return nil
}
