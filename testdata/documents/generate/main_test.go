package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// The committed documents are what this program writes, byte for byte.
func TestCommittedDocumentsAreReproduced(t *testing.T) {
	out := t.TempDir()
	if err := run("/usr/share/fonts/truetype/liberation2", out); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, pattern := range []string{"*.pdf", signingFolder + "/*"} {
		some, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil || len(some) == 0 {
			t.Fatalf("no documents made: %v", err)
		}
		made = append(made, some...)
	}
	for _, path := range made {
		name, err := filepath.Rel(out, path)
		if err != nil {
			t.Fatal(err)
		}
		if name == "ban-quet.pdf" && runtime.GOARCH != "amd64" {
			continue // other processors may round its pixels differently
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the committed file: run the generator", name)
		}
	}
}
