//go:build !js

package stamp_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/stamp"
)

// alphabet is all 146 letters of Vietnamese with diacritics and without: twelve
// vowels with six tones each and đ, in both cases.
func alphabet() []string {
	var lines []string
	for _, row := range []string{"aăâ", "eêi", "oôơ", "uưy"} {
		line := ""
		for _, vowel := range row {
			for _, tone := range []string{"", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"} {
				line += norm.NFC.String(string(vowel) + tone)
			}
		}
		lines = append(lines, line, strings.ToUpper(line))
	}
	return append(lines, "đĐ ₫ – “hai” 0123456789 fi ffl AVAT (.)\\")
}

func TestAlphabet(t *testing.T) {
	lines := alphabet()
	letters := map[rune]bool{}
	for _, r := range strings.Join(lines[:8], "") + "đĐ" {
		letters[r] = true
	}
	if len(letters) != 146 {
		t.Fatalf("the alphabet has %d letters", len(letters))
	}
	s := lay(t, load(t, "", lines...), stamp.Values{}, nil, stamp.Options{})
	if !slices.Equal(s.Lines(), lines) {
		t.Errorf("lines are %q", s.Lines())
	}
	for _, o := range []stamp.FormOptions{{}, {PDFA: 1}, {PDFA: 2}} {
		file := onPage(t, s, o, "")
		sound(t, file)
		if got := tool(t, "pdftotext", "-layout", file, "-"); strings.TrimRight(got, "\n\f") != strings.Join(lines, "\n") {
			t.Errorf("pdftotext reads\n%s\nand not\n%s", got, strings.Join(lines, "\n"))
		}
		if got := tool(t, "mutool", "draw", "-q", "-F", "txt", file); strings.TrimSpace(got) != strings.Join(lines, "\n") {
			t.Errorf("mutool reads\n%s", got)
		}
		// name, type, encoding, embedded, subset, unicode
		fonts := tool(t, "pdffonts", file)
		if !regexp.MustCompile(`(?m)^[A-Z]{6}\+LiberationSerif +CID TrueType +Identity-H +yes yes yes `).MatchString(fonts) {
			t.Errorf("pdffonts says\n%s", fonts)
		}
		if hasSet := strings.Contains(tool(t, "qpdf", "--qdf", "--object-streams=disable", file, "-"), "/CIDSet"); hasSet != (o.PDFA == 1) {
			t.Errorf("PDF/A-%d: a CIDSet is there: %v", o.PDFA, hasSet)
		}
	}
}

// TestDecomposed: letters written with marks of their own are composed.
func TestDecomposed(t *testing.T) {
	name := "Nguyễn Thị Mĩ Hưởng"
	s := lay(t, load(t, "", "{signer}"), stamp.Values{Signer: norm.NFD.String(name)}, nil, stamp.Options{})
	file := onPage(t, s, stamp.FormOptions{}, "")
	if got := tool(t, "pdftotext", file, "-"); strings.TrimSpace(got) != name {
		t.Errorf("read as %q", got)
	}
}

// TestBuiltInText: exactly what the regulations list, in their order.
func TestBuiltInText(t *testing.T) {
	v := stamp.Values{Signer: "Trần Thị Ngọc Hưởng", Email: "huongttn@example.gov.vn", Agency: "Ủy ban nhân dân xã Mẫu Một",
		Number: "15/QĐ-UBND", Form: "TRÍCH SAO", Reason: "Phê duyệt", Time: moment}
	at := "2024-12-11T09:41:07+07:00"
	block := []string{"Ký bởi: Trần Thị Ngọc Hưởng", "Email: huongttn@example.gov.vn", "Cơ quan: Ủy ban nhân dân xã Mẫu Một", "Thời gian ký: " + at}
	for _, c := range []struct {
		name  string
		lines []string
		image bool
		at    stamp.Position
	}{
		{"personal", nil, true, stamp.SignatureBlock},
		{"agency", nil, true, stamp.OverPersonal},
		{"attachment", []string{"15/QĐ-UBND", at}, false, stamp.TopRight},
		{"copy", []string{"TRÍCH SAO", "Ủy ban nhân dân xã Mẫu Một", at}, false, stamp.TopRight},
		{"archive", []string{"Ủy ban nhân dân xã Mẫu Một", at}, false, stamp.TopRight},
		{"archive-copy", []string{"BẢN SAO"}, false, stamp.TopRight},
		{"signer", block, true, stamp.SignatureBlock},
		{"organisation", block, true, stamp.BottomLeft},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := builtIn(t, c.name)
			var i *stamp.Image
			if c.image {
				i = read(t, encode(t, signature(200, 100)))
			}
			s := lay(t, made, v, i, stamp.Options{ImageWidth: 30})
			if !slices.Equal(s.Lines(), c.lines) || s.Place().At != c.at {
				t.Errorf("%q at %s", s.Lines(), s.Place().At)
			}
			if (made.Image() == stamp.ImageNeeded) != c.image {
				t.Errorf("image: %s", made.Image())
			}
			file := onPage(t, s, stamp.FormOptions{}, "")
			sound(t, file)
			if got := tool(t, "pdftotext", "-raw", file, "-"); strings.TrimSpace(got) != strings.Join(c.lines, "\n") {
				t.Errorf("pdftotext reads %q", got)
			}
			if len(c.lines) > 0 {
				if sizes := tool(t, "mutool", "draw", "-q", "-F", "stext", file); !strings.Contains(sizes, `size="10"`) || strings.Contains(sizes, `name="LiberationSerif" size="1"`) {
					t.Errorf("the type is not of size 10:\n%s", sizes)
				}
			}
			if !c.image && s.Height() > 18*72/25.4 {
				t.Errorf("%.1f pt high: it would not fit above the text", s.Height())
			}
		})
	}
	if len(stamp.Names()) != 8 {
		t.Errorf("templates: %v", stamp.Names())
	}
}

// TestWrap: long names break at spaces, and nothing else.
func TestWrap(t *testing.T) {
	agency := "Trung tâm Phục vụ hành chính công và Hỗ trợ doanh nghiệp trực thuộc Văn phòng Ủy ban nhân dân thành phố Mẫu Hai"
	s := lay(t, builtIn(t, "archive"), stamp.Values{Agency: agency, Time: moment}, nil, stamp.Options{})
	lines := s.Lines()
	if len(lines) < 3 || strings.Join(lines[:len(lines)-1], " ") != agency {
		t.Errorf("broken into %q", lines)
	}
	if limit := 90 * 72 / 25.4; s.Width() > limit+1 {
		t.Errorf("%.1f pt wide, more than %.1f", s.Width(), limit)
	}
	got := tool(t, "pdftotext", "-raw", onPage(t, s, stamp.FormOptions{}, ""), "-")
	if strings.Join(strings.Fields(got), " ") != agency+" 2024-12-11T09:41:07+07:00" {
		t.Errorf("read as %q", got)
	}
}

// TestInside: what is drawn, marks above capitals and tails included, stays
// inside the box: on a page much larger than it nothing is cut off.
func TestInside(t *testing.T) {
	made := load(t, `"border":0.5,`, "jẨẬg", "ỖQj")
	s := lay(t, made, stamp.Values{}, nil, stamp.Options{})
	m := drawn(t, onPage(t, s, stamp.FormOptions{}, ""), 300)
	// Between the border and the letters there may be paper or touching ink,
	// but the outermost ring is border all around.
	r := m.Bounds()
	for _, p := range [][2]int{{r.Min.X + 1, r.Dy() / 2}, {r.Max.X - 2, r.Dy() / 2}, {r.Dx() / 2, 1}, {r.Dx() / 2, r.Max.Y - 2}} {
		if g, _, _, _ := m.At(p[0], p[1]).RGBA(); g>>8 > 128 {
			t.Errorf("no border at %v", p)
		}
	}
	// A line higher than its ascent makes the box higher: 0.891 + 0.216 em and
	// one leading of 1.149 em would be 22.6 pt; Ẩ reaches 1818/2048 em.
	if s.Height() < 22.56+1 {
		t.Errorf("only %.2f pt high", s.Height())
	}
}

func TestRefusedText(t *testing.T) {
	made := load(t, "", "{signer}")
	for name, c := range map[string]struct{ signer, names string }{
		"control":            {"Trần\x07Thị", "U+0007"},
		"line break":         {"Trần\nThị", "U+000A"},
		"bidirectional":      {"Trần\u202eThị", "U+202E"},
		"zero width":         {"Trần\u200bThị", "U+200B"},
		"soft hyphen":        {"Trần\u00adThị", "U+00AD"},
		"not in the font":    {"Trần 字", "“字” (U+5B57)"},
		"emoji":              {"Trần 😀", "U+1F600"},
		"Hebrew":             {"Trần א", "U+05D0"},
		"mark that is loose": {"Trần x\u0323\u0302", "U+0323"},
		"not UTF-8":          {"Tr\xffn", "UTF-8"},
		"replacement":        {"Tr\ufffdn", "U+FFFD"},
		"private use":        {"Tr\ue000n", "U+E000"},
		"too long":           {strings.Repeat("a ", 200), "300"},
		"no space":           {strings.Repeat("a", 150), "no space"},
		"nothing":            {" ", "{signer}"},
	} {
		_, err := made.Lay(stamp.Values{Signer: c.signer}, nil, stamp.Options{})
		var fault *stamp.Error
		if !asError(err, &fault) || !strings.Contains(fault.EN, c.names) || fault.VI == "" || fault.VI == fault.EN {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := builtIn(t, "copy").Lay(stamp.Values{Form: "SAO CHỤP", Agency: "A", Time: moment}, nil, stamp.Options{}); err == nil || !strings.Contains(err.Error(), "SAO LỤC") {
		t.Errorf("another form of copy: %v", err)
	}
	long := stamp.Values{Number: strings.Repeat("Quyết định số 15 ", 17), Time: moment}
	if _, err := builtIn(t, "attachment").Lay(long, nil, stamp.Options{}); err == nil || !strings.Contains(err.Error(), "text.maxHeight") {
		t.Errorf("too much text: %v", err)
	}
}

// TestOptionalLines: a line without value is left out.
func TestOptionalLines(t *testing.T) {
	// The form is not shown, and so not judged.
	s := lay(t, builtIn(t, "signer"), stamp.Values{Signer: "Lê A", Form: "SAO CHỤP", Time: moment}, read(t, encode(t, signature(200, 100))), stamp.Options{})
	if got := s.Lines(); len(got) != 2 || got[0] != "Ký bởi: Lê A" {
		t.Errorf("%q", got)
	}
}

// TestSameBytes: a stamp is written the same each time.
func TestSameBytes(t *testing.T) {
	v := stamp.Values{Signer: "Lê A", Email: "a@example.vn", Agency: "Sở Mẫu", Time: moment}
	var first string
	for range 3 {
		s := lay(t, builtIn(t, "signer"), v, read(t, encode(t, signature(200, 100))), stamp.Options{})
		sum := tool(t, "sha256sum", "--zero", onPage(t, s, stamp.FormOptions{}, ""))[:64]
		if first == "" {
			first = sum
		}
		if sum != first {
			t.Error("the bytes differ")
		}
	}
}

// TestTogether: stamps are made by several goroutines at once.
func TestTogether(t *testing.T) {
	made := load(t, "", alphabet()...)
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := lay(t, made, stamp.Values{}, nil, stamp.Options{})
			if _, err := s.Picture(72); err != nil {
				t.Error(err)
			}
			onPage(t, s, stamp.FormOptions{}, "")
		})
	}
}

// TestDocs: the example in docs/stamps.md is a good template, and every
// built-in template, placeholder and position is explained there.
func TestDocs(t *testing.T) {
	b, err := os.ReadFile("../../docs/stamps.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(b)
	_, example, _ := strings.Cut(docs, "```json\n")
	example, _, found := strings.Cut(example, "```")
	made, err := stamp.Load([]byte(example))
	if !found || err != nil {
		t.Fatalf("the example: %v", err)
	}
	s := lay(t, made, stamp.Values{Signer: "Lê A", Reason: "Đồng ý", Time: moment}, nil, stamp.Options{})
	if want := []string{"Người duyệt: Lê A", "Nội dung: Đồng ý", "2024-12-11T09:41:07+07:00"}; !slices.Equal(s.Lines(), want) {
		t.Errorf("%q", s.Lines())
	}
	for _, row := range append(stamp.Names(), "{signer}", "{email}", "{agency}", "{number}", "{form}", "{time}", "{reason}",
		string(stamp.SignatureBlock), string(stamp.OverPersonal), string(stamp.TopRight), string(stamp.BottomLeft)) {
		if !strings.Contains(docs, "\n| `"+row+"` | ") {
			t.Errorf("no row for %s", row)
		}
	}
}
