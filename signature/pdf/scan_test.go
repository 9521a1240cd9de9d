package pdf

import (
	"bytes"
	"slices"
	"testing"

	"kyso/testdata/documents"
)

// TestReferencesAsParsed: skimming finds in every demo document what parsing
// finds.
func TestReferencesAsParsed(t *testing.T) {
	for _, name := range []string{documents.Letter, documents.LetterWithFields} {
		b, err := documents.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		objects := 0
		f.References(nil, func(n, _ int, refs []int, err error) {
			objects++
			at, ok := f.Locate(n)
			if !ok {
				t.Errorf("%s: object %d is not in use", name, n)
			}
			o, readErr := f.Object(Ref{n, at.Generation})
			var s skimmer
			s.collect(o)
			if (err == nil) != (readErr == nil) || !slices.Equal(s.refs, refs) {
				t.Errorf("%s: object %d: %v %v, parsed %v %v", name, n, refs, err, s.refs, readErr)
			}
		})
		if objects < 10 {
			t.Errorf("%s: %d objects", name, objects)
		}
	}
}

// TestReferencesAcrossWindows: objects that a window cuts short, and objects
// larger than one, lose no reference.
func TestReferencesAcrossWindows(t *testing.T) {
	b, err := documents.Open(documents.Letter)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]int{}
	for i := range 300 {
		a := Array{String(bytes.Repeat([]byte{'('}, i*7))}
		for k := range i * i / 3 { // up to 30,000
			a = append(a, Ref{k%9 + 1, 0}, int64(k))
		}
		want[u.Add(a).Number] = i * i / 3
	}
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b = append(bytes.Clone(b), more...)
	if f, err = Open(bytes.NewReader(b), int64(len(b))); err != nil {
		t.Fatal(err)
	}
	seen := 0
	f.References(nil, func(n, _ int, refs []int, err error) {
		if err != nil {
			t.Errorf("object %d: %v", n, err)
		}
		if count, ok := want[n]; ok {
			if seen++; len(refs) != count {
				t.Errorf("object %d: %d references, want %d", n, len(refs), count)
			}
		}
	})
	if seen != len(want) {
		t.Errorf("%d of %d objects", seen, len(want))
	}
}

// checkSkim compares a skimmed object with the parsed one: what skimming
// accepts must hold every reference that parsing finds.
func checkSkim(t *testing.T, b []byte) {
	var s, want skimmer
	if !s.direct(b) {
		return
	}
	p := &parser{r: bytes.NewReader(b), end: int64(len(b))}
	o, err := p.object(0)
	if err != nil {
		return
	}
	want.collect(o)
	if !slices.Equal(s.refs, want.refs) {
		t.Errorf("%q: skimmed %v, parsed %v", b, s.refs, want.refs)
	}
}

var skimSeeds = []string{
	"<</A 1 0 R/B[2 0 R 3 0 R]/C(4 0 R \\) 5 0 R)/D<06 0 R>/E 7 0 R>>",
	"[1 2 3 0 R 4 5 6 0 R]", "[1 %c\n0 %d\nR 1 0 Rx 1 0 R]", "[+1 0 R]", "[1 000000000000 R]", "[1 0 R2 0 R]", "<</a#20b 1 0 R>>",
	"[1.5 0 R 8388608 0 R 1 65536 R]", "(a(b)c\\", "[-1 0 R]", "[1 0 R/x 2\x000 R]", "<</A<</B 1 0 R>>>>", "[0001 0 R]", "[1 0", "[0000000001 0 R]", "0000000005 0 R",
}

func TestSkim(t *testing.T) {
	for _, s := range skimSeeds {
		checkSkim(t, []byte(s))
	}
	var s skimmer
	if !s.direct([]byte(skimSeeds[0])) || !slices.Equal(s.refs, []int{1, 2, 3, 7}) {
		t.Errorf("%v", s.refs)
	}
}

func FuzzSkim(f *testing.F) {
	for _, s := range skimSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(checkSkim)
}
