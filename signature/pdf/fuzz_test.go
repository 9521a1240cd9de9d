package pdf_test

import (
	"bytes"
	"testing"

	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// FuzzOpen reads everything of a foreign file that the engine ever reads. It
// must end, and may only fail.
func FuzzOpen(f *testing.F) {
	f.Add(build("", "<</Pages 2 0 R /AcroForm <</Fields [4 0 R]>>>>", onePage, "<</Type /Page>>", "<</FT /Sig /T (a)>>"))
	f.Add(build("/Encrypt 2 0 R", "<</Pages 2 0 R>>", "<</Type /ObjStm /N 1 /First 4 /Length 5>>\nstream\n7 0 1\nendstream"))
	for _, name := range []string{documents.LetterWithFields, documents.Encrypted, documents.Truncated} {
		b, err := documents.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for n := 1; n <= min(file.Revisions(), 4); n++ {
			v := file.Revision(n)
			v.Pages()
			v.Fields()
			v.Stray()
			for _, number := range file.Numbers(n)[:min(50, len(file.Numbers(n)))] {
				at, ok := v.Locate(number)
				if !ok {
					continue
				}
				o, err := v.Object(pdf.Ref{Number: number, Generation: at.Generation})
				if s, isStream := o.(*pdf.Stream); isStream && err == nil {
					v.Decode(s, 1<<16)
				}
			}
		}
		file.EndingAt(int64(len(b)))
		u, err := file.NewUpdate()
		if err != nil {
			return
		}
		u.Add(pdf.MakeDict(pdf.Name("A"), 1))
		more, err := u.Bytes()
		if err != nil {
			return
		}
		all := append(bytes.Clone(b), more...)
		again, err := pdf.Open(bytes.NewReader(all), int64(len(all)))
		if err != nil {
			t.Fatalf("our own update cannot be read: %v", err)
		}
		if again.Revisions() != file.Revisions()+1 {
			t.Fatalf("%d revisions became %d", file.Revisions(), again.Revisions())
		}
	})
}
