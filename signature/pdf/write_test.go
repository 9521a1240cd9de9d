package pdf_test

import (
	"bytes"
	"testing"

	"kyso/signature/pdf"
)

// TestStringsHideNoStructure: text that looks like a part of the file is
// written so that nobody who goes through the file finds one, and reads back.
func TestStringsHideNoStructure(t *testing.T) {
	base := []byte("%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Root 1 0 R /Size 2>>\nstartxref\n43\n%%EOF\n")
	for _, text := range []string{"7 0 obj <<>> endobj", "a trailer", "startxref 0", "an %%EOF", "plain (text) \\ of it"} {
		doc, err := pdf.Open(bytes.NewReader(base), int64(len(base)))
		if err != nil {
			t.Fatal(err)
		}
		u, err := doc.NewUpdate()
		if err != nil {
			t.Fatal(err)
		}
		ref := u.Add(pdf.String(text))
		more, err := u.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if found := bytes.Contains(more, []byte(text)); found {
			t.Errorf("%q stands in the file as it is", text)
		}
		whole := append(bytes.Clone(base), more...)
		if doc, err = pdf.Open(bytes.NewReader(whole), int64(len(whole))); err != nil {
			t.Fatal(err)
		}
		if got, err := doc.Object(ref); err != nil || got != pdf.String(text) {
			t.Errorf("%q reads back as %v, %v", text, got, err)
		}
	}
}

// TestDeflated: data that do not become smaller stay as they are.
func TestDeflated(t *testing.T) {
	if d := pdf.Deflated(&pdf.Dict{}, []byte{1, 2, 3}); string(d.Bytes) != "\x01\x02\x03" || d.Get("Filter") != nil {
		t.Errorf("%v", d)
	}
	if d := pdf.Deflated(&pdf.Dict{}, make([]byte, 1000)); len(d.Bytes) > 100 || d.Get("Filter") != pdf.Name("FlateDecode") {
		t.Errorf("%v", d)
	}
}
