package text_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"kyso/signature/pdf"
	"kyso/signature/text"
)

// lines is the text of each line, top first.
func lines(p *text.Page) string {
	var out []string
	for _, l := range p.Lines {
		out = append(out, l.Text)
	}
	return strings.Join(out, " | ")
}

// TestEncodings reads letters by the tables of ISO 32000-2, Annex D, and by the
// names of the Adobe Glyph List.
func TestEncodings(t *testing.T) {
	font := func(encoding string) string {
		return "<</Type/Font/Subtype/Type1/BaseFont/Helvetica" + encoding + ">>"
	}
	for _, c := range []struct{ name, font, content, want string }{
		{"standard", font(""), "(A\\256\\341\\047)", "AﬁÆ’"},
		{"Windows", font("/Encoding/WinAnsiEncoding"), "(\\200\\311\\226)", "€É–"},
		{"Macintosh", font("/Encoding/MacRomanEncoding"), "(\\216\\323)", "é”"},
		{"differences", font("/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/Acircumflexacute/uhorn/dcroat 65/uni1EC6/u1EF9/Ohornhookabove/a.alt/nonsense/Abreve]>>"),
			"(\\001\\002\\003ABCDEF)", "ẤưđỆỹỞa\uFFFDĂ"},
		{"no such letter", font("/Encoding/WinAnsiEncoding"), "(\\001x)", "\uFFFDx"},
		{"symbols", "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>", "(a)", "\uFFFD"},
		{"UTF-16 codes", "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/UniGB-UTF16-H/DescendantFonts[<</DW 500>>]>>", "<1EA40042>", "ẤB"},
		{"TCVN3 small", "<</Type/Font/Subtype/TrueType/BaseFont/.VnTime/Encoding/WinAnsiEncoding>>", "(\\247\\351c l\\313p)", "Độc lập"},
		{"combining marks", "<</Type/Font/Subtype/Type1/BaseFont/A/Widths[0]/FirstChar 1/MissingWidth 500/ToUnicode 6 0 R>>", "(a\\001\\002)", "ấ"},
		{"a code of one and of two bytes", "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding 6 0 R/ToUnicode 6 0 R/DescendantFonts[<</DW 500>>]>>", "(a\\200\\001a)", "axa"},
	} {
		cmap := "1 beginbfchar <01> <0302> <02> <0301> endbfchar"
		if strings.Contains(c.name, "two bytes") {
			cmap = "2 begincodespacerange <00> <7f> <8000> <ffff> endcodespacerange 2 beginbfchar <61> <0061> <8001> <0078> endbfchar 1 begincidrange <00> <7f> 0 endcidrange"
		}
		got := read(t, page("BT /F 10 Tf 20 20 Td "+c.content+" Tj ET", cmap, c.font))
		if lines(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, lines(got), c.want)
		}
	}
}

// TestPositions checks places told by hand: letters of Courier are 0.6 em wide.
func TestPositions(t *testing.T) {
	const courier = "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"
	got := read(t, page("BT /F 10 Tf 20 100 Td (ab cd) Tj 12 TL T* 50 Tz (ef) Tj 100 Tz 0 -12 Td 3 Tr (gh) Tj 0 Tr 90 24 Td (far) Tj ET "+
		"BT /F 10 Tf 0 1 -1 0 180 20 Tm (up) Tj ET", "", courier))
	if lines(got) != "ab cd | far | ef | gh | up" {
		t.Fatalf("lines %q", lines(got))
	}
	at := func(line, word int, left, right, baseline float64) {
		t.Helper()
		l := got.Lines[line]
		w := l.Words[word]
		if math.Abs(w.Box.Left-left) > 1e-6 || math.Abs(w.Box.Right-right) > 1e-6 || math.Abs(l.Baseline-baseline) > 1e-6 {
			t.Errorf("%q at %v to %v on %v", w.Text, w.Box.Left, w.Box.Right, l.Baseline)
		}
	}
	at(0, 0, 20, 32, 100)
	at(0, 1, 38, 50, 100)
	at(1, 0, 110, 128, 100)
	at(2, 0, 20, 26, 88)
	at(3, 0, 20, 32, 76)
	if !got.Lines[3].Hidden || got.Lines[0].Hidden || got.Hidden != 2 || got.Glyphs != 13 || !got.Lines[4].Turned || got.Lines[0].Turned {
		t.Errorf("%d of %d letters hidden: %+v", got.Hidden, got.Glyphs, got.Lines)
	}
}

// TestShapes: images, rules and areas, by hand.
func TestShapes(t *testing.T) {
	got := read(t, page("q 100 0 0 50 10 20 cm BI /W 1 /H 1 ID x EI Q 1 g 0 0 200 200 re f 0 g 5 5 10 2 re f "+
		"2 w 20 150 m 120 150 l S q 0 0 50 50 re W n 40 40 100 100 re f Q 0.5 0 0 0.5 0 0 cm 20 20 100 100 re S", "", "null"))
	if len(got.Images) != 1 || got.Images[0].Box != (pdf.Rect{Left: 10, Bottom: 20, Right: 110, Top: 70}) {
		t.Errorf("images %v", got.Images)
	}
	want := []string{"{5 5 15 7} true", "{19 149 121 151} false", "{40 40 50 50} true", "{9.5 9.5 60.5 10.5} false", "{59.5 9.5 60.5 60.5} false", "{9.5 59.5 60.5 60.5} false", "{9.5 9.5 10.5 60.5} false"}
	var boxes []string
	for _, b := range got.Boxes {
		boxes = append(boxes, fmt.Sprint(b.Box, " ", b.Filled))
	}
	if strings.Join(boxes, ";") != strings.Join(want, ";") {
		t.Errorf("boxes %v, want %v", boxes, want)
	}
}

// TestDamaged: what was read is given, with the reason why the rest is not.
func TestDamaged(t *testing.T) {
	got := read(t, page("BT /F 10 Tf 20 100 Td (ab) Tj ET q BI /W 9 ID \x00\x01", "", plainFont))
	if lines(got) != "ab" || got.Partial == "" {
		t.Errorf("%q, %q", lines(got), got.Partial)
	}
	if got := read(t, page("BT /Nowhere 10 Tf 20 100 Td (ab) Tj ET", "", plainFont)); got.Unread != 2 || len(got.Lines) != 1 {
		t.Errorf("a font that is missing: %+v", got)
	}
	b := page("BT /F 10 Tf 20 100 Td (ab) Tj ET", "", plainFont)
	b = bytes.Replace(b, []byte("4 0 obj\n<</Length"), []byte("4 0 obj\n<</Lungth"), 1)
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f.EachPage(func(p pdf.Page) bool {
		if got, err := text.Read(f.View, p); err != nil || got.Partial == "" || len(got.Lines) != 0 {
			t.Errorf("a stream that cannot be read: %+v %v", got, err)
		}
		return false
	})
}
