package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kyso/testdata/corpus"
)

// vectors is one Wycheproof test over a real signature, with the result its
// file claims.
func vectors(t *testing.T, result string) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("Quyết định")
	data, err := json.Marshal(map[string]any{"testGroups": []any{map[string]any{
		"type":         "EddsaVerify",
		"publicKeyPem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"tests": []any{map[string]any{
			"tcId": 1, "msg": hex.EncodeToString(msg), "sig": hex.EncodeToString(ed25519.Sign(private, msg)), "result": result,
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t *testing.T, root, name string, data []byte) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRun: what the program says and how it ends, over collections made here.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // in the figures
		fails string // in the error, empty for none
	}{
		{"valid", map[string]string{"wycheproof/a_test.json": "valid"}, "wycheproof 1 1 0 0 0", ""},
		{"miss", map[string]string{"wycheproof/a_test.json": "invalid"}, "wycheproof 1 0 1 0 0", "1 misses"},
		{"acceptable", map[string]string{"wycheproof/a_test.json": "acceptable"}, "wycheproof 0 0 0 0 0 1 either will do", ""},
		{"unknown result", map[string]string{"wycheproof/a_test.json": "dubious"}, "wycheproof 1 0 0 0 1", ""},
		{"no collection", nil, "", "no collection"},
		{"unreadable index", map[string]string{"pyhanko/index.json": "{"}, "", "pyhanko: read index.json"},
		{"absent index", map[string]string{"pkits/README": ""}, "", "pkits: open"},
		{"odd records", map[string]string{"pyhanko/index.json": `[{"file":7},{},null,{"file":"x.pdf","expected":{"exception":"E"}},
			{"file":"gone.pdf","trust_roots":["r"],"validation_time":"2020-11-01T00:00:00Z","expected":{"bottom_line":true}}]`},
			"pyhanko 3 0 0 0 3 2 without assertion", ""},
		{"damaged document", map[string]string{"dss/index.json": `[{"file":"dss-pades/a.pdf","crypto_valid":true},{"file":"dss-pades/a.pdf","crypto_valid":null}]`,
			"dss/dss-pades/a.pdf": "%PDF-1.7"}, "dss-pades cryptography 1 0 0 1 0 1 without assertion", ""},
		{"contradiction", map[string]string{"dss/index.json": `[{"file":"dss-pades/a.pdf","crypto_valid":true},{"file":"dss-pades/a.pdf","crypto_valid":false}]`,
			"dss/dss-pades/a.pdf": "%PDF-1.7"}, "dss-pades cryptography 0 0 0 0 0 2 contradictory", ""},
		{"odd cases", map[string]string{"pkits/vectors-go.json": `[{},{"Name":"x","CertPath":["a","b"],"ShouldValidate":true}]`}, "pkits 2 0 0 0 2", ""},
		{"unknown command", map[string]string{"openssl/index.json": `[{"kind":"x509-verify","expected":"OK","args":["-new"],"untrusted":null},
			{"kind":"cms","expected":"OK","untrusted":""},{"kind":"ocsp","expected":"PERHAPS"}]`}, "openssl x509-verify 1 0 0 0 1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				data := []byte(text)
				if strings.HasPrefix(name, "wycheproof/") {
					data = vectors(t, text)
				}
				put(t, root, name, data)
			}
			var out bytes.Buffer
			err := run([]string{root}, &out)
			if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), c.want) {
				t.Errorf("no %q in:\n%s", c.want, &out)
			}
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("error %v, want %q", err, c.fails)
			}
		})
	}
}

// TestCompare: two runs over the same cases are the same, and one changed
// verdict is seen.
func TestCompare(t *testing.T) {
	root := t.TempDir()
	put(t, root, "wycheproof/a_test.json", vectors(t, "valid"))
	put(t, root, "wycheproof/b_test.json", vectors(t, "valid"))
	first, second := filepath.Join(root, "1.json"), filepath.Join(root, "2.json")
	for _, name := range []string{first, second} {
		if err := run([]string{"-json", name, root}, new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run([]string{"-compare", first, second}, &out); err != nil || out.String() != "2 cases, same verdicts\n" {
		t.Errorf("%v: %s", err, &out)
	}
	data, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, "2.json", bytes.Replace(data, []byte(`"passed"`), []byte(`"failed"`), 1))
	if err := run([]string{"-compare", first, second}, new(bytes.Buffer)); err == nil || err.Error() != "1 of 2 cases differ" {
		t.Errorf("a changed verdict: %v", err)
	}
}

// TestPanic: a panic is an error of its case, and ends in failure.
func TestPanic(t *testing.T) {
	var b board
	b.judge("x", "a", mustFail, func() (answer, error) { panic("stop") })
	if b.rows[0].Outcome != failed || b.failure() == nil {
		t.Errorf("%+v, %v", b.rows[0], b.failure())
	}
}

// TestPyHankoWant: what a record demands, by its fields.
func TestPyHankoWant(t *testing.T) {
	const rooted = `"trust_roots":["r"],`
	for _, c := range []struct {
		name, record string
		want         want
	}{
		{"bottom line", `{` + rooted + `"expected":{"bottom_line":true}}`, mustPass},
		{"ETSI before the bottom line", `{` + rooted + `"expected":{"bottom_line":true,"ades":{"indication":"INDETERMINATE"}}}`, mustFail},
		{"ETSI passed", `{` + rooted + `"expected":{"ades":{"indication":"PASSED"}}}`, mustPass},
		{"exception", `{"expected":{"exception":"E","intact":true,"valid":true}}`, mustFail},
		{"without roots", `{"expected":{"intact":true,"valid":true,"bottom_line":false}}`, mustPass},
		{"fetched", `{` + rooted + `"online_fetch":true,"expected":{"intact":true,"valid":true,"bottom_line":false}}`, mustPass},
		{"without roots, changed", `{"expected":{"intact":true,"valid":true,"docmdp_ok":false}}`, mustFail},
		{"without roots, forged", `{"expected":{"intact":true,"valid":false}}`, mustFail},
		{"nothing", `{` + rooted + `"expected":{}}`, either},
	} {
		var r corpus.PyHankoRecord
		if err := json.Unmarshal([]byte(c.record), &r); err != nil {
			t.Fatal(err)
		}
		if got := pyhankoWant(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
