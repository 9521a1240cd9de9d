package pades

import (
	"cmp"
	"slices"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

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
