package pades

import (
	"cmp"
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
	p, err := target(doc, o.Field)
	if err != nil {
		return nil, err
	}
	p.shared = shared
	if err := p.static(); err != nil {
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

// sound refuses what cannot be appended to so that every reader sees the same:
// encrypted documents, and those in which any object in use cannot be read
// where the cross-references say. Readers would rebuild such a file each in its
// own way, and a signature over it would mean something else to each.
//
// shared tells of an object number whether more than one place refers to it: a
// list or a dictionary that serves two must not grow for one.
func sound(doc *pdf.File) (shared func(number int) bool, err error) {
	// It refuses what cannot be appended to at all.
	if doc.Encrypted() {
		return nil, ErrEncrypted
	}
	if _, err := doc.NewUpdate(); err != nil {
		return nil, err
	}
	head := make([]byte, 5)
	if n, err := doc.ReadAt(head, 0); n < len(head) {
		return nil, small.Errorf("read the header: %w", err)
	}
	if string(head) != "%PDF-" {
		return nil, &pdf.FormatError{Offset: 0, What: "bytes stand before the header: readers count offsets differently"}
	}
	if n, stray := doc.Stray(); stray {
		at, _ := doc.Locate(n)
		return nil, &pdf.FormatError{Offset: at.Offset, What: "an object beyond the end of its revision"}
	}
	uses, err := readable(doc)
	if err != nil {
		return nil, err
	}
	// A page tree that loops is found only by going through it.
	pages, err := doc.Pages()
	if err == nil && pages == 0 {
		err = errNoPage
	}
	if err == nil {
		err = complete(doc)
	}
	return func(number int) bool { return number < len(uses) && uses[number] > 1 }, err
}

// complete refuses a file that ends before what an earlier signature covers:
// bytes appended would come to stand where the lost ones were.
func complete(doc *pdf.File) error {
	fields, err := doc.SignatureFields()
	if err != nil {
		return err
	}
	for _, f := range fields {
		d, err := doc.Dict(f.Value)
		if err != nil {
			return err
		}
		a, err := doc.Array(d.Get("ByteRange"))
		if err != nil {
			return err
		}
		for i := 1; i < len(a); i += 2 {
			at, _ := a[i-1].(int64)
			if n, _ := a[i].(int64); at > doc.Size() || n > doc.Size()-at {
				return &pdf.FormatError{Offset: -1, What: "the file ends before what an earlier signature covers"}
			}
		}
	}
	return nil
}

var errNoPage = &pdf.FormatError{Offset: -1, What: "the document has no page"}

// maxUsed bounds the objects of a document that is appended to. Text documents
// of 20 MB hold some 70,000, and package verify compares no more than these.
const maxUsed = 1_000_000

// readable reads every object in use, in the order of the file, and counts the
// references to each: none, one, or 2 for more.
func readable(doc *pdf.File) (uses []uint8, err error) {
	type used struct {
		offset int64
		ref    pdf.Ref
	}
	var all []used
	highest := 0
	seen := map[int]bool{}
	for n := doc.Revisions(); n > 0; n-- {
		for _, number := range doc.Numbers(n) {
			if seen[number] {
				continue
			}
			seen[number] = true
			if at, ok := doc.Locate(number); ok {
				all = append(all, used{at.Offset, pdf.Ref{Number: number, Generation: at.Generation}})
				highest = max(highest, number)
			}
		}
	}
	if len(all) > maxUsed {
		return nil, &pdf.FormatError{Offset: -1, What: "the document has too many objects"}
	}
	slices.SortFunc(all, func(a, b used) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.ref.Number, b.ref.Number))
	})
	uses = make([]uint8, highest+1)
	for _, u := range all {
		o, err := doc.Object(u.ref)
		if err != nil {
			return nil, err
		}
		countRefs(o, uses)
	}
	return uses, nil
}

// countRefs counts the references in o, whose depth the parser has bounded.
func countRefs(o pdf.Object, uses []uint8) {
	switch o := o.(type) {
	case pdf.Ref:
		if o.Number < len(uses) && uses[o.Number] < 2 {
			uses[o.Number]++
		}
	case pdf.Array:
		for _, e := range o {
			countRefs(e, uses)
		}
	case *pdf.Dict:
		for _, e := range o.Entries {
			countRefs(e.Value, uses)
		}
	case *pdf.Stream:
		if !o.Is("Type", "XRef") { // a trailer, one for each revision
			countRefs(o.Dict, uses)
		}
	}
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
