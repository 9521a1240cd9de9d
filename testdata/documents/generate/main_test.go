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
	made, err := filepath.Glob(filepath.Join(out, "*.pdf"))
	if err != nil || len(made) == 0 {
		t.Fatalf("no documents made: %v", err)
	}
	for _, path := range made {
		name := filepath.Base(path)
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
