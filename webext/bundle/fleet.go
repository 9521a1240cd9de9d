package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// firefoxID is the extension's id in Firefox, of manifest.firefox.json.
const firefoxID = "extension@kyso"

// A set is one version of the extension as an organisation hosts it.
type set struct {
	// base is the address of the folder that serves it, with a slash at its end.
	base        string
	id, version string
	sites       sites
}

// files are the files of the set by their names in its folder.
func (s set) files(m manifest, crx, xpi []byte) map[string][]byte {
	return map[string][]byte{
		s.crx():               crx,
		s.xpi():               xpi,
		"updates.xml":         s.updatesXML(crx, m["minimum_chrome_version"].(string)),
		"updates.json":        s.updatesJSON(xpi),
		"policy/chrome.json":  jsonBytes(s.chromePolicy()),
		"policy/chrome.reg":   s.registry(`Google\Chrome`),
		"policy/edge.reg":     s.registry(`Microsoft\Edge`),
		"policy/firefox.json": jsonBytes(s.firefoxPolicy()),
	}
}

func (s set) crx() string { return "kyso-" + s.version + ".crx" }
func (s set) xpi() string { return "kyso-" + s.version + ".xpi" }

// updatesXML is the update manifest of Chrome and Edge.
func (s set) updatesXML(crx []byte, oldest string) []byte {
	type check struct {
		Codebase string `xml:"codebase,attr"`
		Version  string `xml:"version,attr"`
		Oldest   string `xml:"prodversionmin,attr"`
		SHA256   string `xml:"hash_sha256,attr"`
	}
	type app struct {
		ID    string `xml:"appid,attr"`
		Check check  `xml:"updatecheck"`
	}
	out, err := xml.MarshalIndent(struct {
		XMLName  xml.Name `xml:"http://www.google.com/update2/response gupdate"`
		Protocol string   `xml:"protocol,attr"`
		App      app      `xml:"app"`
	}{Protocol: "2.0", App: app{s.id, check{s.base + s.crx(), s.version, oldest, digest(crx)}}}, "", "  ")
	if err != nil {
		panic(err) // text alone
	}
	return append([]byte(xml.Header), append(out, '\n')...)
}

// updatesJSON is the update manifest of Firefox.
func (s set) updatesJSON(xpi []byte) []byte {
	return jsonBytes(map[string]any{"addons": map[string]any{firefoxID: map[string]any{"updates": []any{map[string]any{
		"version": s.version, "update_link": s.base + s.xpi(), "update_hash": "sha256:" + digest(xpi),
	}}}}})
}

func digest(data []byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

// settings is the extension's managed storage (webext/extension/schema.json).
func (s set) settings() map[string]any {
	if len(s.sites) == 0 {
		return map[string]any{}
	}
	return map[string]any{"sites": s.sites}
}

// chromePolicy installs the extension and sets it up, for Chrome, Chromium and
// Edge on Linux, which read every file of their folder of policies.
func (s set) chromePolicy() map[string]any {
	return map[string]any{
		"ExtensionSettings": map[string]any{s.id: map[string]any{"installation_mode": "force_installed", "update_url": s.base + "updates.xml"}},
		"3rdparty":          map[string]any{"extensions": map[string]any{s.id: s.settings()}},
	}
}

// registry is the same for Windows. It names single keys, so that what other
// policies say of other extensions stays.
func (s set) registry(product string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Windows Registry Editor Version 5.00")
	line("")
	line(`[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\%s\ExtensionSettings\%s]`, product, s.id)
	line(`"installation_mode"="force_installed"`)
	line(`"update_url"="%supdates.xml"`, s.base)
	if len(s.sites) > 0 {
		line("")
		line(`[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\%s\3rdparty\extensions\%s\policy\sites]`, product, s.id)
		for i, site := range s.sites {
			line(`"%d"="%s"`, i+1, site)
		}
	}
	return b.Bytes()
}

// firefoxPolicy is policies.json of Firefox.
func (s set) firefoxPolicy() map[string]any {
	return map[string]any{"policies": map[string]any{
		"ExtensionSettings": map[string]any{firefoxID: map[string]any{"installation_mode": "force_installed", "install_url": s.base + s.xpi()}},
		"3rdparty":          map[string]any{"Extensions": map[string]any{firefoxID: s.settings()}},
	}}
}

// explain says what was made and what has to be done with it.
func (s set) explain(w io.Writer, folder string, r release) {
	fmt.Fprintf(w, "\nid in Chrome and Edge: %s (of your key; in Firefox always %s)\n", s.id, firefoxID)
	fmt.Fprintf(w, "name it in Kyso's policy.json on every machine: \"extension\": {\"ids\": [%q]}\n", s.id)
	fmt.Fprintf(w, "serve %s at %s and hand out the files of its folder policy\n", filepath.ToSlash(folder), s.base)
	if len(s.sites) > 0 {
		fmt.Fprintf(w, "nobody will be asked on: %s\n", strings.Join(s.sites, " "))
	}
	if r.signedXPI == "" {
		fmt.Fprintf(w, "%s is not signed: Firefox takes it once Mozilla has signed it (unlisted); then run this again with XPI=FILE\n", s.xpi())
	}
}

func unmarshal(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("manifest.json: %w", err)
	}
	return nil
}
