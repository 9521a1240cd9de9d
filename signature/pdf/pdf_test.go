package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kyso/signature/pdf"
)

// build writes a file of the given objects, numbered from 1; the first is the
// catalog. extra goes into the trailer.
func build(extra string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	xref := fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for i, o := range objects {
		xref += fmt.Sprintf("%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "%strailer\n<</Root 1 0 R /Size %d %s>>\nstartxref\n%d\n%%%%EOF\n", xref, len(objects)+1, extra, at)
	return b.Bytes()
}

func open(b []byte) (*pdf.File, error) { return pdf.Open(bytes.NewReader(b), int64(len(b))) }

func mustOpen(t testing.TB, b []byte) *pdf.File {
	t.Helper()
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const onePage = "<</Type /Pages /Kids [3 0 R] /Count 1>>"

func TestObjects(t *testing.T) {
	f := mustOpen(t, build("", "<</Pages 2 0 R>>", `[ 12 -7 +3 4. -.5 .0 (a\(b\)\\\101\n) <48 49 4> /A#20b#zz true false null 5 0 R << /K (v) >> %c
	]`))
	got, err := f.Object(pdf.Ref{Number: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := pdf.Array{int64(12), int64(-7), int64(3), pdf.Real("4."), pdf.Real("-.5"), pdf.Real(".0"), pdf.String("a(b)\\A\n"), pdf.String("HI@"), pdf.Name("A b#zz"),
		true, false, nil, pdf.Ref{Number: 5}, pdf.MakeDict(pdf.Name("K"), pdf.String("v"))}
	if !pdf.Equal(got, want) {
		t.Errorf("got %#v", got)
	}
}

// TestFreeGeneration: some writers give the free entry 0 a generation that is
// one too high, with line ends of two bytes or one. No other is let pass, and
// none of an object in use.
func TestFreeGeneration(t *testing.T) {
	good := string(build("", "<</Pages 2 0 R>>", onePage, "<</Type /Page /Parent 2 0 R>>"))
	const free, used = "0000000000 65535 f", "0000000009 00000 n"
	for name, c := range map[string]struct {
		old, new string
		opens    bool
	}{
		"free":             {free, "0000000000 65536 f", true},
		"free, higher":     {free, "0000000000 65537 f", false},
		"free, far higher": {free, "0000000000 99999 f", false},
		"in use":           {used, "0000000009 65536 n", false},
	} {
		for _, end := range []string{" \n", "\n"} {
			f, err := open([]byte(strings.ReplaceAll(strings.Replace(good, c.old, c.new, 1), " \n", end)))
			if (err == nil) != c.opens {
				t.Errorf("%s, %q: %v", name, end, err)
				continue
			}
			if err == nil {
				if _, ok := f.Locate(0); ok {
					t.Errorf("%s, %q: object 0 is in use", name, end)
				}
				if n, err := f.Pages(); n != 1 || err != nil {
					t.Errorf("%s, %q: %d pages, %v", name, end, n, err)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{"Kyso": "Kyso", "\xfe\xff\x1e\xa4\x00n": "Ấn", "\xff\xfe\xa4\x1en\x00": "Ấn", "\xef\xbb\xbfẤn": "Ấn", "caf\xe9": "café"} {
		if got := pdf.String(text).Text(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, s := range []string{"Kyso", "Trần Thị Mĩ (Phó)", "𝄞"} {
		if got := pdf.TextString(s).Text(); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

// TestDamaged: what a strict reader cannot follow is a FormatError, never a
// guess.
func TestDamaged(t *testing.T) {
	good := build("", "<</Pages 2 0 R>>", onePage, "<</Type /Page>>")
	mustOpen(t, good)
	change := func(old, new string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("no %q", old)
		}
		return bytes.Replace(good, []byte(old), []byte(new), 1)
	}
	nested := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, b := range map[string][]byte{
		"empty":                       {},
		"no header":                   change("%PDF", "%QDF"),
		"no startxref":                change("startxref", "startyref"),
		"no end":                      change("%%EOF", "%%EOX"),
		"startxref elsewhere":         change("startxref\n", "startxref\n1"),
		"no trailer":                  change("trailer", "trailor"),
		"no root":                     change("/Root 1 0 R", "/Root 7"),
		"size of a section":           change("xref\n0 4", "xref\n0 9"),
		"too many entries":            change("xref\n0 4", "xref\n0 99999999"),
		"prev points to itself":       build(fmt.Sprintf("/Prev %d", bytes.Index(good, []byte("xref\n0"))), "<</Pages 2 0 R>>", onePage, "<</Type /Page>>"),
		"prev is zero":                build("/Prev 0", "<</Pages 2 0 R>>"),
		"prev is no number":           build("/Prev (x)", "<</Pages 2 0 R>>"),
		"trailer holds Root twice":    build("/Root 2 0 R", "<</Pages 2 0 R>>"),
		"linearized but points ahead": build("/Prev 1000000", "<</Linearized 1>>"),
	} {
		var format *pdf.FormatError
		if _, err := open(b); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, object := range map[string]string{
		"nested too deep":         nested,
		"string without end":      "(abc",
		"dictionary without end":  "<</A 1",
		"no such word":            "trua",
		"two points":              "1.2.3",
		"exponent":                "1e5",
		"bad hexadecimal":         "<4x>",
		"stream too long":         "<</Length 99999>>\nstream\nabc\nendstream",
		"stream too short":        "<</Length 1>>\nstream\nabc\nendstream",
		"stream of itself":        "<</Length 2 0 R>>\nstream\nabc\nendstream",
		"object stream in itself": "<</Type /ObjStm /N 1 /First 4 /Length 2 0 R>>\nstream\n2 0 3\nendstream",
	} {
		f := mustOpen(t, build("", "<</Pages 2 0 R>>", object))
		var format *pdf.FormatError
		if _, err := f.Object(pdf.Ref{Number: 2}); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := mustOpen(t, change("3 0 obj", "9 0 obj"))
	if _, err := f.Object(pdf.Ref{Number: 3}); err == nil {
		t.Error("an object under another's number was taken")
	}
}

// TestPageTree: a page tree that loops ends.
func TestPageTree(t *testing.T) {
	for name, kids := range map[string]string{"itself": "2 0 R", "nothing": "9 0 R", "direct": "<<>>", "twice": "3 0 R 3 0 R"} {
		f := mustOpen(t, build("", "<</Pages 2 0 R>>", "<</Type /Pages /Kids ["+kids+"]>>", "<</Type /Page>>"))
		if n, err := f.Pages(); err == nil {
			t.Errorf("%s: %d pages", name, n)
		}
	}
	f := mustOpen(t, build("", "<</Pages 2 0 R /AcroForm <</Fields [4 0 R]>>>>", onePage, "<</Type /Page>>", "<</T (a) /Kids [5 0 R]>>", "<</T (b) /Kids [4 0 R]>>"))
	if _, err := f.Fields(); err == nil {
		t.Error("fields that loop were listed")
	}
}

// TestRevisionKeepsItsBytes: an object of a revision cannot be completed, and
// an entry cannot be filled, by bytes appended later.
func TestRevisionKeepsItsBytes(t *testing.T) {
	base := build("", "<</Pages 2 0 R>>", onePage, "<</Type /Page>>")
	// The page's entry is sent beyond the end of its revision.
	at := bytes.Index(base, []byte("3 0 obj"))
	forged := bytes.Replace(base, fmt.Appendf(nil, "%010d", at), fmt.Appendf(nil, "%010d", len(base)+1), 1)
	forged = append(forged, "\n3 0 obj\n<</Type /Page /Planted true>>\nendobj\n"...)
	start := bytes.Index(base, []byte("xref\n0"))
	xref := len(forged)
	forged = fmt.Appendf(forged, "xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R /Size 4 /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", start, xref)
	f := mustOpen(t, forged)
	if n, ok := f.Revision(1).Stray(); !ok || n != 3 {
		t.Errorf("stray entry %d, %v", n, ok)
	}
	if o, err := f.Object(pdf.Ref{Number: 3}); err == nil {
		t.Errorf("read %v", o)
	}
	if f.Revisions() != 2 || f.Revision(1).End() != int64(len(base)) {
		t.Errorf("%d revisions, the first ends at %d of %d", f.Revisions(), f.Revision(1).End(), len(base))
	}
	if v, ok := f.EndingAt(int64(len(base))); !ok || v.Number() != 1 {
		t.Errorf("ending at the base: %v, %v", v.Number(), ok)
	}
	for _, end := range []int64{int64(len(base)) - 7, int64(len(base)) + 3, int64(len(forged)) - 3} {
		if _, ok := f.EndingAt(end); ok {
			t.Errorf("a revision ends at %d", end)
		}
	}
}

// TestBomb: a small stream does not become a large one.
func TestBomb(t *testing.T) {
	f := mustOpen(t, build("", "<</Pages 2 0 R>>", "<</Filter [/ASCIIHexDecode /ASCIIHexDecode] /Length 8>>\nstream\n34 34 >\nendstream"))
	o, err := f.Object(pdf.Ref{Number: 2})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := f.Decode(o.(*pdf.Stream), 10); err != nil || string(b) != "D" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := f.Decode(o.(*pdf.Stream), 0); err == nil {
		t.Errorf("%q is over the bound", b)
	}
}

// TestUpdate: what is written can be read, with generations kept.
func TestUpdate(t *testing.T) {
	base := build("", "<</Pages 2 0 R>>", onePage, "<</Type /Page>>")
	base = bytes.Replace(base, []byte("3 0 obj"), []byte("3 5 obj"), 1)
	base = bytes.Replace(base, fmt.Appendf(nil, "%010d 00000 n", bytes.Index(base, []byte("3 5 obj"))), fmt.Appendf(nil, "%010d 00005 n", bytes.Index(base, []byte("3 5 obj"))), 1)
	base = bytes.Replace(base, []byte("[3 0 R]"), []byte("[3 5 R]"), 1)
	f := mustOpen(t, base)
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	reserved := &pdf.Reserved{Length: 8, First: '<', Last: '>', Fill: '0'}
	strange := pdf.MakeDict(pdf.Name("A b#/("), pdf.Array{pdf.String("(\\)\x00é"), pdf.Real("-1.50"), nil, true, 12}, pdf.Name("R"), reserved)
	ref := u.Add(strange)
	page, err := u.Dict(pdf.Ref{Number: 3, Generation: 5})
	if err != nil {
		t.Fatal(err)
	}
	page.Set("Rotate", 90)
	u.Set(pdf.Ref{Number: 3, Generation: 5}, page)
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	all := append(bytes.Clone(base), more...)
	g := mustOpen(t, all)
	o, err := g.Object(pdf.Ref{Number: 3, Generation: 5})
	if err != nil || o.(*pdf.Dict).Get("Rotate") != int64(90) {
		t.Errorf("%v, %v", o, err)
	}
	d, err := g.Dict(ref)
	if err != nil || !pdf.Equal(d.Get("A b#/("), pdf.Array{pdf.String("(\\)\x00é"), pdf.Real("-1.50"), nil, true, int64(12)}) {
		t.Errorf("%v, %v", d, err)
	}
	if got := string(all[reserved.At : reserved.At+8]); got != "<000000>" {
		t.Errorf("reserved %q", got)
	}
	if g.Revisions() != 2 || ref.Number != 4 {
		t.Errorf("%d revisions, new object %d", g.Revisions(), ref.Number)
	}
}
