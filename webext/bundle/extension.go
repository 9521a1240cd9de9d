package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// browsers are the flavours of the extension, by the merge patch (RFC 7396) that
// makes the manifest of each from Chrome's, which Edge and Chromium share.
var browsers = map[string]string{"firefox": "manifest.firefox.json", "safari": "manifest.safari.json"}

// classic are the scripts that browsers do not load as modules.
var classic = map[string]bool{"content": true, "older": true, "hash": true}

// An edition is what may differ between two builds of the extension.
type edition struct {
	// version is the product's; "" leaves the manifest's own.
	version string
	// sites are origins whose pages it may reach without asking anybody.
	sites sites
}

// extension builds an unpacked extension for each browser into out/extension.
func (b *builder) extension(e edition) error {
	from := filepath.Join(b.root, "webext", "extension")
	mains, err := filepath.Glob(filepath.Join(from, "src", "*", "main.ts"))
	if err != nil {
		return err
	}
	to, err := b.folder(filepath.Join("extension", "chrome"))
	if err != nil {
		return err
	}
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		format := api.FormatESModule
		if classic[name] {
			format = api.FormatIIFE
		}
		if err := b.script(main, filepath.Join(to, name+".js"), format); err != nil {
			return err
		}
	}
	if err := b.extensionEngine(to); err != nil {
		return err
	}
	if err := b.extensionReview(to); err != nil {
		return err
	}
	if err := copyStatic(from, to); err != nil {
		return err
	}
	if err := b.icons(filepath.Join(to, "icons")); err != nil {
		return err
	}
	if err := b.copy(map[string]string{"LICENSE": "extension/chrome/LICENSE"}); err != nil {
		return err
	}
	m, err := readManifest(from, e)
	if err != nil {
		return err
	}
	for browser, patch := range browsers {
		other, err := b.folder(filepath.Join("extension", browser))
		if err != nil {
			return err
		}
		if err := os.CopyFS(other, os.DirFS(to)); err != nil {
			return err
		}
		patched, err := m.patched(filepath.Join(from, patch), e)
		if err != nil {
			return err
		}
		if err := patched.write(other); err != nil {
			return err
		}
	}
	// An unpacked extension has the id that pages and agents of this tree know.
	key, err := os.ReadFile(filepath.Join(from, "key.pub"))
	if err != nil {
		return err
	}
	return m.with(manifest{"key": strings.TrimSpace(string(key))}).write(to)
}

// copyStatic copies what needs no building: pages, styles, texts, the schema.
func copyStatic(from, to string) error {
	for _, pattern := range []string{"src/*/*.html", "src/*/*.css", "schema.json", "_locales/*/messages.json"} {
		found, err := filepath.Glob(filepath.Join(from, filepath.FromSlash(pattern)))
		if err != nil {
			return err
		}
		for _, file := range found {
			name := filepath.Base(file)
			if strings.HasPrefix(pattern, "_locales") {
				name = filepath.Join("_locales", filepath.Base(filepath.Dir(file)), name)
			}
			if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
				return err
			}
			if err := copyFile(file, filepath.Join(to, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// icons draws the icon in the sizes the manifest names.
func (b *builder) icons(to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	args := []string{"run", "./installer/icon", "-pen"}
	for _, size := range []string{"16", "32", "48", "128"} {
		args = append(args, mustAbs(filepath.Join(to, size+".png")))
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = b.root, os.Stderr
	return cmd.Run()
}

// filesOf reads a folder whole, by names with slashes.
func filesOf(folder string) (map[string][]byte, error) {
	files := map[string][]byte{}
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(tree, name)
		return err
	})
	return files, err
}
