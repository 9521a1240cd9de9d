package placement_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/pdf"
	"kyso/signature/placement"
)

// TestWaysOfWriting: software writes the same page in many ways.
func TestWaysOfWriting(t *testing.T) {
	each := func(s string, sep string, h *handmade) string {
		var out strings.Builder
		for _, r := range s {
			out.WriteString(h.hex(string(r)) + sep)
		}
		return out.String()
	}
	composite := func(h *handmade) string {
		h.objects = append(h.objects, "<</Type/Font/Subtype/CIDFontType2/BaseFont/Hand/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000/W[0 [500 500] 2 60000 500]>>",
			stream("", strings.NewReplacer("<00> <ff>", "<0000> <ffff>", "\n<", "\n<00").Replace(h.toUnicode())))
		return "<</Type/Font/Subtype/Type0/BaseFont/Hand/Encoding/Identity-H/DescendantFonts[10 0 R]/ToUnicode 11 0 R>>"
	}
	for _, c := range []struct {
		name string
		make func() *handmade
	}{
		{"one string a line", func() *handmade { return new(handmade).signed() }},
		{"letter by letter, kerned to and fro", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				return fmt.Sprintf("BT /F %g Tf %g %g Td [%s] TJ ET\n", size, x, y, each(s, " 40 -40 ", h))
			}}).signed()
		}},
		{"a text object for each letter, from the right", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				var out string
				for i, r := range []rune(s) {
					out = fmt.Sprintf("BT /F %g Tf %g %g Td %s Tj ET\n", size, x+float64(i)*size/2, y, h.hex(string(r))) + out
				}
				return out
			}}).signed()
		}},
		{"spaces as distances", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				words := strings.Split(s, " ")
				for i := range words {
					words[i] = h.hex(words[i])
				}
				return fmt.Sprintf("BT /F 1 Tf %g 0 0 %g %g %g Tm [%s] TJ ET\n", size, size, x, y, strings.Join(words, "-500"))
			}}).signed()
		}},
		{"y runs down, letters are turned back", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				return fmt.Sprintf("q 0.75 0 0 -0.75 0 800 cm BT /F %g Tf 1 0 0 -1 %g %g Tm %s Tj ET Q\n", size/0.75, x/0.75, (800-y)/0.75, h.hex(s))
			}}).signed()
		}},
		{"bold by drawing twice", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				one := func(x float64) string {
					return fmt.Sprintf("BT /F %g Tf %g %g Td %s Tj ET\n", size, x, y, h.hex(s))
				}
				return one(x) + one(x+0.3)
			}}).signed()
		}},
		{"leading, spacing and scaling", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				// A fifth narrower, and as much between letters as is missing.
				return fmt.Sprintf("BT /F %g Tf 80 Tz %g Tc 12 TL %g %g Td %s ' 100 Tz 0 Tc ET\n", size, size/8, x, y+12, h.hex(s))
			}}).signed()
		}},
		{"decomposed, marks drawn apart", func() *handmade {
			return (&handmade{show: func(h *handmade, x, y, size float64, s string) string {
				return fmt.Sprintf("BT /F %g Tf %g %g Td [%s] TJ ET\n", size, x, y, func() string {
					var out strings.Builder
					for _, r := range norm.NFD.String(s) {
						out.WriteString(h.hex(string(r)))
						if r >= 0x300 && r < 0x370 {
							out.WriteString(" 500 ") // back over the mark
						}
					}
					return out.String()
				}())
			}}).signed()
		}},
		{"two bytes a letter", func() *handmade {
			h := &handmade{font: composite, show: func(h *handmade, x, y, size float64, s string) string {
				var hex strings.Builder
				for _, r := range s {
					fmt.Fprintf(&hex, "00%02x", h.code(r))
				}
				return fmt.Sprintf("BT /F %g Tf %g %g Td <%s> Tj ET\n", size, x, y, hex.String())
			}}
			return h.signed()
		}},
		{"names of glyphs, no table of characters", func() *handmade {
			h := &handmade{font: func(h *handmade) string {
				var d strings.Builder
				for _, r := range h.list {
					fmt.Fprintf(&d, "%d/uni%04X ", h.codes[r], r)
				}
				return "<</Type/Font/Subtype/Type1/BaseFont/Hand/FirstChar 0/LastChar 255/Widths 6 0 R/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[" + d.String() + "]>>>>"
			}}
			return h.signed()
		}},
		{"in a form inside a form", func() *handmade {
			h := new(handmade).signed()
			inner := h.content.String()
			h.content.Reset()
			h.content.WriteString("q 2 0 0 2 0 0 cm /X Do Q")
			h.resources = "/XObject<</X 10 0 R>>"
			h.objects = []string{
				stream("/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Matrix[0.5 0 0 0.5 0 0]/Resources<</XObject<</Y 11 0 R>>>>", "q /Y Do Q"),
				stream("/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F 5 0 R>>>>", inner),
			}
			return h
		}},
		{"behind an inline image and faults", func() *handmade {
			h := new(handmade)
			h.content.WriteString("q 20 0 0 20 40 740 cm BI /W 4 /H 4 /BPC 8 /CS /G ID \x00\xff EI\x01) >> ( EI 1\xfe EI Q\n ) ] 1..2 --3 w /None gs\n")
			return h.signed()
		}},
		{"white and framed", func() *handmade {
			h := new(handmade)
			h.content.WriteString("1 1 1 rg 0 0 600 800 re f 0 g 0.5 w 300 180 260 160 re S\n")
			return h.signed()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(t, c.make().view(t), "Đỗ Thị Thử Nghiệm")
			if r.Confidence != placement.High || len(r.Candidates) != 1 {
				t.Fatalf("confidence %v, %d candidates: %s %v", r.Confidence, len(r.Candidates), r.Why.En, r.Warnings)
			}
			b := r.Candidates[0]
			if !slices.Equal(b.Office, []string{"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"}) || b.Name != "Đỗ Thị Thử Nghiệm" || b.Recipients != placement.RecipientsBeside {
				t.Errorf("read %+v", b)
			}
			within(t, r, 1, handAxis, handOffice, handName, 1)
		})
	}
}

// TestDeclines: nothing is placed where the file does not show what stands
// there.
func TestDeclines(t *testing.T) {
	page := func(change func(h *handmade)) *handmade {
		h := new(handmade)
		change(h)
		return h
	}
	image := []string{stream("/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray", "x")}
	for _, c := range []struct {
		name string
		h    *handmade
		says string
	}{
		{"empty", page(func(h *handmade) {}), "Không thấy khối ký"},
		{"recognised text over a scan", page(func(h *handmade) {
			h.content.WriteString("q 600 0 0 800 0 0 cm /I Do Q 3 Tr\n")
			h.resources, h.objects = "/XObject<</I 10 0 R>>", image
			h.signed()
		}), "bản quét"},
		{"a picture between office and name", page(func(h *handmade) {
			h.signed().content.WriteString("q 90 0 0 40 390 240 cm /I Do Q\n")
			h.resources, h.objects = "/XObject<</I 10 0 R>>", image
		}), "có ảnh"},
		{"a picture under all", page(func(h *handmade) {
			h.content.WriteString("q 600 0 0 800 0 0 cm /I Do Q\n")
			h.resources, h.objects = "/XObject<</I 10 0 R>>", image
			h.signed()
		}), "có ảnh"},
		{"text between office and name", page(func(h *handmade) {
			h.signed().left(380, 250, 12, "đã ký tại phòng họp")
		}), "không thấy họ tên"},
		{"turned text between office and name", page(func(h *handmade) {
			fmt.Fprintf(&h.signed().content, "BT /F 20 Tf 0.7 0.7 -0.7 0.7 400 230 Tm %s Tj ET\n", h.hex("BẢN SAO"))
		}), "chữ hoặc nét vẽ"},
		{"content that is cut off", page(func(h *handmade) {
			h.signed().content.WriteString("q BI /W 4 ID xyz")
		}), "Không đọc được hết"},
		{"VNI", page(func(h *handmade) {
			h.signed()
			h.font = func(*handmade) string {
				return "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+VNI-Times/FirstChar 0/LastChar 255/Widths 6 0 R/Encoding/WinAnsiEncoding>>"
			}
		}), "phông cũ (VNI-Times)"},
		{"no table of characters", page(func(h *handmade) {
			h.signed()
			h.font = func(*handmade) string {
				return "<</Type/Font/Subtype/Type0/BaseFont/Hand/Encoding/Identity-H/DescendantFonts[<</DW 500>>]>>"
			}
		}), "không cho biết chữ viết gì"},
		{"table of officials", page(func(h *handmade) {
			h.centre(handAxis, 300, 13, "GIÁM ĐỐC")
			h.centre(handAxis, 284, 13, "Đỗ Thị Thử Nghiệm")
		}), "chỉ cao"},
		{"the main block is too tight, another is not", page(func(h *handmade) {
			h.left(80, 560, 12, "Nơi nhận:")
			h.centre(handAxis, 560, 13, "CHỦ TỊCH")
			h.centre(handAxis, 530, 14, "Lê Văn Mẫu")
			h.centre(handAxis, 300, 13, "TỔ TRƯỞNG")
			h.centre(handAxis, 210, 14, "Đỗ Thị Thử Nghiệm")
		}), "chỉ cao"},
		{"two blocks, recipients of a form", page(func(h *handmade) {
			h.left(80, 330, 12, "Nơi nhận hồ sơ: Văn phòng")
			h.centre(200, 300, 13, "TỔ TRƯỞNG")
			h.centre(200, 210, 14, "Lê Văn Mẫu")
			h.centre(handAxis, 300, 13, "TỔ TRƯỞNG")
			h.centre(handAxis, 210, 14, "Đỗ Thị Thử Nghiệm")
		}), "Có nhiều khối ký"},
		{"heading", page(func(h *handmade) {
			h.centre(300, 600, 13, "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH")
			h.left(80, 540, 13, "Căn cứ Quy chế làm việc của Ủy ban;")
		}), "Không thấy khối ký"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(t, c.h.view(t), "")
			if r.Confidence != placement.None || !strings.Contains(r.Why.Vi, c.says) {
				t.Errorf("%v: %q, want %q", r.Confidence, r.Why.Vi, c.says)
			}
		})
	}
}

// TestOldFont reads TCVN3: "KT. GI¸M §èC" in capitals' font shows GIÁM ĐỐC. The
// bytes are from the table of TCVN 5712:1993.
func TestOldFont(t *testing.T) {
	h := &handmade{font: func(*handmade) string {
		return "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+.VnTimeH/FirstChar 0/LastChar 255/Widths 6 0 R/Encoding/WinAnsiEncoding>>"
	}}
	line := func(y, size float64, s string) {
		fmt.Fprintf(&h.content, "BT /F %g Tf %g %g Td <%x> Tj ET\n", size, 430-float64(len(s))*size/4, y, s)
	}
	line(300, 13, "Gi\xb8m \xae\xe8c")
	line(210, 14, "Nguy\xd4n V\xa8n Th\xf6")
	r := find(t, h.view(t), "Nguyễn Văn Thử")
	if r.Confidence != placement.High || r.Candidates[0].Office[0] != "GIÁM ĐỐC" || r.Candidates[0].Name != "NGUYỄN VĂN THỬ" {
		t.Fatalf("read %+v (%s)", r.Candidates, r.Why.En)
	}
	within(t, r, 1, 430, 300, 210, 1)
}

// TestNotes: a hint under the office leaves the room below it; "(Đã ký)" is a
// doubt.
func TestNotes(t *testing.T) {
	h := new(handmade).signed()
	h.centre(handAxis, handOffice-15, 12, "(Ký, ghi rõ họ tên)")
	r := find(t, h.view(t), "")
	if r.Confidence != placement.High || r.Personal.Rect.Top > handOffice-15 || r.Personal.Rect.Bottom < handName {
		t.Errorf("hint: %v %v", r.Confidence, r.Personal)
	}
	// As the hint of the decree's own forms, a bracket goes on over lines. One
	// that is no hint is no part of a block.
	for _, c := range []struct {
		lines []string
		found bool
	}{
		{[]string{"(Chữ ký, họ tên của người có quyền,", "dấu hoặc chữ ký số của nơi ban hành)"}, true},
		{[]string{"(Ký, họ tên)"}, true},
		{[]string{"(Ký, ghi họ và tên)"}, true},
		{[]string{"Chữ ký của người có quyền,", "dấu của nơi ban hành)"}, false},
		{[]string{"(Kèm theo phụ lục của người ký,", "gồm hai trang và một bảng)"}, false},
	} {
		h := new(handmade).signed()
		y := handOffice
		for _, line := range c.lines {
			y -= 14
			h.centre(handAxis, y, 11, line)
		}
		r := find(t, h.view(t), "")
		if (r.Confidence == placement.High) != c.found || c.found && (r.Personal.Rect.Top > y || r.Personal.Rect.Bottom < handName) {
			t.Errorf("%q: %v %v", c.lines, r.Confidence, r.Personal)
		}
	}
	h = new(handmade).signed()
	h.centre(handAxis, handOffice-30, 12, "(Đã ký)")
	if r := find(t, h.view(t), ""); r.Confidence != placement.Medium || !strings.Contains(fmt.Sprint(r.Warnings), "Đã ký") {
		t.Errorf("copy: %v %v", r.Confidence, r.Warnings)
	}
}

// TestOwnName: over the signer's own name a title that is no known office will
// do, and the place of a neighbour is not taken for it.
func TestOwnName(t *testing.T) {
	const other = 150.0
	for _, c := range []struct {
		title, signer string
		at            float64
		want          placement.Confidence
		axis          float64
	}{
		{"NGƯỜI LẬP BIỂU", "Trần Thị Mẫu", 15, placement.Medium, other},
		{"Phó trưởng phòng", "Trần Thị Mẫu", 15, placement.Medium, other},
		{"KẾ TOÁN TRƯỞNG", "Trần Thị Mẫu", 15, placement.High, other},
		{"NGƯỜI LẬP BIỂU", "Đỗ Thị Thử Nghiệm", 15, placement.High, handAxis},
		// Running text is no title, and neither is one that is far away.
		{"theo đề nghị của Giám đốc Sở Thử nghiệm", "Trần Thị Mẫu", 15, placement.Medium, handAxis},
		{"Người lập biểu", "Trần Thị Mẫu", 15, placement.Medium, handAxis},
		{"NGƯỜI LẬP BIỂU", "Trần Thị Mẫu", 300, placement.Medium, handAxis},
	} {
		h := new(handmade)
		h.centre(handAxis, handOffice, 13, "KT. GIÁM ĐỐC")
		h.centre(handAxis, handName, 14, "Đỗ Thị Thử Nghiệm")
		h.centre(other, handOffice-15+c.at, 13, c.title)
		h.centre(other, handName, 14, "Trần Thị Mẫu")
		r := find(t, h.view(t), c.signer)
		if r.Confidence != c.want {
			t.Errorf("%q over the name of %s: %v, warnings %v, %s", c.title, c.signer, r.Confidence, r.Warnings, r.Why.En)
			continue
		}
		within(t, r, 1, c.axis, handOffice, handName, 1)
	}
}

// widget is a signature field shown at a place; value is its entry V.
func widget(left, bottom, right, top float64, value string) string {
	return fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(a)/Rect[%g %g %g %g]%s>>", left, bottom, right, top, value)
}

// TestSignedAlready: the place of a signature is not given twice, and the seal
// goes to the signature that is there.
func TestSignedAlready(t *testing.T) {
	h := new(handmade).signed()
	h.page = "/Annots[10 0 R 11 0 R]"
	h.objects = []string{widget(380, 230, 480, 280, "/V<</Type/Sig>>"), widget(20, 20, 60, 60, "/V<</Type/Sig>>")}
	v := h.view(t)
	r := find(t, v, "")
	if r.Confidence != placement.None || len(r.Candidates) != 1 || !r.Candidates[0].Signed {
		t.Fatalf("%v %+v", r.Confidence, r.Candidates)
	}
	widgets, err := placement.Signatures(v, 1)
	if err != nil || len(widgets) != 2 {
		t.Fatal(widgets, err)
	}
	personal, ok := placement.Signed(r.Candidates[0], widgets)
	if want := (pdf.Rect{Left: 380, Bottom: 230, Right: 480, Top: 280}); !ok || personal != want {
		t.Errorf("the person's signature is %v, want %v", personal, want)
	}
	// Empty fields are in nobody's way.
	h.objects[0] = widget(380, 230, 480, 280, "")
	if r := find(t, h.view(t), ""); r.Confidence != placement.High {
		t.Errorf("an empty field: %v", r.Why.En)
	}
	if _, ok := placement.Signed(placement.Block{}, widgets); ok {
		t.Error("two widgets, no block, and one is the person's")
	}
}

func TestSealAndFit(t *testing.T) {
	page := pdf.Geometry{Crop: pdf.Rect{Right: 600, Top: 800}, UserUnit: 1}
	near := func(a, b pdf.Rect) bool {
		return math.Abs(a.Left-b.Left)+math.Abs(a.Right-b.Right)+math.Abs(a.Bottom-b.Bottom)+math.Abs(a.Top-b.Top) < 1e-6
	}
	// A third of 90 points is covered: the seal ends at 330; 100 points level
	// with the middle, 225.
	if got := placement.Seal(pdf.Rect{Left: 300, Bottom: 200, Right: 390, Top: 250}, 102, 100, page); !near(got, pdf.Rect{Left: 228, Bottom: 175, Right: 330, Top: 275}) {
		t.Errorf("seal at %v", got)
	}
	if got := placement.Seal(pdf.Rect{Left: 20, Bottom: 5, Right: 80, Top: 45}, 102, 100, page); !near(got, pdf.Rect{Left: 0, Bottom: 0, Right: 102, Top: 100}) {
		t.Errorf("seal at the edge at %v", got)
	}
	room := pdf.Rect{Left: 100, Bottom: 100, Right: 300, Top: 150}
	if got := placement.Fit(room, 400, 200, 0); !near(got, pdf.Rect{Left: 150, Bottom: 100, Right: 250, Top: 150}) {
		t.Errorf("fit by height at %v", got)
	}
	if got := placement.Fit(room, 800, 100, 80); !near(got, pdf.Rect{Left: 160, Bottom: 120, Right: 240, Top: 130}) {
		t.Errorf("fit by size at %v", got)
	}
}

// TestCorners: a stamp goes into the margin, the next one under it, and nothing
// over the motto.
func TestCorners(t *testing.T) {
	h := new(handmade)
	h.left(330, 700, 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	get := func(find func(pdf.View, int, float64, float64) (placement.Corner, error), w, hh float64) placement.Corner {
		t.Helper()
		c, err := find(h.view(t), 1, w, hh)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	inset := 10 * 72 / 25.4
	first := get(placement.TopRight, 170, 30)
	if first.Confidence != placement.High || math.Abs(first.Rect.Right-(600-inset)) > 0.01 || math.Abs(first.Rect.Top-(800-inset)) > 0.01 {
		t.Fatalf("first stamp at %v", first.Rect)
	}
	stamp := func(r pdf.Rect) {
		h.objects = append(h.objects, fmt.Sprintf("<</Subtype/Stamp/Rect[%g %g %g %g]>>", r.Left, r.Bottom, r.Right, r.Top))
		h.page = "/Annots[" + fmt.Sprintf("%d 0 R ", 9+len(h.objects)) + strings.TrimPrefix(h.page, "/Annots[")
		if !strings.HasSuffix(h.page, "]") {
			h.page += "]"
		}
	}
	stamp(first.Rect)
	second := get(placement.TopRight, 170, 25)
	if second.Confidence != placement.High || second.Rect.Top > first.Rect.Bottom || second.Rect.Top < first.Rect.Bottom-5 || second.Rect.Bottom < 712 {
		t.Fatalf("second stamp at %v under %v", second.Rect, first.Rect)
	}
	stamp(second.Rect)
	if third := get(placement.TopRight, 170, 30); third.Confidence != placement.None || !strings.Contains(third.Why.Vi, "góc trên bên phải") {
		t.Errorf("third stamp at %v", third.Rect)
	}
	if c := get(placement.BottomLeft, 100, 30); c.Confidence != placement.High || math.Abs(c.Rect.Left-inset) > 0.01 || math.Abs(c.Rect.Bottom-inset) > 0.01 {
		t.Errorf("bottom left at %v", c.Rect)
	}
	if c := get(placement.TopRight, 700, 30); c.Confidence != placement.None {
		t.Errorf("wider than the page, at %v", c.Rect)
	}
	if _, err := placement.TopRight(h.view(t), 2, 100, 30); err == nil {
		t.Error("a place on a page that is not there")
	}
}

// TestFree tells what an explicit place covers.
func TestFree(t *testing.T) {
	h := new(handmade).signed()
	h.page = "/Annots[10 0 R]"
	h.objects = []string{widget(20, 20, 60, 60, "/V<</Type/Sig>>")}
	v := h.view(t)
	at := func(place string) placement.Covered {
		t.Helper()
		p, err := placement.ParsePlace(place)
		if err != nil {
			t.Fatal(err)
		}
		c, err := placement.Free(v, p)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := at("1,380,230,100,50"); !c.Nothing() {
		t.Errorf("the gap covers %+v", c)
	}
	if c := at("1,380,205,100,30"); len(c.Text) != 1 || c.Text[0] != "Đỗ Thị Thử Nghiệm" {
		t.Errorf("the name covers %+v", c)
	}
	if c := at("1,10,10,30,30"); c.Signatures != 1 || c.Nothing() {
		t.Errorf("the signature covers %+v", c)
	}
	for _, bad := range []string{"", "1,2,3,4", "0,1,1,1,1", "1,1,1,0,1", "1,-1,1,1,1", "1,1,1,1,NaN", "1,1,1,1e9,1", "x,1,1,1,1"} {
		if p, err := placement.ParsePlace(bad); err == nil {
			t.Errorf("%q is %v", bad, p)
		}
	}
	if p, err := placement.ParsePlace("3, 10.5,20,30,40"); err != nil || p.String() != "3,10.5,20,30,40" {
		t.Errorf("%v %v", p, err)
	}
}
