package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/report"
	"kyso/signature/verify"
)

// TestLookAll: many documents at once come out in their order, and none spoils
// another.
func TestLookAll(t *testing.T) {
	dir := t.TempDir()
	good := signedLetter(t)
	var inputs []input
	for i := range 40 {
		name := filepath.Join(dir, fmt.Sprintf("%02d.pdf", i))
		data := good
		if i%4 == 1 {
			data = bytes.Replace(good, []byte("Adobe.PPKLite"), []byte("Adobe.PPKLitE"), 1)
		}
		if i%4 != 3 {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		inputs = append(inputs, input{name: name})
	}
	inputs[2] = input{dir, errNoPDF}
	inputs[6] = input{name: "-"} // without a spool looking panics
	l := newLooker(proof())
	n := 0
	err := l.lookAll(t.Context(), inputs, maxLookers, nil, func(d report.Document) error {
		want := []verify.Verdict{verify.TotalPassed, verify.TotalFailed, verify.TotalPassed, verify.Indeterminate}[n%4]
		unread := n%4 == 3 || n == 2 || n == 6
		if unread {
			want = verify.Indeterminate
		}
		if d.File != inputs[n].name || d.Verdict != want || d.Unread != unread || d.Time != l.policy.At {
			t.Errorf("%d: %+v", n, d.Report)
		}
		n++
		return nil
	})
	if err != nil || n != len(inputs) {
		t.Errorf("%d documents, %v", n, err)
	}
	// After Ctrl-C nothing more comes out, although it may be done.
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		err := l.lookAll(ctx, inputs, maxLookers, nil, func(report.Document) error {
			n++
			time.Sleep(10 * time.Millisecond)
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || n != 1 {
			t.Errorf("%d documents after being cancelled at the first, %v", n, err)
		}
		if _, _, err := l.judge(ctx, inputs[0], nil); err == nil {
			t.Error("a document is read after being cancelled")
		}
	}
	full := errors.New("the disk is full")
	if err := l.lookAll(t.Context(), inputs, 2, nil, func(report.Document) error { return full }); err != full {
		t.Errorf("a full disk gives %v", err)
	}
}

// reads counts, and at one read cancels, or fails from then on where broken
// says why.
type reads struct {
	io.ReaderAt
	n      atomic.Int64
	at     int64
	cancel func()
	broken error
}

func (r *reads) ReadAt(p []byte, off int64) (int, error) {
	switch n := r.n.Add(1); {
	case r.broken != nil && n >= r.at && len(p) > 0:
		return 0, r.broken
	case r.broken == nil && n == r.at:
		r.cancel()
	}
	return r.ReaderAt.ReadAt(p, off)
}

// TestReadInPart: after Ctrl-C no byte more of a document is read, and what was
// read in part, for whatever reason, has no verdict.
func TestReadInPart(t *testing.T) {
	data := signedLetter(t)
	l := newLooker(proof())
	judge := func(r *reads, size int) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r.cancel = cancel
		got, _, err := l.judgeAll(&wholeReader{ctx: ctx, source: r, size: int64(size)}, nil)
		if err == nil && got.Verdict != verify.TotalPassed {
			t.Errorf("%s %+v", got.Verdict, got.Reason)
		}
		return err
	}
	undisturbed := &reads{ReaderAt: bytes.NewReader(data)}
	if err := judge(undisturbed, len(data)); err != nil || undisturbed.n.Load() < 10 {
		t.Fatalf("%d reads, %v: nothing can be tested", undisturbed.n.Load(), err)
	}
	all := undisturbed.n.Load()
	for at := int64(1); at < all; at++ {
		r := &reads{ReaderAt: bytes.NewReader(data), at: at}
		// Two digests are computed side by side, so one more read may be under way.
		if err := judge(r, len(data)); !errors.Is(err, context.Canceled) || r.n.Load() > at+1 {
			t.Errorf("cancelled at read %d of %d: %d reads, %v", at, all, r.n.Load(), err)
		}
	}
	// The last bytes are of the signature's own revision: without them it is not
	// what was signed.
	if err := judge(&reads{ReaderAt: bytes.NewReader(data[:len(data)-1])}, len(data)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that gets shorter: %v", err)
	}
	broken := errors.New("the disk is broken")
	for at := int64(1); at <= all; at++ {
		if err := judge(&reads{ReaderAt: bytes.NewReader(data), broken: broken, at: at}, len(data)); !errors.Is(err, broken) {
			t.Errorf("broken at read %d of %d: %v", at, all, err)
		}
	}
}
