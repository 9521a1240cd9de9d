//go:build !js

package signing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// deliveries keeps what a batch delivers, and fails at the documents named.
type deliveries struct {
	mu   sync.Mutex
	got  map[int][]byte
	fail map[int]error
}

func (d *deliveries) deliver(_ context.Context, r signing.Result) error {
	b, err := io.ReadAll(io.NewSectionReader(r.Signed, 0, r.Size))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.got[r.Document] != nil {
		return errors.New("delivered twice")
	}
	if err == nil {
		err = d.fail[r.Document]
	}
	if err == nil {
		d.got[r.Document] = b
	}
	return err
}

// batchOf is a request for n small documents that differ.
func batchOf(t *testing.T, n int) (signing.Request, *deliveries) {
	t.Helper()
	d := &deliveries{got: map[int][]byte{}, fail: map[int]error{}}
	r := signing.Request{Deliver: d.deliver}
	for i := range n {
		r.Documents = append(r.Documents, document(fmt.Sprintf("Văn bản %d.pdf", i+1), pdfOf(t, i%7+1)))
	}
	return r, d
}

// noLeaks fails the test when goroutines are left at its end.
func noLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		buf := make([]byte, 64<<10)
		t.Errorf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
	})
}

// wantResults: there is a result for each document, with the code "" for those
// that were delivered, and what was delivered is what the results say.
func wantResults(t *testing.T, results []signing.Result, d *deliveries, code func(i int) string) {
	t.Helper()
	for i, r := range results {
		got := ""
		if r.Err != nil {
			got = signing.Code(r.Err)
		}
		if want := code(i); got != want || r.Document != i || (d.got[i] != nil) != (want == "") || r.Signed != nil {
			t.Errorf("document %d: %q (%v), delivered %t, want %q", i, got, r.Err, d.got[i] != nil, want)
		}
		if b := d.got[i]; b != nil && int64(len(b)) != r.Size {
			t.Errorf("document %d: %d bytes, result %+v", i, len(b), r)
		}
	}
}

// judge has pdfsig judge what was delivered.
func judge(t *testing.T, d *deliveries) {
	t.Helper()
	dir := t.TempDir()
	for i, b := range d.got {
		name := filepath.Join(dir, fmt.Sprintf("%d.pdf", i))
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdfsig", "-nocert", name).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Signature is Valid") || !strings.Contains(string(out), "Total document signed") {
			t.Errorf("document %d: pdfsig: %v\n%s", i, err, out)
		}
	}
}

func until(n int, before, after string) func(int) string {
	return func(i int) string {
		if i < n {
			return before
		}
		return after
	}
}

// TestLargestBatch: 500 documents, one question, one PIN, one key, in the order
// of the manifest.
func TestLargestBatch(t *testing.T) {
	noLeaks(t)
	asked := 0
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked += len(q.Documents)
		return signingtest.Agrees(ctx, q)
	})
	r, d := batchOf(t, signing.MaxDocuments)
	var signed []int
	finished := 0
	results, err := f.service.Sign(t.Context(), r, func(e signing.Event) {
		if e.Stage == signing.StageSigning && e.Done == 0 {
			signed = append(signed, e.Document)
		}
		finished = max(finished, e.Finished)
	})
	if err != nil {
		t.Fatal(err)
	}
	f.wantCounts(t, 1, signing.MaxDocuments)
	if asked != signing.MaxDocuments || finished != signing.MaxDocuments || !slices.IsSorted(signed) || len(signed) != signing.MaxDocuments {
		t.Errorf("asked for %d, finished %d, signed %d in order %t", asked, finished, len(signed), slices.IsSorted(signed))
	}
	wantResults(t, results, d, func(int) string { return "" })
	for i := range d.got {
		if i%125 != 0 {
			delete(d.got, i) // pdfsig takes its time
		}
	}
	judge(t, d)
	r.Documents = append(r.Documents, r.Documents[0])
	if _, err := f.service.Sign(t.Context(), r, nil); signing.Code(err) != "BAD_REQUEST" {
		t.Errorf("one more got %v", err)
	}
}

// TestTokenGoes: a token that is taken out in the middle is not asked again;
// what it signed is delivered, and each of the others has the reason.
func TestTokenGoes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
	}{{signing.ErrTokenRemoved, "TOKEN_REMOVED"}, {signing.ErrModule, "MODULE_PROBLEM"}, {signing.ErrPINIncorrect, "PIN_INCORRECT"}} {
		for _, on := range []signing.OnError{signing.Stop, signing.Continue} {
			t.Run(fmt.Sprint(c.code, on), func(t *testing.T) {
				noLeaks(t)
				f := newFixture(t, signingtest.Agrees)
				f.token.BeforeSign = func(n int) error {
					if n == 4 {
						return fmt.Errorf("C_Sign: %w", c.err)
					}
					return nil
				}
				r, d := batchOf(t, 9)
				r.OnError = on
				results, err := f.service.Sign(t.Context(), r, nil)
				if err != nil {
					t.Fatal(err)
				}
				f.wantCounts(t, 1, 3)
				if f.token.Asked != 4 {
					t.Errorf("the token was asked %d times", f.token.Asked)
				}
				wantResults(t, results, d, until(3, "", c.code))
				judge(t, d)
			})
		}
	}
	t.Run("at once", func(t *testing.T) {
		f := newFixture(t, signingtest.Agrees)
		f.token.BeforeSign = func(int) error { return signing.ErrTokenRemoved }
		r, _ := batchOf(t, 3)
		results, err := f.service.Sign(t.Context(), r, nil)
		if !errors.Is(err, signing.ErrTokenRemoved) || len(results) != 3 {
			t.Errorf("%+v, %v", results, err)
		}
	})
	t.Run("with a crash", func(t *testing.T) {
		f := newFixture(t, signingtest.Agrees)
		f.token.BeforeSign = func(int) error { panic("odd") }
		r, _ := batchOf(t, 3)
		results, err := f.service.Sign(t.Context(), r, nil)
		var p *signing.PanicError
		if !errors.As(err, &p) || len(results) != 3 {
			t.Errorf("%+v, %v", results, err)
		}
		f.wantCounts(t, 1, 0)
	})
}

// TestCancelInTheMiddle: what is signed when the request is cancelled is
// delivered, and the rest is not signed.
func TestCancelInTheMiddle(t *testing.T) {
	noLeaks(t)
	f := newFixture(t, signingtest.Agrees)
	ctx, cancel := context.WithCancel(context.Background())
	f.token.BeforeSign = func(n int) error {
		if n == 5 {
			cancel()
		}
		return nil
	}
	r, d := batchOf(t, 20)
	start := time.Now()
	results, err := f.service.Sign(ctx, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v to end", took)
	}
	f.wantCounts(t, 1, 5)
	wantResults(t, results, d, until(5, "", "CANCELLED"))
	judge(t, d)
}

// TestStuckDelivery: a delivery that does not end is given a moment after a
// cancel, and no more.
func TestStuckDelivery(t *testing.T) {
	noLeaks(t)
	f := newFixture(t, signingtest.Agrees)
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := batchOf(t, 30)
	r.Deliver = func(ctx context.Context, _ signing.Result) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	start := time.Now()
	results, err := f.service.Sign(ctx, r, nil)
	if !errors.Is(err, context.Canceled) || len(results) != 30 {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it took %v to end", took)
	}
}

// TestRefusedInABatch: a document that cannot be signed stops the batch before
// anybody is asked, or is left out and named.
func TestRefusedInABatch(t *testing.T) {
	spoil := func(r *signing.Request) {
		r.Documents[2] = document("Hỏng.pdf", []byte("%PDF-1.7 and nothing more"))
		r.Documents[4] = document("Khoá.pdf", lockedPDF())
	}
	t.Run("stop", func(t *testing.T) {
		noLeaks(t)
		f := newFixture(t, nobody(t))
		r, d := batchOf(t, 6)
		spoil(&r)
		results, err := f.service.Sign(t.Context(), r, nil)
		var one *signing.DocumentError
		if !errors.As(err, &one) || one.Document != 2 || one.Name != "Hỏng.pdf" || signing.Code(err) != "DAMAGED_PDF" || results != nil || len(d.got) != 0 {
			t.Errorf("%+v, %v", results, err)
		}
		f.wantCounts(t, 0, 0)
	})
	t.Run("continue", func(t *testing.T) {
		noLeaks(t)
		var q signing.Question
		f := newFixture(t, func(ctx context.Context, asked signing.Question) (signing.Approval, error) {
			q = asked
			return signingtest.Agrees(ctx, asked)
		})
		r, d := batchOf(t, 6)
		r.OnError = signing.Continue
		spoil(&r)
		results, err := f.service.Sign(t.Context(), r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Documents) != 4 || len(q.LeftOut) != 2 || q.LeftOut[0].Name != "Hỏng.pdf" || signing.Code(q.LeftOut[1].Err) != "LOCKED_PDF" {
			t.Errorf("asked %+v", q)
		}
		wantResults(t, results, d, func(i int) string { return map[int]string{2: "DAMAGED_PDF", 4: "LOCKED_PDF"}[i] })
		f.wantCounts(t, 1, 4)
		judge(t, d)
	})
	t.Run("all of them", func(t *testing.T) {
		f := newFixture(t, nobody(t))
		r := signing.Request{OnError: signing.Continue, Documents: []signing.Document{document("a.pdf", nil), document("b.pdf", lockedPDF())}}
		results, err := f.service.Sign(t.Context(), r, nil)
		if signing.Code(err) != "NOT_A_PDF" || len(results) != 2 || signing.Code(results[1].Err) != "LOCKED_PDF" {
			t.Errorf("%+v, %v", results, err)
		}
	})
}

// TestChangedInABatch: a document exchanged while others are being signed is not
// handed over, and harms no other.
func TestChangedInABatch(t *testing.T) {
	for _, on := range []signing.OnError{signing.Stop, signing.Continue} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			noLeaks(t)
			f := newFixture(t, signingtest.Agrees)
			r, d := batchOf(t, 16)
			r.OnError = on
			good := pdfOf(t, 1)
			data := &swapped{now: good, new: bytes.Replace(good, []byte("Helvetica"), []byte("Helvetics"), 1)}
			r.Documents[5] = signing.Document{Name: "x.pdf", Data: data, Size: int64(len(good))}
			f.token.BeforeSign = func(n int) error {
				if n == 2 {
					data.swap()
				}
				return nil
			}
			results, err := f.service.Sign(t.Context(), r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if signing.Code(results[5].Err) != "DOCUMENT_CHANGED" {
				t.Errorf("got %v", results[5].Err)
			}
			wantResults(t, results, d, func(i int) string {
				switch {
				case i == 5:
					return "DOCUMENT_CHANGED"
				case on == signing.Stop && results[i].Err != nil && i > 5:
					return "NOT_TRIED"
				}
				return ""
			})
			// It is noticed before the token is asked, unless it was prepared by
			// then; with Stop some behind it may have been signed.
			if _, _, signs := f.token.Counts(); on == signing.Continue && signs < 15 || signs < 5 {
				t.Errorf("%d signatures", signs)
			}
			judge(t, d)
		})
	}
}

// TestShrunkInABatch: so is one that became shorter, or cannot be read any more.
func TestShrunkInABatch(t *testing.T) {
	f := newFixture(t, signingtest.Agrees)
	r, d := batchOf(t, 3)
	r.OnError = signing.Continue
	good := pdfOf(t, 1)
	data := &swapped{now: good, new: good[:len(good)/2]}
	r.Documents[1] = signing.Document{Name: "x.pdf", Data: data, Size: int64(len(good))}
	f.token.BeforeSign = func(n int) error { data.swap(); return nil }
	results, err := f.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, results, d, func(i int) string { return map[int]string{1: "DOCUMENT_CHANGED"}[i] })
}

// TestDeliveryFails: a document that cannot be handed over is one document.
func TestDeliveryFails(t *testing.T) {
	noLeaks(t)
	full := errors.New("no room on the disk")
	f := newFixture(t, signingtest.Agrees)
	r, d := batchOf(t, 12)
	r.OnError = signing.Continue
	d.fail[3], d.fail[7] = full, full
	results, err := f.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if bad := i == 3 || i == 7; errors.Is(r.Err, full) != bad || (r.Err != nil) != bad || (d.got[i] != nil) == bad {
			t.Errorf("document %d: %v", i, r.Err)
		}
	}
	f.wantCounts(t, 1, 12)
	r, d = batchOf(t, 200)
	d.fail[0] = full
	results, err = f.service.Sign(t.Context(), r, nil)
	if err != nil || !errors.Is(results[0].Err, full) || signing.Code(results[199].Err) != "NOT_TRIED" {
		t.Errorf("stopped with %v, %v, %v", err, results[0].Err, results[199].Err)
	}
}

// gauge counts how many are at it at once.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now++
	g.most = max(g.most, g.now)
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
}

// TestUnderWayIsBounded: however slow the delivery, a batch holds a bounded
// number of signed documents.
func TestUnderWayIsBounded(t *testing.T) {
	f := newFixture(t, signingtest.Agrees)
	r, d := batchOf(t, 60)
	var g gauge
	release := make(chan struct{})
	deliver := r.Deliver
	r.Deliver = func(ctx context.Context, res signing.Result) error {
		g.enter()
		defer g.leave()
		<-release
		return deliver(ctx, res)
	}
	go func() {
		time.Sleep(300 * time.Millisecond)
		if _, _, signs := f.token.Counts(); signs > 16 {
			t.Errorf("%d documents were signed while none was delivered", signs)
		}
		close(release)
	}()
	results, err := f.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantResults(t, results, d, func(int) string { return "" })
	if g.most > 8 {
		t.Errorf("%d deliveries at once", g.most)
	}
}
