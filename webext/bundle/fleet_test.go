package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newKey makes a private key as administrators do.
func newKey(t *testing.T, kind string, options ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	if len(options) == 0 {
		options = map[string][]string{"RSA": {"rsa_keygen_bits:2048"}, "EC": {"ec_paramgen_curve:P-256"}, "ED25519": nil}[kind]
	}
	args := []string{"genpkey", "-quiet", "-algorithm", kind, "-out", file}
	for _, o := range options {
		args = append(args, "-pkeyopt", o)
	}
	openssl(t, args...)
	return file
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

func unzipped(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// A parser of another make takes the CRX apart, and openssl finds the signature
// good. That Chromium installs it is tested in testdata/eoffice/e2e.
func TestCRX(t *testing.T) {
	for _, kind := range []string{"RSA", "EC"} {
		key := newKey(t, kind)
		p, readable, err := readPublisher(key)
		if err != nil || readable {
			t.Fatalf("%s: readable by others %v, %v", kind, readable, err)
		}
		archive, err := archived(map[string][]byte{"manifest.json": []byte("{}"), "b.js": nil, "a/b.js": []byte("1")})
		if err != nil {
			t.Fatal(err)
		}
		crx, err := p.crx(archive)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		at := func(name string) string { return filepath.Join(folder, name) }
		if err := os.WriteFile(at("x.crx"), crx, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("python3", "testdata/crx.py", at("x.crx"), folder).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, out)
		}
		if got, want := string(out), kind+" "+extensionID(p.public)+"\n"; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
		openssl(t, "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", at("own.der"))
		own, _ := os.ReadFile(at("own.der"))
		if public, _ := os.ReadFile(at("public.der")); !bytes.Equal(own, public) {
			t.Errorf("%s: the CRX holds another public key", kind)
		}
		verify := []string{"dgst", "-sha256", "-verify", at("public.der"), "-keyform", "DER", "-signature", at("signature"), at("signed")}
		if out := openssl(t, verify...); out != "Verified OK\n" {
			t.Errorf("%s: openssl says %q", kind, out)
		}
		// The test can fail.
		signed, _ := os.ReadFile(at("signed"))
		signed[len(signed)-1] ^= 1
		if err := os.WriteFile(at("signed"), signed, 0o600); err != nil {
			t.Fatal(err)
		}
		if exec.Command("openssl", verify...).Run() == nil {
			t.Errorf("%s: openssl takes other bytes too", kind)
		}
	}
}

// The id of the public key that is in the tree is the one all parts are told.
func TestExtensionID(t *testing.T) {
	key := parsed(t, plain(t)["chrome/manifest.json"]).Key
	der := openssl(t, "enc", "-d", "-base64", "-A", "-in", writeFile(t, key))
	if got := extensionID([]byte(der)); got != "macengpdlehkbnphmgbiaalindljbkom" {
		t.Errorf("the id of key.pub is %s", got)
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestKeysThatAreRefused(t *testing.T) {
	for name, file := range map[string]string{
		"1024 bits":     newKey(t, "RSA", "rsa_keygen_bits:1024"),
		"P-384":         newKey(t, "EC", "ec_paramgen_curve:P-384"),
		"Ed25519":       newKey(t, "ED25519"),
		"text":          writeFile(t, "no key"),
		"public":        writeFile(t, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
		"with password": writeFile(t, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
		"none":          filepath.Join(t.TempDir(), "none.pem"),
	} {
		if _, _, err := readPublisher(file); err == nil {
			t.Errorf("a key of %s was taken", name)
		}
	}
	old := filepath.Join(t.TempDir(), "pkcs1.pem")
	openssl(t, "rsa", "-traditional", "-in", newKey(t, "RSA"), "-out", old)
	if _, _, err := readPublisher(old); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	if err := os.Chmod(old, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, readable, _ := readPublisher(old); !readable {
		t.Error("nobody is told that others can read the key")
	}
}

// What browsers are handed out points at what is served, with its digest.
func TestFleetFiles(t *testing.T) {
	files := fleet(t)
	sum := func(name string) string {
		return strings.Fields(openssl(t, "dgst", "-sha256", "-r", writeFile(t, string(files["self-hosted/"+name]))))[0]
	}
	var updates struct {
		Protocol string `xml:"protocol,attr"`
		App      struct {
			ID    string `xml:"appid,attr"`
			Check struct {
				Codebase string `xml:"codebase,attr"`
				Version  string `xml:"version,attr"`
				SHA256   string `xml:"hash_sha256,attr"`
			} `xml:"updatecheck"`
		} `xml:"http://www.google.com/update2/response app"`
	}
	if err := xml.Unmarshal(files["self-hosted/updates.xml"], &updates); err != nil {
		t.Fatal(err)
	}
	id, check := updates.App.ID, updates.App.Check
	if updates.Protocol != "2.0" || check.Codebase != "https://it.test/kyso/kyso-1.2.3.4.crx" || check.Version != "1.2.3.4" || check.SHA256 != sum("kyso-1.2.3.4.crx") {
		t.Errorf("updates.xml: %+v", updates)
	}
	want := fmt.Sprintf(`{"addons":{"extension@kyso":{"updates":[{"update_hash":"sha256:%s","update_link":"https://it.test/kyso/kyso-1.2.3.4.xpi","version":"1.2.3.4"}]}}}`, sum("kyso-1.2.3.4.xpi"))
	if got := compact(t, files["self-hosted/updates.json"]); got != want {
		t.Errorf("updates.json: %s\nwant %s", got, want)
	}
	want = fmt.Sprintf(`{"3rdparty":{"extensions":{"%s":{"sites":["https://eoffice.test","http://127.0.0.1:8443"]}}},"ExtensionSettings":{"%[1]s":{"installation_mode":"force_installed","update_url":"https://it.test/kyso/updates.xml"}}}`, id)
	if got := compact(t, files["self-hosted/policy/chrome.json"]); got != want {
		t.Errorf("chrome.json: %s\nwant %s", got, want)
	}
	want = `{"policies":{"3rdparty":{"Extensions":{"extension@kyso":{"sites":["https://eoffice.test","http://127.0.0.1:8443"]}}},"ExtensionSettings":{"extension@kyso":{"install_url":"https://it.test/kyso/kyso-1.2.3.4.xpi","installation_mode":"force_installed"}}}}`
	if got := compact(t, files["self-hosted/policy/firefox.json"]); got != want {
		t.Errorf("firefox.json: %s\nwant %s", got, want)
	}
	for name, product := range map[string]string{"chrome.reg": `Google\Chrome`, "edge.reg": `Microsoft\Edge`} {
		want := strings.ReplaceAll(fmt.Sprintf(`Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\%[1]s\ExtensionSettings\%[2]s]
"installation_mode"="force_installed"
"update_url"="https://it.test/kyso/updates.xml"

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\%[1]s\3rdparty\extensions\%[2]s\policy\sites]
"1"="https://eoffice.test"
"2"="http://127.0.0.1:8443"
`, product, id), "\n", "\r\n")
		if got := string(files["self-hosted/policy/"+name]); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	for _, words := range []string{id, `"extension": {"ids": ["` + id + `"]}`, "is not signed: Firefox takes it once Mozilla"} {
		if !strings.Contains(shared.said.String(), words) {
			t.Errorf("nobody is told %q:\n%s", words, &shared.said)
		}
	}
}

// The package that comes back from Mozilla is served as it is.
func TestSignedByMozilla(t *testing.T) {
	r := test
	r.key, r.signedXPI = newKey(t, "EC"), writeFile(t, "signed by Mozilla")
	files, err := repacked(t, r)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(openssl(t, "dgst", "-sha256", "-r", r.signedXPI))[0]
	if got := string(files["self-hosted/kyso-1.2.3.4.xpi"]); got != "signed by Mozilla" || !strings.Contains(string(files["self-hosted/updates.json"]), want) {
		t.Errorf("the signed package became %q", got)
	}
}

func TestPackagesThatAreRefused(t *testing.T) {
	key := newKey(t, "RSA")
	for _, address := range []string{"", "it.test/kyso", "http://it.test/kyso", "https://it.test/?a", "https://u:p@it.test/", "ftp://it.test/"} {
		r := test
		r.key, r.updates = key, address
		if _, err := repacked(t, r); err == nil {
			t.Errorf("UPDATE_URL %q was taken", address)
		}
	}
	if _, err := repacked(t, test); err == nil {
		t.Error("UPDATE_URL without a key was taken")
	}
}

// repacked makes packages of what is built already.
func repacked(t *testing.T, r release) (map[string][]byte, error) {
	t.Helper()
	out := t.TempDir()
	for name, data := range fleet(t) {
		file := filepath.Join(out, "extension", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b := builder{root: root, out: out}
	if err := b.packages(r, io.Discard); err != nil {
		return nil, err
	}
	return filesIn(t, filepath.Join(out, "extension")), nil
}

func compact(t *testing.T, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
