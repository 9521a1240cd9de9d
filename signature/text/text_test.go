//go:build !js

package text_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kyso/signature/pdf"
	"kyso/signature/text"
	"kyso/testdata/corpus"
	"kyso/testdata/documents"
)

// theirWord is a word as pdftotext sees it: y runs down from the page's top.
type theirWord struct {
	Text string  `xml:",chardata"`
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
}

type theirPage struct {
	Width  float64     `xml:"width,attr"`
	Height float64     `xml:"height,attr"`
	Words  []theirWord `xml:"word"`
}

// pdftotext asks Poppler for the words of each page.
func pdftotext(path string) ([]theirPage, error) {
	out, err := exec.Command("pdftotext", "-cropbox", "-bbox", path, "-").Output()
	if err != nil {
		return nil, err
	}
	var doc struct {
		Pages []theirPage `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.ToValidUTF8(out, nil)))
	d.Strict = false
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	return doc.Pages, nil
}

// agreement counts the words of pdftotext, and those that stand within two
// points of the same place for us.
type agreement struct{ words, same int }

// compare compares each page of a document.
func compare(t *testing.T, b []byte, path string, verbose bool) (agreement, error) {
	t.Helper()
	pages, err := pdftotext(path)
	if err != nil {
		return agreement{}, err
	}
	f, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return agreement{}, err
	}
	var sum agreement
	n := 0
	err = f.EachPage(func(p pdf.Page) bool {
		if n >= len(pages) || n > 30 {
			return false
		}
		theirs := pages[n]
		n++
		ours, err := text.Read(f.View, p)
		if err != nil {
			t.Errorf("%s, page %d: %v", path, n, err)
			return false
		}
		stamps := annotations(f.View, p)
		for _, w := range theirs.Words {
			want := norm.NFC.String(strings.TrimSpace(w.Text))
			at := pdf.Rect{Left: w.XMin, Bottom: ours.Height - w.YMax, Right: w.XMax, Top: ours.Height - w.YMin}
			if want == "" || slices.ContainsFunc(stamps, at.Overlaps) {
				continue
			}
			sum.words++
			if slices.ContainsFunc(ours.Lines, func(l text.Line) bool {
				return slices.ContainsFunc(l.Words, func(o text.Word) bool {
					return o.Text == want && math.Abs(o.Box.Left-w.XMin) < 2 && math.Abs(o.Box.Right-w.XMax) < 2 &&
						math.Abs((o.Box.Bottom+o.Box.Top)/2-(ours.Height-(w.YMin+w.YMax)/2)) < 3
				})
			}) {
				sum.same++
			} else if verbose {
				t.Logf("%s, page %d: %+v is not there", filepath.Base(path), n, w)
			}
		}
		return true
	})
	return sum, err
}

// annotations are the places of annotations: Poppler reads the words that they
// show, which are no content of the page.
func annotations(v pdf.View, p pdf.Page) []pdf.Rect {
	g, _ := v.Geometry(p)
	list, _ := v.Array(p.Dict.Get("Annots"))
	var out []pdf.Rect
	for _, o := range list {
		d, _ := v.Dict(o)
		if r, ok := v.Rect(d.Get("Rect")); ok {
			r = g.Shown(r)
			out = append(out, pdf.Rect{Left: r.Left - 2, Bottom: r.Bottom - 2, Right: r.Right + 2, Top: r.Top + 2})
		}
	}
	return out
}

// TestWordsOfDocuments: every word of our documents stands where Poppler sees
// it.
func TestWordsOfDocuments(t *testing.T) {
	for _, d := range documents.All() {
		b, err := documents.Open(d.Name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), d.Name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := compare(t, b, path, true)
		if err != nil {
			t.Fatal(err)
		}
		if got.same != got.words || got.words == 0 && d.Name != documents.Scan {
			t.Errorf("%s: %d of %d words", d.Name, got.same, got.words)
		}
	}
}

// TestWordsOfCorpus: of the recorded documents, most of whose words other
// software than ours wrote, nearly all are found.
func TestWordsOfCorpus(t *testing.T) {
	for collection, share := range map[string]float64{"pyhanko": 0.95, "dss": 0.95} {
		t.Run(collection, func(t *testing.T) {
			root := corpus.Path(t, collection)
			var sum agreement
			files := 0
			err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err != nil || !strings.HasSuffix(path, ".pdf") {
					return err
				}
				b, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				got, err := compare(t, b, path, testing.Verbose())
				if err != nil {
					return nil // a locked or broken file: other tests look at those
				}
				files++
				if got.same < got.words {
					t.Logf("%s: %d of %d words", strings.TrimPrefix(path, root), got.same, got.words)
				}
				sum.words += got.words
				sum.same += got.same
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d of %d words in %d files stand where pdftotext sees them (%s)", sum.same, sum.words, files, fmt.Sprintf("%.2f %%", 100*float64(sum.same)/float64(sum.words)))
			if float64(sum.same) < share*float64(sum.words) {
				t.Errorf("fewer than %v", share)
			}
		})
	}
}
