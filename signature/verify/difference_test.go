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

// TestLaterRevisions: what may follow a signature and what must not. Each case
// is one revision appended to a document that a person signed.
func TestLaterRevisions(t *testing.T) {
	signed := sign(t, document(t, documents.LetterWithFields), world().Persons[0], pades.Options{Field: documents.PersonField})
	page := func(u *pdf.Update, doc *pdf.File, change func(d *pdf.Dict)) {
		edit(t, u, firstPage(t, doc).Ref, change)
	}
	content := func(u *pdf.Update) pdf.Ref {
		return u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: []byte("BT (sua) Tj ET")})
	}
	annotation := func(u *pdf.Update, kind string) pdf.Ref {
		return u.Add(pdf.MakeDict(pdf.Name("Type"), pdf.Name("Annot"), pdf.Name("Subtype"), pdf.Name(kind),
			pdf.Name("Rect"), pdf.Array{0, 0, 500, 800}, pdf.Name("Contents"), pdf.String("x")))
	}
	addAnnotation := func(doc *pdf.File, u *pdf.Update, ref pdf.Ref) {
		a, err := doc.Array(firstPage(t, doc).Dict.Get("Annots"))
		if err != nil {
			t.Fatal(err)
		}
		page(u, doc, func(d *pdf.Dict) { d.Set("Annots", append(append(pdf.Array{}, a...), ref)) })
	}
	form := func(doc *pdf.File, u *pdf.Update, change func(d *pdf.Dict)) {
		root, err := doc.Catalog()
		if err != nil {
			t.Fatal(err)
		}
		if ref, ok := root.Get("AcroForm").(pdf.Ref); ok {
			edit(t, u, ref, change)
			return
		}
		old, err := doc.AcroForm()
		if err != nil {
			t.Fatal(err)
		}
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			f := old.Clone()
			change(f)
			d.Set("AcroForm", f)
		})
	}
	field := func(doc *pdf.File, name string) pdf.Field {
		fields, err := doc.Fields()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fields {
			if f.Name == name {
				return f
			}
		}
		t.Fatalf("no field %s", name)
		return pdf.Field{}
	}
	for _, c := range []struct {
		name   string
		change func(doc *pdf.File, u *pdf.Update)
		want   verify.Modification
	}{
		{"nothing but a new revision", func(doc *pdf.File, u *pdf.Update) {}, verify.ModificationAllowed},
		{"an object written again as it was", func(doc *pdf.File, u *pdf.Update) { page(u, doc, func(*pdf.Dict) {}) }, verify.ModificationAllowed},
		{"information changed", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, doc.Trailer().Get("Info").(pdf.Ref), func(d *pdf.Dict) { d.Set("Producer", pdf.String("x")) })
		}, verify.ModificationAllowed},
		{"evidence added", func(doc *pdf.File, u *pdf.Update) {
			crl := u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: world().CRL()})
			dss := u.Add(pdf.MakeDict(pdf.Name("CRLs"), pdf.Array{crl}))
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", dss) })
		}, verify.ModificationAllowed},
		{"evidence that is a dictionary", func(doc *pdf.File, u *pdf.Update) {
			dss := u.Add(pdf.MakeDict(pdf.Name("CRLs"), pdf.Array{u.Add(pdf.MakeDict())}))
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", dss) })
		}, verify.ModificationNotAllowed},
		{"page content replaced", func(doc *pdf.File, u *pdf.Update) {
			page(u, doc, func(d *pdf.Dict) { d.Set("Contents", content(u)) })
		}, verify.ModificationNotAllowed},
		{"page content changed in place", func(doc *pdf.File, u *pdf.Update) {
			u.Set(firstPage(t, doc).Dict.Get("Contents").(pdf.Ref), &pdf.Data{Dict: &pdf.Dict{}, Bytes: []byte("x")})
		}, verify.ModificationNotAllowed},
		{"page turned", func(doc *pdf.File, u *pdf.Update) {
			page(u, doc, func(d *pdf.Dict) { d.Set("Rotate", 90) })
		}, verify.ModificationNotAllowed},
		{"page added", func(doc *pdf.File, u *pdf.Update) {
			root, _ := doc.Catalog()
			edit(t, u, root.Get("Pages").(pdf.Ref), func(d *pdf.Dict) { d.Set("Count", 2) })
		}, verify.ModificationNotAllowed},
		{"annotation added", func(doc *pdf.File, u *pdf.Update) { addAnnotation(doc, u, annotation(u, "Stamp")) }, verify.ModificationNotAllowed},
		{"annotations removed", func(doc *pdf.File, u *pdf.Update) {
			page(u, doc, func(d *pdf.Dict) { d.Delete("Annots") })
		}, verify.ModificationNotAllowed},
		{"action on opening", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("OpenAction", u.Add(pdf.MakeDict(pdf.Name("S"), pdf.Name("JavaScript")))) })
		}, verify.ModificationNotAllowed},
		{"permissions added", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("Perms", pdf.MakeDict()) })
		}, verify.ModificationNotAllowed},
		{"the signature's own field emptied", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, field(doc, documents.AgencyField).Ref, func(d *pdf.Dict) { d.Set("T", pdf.String("khac")) })
		}, verify.ModificationNotAllowed},
		{"an appearance without a signature", func(doc *pdf.File, u *pdf.Update) {
			edit(t, u, field(doc, documents.AgencyField).Ref, func(d *pdf.Dict) { d.Set("V", pdf.MakeDict(pdf.Name("Type"), pdf.Name("Sig"))) })
		}, verify.ModificationNotAllowed},
		{"the form needs appearances", func(doc *pdf.File, u *pdf.Update) {
			form(doc, u, func(d *pdf.Dict) { d.Set("NeedAppearances", true) })
		}, verify.ModificationNotAllowed},
		{"a new text field", func(doc *pdf.File, u *pdf.Update) {
			ref := u.Add(pdf.MakeDict(pdf.Name("FT"), pdf.Name("Tx"), pdf.Name("T"), pdf.String("moi"), pdf.Name("V"), pdf.String("x")))
			form(doc, u, func(d *pdf.Dict) {
				a, _ := doc.Array(d.Get("Fields"))
				d.Set("Fields", append(append(pdf.Array{}, a...), ref))
			})
		}, verify.ModificationNotAllowed},
		{"an object nobody refers to", func(doc *pdf.File, u *pdf.Update) { content(u) }, verify.ModificationUndetermined},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judge(t, update(t, signed, c.change))
			s := r.Signatures[0]
			if s.Modification != c.want {
				t.Errorf("%s, want %s: %v", s.Modification, c.want, s.Changes)
			}
			if !s.Valid || !s.Intact || s.Coverage != verify.CoverageRevision {
				t.Errorf("the signed revision itself: %+v", s)
			}
			if passed := c.want == verify.ModificationAllowed; passed != (r.Verdict == verify.TotalPassed) {
				t.Errorf("verdict %s %v", r.Verdict, r.Reason)
			}
			for _, change := range s.Changes {
				if change.VI == "" || change.EN == "" || change.Revision != 4 {
					t.Errorf("change %+v", change)
				}
			}
		})
	}
}

// TestLatentContent: an object that the signed revision refers to but does not
// have must not appear later.
func TestLatentContent(t *testing.T) {
	b := document(t, documents.Letter)
	planted := update(t, b, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) {
			size := doc.Trailer().Get("Size").(int64)
			d.Set("Contents", pdf.Array{d.Get("Contents"), pdf.Ref{Number: int(size) + 5}})
		})
	})
	signed := sign(t, planted, world().Persons[0], pades.Options{})
	if r := judge(t, signed); r.Verdict != verify.TotalPassed {
		t.Fatalf("before: %s %v", r.Verdict, r.Reason)
	}
	attacked := update(t, signed, func(doc *pdf.File, u *pdf.Update) {
		size := open(t, b).Trailer().Get("Size").(int64)
		u.Set(pdf.Ref{Number: int(size) + 5}, &pdf.Data{Dict: &pdf.Dict{}, Bytes: []byte("BT ET")})
	})
	r := judge(t, attacked)
	latent := func(c verify.Change) bool { return c.Code == "LATENT" }
	if s := r.Signatures[0]; s.Modification != verify.ModificationNotAllowed || !slices.ContainsFunc(s.Changes, latent) || r.Verdict != verify.TotalFailed {
		t.Errorf("%s %v", s.Modification, s.Changes)
	}
}

// TestCertification: DocMDP and FieldMDP decide what later revisions may do.
func TestCertification(t *testing.T) {
	for _, c := range []struct {
		permission int
		want       verify.Modification
	}{{1, verify.ModificationNotAllowed}, {2, verify.ModificationAllowed}, {3, verify.ModificationAllowed}} {
		t.Run(fmt.Sprint("P ", c.permission), func(t *testing.T) {
			b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
				fields, err := doc.SignatureFields()
				if err != nil {
					t.Fatal(err)
				}
				edit(t, u, fields[0].Ref, func(d *pdf.Dict) {
					d.Set("Lock", pdf.MakeDict(pdf.Name("Action"), pdf.Name("Include"), pdf.Name("Fields"), pdf.Array{pdf.String("khac")}, pdf.Name("P"), c.permission))
				})
			})
			b = sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
			// Our own signer refuses where the lock says so, so the second
			// signature goes in by hand.
			b = signRegardless(t, b)
			s := judge(t, b).Signatures[0]
			if s.Modification != c.want {
				t.Errorf("%s, want %s: %v", s.Modification, c.want, s.Changes)
			}
		})
	}
}

// signRegardless fills the agency's field without asking earlier signatures: it
// signs a copy without the lock and moves the update over.
func signRegardless(t *testing.T, b []byte) []byte {
	unlocked := bytes.ReplaceAll(b, []byte("/Lock"), []byte("/Lack"))
	signed := sign(t, unlocked, world().Agencies[0], pades.Options{Field: documents.AgencyField})
	return append(bytes.Clone(b), signed[len(b):]...)
}
