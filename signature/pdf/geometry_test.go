package pdf_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"kyso/signature/pdf"
)

// pageOf is a document of one page with the given entries, and its parent's.
func pageOf(t *testing.T, page, parent string) (pdf.View, pdf.Page) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]" + parent + ">>", "<</Type/Page/Parent 2 0 R" + page + ">>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref)
	doc, err := pdf.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var first pdf.Page
	if err := doc.EachPage(func(p pdf.Page) bool { first = p; return false }); err != nil {
		t.Fatal(err)
	}
	return doc.View, first
}

// TestGeometry places a rectangle 10 points from the left and 20 from the
// bottom of the page as it is shown, and expects it where a turned sheet has
// it.
func TestGeometry(t *testing.T) {
	for _, c := range []struct {
		name, page, parent string
		width, height      float64
		own                pdf.Rect
	}{
		{"plain", "/MediaBox[0 0 200 300]", "", 200, 300, pdf.Rect{Left: 10, Bottom: 20, Right: 40, Top: 60}},
		{"inherited", "", "/MediaBox[0 0 200 300]/Rotate 90", 300, 200, pdf.Rect{Left: 140, Bottom: 10, Right: 180, Top: 40}},
		{"upside down", "/Rotate 180", "/MediaBox[0 0 200 300]", 200, 300, pdf.Rect{Left: 160, Bottom: 240, Right: 190, Top: 280}},
		{"to the left", "/Rotate -90", "/MediaBox[0 0 200 300]", 300, 200, pdf.Rect{Left: 20, Bottom: 260, Right: 60, Top: 290}},
		{"cropped", "/CropBox[50 60 150 260]", "/MediaBox[0 0 200 300]", 100, 200, pdf.Rect{Left: 60, Bottom: 80, Right: 90, Top: 120}},
		{"crop beyond the medium, corners exchanged", "/CropBox[999 999 -10 -10]", "/MediaBox[200 300 0 0]", 200, 300, pdf.Rect{Left: 10, Bottom: 20, Right: 40, Top: 60}},
		{"large units", "/UserUnit 2/MediaBox[0 0 200 300]", "", 400, 600, pdf.Rect{Left: 5, Bottom: 10, Right: 20, Top: 30}},
		{"nonsense", "/MediaBox[0 0 0 0]/Rotate 45/UserUnit -1", "", 595.276, 841.89, pdf.Rect{Left: 10, Bottom: 20, Right: 40, Top: 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, p := pageOf(t, c.page, c.parent)
			g, err := v.Geometry(p)
			if err != nil {
				t.Fatal(err)
			}
			if g.Width() != c.width || g.Height() != c.height {
				t.Errorf("shown %v × %v, want %v × %v", g.Width(), g.Height(), c.width, c.height)
			}
			shown := pdf.Rect{Left: 10, Bottom: 20, Right: 40, Top: 60}
			own := g.FromShown(shown)
			if own != c.own {
				t.Errorf("in the page's own space %v, want %v", own, c.own)
			}
			if back := g.Shown(own); math.Abs(back.Left-10)+math.Abs(back.Bottom-20)+math.Abs(back.Right-40)+math.Abs(back.Top-60) > 1e-9 {
				t.Errorf("and back %v", back)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	for f, want := range map[float64]pdf.Real{0: "0", -0.0001: "0", 1.5: "1.5", 2.0004: "2", 1e5 + 1.0/3: "100000.333"} {
		if got := pdf.Number(f); got != want {
			t.Errorf("Number(%v) = %s, want %s", f, got, want)
		}
	}
}
