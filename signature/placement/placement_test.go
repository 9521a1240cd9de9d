//go:build !js

package placement_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/testdata/corpus"
	"kyso/testdata/documents"
)

// spot is where the generator of the documents drew a block.
type spot struct {
	File, Name          string
	Page                int
	Axis, Office, Below float64
}

func spots(t *testing.T) []spot {
	t.Helper()
	b, err := os.ReadFile("../../testdata/documents/khoi-ky/spots.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []spot
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func signingDocument(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../testdata/documents/khoi-ky", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDocuments finds the blocks where the generator drew them.
func TestDocuments(t *testing.T) {
	for _, c := range []struct {
		file, signer string
		at           int // of the file's spots; -1 is no place
		confidence   placement.Confidence
		says         string // in Vietnamese
	}{
		{"ky-thay.pdf", "", 0, placement.High, "“TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH / PHÓ CHỦ TỊCH” trên họ tên “Đặng Thị Minh Họa” ở trang 1"},
		{"ky-thay.pdf", "ĐẶNG THỊ MINH HOẠ", 0, placement.High, "Họ tên trùng với tên trên chứng thư"},
		{"ky-thay.pdf", "Dang Thi Minh Hoa", 0, placement.High, "trùng"},
		{"ky-thay.pdf", "Lê Văn Mẫu", 0, placement.Medium, "là “Đặng Thị Minh Họa”, không phải “Lê Văn Mẫu”"},
		{"thua-uy-quyen.pdf", "", 0, placement.High, "TUQ. GIÁM ĐỐC / CHÁNH VĂN PHÒNG"},
		{"sang-trang.pdf", "", 0, placement.High, "ở trang 2"},
		{"kem-quy-che.pdf", "", 0, placement.High, "“Nơi nhận” bên cạnh"},
		{"kem-quy-che.pdf", norm.NFD.String("vũ thị ví dụ"), 0, placement.High, "trùng"},
		{"ten-dai.pdf", "Nguyễn Phúc Thử Nghiệm Minh Họa", 0, placement.High, "PHÓ CHỈ HUY TRƯỞNG - THAM MƯU TRƯỞNG"},
		{"bien-ban.pdf", "", -1, placement.None, "“Bùi Thị Ghi Chép” (trang 1), “Lê Văn Mẫu” (trang 1)"},
		{"bien-ban.pdf", "Lê Văn Mẫu", 1, placement.High, "CHỦ TRÌ"},
		{"bien-ban.pdf", "Ông Bùi Thị Ghi Chép", 0, placement.High, "THƯ KÝ"},
		{"qua-sat.pdf", "", -1, placement.None, "chỉ cao 8 mm"},
		{"khong-ten.pdf", "", -1, placement.None, "“GIÁM ĐỐC” nhưng không thấy họ tên"},
	} {
		t.Run(c.file+" "+c.signer, func(t *testing.T) {
			r := find(t, open(t, signingDocument(t, c.file)), c.signer)
			if r.Confidence != c.confidence {
				t.Errorf("confidence %v, want %v: %v %v", r.Confidence, c.confidence, r.Why.Vi, r.Warnings)
			}
			said := r.Why.Vi
			for _, m := range append(r.Evidence, r.Warnings...) {
				said += "\n" + m.Vi
				if m.En == "" || strings.Contains(m.Vi+m.En, "%!") {
					t.Errorf("message %+v", m)
				}
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("said:\n%s\nwant %q", said, c.says)
			}
			if c.at < 0 {
				return
			}
			var own []spot
			for _, s := range spots(t) {
				if s.File == c.file {
					own = append(own, s)
				}
			}
			s := own[c.at]
			within(t, r, s.Page, s.Axis, s.Office, s.Below, 1)
		})
	}
}

// TestDemoDocuments: the documents of the demo, and what their file says of
// itself. The generator draws the letter's fields between its office and name.
func TestDemoDocuments(t *testing.T) {
	load := func(name string) pdf.View {
		b, err := documents.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return open(t, b)
	}
	v := load(documents.LetterWithFields)
	r := find(t, v, "")
	fields, err := v.SignatureFields()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := v.Rect(fields[0].Dict.Get("Rect"))
	if got := r.Personal.Rect; r.Confidence != placement.High || got.Left > want.Left || got.Right < want.Right || math.Abs(got.Top-want.Top) > 6 || math.Abs(got.Bottom-want.Bottom) > 6 {
		t.Errorf("found %v, want about the field %v", r.Personal, want)
	}
	if r := find(t, load(documents.Decision), ""); r.Confidence != placement.High || r.Personal.Page != 1 || len(r.Candidates) != 1 {
		t.Errorf("decision: %v on page %d", r.Confidence, r.Personal.Page)
	}
	if r := find(t, load(documents.TwoColumns), ""); r.Confidence != placement.None || len(r.Candidates) != 2 {
		t.Errorf("two columns: %v", r)
	}
	left, right := find(t, load(documents.TwoColumns), "TRẦN THỊ MẪU"), find(t, load(documents.TwoColumns), "Nguyễn Văn Thử")
	if left.Confidence != placement.High || right.Confidence != placement.High || left.Personal.Rect.Right > right.Personal.Rect.Left {
		t.Errorf("two columns: %v and %v", left.Personal, right.Personal)
	}
	if r := find(t, load(documents.Scan), ""); r.Confidence != placement.None || !strings.Contains(r.Why.Vi, "bản quét") {
		t.Errorf("scan: %v %s", r.Confidence, r.Why.Vi)
	}
	// A copy is marked in the upper margin of a scan, 20 mm high, but not for sure.
	if c, err := placement.TopRight(load(documents.Scan), 1, 170, 30); err != nil || c.Confidence != placement.Medium || len(c.Warnings) != 1 || c.Rect.Bottom < 841.89-56.7 {
		t.Errorf("top right of a scan: %+v %v", c, err)
	}
	if c, err := placement.BottomLeft(load(documents.Scan), 1, 170, 30); err != nil || c.Confidence != placement.None || c.Why.Vi == "" {
		t.Errorf("bottom left of a scan: %+v %v", c, err)
	}
}

// reshown changes how a document's first page is shown, by an update: its
// content is put behind prefix, and entries are set in its dictionary.
func reshown(t *testing.T, b []byte, prefix string, entries ...pdf.Object) pdf.View {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var page pdf.Page
	if err := f.EachPage(func(p pdf.Page) bool { page = p; return false }); err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	d := page.Dict.Clone()
	for i := 0; i < len(entries); i += 2 {
		d.Set(entries[i].(pdf.Name), entries[i+1])
	}
	d.Set("Contents", pdf.Array{u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: []byte(prefix)}), page.Dict.Get("Contents")})
	u.Set(page.Ref, d)
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, append(bytes.Clone(b), more...))
}

// TestShownOtherwise: cropped, turned and enlarged pages give the same place as
// a person sees it.
func TestShownOtherwise(t *testing.T) {
	const w, h = 595.28, 841.89
	var s spot
	for _, s = range spots(t) {
		if s.File == "ky-thay.pdf" {
			break
		}
	}
	n := func(list ...float64) pdf.Array {
		var a pdf.Array
		for _, f := range list {
			a = append(a, pdf.Number(f))
		}
		return a
	}
	for _, c := range []struct {
		name, prefix string
		entries      []pdf.Object
		dx, dy, unit float64
	}{
		{"turned right", fmt.Sprintf("0 1 -1 0 %v 0 cm", h), []pdf.Object{pdf.Name("MediaBox"), n(0, 0, h, w), pdf.Name("Rotate"), int64(90)}, 0, 0, 1},
		{"turned left", fmt.Sprintf("0 -1 1 0 0 %v cm", w), []pdf.Object{pdf.Name("MediaBox"), n(0, 0, h, w), pdf.Name("Rotate"), int64(270)}, 0, 0, 1},
		{"upside down", fmt.Sprintf("-1 0 0 -1 %v %v cm", w, h), []pdf.Object{pdf.Name("Rotate"), int64(180)}, 0, 0, 1},
		{"cropped", "", []pdf.Object{pdf.Name("CropBox"), n(20, 30, w-10, h-20)}, -20, -30, 1},
		{"enlarged", "", []pdf.Object{pdf.Name("UserUnit"), int64(2)}, 0, 0, 2},
		{"moved and halved", "0.5 0 0 0.5 100 100 cm", []pdf.Object{pdf.Name("UserUnit"), int64(2), pdf.Name("CropBox"), n(100, 100, 100+w/2, 100+h/2)}, 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(t, reshown(t, signingDocument(t, "ky-thay.pdf"), c.prefix, c.entries...), "")
			if r.Confidence != placement.High {
				t.Errorf("confidence %v: %s", r.Confidence, r.Why.En)
			}
			within(t, r, 1, (s.Axis+c.dx)*c.unit, (s.Office+c.dy)*c.unit, (s.Below+c.dy)*c.unit, c.unit)
		})
	}
}

// TestOtherWriters: Cairo writes the documents anew, with fonts, encodings and
// operators of its own, and the places stay.
func TestOtherWriters(t *testing.T) {
	for _, name := range []string{"ky-thay.pdf", "sang-trang.pdf", "ten-dai.pdf", "bien-ban.pdf"} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), name)
			if said, err := exec.Command("pdftocairo", "-pdf", filepath.Join("../../testdata/documents/khoi-ky", name), out).CombinedOutput(); err != nil {
				t.Fatalf("pdftocairo: %v\n%s", err, said)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			r := find(t, open(t, b), "Lê Văn Mẫu")
			for _, s := range spots(t) {
				if s.File == name && (s.Name == "Lê Văn Mẫu" || name != "bien-ban.pdf") {
					within(t, r, s.Page, s.Axis, s.Office, s.Below, 1)
				}
			}
		})
	}
}

// TestForeignDocuments: the recorded documents are no Vietnamese ones, and get
// no place.
func TestForeignDocuments(t *testing.T) {
	looked := 0
	for _, collection := range []string{"pyhanko", "dss"} {
		err := filepath.WalkDir(corpus.Path(t, collection), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".pdf") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return nil // broken on purpose
			}
			r, err := placement.Find(f.View, placement.Options{})
			if err != nil {
				return nil
			}
			looked++
			if r.Confidence != placement.None || len(r.Candidates) > 0 {
				t.Errorf("%s: %+v", path, r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d documents", looked)
	if looked == 0 {
		t.Error("no document was looked at")
	}
}
