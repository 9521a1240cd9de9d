package signature_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of our packages each package of the engine may import. A
// new arrow is a line here, and so is seen.
var arrows = map[string][]string{
	"small":       {},
	"algorithm":   {"small"},
	"pdf":         {"small"},
	"certificate": {"algorithm", "small"}, // reads the key
	"cms":         {"algorithm", "certificate", "small"},
	"tsp":         {"algorithm", "cms", "small"},
	"trust":       {"algorithm", "certificate", "small"},
	"revocation":  {"algorithm", "certificate", "trust", "small"}, // compares names as path validation does
	"pades":       {"cms", "pdf", "small"},
	"stamp":       {"pdf", "small"},
	"text":        {"pdf", "small"},
	"placement":   {"pdf", "text", "small"},
	"verify":      {"algorithm", "certificate", "cms", "pades", "pdf", "revocation", "trust", "tsp", "small"},
}

// curves are the elliptic curves of the standard library, without what
// crypto/ecdsa brings along.
const curves = "filippo.io/nistec"

// subsetter reduces a font to the characters of a stamp. The browser's module,
// which makes no stamps, does not have it.
const subsetter = "github.com/tdewolff/font"

// forbidden packages do what the engine leaves to its caller, or make the
// WebAssembly module larger than what they are worth.
var forbidden = map[string]string{
	"net":           "the engine opens no connection",
	"net/http":      "the engine opens no connection, and it costs 1 MB of download",
	"os":            "the engine opens no file and reads no environment",
	"os/exec":       "the engine starts no program",
	"syscall":       "the engine asks nothing of the system",
	"syscall/js":    "only wasm speaks with the browser",
	"text/template": "its reflection keeps the linker from leaving code out",
	"html/template": "its reflection keeps the linker from leaving code out",
	"math/rand":     "nothing here may be guessable",
	"log":           "a finding goes into the report",
	"unsafe":        "foreign bytes are read with bounds",
}

// TestImports parses the files instead of asking go list: the test cache would
// not notice what another program reads.
func TestImports(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		name := filepath.ToSlash(filepath.Dir(path))
		allowed, known := arrows[name]
		if !known {
			t.Errorf("%s: package %s is not in the table of arrows", path, name)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why, bad := forbidden[imported]; bad {
				t.Errorf("%s imports %s: %s", path, imported, why)
			}
			if ours, ok := strings.CutPrefix(imported, "kyso/"); ok {
				if room, ok := strings.CutPrefix(ours, "signature/"); !ok || !slices.Contains(allowed, room) {
					t.Errorf("%s: %s must not import %s", path, name, imported)
				}
			} else if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && first != "golang.org" && imported != curves && !(name == "stamp" && imported == subsetter) {
				t.Errorf("%s imports %s: the engine uses the standard library, golang.org/x, %s, and %s in stamp", path, imported, curves, subsetter)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < len(arrows) {
		t.Errorf("only %d files were looked at", seen)
	}
}

// TestClock: the engine is told the time.
func TestClock(t *testing.T) {
	for name := range arrows {
		files, err := filepath.Glob(filepath.Join(name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			if calls := clockCalls(t, path); len(calls) > 0 {
				t.Errorf("%s calls time.%s: the time is an argument", path, strings.Join(calls, ", time."))
			}
		}
	}
}
