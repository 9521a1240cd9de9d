package signing_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// TestView: while the person is asked, each document can be looked at, and it is
// the one whose digest is shown, or nothing; who else waits is passed on.
func TestView(t *testing.T) {
	good, other := twoPages()
	pdf, err := signingtest.PDF(3)
	if err != nil {
		t.Fatal(err)
	}
	data := &swapped{now: good, new: other}
	waiting := make(chan []signing.Waiting, 1)
	waiting <- []signing.Waiting{{Origin: "https://a.example", Documents: 2}}
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		if w := <-q.Waiting; len(w) != 1 || w[0].Documents != 2 {
			t.Errorf("waiting: %v", w)
		}
		// What is left out cannot be looked at: the numbers are the question's.
		for i, want := range [][]byte{good, pdf} {
			var got bytes.Buffer
			if err := q.View(ctx, i, &got); err != nil || !bytes.Equal(got.Bytes(), want) || sha256.Sum256(got.Bytes()) != q.Documents[i].SHA256 {
				t.Errorf("document %d: %d bytes, %v", i, got.Len(), err)
			}
		}
		for _, i := range []int{-1, 2} {
			if err := q.View(ctx, i, new(bytes.Buffer)); err == nil {
				t.Errorf("document %d was shown", i)
			}
		}
		data.swap()
		if err := q.View(ctx, 0, new(bytes.Buffer)); !errors.Is(err, signing.ErrChanged) {
			t.Errorf("another document: %v", err)
		}
		return signing.Approval{}, nil
	})
	_, err = f.service.Sign(t.Context(), signing.Request{
		Documents: []signing.Document{
			{Name: "hỏng.pdf", Data: bytes.NewReader([]byte("no PDF")), Size: 6},
			{Name: "a.pdf", Data: data, Size: int64(len(good))},
			{Name: "b.pdf", Data: bytes.NewReader(pdf), Size: int64(len(pdf))},
		},
		OnError: signing.Continue, Waiting: waiting,
	}, nil)
	if !errors.Is(err, signing.ErrRefused) {
		t.Errorf("%v", err)
	}
}
