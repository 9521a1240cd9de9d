package verify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// The attacks of this file change what viewers show after signing. Each passed
// once, or made viewers disagree. The demo's letter has its page in object 3,
// its content in 4, its information in 34 and its catalog in 35.

// judgeAttack judges b, whose first signature must be sound by itself: an
// attack that fails for another reason tests nothing.
func judgeAttack(t testing.TB, name string, b []byte) *verify.Report {
	t.Helper()
	r := judge(t, b)
	if len(r.Signatures) == 0 || !r.Signatures[0].Valid {
		t.Fatalf("%s: the first signature is not valid: %v", name, r.Reason)
	}
	return r
}

// refused checks that b does not pass.
func refused(t testing.TB, name string, b []byte) {
	t.Helper()
	if r := judgeAttack(t, name, b); r.Verdict == verify.TotalPassed {
		t.Errorf("%s: passed, %s %v", name, r.Signatures[0].Modification, r.Signatures[0].Changes)
	}
}

// changedAfter checks that what follows the first signature of b is not called
// harmless, and so that b does not pass.
func changedAfter(t testing.TB, name string, b []byte) {
	t.Helper()
	r := judgeAttack(t, name, b)
	s := r.Signatures[0]
	if s.Modification == verify.ModificationNone || s.Modification == verify.ModificationAllowed || r.Verdict == verify.TotalPassed {
		t.Errorf("%s: %s, %s %v", name, r.Verdict, s.Modification, s.Changes)
	}
}

// forged is page content that shows one line with a font the page already has.
func forged(t testing.TB, doc *pdf.File) []byte {
	res, _ := doc.Dict(firstPage(t, doc).Dict.Get("Resources"))
	fonts, _ := doc.Dict(res.Get("Font"))
	var h strings.Builder
	for _, r := range "FORGED" {
		fmt.Fprintf(&h, "%04X", r)
	}
	return []byte("BT /" + string(fonts.Entries[0].Key) + " 40 Tf 60 600 Td <" + h.String() + "> Tj ET\n1 0 0 rg 60 400 300 100 re f\n")
}

func signedFields(t testing.TB) []byte {
	return sign(t, document(t, documents.LetterWithFields), world().Persons[0], pades.Options{Field: documents.PersonField})
}

func signedLetter(t testing.TB) []byte {
	return sign(t, document(t, documents.Letter), world().Persons[0], pades.Options{})
}

func contents(t testing.TB, doc *pdf.File) pdf.Ref {
	return firstPage(t, doc).Dict.Get("Contents").(pdf.Ref)
}

func addField(t testing.TB, s []byte, mk func(doc *pdf.File, u *pdf.Update, d *pdf.Dict)) []byte {
	return update(t, s, func(doc *pdf.File, u *pdf.Update) {
		page := firstPage(t, doc)
		w := pdf.MakeDict(pdf.Name("Type"), pdf.Name("Annot"), pdf.Name("Subtype"), pdf.Name("Widget"), pdf.Name("FT"), pdf.Name("Sig"), pdf.Name("T"), pdf.String("x1"), pdf.Name("F"), 4,
			pdf.Name("Rect"), pdf.Array{20, 20, 575, 820}, pdf.Name("P"), page.Ref)
		mk(doc, u, w)
		ref := u.Add(w)
		edit(t, u, page.Ref, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			d.Set("Annots", append(append(pdf.Array{}, a...), ref))
		})
		form, _ := doc.AcroForm()
		root, _ := doc.Catalog()
		f := form.Clone()
		a, _ := doc.Array(f.Get("Fields"))
		f.Set("Fields", append(append(pdf.Array{}, a...), ref))
		if r, ok := root.Get("AcroForm").(pdf.Ref); ok {
			u.Set(r, f)
		} else {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", f) })
		}
	})
}

func ap(u *pdf.Update) pdf.Ref {
	font := pdf.MakeDict(pdf.Name("Type"), pdf.Name("Font"), pdf.Name("Subtype"), pdf.Name("Type1"), pdf.Name("BaseFont"), pdf.Name("Helvetica"))
	return u.Add(&pdf.Data{Dict: pdf.MakeDict(pdf.Name("Type"), pdf.Name("XObject"), pdf.Name("Subtype"), pdf.Name("Form"), pdf.Name("BBox"), pdf.Array{0, 0, 555, 800},
		pdf.Name("Resources"), pdf.MakeDict(pdf.Name("Font"), pdf.MakeDict(pdf.Name("H"), font))),
		Bytes: []byte("1 1 1 rg 0 0 555 800 re f 1 0 0 rg BT /H 40 Tf 40 400 Td (FORGED SEAL) Tj ET")})
}

// TestInfoOverContents: the later trailer's /Info names the page's content stream.
func TestInfoOverContents(t *testing.T) {
	s := signedLetter(t)
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(contents(t, doc), &pdf.Data{Dict: &pdf.Dict{}, Bytes: forged(t, doc)})
	})
	i := bytes.LastIndex(b, []byte("/Info 34 0 R"))
	copy(b[i:], "/Info 4 0 R ")
	changedAfter(t, "a1", b)
}

// TestMetadataOverContents: the later /Metadata is the page's content stream.
func TestMetadataOverContents(t *testing.T) {
	s := signedLetter(t)
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(contents(t, doc), &pdf.Data{Dict: pdf.MakeDict(pdf.Name("Type"), pdf.Name("Metadata"), pdf.Name("Subtype"), pdf.Name("XML")), Bytes: append([]byte("% http://www.w3.org/1999/02/22-rdf-syntax-ns#\n"), forged(t, doc)...)})
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("Metadata", contents(t, doc)) })
	})
	changedAfter(t, "a2", b)
}

// TestDSSOverContents: /DSS is the page's content stream.
func TestDSSOverContents(t *testing.T) {
	s := signedLetter(t)
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(contents(t, doc), &pdf.Data{Dict: &pdf.Dict{}, Bytes: forged(t, doc)})
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", contents(t, doc)) })
	})
	changedAfter(t, "a3", b)
}

// TestVRIOverContents: a VRI entry is the page's content stream.
func TestVRIOverContents(t *testing.T) {
	s := signedLetter(t)
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(contents(t, doc), &pdf.Data{Dict: &pdf.Dict{}, Bytes: forged(t, doc)})
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			d.Set("DSS", u.Add(pdf.MakeDict(pdf.Name("VRI"), pdf.MakeDict(pdf.Name("ABCD"), contents(t, doc)))))
		})
	})
	changedAfter(t, "a4", b)
}

// TestCertsOverContents: the page's indirect array of contents becomes /Certs.
func TestCertsOverContents(t *testing.T) {
	var arr pdf.Ref
	p := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) {
		arr = u.Add(pdf.Array{contents(t, doc)})
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Contents", arr) })
	})
	s := sign(t, p, world().Persons[0], pades.Options{})
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(arr, pdf.Array{u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: forged(t, doc)})})
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", u.Add(pdf.MakeDict(pdf.Name("Certs"), arr))) })
	})
	changedAfter(t, "a5", b)
}

// TestFieldThatIsAnAnnotation: a "signature field" that paints over the page as
// another kind of annotation, or by a key that some readers cut short.
func TestFieldThatIsAnAnnotation(t *testing.T) {
	for name, change := range map[string]func(u *pdf.Update, d *pdf.Dict){
		"free text": func(u *pdf.Update, d *pdf.Dict) {
			d.Set("Subtype", pdf.Name("FreeText"))
			d.Set("Contents", pdf.String("FORGED TEXT"))
		},
		"square": func(u *pdf.Update, d *pdf.Dict) {
			d.Set("Subtype", pdf.Name("Square"))
			d.Set("IC", pdf.Array{1, 1, 1})
		},
		"key with a null byte": func(u *pdf.Update, d *pdf.Dict) { d.Set("AP\x00", pdf.MakeDict(pdf.Name("N"), ap(u))) },
		"action":               func(u *pdf.Update, d *pdf.Dict) { d.Set("A", pdf.MakeDict(pdf.Name("S"), pdf.Name("JavaScript"))) },
	} {
		b := addField(t, signedFields(t), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
			d.Set("Rect", pdf.Array{100, 100, 200, 200})
			change(u, d)
		})
		if s := judgeAttack(t, name, b).Signatures[0]; s.Modification != verify.ModificationNotAllowed {
			t.Errorf("%s: %s %v", name, s.Modification, s.Changes)
		}
	}
	// A widget without a signature is no such thing, but shows something too.
	changedAfter(t, "background", addField(t, signedFields(t), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("Rect", pdf.Array{100, 100, 200, 200})
		d.Set("MK", pdf.MakeDict(pdf.Name("BG"), pdf.Array{1, 1, 1}))
	}))
}

// TestAppearanceOfEmptyField: only what an empty signature field shows changes.
func TestAppearanceOfEmptyField(t *testing.T) {
	b := update(t, signedFields(t), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 37}, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u))) })
	})
	changedAfter(t, "b2", b)
}

// TestNumberTwiceInObjectStream: readers differ in which of two objects of one number they take.
func TestNumberTwiceInObjectStream(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	page := firstPage(t, doc)
	var pageText bytes.Buffer
	pageText.WriteString("<</Type/Page/Parent 1 0 R/Resources 2 0 R/Group<</Type/Group/S/Transparency/CS/DeviceRGB>>/Contents 4 0 R/Annots[")
	for _, a := range page.Dict.Get("Annots").(pdf.Array) {
		r := a.(pdf.Ref)
		fmt.Fprintf(&pageText, "%d %d R ", r.Number, r.Generation)
	}
	pageText.WriteString("]>>")
	good := pageText.String()
	size := int(doc.Trailer().Get("Size").(int64))
	evil := strings.Replace(good, "/Contents 4 0 R", fmt.Sprintf("/Contents %d 0 R", size), 1)
	var w bytes.Buffer
	w.Write(s)
	w.WriteString("\n")
	offs := map[int]int{}
	obj := func(n int, body string) { offs[n] = w.Len(); fmt.Fprintf(&w, "%d 0 obj\n%s\nendobj\n", n, body) }
	f := string(forged(t, doc))
	obj(size, fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(f), f))
	obj(size+1, fmt.Sprintf("<</Certs[%d 0 R]>>", size))
	root, _ := doc.Catalog()
	form, _ := root.Get("AcroForm").(pdf.Ref)
	obj(35, fmt.Sprintf("<</AcroForm %d 0 R/Lang(vi-VN)/Names<</EmbeddedFiles<</Names[]>>>>/Pages 1 0 R/Type/Catalog/DSS %d 0 R>>", form.Number, size+1))
	head := fmt.Sprintf("3 0 3 %d ", len(good)+1)
	body := head + good + "\n" + evil
	obj(size+2, fmt.Sprintf("<</Type/ObjStm/N 2/First %d/Length %d>>\nstream\n%s\nendstream", len(head), len(body), body))
	at := w.Len()
	row := func(t, a, b int) string {
		return string([]byte{byte(t), byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b)})
	}
	data := row(2, size+2, 1) + row(1, offs[35], 0) + row(1, offs[size], 0) + row(1, offs[size+1], 0) + row(1, offs[size+2], 0) + row(1, at, 0)
	fmt.Fprintf(&w, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[3 1 35 1 %d 4]/Size %d/Root 35 0 R/Info 34 0 R/Prev %d/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", size+3, size, size+4, doc.XrefOffset(), len(data), data, at)
	changedAfter(t, "c1", w.Bytes())
}

// TestShadowObject: an unlisted object, and a startxref that makes readers rebuild.
func TestShadowObject(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	var w bytes.Buffer
	w.Write(s)
	f := string(forged(t, doc))
	fmt.Fprintf(&w, "\n4 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n", len(f), f)
	at := w.Len()
	fmt.Fprintf(&w, "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size %d/Root 35 0 R/Info 34 0 R/Prev %d>>\nstartxref\n%%\n%d\n%%%%EOF\n", doc.Trailer().Get("Size"), doc.XrefOffset(), at)
	changedAfter(t, "d1", w.Bytes())
}

// TestXRefStmInStream: XRefStm in the trailer of a cross-reference stream, which some readers follow.
func TestXRefStmInStream(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	size := int(doc.Trailer().Get("Size").(int64))
	var w bytes.Buffer
	w.Write(s)
	w.WriteString("\n")
	f := string(forged(t, doc))
	evil := w.Len()
	fmt.Fprintf(&w, "4 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n", len(f), f)
	row := func(t, a, b int) string {
		return string([]byte{byte(t), byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b)})
	}
	hid := w.Len()
	data := row(1, evil, 0)
	fmt.Fprintf(&w, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[4 1]/Size %d/Root 35 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\n", size+1, size+2, len(data), data)
	at := w.Len()
	data = row(1, at, 0)
	fmt.Fprintf(&w, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%d 1]/Size %d/Root 35 0 R/Info 34 0 R/Prev %d/XRefStm %d/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", size, size, size+2, doc.XrefOffset(), hid, len(data), data, at)
	changedAfter(t, "d2", w.Bytes())
}

// TestSizeShrinks: /Size shrinks, so that readers drop objects or rebuild.
func TestSizeShrinks(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	var w bytes.Buffer
	w.Write(s)
	at := w.Len()
	fmt.Fprintf(&w, "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 4/Root 35 0 R/Info 34 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", doc.XrefOffset(), at)
	changedAfter(t, "d3", w.Bytes())
}

// TestHybridUpdate: a hybrid update that readers resolve differently.
func TestHybridUpdate(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	size := int(doc.Trailer().Get("Size").(int64))
	var w bytes.Buffer
	w.Write(s)
	w.WriteString("\n")
	l, _ := doc.Locate(4)
	f := string(forged(t, doc))
	evil := w.Len()
	fmt.Fprintf(&w, "4 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n", len(f), f)
	row := func(t, a, b int) string {
		return string([]byte{byte(t), byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b)})
	}
	for i, c := range []struct {
		table  string
		hidden int
	}{{"0000000000 00001 f", int(l.Offset)}, {fmt.Sprintf("%010d 00000 n", l.Offset), evil}} {
		var v bytes.Buffer
		v.Write(w.Bytes())
		hid := v.Len()
		data := row(1, c.hidden, 0)
		fmt.Fprintf(&v, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[4 1]/Size %d/Root 35 0 R/Length %d>>\nstream\n%s\nendstream\nendobj\n", size+1, size+2, len(data), data)
		at := v.Len()
		fmt.Fprintf(&v, "xref\n0 1\n0000000000 65535 f \n4 1\n%s \ntrailer\n<</Size %d/Root 35 0 R/Info 34 0 R/Prev %d/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n", c.table, size, doc.XrefOffset(), hid, at)
		refused(t, fmt.Sprintf("d4-%d", i), v.Bytes())
	}
}
