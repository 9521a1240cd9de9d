package verify_test

import (
	"bytes"
	"fmt"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// addAnnotation puts an annotation on the first page.
func addAnnotation(t testing.TB, doc *pdf.File, u *pdf.Update, a *pdf.Dict) {
	page := firstPage(t, doc)
	list, err := doc.Array(page.Dict.Get("Annots"))
	if err != nil {
		t.Fatal(err)
	}
	ref := u.Add(a)
	edit(t, u, page.Ref, func(d *pdf.Dict) { d.Set("Annots", append(append(pdf.Array{}, list...), ref)) })
}

func annotation(kind string, more ...pdf.Object) *pdf.Dict {
	d := pdf.MakeDict(n("Type"), n("Annot"), n("Subtype"), n(kind), n("Rect"), pdf.Array{100, 400, 130, 430}, n("F"), 4)
	for i := 0; i < len(more); i += 2 {
		d.Set(more[i].(pdf.Name), more[i+1])
	}
	return d
}

// TestAnnotations: where a certification allows annotations, those that hide
// nothing are allowed, and none anywhere else.
func TestAnnotations(t *testing.T) {
	signed, f := signedForm(t, lockAll(3))
	quad := pdf.Array{100, 430, 130, 430, 100, 400, 130, 400}
	multiply := func(bm string) *pdf.Dict {
		return pdf.MakeDict(n("ExtGState"), pdf.MakeDict(n("G"), pdf.MakeDict(n("BM"), n(bm))))
	}
	for _, c := range []struct {
		name string
		a    func(u *pdf.Update) *pdf.Dict
		want verify.Modification
	}{
		{"note", func(*pdf.Update) *pdf.Dict { return annotation("Text", n("Contents"), pdf.String("xem lai")) }, allowed},
		{"yellow highlight", func(*pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad)
		}, allowed},
		{"underline", func(*pdf.Update) *pdf.Dict { return annotation("Underline", n("QuadPoints"), quad) }, allowed},
		{"link into the document", func(*pdf.Update) *pdf.Dict {
			return annotation("Link", n("Border"), pdf.Array{0, 0, 0}, n("Dest"), pdf.Array{f.page, n("Fit")})
		}, allowed},
		{"highlight as a reader draws it", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"),
				u.Add(stream(30, 30, "/G gs 1 1 0 rg 0 0 m 30 0 l 30 30 l 0 30 l h f", n("Resources"), multiply("Multiply")))))
		}, allowed},

		{"black highlight", func(*pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{0, 0, 0}, n("QuadPoints"), quad)
		}, undetermined},
		{"opaque highlight", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"),
				u.Add(stream(30, 30, "/G gs 1 1 1 rg 0 0 30 30 re f", n("Resources"), multiply("Normal")))))
		}, undetermined},
		{"highlight that paints before it multiplies", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"),
				u.Add(stream(30, 30, "1 1 1 rg 0 0 30 30 re f /G gs", n("Resources"), multiply("Multiply")))))
		}, undetermined},
		{"highlight with text", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"),
				u.Add(stream(30, 30, "/G gs BT /Helv 10 Tf (900) Tj ET", n("Resources"), multiply("Multiply")))))
		}, undetermined},
		{"highlight beyond its frame", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), pdf.Array{0, 800, 595, 800, 0, 0, 595, 0})
		}, undetermined},
		{"highlight whose box is the page", func(u *pdf.Update) *pdf.Dict {
			return annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), quad, n("AP"), pdf.MakeDict(n("N"),
				u.Add(stream(595, 842, "/G gs 1 1 0 rg 0 0 m 595 0 l 595 842 l h f", n("Resources"), multiply("Multiply")))))
		}, undetermined},
		{"note with a picture", func(u *pdf.Update) *pdf.Dict {
			return annotation("Text", n("AP"), pdf.MakeDict(n("N"), u.Add(stream(30, 30, "1 g 0 0 30 30 re f"))))
		}, undetermined},
		{"large note", func(*pdf.Update) *pdf.Dict { return annotation("Text", n("Rect"), pdf.Array{0, 0, 595, 842}) }, undetermined},
		{"link with a thick frame", func(*pdf.Update) *pdf.Dict {
			return annotation("Link", n("Border"), pdf.Array{0, 0, 300}, n("Dest"), pdf.Array{f.page, n("Fit")})
		}, undetermined},
		{"link elsewhere", func(*pdf.Update) *pdf.Dict {
			return annotation("Link", n("Border"), pdf.Array{0, 0, 0}, n("A"), pdf.MakeDict(n("S"), n("URI"), n("URI"), pdf.String("http://x")))
		}, undetermined},
		{"note with an action", func(*pdf.Update) *pdf.Dict {
			return annotation("Text", n("AA"), pdf.MakeDict(n("E"), pdf.MakeDict(n("S"), n("JavaScript"))))
		}, undetermined},
		{"struck through", func(*pdf.Update) *pdf.Dict { return annotation("StrikeOut", n("QuadPoints"), quad) }, undetermined},
		{"free text", func(*pdf.Update) *pdf.Dict { return annotation("FreeText", n("Contents"), pdf.String("900")) }, undetermined},
		{"stamp", func(*pdf.Update) *pdf.Dict { return annotation("Stamp", n("Name"), n("Approved")) }, undetermined},
		{"redaction", func(*pdf.Update) *pdf.Dict { return annotation("Redact", n("QuadPoints"), quad) }, undetermined},
		{"filled square", func(*pdf.Update) *pdf.Dict { return annotation("Square", n("IC"), pdf.Array{1, 1, 1}) }, undetermined},
		{"field of no form", func(*pdf.Update) *pdf.Dict { return annotation("Widget", n("FT"), n("Tx")) }, notAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := update(t, signed, func(doc *pdf.File, u *pdf.Update) { addAnnotation(t, doc, u, c.a(u)) })
			check(t, c.name, b, c.want, "ANNOTATION")
		})
	}
	check(t, "note with its pop-up", update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		popup := u.Add(nil)
		note := u.Add(annotation("Text", n("Popup"), popup))
		u.Set(popup, annotation("Popup", n("Parent"), note))
		edit(t, u, f.page, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			d.Set("Annots", append(append(pdf.Array{}, a...), note, popup))
		})
	}), allowed, "ANNOTATION")
	note := func(*pdf.Update) *pdf.Dict { return annotation("Text") }
	for permission, want := range map[int]verify.Modification{1: notAllowed, 2: notAllowed} {
		s, _ := signedForm(t, lockAll(permission))
		check(t, fmt.Sprint("note where P is ", permission), update(t, s, func(doc *pdf.File, u *pdf.Update) { addAnnotation(t, doc, u, note(u)) }), want, "ANNOTATION")
	}
	s, _ := signedForm(t, nil)
	check(t, "note without a certification", update(t, s, func(doc *pdf.File, u *pdf.Update) { addAnnotation(t, doc, u, note(u)) }), notAllowed, "ANNOTATION")
	check(t, "note changed", update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.note, func(d *pdf.Dict) { d.Set("Contents", pdf.String("khac")) })
	}), allowed, "ANNOTATION")
	check(t, "note turned into a stamp", update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.note, func(d *pdf.Dict) { d.Set("Subtype", n("Stamp")) })
	}), undetermined, "ANNOTATION")
	removeLast := func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.page, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			d.Set("Annots", a[:len(a)-1])
		})
	}
	check(t, "note removed", update(t, signed, removeLast), allowed, "ANNOTATION_REMOVED")
	check(t, "note removed without a certification", update(t, s, removeLast), notAllowed, "ANNOTATION_REMOVED")
	check(t, "annotations in another order", update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.page, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			a = append(pdf.Array{}, a...)
			a[0], a[len(a)-1] = a[len(a)-1], a[0]
			d.Set("Annots", a)
		})
	}), undetermined, "ANNOTATION")
	check(t, "field's annotation removed", update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, f.page, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			d.Set("Annots", a[1:])
		})
	}), notAllowed, "ANNOTATION_REMOVED")
}

// TestRevisionRules: one revision each against the rules for the document as a
// whole.
func TestRevisionRules(t *testing.T) {
	signed, f := signedForm(t, nil)
	root := func(key string, value func(u *pdf.Update) pdf.Object) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) {
			v := value(u)
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set(n(key), v) })
		}
	}
	is := func(o pdf.Object) func(*pdf.Update) pdf.Object { return func(*pdf.Update) pdf.Object { return o } }
	pageKey := func(key string, o pdf.Object) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) { edit(t, u, f.page, func(d *pdf.Dict) { d.Set(n(key), o) }) }
	}
	add := func(o func(u *pdf.Update) pdf.Object) func(doc *pdf.File, u *pdf.Update) {
		return func(doc *pdf.File, u *pdf.Update) { u.Add(o(u)) }
	}
	xmp := func(more string) func(u *pdf.Update) pdf.Object {
		return func(u *pdf.Update) pdf.Object {
			return u.Add(&pdf.Data{Dict: pdf.MakeDict(n("Type"), n("Metadata"), n("Subtype"), n("XML")),
				Bytes: []byte(more + `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>`)})
		}
	}
	der := &pdf.Data{Dict: pdf.MakeDict(), Bytes: world().CRL()}
	for _, c := range []struct {
		name   string
		change func(doc *pdf.File, u *pdf.Update)
		want   verify.Modification
		code   string
	}{
		{"layers", root("OCProperties", is(pdf.MakeDict(n("D"), pdf.MakeDict(n("OFF"), pdf.Array{})))), notAllowed, "OPTIONAL_CONTENT"},
		{"action on opening", root("OpenAction", is(pdf.MakeDict(n("S"), n("JavaScript")))), notAllowed, "ACTION"},
		{"action of the document", root("AA", is(pdf.MakeDict())), notAllowed, "ACTION"},
		{"structure", root("StructTreeRoot", is(pdf.MakeDict())), notAllowed, "STRUCTURE_TREE"},
		{"pages", root("Pages", func(u *pdf.Update) pdf.Object { return u.Add(pdf.MakeDict(n("Type"), n("Pages"))) }), notAllowed, "PAGE_TREE"},
		{"version raised", root("Version", is(n("2.0"))), allowed, "VERSION"},
		{"version that is none", root("Version", is(n("1"))), notAllowed, "VERSION_LOWERED"},
		{"marked as accessible", root("MarkInfo", is(pdf.MakeDict(n("Marked"), true))), allowed, "METADATA"},
		{"permissions", root("Perms", is(pdf.MakeDict(n("DocMDP"), f.text))), notAllowed, "PERMISSIONS"},
		{"page size", pageKey("MediaBox", pdf.Array{0, 0, 100, 100}), notAllowed, "PAGE"},
		{"page action", pageKey("AA", pdf.MakeDict()), notAllowed, "ACTION"},
		{"page resources", pageKey("Resources", pdf.MakeDict()), notAllowed, "PAGE_RESOURCES"},
		{"page resources, copied to an object", func(doc *pdf.File, u *pdf.Update) {
			page, _ := doc.Dict(f.page)
			res, err := doc.Dict(page.Get("Resources"))
			if err != nil {
				t.Fatal(err)
			}
			ref := u.Add(res.Clone())
			edit(t, u, f.page, func(d *pdf.Dict) { d.Set("Resources", ref) })
		}, allowed, ""},
		{"page resources, almost copied", func(doc *pdf.File, u *pdf.Update) {
			page, _ := doc.Dict(f.page)
			res, _ := doc.Dict(page.Get("Resources"))
			res = res.Clone()
			res.Set("Font", pdf.MakeDict())
			ref := u.Add(res)
			edit(t, u, f.page, func(d *pdf.Dict) { d.Set("Resources", ref) })
		}, notAllowed, "PAGE_RESOURCES"},
		{"page put under another parent", pageKey("Parent", f.note), notAllowed, "PAGE_TREE"},

		{"metadata", root("Metadata", xmp("")), allowed, "METADATA"},
		{"metadata with a document type", root("Metadata", xmp("<!DOCTYPE x>")), notAllowed, "METADATA_FORGED"},
		{"metadata with an entity", root("Metadata", xmp("<!ENTITY a 'b'>")), notAllowed, "METADATA_FORGED"},
		{"metadata that is none", root("Metadata", func(u *pdf.Update) pdf.Object { return u.Add(der) }), notAllowed, "METADATA_FORGED"},

		// Left-over data.
		{"text nobody uses", add(is(pdf.String("x"))), allowed, "ORPHAN"},
		{"evidence nobody uses", add(is(der)), allowed, "ORPHAN"},
		{"group of evidence nobody uses", add(is(pdf.MakeDict(n("Type"), n("VRI")))), allowed, "ORPHAN"},
		{"catalog nobody uses", add(is(pdf.MakeDict(n("Type"), n("Catalog"), n("Pages"), f.page))), undetermined, "UNEXPLAINED"},
		{"catalog without a type", add(is(pdf.MakeDict(n("Pages"), f.page))), undetermined, "UNEXPLAINED"},
		{"page nobody uses", add(is(pdf.MakeDict(n("Type"), n("Page")))), undetermined, "UNEXPLAINED"},
		{"signature nobody uses", add(is(pdf.MakeDict(n("Type"), n("Sig"), n("ByteRange"), pdf.Array{0}))), undetermined, "UNEXPLAINED"},
		{"list of pages nobody uses", add(is(pdf.Array{pdf.MakeDict(n("Type"), n("Catalog"))})), undetermined, "UNEXPLAINED"},
		{"content nobody uses", add(is(stream(9, 9, "BT ET"))), undetermined, "UNEXPLAINED"},
		{"cross-references nobody uses", add(func(u *pdf.Update) pdf.Object {
			return &pdf.Data{Dict: pdf.MakeDict(n("Type"), n("XRef"), n("Root"), f.page, n("Size"), 9, n("W"), pdf.Array{1, 2, 1})}
		}), undetermined, "UNEXPLAINED"},
		{"unused data brought into use", root("Lang", is(f.stray)), notAllowed, "LATENT"},
		{"unused content listed as evidence", func(doc *pdf.File, u *pdf.Update) {
			u.Set(f.hidden, &pdf.Data{Dict: pdf.MakeDict(), Bytes: []byte("BT ET")})
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", pdf.MakeDict(n("Certs"), pdf.Array{f.hidden})) })
		}, notAllowed, ""},

		// Evidence.
		{"lists that are objects", root("DSS", func(u *pdf.Update) pdf.Object {
			return u.Add(pdf.MakeDict(n("CRLs"), u.Add(pdf.Array{u.Add(der)}), n("VRI"), u.Add(pdf.MakeDict(n("0123456789ABCDEF0123456789ABCDEF01234567"), u.Add(pdf.MakeDict(n("CRL"), pdf.Array{}))))))
		}), allowed, "EVIDENCE"},
		{"a store that is a stream", root("DSS", func(u *pdf.Update) pdf.Object { return u.Add(der) }), notAllowed, "EVIDENCE_FORGED"},
		{"a store that is a text", root("DSS", is(pdf.String("x"))), notAllowed, "EVIDENCE_FORGED"},
		{"a list that is null", root("DSS", is(pdf.MakeDict(n("Certs"), nil))), notAllowed, "EVIDENCE_FORGED"},
		{"a list of texts", root("DSS", is(pdf.MakeDict(n("Certs"), pdf.Array{pdf.String("x")}))), notAllowed, "EVIDENCE_FORGED"},
		{"a key that is no digest", root("DSS", is(pdf.MakeDict(n("VRI"), pdf.MakeDict(n("Z"), pdf.MakeDict())))), notAllowed, "EVIDENCE_FORGED"},
		{"a group that is no dictionary", root("DSS", is(pdf.MakeDict(n("VRI"), pdf.MakeDict(n("0123456789ABCDEF0123456789ABCDEF01234567"), pdf.Array{})))), notAllowed, "EVIDENCE_FORGED"},
		{"a group with a list that is null", root("DSS", is(pdf.MakeDict(n("VRI"), pdf.MakeDict(n("0123456789ABCDEF0123456789ABCDEF01234567"), pdf.MakeDict(n("OCSP"), nil))))), notAllowed, "EVIDENCE_FORGED"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.name, update(t, signed, c.change), c.want, c.code) })
	}
}

// TestEvidenceRemoved: evidence that only gets less is missing for a signature
// that had it, and no concern of one from before.
func TestEvidenceRemoved(t *testing.T) {
	first := signedFields(t)
	store := func(t *testing.T, b []byte, crls ...[]byte) []byte {
		return update(t, b, func(doc *pdf.File, u *pdf.Update) {
			list := pdf.Array{}
			for _, c := range crls {
				list = append(list, u.Add(&pdf.Data{Dict: pdf.MakeDict(), Bytes: c}))
			}
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", pdf.MakeDict(n("CRLs"), list)) })
		})
	}
	b := store(t, first, world().CRL())
	b = sign(t, b, world().Agencies[0], pades.Options{Field: documents.AgencyField})
	for _, c := range []struct {
		name        string
		b           []byte
		first, then verify.Modification
	}{
		{"removed", update(t, b, func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Delete("DSS") })
		}), allowed, undetermined},
		{"a list removed", update(t, b, func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", pdf.MakeDict()) })
		}), allowed, undetermined},
		{"replaced by new", store(t, b, world().CRL(), world().RootCRL()), allowed, allowed},
	} {
		r := judge(t, c.b)
		if r.Signatures[0].Modification != c.first || r.Signatures[1].Modification != c.then {
			t.Errorf("%s: %s %s %v", c.name, r.Signatures[0].Modification, r.Signatures[1].Modification, r.Signatures[1].Changes)
		}
	}
}

// TestOddEvidence: what was odd about the evidence when people signed is no
// change of a later revision.
func TestOddEvidence(t *testing.T) {
	odd := pdf.MakeDict(n("Type"), n("Khac"), n("Certs"), pdf.String("x"), n("VRI"), pdf.MakeDict(n("Z"), pdf.Array{}))
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", odd) })
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	check(t, "signed once more", sign(t, s, world().Agencies[0], pades.Options{Field: documents.AgencyField}), allowed, "SIGNATURE_ADDED")
}

// TestStampOverStamp: a later stamp hides that of an earlier signature.
func TestStampOverStamp(t *testing.T) {
	s := addField(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("T", pdf.String("dau"))
		d.Set("Rect", pdf.Array{300, 100, 420, 220})
		d.Set("AP", pdf.MakeDict(n("N"), u.Add(stream(120, 120, ""))))
	})
	s = sign(t, s, world().Persons[0], pades.Options{Field: "dau"})
	for _, c := range []struct {
		rect pdf.Array
		want bool
	}{{pdf.Array{310, 110, 410, 210}, true}, {pdf.Array{100, 100, 220, 220}, false}} {
		b := addField(t, s, func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
			d.Set("Rect", c.rect)
			d.Set("AP", pdf.MakeDict(n("N"), u.Add(stream(120, 120, "1 g 0 0 120 120 re f"))))
			d.Set("V", u.Add(sigDict("ETSI.CAdES.detached")))
		})
		covered := false
		for _, change := range judgeAttack(t, "stamp", b).Signatures[0].Changes {
			covered = covered || change.Code == "STAMP_COVERED" && change.Effect == undetermined
		}
		if covered != c.want {
			t.Errorf("%v: %v", c.rect, covered)
		}
	}
}

// TestNewFields: fields come for signatures alone, under names of their own.
func TestNewFields(t *testing.T) {
	signed, f := signedForm(t, nil)
	for _, c := range []struct {
		name string
		add  func(u *pdf.Update) pdf.Ref
		want verify.Modification
		code string
	}{
		{"empty", func(u *pdf.Update) pdf.Ref { return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"))) }, allowed, "FIELD_ADDED"},
		{"in a node of its own", func(u *pdf.Update) pdf.Ref {
			node := u.Add(nil)
			kid := u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"), n("Parent"), node))
			u.Set(node, pdf.MakeDict(n("T"), pdf.String("nut"), n("Kids"), pdf.Array{kid}))
			return node
		}, allowed, "FIELD_ADDED"},
		{"text in a node of its own", func(u *pdf.Update) pdf.Ref {
			node := u.Add(nil)
			kid := u.Add(pdf.MakeDict(n("FT"), n("Tx"), n("T"), pdf.String("x"), n("Parent"), node))
			u.Set(node, pdf.MakeDict(n("T"), pdf.String("nut"), n("Kids"), pdf.Array{kid}))
			return node
		}, notAllowed, "FIELD_ADDED_FORGED"},
		{"a name with a full stop", func(u *pdf.Update) pdf.Ref {
			return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("Nhom.x")))
		}, notAllowed, "FIELD_ADDED_FORGED"},
		{"a name there is", func(u *pdf.Update) pdf.Ref {
			return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("HoTen")))
		}, notAllowed, "FIELD_ADDED_FORGED"},
		{"no name", func(u *pdf.Update) pdf.Ref { return u.Add(pdf.MakeDict(n("FT"), n("Sig"))) }, notAllowed, "FIELD_ADDED_FORGED"},
		{"a value that is no signature", func(u *pdf.Update) pdf.Ref {
			return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"), n("V"), pdf.MakeDict(n("Type"), n("Sig"))))
		}, notAllowed, "SIGNATURE_EMPTY"},
		{"a signature without contents", func(u *pdf.Update) pdf.Ref {
			return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"), n("V"), u.Add(pdf.MakeDict(n("Type"), n("Sig"), n("ByteRange"), pdf.Array{0, 1, 2, 3}, n("Contents"), nil))))
		}, notAllowed, "SIGNATURE_EMPTY"},
		{"kid of a field there is", func(u *pdf.Update) pdf.Ref {
			return u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"), n("Parent"), f.group))
		}, notAllowed, "FIELD_ADDED_FORGED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, c.name, update(t, signed, func(doc *pdf.File, u *pdf.Update) {
				old, _ := doc.AcroForm()
				form := old.Clone()
				a, _ := doc.Array(form.Get("Fields"))
				form.Set("Fields", append(append(pdf.Array{}, a...), c.add(u)))
				edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", form) })
			}), c.want, c.code)
		})
	}
	check(t, "new kid of a locked parent", func() []byte {
		s, f := signedForm(t, pdf.MakeDict(n("Action"), n("Include"), n("Fields"), pdf.Array{pdf.String("Nhom")}))
		return update(t, s, func(doc *pdf.File, u *pdf.Update) {
			kid := u.Add(pdf.MakeDict(n("FT"), n("Sig"), n("T"), pdf.String("x"), n("Parent"), f.group))
			edit(t, u, f.group, func(d *pdf.Dict) { d.Set("Kids", append(append(pdf.Array{}, d.Get("Kids").(pdf.Array)...), kid)) })
		})
	}(), notAllowed, "")
}

// TestShadows: what a reader that goes through the file would take for an
// object, in a stream of a later revision; and a trailer there.
func TestShadows(t *testing.T) {
	s := signedLetter(t)
	for _, text := range []string{"\n4 0 obj\n<<>>\nendobj\n", "\n4\n0 obj\n", "trailer <</Root 99 0 R>>", "startxref\n12"} {
		b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
			crl := u.Add(&pdf.Data{Dict: pdf.MakeDict(), Bytes: append(bytes.Clone(world().CRL()), text...)})
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", pdf.MakeDict(n("CRLs"), pdf.Array{crl})) })
		})
		check(t, text, b, undetermined, "STRUCTURE")
	}
}

// TestLatentContentWarning: a signed file that holds content nobody sees is
// called so, and a usual one is not.
func TestLatentContentWarning(t *testing.T) {
	warned := func(b []byte) bool {
		for _, w := range judge(t, b).Warnings {
			if w.Code == "LATENT_CONTENT" {
				return true
			}
		}
		return false
	}
	if warned(signedLetter(t)) || warned(signedFields(t)) {
		t.Error("a usual document is warned of")
	}
	for name, o := range map[string]pdf.Object{
		"page":         pdf.MakeDict(n("Type"), n("Page")),
		"catalog":      pdf.MakeDict(n("Type"), n("Catalog")),
		"annotation":   annotation("FreeText"),
		"form":         stream(9, 9, "BT (x) Tj ET"),
		"page content": &pdf.Data{Dict: pdf.MakeDict(), Bytes: []byte("q BT /F1 9 Tf (x) Tj ET Q")},
	} {
		b := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) { u.Add(o) })
		if !warned(sign(t, b, world().Persons[0], pades.Options{})) {
			t.Errorf("%s: no warning", name)
		}
	}
	for name, o := range map[string]pdf.Object{
		"font":     pdf.MakeDict(n("Type"), n("Font")),
		"text":     pdf.String("x"),
		"metadata": &pdf.Data{Dict: pdf.MakeDict(n("Type"), n("Metadata")), Bytes: []byte("<x/>")},
		"program":  &pdf.Data{Dict: pdf.MakeDict(n("Length1"), 4), Bytes: []byte{0, 1, 0, 0}},
	} {
		b := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) { u.Add(o) })
		if warned(sign(t, b, world().Persons[0], pades.Options{})) {
			t.Errorf("%s: a warning", name)
		}
	}
}

// TestShadowWarning: a signed file in which a reader that goes through it would
// find another object than the cross-references name is called so; one that was
// updated before it was signed is not.
func TestShadowWarning(t *testing.T) {
	warned := func(b []byte) bool {
		for _, w := range judge(t, sign(t, b, world().Persons[0], pades.Options{})).Warnings {
			if w.Code == "SHADOW_OBJECT" {
				return true
			}
		}
		return false
	}
	b := document(t, documents.Letter)
	if warned(b) || warned(update(t, b, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Rotate", 90) })
	})) {
		t.Error("a usual document is warned of")
	}
	for _, text := range []string{"\n4 0 obj\n<<>>\nendobj\n", "4 0 obj", "x 00004\t0\robj"} {
		if !warned(update(t, b, func(doc *pdf.File, u *pdf.Update) { u.Add(&pdf.Data{Dict: pdf.MakeDict(), Bytes: []byte(text)}) })) {
			t.Errorf("%q: no warning", text)
		}
	}
}
