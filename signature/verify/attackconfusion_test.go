package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// The attacks of this file make one thing pass for another: an object with two
// meanings, a name that gets a meaning later, a place where nobody looks.

// TestFieldThatIsContent: the page's content stream is a form field, too, and
// its data changes while its keys stay.
func TestFieldThatIsContent(t *testing.T) {
	for _, kind := range []string{"Tx", "Sig", "Btn"} {
		var content pdf.Ref
		text := []byte("BT /F1 12 Tf 50 500 Td (100) Tj ET")
		p := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
			content = u.Add(&pdf.Data{Dict: pdf.MakeDict(n("FT"), n(kind), n("T"), pdf.String("noi dung")), Bytes: text})
			edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Contents", pdf.Array{d.Get("Contents"), content}) })
			old, _ := doc.AcroForm()
			form := old.Clone()
			a, _ := doc.Array(form.Get("Fields"))
			form.Set("Fields", append(append(pdf.Array{}, a...), content))
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", form) })
		})
		s := sign(t, p, world().Persons[0], pades.Options{Field: documents.PersonField})
		b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
			u.Set(content, &pdf.Data{Dict: pdf.MakeDict(n("FT"), n(kind), n("T"), pdf.String("noi dung")), Bytes: append([]byte(nil), "BT /F1 12 Tf 50 500 Td (900) Tj ET"...)})
		})
		check(t, kind, b, notAllowed, "")
	}
}

// TestNameThatGetsAMeaning: what a field shows names a font or a form that is
// missing when people sign, and that the form's resources gain later.
func TestNameThatGetsAMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		da      string
		kind    string
		want    verify.Modification
	}{
		"font of an appearance":  {"BT /Evil 10 Tf 2 6 Td (100) Tj ET", "", "Font", undetermined},
		"form of an appearance":  {"/Evil Do", "", "XObject", undetermined},
		"a name with an escape":  {"/Ev#69l Do", "", "XObject", undetermined},
		"font of a field's text": {"", "/Evil 10 Tf 0 g", "Font", undetermined},
		"a name nobody uses":     {"BT /Helv 10 Tf 2 6 Td (100) Tj ET", "/Helv 10 Tf", "Font", allowed},
	} {
		b, f := unsignedForm(t, nil)
		b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.text, func(d *pdf.Dict) {
				d.Set("AP", pdf.MakeDict(n("N"), u.Add(stream(180, 20, c.content))))
				if c.da != "" {
					d.Set("DA", pdf.String(c.da))
				}
			})
		})
		s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
		b = update(t, s, func(doc *pdf.File, u *pdf.Update) {
			old, _ := doc.AcroForm()
			form := old.Clone()
			dr := form.Get("DR").(*pdf.Dict).Clone()
			list := pdf.MakeDict()
			if has, ok := dr.Get(n(c.kind)).(*pdf.Dict); ok {
				list = has.Clone()
			}
			list.Set("Evil", u.Add(stream(180, 20, "BT /Helv 10 Tf 2 6 Td (900) Tj ET")))
			dr.Set(n(c.kind), list)
			form.Set("DR", dr)
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", form) })
		})
		code := "FORM_RESOURCES"
		if c.want == allowed {
			code = ""
		}
		check(t, name, b, c.want, code)
	}
}

// TestHiddenByALayer: the text agrees with the value, but a layer hides it.
func TestHiddenByALayer(t *testing.T) {
	signed, f := signedForm(t, nil)
	layer := pdf.MakeDict(n("Type"), n("OCG"), n("Name"), pdf.String("an"))
	for name, a := range map[string]*pdf.Data{
		"marked content": stream(180, 20, "/OC /L BDC "+shows("100")+" EMC", n("Resources"), pdf.MakeDict(n("Properties"), pdf.MakeDict(n("L"), layer))),
		"the form":       stream(180, 20, shows("100"), n("OC"), layer),
		"a clip that q and Q do not end": stream(180, 20,
			"0 0 1 1 re W n q Q BT /Helv 10 Tf 0 g 2 6 Td (100) Tj ET"),
		"a path before the text": stream(180, 20, "0 0 180 20 re BT /Helv 10 Tf 0 g 2 6 Td (100) Tj ET"),
		"an unusual encoding": stream(180, 20, shows("100"), n("Resources"), pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), pdf.MakeDict(
			n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Helvetica"), n("Encoding"), pdf.MakeDict(n("BaseEncoding"), n("MacExpertEncoding"), n("Differences"), pdf.Array{}))))),
		"a font of two names": stream(180, 20, shows("100"), n("Resources"), pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), pdf.MakeDict(
			n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Helvetica"), n("FontDescriptor"), pdf.MakeDict(n("FontName"), n("Wingdings")))))),
		"symbols for letters": stream(180, 20, shows("100"), n("Resources"), pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), pdf.MakeDict(
			n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Wingdings"))))),
	} {
		check(t, name, update(t, signed, func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.text, "100", a) }), undetermined, "APPEARANCE_UNREAD")
	}
}

// TestSmuggledCatalog: a catalog or page stands where anything may stand, for a
// reader that rebuilds the document.
func TestSmuggledCatalog(t *testing.T) {
	signed, _ := signedForm(t, nil)
	evil := func(u *pdf.Update) pdf.Ref {
		page := u.Add(pdf.MakeDict(n("Type"), n("Page")))
		pages := u.Add(pdf.MakeDict(n("Type"), n("Pages"), n("Kids"), pdf.Array{page}, n("Count"), 1))
		return u.Add(pdf.MakeDict(n("Type"), n("Catalog"), n("Pages"), pages))
	}
	for name, change := range map[string]func(doc *pdf.File, u *pdf.Update){
		"the store of evidence": func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", pdf.MakeDict(n("Mo"), evil(u))) })
		},
		"the information": func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, doc.Trailer().Get("Info").(pdf.Ref), func(d *pdf.Dict) { d.Set("Mo", evil(u)) })
		},
		"the information itself": func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, doc.Trailer().Get("Info").(pdf.Ref), func(d *pdf.Dict) {
				d.Set("Type", n("Catalog"))
				d.Set("Pages", firstPage(t, doc).Ref)
			})
		},
		"the extensions": func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("Extensions", pdf.MakeDict(n("Mo"), evil(u))) })
		},
	} {
		check(t, name, update(t, signed, change), undetermined, "STRUCTURE")
	}
}

// TestTwoPlaces: what a change is explained by in one place changes another.
func TestTwoPlaces(t *testing.T) {
	b, f := unsignedForm(t, nil)
	var look, list pdf.Ref
	b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
		look = u.Add(stream(180, 20, ""))
		page, _ := doc.Dict(f.page)
		res, err := doc.Dict(page.Get("Resources"))
		if err != nil {
			t.Fatal(err)
		}
		res = res.Clone()
		res.Set("XObject", pdf.MakeDict(n("X"), look))
		list = u.Add(pdf.MakeDict(n("N"), look))
		edit(t, u, f.page, func(d *pdf.Dict) { d.Set("Resources", res) })
		edit(t, u, f.text, func(d *pdf.Dict) { d.Set("AP", list) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	check(t, "the appearance is page content", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(look, stream(180, 20, shows("A")))
		edit(t, u, f.text, func(d *pdf.Dict) { d.Set("V", pdf.String("A")) })
	}), notAllowed, "")
	check(t, "the value is the font", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(f.font, pdf.String("A"))
		edit(t, u, f.text, func(d *pdf.Dict) { d.Set("V", f.font) })
	}), notAllowed, "")
	check(t, "the appearance is a page's", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.text, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(n("N"), contents(t, doc))) })
	}), undetermined, "APPEARANCE_REPLACED")
}

// TestMarks: a state of a check box that draws a form, or more than a symbol.
func TestMarks(t *testing.T) {
	for name, content := range map[string]string{
		"a form":   "/X Do",
		"letters":  "BT /ZaDb 6 Tf (44) Tj ET",
		"in parts": "BT /ZaDb 6 Tf [(4) (4)] TJ ET",
	} {
		b, f := unsignedForm(t, nil)
		b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
			font := pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("ZapfDingbats"))
			edit(t, u, f.box, func(d *pdf.Dict) {
				d.Set("AP", pdf.MakeDict(n("N"), pdf.MakeDict(n("Yes"), u.Add(stream(20, 20, content, n("Resources"), pdf.MakeDict(n("Font"), pdf.MakeDict(n("ZaDb"), font)))))))
			})
		})
		s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
		check(t, name, update(t, s, func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.box, func(d *pdf.Dict) { d.Set("V", n("Yes")); d.Set("AS", n("Yes")) })
		}), undetermined, "APPEARANCE_PLANTED")
	}
}

// TestTrailingBytes: white space after the end of the file is a slip, anything
// else is not.
func TestTrailingBytes(t *testing.T) {
	b := update(t, signedLetter(t), func(*pdf.File, *pdf.Update) {})
	for tail, want := range map[string]verify.Modification{"": allowed, "\r\n": allowed, " \n\n": allowed, "\x00": undetermined, "x": undetermined, "\n%": undetermined} {
		check(t, tail, append(append([]byte(nil), b...), tail...), want, "")
	}
}

// TestSharedThroughTheTrailer: the trailer names a field's appearance under a
// key of its own.
func TestSharedThroughTheTrailer(t *testing.T) {
	for _, shared := range []bool{true, false} {
		b, f := unsignedForm(t, nil)
		var look pdf.Ref
		b = update(t, b, func(doc *pdf.File, u *pdf.Update) {
			look = u.Add(pdf.MakeDict(n("N"), u.Add(stream(180, 20, ""))))
			edit(t, u, f.text, func(d *pdf.Dict) { d.Set("AP", look) })
		})
		want, code := allowed, "FORM_FILLED"
		if shared {
			i := bytes.LastIndex(b, []byte("trailer\n<<")) + len("trailer\n<<")
			b = slices.Concat(b[:i], fmt.Appendf(nil, "/Khac [%d 0 R]", look.Number), b[i:])
			want, code = undetermined, "APPEARANCE_REPLACED"
		}
		s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
		check(t, fmt.Sprint(shared), update(t, s, func(doc *pdf.File, u *pdf.Update) {
			fillText(t, u, f.text, "A", stream(180, 20, shows("A")))
		}), want, code)
	}
}

// TestUnlistedInObjectStream: a later object stream holds the page once more,
// which only readers that rebuild the document see.
func TestUnlistedInObjectStream(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	size := int(doc.Trailer().Get("Size").(int64))
	for _, c := range []struct {
		number int
		want   verify.Modification
		code   string
	}{{3, undetermined, "STRUCTURE"}, {size + 2, undetermined, "STRUCTURE"}, {-1, allowed, "ORPHAN"}} {
		var w bytes.Buffer
		w.Write(s)
		w.WriteString("\n")
		head, body, count := fmt.Sprintf("%d 0 ", size), "(x) ", 1
		if c.number >= 0 {
			head += fmt.Sprintf("%d %d ", c.number, len(body))
			body += "<</Type/Page>>"
			count = 2
		}
		stm := w.Len()
		fmt.Fprintf(&w, "%d 0 obj\n<</Type/ObjStm/N %d/First %d/Length %d>>\nstream\n%s%s\nendstream\nendobj\n", size+1, count, len(head), len(head)+len(body), head, body)
		at := w.Len()
		row := func(t, a, b int) string {
			return string([]byte{byte(t), byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b)})
		}
		data := row(2, size+1, 0) + row(1, stm, 0) + row(1, at, 0)
		fmt.Fprintf(&w, "%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%d 2 %d 1]/Size %d/Root 35 0 R/Info 34 0 R/Prev %d/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", size+3, size, size+3, size+4, doc.XrefOffset(), len(data), data, at)
		check(t, fmt.Sprint(c.number), w.Bytes(), c.want, c.code)
	}
}

// TestFreedContent: the page's content is freed.
func TestFreedContent(t *testing.T) {
	s := signedLetter(t)
	doc := open(t, s)
	var w bytes.Buffer
	w.Write(s)
	fmt.Fprintf(&w, "xref\n0 1\n0000000000 65535 f \n4 1\n0000000000 00001 f \ntrailer\n<</Size %d/Root 35 0 R/Info 34 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", doc.Trailer().Get("Size"), doc.XrefOffset(), len(s))
	check(t, "freed", w.Bytes(), notAllowed, "REMOVED")
}

// TestLargeExistingField: an empty field as large as the page is signed later,
// and shows something then.
func TestLargeExistingField(t *testing.T) {
	var field pdf.Ref
	b := addField(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	fields, err := open(t, s).Fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name == "x1" {
			field = f.Ref
		}
	}
	check(t, "large", update(t, s, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, field, func(d *pdf.Dict) {
			d.Set("AP", pdf.MakeDict(n("N"), ap(u)))
			d.Set("V", u.Add(sigDict("ETSI.CAdES.detached")))
		})
	}), undetermined, "LARGE_STAMP")
}
