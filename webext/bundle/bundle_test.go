package main

import (
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// Two runs into different folders write the same files with the same bytes,
// and exactly those the e-office pages and the npm packages name.
func TestBuildIsReproducible(t *testing.T) {
	first, second := build(t), build(t)
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s differs between two builds", name)
		}
	}
	for _, name := range []string{
		"verify/index.js", "verify/worker.js", "verify/kyso.wasm", "verify/index.d.ts", "verify/types.d.ts",
		"verify/package.json", "verify/README.md", "verify/GO-LICENSE", "verify/LICENSE",
		"page/index.html", "page/page.js", "page/page.css", "page/icon.svg", "page/worker.js", "page/kyso.wasm", "page/GO-LICENSE",
		"client/kyso-client.js", "client/vgcaplugin.js", "client/kyso-client.d.ts", "client/types.d.ts", "client/package.json", "client/README.md", "client/LICENSE",
	} {
		if _, ok := first[name]; !ok {
			t.Errorf("%s was not built", name)
		}
		delete(first, name)
	}
	for name := range first {
		t.Errorf("%s is unexpected", name)
	}
}

func build(t *testing.T) map[string][32]byte {
	t.Helper()
	out := t.TempDir()
	if err := run(root, out); err != nil {
		t.Fatal(err)
	}
	files := map[string][32]byte{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(out, path)
		files[filepath.ToSlash(name)] = sha256.Sum256(data)
		if strings.HasSuffix(path, ".js") && strings.Contains(string(data), "eval(") {
			t.Errorf("%s uses eval, which the pages' policies forbid", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What a package's package.json promises is what the bundler writes.
func TestPackageFiles(t *testing.T) {
	for folder, file := range map[string]string{"verify": "wasm/npm/package.json", "client": "webext/client/package.json"} {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			Files        []string          `json:"files"`
			Dependencies map[string]string `json:"dependencies"`
		}
		if err := json.Unmarshal(data, &p); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(p.Files) == 0 || len(p.Dependencies) != 0 {
			t.Errorf("%s: %d files, %d dependencies; want some files and no dependency", folder, len(p.Files), len(p.Dependencies))
		}
	}
}

func TestMissingClientIsSaid(t *testing.T) {
	err := run(t.TempDir(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "webext/client/src/index.ts is missing") {
		t.Fatalf("got %v", err)
	}
}
