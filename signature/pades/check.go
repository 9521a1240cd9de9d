package pades

import (
	"errors"
	"slices"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Why a document is not signed. One that is damaged is a *pdf.FormatError, a
// demand of the field that cannot be met a *SeedError.
var (
	ErrEncrypted   = errors.New("the document is encrypted")
	ErrLocked      = errors.New("an earlier signature allows no further signature")
	ErrNoField     = errors.New("no such signature field")
	ErrFieldSigned = errors.New("the signature field is signed already")
	ErrDynamicForm = errors.New("the document is a dynamic XFA form: what it shows is not in its pages")
	ErrNotFirst    = errors.New("only the first signature of a document can certify it")
	ErrPlace       = errors.New("the signature cannot be drawn there")
)

// Check tells whether Prepare would refuse to sign doc so, without making a
// byte: nil, or one of the errors above. Of o, Certificate and Time may be
// missing, and the form and size of an Appearance; what the field demands of the
// certificate is then not looked at.
func Check(doc *pdf.File, o Options) error {
	_, err := plan(doc, &o)
	return err
}

// plan decides where the signature goes, and fills in what the field asks for
// and o leaves open. Its order is that in which a person can do something about
// it: the document, the earlier signatures, the field, the place.
func plan(doc *pdf.File, o *Options) (*place, error) {
	shared, err := sound(doc)
	if err != nil {
		return nil, err
	}
	if o.Certify < 0 || o.Certify > Annotating {
		return nil, small.Errorf("sign: %d is no permission of a certification", o.Certify)
	}
	p, taken, err := readForm(doc)
	if err != nil {
		return nil, err
	}
	p.shared = shared
	if err := p.static(); err != nil {
		return nil, err
	}
	if err := p.target(taken, o.Field); err != nil {
		return nil, err
	}
	if err := p.allowed(NoChanges); err != nil {
		return nil, err
	}
	if err := p.ownLock(o.Lock); err != nil {
		return nil, err
	}
	if err := p.meet(o); err != nil {
		return nil, err
	}
	if o.Certify != 0 {
		if err := p.first(); err != nil {
			return nil, err
		}
	}
	return p, p.situate(o.Appearance)
}

// static refuses forms whose pages are made by the reader from XFA. A signature
// would cover the page that says so, and not what a person saw.
//
// A static XFA form, whose fields stand in the AcroForm too, is signed. Acrobat
// takes the XFA part for the master: it fills such a form's own signature
// fields as the form's author meant it, and a field that we add has no
// counterpart there, so that it may be listed without being shown. Removing the
// XFA part would change what earlier signatures cover.
func (p *place) static() error {
	root, err := p.doc.Catalog()
	if err != nil {
		return err
	}
	needs, err := p.doc.Resolve(root.Get("NeedsRendering"))
	if err != nil {
		return err
	}
	form, err := p.doc.AcroForm()
	if err != nil {
		return err
	}
	xfa, err := p.doc.Resolve(form.Get("XFA"))
	if err != nil {
		return err
	}
	if needs == true || xfa != nil && len(p.fields) == 0 {
		return ErrDynamicForm
	}
	return nil
}

// first refuses to certify what bears a signature, a document timestamp even:
// the certification must be the first signed field (ISO 32000-2, 12.8.2.2).
func (p *place) first() error {
	if p.signed() {
		return ErrNotFirst
	}
	perms, err := p.perms()
	if err != nil {
		return err
	}
	if perms.Get("DocMDP") != nil {
		return ErrNotFirst
	}
	return nil
}

// signed tells whether the document has a signature, or a timestamp.
func (p *place) signed() bool {
	return slices.ContainsFunc(p.fields, func(f pdf.Field) bool { return f.Type == "Sig" && f.Value != nil })
}

func (p *place) perms() (*pdf.Dict, error) {
	root, err := p.doc.Catalog()
	if err != nil {
		return nil, err
	}
	return p.doc.Dict(root.Get("Perms"))
}

// UsageRights tells whether doc carries a usage rights signature (UR3, ISO
// 32000-1, 12.8.2.3; gone from 32000-2). It is no signature of a person and
// proves nothing here; but Adobe Reader, which it made offer more, may say after
// any update that the document was changed and offer that no longer. Callers
// may want to tell.
func UsageRights(doc *pdf.File) (bool, error) {
	perms, err := (&place{doc: doc}).perms()
	return perms.Get("UR3") != nil || perms.Get("UR") != nil, err
}
