package pades

import (
	"kyso/signature/pdf"
	"kyso/signature/small"
)

// attach makes dict the value of the place's field, and makes the field, with
// a widget on the first page or where the appearance is, when there is none.
func (p *place) attach(u *pdf.Update, dict *pdf.Dict, a *Appearance) (sig pdf.Ref, err error) {
	sig = u.Add(dict)
	var form pdf.Ref
	if len(p.spots) > 0 {
		if form, err = a.Form(u); err != nil {
			return sig, small.Errorf("draw the signature: %w", err)
		}
	}
	if p.field != nil {
		return sig, p.fill(u, sig, form, a)
	}
	return sig, p.make(u, sig, form, a)
}

// make adds a field with one widget.
func (p *place) make(u *pdf.Update, sig, form pdf.Ref, a *Appearance) error {
	where, err := p.widgetSpot()
	if err != nil {
		return err
	}
	w := pdf.MakeDict(
		pdf.Name("Type"), pdf.Name("Annot"),
		pdf.Name("Subtype"), pdf.Name("Widget"),
		pdf.Name("FT"), pdf.Name("Sig"),
		pdf.Name("T"), pdf.TextString(p.name),
		pdf.Name("V"), sig,
		pdf.Name("Rect"), pdf.Array{0, 0, 0, 0},
		pdf.Name("F"), widgetFlags,
		pdf.Name("P"), where.page.Ref)
	if p.lock != nil {
		w.Set("Lock", u.Add(p.lock.dict("SigFieldLock")))
	}
	if len(p.spots) > 0 {
		w.Set("Rect", where.rect.Array())
		where.draw(u, w, form, a)
		if where.turn != 0 {
			w.Set("MK", pdf.MakeDict(pdf.Name("R"), where.turn))
		}
	} else {
		w.Set("AP", pdf.MakeDict(pdf.Name("N"), u.Add(blank())))
	}
	widget := u.Add(w)
	if err := p.annotate(u, where.page, widget); err != nil {
		return small.Errorf("add the signature's annotation: %w", err)
	}
	return p.list(u, widget)
}

// blank is the appearance of a field that shows nothing: PDF/A-1 wants one of
// every field (ISO 19005-1, 6.9), for invisible signatures an empty one.
func blank() *pdf.Data {
	return &pdf.Data{Dict: pdf.MakeDict(
		pdf.Name("Type"), pdf.Name("XObject"),
		pdf.Name("Subtype"), pdf.Name("Form"),
		pdf.Name("BBox"), pdf.Array{0, 0, 0, 0})}
}

// widgetSpot is where a new field's widget goes: an invisible one on the first
// page, as every widget is somebody's annotation.
func (p *place) widgetSpot() (spot, error) {
	if len(p.spots) > 0 {
		return p.spots[0], nil
	}
	page, err := firstPage(p.doc)
	return spot{page: page}, err
}

// fill gives the existing field its value, and its widgets what they show. All
// else that they hold stays.
func (p *place) fill(u *pdf.Update, sig, form pdf.Ref, a *Appearance) error {
	d, err := u.Dict(p.field.Ref)
	if err != nil {
		return err
	}
	d.Set("V", sig)
	u.Set(p.field.Ref, d)
	for _, s := range p.spots {
		w, err := u.Dict(s.widget)
		if err != nil {
			return err
		}
		s.draw(u, w, form, a)
		mk, err := p.doc.Dict(w.Get("MK"))
		if err != nil {
			return err
		}
		if turn, _ := mk.Get("R").(int64); int(turn) != s.turn {
			if mk == nil {
				mk = &pdf.Dict{}
			}
			if mk = mk.Clone(); s.turn == 0 {
				mk.Delete("R")
			} else {
				mk.Set("R", s.turn)
			}
			w.Set("MK", mk)
		}
		u.Set(s.widget, w)
	}
	return p.list(u, pdf.Ref{})
}

func firstPage(doc *pdf.File) (first pdf.Page, err error) {
	found := false
	err = doc.EachPage(func(p pdf.Page) bool { first, found = p, true; return false })
	if err == nil && !found {
		err = errNoPage
	}
	return first, err
}

// annotate adds widget to the annotations of page, wherever their array stands.
// One that others use too, as templates leave it, stays theirs.
func (p *place) annotate(u *pdf.Update, page pdf.Page, widget pdf.Ref) error {
	d, err := u.Dict(page.Ref)
	if err != nil {
		return err
	}
	a, err := p.doc.Array(d.Get("Annots"))
	if err != nil {
		return err
	}
	longer := append(append(pdf.Array{}, a...), widget)
	if at, ok := d.Get("Annots").(pdf.Ref); ok && a != nil {
		if !p.shared(at.Number) {
			u.Set(at, longer)
			return nil
		}
	}
	d.Set("Annots", longer)
	u.Set(page.Ref, d)
	return nil
}

// list adds the new field, unless its Ref is zero, to the interactive form,
// and tells there that the file holds signatures and is to be appended to
// (SigFlags, ISO 32000-2, table 225). Everything else of the form stays; it
// gains no NeedAppearances, which would let readers draw it anew and which
// PDF/A forbids.
func (p *place) list(u *pdf.Update, field pdf.Ref) error {
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
		if at, ok := form.Get("Fields").(pdf.Ref); ok && fields != nil && !p.shared(at.Number) {
			u.Set(at, longer)
		} else {
			form.Set("Fields", longer)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	if indirect && !p.shared(ref.Number) {
		u.Set(ref, form)
		return nil
	}
	catalog.Set("AcroForm", form)
	u.Set(root, catalog)
	return nil
}
