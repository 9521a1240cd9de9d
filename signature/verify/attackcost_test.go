package verify_test

import (
	"bytes"
	"crypto"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// inTime judges b, which a stranger made to take long. Each of these took ten
// seconds or more, or as many hundred megabytes; the limit leaves room for slow
// machines.
func inTime(t testing.TB, name string, b []byte) {
	t.Helper()
	start := time.Now()
	r := judge(t, b)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%s: %d bytes took %v", name, len(b), took)
	}
	for _, s := range r.Signatures {
		if s.Modification == verify.ModificationNone || s.Modification == verify.ModificationAllowed {
			t.Errorf("%s: %s", name, s.Modification)
		}
	}
}

// repeated appends n revisions, each with the numbered objects, from first on,
// as the text made for them.
func repeated(t testing.TB, b []byte, n, first, count int, text func(revision int) string) []byte {
	doc := open(t, b)
	prev, size := doc.XrefOffset(), doc.Trailer().Get("Size")
	w := bytes.NewBuffer(bytes.Clone(b))
	for revision := range n {
		var rows strings.Builder
		for i := range count {
			fmt.Fprintf(&rows, "%010d 00000 n \n", w.Len())
			fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", first+i, text(revision))
		}
		at := w.Len()
		fmt.Fprintf(w, "xref\n%d %d\n%strailer\n<</Size %d/Root 35 0 R/Info 34 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", first, count, rows.String(), size, prev, at)
		prev = int64(at)
	}
	return w.Bytes()
}

// withFields adds fields to the form, and signs; lock is that of the signature.
func withFields(t testing.TB, lock *pdf.Dict, fields func(u *pdf.Update) pdf.Array) []byte {
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		acro, _ := doc.AcroForm()
		acro = acro.Clone()
		a, _ := doc.Array(acro.Get("Fields"))
		acro.Set("Fields", append(append(pdf.Array{}, a...), fields(u)...))
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", u.Add(acro)) })
		if lock != nil {
			edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) { d.Set("Lock", lock) })
		}
	})
	return sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
}

// TestFieldsInManyRevisions: fields that are no objects of their own cost in
// every revision.
func TestFieldsInManyRevisions(t *testing.T) {
	s := withFields(t, nil, func(u *pdf.Update) (a pdf.Array) {
		for i := range 90_000 {
			a = append(a, pdf.MakeDict(n("FT"), n("Tx"), n("T"), pdf.String(fmt.Sprint(i))))
		}
		return a
	})
	inTime(t, "fields", repeated(t, s, 100, 34, 1, func(r int) string { return fmt.Sprintf("<</Title(%d)>>", r) }))
}

// TestLongLock: every name of a lock is compared with every field that changes.
func TestLongLock(t *testing.T) {
	var names pdf.Array
	const count = 9_000
	for i := range count {
		names = append(names, pdf.String(fmt.Sprintf("khac%06d", i)))
	}
	first := 0
	s := withFields(t, pdf.MakeDict(n("Action"), n("Include"), n("Fields"), names), func(u *pdf.Update) (a pdf.Array) {
		for i := range count {
			r := u.Add(pdf.MakeDict(n("FT"), n("Tx"), n("T"), pdf.String(fmt.Sprintf("o%06d", i))))
			if a = append(a, r); i == 0 {
				first = r.Number
			}
		}
		return a
	})
	inTime(t, "lock", repeated(t, s, 3, first, count, func(r int) string { return fmt.Sprintf("<</FT/Tx/T(x)/V(%d)>>", r) }))
}

// TestSameAnnotationManyTimes: each time it stands there is a change.
func TestSameAnnotationManyTimes(t *testing.T) {
	var twice pdf.Ref
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		p := firstPage(t, doc)
		twice = u.Add(annotation("Text"))
		a, _ := doc.Array(p.Dict.Get("Annots"))
		a = append(pdf.Array{}, a...)
		for range 500_000 {
			a = append(a, twice)
		}
		edit(t, u, p.Ref, func(d *pdf.Dict) { d.Set("Annots", u.Add(a)) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	inTime(t, "annotations", repeated(t, s, 100, twice.Number, 1, func(r int) string { return fmt.Sprintf("<</Title(%d)>>", r) }))
}

// TestLongPaths: changes behind a long list, through which their path leads.
func TestLongPaths(t *testing.T) {
	first := 0
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		a := make(pdf.Array, 500_000)
		for i := range 250 {
			r := u.Add(pdf.Array{})
			if a = append(a, r); i == 0 {
				first = r.Number
			}
		}
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("Long", u.Add(a)) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	inTime(t, "paths", repeated(t, s, 20, first, 250, func(r int) string { return fmt.Sprint(r) }))
}

// TestManyFieldsOfOneSignature: a thousand fields have the same long signature
// for their value.
func TestManyFieldsOfOneSignature(t *testing.T) {
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		sig := u.Add(pdf.MakeDict(n("Type"), n("Sig"), n("Filter"), n("Adobe.PPKLite"), n("SubFilter"), n("ETSI.CAdES.detached"),
			n("ByteRange"), &pdf.Reserved{Length: 64, First: '[', Last: ']', Fill: ' '},
			n("Contents"), &pdf.Reserved{Length: 2 + 4<<20, First: '<', Last: '>', Fill: '0'}))
		acro, _ := doc.AcroForm()
		acro = acro.Clone()
		var fields pdf.Array
		for i := range 990 {
			fields = append(fields, u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String(fmt.Sprint(i)), n("V"), sig)))
		}
		acro.Set("Fields", fields)
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", acro) })
	})
	b = hole(t, b, stampToken(t, crypto.SHA256))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	r := judge(t, b)
	runtime.ReadMemStats(&after)
	if took, made := time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>20; took > 5*time.Second || made > 300 {
		t.Errorf("%v, and %d MB", took, made)
	}
	if len(r.Signatures) != 990 || r.Verdict != verify.TotalFailed || r.Reason.Code != "SIGNATURE_SHARED" {
		t.Errorf("%d signatures, %s %+v", len(r.Signatures), r.Verdict, r.Reason)
	}
}

// TestDrawnOften: many fields are filled in, and all show one long appearance.
func TestDrawnOften(t *testing.T) {
	first := 0
	s := withFields(t, nil, func(u *pdf.Update) (a pdf.Array) {
		for i := range 3000 {
			r := u.Add(pdf.MakeDict(n("FT"), n("Tx"), n("T"), pdf.String(fmt.Sprint(i)), n("Type"), n("Annot"), n("Subtype"), n("Widget"), n("Rect"), pdf.Array{0, 0, 180, 20}))
			if a = append(a, r); i == 0 {
				first = r.Number
			}
		}
		return a
	})
	s = update(t, s, func(doc *pdf.File, u *pdf.Update) {
		look := u.Add(stream(180, 20, strings.Repeat("q Q ", 250_000)))
		for i := range 3000 {
			edit(t, u, pdf.Ref{Number: first + i}, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(n("N"), look)) })
		}
	})
	inTime(t, "drawn", s)
}
