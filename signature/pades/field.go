package pades

import (
	"kyso/signature/pdf"
	"kyso/signature/small"
)

// attach makes dict the value of the place's field, and makes the field with
// an invisible widget on the first page when there is none.
func (p *place) attach(u *pdf.Update, dict *pdf.Dict) error {
	sig := u.Add(dict)
	if p.field != nil {
		d, err := u.Dict(p.field.Ref)
		if err != nil {
			return err
		}
		d.Set("V", sig)
		u.Set(p.field.Ref, d)
		return p.form(u, pdf.Ref{})
	}
	page, err := firstPage(p.doc)
	if err != nil {
		return err
	}
	widget := u.Add(pdf.MakeDict(
		pdf.Name("Type"), pdf.Name("Annot"),
		pdf.Name("Subtype"), pdf.Name("Widget"),
		pdf.Name("FT"), pdf.Name("Sig"),
		pdf.Name("T"), pdf.TextString(p.name),
		pdf.Name("V"), sig,
		pdf.Name("Rect"), pdf.Array{0, 0, 0, 0},
		// Print and Locked: PDF/A wants the first, and nobody should move it.
		pdf.Name("F"), 132,
		pdf.Name("P"), page.Ref))
	if err := appendTo(p.doc, u, page.Ref, "Annots", widget); err != nil {
		return small.Errorf("add the signature's annotation: %w", err)
	}
	return p.form(u, widget)
}

func firstPage(doc *pdf.File) (first pdf.Page, err error) {
	found := false
	err = doc.EachPage(func(p pdf.Page) bool { first, found = p, true; return false })
	if err == nil && !found {
		err = &pdf.FormatError{Offset: -1, What: "the document has no page"}
	}
	return first, err
}

// appendTo appends ref to the array at key of the dictionary owner, wherever
// that array stands.
func appendTo(doc *pdf.File, u *pdf.Update, owner pdf.Ref, key pdf.Name, ref pdf.Ref) error {
	d, err := u.Dict(owner)
	if err != nil {
		return err
	}
	a, err := doc.Array(d.Get(key))
	if err != nil {
		return err
	}
	longer := append(append(pdf.Array{}, a...), ref)
	if at, ok := d.Get(key).(pdf.Ref); ok && a != nil {
		u.Set(at, longer)
		return nil
	}
	d.Set(key, longer)
	u.Set(owner, d)
	return nil
}

// form lists the new field, unless its Ref is zero, in the interactive form,
// and tells that the file holds signatures and is to be appended to
// (SigFlags, ISO 32000-2, table 225). Everything else of the form stays.
func (p *place) form(u *pdf.Update, field pdf.Ref) error {
	root := p.doc.Trailer().Get("Root").(pdf.Ref)
	catalog, err := u.Dict(root)
	if err != nil {
		return err
	}
	old, err := p.doc.Dict(catalog.Get("AcroForm"))
	if err != nil {
		return err
	}
	ref, indirect := catalog.Get("AcroForm").(pdf.Ref)
	form := &pdf.Dict{}
	switch {
	case old == nil:
		ref, indirect = u.Add(form), true
		catalog.Set("AcroForm", ref)
		u.Set(root, catalog)
	default:
		form = old.Clone()
	}
	flags, _ := form.Get("SigFlags").(int64)
	changed := flags&3 != 3
	if changed {
		form.Set("SigFlags", flags|3)
	}
	if field.Number != 0 {
		fields, err := p.doc.Array(form.Get("Fields"))
		if err != nil {
			return err
		}
		longer := append(append(pdf.Array{}, fields...), field)
		if at, ok := form.Get("Fields").(pdf.Ref); ok && fields != nil {
			u.Set(at, longer)
		} else {
			form.Set("Fields", longer)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	if indirect {
		u.Set(ref, form)
		return nil
	}
	catalog.Set("AcroForm", form)
	u.Set(root, catalog)
	return nil
}
