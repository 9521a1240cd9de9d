package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// buildPackages builds the extension and its packages, and gives every file by
// its name below OUT/extension.
func buildPackages(t *testing.T, r release, say io.Writer) map[string][]byte {
	t.Helper()
	out := t.TempDir()
	if err := buildExtension(root, out, r, true, say); err != nil {
		t.Fatalf("%v (webext/extension wants npm ci)", err)
	}
	return filesIn(t, filepath.Join(out, "extension"))
}

func filesIn(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files, err := filesOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// test is a release for two sites; the key is made where it is built.
var test = release{edition: edition{version: "v1.2.3-4-gabc", sites: sites{"https://eoffice.test", "http://127.0.0.1:8443"}}, updates: "https://it.test/kyso"}

// Building takes a while, so the tests share what they do not change.
var shared struct {
	plain, fleet map[string][]byte
	said         strings.Builder
	// key is the content of the key file.
	key []byte
}

// plain is the extension as it is published.
func plain(t *testing.T) map[string][]byte {
	t.Helper()
	if shared.plain == nil {
		shared.plain = buildPackages(t, release{}, io.Discard)
	}
	return shared.plain
}

// fleet is the extension as an organisation builds it for its sites.
func fleet(t *testing.T) map[string][]byte {
	t.Helper()
	if shared.fleet == nil {
		r := test
		r.key = newKey(t, "RSA")
		var err error
		if shared.key, err = os.ReadFile(r.key); err != nil {
			t.Fatal(err)
		}
		shared.fleet = buildPackages(t, r, &shared.said)
	}
	return shared.fleet
}

// Two builds in different folders give the same files and the same packages,
// signed ones too, and none of them holds the key.
func TestExtensionIsReproducible(t *testing.T) {
	first := fleet(t)
	r := test
	r.key = writeFile(t, string(shared.key))
	second := buildPackages(t, r, io.Discard)
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs between two builds", name)
		}
		if bytes.Contains(first[name], []byte("PRIVATE KEY")) {
			t.Errorf("%s holds a private key", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d and %d files", len(first), len(second))
	}
	for _, name := range []string{
		"kyso-chrome-1.2.3.4.zip", "kyso-edge-1.2.3.4.zip", "kyso-firefox-1.2.3.4.zip",
		"chrome/manifest.json", "firefox/manifest.json", "safari/manifest.json", "chrome/LICENSE", "chrome/icons/128.png",
		"self-hosted/kyso-1.2.3.4.crx", "self-hosted/kyso-1.2.3.4.xpi", "self-hosted/updates.xml", "self-hosted/updates.json",
		"self-hosted/policy/chrome.json", "self-hosted/policy/chrome.reg", "self-hosted/policy/edge.reg", "self-hosted/policy/firefox.json",
	} {
		if len(first[name]) == 0 {
			t.Errorf("%s was not built", name)
		}
	}
}

// The extension may do what docs/extension.md gives a reason for, and no more.
func TestPermissions(t *testing.T) {
	files := plain(t)
	docs, err := os.ReadFile(filepath.Join(root, "docs", "extension.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)`(?: \\(([a-z]+)\\))? \\|")
	_, permissions, _ := strings.Cut(string(docs), "## Quyền của tiện ích")
	permissions, _, _ = strings.Cut(permissions, "\n## ")
	documented := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(permissions, -1) {
		documented[m[2]] = append(documented[m[2]], m[1])
	}
	for _, browser := range []string{"chrome", "firefox"} {
		m := parsed(t, files[browser+"/manifest.json"])
		always := slices.Clone(documented[""])
		if browser == "chrome" {
			always = append(always, documented["chrome"]...)
		}
		for kind, both := range map[string][2][]string{
			"always":   {append(m.Permissions, m.Hosts...), always},
			"optional": {append(m.OptionalPermissions, m.OptionalHosts...), documented["optional"]},
		} {
			slices.Sort(both[0])
			slices.Sort(both[1])
			if !slices.Equal(both[0], both[1]) {
				t.Errorf("%s, %s: the manifest has %q, docs/extension.md %q", browser, kind, both[0], both[1])
			}
		}
		if m.ContentScripts != nil || m.Accessible != nil || m.Connectable != nil {
			t.Errorf("%s: runs everywhere, or lets pages reach it: %v %v %v", browser, m.ContentScripts, m.Accessible, m.Connectable)
		}
	}
	// What is built for known sites reaches those, and asks for no more.
	files = fleet(t)
	for browser, want := range map[string][]string{
		"chrome":  {localFiles, "https://eoffice.test/*", "http://127.0.0.1:8443/*"},
		"firefox": {"https://eoffice.test/*", "http://127.0.0.1/*"},
	} {
		if m := parsed(t, files[browser+"/manifest.json"]); !slices.Equal(m.Hosts, want) {
			t.Errorf("%s: host_permissions %q, want %q", browser, m.Hosts, want)
		}
	}
}

type parsedManifest struct {
	Version             string   `json:"version"`
	Key                 string   `json:"key"`
	UpdateURL           string   `json:"update_url"`
	Permissions         []string `json:"permissions"`
	OptionalPermissions []string `json:"optional_permissions"`
	OptionalHosts       []string `json:"optional_host_permissions"`
	Hosts               []string `json:"host_permissions"`
	ContentScripts      any      `json:"content_scripts"`
	Accessible          any      `json:"web_accessible_resources"`
	Connectable         any      `json:"externally_connectable"`
	CSP                 struct {
		Pages string `json:"extension_pages"`
	} `json:"content_security_policy"`
	Settings struct {
		Gecko struct {
			ID        string `json:"id"`
			UpdateURL string `json:"update_url"`
		} `json:"gecko"`
	} `json:"browser_specific_settings"`
}

func parsed(t *testing.T, data []byte) parsedManifest {
	t.Helper()
	var m parsedManifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// All that runs is in the package: no script from elsewhere, none written in a
// page, none made of text.
func TestNoRemoteCode(t *testing.T) {
	files := plain(t)
	for _, browser := range []string{"chrome", "firefox", "safari"} {
		csp := parsed(t, files[browser+"/manifest.json"]).CSP.Pages
		directives := map[string]string{}
		for _, d := range strings.Split(csp, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
			directives[name] = value
		}
		for name, want := range map[string]string{
			"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "worker-src": "'self'",
			"frame-src": "'none'", "form-action": "'none'", "base-uri": "'none'", "object-src": "",
		} {
			if directives[name] != want {
				t.Errorf("%s: %s is %q, want %q", browser, name, directives[name], want)
			}
		}
	}
	script := regexp.MustCompile(`(?is)<script([^>]*)>(.*?)</script>`)
	source := regexp.MustCompile(`src="([a-z]+\.m?js)"`)
	elsewhere := regexp.MustCompile("(?:import|importScripts)\\s*\\(\\s*[\"'`]\\s*(?:https?:)?//")
	attribute := regexp.MustCompile(`(?i)<[^>]+\son[a-z]+\s*=`)
	for name, data := range files {
		switch filepath.Ext(name) {
		case ".html":
			for _, m := range script.FindAllSubmatch(data, -1) {
				if !source.Match(m[1]) || len(bytes.TrimSpace(m[2])) > 0 {
					t.Errorf("%s: %s is no script of the package", name, m[0])
				}
			}
			if attribute.Match(data) {
				t.Errorf("%s has a script in an attribute", name)
			}
		case ".js", ".mjs":
			if m := elsewhere.Find(data); m != nil {
				t.Errorf("%s loads code from elsewhere: %s", name, m)
			}
		}
	}
}

// Stores take no key and no update address; Firefox knows no version_name.
func TestStorePackages(t *testing.T) {
	files := fleet(t)
	own := parsed(t, files["chrome/manifest.json"])
	if own.Key == "" || own.Version != "1.2.3.4" {
		t.Errorf("unpacked for Chrome: key %q, version %q", own.Key, own.Version)
	}
	for name, want := range map[string][2]string{
		"kyso-chrome-1.2.3.4.zip": {}, "kyso-edge-1.2.3.4.zip": {}, "kyso-firefox-1.2.3.4.zip": {},
		"self-hosted/kyso-1.2.3.4.xpi": {"", "https://it.test/kyso/updates.json"},
	} {
		m := parsed(t, unzipped(t, files[name])["manifest.json"])
		if m.Key != "" || m.UpdateURL != want[0] || m.Settings.Gecko.UpdateURL != want[1] || m.Version != "1.2.3.4" {
			t.Errorf("%s: %+v", name, m)
		}
	}
	for _, name := range []string{"firefox/manifest.json", "safari/manifest.json"} {
		for _, foreign := range []string{"version_name", "minimum_chrome_version", "managed_schema", `"key"`} {
			if bytes.Contains(files[name], []byte(foreign)) {
				t.Errorf("%s has Chrome's %s", name, foreign)
			}
		}
	}
	if parsed(t, files["firefox/manifest.json"]).Settings.Gecko.ID != firefoxID {
		t.Error("the extension's id in Firefox is not that of the manifest")
	}
}

func TestExtensionVersion(t *testing.T) {
	for product, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3": "1.2.3", "v1.2.3-17-g0123abc": "1.2.3.17", "v1.2.3-17-g0123abc-dirty": "1.2.3.17",
		"0.1.0-dev": "0.1.0", "1.2.0-rc1": "1.2.0", "01.002.3": "1.2.3", "c476327": "0.0.1", "": "0.0.1", "1.2.3-70000-gabc": "1.2.3",
	} {
		if got := extensionVersion(product); got != want {
			t.Errorf("%q: %s, want %s", product, got, want)
		}
	}
}

func TestSitesAreOrigins(t *testing.T) {
	if _, err := parseSites("https://a.test https://b.test:8443 http://localhost http://[::1]:9"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"https://*.test", "https://a.test/", "a.test", "http://a.test", "file:///x", "https://A.test", "https://u@a.test", "https://", "<all_urls>", "*://*/*"} {
		if _, err := parseSites(bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
