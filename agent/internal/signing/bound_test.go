package signing_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/verify"
)

// twoPages are two documents of one size that differ in which of two contents
// the page shows.
func twoPages() (one, other []byte) {
	make := func(contents int) []byte {
		var b bytes.Buffer
		b.WriteString("%PDF-1.7\n")
		offsets := []int{}
		objects := []string{
			"<</Type/Catalog/Pages 2 0 R>>",
			"<</Type/Pages/Kids[3 0 R]/Count 1>>",
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents %d 0 R>>", contents),
			"<</Length 10>>\nstream\n0 0 9 9 re\nendstream",
			"<</Length 10>>\nstream\n1 1 5 5 re\nendstream",
		}
		for i, object := range objects {
			offsets = append(offsets, b.Len())
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
		}
		start := b.Len()
		fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
		for _, off := range offsets {
			fmt.Fprintf(&b, "%010d 00000 n \n", off)
		}
		fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
		return b.Bytes()
	}
	return make(4), make(5)
}

// TestSwappedAndBack: a file that is another one only while the signature is
// prepared, on a share that somebody else runs, would have its page rewritten
// from the other, under the digest of the one that was shown.
func TestSwappedAndBack(t *testing.T) {
	good, other := twoPages()
	for _, when := range []string{"after the question", "before it"} {
		data := &swapped{now: good, new: other}
		f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			if when == "after the question" {
				data.swap()
			}
			return signingtest.Agrees(ctx, q)
		})
		hashed := false
		results, err := f.service.Sign(t.Context(), signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: data, Size: int64(len(good))}}}, func(e signing.Event) {
			switch {
			case e.Stage == signing.StageChecking && e.Done == e.Total && !hashed:
				hashed = true
				if when == "before it" {
					data.swap()
				}
			case e.Stage == signing.StageSigning && e.Done == 0:
				data.mu.Lock()
				data.now = good
				data.mu.Unlock()
			}
		})
		if signing.Code(err) != "DOCUMENT_CHANGED" {
			t.Errorf("swapped %s: %v", when, err)
		}
		if len(results) > 0 && results[0].Err == nil {
			signed := bytesOf(t, results[0])
			t.Errorf("swapped %s: what was added to the document shown is\n%s", when, signed[len(good):min(len(signed), len(good)+600)])
		}
	}
}

// TestExtendSwapped: so is a signed file that becomes another while it is being
// extended.
func TestExtendSwapped(t *testing.T) {
	b := at2020(t)
	result, err := b.sign(t, letter(t), b.worlds[0].Persons[0], "B-B")
	if err != nil {
		t.Fatal(err)
	}
	good := bytesOf(t, result)
	other := bytes.Replace(good, []byte("/MediaBox"), []byte("/MediaBoy"), 1)
	if bytes.Equal(good, other) {
		t.Fatal("the other document is the same")
	}
	// It is read once to be hashed, and is the other from then on.
	data := &afterPass{swapped: swapped{now: good, new: other}, size: int64(len(good))}
	if _, err := b.levels.Extend(t.Context(), signing.Document{Name: "a.pdf", Data: data, Size: int64(len(good))}, verify.Evidence{}, "B-T", nil); signing.Code(err) != "DOCUMENT_CHANGED" {
		t.Errorf("got %v", err)
	}
}

// afterPass swaps once its last byte has been read.
type afterPass struct {
	swapped
	size int64
}

func (a *afterPass) ReadAt(p []byte, off int64) (int, error) {
	n, err := a.swapped.ReadAt(p, off)
	if off == 0 && int64(n) == a.size {
		a.swap()
	}
	return n, err
}
