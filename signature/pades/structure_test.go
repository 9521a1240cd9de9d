//go:build !js

package pades_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// twoPages writes a catalog, a tree of two pages and what follows from object
// 5 on.
func twoPages(catalog, first, second string, objects ...string) []byte {
	return buildAll(append([]string{"<</Type /Catalog /Pages 2 0 R " + catalog + ">>", "<</Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 300 200]>>",
		"<</Type /Page /Parent 2 0 R " + first + ">>", "<</Type /Page /Parent 2 0 R " + second + ">>"}, objects...)...)
}

// hybrid writes a file whose form stands in an object stream that only the
// stream beside its table lists (ISO 32000-2, 7.5.8.4).
func hybrid() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	var at [7]int
	add := func(n int, o string) {
		at[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, o)
	}
	add(1, "<</Type /Catalog /Pages 2 0 R /AcroForm 4 0 R>>")
	add(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	add(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200]>>")
	const packed = "4 0 <</Fields [] /DA (/Helv 0 Tf)>>"
	add(5, fmt.Sprintf("<</Type /ObjStm /N 1 /First 4 /Length %d>>\nstream\n%s\nendstream", len(packed), packed))
	at[6] = b.Len()
	entry := []byte{2}
	entry = binary.BigEndian.AppendUint32(entry, 5)
	entry = append(entry, 0)
	fmt.Fprintf(&b, "6 0 obj\n<</Type /XRef /Size 7 /W [1 4 1] /Index [4 1] /Length %d>>\nstream\n%s\nendstream\nendobj\n", len(entry), entry)
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 7\n0000000004 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n0000000000 00000 f \n%010d 00000 n \n%010d 00000 n \n", at[1], at[2], at[3], at[5], at[6])
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R /Size 7 /XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n", at[6], table)
	return b.Bytes()
}

// generations writes a file whose objects have had earlier lives.
func generations() []byte {
	b := twoPages("", "/Annots 5 2 R", "", "[]", "null")
	for _, n := range []string{"3", "5"} {
		b = bytes.Replace(b, []byte("\n"+n+" 0 obj"), []byte("\n"+n+" 2 obj"), 1)
	}
	b = bytes.Replace(b, []byte("[3 0 R 4 0 R]"), []byte("[3 2 R 4 0 R]"), 1)
	head, table, _ := strings.Cut(string(b), "xref\n0 ")
	lines := strings.Split(table, "\n")
	for _, n := range []int{3, 5} {
		lines[1+n] = strings.Replace(lines[1+n], "00000 n", "00002 n", 1)
	}
	return []byte(head + "xref\n0 " + strings.Join(lines, "\n"))
}

// TestStructures: documents are signed as they come, in whatever way they are
// put together: four times over, and each part is still in order.
func TestStructures(t *testing.T) {
	const widget = "<</Type /Annot /Subtype /Text /Rect [10 10 20 20] /Contents (x)>>"
	for _, c := range []struct {
		name string
		data []byte
		want []int // annotations of each page at the end
	}{
		{"no form, no annotations", twoPages("", "", ""), []int{3, 0}},
		{"form direct", twoPages("/AcroForm <</Fields []>>", "", ""), []int{3, 0}},
		{"form without fields", twoPages("/AcroForm 5 0 R", "", "", "<</DA (/Helv 0 Tf)>>"), []int{3, 0}},
		{"form that is not there", twoPages("/AcroForm 5 0 R", "", "", "null"), []int{3, 0}},
		{"fields indirect", twoPages("/AcroForm <</Fields 5 0 R>>", "", "", "[]"), []int{3, 0}},
		{"flags that nobody defined", twoPages("/AcroForm <</Fields [] /SigFlags 1>>", "", ""), []int{3, 0}},
		{"annotations direct", twoPages("", "/Annots [5 0 R]", "", widget), []int{4, 0}},
		{"annotations indirect", twoPages("", "/Annots 6 0 R", "/Annots 7 0 R", widget, "[5 0 R]", "[]"), []int{4, 0}},
		{"annotations null", twoPages("", "/Annots null", "/Annots 6 0 R", widget, "null"), []int{3, 0}},
		{"annotations of two pages", twoPages("", "/Annots 6 0 R", "/Annots 6 0 R", widget, "[5 0 R]"), []int{4, 1}},
		{"annotations that are the form's fields", twoPages("/AcroForm <</Fields 5 0 R>>", "/Annots 5 0 R", "", "[]"), []int{3, 0}},
		{"fields that something else uses", twoPages("/AcroForm <</Fields 5 0 R>> /Own 5 0 R", "", "/Annots 5 0 R", "[]"), []int{3, 0}},
		{"tree of trees", buildAll("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [4 0 R] /Count 1>>", "<</Parent 4 0 R /Type /Page>>",
			"<</Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R /MediaBox [0 0 300 200]>>"), []int{3}},
		{"PDF 2.0", bytes.Replace(twoPages("/Extensions <</ADBE <</BaseVersion /1.7 /ExtensionLevel 8>>>> /Version /2.0", "", ""), []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1), []int{3, 0}},
		{"no ID", bytes.Replace(twoPages("", "", ""), []byte("/ID [<01> <02>]"), nil, 1), []int{3, 0}},
		{"generations", generations(), []int{3, 0}},
		{"hybrid", hybrid(), []int{3}},
		{"a page's data stand for objects", twoPages("", "/Contents 5 0 R", "", "<</Length 26>>\nstream\n9 0 obj <<>> endobj xref 1\nendstream"), []int{3, 0}},
	} {
		forms := []string{""}
		if c.name != "hybrid" && c.name != "generations" {
			forms = append(forms, "--object-streams=generate", "--linearize")
		}
		for _, form := range forms {
			t.Run(c.name+form, func(t *testing.T) {
				b := c.data
				if form != "" {
					out := filepath.Join(t.TempDir(), "out.pdf")
					mustTool(t, "qpdf", form, "--deterministic-id", write(t, b), out)
					var err error
					if b, err = os.ReadFile(out); err != nil {
						t.Fatal(err)
					}
				}
				clean := !strings.Contains(first(tool(t, "qpdf", "--check", write(t, b))), "WARNING")
				one := sign(t, b, rsaSigner(), pades.Options{Reason: "1 0 obj <</Type /Catalog>> endobj trailer"})
				two := sign(t, one, ecSigner(), pades.Options{Appearance: flag(1, pdf.Rect{Left: 20, Bottom: 20, Right: 140, Top: 60})})
				added, err := pades.AddEvidence(open(t, two), pades.Evidence{Certificates: [][]byte{rsaSigner().cert.Raw}})
				if err != nil {
					t.Fatal(err)
				}
				four := stamped(t, whole(t, added), pades.TimestampOptions{})
				if !bytes.HasPrefix(four, b) {
					t.Fatal("bytes of the original changed")
				}
				path := write(t, four)
				out := mustTool(t, "pdfsig", "-nocert", path)
				if n := strings.Count(out, "Signature is Valid"); n != 2 { // it knows no timestamps
					t.Errorf("pdfsig calls %d of 2 valid:\n%s", n, out)
				}
				if out := first(tool(t, "qpdf", "--check", path)); clean && strings.Contains(out, "WARNING") {
					t.Errorf("qpdf: %s", out)
				}
				if out := mustTool(t, "mutool", "info", path); strings.Contains(out, "warning") || strings.Contains(out, "repair") {
					t.Errorf("mutool: %s", out)
				}
				inOrderAll(t, four, 3)
				annotations(t, four, c.want)
				was, is := open(t, b), open(t, four)
				if !pdf.Equal(was.Trailer().Get("ID"), is.Trailer().Get("ID")) || !pdf.Equal(was.Trailer().Get("Info"), is.Trailer().Get("Info")) {
					t.Errorf("the trailer was %v, and is %v", was.Trailer(), is.Trailer())
				}
				before, err1 := was.Catalog()
				after, err2 := is.Catalog()
				if err1 != nil || err2 != nil || !pdf.Equal(before.Get("Version"), after.Get("Version")) || !pdf.Equal(before.Get("Extensions"), after.Get("Extensions")) {
					t.Errorf("the catalog was %v, and is %v", before, after)
				}
			})
		}
	}
}

// annotations counts those of each page.
func annotations(t *testing.T, b []byte, want []int) {
	t.Helper()
	doc := open(t, b)
	var got []int
	err := doc.EachPage(func(p pdf.Page) bool {
		a, err := doc.Array(p.Dict.Get("Annots"))
		if err != nil {
			t.Error(err)
		}
		got = append(got, len(a))
		return true
	})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the pages have %v annotations, want %v (%v)", got, want, err)
	}
}

// TestNames: a new field is called neither as a field nor as a node above
// fields is.
func TestNames(t *testing.T) {
	b := build(t, "/AcroForm <</Fields [4 0 R 6 0 R]>>", "<</T (Signature1) /Kids [5 0 R]>>", "<</T (x) /FT /Tx /Parent 4 0 R>>", "<</T (Signature2) /FT /Tx>>")
	signed := sign(t, b, ecSigner(), pades.Options{})
	if r := inOrderAll(t, signed, 1); r.Signatures[0].Field != "Signature3" {
		t.Errorf("called %q", r.Signatures[0].Field)
	}
	if err := pades.Check(open(t, b), pades.Options{Field: "Signature1"}); !errors.Is(err, pades.ErrNoField) {
		t.Errorf("a node's name: %v", err)
	}
	locked := sign(t, b, ecSigner(), pades.Options{Field: "s", Lock: &pades.Lock{Action: "Include", Fields: []string{"Signature3"}}})
	if r := inOrderAll(t, sign(t, locked, ecSigner(), pades.Options{}), 2); r.Signatures[1].Field != "Signature4" {
		t.Errorf("called %q beside a locked name", r.Signatures[1].Field)
	}
}

// TestManySignatures: the hundredth signature harms none before it.
func TestManySignatures(t *testing.T) {
	const many = 110
	b := document(t, documents.Letter)
	for range many {
		b = sign(t, b, ecSigner(), pades.Options{})
	}
	inOrderAll(t, b, many)
	if n := strings.Count(mustTool(t, "pdfsig", "-nocert", write(t, b)), "Signature is Valid"); n != many {
		t.Errorf("pdfsig calls %d of %d valid", n, many)
	}
}

// TestUnsound: documents that readers would see differently, or whose pages are
// made elsewhere, are refused by Check and Prepare alike, and all but forms by
// the others that append.
func TestUnsound(t *testing.T) {
	letter := document(t, documents.Letter)
	signed := sign(t, letter, rsaSigner(), pades.Options{})
	replace := func(b []byte, old, new string) []byte {
		if !bytes.Contains(b, []byte(old)) || len(old) != len(new) {
			t.Fatalf("cannot make %q of %q", new, old)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	const field = "<</FT /Tx /T (a)>>"
	const template = "<</Length 3>>\nstream\nxfa\nendstream"
	for _, c := range []struct {
		name string
		data []byte
		form bool
	}{
		{"dynamic form", build(t, "/NeedsRendering true /AcroForm <</Fields [4 0 R] /XFA 5 0 R>>", field, template), true},
		{"shell of a form", build(t, "/AcroForm <</Fields [] /XFA [(template) 4 0 R]>>", template), true},
		{"an entry that points elsewhere", replace(build(t, ""), "3 0 obj", "4 0 obj"), false},
		{"an object that cannot be read", build(t, "/Own 4 0 R", "<</A >>>"), false},
		{"an unused one", build(t, "", "<</A >>>"), false},
		{"a stream of another length", build(t, "", "<</Length 9>>\nstream\nxfa\nendstream"), false},
		{"no pages", buildAll("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [] /Count 0>>"), false},
		{"pages that loop", buildAll("<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [2 0 R] /Count 1>>"), false},
		{"pages that are missing", buildAll("<</Type /Catalog /Pages 9 0 R>>"), false},
		{"bytes before the header", append([]byte("\n"), letter...), false},
		{"fields that loop", build(t, "/AcroForm <</Fields [4 0 R]>>", "<</T (a) /Kids [4 0 R]>>"), false},
		{"annotations that are none", nil, false},
		{"a signature cut off", nil, false},
	} {
		if c.name == "annotations that are none" {
			c.data = buildPage(t, "/MediaBox [0 0 9 9] /Annots 4 0 R", "", "7")
		}
		if c.name == "a signature cut off" {
			at := findRange(t, signed)
			text := fmt.Sprintf("[0 %d %d %%d", at[1], at[2])
			c.data = replace(signed, fmt.Sprintf(text, at[3]), fmt.Sprintf(text, at[3]+1))
		}
		t.Run(c.name, func(t *testing.T) {
			doc, err := pdf.Open(bytes.NewReader(c.data), int64(len(c.data)))
			var format *pdf.FormatError
			if err != nil {
				if !errors.As(err, &format) {
					t.Errorf("Open: %v", err)
				}
				return // refused earlier still
			}
			right := func(err error) bool {
				if c.form {
					return errors.Is(err, pades.ErrDynamicForm)
				}
				return errors.As(err, &format)
			}
			checked := pades.Check(doc, pades.Options{})
			if c.name == "annotations that are none" {
				checked = format // only adding one tells
			}
			if !right(checked) && c.name != "annotations that are none" {
				t.Errorf("Check: %v", checked)
			}
			if _, err := trySign(c.data, ecSigner(), pades.Options{}); !right(err) {
				t.Errorf("Prepare: %v", err)
			}
			_, err1 := pades.AddEvidence(doc, pades.Evidence{CRLs: [][]byte{{0x30, 0}}})
			_, err2 := pades.PrepareTimestamp(doc, pades.TimestampOptions{})
			if c.name == "annotations that are none" {
				err1 = err2
			}
			for _, err := range []error{err1, err2} {
				if c.form && err != nil || !c.form && !right(err) {
					t.Errorf("evidence and timestamps: %v", err)
				}
			}
		})
	}
	if err := pades.Check(open(t, build(t, "/NeedsRendering true /AcroForm <</Fields [] /XFA 4 0 R>>", template)), pades.Options{Field: "a.b", Certify: pades.NoChanges}); !errors.Is(err, pades.ErrDynamicForm) {
		t.Errorf("the document's own fault comes first: %v", err)
	}
	static := build(t, "/NeedsRendering false /AcroForm <</Fields [4 0 R] /XFA 5 0 R>>", field, template)
	both := sign(t, sign(t, static, rsaSigner(), pades.Options{}), ecSigner(), pades.Options{})
	pleases(t, write(t, both), 2)
	inOrderAll(t, both, 2)
}

// FuzzPrepare signs whatever a stranger sends: it is refused, or the result is
// intact and no earlier signature in order is harmed.
func FuzzPrepare(f *testing.F) {
	for _, name := range []string{documents.Letter, documents.LetterWithFields, documents.Encrypted, documents.Truncated, documents.NotPDF} {
		b, err := documents.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, byte(0))
	}
	small := build(f, "/AcroForm 4 0 R /Perms 5 0 R", "<</Fields 6 0 R /SigFlags 1>>", "<<>>", "[7 0 R]",
		"<</FT /Sig /T (a) /Kids [8 0 R] /Lock <</Action /All>> /SV <</Reasons [(x)]>>>>", "<</Type /Annot /Subtype /Widget /Parent 7 0 R /Rect [1 1 99 99]>>")
	id := ecSigner()
	for how := range byte(4) {
		f.Add(small, how)
		if b, err := trySign(small, id, pades.Options{Field: "a"}); err == nil {
			f.Add(b, how)
		}
		f.Add(hybrid(), how)
		f.Add(generations(), how)
	}
	f.Fuzz(func(t *testing.T, b []byte, how byte) {
		doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		now := time.Now()
		before, err := verify.Document(doc, verify.Evidence{}, verify.Policy{At: now})
		if err != nil {
			return
		}
		o := pades.Options{}
		if how&1 != 0 {
			o.Appearance = flag(1, pdf.Rect{Left: 5, Bottom: 5, Right: 65, Top: 25})
		}
		if how&2 != 0 {
			o.Field = "a"
			if how&1 != 0 && fieldExists(doc, "a") {
				o.Appearance = flag(0, pdf.Rect{})
			}
		}
		signed, err := trySign(b, id, o)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(signed, b) {
			t.Fatal("bytes of the original changed")
		}
		after, err := verify.Document(open(t, signed), verify.Evidence{}, verify.Policy{At: now})
		if err != nil {
			t.Fatal(err)
		}
		made := 0
		was := map[string]bool{}
		for _, s := range before.Signatures {
			was[s.Field] = inOrder(s)
		}
		for _, s := range after.Signatures {
			if was[s.Field] && !inOrder(s) {
				t.Fatalf("an earlier signature: %+v", s)
			}
			if s.Coverage == verify.CoverageWholeFile {
				if made++; !inOrder(s) {
					t.Fatalf("the new signature: %+v", s)
				}
			}
		}
		if made != 1 || len(after.Signatures) != len(before.Signatures)+1 {
			t.Fatalf("%d new signatures, %d after %d", made, len(after.Signatures), len(before.Signatures))
		}
	})
}

func fieldExists(doc *pdf.File, name string) bool {
	fields, err := doc.Fields()
	if err != nil {
		return false
	}
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}
