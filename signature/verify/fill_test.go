package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// form is a document with fields that are no signatures' beside the two that
// are, to be signed and then filled in.
type form struct {
	page, text, combo, box, wide, kid, group, shared, font, hidden, note, stray pdf.Ref
	boxes                                                                       pdf.Ref // the resources that pages and fields share
}

func n(s string) pdf.Name { return pdf.Name(s) }

// stream is an appearance of the given size.
func stream(w, h int, content string, more ...pdf.Object) *pdf.Data {
	d := pdf.MakeDict(n("Type"), n("XObject"), n("Subtype"), n("Form"), n("BBox"), pdf.Array{0, 0, w, h})
	for i := 0; i < len(more); i += 2 {
		d.Set(more[i].(pdf.Name), more[i+1])
	}
	return &pdf.Data{Dict: d, Bytes: []byte(content)}
}

func shows(text string) string {
	return "/Tx BMC q 1 1 178 18 re W n BT /Helv 10 Tf 0 g 2 6 Td (" + text + ") Tj ET Q EMC"
}

// unsignedForm makes the document; lock, when not nil, is put on the person's
// signature field.
func unsignedForm(t testing.TB, lock *pdf.Dict) ([]byte, form) {
	var f form
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		f.page = firstPage(t, doc).Ref
		widget := func(kind, name string, rect pdf.Array, more ...pdf.Object) *pdf.Dict {
			d := pdf.MakeDict(n("Type"), n("Annot"), n("Subtype"), n("Widget"), n("Rect"), rect, n("P"), f.page, n("F"), 4)
			if name != "" {
				d.Set("T", pdf.String(name))
			}
			if kind != "" {
				d.Set("FT", n(kind))
			}
			for i := 0; i < len(more); i += 2 {
				d.Set(more[i].(pdf.Name), more[i+1])
			}
			return d
		}
		f.font = u.Add(pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Helvetica"), n("Encoding"), n("WinAnsiEncoding")))
		da := pdf.String("/Helv 10 Tf 0 g")
		f.text = u.Add(widget("Tx", "HoTen", pdf.Array{100, 700, 280, 720}, n("DA"), da, n("AP"), pdf.MakeDict(n("N"), u.Add(stream(180, 20, "")))))
		f.combo = u.Add(widget("Ch", "Tinh", pdf.Array{100, 670, 280, 690}, n("DA"), da, n("Ff"), flagCombo, n("Opt"),
			pdf.Array{pdf.Array{pdf.String("HN"), pdf.String("Ha Noi")}, pdf.Array{pdf.String("DN"), pdf.String("Da Nang")}}, n("AP"), pdf.MakeDict(n("N"), u.Add(stream(180, 20, "")))))
		mark := stream(20, 20, "q 0 g BT /ZaDb 16 Tf 4 4 Td (4) Tj ET Q", n("Resources"), pdf.MakeDict(n("Font"), pdf.MakeDict(n("ZaDb"), pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("ZapfDingbats")))))
		f.box = u.Add(widget("Btn", "DongY", pdf.Array{100, 640, 120, 660}, n("AS"), n("Off"), n("AP"), pdf.MakeDict(n("N"), pdf.MakeDict(
			n("Yes"), u.Add(mark),
			n("Evil"), u.Add(stream(20, 20, "1 1 1 rg 0 0 20 20 re f BT 0 g /Helv 6 Tf 0 5 Td (900 000) Tj ET"))))))
		f.wide = u.Add(widget("Tx", "CaTrang", pdf.Array{20, 20, 575, 820}, n("DA"), da))
		f.group = u.Add(pdf.MakeDict())
		f.kid = u.Add(widget("", "Ten", pdf.Array{100, 600, 280, 620}, n("Parent"), f.group, n("DA"), da, n("AP"), pdf.MakeDict(n("N"), u.Add(stream(180, 20, "")))))
		u.Set(f.group, pdf.MakeDict(n("FT"), n("Tx"), n("T"), pdf.String("Nhom"), n("Kids"), pdf.Array{f.kid}))
		// Two fields that look alike by one object.
		look := u.Add(pdf.MakeDict(n("N"), u.Add(stream(180, 20, ""))))
		f.shared = u.Add(widget("Tx", "Chung1", pdf.Array{300, 700, 480, 720}, n("DA"), da, n("AP"), look))
		other := u.Add(widget("Tx", "Chung2", pdf.Array{300, 670, 480, 690}, n("DA"), da, n("AP"), look))
		f.hidden = u.Add(stream(180, 20, shows("900 000 dong")))
		f.stray = u.Add(pdf.Array{0, 0, 1, 1}) // harmless, and used by nothing
		f.note = u.Add(pdf.MakeDict(n("Type"), n("Annot"), n("Subtype"), n("Text"), n("Rect"), pdf.Array{500, 800, 520, 820}, n("Contents"), pdf.String("ghi chu")))
		fields := []pdf.Ref{f.text, f.combo, f.box, f.wide, f.group, f.shared, other}
		edit(t, u, f.page, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			a = append(append(pdf.Array{}, a...), f.text, f.combo, f.box, f.wide, f.kid, f.shared, other, f.note)
			d.Set("Annots", a)
		})
		acro, _ := doc.AcroForm()
		acro = acro.Clone()
		a, _ := doc.Array(acro.Get("Fields"))
		a = append(pdf.Array{}, a...)
		for _, r := range fields {
			a = append(a, r)
		}
		acro.Set("Fields", a)
		acro.Set("DA", da)
		acro.Set("DR", pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), f.font)))
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", acro) })
		if lock != nil {
			edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) { d.Set("Lock", lock) })
		}
	})
	return b, f
}

const flagCombo = 1 << 17

func signedForm(t testing.TB, lock *pdf.Dict) ([]byte, form) {
	b, f := unsignedForm(t, lock)
	return sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField}), f
}

func lockAll(permission int) *pdf.Dict {
	return pdf.MakeDict(n("Action"), n("Include"), n("Fields"), pdf.Array{pdf.String("khac")}, n("P"), permission)
}

// fillText fills a text field as form software does.
func fillText(t testing.TB, u *pdf.Update, field pdf.Ref, value string, appearance *pdf.Data) {
	edit(t, u, field, func(d *pdf.Dict) {
		d.Set("V", pdf.String(value))
		d.Set("AP", pdf.MakeDict(n("N"), u.Add(appearance)))
	})
}

func check(t testing.TB, name string, b []byte, want verify.Modification, code string) {
	t.Helper()
	s := judgeAttack(t, name, b).Signatures[0]
	if s.Modification != want || code != "" && !slices.ContainsFunc(s.Changes, func(c verify.Change) bool { return c.Code == code }) {
		var text []string
		for _, c := range s.Changes {
			text = append(text, fmt.Sprintf("%d %s %s %s", c.Object, c.Path, c.Effect, c.Code))
		}
		t.Errorf("%s: %s, want %s %s:\n\t%s", name, s.Modification, want, code, strings.Join(text, "\n\t"))
	}
}

const (
	allowed      = verify.ModificationAllowed
	undetermined = verify.ModificationUndetermined
	notAllowed   = verify.ModificationNotAllowed
)

// TestFilling: filling in is allowed when what is shown is what was filled in,
// and nothing else changes.
func TestFilling(t *testing.T) {
	signed, f := signedForm(t, nil)
	look := func(content string, more ...pdf.Object) *pdf.Data { return stream(180, 20, content, more...) }
	fonts := func(font pdf.Object) pdf.Object {
		return pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), font))
	}
	plain := func(more ...pdf.Object) *pdf.Dict {
		d := pdf.MakeDict(n("Type"), n("Font"), n("Subtype"), n("Type1"), n("BaseFont"), n("Helvetica"))
		for i := 0; i < len(more); i += 2 {
			d.Set(more[i].(pdf.Name), more[i+1])
		}
		return d
	}
	text := func(value string, a *pdf.Data) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.text, value, a) }
	}
	set := func(ref *pdf.Ref, pairs ...pdf.Object) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, *ref, func(d *pdf.Dict) {
				for i := 0; i < len(pairs); i += 2 {
					d.Set(pairs[i].(pdf.Name), pairs[i+1])
				}
			})
		}
	}
	acro := func(key string, value pdf.Object) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) {
			old, _ := doc.AcroForm()
			a := old.Clone()
			a.Set(n(key), value)
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", a) })
		}
	}
	for _, c := range []struct {
		name   string
		change func(doc *pdf.File, u *pdf.Update)
		want   verify.Modification
		code   string
	}{
		// Honest.
		{"text", text("Nguyen Van A", look(shows("Nguyen Van A"))), allowed, "FORM_FILLED"},
		{"text in a font of its own", text("A 1", look(shows("A 1"), n("Resources"), fonts(plain()))), allowed, ""},
		{"text on a background, in a frame", text("A", look("1 1 1 rg 0 0 180 20 re f 0 G 1 w 0.5 0.5 179 19 re s "+shows("A"))), allowed, ""},
		{"two lines, and pieces of a line", text("A B\rC D", look("q BT /Helv 8 Tf 0 g 2 12 Td (A ) Tj [(B)] TJ 0 -9 Td (C D) Tj ET Q")), allowed, ""},
		{"value in UTF-16", text("\xfe\xff\x00A", look(shows("A"))), allowed, ""},
		{"emptied", text("", look("")), allowed, ""},
		{"appearance written over in place", func(doc *pdf.File, u *pdf.Update) {
			old, _ := doc.Dict(f.text)
			ap, _ := doc.Dict(old.Get("AP"))
			u.Set(ap.Get("N").(pdf.Ref), look(shows("A")))
			edit(t, u, f.text, func(d *pdf.Dict) { d.Set("V", pdf.String("A")) })
		}, allowed, "FORM_FILLED"},
		{"choice", func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.combo, "HN", look(shows("Ha Noi"))) }, allowed, "FORM_FILLED"},
		{"box", set(&f.box, n("V"), n("Yes"), n("AS"), n("Yes")), allowed, "FORM_FILLED"},
		{"kid of a group", func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.kid, "A", look(shows("A"))) }, allowed, "FORM_FILLED"},

		// What is shown is not what was filled in.
		{"another text", text("100", look(shows("900"))), undetermined, "APPEARANCE_MISMATCH"},
		{"value without its appearance", set(&f.text, n("V"), pdf.String("100")), undetermined, "APPEARANCE_MISMATCH"},
		{"appearance without its value", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.text, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(n("N"), u.Add(look(shows("900"))))) })
		}, undetermined, "APPEARANCE_MISMATCH"},
		{"letters in another order", text("100", look("BT /Helv 10 Tf 0 g 50 6 Td (1) Tj -40 0 Td (00) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"letters over letters", text("100", look("BT /Helv 10 Tf 0 g 2 6 Td [(1) 600 (0) 600 (0)] TJ ET")), undetermined, "APPEARANCE_UNREAD"},
		{"white on white", text("100", look("BT /Helv 10 Tf 1 g 2 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"black on black", text("100", look("0 g 0 0 180 20 re f BT /Helv 10 Tf 2 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"invisible", text("100", look("BT 3 Tr /Helv 10 Tf 0 g 2 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"too small to read", text("100", look("BT /Helv 1 Tf 0 g 2 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"clipped away", text("100", look("q 0 0 8 20 re W n BT /Helv 10 Tf 0 g 2 6 Td (100) Tj ET Q")), undetermined, "APPEARANCE_UNREAD"},
		{"outside its box", text("100", look("BT /Helv 10 Tf 0 g 300 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"clipped away, then clipped to more", text("100", look("0 0 1 1 re W n 0 0 180 20 re W n BT /Helv 10 Tf 0 g 2 6 Td (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"begins outside its box", text("1900", look("BT /Helv 10 Tf 0 g -5 6 Td (1900) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"drawn with lines", text("", look("2 w 10 2 m 10 18 l S")), undetermined, "APPEARANCE_UNREAD"},
		{"drawn with boxes", text("", look("0 g 10 2 2 16 re f")), undetermined, "APPEARANCE_UNREAD"},
		{"painted over", text("100", look("BT /Helv 10 Tf 0 g 2 6 Td (100) Tj ET 1 g 0 0 180 20 re f")), undetermined, "APPEARANCE_UNREAD"},
		{"turned", text("100", look("BT /Helv 10 Tf 0 g -1 0 0 -1 60 6 Tm (100) Tj ET")), undetermined, "APPEARANCE_UNREAD"},
		{"another form drawn", text("100", look("/X Do", n("Resources"), pdf.MakeDict(n("XObject"), pdf.MakeDict(n("X"), f.hidden)))), notAllowed, "LATENT"},
		{"transparent", text("100", look("/G gs "+shows("100"), n("Resources"), pdf.MakeDict(n("ExtGState"), pdf.MakeDict(n("G"), pdf.MakeDict(n("ca"), 0))))), undetermined, "APPEARANCE_UNREAD"},
		{"an inline image", text("100", look("BI /W 1 /H 1 ID x EI "+shows("100"))), undetermined, "APPEARANCE_UNREAD"},

		// Fonts that lie.
		{"font program of its own", text("100", look(shows("100"), n("Resources"), fonts(plain(n("FontDescriptor"), pdf.MakeDict(n("FontFile2"), pdf.MakeDict()))))), undetermined, "APPEARANCE_UNREAD"},
		{"one digit drawn as another", text("100", look(shows("100"), n("Resources"), fonts(plain(n("Encoding"), pdf.MakeDict(n("Differences"), pdf.Array{49, n("nine")}))))), undetermined, "APPEARANCE_UNREAD"},
		{"no width", text("100", look(shows("100"), n("Resources"), fonts(plain(n("FirstChar"), 48, n("Widths"), pdf.Array{1, 1})))), undetermined, "APPEARANCE_UNREAD"},
		{"Type 3", text("100", look(shows("100"), n("Resources"), fonts(plain(n("Subtype"), n("Type3"))))), undetermined, "APPEARANCE_UNREAD"},
		{"font shared with the page replaced", func(doc *pdf.File, u *pdf.Update) {
			fillText(t, u, f.text, "A", look(shows("A")))
			u.Set(f.font, plain(n("Encoding"), pdf.MakeDict(n("Differences"), pdf.Array{49, n("nine")})))
		}, notAllowed, "FONT"},

		// Where the appearance comes from, and how large it is.
		{"appearance that lay there unused", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.text, func(d *pdf.Dict) {
				d.Set("V", pdf.String("900 000 dong"))
				d.Set("AP", pdf.MakeDict(n("N"), f.hidden))
			})
		}, notAllowed, "LATENT"},
		{"appearance of another field", func(doc *pdf.File, u *pdf.Update) {
			kid, _ := doc.Dict(f.kid)
			ap, _ := doc.Dict(kid.Get("AP"))
			edit(t, u, f.text, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(n("N"), ap.Get("N"))) })
		}, undetermined, "APPEARANCE_REPLACED"},
		{"appearance that serves two fields written over", func(doc *pdf.File, u *pdf.Update) {
			one, _ := doc.Dict(f.shared)
			u.Set(one.Get("AP").(pdf.Ref), pdf.MakeDict(n("N"), u.Add(look(shows("A")))))
			edit(t, u, f.shared, func(d *pdf.Dict) { d.Set("V", pdf.String("A")) })
		}, notAllowed, ""},
		{"appearance of the pressed state", func(doc *pdf.File, u *pdf.Update) {
			a := u.Add(look(shows("A")))
			edit(t, u, f.text, func(d *pdf.Dict) {
				d.Set("V", pdf.String("A"))
				d.Set("AP", pdf.MakeDict(n("N"), a, n("D"), a))
			})
		}, notAllowed, "APPEARANCE_REPLACED"},
		{"no appearance any more", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.text, func(d *pdf.Dict) { d.Set("V", pdf.String("A")); d.Delete("AP") })
		}, undetermined, "APPEARANCE_REPLACED"},
		{"box larger than the field", text("A", stream(595, 842, shows("A"))), undetermined, "APPEARANCE_BOUNDS"},
		{"enlarged by its matrix", text("A", look(shows("A"), n("Matrix"), pdf.Array{10, 0, 0, 40, 0, -700})), undetermined, "APPEARANCE_BOUNDS"},
		{"field as large as the page", func(doc *pdf.File, u *pdf.Update) {
			fillText(t, u, f.wide, "A", stream(555, 800, "BT /Helv 10 Tf 0 g 2 6 Td (A) Tj ET"))
		}, undetermined, "LARGE_FIELD"},

		// Buttons and choices.
		{"a state that was not there", set(&f.box, n("V"), n("No"), n("AS"), n("No")), undetermined, "APPEARANCE_MISMATCH"},
		{"a state other than the value", set(&f.box, n("V"), n("Yes"), n("AS"), n("Evil")), undetermined, "APPEARANCE_MISMATCH"},
		{"a value that no widget shows", set(&f.box, n("V"), n("No")), undetermined, "APPEARANCE_MISMATCH"},
		{"a planted state", set(&f.box, n("V"), n("Evil"), n("AS"), n("Evil")), undetermined, "APPEARANCE_PLANTED"},
		{"states replaced", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.box, func(d *pdf.Dict) {
				d.Set("AS", n("Yes"))
				d.Set("V", n("Yes"))
				d.Set("AP", pdf.MakeDict(n("N"), pdf.MakeDict(n("Yes"), u.Add(stream(20, 20, "")))))
			})
		}, undetermined, "APPEARANCE_REPLACED"},
		{"states replaced by an object", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, f.box, func(d *pdf.Dict) {
				d.Set("AS", n("Yes"))
				d.Set("V", n("Yes"))
				d.Set("AP", pdf.MakeDict(n("N"), u.Add(pdf.MakeDict(n("Yes"), u.Add(stream(20, 20, ""))))))
			})
		}, undetermined, "APPEARANCE_REPLACED"},
		{"another choice shown", func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.combo, "HN", look(shows("Da Nang"))) }, undetermined, "APPEARANCE_MISMATCH"},

		// What is no filling in.
		{"background colour", set(&f.text, n("MK"), pdf.MakeDict(n("BG"), pdf.Array{1, 1, 1})), notAllowed, "FIELD_CHANGED"},
		{"moved", set(&f.text, n("Rect"), pdf.Array{100, 500, 280, 520}), notAllowed, "FIELD_CHANGED"},
		{"flags", set(&f.text, n("Ff"), 1), notAllowed, "FIELD_CHANGED"},
		{"renamed", set(&f.text, n("T"), pdf.String("khac")), notAllowed, "FIELD_CHANGED"},
		{"hidden", set(&f.text, n("F"), 2), notAllowed, "FIELD_CHANGED"},
		{"action", set(&f.text, n("AA"), pdf.MakeDict(n("K"), pdf.MakeDict(n("S"), n("JavaScript")))), notAllowed, "ACTION"},
		{"rich text", set(&f.text, n("RV"), pdf.String("<p>900</p>")), undetermined, "APPEARANCE_UNREAD"},
		{"another kind of annotation", set(&f.text, n("Subtype"), n("FreeText")), notAllowed, "FIELD_CHANGED"},
		{"kids", set(&f.group, n("Kids"), pdf.Array{}), notAllowed, ""},
		{"appearances needed", acro("NeedAppearances", true), notAllowed, "NEED_APPEARANCES"},
		{"XFA", acro("XFA", pdf.String("<x/>")), notAllowed, "XFA"},
		{"calculation order", acro("CO", pdf.Array{pdf.Ref{Number: 36}}), notAllowed, "CALCULATION"},
		{"other resources", acro("DR", pdf.MakeDict(n("Font"), pdf.MakeDict(n("Helv"), plain()))), undetermined, "FORM_RESOURCES"},
		{"other default text", acro("DA", pdf.String("/Helv 1 Tf 1 g")), undetermined, "FORM_RESOURCES"},
		{"flags of the form cleared", acro("SigFlags", 0), undetermined, "FORM_CHANGED"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.name, update(t, signed, c.change), c.want, c.code) })
	}
}

// TestFillingUnderLock: locks name fields with their children, and permissions
// count for all.
func TestFillingUnderLock(t *testing.T) {
	include := func(name string) *pdf.Dict {
		return pdf.MakeDict(n("Action"), n("Include"), n("Fields"), pdf.Array{pdf.String(name)})
	}
	exclude := func(name string) *pdf.Dict {
		return pdf.MakeDict(n("Action"), n("Exclude"), n("Fields"), pdf.Array{pdf.String(name)})
	}
	for _, c := range []struct {
		name string
		lock *pdf.Dict
		want verify.Modification
	}{
		{"nothing allowed", lockAll(1), notAllowed},
		{"filling allowed", lockAll(2), allowed},
		{"annotations allowed", lockAll(3), allowed},
		{"the kid is locked", include("Nhom.Ten"), notAllowed},
		{"its parent is locked", include("Nhom"), notAllowed},
		{"a name that begins alike is locked", include("Nhom.T"), allowed},
		{"all are locked", pdf.MakeDict(n("Action"), n("All")), notAllowed},
		{"all but the kid", exclude("Nhom.Ten"), allowed},
		{"all but its parent", exclude("Nhom"), allowed},
		{"all but another", exclude("HoTen"), notAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed, f := signedForm(t, c.lock)
			b := update(t, signed, func(doc *pdf.File, u *pdf.Update) { fillText(t, u, f.kid, "A", stream(180, 20, shows("A"))) })
			check(t, c.name, b, c.want, "FORM_FILLED")
		})
	}
}
