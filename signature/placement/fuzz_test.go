package placement_test

import (
	"bytes"
	"testing"

	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/testdata/documents"
)

// FuzzFind looks for places in a foreign file. It must end, and what it finds
// is on the page and free.
func FuzzFind(f *testing.F) {
	f.Add(new(handmade).signed().bytes(), "Đỗ Thị Thử Nghiệm")
	h := new(handmade).signed()
	h.page = "/Annots[10 0 R]/Rotate 90/CropBox[10 10 590 790]/UserUnit 2"
	h.objects = []string{widget(380, 230, 480, 280, "/V<</Type/Sig>>")}
	f.Add(h.bytes(), "")
	for _, name := range []string{documents.Letter, documents.TwoColumns} {
		b, err := documents.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "")
	}
	f.Fuzz(func(t *testing.T, b []byte, signer string) {
		file, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		r, err := placement.Find(file.View, placement.Options{Signer: signer})
		if err != nil {
			return
		}
		if r.Confidence == placement.None {
			if r.Why.Vi == "" {
				t.Fatal("no place, and no reason")
			}
		} else {
			c, err := placement.Free(file.View, r.Personal)
			if err != nil || !c.Nothing() {
				t.Fatalf("found %v, which covers %+v (%v)", r.Personal, c, err)
			}
		}
		if c, err := placement.TopRight(file.View, 1, 170, 30); err == nil && c.Confidence != placement.None && (c.Rect.Left < 0 || c.Rect.Bottom < 0) {
			t.Fatalf("a corner at %v", c.Rect)
		}
	})
}
