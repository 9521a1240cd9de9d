package placement_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"kyso/signature/pdf"
	"kyso/signature/placement"
)

// handmade is a page of 600 × 800 points written by hand. Each letter of its
// font is half as wide as high, so that every position can be told by heart.
type handmade struct {
	content bytes.Buffer
	codes   map[rune]byte
	list    []rune
	// What goes into the page dictionary and its resources, and further objects
	// from number 10 on.
	page, resources string
	objects         []string
	// font replaces the font dictionary; nil is a simple font with ToUnicode.
	font func(h *handmade) string
	// show writes a string at a place; nil is one Tj.
	show func(h *handmade, x, y, size float64, s string) string
}

// code is the character code of r.
func (h *handmade) code(r rune) byte {
	if h.codes == nil {
		h.codes = map[rune]byte{' ': ' '}
	}
	if _, ok := h.codes[r]; !ok {
		h.list = append(h.list, r)
		h.codes[r] = byte(128 + len(h.list))
	}
	return h.codes[r]
}

// hex is s as a hexadecimal string of the font's codes.
func (h *handmade) hex(s string) string {
	var out strings.Builder
	for _, r := range s {
		fmt.Fprintf(&out, "%02x", h.code(r))
	}
	return "<" + out.String() + ">"
}

func letters(s string) float64 { return float64(len([]rune(s))) }

// left writes a line from x on.
func (h *handmade) left(x, y, size float64, s string) {
	if h.show != nil {
		h.content.WriteString(h.show(h, x, y, size, s))
		return
	}
	fmt.Fprintf(&h.content, "BT /F %g Tf 1 0 0 1 %g %g Tm %s Tj ET\n", size, x, y, h.hex(s))
}

// centre writes a line around x.
func (h *handmade) centre(x, y, size float64, s string) {
	h.left(x-letters(s)*size/4, y, size, s)
}

// toUnicode is the CMap of the codes in use.
func (h *handmade) toUnicode() string {
	var b strings.Builder
	fmt.Fprintf(&b, "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n1 begincodespacerange <00> <ff> endcodespacerange\n%d beginbfchar\n<20> <0020>\n", len(h.list)+1)
	for _, r := range h.list {
		fmt.Fprintf(&b, "<%02x> <", h.codes[r])
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, "%04x", u)
		}
		b.WriteString(">\n")
	}
	b.WriteString("endbfchar endcmap end end\n")
	return b.String()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// bytes is the file.
func (h *handmade) bytes() []byte {
	font := "<</Type/Font/Subtype/Type1/BaseFont/Hand/FirstChar 0/LastChar 255/Widths 6 0 R/ToUnicode 7 0 R>>"
	if h.font != nil {
		font = h.font(h)
	}
	page := h.page
	if !strings.Contains(page, "MediaBox") {
		page += "/MediaBox[0 0 600 800]"
	}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>" + h.resources + ">>" + page + ">>",
		stream("", h.content.String()),
		font,
		"[" + strings.Repeat("500 ", 256) + "]",
		stream("", h.toUnicode()),
		"null", "null",
	}
	objects = append(objects, h.objects...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

func (h *handmade) view(t testing.TB) pdf.View { return open(t, h.bytes()) }

func open(t testing.TB, b []byte) pdf.View {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f.View
}

// The block of handmade pages: office and name around x = 430, baselines 90
// points apart.
const (
	handAxis   = 430.0
	handOffice = 300.0 // baseline of the lowest line of the office
	handName   = 210.0
)

// signed writes an ordinary last page.
func (h *handmade) signed() *handmade {
	h.left(80, 500, 14, "Nội dung của văn bản thử, dài gần hết chiều ngang trang./.")
	h.left(80, 330, 12, "Nơi nhận:")
	h.left(80, 316, 11, "- Như trên;")
	h.left(80, 302, 11, "- Lưu: VT.")
	h.centre(handAxis, handOffice+16, 13, "KT. GIÁM ĐỐC")
	h.centre(handAxis, handOffice, 13, "PHÓ GIÁM ĐỐC")
	h.centre(handAxis, handName, 14, "Đỗ Thị Thử Nghiệm")
	return h
}

func find(t *testing.T, v pdf.View, signer string) placement.Result {
	t.Helper()
	r, err := placement.Find(v, placement.Options{Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	if (r.Confidence == placement.None) != (r.Personal == placement.Place{}) || (r.Confidence == placement.None) == (r.Why == placement.Message{}) {
		t.Errorf("confidence %v with place %v and reason %q", r.Confidence, r.Personal, r.Why.Vi)
	}
	return r
}

// within checks that the room is between two baselines and around the axis:
// under the office by its descenders at most, over the name by its capitals and
// their marks. unit is the size of a point.
func within(t *testing.T, r placement.Result, page int, axis, office, name, unit float64) {
	t.Helper()
	got := r.Personal.Rect
	if r.Personal.Page != page || math.Abs((got.Left+got.Right)/2-axis) > 1.5*unit {
		t.Errorf("found %v, want page %d around x = %.1f (%s)", r.Personal, page, axis, r.Why.En)
	}
	if got.Top > office-2*unit || got.Top < office-9*unit || got.Bottom < name+10*unit || got.Bottom > name+20*unit {
		t.Errorf("found %.1f to %.1f, want between the baselines %.1f and %.1f", got.Bottom, got.Top, name, office)
	}
}
