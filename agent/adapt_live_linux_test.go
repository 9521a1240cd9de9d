package main

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/signing"
)

// asking answers as the function says.
type asking func(consent.Question, consent.Live) consent.Answer

func (f asking) AskLive(_ context.Context, q consent.Question, live consent.Live) (consent.Answer, error) {
	return f(q, live), nil
}

// TestLiveQuestion: a document that the window wishes to show is written for the
// system's viewer, and gone with the question.
func TestLiveQuestion(t *testing.T) {
	bin, session := t.TempDir(), t.TempDir()
	seen := filepath.Join(bin, "seen")
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\ncp \"$1\" "+seen+".new && mv "+seen+".new "+seen+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("XDG_RUNTIME_DIR", session)
	waiting := make(chan []signing.Waiting, 1)
	waiting <- []signing.Waiting{{Origin: "https://a.example", Documents: 3}}
	q := signing.Question{
		Documents: []signing.Summary{{Name: "a.pdf", SHA256: sha256.Sum256([]byte("%PDF-"))}},
		View: func(_ context.Context, document int, w io.Writer) error {
			_, err := io.WriteString(w, "%PDF-")
			return err
		},
		Waiting: waiting,
	}
	a := approver{allowing{asking(func(asked consent.Question, live consent.Live) consent.Answer {
		if w := <-live.Waiting; len(w) != 1 || w[0] != (consent.Waiting{Site: "https://a.example", Documents: 3}) {
			t.Errorf("waiting: %v", w)
		}
		if !asked.AllowInjected {
			t.Error("not allowed")
		}
		if err := live.View(t.Context(), 1); err == nil {
			t.Error("a document that is not asked about was shown")
		}
		if err := live.View(t.Context(), 0); err != nil {
			t.Error(err)
		}
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if data, err := os.ReadFile(seen); err == nil {
				if string(data) != "%PDF-" {
					t.Errorf("%q", data)
				}
				break
			}
			if time.Now().After(end) {
				t.Fatal("no viewer was started")
			}
		}
		return consent.Answer{}
	})}}
	if _, err := a.Approve(t.Context(), q); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(session); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
