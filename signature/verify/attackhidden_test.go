package verify_test

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"fmt"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// row is an entry of a cross-reference stream with /W [1 4 1].
func row(kind, a, b int) string {
	return string([]byte{byte(kind), byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b)})
}

// xrefUpdate appends the objects given as text, in the order of ids, and a
// cross-reference stream, object self, with rows for index.
func xrefUpdate(t testing.TB, b []byte, self int, ids []int, texts map[int]string, index string, rows func(at map[int]int) string) []byte {
	doc := open(t, b)
	var w bytes.Buffer
	w.Write(b)
	w.WriteString("\n")
	at := map[int]int{}
	for _, id := range ids {
		at[id] = w.Len()
		fmt.Fprintf(&w, "%d 0 obj\n%s\nendobj\n", id, texts[id])
	}
	at[self] = w.Len()
	data := rows(at)
	size := max(self+1, int(doc.Trailer().Get("Size").(int64)))
	fmt.Fprintf(&w, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%s]/Size %d/Root 35 0 R/Info 34 0 R/Prev %d/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		self, index, size, doc.XrefOffset(), len(data), data, at[self])
	return w.Bytes()
}

func streamText(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// TestContainerReplaced: the object stream that holds the list of a page's
// contents is freed, and another takes its number.
func TestContainerReplaced(t *testing.T) {
	b := document(t, documents.Letter)
	doc := open(t, b)
	list := int(doc.Trailer().Get("Size").(int64))
	page := firstPage(t, doc)
	container, self := list+1, list+2
	objStm := func(body string) string {
		head := fmt.Sprintf("%d 0 ", list)
		return streamText(fmt.Sprintf("/Type/ObjStm/N 1/First %d", len(head)), head+body)
	}
	b = xrefUpdate(t, b, self, []int{container}, map[int]string{container: objStm("[4 0 R]")}, fmt.Sprintf("%d 3", list),
		func(at map[int]int) string {
			return row(2, container, 0) + row(1, at[container], 0) + row(1, at[self], 0)
		})
	b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, page.Ref, func(d *pdf.Dict) { d.Set("Contents", pdf.Ref{Number: list}) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{})
	next := int(open(t, s).Trailer().Get("Size").(int64))
	freed := xrefUpdate(t, s, next, nil, nil, fmt.Sprintf("%d 1 %d 1", container, next),
		func(at map[int]int) string { return row(0, 0, 0) + row(1, at[next], 0) })
	check(t, "freed", freed, notAllowed, "REMOVED")

	// Evidence that nothing lists may stay, and a reader draws it all the same.
	evil := string(forged(t, doc)) + strings.Repeat(" ", 300)
	evil = "\x30\x82" + string([]byte{byte((len(evil) + 1) >> 8), byte(len(evil) + 1)}) + "\n" + evil
	again := xrefUpdate(t, freed, next+2, []int{container, next + 1}, map[int]string{container: objStm(fmt.Sprintf("[%d 0 R]", next+1)), next + 1: streamText("", evil)},
		fmt.Sprintf("%d 1 %d 2", container, next+1),
		func(at map[int]int) string {
			return row(1, at[container], 0) + row(1, at[next+1], 0) + row(1, at[next+2], 0)
		})
	changedAfter(t, "replaced", again)
	check(t, "replaced", again, notAllowed, "LATENT")
}

// TestManyWidgets: one signature whose stamps together cover the page.
func TestManyWidgets(t *testing.T) {
	b := update(t, signedFields(t), func(doc *pdf.File, u *pdf.Update) {
		page := firstPage(t, doc)
		field := u.Add(nil)
		var kids pdf.Array
		for y := 0; y < 800; y += 100 {
			kids = append(kids, u.Add(pdf.MakeDict(n("Type"), n("Annot"), n("Subtype"), n("Widget"), n("Rect"), pdf.Array{0, y, 595, y + 100},
				n("P"), page.Ref, n("F"), 4, n("Parent"), field, n("AP"), pdf.MakeDict(n("N"), ap(u)))))
		}
		u.Set(field, pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("Nhieu"), n("Kids"), kids, n("V"), u.Add(sigDict("ETSI.CAdES.detached"))))
		acro, _ := doc.AcroForm()
		acro = acro.Clone()
		a, _ := doc.Array(acro.Get("Fields"))
		acro.Set("Fields", append(append(pdf.Array{}, a...), field))
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", acro) })
		annots, _ := doc.Array(page.Dict.Get("Annots"))
		edit(t, u, page.Ref, func(d *pdf.Dict) { d.Set("Annots", append(append(pdf.Array{}, annots...), kids...)) })
	})
	check(t, "widgets", hole(t, b, stampToken(t, crypto.SHA256)), undetermined, "LARGE_STAMP")
}

// TestTimestampThatPaints: an empty visible field is filled with a timestamp,
// which anybody can get, and shows something then.
func TestTimestampThatPaints(t *testing.T) {
	b := update(t, certifyP1(t), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 37}, func(d *pdf.Dict) {
			d.Set("V", u.Add(sigDict("ETSI.RFC3161")))
			d.Set("AP", pdf.MakeDict(n("N"), ap(u)))
		})
	})
	changedAfter(t, "paints", hole(t, b, stampToken(t, crypto.SHA256)))
	b = update(t, signedFields(t), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 37}, func(d *pdf.Dict) {
			d.Set("V", u.Add(sigDict("ETSI.RFC3161")))
			d.Set("AP", pdf.MakeDict(n("N"), ap(u)))
		})
	})
	changedAfter(t, "paints without a certification", hole(t, b, stampToken(t, crypto.SHA256)))
}

// TestStatesInPlace: what a button's states look like is written over in place.
func TestStatesInPlace(t *testing.T) {
	mark := func(content string) *pdf.Data {
		return stream(20, 20, content)
	}
	b, f := unsignedForm(t, nil)
	var states pdf.Ref
	b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
		states = u.Add(pdf.MakeDict(n("Yes"), u.Add(mark("0 0 m 20 20 l S")), n("Off"), u.Add(mark(""))))
		edit(t, u, f.box, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(n("N"), states)) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	check(t, "off looks like on", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(states, pdf.MakeDict(n("Yes"), u.Add(mark("")), n("Off"), u.Add(mark("0 0 m 20 20 l S"))))
	}), undetermined, "APPEARANCE_REPLACED")
	check(t, "on looks like off", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(states, pdf.MakeDict(n("Yes"), u.Add(mark("")), n("Off"), u.Add(mark(""))))
		edit(t, u, f.box, func(d *pdf.Dict) { d.Set("V", n("Yes")); d.Set("AS", n("Yes")) })
	}), undetermined, "APPEARANCE_REPLACED")
}

// TestFontOfThePage: readers that find no font in an appearance look for it in
// different places.
func TestFontOfThePage(t *testing.T) {
	b, f := unsignedForm(t, nil)
	odd := pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Helvetica"), n("Encoding"), pdf.MakeDict(n("Differences"), pdf.Array{49, n("nine")}))
	b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.page, func(d *pdf.Dict) {
			r, _ := doc.Dict(d.Get("Resources"))
			r = r.Clone()
			fonts, _ := doc.Dict(r.Get("Font"))
			fonts = fonts.Clone()
			fonts.Set("Helv", odd)
			r.Set("Font", fonts)
			d.Set("Resources", r)
		})
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	check(t, "the page has another", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		fillText(t, u, f.text, "100", stream(180, 20, shows("100")))
	}), undetermined, "APPEARANCE_UNREAD")
	font := func(name string) pdf.Object {
		return pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n(name))))
	}
	check(t, "a family whose name says more", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		fillText(t, u, f.text, "abc", stream(180, 20, shows("abc"), n("Resources"), font("TimesSymbol")))
	}), undetermined, "APPEARANCE_UNREAD")
}

// TestHiddenPredictor: whether data went through a predictor stands in an
// object of its own, which this package does not look for and readers do.
func TestHiddenPredictor(t *testing.T) {
	s, f := signedForm(t, nil)
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write([]byte(shows("100")))
	zw.Close()
	check(t, "predictor", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		fillText(t, u, f.text, "100", stream(180, 20, z.String(), n("Filter"), n("FlateDecode"),
			n("DecodeParms"), pdf.MakeDict(n("Predictor"), u.Add(12), n("Columns"), 10)))
	}), undetermined, "APPEARANCE_UNREAD")
}

// TestOpaqueHighlights: highlights that only seem to multiply.
func TestOpaqueHighlights(t *testing.T) {
	signed, _ := signedForm(t, lockAll(3))
	quad := pdf.Array{100, 430, 130, 430, 100, 400, 130, 400}
	states := func(more ...pdf.Object) *pdf.Dict {
		d := pdf.MakeDict(n("BM"), n("Multiply"))
		for i := 0; i < len(more); i += 2 {
			d.Set(more[i].(pdf.Name), more[i+1])
		}
		return pdf.MakeDict(n("ExtGState"), pdf.MakeDict(n("G"), d))
	}
	for _, c := range []struct {
		name    string
		content string
		more    []pdf.Object
	}{
		{"a state that is not there", "/X gs 1 1 1 rg 0 0 30 30 re f", []pdf.Object{n("Resources"), states()}},
		{"an isolated group", "/G gs 1 1 1 rg 0 0 30 30 re f", []pdf.Object{n("Resources"), states(), n("Group"), pdf.MakeDict(n("S"), n("Transparency"), n("I"), true)}},
		{"a transfer function", "/G gs 1 1 1 rg 0 0 30 30 re f", []pdf.Object{n("Resources"), states(n("TR"), pdf.MakeDict(n("FunctionType"), 2, n("N"), 1, n("Domain"), pdf.Array{0, 1}, n("C0"), pdf.Array{1}, n("C1"), pdf.Array{0}))}},
	} {
		check(t, c.name, update(t, signed, func(doc *pdf.File, u *pdf.Update) {
			addAnnotation(t, doc, u, annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"), u.Add(stream(30, 30, c.content, c.more...)))))
		}), undetermined, "ANNOTATION")
	}
}

// TestCutOffLetters: of the digits only the lower part is shown, by which 7 and
// 1 look alike.
func TestCutOffLetters(t *testing.T) {
	s, f := signedForm(t, nil)
	check(t, "cut off", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		fillText(t, u, f.text, "7", stream(180, 20, "q 0 0 180 9 re W n BT /Helv 10 Tf 0 g 2 5 Td (7) Tj ET Q"))
	}), undetermined, "APPEARANCE_UNREAD")
}

// TestFontNamedElsewhere: the font that a field's text is drawn in stands in
// the form, or in a node above, and gets its meaning after signing.
func TestFontNamedElsewhere(t *testing.T) {
	for _, c := range []struct {
		name  string
		field func(d *pdf.Dict)
		form  func(d *pdf.Dict)
		want  string
	}{
		{"in the form", func(d *pdf.Dict) { d.Delete("DA") }, func(d *pdf.Dict) { d.Set("DA", pdf.String("/Neu 10 Tf 0 g")) }, "FORM_RESOURCES"},
		{"in other letters", func(d *pdf.Dict) { d.Set("DA", pdf.String("/#4eeu 10 Tf 0 g")) }, func(d *pdf.Dict) {}, "FORM_RESOURCES"},
	} {
		b, f := unsignedForm(t, nil)
		var acro *pdf.Dict
		b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
			acro, _ = doc.AcroForm()
			acro = acro.Clone()
			c.form(acro)
			edit(t, u, f.text, c.field)
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", acro) })
		})
		s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
		check(t, c.name, update(t, s, func(doc *pdf.File, u *pdf.Update) {
			old, _ := doc.AcroForm()
			grown := old.Clone()
			font := u.Add(pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type3")))
			grown.Set("DR", pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), f.font, n("Neu"), font)))
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", grown) })
		}), undetermined, c.want)
	}
}

// TestLargeMarks: a line as thick as a paragraph, and a note as large as a page.
func TestLargeMarks(t *testing.T) {
	signed, _ := signedForm(t, lockAll(3))
	page := pdf.Array{0, 0, 595, 842}
	for _, a := range []*pdf.Dict{
		annotation("Underline", n("Rect"), page, n("QuadPoints"), pdf.Array{0, 842, 595, 842, 0, 0, 595, 0}),
		annotation("Popup", n("Rect"), page, n("Open"), true, n("Contents"), pdf.String("khac")),
	} {
		check(t, fmt.Sprint(a.Get("Subtype")), update(t, signed, func(doc *pdf.File, u *pdf.Update) { addAnnotation(t, doc, u, a) }), undetermined, "ANNOTATION")
	}
}
