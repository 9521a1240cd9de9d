//go:build !js

package pades_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// flag is an appearance of 120 by 40 that tells which way is up: green above,
// red below on the left, blue below on the right.
func flag(page int, r pdf.Rect) *pades.Appearance {
	return &pades.Appearance{Page: page, Rect: r, Width: 120, Height: 40, Form: func(u *pdf.Update) (pdf.Ref, error) {
		return u.Add(&pdf.Data{Dict: pdf.MakeDict(pdf.Name("Type"), pdf.Name("XObject"), pdf.Name("Subtype"), pdf.Name("Form"),
			pdf.Name("BBox"), pdf.Array{0, 0, 120, 40}, pdf.Name("Resources"), &pdf.Dict{}),
			Bytes: []byte("0 1 0 rg 0 30 120 10 re f 1 0 0 rg 0 0 60 30 re f 0 0 1 rg 60 0 60 30 re f")}), nil
	}}
}

// picture is a page as a program shows it, one pixel a point.
type picture struct {
	w, h int
	rgb  []byte
}

// at is the colour of the pixel at a point counted from the lower left corner:
// r, g, b, w for white, or what it is in numbers.
func (p picture) at(x, y float64) string {
	px, py := int(x), p.h-1-int(y)
	if px < 0 || py < 0 || px >= p.w || py >= p.h {
		return "outside"
	}
	c := p.rgb[3*(py*p.w+px):]
	switch on := [3]bool{c[0] > 200, c[1] > 200, c[2] > 200}; {
	case on == [3]bool{true, true, true}:
		return "w"
	case on == [3]bool{true, false, false}:
		return "r"
	case on == [3]bool{false, true, false}:
		return "g"
	case on == [3]bool{false, false, true}:
		return "b"
	}
	return fmt.Sprint(c[:3])
}

// shows tells where a flag in r is not as it should be.
func (p picture) shows(r pdf.Rect) (faults []string) {
	for _, c := range []struct {
		x, y float64 // of the rectangle's size
		want string
	}{{.25, .4, "r"}, {.75, .4, "b"}, {.25, .88, "g"}, {.75, .88, "g"}, {.04, .12, "r"}, {.96, .12, "b"}} {
		if got := p.at(r.Left+c.x*r.Width(), r.Bottom+c.y*r.Height()); got != c.want {
			faults = append(faults, fmt.Sprintf("at %.2f,%.2f: %s instead of %s", c.x, c.y, got, c.want))
		}
	}
	for _, at := range [][2]float64{{r.Left - 2, r.Bottom + 5}, {r.Right + 2, r.Bottom + 5}, {r.Left + 5, r.Bottom - 2}, {r.Left + 5, r.Top + 2}} {
		if got := p.at(at[0], at[1]); got != "w" && got != "outside" {
			faults = append(faults, fmt.Sprintf("beside it, at %.0f,%.0f: %s", at[0], at[1], got))
		}
	}
	return faults
}

// renderers show page n of the file path at 72 dots an inch.
var renderers = map[string]func(t *testing.T, path string, n int) picture{
	"pdftoppm": func(t *testing.T, path string, n int) picture {
		out := filepath.Join(t.TempDir(), "page")
		mustTool(t, "pdftoppm", "-r", "72", "-cropbox", "-f", fmt.Sprint(n), "-singlefile", path, out)
		return readPPM(t, out+".ppm")
	},
	"mutool": func(t *testing.T, path string, n int) picture {
		out := filepath.Join(t.TempDir(), "page.ppm")
		mustTool(t, "mutool", "draw", "-r", "72", "-o", out, path, fmt.Sprint(n))
		return readPPM(t, out)
	},
}

func readPPM(t *testing.T, path string) (p picture) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	depth := 0
	if _, err := fmt.Sscanf(string(b[:min(len(b), 60)]), "P6\n%d %d\n%d", &p.w, &p.h, &depth); err != nil || depth != 255 {
		t.Fatalf("%s: %v", path, err)
	}
	p.rgb = b[len(b)-3*p.w*p.h:]
	return p
}

// TestVisibleOnEveryPage: a signature stands upright and undistorted where it
// was asked for on the page as it is shown, however that is turned and cut, and
// whoever shows it.
func TestVisibleOnEveryPage(t *testing.T) {
	for _, c := range []struct {
		name, page    string
		width, height float64 // as shown, worked out by hand
		skip          string
	}{
		{"upright", "/MediaBox [0 0 300 200]", 300, 200, ""},
		{"90", "/MediaBox [0 0 300 200] /Rotate 90", 200, 300, ""},
		{"180", "/MediaBox [0 0 300 200] /Rotate 180", 300, 200, ""},
		{"270", "/MediaBox [0 0 300 200] /Rotate 270", 200, 300, ""},
		{"-90", "/MediaBox [0 0 300 200] /Rotate -90", 200, 300, ""},
		{"away from the origin", "/MediaBox [-50 30 250 230]", 300, 200, ""},
		{"away and turned", "/MediaBox [-50 30 250 230] /Rotate 270", 200, 300, ""},
		{"corners the other way", "/MediaBox [300 200 0 0]", 300, 200, ""},
		{"cut", "/MediaBox [0 0 300 300] /CropBox [20 40 270 260]", 250, 220, ""},
		{"cut and turned", "/MediaBox [0 0 300 300] /CropBox [20 40 270 260] /Rotate 90", 220, 250, ""},
		{"larger units", "/MediaBox [0 0 150 120] /UserUnit 2 /Rotate 90", 240, 300, "pdftoppm"}, // which knows no units
	} {
		t.Run(c.name, func(t *testing.T) {
			r := pdf.Rect{Left: 60, Bottom: 20, Right: 180, Top: 60}
			signed := sign(t, buildPage(t, c.page, ""), ecSigner(), pades.Options{Appearance: flag(1, r)})
			path := write(t, signed)
			for name, render := range renderers {
				if name == c.skip {
					continue
				}
				p := render(t, path, 1)
				if float64(p.w) != c.width || float64(p.h) != c.height {
					t.Errorf("%s shows %d by %d", name, p.w, p.h)
				}
				for _, fault := range p.shows(r) {
					t.Errorf("%s: %s", name, fault)
				}
			}
			pleases(t, path, 1)
			// Another one beside it, by which this one loses nothing.
			second := r
			second.Bottom, second.Top = 80, 120
			signed = sign(t, signed, rsaSigner(), pades.Options{Appearance: flag(1, second)})
			path = write(t, signed)
			for _, fault := range append(renderers["mutool"](t, path, 1).shows(r), renderers["mutool"](t, path, 1).shows(second)...) {
				t.Errorf("both: %s", fault)
			}
			pleases(t, path, 2)
			inOrderAll(t, signed, 2)
		})
	}
}

// pleases has pdfsig and qpdf judge a file of n signatures.
func pleases(t *testing.T, path string, n int) {
	t.Helper()
	out := mustTool(t, "pdfsig", "-nocert", path)
	if got := strings.Count(out, "Signature is Valid"); got != n || strings.Count(out, "Total document signed") != 1 {
		t.Errorf("pdfsig calls %d of %d valid:\n%s", got, n, out)
	}
	if out := mustTool(t, "qpdf", "--check", path); strings.Contains(out, "WARNING") {
		t.Errorf("qpdf: %s", out)
	}
}

// inOrderAll judges b without trust: all of its n signatures are intact, valid,
// and no later revision harmed them.
func inOrderAll(t *testing.T, b []byte, n int) *verify.Report {
	t.Helper()
	r, err := verify.Document(open(t, b), verify.Evidence{}, verify.Policy{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Signatures) != n {
		t.Errorf("%d signatures instead of %d", len(r.Signatures), n)
	}
	for _, s := range r.Signatures {
		if !inOrder(s) {
			t.Errorf("%q: intact %v, valid %v, %s %+v %+v", s.Field, s.Intact, s.Valid, s.Modification, s.Reason, s.Changes)
		}
	}
	return r
}

// TestVisibleAlone: on real pages nothing but the rectangle changes, and on the
// other pages nothing at all.
func TestVisibleAlone(t *testing.T) {
	r := pdf.Rect{Left: 60, Bottom: 40, Right: 180, Top: 80}
	for _, c := range []struct {
		name        string
		page, other int
	}{{documents.Letter, 1, 0}, {documents.Decision, 12, 1}, {documents.TwoColumns, 2, 1}, {documents.Scan, 1, 0}, {documents.LetterWithFields, 1, 0}} {
		b := document(t, c.name)
		before, after := write(t, b), write(t, sign(t, b, ecSigner(), pades.Options{Appearance: flag(c.page, r)}))
		for name, render := range renderers {
			was, is := render(t, before, c.page), render(t, after, c.page)
			if is.at(120, 60) != "r" && is.at(125, 60) != "b" {
				t.Errorf("%s, %s: nothing is drawn", c.name, name)
			}
			if d := was.differs(is, r); d != "" {
				t.Errorf("%s, %s: %s", c.name, name, d)
			}
			if c.other > 0 {
				if d := render(t, before, c.other).differs(render(t, after, c.other), pdf.Rect{}); d != "" {
					t.Errorf("%s, %s, page %d: %s", c.name, name, c.other, d)
				}
			}
		}
	}
}

// differs tells where q differs from p outside of r.
func (p picture) differs(q picture, r pdf.Rect) string {
	if p.w != q.w || p.h != q.h {
		return "another size"
	}
	for i := range p.rgb {
		x, y := float64(i/3%p.w), float64(p.h-1-i/3/p.w)
		if p.rgb[i] != q.rgb[i] && !(x >= r.Left-2 && x <= r.Right+2 && y >= r.Bottom-2 && y <= r.Top+2) {
			return fmt.Sprintf("changed at %.0f,%.0f", x, y)
		}
	}
	return ""
}

// TestVisibleScaled: a rectangle of another shape gets the appearance whole,
// its aspect kept, in the middle.
func TestVisibleScaled(t *testing.T) {
	signed := sign(t, buildPage(t, "/MediaBox [0 0 300 200] /Rotate 90", ""), ecSigner(), pades.Options{Appearance: flag(1, pdf.Rect{Left: 20, Bottom: 50, Right: 80, Top: 150})})
	want := pdf.Rect{Left: 20, Bottom: 90, Right: 80, Top: 110} // half the size
	for name, render := range renderers {
		for _, fault := range render(t, write(t, signed), 1).shows(want) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// TestVisibleInField: an existing field is drawn in where it stands, whatever
// its widgets are, and keeps all else it has.
func TestVisibleInField(t *testing.T) {
	const page = "/MediaBox [0 0 300 200] /Annots [5 0 R]"
	for _, c := range []struct {
		name    string
		data    []byte
		where   []pdf.Rect
		widgets int
	}{
		{"one object", buildPage(t, page, "/AcroForm <</Fields [5 0 R]>>", "null",
			"<</Type /Annot /Subtype /Widget /FT /Sig /T (o) /TU (\\(ch\\374\\)) /Rect [40 40 160 80] /F 4 /BS <</W 1>> /MK <</BG [0 0 1] /R 180>>>>"),
			[]pdf.Rect{{Left: 40, Bottom: 40, Right: 160, Top: 80}}, 1},
		{"widget apart", buildPage(t, page, "/AcroForm 6 0 R", "<</FT /Sig /T (o) /Kids [5 0 R] /TU (x)>>",
			"<</Type /Annot /Subtype /Widget /Parent 4 0 R /Rect [160 80 40 40] /F 2 /BS <</W 1>>>>", "<</Fields [4 0 R]>>"),
			[]pdf.Rect{{Left: 40, Bottom: 40, Right: 160, Top: 80}}, 1},
		{"two widgets", buildPage(t, "/MediaBox [0 0 300 200] /Annots 7 0 R", "/AcroForm 6 0 R", "<</FT /Sig /T (o) /Kids [5 0 R 8 0 R] /TU (x)>>",
			"<</Type /Annot /Subtype /Widget /Parent 4 0 R /Rect [40 40 160 80] /BS <</W 1>>>>", "<</Fields [4 0 R]>>", "[5 0 R 8 0 R]",
			"<</Type /Annot /Subtype /Widget /Parent 4 0 R /Rect [20 100 80 120] /BS <</W 1>>>>"),
			[]pdf.Rect{{Left: 40, Bottom: 40, Right: 160, Top: 80}, {Left: 20, Bottom: 100, Right: 80, Top: 120}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Somebody signed before, so that verify judges what becomes of it.
			before := sign(t, c.data, rsaSigner(), pades.Options{})
			signed := sign(t, before, ecSigner(), pades.Options{Field: "o", Appearance: flag(0, pdf.Rect{})})
			path := write(t, signed)
			for name, render := range renderers {
				p := render(t, path, 1)
				for _, r := range c.where {
					for _, fault := range p.shows(r) {
						t.Errorf("%s: %s", name, fault)
					}
				}
			}
			if c.name == "one object" {
				pleases(t, path, 2)
			} else {
				// pdfsig looks for the value in the widget alone.
				for n := range 2 {
					opensslVerifies(t, signed, n)
				}
			}
			inOrderAll(t, signed, 2)
			was, is := fieldOf(t, before, "o"), fieldOf(t, signed, "o")
			if !pdf.Equal(was.Dict.Get("TU"), is.Dict.Get("TU")) || is.Dict.Get("TU") == nil {
				t.Error("the field's description is gone")
			}
			drawn := 0
			for _, ref := range is.Widgets {
				w, err := open(t, signed).Dict(ref)
				if err != nil {
					t.Fatal(err)
				}
				if w.Get("AP") != nil && w.Get("F") == int64(132) {
					drawn++
				}
				if bs, _ := w.Get("BS").(*pdf.Dict); bs == nil || bs.Get("W") != int64(1) {
					t.Error("the widget's border is gone")
				}
			}
			if drawn != c.widgets {
				t.Errorf("%d widgets show it", drawn)
			}
		})
	}
}

// opensslVerifies has openssl judge the CMS of signature n.
func opensslVerifies(t *testing.T, b []byte, n int) {
	t.Helper()
	der, signed := contents(t, b, n)
	dir := t.TempDir()
	for file, data := range map[string][]byte{"s.der": der, "c.bin": signed} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := mustTool(t, "openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "s.der"),
		"-content", filepath.Join(dir, "c.bin"), "-out", os.DevNull)
	if !strings.Contains(out, "Verification successful") {
		t.Errorf("openssl: %s", out)
	}
}

func fieldOf(t *testing.T, b []byte, name string) pdf.Field {
	t.Helper()
	fields, err := open(t, b).Fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %q", name)
	return pdf.Field{}
}

// TestNoPlace: what cannot be drawn there, or would hide what others have
// signed, is refused before anything is made.
func TestNoPlace(t *testing.T) {
	box := pdf.Rect{Left: 20, Bottom: 20, Right: 140, Top: 60}
	plain := document(t, documents.Letter)
	stamped := sign(t, plain, rsaSigner(), pades.Options{Appearance: flag(1, box)})
	empty := buildPage(t, "/MediaBox [0 0 300 200] /Annots [5 0 R]", "/AcroForm <</Fields [4 0 R 5 0 R]>>", "<</FT /Sig /T (nowhere) /Rect [0 0 50 50]>>",
		"<</Type /Annot /Subtype /Widget /FT /Sig /T (point) /Rect [0 0 0 0]>>")
	moved := func(x, y float64) pdf.Rect {
		return pdf.Rect{Left: box.Left + x, Bottom: box.Bottom + y, Right: box.Right + x, Top: box.Top + y}
	}
	for _, c := range []struct {
		name  string
		data  []byte
		field string
		a     *pades.Appearance
		want  error
	}{
		{"fits", plain, "", flag(1, box), nil},
		{"no such page", plain, "", flag(2, box), pades.ErrPlace},
		{"no page", plain, "", flag(0, box), pades.ErrPlace},
		{"page before the first", plain, "", flag(-1, box), pades.ErrPlace},
		{"beside the page", plain, "", flag(1, moved(-21, 0)), pades.ErrPlace},
		{"above the page", plain, "", flag(1, moved(0, 800)), pades.ErrPlace},
		{"no area", plain, "", flag(1, pdf.Rect{Left: 20, Bottom: 20, Right: 140, Top: 20}), pades.ErrPlace},
		{"turned round", plain, "", flag(1, pdf.Rect{Left: 140, Bottom: 60, Right: 20, Top: 20}), pades.ErrPlace},
		{"no size", plain, "", &pades.Appearance{Page: 1, Rect: box, Form: flag(1, box).Form}, pades.ErrPlace},
		{"nothing to draw", plain, "", &pades.Appearance{Page: 1, Rect: box, Width: 120, Height: 40}, pades.ErrPlace},
		{"over another stamp", stamped, "", flag(1, moved(10, 5)), pades.ErrPlace},
		{"over a corner of one", stamped, "", flag(1, moved(80, 25)), nil},
		{"large, and the first", plain, "", flag(1, pdf.Rect{Right: 400, Top: 300}), nil},
		{"large, after another", stamped, "", flag(1, pdf.Rect{Left: 100, Bottom: 100, Right: 500, Top: 400}), pades.ErrPlace},
		{"a field with another place", document(t, documents.LetterWithFields), documents.PersonField, flag(1, box), pades.ErrPlace},
		{"a field on no page", empty, "nowhere", flag(0, pdf.Rect{}), pades.ErrPlace},
		{"a field without area", empty, "point", flag(0, pdf.Rect{}), pades.ErrPlace},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := pades.Options{Field: c.field, Appearance: c.a}
			// Check does without what is drawn.
			if err := pades.Check(open(t, c.data), o); !errors.Is(err, c.want) && !strings.HasPrefix(c.name, "no size") && !strings.HasPrefix(c.name, "nothing to draw") {
				t.Errorf("Check: got %v, want %v", err, c.want)
			}
			signed, err := trySign(c.data, ecSigner(), o)
			if !errors.Is(err, c.want) {
				t.Errorf("Prepare: got %v, want %v", err, c.want)
			}
			if err == nil {
				inOrderAll(t, signed, 1+bytes.Count(c.data, []byte("ETSI.CAdES.detached")))
			}
		})
	}
	failing := &pades.Appearance{Page: 1, Rect: box, Width: 1, Height: 1, Form: func(*pdf.Update) (pdf.Ref, error) { return pdf.Ref{}, os.ErrInvalid }}
	if _, err := trySign(plain, ecSigner(), pades.Options{Appearance: failing}); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("a form that cannot be drawn: %v", err)
	}
}
