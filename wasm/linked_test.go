//go:build !js

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLinked: packages nobody needs here stay out of the module, which every
// citizen downloads. They come back in unnoticed: net/url and net with an
// *x509.Certificate in the type of an error or of an argument of a generic
// function (slices.Clone), encoding/asn1 with pkix.Name.String, encoding/json
// with any call.
func TestLinked(t *testing.T) {
	// go test keeps results of files it saw a test read, which a compiler that
	// the test starts does not count for.
	err := filepath.WalkDir("../signature", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "kyso.wasm")
	build := exec.Command("go", "build", "-o", out, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	// The name section writes net/url.(*URL).String as net_url.__URL_.String.
	for _, name := range []string{"net_url.__URL_.String", "net.IP.String", "encoding_asn1.MarshalWithParams", "encoding_asn1.UnmarshalWithParams",
		"encoding_json.Marshal", "crypto_x509.parseCertificate"} {
		if bytes.Contains(module, []byte(name)) {
			t.Errorf("%s is in the module", name)
		}
	}
	if !bytes.Contains(module, []byte("kyso_signature_certificate.Parse")) {
		t.Error("the module has no names to look for")
	}
}
