package pdf

import (
	"bytes"
	"fmt"
	"testing"
)

func TestStrictTable(t *testing.T) {
	const good = "xref\n0 1\n0000000000 65535 f \n4 2 \r\n0000000010 00000 n\r\n0000000020 00000 n \ntrailer \n<<"
	if n, ok := strictTable([]byte(good)); !ok || n != len(good)-2 {
		t.Errorf("%d, %v", n, ok)
	}
	for name, b := range map[string]string{
		"short entry":       "xref\n0 1\n000000000 65535 f \ntrailer<<",
		"no space":          "xref\n0 1\n0000000000 65535 f\ntrailer<<",
		"other kind":        "xref\n0 1\n0000000000 65535 x \ntrailer<<",
		"comment":           "xref\n%\n0 1\n0000000000 65535 f \ntrailer<<",
		"words on one line": "xref 0 1\n0000000000 65535 f \ntrailer<<",
		"no trailer":        "xref\n0 1\n0000000000 65535 f \n",
		"no dictionary":     "xref\n0 0\ntrailer(",
		"empty":             "",
	} {
		if _, ok := strictTable([]byte(b)); ok {
			t.Errorf("%s: called strict", name)
		}
	}
}

func TestStrictStart(t *testing.T) {
	for _, b := range []string{"startxref\n12\n%%EOF", " \r\n% x\nstartxref \r\n12\r%%EOF\n"} {
		if !strictStart([]byte(b)) {
			t.Errorf("%q is not called strict", b)
		}
	}
	for _, b := range []string{"startxref\n%\n12\n%%EOF", "startxref 12\n%%EOF", "startxref\n12 %%EOF", "startxref\n\n12\n%%EOF", "x startxref\n12\n%%EOF", "% startxref"} {
		if strictStart([]byte(b)) {
			t.Errorf("%q is called strict", b)
		}
	}
}

// revised is a small file and one update, whose offsets are off by shift, with
// a second set of cross-references for object 3 that says hidden unless that is
// negative.
func revised(shift int, hidden func(at int) int) []byte {
	var b bytes.Buffer
	at := map[int]int{}
	object := func(n int, text string) {
		at[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, text)
	}
	b.WriteString("%PDF-1.7\n")
	object(1, "<</Type/Catalog/Pages 2 0 R>>")
	object(2, "<</Type/Pages/Kids[]/Count 0>>")
	object(3, "(cu)")
	first := b.Len()
	fmt.Fprintf(&b, "xref\n0 4\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF\n\n", at[1], at[2], at[3], first)
	old := at[3]
	object(3, "(moi)")
	extra := ""
	if hidden != nil {
		row := hidden(at[3])
		if row < 0 {
			row = old
		}
		data := string([]byte{1, byte(row >> 8), byte(row), 0})
		stream := b.Len()
		object(5, fmt.Sprintf("<</Type/XRef/Size 6/W[1 2 1]/Index[3 1]/Length %d>>\nstream\n%s\nendstream", len(data), data))
		extra = fmt.Sprintf("/XRefStm %d", stream)
	}
	second := b.Len()
	fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f \n3 1\n%010d 00000 n \n", at[3]-shift)
	if hidden != nil {
		fmt.Fprintf(&b, "5 1\n%010d 00000 n \n", at[5])
	}
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R/Size 6/Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n", first, extra, second-shift)
	return b.Bytes()
}

// TestTidy: liberties that every reader takes alike are no fault, others are.
func TestTidy(t *testing.T) {
	for _, c := range []struct {
		name   string
		b      []byte
		accept bool
	}{
		{"to the letter", revised(0, nil), true},
		// Offsets that name the line end before an object: all readers skip
		// white space there.
		{"offsets one short", revised(1, nil), true},
		{"offsets into the object before", revised(3, nil), false},
		// Two sets of cross-references that agree, as some writers keep them.
		{"two sets that agree", revised(0, func(at int) int { return at }), true},
		{"two sets, one of which names the old object", revised(0, func(int) int { return -1 }), false},
		{"a byte that belongs to nothing", bytes.Replace(revised(0, nil), []byte("\n%%EOF\n\n3"), []byte("\n%%EOF\nx3"), 1), false},
		{"an object in a string", bytes.Replace(revised(0, nil), []byte("(moi)\nendobj\n"), []byte("(4 0 obj endobj)\nendobj\n"), 1), false},
	} {
		f, err := Open(bytes.NewReader(c.b), int64(len(c.b)))
		if err != nil {
			if c.accept {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err := f.Tidy(2); (err == nil) != c.accept {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
