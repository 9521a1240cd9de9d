package main

import (
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// extensionReview puts into an unpacked extension what its review page shows
// documents with: pdf.js's worker, and the tables, typefaces and decoders that
// it loads when a document needs them. The sandbox in which pdf.js would run a
// document's scripts is left out, so that none can run.
func (b *builder) extensionReview(to string) error {
	pdfjs := filepath.Join(b.root, "webext", "extension", "node_modules", "pdfjs-dist")
	if err := b.script(filepath.Join(pdfjs, "legacy", "build", "pdf.worker.mjs"), filepath.Join(to, "pdf.worker.js"), api.FormatESModule); err != nil {
		return err
	}
	noble := filepath.Join(b.root, "webext", "extension", "node_modules", "@noble", "hashes", "LICENSE")
	if err := copyFile(noble, filepath.Join(to, "NOBLE-HASHES-LICENSE")); err != nil {
		return err
	}
	for pattern, folder := range map[string]string{
		"cmaps/*":          "cmaps",
		"standard_fonts/*": "fonts",
		"wasm/*.wasm":      "wasm",
		"wasm/LICENSE*":    "wasm",
		"LICENSE":          "",
	} {
		found, err := filepath.Glob(filepath.Join(pdfjs, filepath.FromSlash(pattern)))
		if err != nil {
			return err
		}
		folder = filepath.Join(to, "pdfjs", folder)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		for _, file := range found {
			if err := copyFile(file, filepath.Join(folder, filepath.Base(file))); err != nil {
				return err
			}
		}
	}
	return nil
}
