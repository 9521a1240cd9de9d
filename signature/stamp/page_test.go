//go:build !js

package stamp_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/stamp"
)

// onPage writes a PDF of one page, as large as the stamp and with nothing else
// on it. metadata is the document's XMP, or empty; background fills the page
// ("1 1 0 rg", say).
func onPage(t testing.TB, s *stamp.Stamp, o stamp.FormOptions, background string) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %v %v]/Resources<<>>>>", s.Width(), s.Height()),
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF\n", xref)
	f, err := pdf.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	form, err := s.Form(u, o)
	if err != nil {
		t.Fatal(err)
	}
	page, err := u.Dict(pdf.Ref{Number: 3})
	if err != nil {
		t.Fatal(err)
	}
	page.Set("Resources", pdf.MakeDict(pdf.Name("XObject"), pdf.MakeDict(pdf.Name("S"), form)))
	if background != "" {
		background = fmt.Sprintf("q %s 0 0 1000 1000 re f Q\n", background)
	}
	page.Set("Contents", u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: []byte(background + "/S Do\n")}))
	u.Set(pdf.Ref{Number: 3}, page)
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "stamp.pdf")
	if err := os.WriteFile(name, append(b.Bytes(), more...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// tool runs a program and returns its standard output.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	c := exec.Command(name, args...)
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.String(), problems.String())
	}
	// Debian's mutool says so of every file.
	if said := strings.ReplaceAll(problems.String(), "warning: ICC support is not available\n", ""); said != "" {
		t.Errorf("%s says: %s", name, said)
	}
	return out.String()
}

// sound has two programs look for faults.
func sound(t testing.TB, file string) {
	t.Helper()
	if out := tool(t, "qpdf", "--check", file); !strings.Contains(out, "No syntax or stream encoding errors found") {
		t.Errorf("qpdf: %s", out)
	}
	tool(t, "mutool", "draw", "-q", "-F", "png", "-o", filepath.Join(t.TempDir(), "m.png"), file)
}

// drawn is the page as poppler draws it.
func drawn(t testing.TB, file string, dpi int) image.Image {
	t.Helper()
	to := filepath.Join(t.TempDir(), "drawn")
	tool(t, "pdftoppm", "-png", "-singlefile", "-r", strconv.Itoa(dpi), file, to)
	b, err := os.ReadFile(to + ".png")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near compares colours; the readers' conversions of colours round.
func near(a, b color.Color, by int) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	for _, d := range []int{int(ar>>8) - int(br>>8), int(ag>>8) - int(bg>>8), int(ab>>8) - int(bb>>8)} {
		if d > by || d < -by {
			return false
		}
	}
	return true
}

// load makes a template of text lines, 165 mm wide, and what extra adds.
func load(t testing.TB, extra string, lines ...string) *stamp.Template {
	t.Helper()
	text := ""
	for i, l := range lines {
		if i > 0 {
			text += ","
		}
		text += `{"text":` + strconv.Quote(l) + `,"required":true}`
	}
	if lines != nil {
		text = `"text":{"lines":[` + text + `],"maxWidth":165,"maxHeight":165},`
	}
	made, err := stamp.Load([]byte(`{"name":"thu","title":{"vi":"Thử","en":"Test"},` + text + extra + `"place":{"at":"signature-block"}}`))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// lay lays a stamp out.
func lay(t testing.TB, made *stamp.Template, v stamp.Values, i *stamp.Image, o stamp.Options) *stamp.Stamp {
	t.Helper()
	s, err := made.Lay(v, i, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func builtIn(t testing.TB, name string) *stamp.Template {
	t.Helper()
	made, ok := stamp.BuiltIn(name)
	if !ok {
		t.Fatalf("there is no template %s", name)
	}
	return made
}

// moment is 02:41:07 UTC, and 09:41:07 in Vietnam.
var moment = time.Date(2024, 12, 11, 2, 41, 7, 999_000_000, time.UTC)
