package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A release is what packages are made of, besides the unpacked extension.
type release struct {
	edition
	// key is the file of the key that signs a self-hosted set; "" makes none.
	key string
	// updates is the address of the folder that will serve the set.
	updates string
	// signedXPI is our Firefox package as Mozilla has signed it, if it has.
	signedXPI string
}

// packages writes the store uploads into out/extension, and with a key the set
// that an organisation hosts itself into out/extension/self-hosted. It says what
// is to be done with them.
func (b *builder) packages(r release, say io.Writer) error {
	folder := filepath.Join(b.out, "extension")
	old, err := filepath.Glob(filepath.Join(folder, "kyso-*.zip"))
	if err != nil {
		return err
	}
	for _, file := range append(old, filepath.Join(folder, "self-hosted")) {
		if err := os.RemoveAll(file); err != nil {
			return err
		}
	}
	m, err := readManifest(filepath.Join(b.root, "webext", "extension"), r.edition)
	if err != nil {
		return err
	}
	version := m["version"].(string)
	chrome, err := filesOf(filepath.Join(folder, "chrome"))
	if err != nil {
		return err
	}
	// Stores give a key of their own, and refuse another.
	chrome["manifest.json"] = m.bytes()
	firefox, err := filesOf(filepath.Join(folder, "firefox"))
	if err != nil {
		return err
	}
	made := map[string][]byte{}
	if made["chrome"], err = archived(chrome); err != nil {
		return err
	}
	if made["firefox"], err = archived(firefox); err != nil {
		return err
	}
	made["edge"] = made["chrome"] // stores want their own files, not other ones
	for browser, data := range made {
		if err := os.WriteFile(filepath.Join(folder, "kyso-"+browser+"-"+version+".zip"), data, 0o644); err != nil {
			return err
		}
	}
	if r.key == "" {
		if r.updates != "" || r.signedXPI != "" {
			return errors.New("UPDATE_URL and XPI are for a set to host oneself, which needs KEY")
		}
		return nil
	}
	return b.selfHosted(r, m, chrome, firefox, say)
}

// selfHosted writes what an organisation serves and hands to its browsers.
func (b *builder) selfHosted(r release, m manifest, chrome, firefox map[string][]byte, say io.Writer) error {
	base, err := updateAddress(r.updates)
	if err != nil {
		return err
	}
	p, readable, err := readPublisher(r.key)
	if err != nil {
		return fmt.Errorf("read the signing key: %w", err)
	}
	// Windows has other rights than these bits.
	if readable && runtime.GOOS != "windows" {
		fmt.Fprintf(say, "warning: other users of this computer can read %s; chmod 600 it, and keep it where backups are\n", r.key)
	}
	to, err := b.folder(filepath.Join("extension", "self-hosted"))
	if err != nil {
		return err
	}
	s := set{base: base, id: extensionID(p.public), version: m["version"].(string), sites: r.sites}

	chrome["manifest.json"] = m.with(manifest{"update_url": base + "updates.xml"}).bytes()
	archive, err := archived(chrome)
	if err != nil {
		return err
	}
	crx, err := p.crx(archive)
	if err != nil {
		return err
	}
	xpi, err := r.xpi(firefox, base)
	if err != nil {
		return err
	}
	for name, data := range s.files(m, crx, xpi) {
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	s.explain(say, to, r)
	return nil
}

// xpi is the package for Firefox: the one that Mozilla has signed, or else one
// to be signed.
func (r release) xpi(files map[string][]byte, base string) ([]byte, error) {
	if r.signedXPI != "" {
		return os.ReadFile(r.signedXPI)
	}
	var m map[string]any
	if err := unmarshal(files["manifest.json"], &m); err != nil {
		return nil, err
	}
	files["manifest.json"] = manifest(merged(m, map[string]any{
		"browser_specific_settings": map[string]any{"gecko": map[string]any{"update_url": base + "updates.json"}},
	})).bytes()
	return archived(files)
}

// updateAddress checks the address of the folder that serves the set, and ends
// it with a slash.
func updateAddress(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("UPDATE_URL %q is not the address of a folder, such as https://it.example.gov.vn/kyso/", address)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "", fmt.Errorf("UPDATE_URL %s: browsers take extensions over https", address)
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}
