package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A manifest is an extension's manifest.json.
type manifest map[string]any

// localFiles are those of this computer. Chrome has a switch of its own for them, off
// at first, and no extension gets at them without this pattern.
const localFiles = "file:///*"

// readManifest reads the template, Chrome's flavour without a key, and fills in
// the edition.
func readManifest(from string, e edition) (manifest, error) {
	m, err := readObject(filepath.Join(from, "manifest.json"))
	if err != nil {
		return nil, err
	}
	if e.version != "" {
		m["version"] = extensionVersion(e.version)
		m["version_name"] = e.version
	}
	if len(e.sites) > 0 {
		m["host_permissions"] = append([]string{localFiles}, e.sites.patterns()...)
	}
	return m, nil
}

var productVersion = regexp.MustCompile(`^v?(\d{1,4}\.\d{1,4}\.\d{1,4})(?:-(\d{1,5})-g)?`)

// extensionVersion is the product's version as far as browsers allow: one to
// four numbers up to 65535. Commits since a release are the fourth. A commit
// without a version comes before the first release, as in the installers.
func extensionVersion(product string) string {
	found := productVersion.FindStringSubmatch(product)
	if found == nil {
		return "0.0.1"
	}
	numbers := []string{}
	for _, n := range strings.Split(found[1]+"."+found[2], ".") {
		// No leading zeros; what is empty is not there.
		if v, err := strconv.ParseUint(n, 10, 16); err == nil {
			numbers = append(numbers, strconv.FormatUint(v, 10))
		}
	}
	return strings.Join(numbers, ".")
}

// with is a copy that also has what more has.
func (m manifest) with(more manifest) manifest {
	all := maps.Clone(m)
	maps.Copy(all, more)
	return all
}

// patched is a copy for a browser other than Chrome, with the JSON merge patch
// (RFC 7396) in a file applied.
func (m manifest) patched(file string, e edition) (manifest, error) {
	patch, err := readObject(file)
	if err != nil {
		return nil, err
	}
	all := merged(m, patch)
	if len(e.sites) > 0 {
		all["host_permissions"] = e.sites.patternsWithoutPorts()
	}
	return all, nil
}

func merged(m, patch map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, m)
	for k, v := range patch {
		inner, isObject := v.(map[string]any)
		there, wasObject := m[k].(map[string]any)
		switch {
		case v == nil:
			delete(all, k)
		case isObject && wasObject:
			all[k] = merged(there, inner)
		case isObject:
			all[k] = merged(nil, inner)
		default:
			all[k] = v
		}
	}
	return all
}

// bytes is the manifest as JSON, its members in the order of their names.
func (m manifest) bytes() []byte {
	return jsonBytes(map[string]any(m))
}

// write writes the manifest into a folder.
func (m manifest) write(folder string) error {
	return os.WriteFile(filepath.Join(folder, "manifest.json"), m.bytes(), 0o644)
}

// jsonBytes is v as indented JSON that keeps < and & readable.
func jsonBytes(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // maps, lists and text, all our own
	}
	return out.Bytes()
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
