package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// browsers are the flavours of the extension, by the merge patch (RFC 7396) that
// makes the manifest of each from Chrome's.
var browsers = map[string]string{"chrome": "", "firefox": "manifest.firefox.json"}

// classic are the scripts that browsers do not load as modules.
var classic = map[string]bool{"content": true, "older": true, "hash": true}

// extension builds an unpacked extension for each browser into out/extension.
// sites are origins whose pages it may reach without asking.
func (b *builder) extension(sites []string) error {
	from := filepath.Join(b.root, "webext", "extension")
	mains, err := filepath.Glob(filepath.Join(from, "src", "*", "main.ts"))
	if err != nil {
		return err
	}
	for browser, patch := range browsers {
		to, err := b.folder(filepath.Join("extension", browser))
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
		if err := b.manifest(from, patch, filepath.Join(to, "manifest.json"), sites); err != nil {
			return err
		}
		if err := copyStatic(from, to); err != nil {
			return err
		}
		if err := b.icons(filepath.Join(to, "icons")); err != nil {
			return err
		}
		if err := b.extensionEngine(to); err != nil {
			return err
		}
	}
	return nil
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
	args := []string{"run", "./installer/icon"}
	for _, size := range []string{"16", "32", "48", "128"} {
		args = append(args, mustAbs(filepath.Join(to, size+".png")))
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = b.root, os.Stderr
	return cmd.Run()
}

// manifest writes the manifest of one browser.
func (b *builder) manifest(from, patch, to string, sites []string) error {
	m, err := readObject(filepath.Join(from, "manifest.json"))
	if err != nil {
		return err
	}
	if len(sites) > 0 {
		var hosts []any
		for _, s := range sites {
			hosts = append(hosts, s+"/*")
		}
		m["host_permissions"] = hosts
	}
	if patch == "" {
		key, err := os.ReadFile(filepath.Join(from, "key.pub"))
		if err != nil {
			return err
		}
		m["key"] = strings.TrimSpace(string(key))
	} else {
		p, err := readObject(filepath.Join(from, patch))
		if err != nil {
			return err
		}
		merge(m, p)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

func readObject(path string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// merge applies a JSON merge patch (RFC 7396) to m.
func merge(m, patch map[string]any) {
	for k, v := range patch {
		inner, isObject := v.(map[string]any)
		there, wasObject := m[k].(map[string]any)
		switch {
		case v == nil:
			delete(m, k)
		case isObject && wasObject:
			merge(there, inner)
		default:
			m[k] = v
		}
	}
}
