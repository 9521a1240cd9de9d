package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write webext/client/src/words.ts anew")

// The page shows the words the agent's window shows.
func TestWords(t *testing.T) {
	list, err := os.ReadFile(filepath.Join(root, "agent/internal/consent/words.txt"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(list))
	if len(words) != 256 {
		t.Fatalf("%d words, want one for each byte", len(words))
	}
	var b strings.Builder
	b.WriteString(`// Made from agent/internal/consent/words.txt by
//
//	go test ./webext/bundle -run TestWords -update

/** The words a person compares, one for each value of a byte. */
export const words: readonly string[] = (
`)
	for chunk := range slices.Chunk(words, 16) {
		fmt.Fprintf(&b, "  %q +\n", strings.Join(chunk, " ")+" ")
	}
	b.WriteString("  \"\"\n")
	b.WriteString(").trim().split(\" \");\n")
	file := filepath.Join(root, "webext/client/src/words.ts")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("%s is not the agent's list; run the command it names", file)
	}
}
