package text_test

import (
	"bytes"
	"fmt"
	"testing"

	"kyso/signature/pdf"
	"kyso/signature/text"
)

// page is a file of one page with this content, CMap and encoding.
func page(content, cmap, font string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	stream := func(s string) string { return fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(s), s) }
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 7 0 R>>>>>>",
		stream(content), font, stream(cmap),
		"<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 29>>\nstream\nq .5 0 0 .5 9 9 cm /X Do /X Do\nendstream",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// read reads the one page of b.
func read(t *testing.T, b []byte) *text.Page {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out *text.Page
	if err := f.EachPage(func(p pdf.Page) bool {
		out, err = text.Read(f.View, p)
		return false
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	plainFont     = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
	compositeFont = "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding 6 0 R/ToUnicode 6 0 R/DescendantFonts[<</DW 500/W[1[2 3]5 9 400]>>]>>"
	someMap       = "begincmap /WMode 0 def 1 begincodespacerange <00> <7f> <8000> <ffff> endcodespacerange 2 beginbfchar <41> <1EA4> <42> <00410301> endbfchar 2 beginbfrange <43> <50> <0043> <8000> <8002> [<0061> <0062>] endbfrange 1 begincidrange <00> <7f> 1 endcidrange endcmap"
)

// FuzzContent interprets any content and CMap, by both kinds of font.
func FuzzContent(f *testing.F) {
	f.Add("q 1 0 0 1 10 10 cm BT /F 12 Tf 14 TL 5 Ts 90 Tz 1 Tc 2 Tw 3 Tr (AB) Tj [(C) -20 (D)] TJ T* (x) ' 1 2 (y) \" ET Q /X Do", someMap, true)
	f.Add("BI /W 1 ID \x00 EI 0 0 10 10 re W n 1 0 0 RG 0 0 m 9 9 l 1 2 3 4 5 6 c h B* /I Do", "1 beginbfrange <0000> <ffff> <0000> endbfrange", false)
	f.Add("BT /F 1e9 Tf 1e38 0 0 1e38 1e38 1 Tm (A) Tj [[[(] <4 >> ET", someMap, false)
	f.Fuzz(func(t *testing.T, content, cmap string, composite bool) {
		font := plainFont
		if composite {
			font = compositeFont
		}
		got := read(t, page(content, cmap, font))
		for _, l := range got.Lines {
			if !(l.Box.Left <= l.Box.Right && l.Box.Bottom <= l.Box.Top) || len(l.Words) == 0 {
				t.Fatalf("a line at %v of %v", l.Box, l.Words)
			}
		}
		for _, b := range got.Boxes {
			if !(b.Box.Left >= 0 && b.Box.Right <= got.Width) {
				t.Fatalf("a box at %v", b.Box)
			}
		}
	})
}

// FuzzCMap reads any CMap and shows any codes by it.
func FuzzCMap(f *testing.F) {
	f.Add(someMap, []byte("AB\x80\x00\x41"), true)
	f.Add("1 beginbfrange <0000> <ffff> <0000> endbfrange", []byte("\x1e\xa4"), true)
	f.Add("2 begincidrange <0000> <ffff> 0 <41> <42> 7 endcidrange 1 beginbfchar <41> <d800> endbfchar", []byte("A"), false)
	f.Fuzz(func(t *testing.T, cmap string, codes []byte, composite bool) {
		font := plainFont
		if composite {
			font = compositeFont
		}
		got := read(t, page(fmt.Sprintf("BT /F 12 Tf 20 20 Td <%x> Tj ET", codes), cmap, font))
		if got.Glyphs > len(codes) {
			t.Fatalf("%d letters of %d bytes", got.Glyphs, len(codes))
		}
	})
}
