package verify_test

import (
	"bytes"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// FuzzDocument: no change of a signed document, and no foreign document, makes
// the engine panic or hang; and none of them passes but those whose signed
// bytes are as they were.
func FuzzDocument(f *testing.F) {
	w := world()
	good := sign(f, document(f, documents.LetterWithFields), w.Persons[0], pades.Options{Field: documents.PersonField})
	found, err := pades.Find(open(f, good))
	if err != nil {
		f.Fatal(err)
	}
	r := found[0].Range
	f.Add(0, []byte{}, []byte{})
	f.Add(int(r[1])+5, []byte("00"), []byte{})
	f.Add(100, []byte("/Contents"), []byte("\nxref\n0 0\ntrailer<</Root 1 0 R/Size 9/Prev 1>>\nstartxref\n1\n%%EOF"))
	more := update(f, good, func(doc *pdf.File, u *pdf.Update) {
		edit(f, u, firstPage(f, doc).Ref, func(d *pdf.Dict) { d.Set("Rotate", 90) })
	})
	f.Add(0, []byte{}, more[len(good):])
	dss := update(f, good, func(doc *pdf.File, u *pdf.Update) {
		crl := u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: w.CRL()})
		edit(f, u, rootOf(doc), func(d *pdf.Dict) { d.Set("DSS", u.Add(pdf.MakeDict(pdf.Name("CRLs"), pdf.Array{crl}))) })
	})
	f.Add(0, []byte{}, dss[len(good):])
	ev, p := evidence(), policy()
	f.Fuzz(func(t *testing.T, at int, over, behind []byte) {
		b := bytes.Clone(good)
		if at >= 0 && at < len(b) {
			copy(b[at:], over)
		}
		b = append(b, behind...)
		doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		report, err := verify.Document(doc, ev, p)
		if err != nil {
			return
		}
		if report.Verdict != verify.TotalPassed {
			return
		}
		same := len(b) >= len(good) && bytes.Equal(b[:r[1]], good[:r[1]]) && bytes.Equal(b[r[2]:r[2]+r[3]], good[r[2]:r[2]+r[3]])
		if !same {
			t.Fatal("a document whose signed bytes changed passed")
		}
		for _, c := range report.Signatures[0].Changes {
			if c.Effect != verify.ModificationAllowed {
				t.Fatalf("passed with %+v", c)
			}
		}
	})
}

// FuzzAppearance: no appearance makes the engine panic or hang, and none that
// draws no text passes for a value.
func FuzzAppearance(f *testing.F) {
	signed, form := signedForm(f, nil)
	for _, s := range []string{shows("100"), "BT /Helv 10 Tf [(1) -20 (00)] TJ T* (x) ' ET", "q Q q 0 0 1 1 re W n", "1 0 0 1 0 0 cm /X Do", "BT (", "[[[[", "0 0 180 20 re f BT ET", "/Tx BMC EMC"} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, highlight bool) {
		b := update(t, signed, func(doc *pdf.File, u *pdf.Update) {
			if highlight {
				gs := pdf.MakeDict(n("ExtGState"), pdf.MakeDict(n("G"), pdf.MakeDict(n("BM"), n("Multiply"))))
				addAnnotation(t, doc, u, annotation("Highlight", n("C"), pdf.Array{1, 1, 0}, n("QuadPoints"), pdf.Array{100, 430, 130, 430, 100, 400, 130, 400},
					n("AP"), pdf.MakeDict(n("N"), u.Add(stream(30, 30, string(content), n("Resources"), gs)))))
			}
			fillText(t, u, form.text, "100", stream(180, 20, string(content)))
		})
		doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		report, err := verify.Document(doc, evidence(), policy())
		if err != nil || report.Verdict != verify.TotalPassed {
			return
		}
		if !bytes.Contains(content, []byte("T")) && !bytes.Contains(content, []byte("'")) {
			t.Fatalf("%q passed for a value", content)
		}
	})
}
