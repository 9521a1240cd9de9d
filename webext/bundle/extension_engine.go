package main

import (
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// extensionEngine puts into an unpacked extension what its pages judge
// documents with: the engine, its worker, and the citizen's page's look.
func (b *builder) extensionEngine(to string) error {
	var err error
	if b.goroot, err = b.goTool("env", "GOROOT"); err != nil {
		return err
	}
	engine := mustAbs(filepath.Join(to, "kyso.wasm"))
	if _, err := b.goTool(append(wasmBuild, "-o", engine, "./wasm")...); err != nil {
		return err
	}
	if err := os.Chmod(engine, 0o644); err != nil { // data to load, not a program to run
		return err
	}
	if err := b.script(filepath.Join(b.root, "wasm", "npm", "src", "worker.ts"), filepath.Join(to, "worker.js"), api.FormatESModule); err != nil {
		return err
	}
	for from, name := range map[string]string{
		filepath.Join(b.goroot, "LICENSE"):                "GO-LICENSE",
		filepath.Join(b.root, "LICENSE"):                  "LICENSE",
		filepath.Join(b.root, "wasm", "page", "page.css"): "page.css",
	} {
		if err := copyFile(from, filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}
