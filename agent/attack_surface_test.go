package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAttackSurface: every test that docs/attack-surface.md names is there.
func TestAttackSurface(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "attack-surface.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9]+)\\.(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(doc), -1)
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		files, err := filepath.Glob(filepath.Join("internal", n[1], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		deeper, err := filepath.Glob(filepath.Join("internal", "*", n[1], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, deeper...)
		if n[1] == "main" {
			if files, err = filepath.Glob("*_test.go"); err != nil {
				t.Fatal(err)
			}
		}
		found := false
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(text), "\nfunc "+n[2]+"(t *testing.T) {")
		}
		if !found {
			t.Errorf("there is no test %s.%s", n[1], n[2])
		}
	}
}
