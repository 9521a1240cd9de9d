package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/agent/internal/signing/signingtest"
)

// TestOutputOverAnotherInput: with --force too, no document of the batch is
// written over.
func TestOutputOverAnotherInput(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "a-ky.pdf")
	data, err := signingtest.PDF(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{a, b} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &signCmd{To: dir, Suffix: "-ky", Force: true, Files: []string{a, b}}
	e := &env{streams: streams{out: io.Discard, err: io.Discard}, ctx: t.Context(), language: "en"}
	_, closeAll, err := c.targets(c.teller(e))
	defer closeAll()
	if err == nil || !strings.Contains(e.explain(err), "would overwrite "+b) {
		t.Errorf("got %v", err)
	}
	c.Files = []string{b}
	_, closeAll, err = c.targets(c.teller(e))
	defer closeAll()
	if err != nil {
		t.Error(err)
	}
}

// TestExtendTwiceOneName: names that differ by case alone are one file in many
// places.
func TestExtendTwiceOneName(t *testing.T) {
	c := &extendCmd{Level: "B-LTA", To: t.TempDir(), Files: []string{"x/a.pdf", "y/A.pdf"}}
	if _, err := c.pairs(); err == nil {
		t.Error("both go to one place")
	}
}

// TestNoEscapes: what strangers wrote does not command the terminal.
func TestNoEscapes(t *testing.T) {
	dir := t.TempDir()
	evil := filepath.Join(dir, "\x1b[2J.json")
	template := `{"name":"x","title":{"vi":"a","en":"a"},"text":{"lines":[{"text":"a"}],"align":"\u001b]0;x\u0007","maxWidth":50,"maxHeight":50},"place":{"at":"top-right"}}`
	if err := os.WriteFile(evil, []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"vi", "en"} {
		e := &env{language: language}
		_, unknown := findTemplate("\x1b[31m")
		_, bad := findTemplate(evil)
		preview := &stampPreviewCmd{Out: "\x1b[2J.txt"}
		for _, err := range []error{unknown, bad, preview.Run(e)} {
			var own personError
			if !errors.As(err, &own) {
				t.Fatal(err)
			}
			if said := e.explain(err); bytes.ContainsAny([]byte(said), "\x1b\x07") {
				t.Errorf("%q", said)
			}
		}
	}
}
