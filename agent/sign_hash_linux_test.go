//go:build linux && cgo

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

// TestSignHashOnTokens: digests that OpenSSL has made are signed on real tokens,
// by RSA and by EC, and OpenSSL takes the signatures.
func TestSignHashOnTokens(t *testing.T) {
	c := newContenders(t)
	c.addEC(t)
	kyso, err := exec.LookPath("kyso")
	if err != nil {
		t.Fatal(err)
	}
	source := token.Combine(token.NewModule([]string{kyso, "token-host"}, softHSMModule))
	defer source.Close()
	service, err := signing.New(signing.Options{Keys: &keys{source: source}, Approver: &person{}, Clock: time.Now,
		ApproveData: func(_ context.Context, q signing.DataQuestion) (signing.Approval, error) {
			id := q.Identities[0]
			return signing.Approval{Approved: true, CertificateID: id.ID, PIN: slices.Clone(c.pins[string(id.Certificate.Raw)])}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := service.Identities(t.Context())
	if err != nil || len(identities) != 3 {
		t.Fatalf("%d identities, %v", len(identities), err)
	}
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	data := file("data", []byte("tài liệu mà Kyso không thấy"))
	kinds := map[string]int{}
	for _, id := range identities {
		spki, err := x509.MarshalPKIXPublicKey(id.Certificate.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		public := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
		for _, function := range signing.HashFunctions() {
			option := "-" + strings.ToLower(strings.ReplaceAll(function, "-", ""))
			digest, err := exec.Command("openssl", "dgst", option, "-binary", data).Output()
			if err != nil {
				t.Fatal(err)
			}
			r, err := service.SignHash(t.Context(), signing.HashRequest{Origin: "https://a.example", Hash: digest, Function: function, CertificateID: id.ID})
			if err != nil {
				t.Errorf("%s: %v", function, err)
				continue
			}
			value := r.Signature
			if key, ok := id.Certificate.PublicKey.(*ecdsa.PublicKey); ok {
				half := (key.Curve.Params().BitSize + 7) / 8
				if len(value) != 2*half {
					t.Fatalf("r and s have %d bytes", len(value))
				}
				if value, err = asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(value[:half]), new(big.Int).SetBytes(value[half:])}); err != nil {
					t.Fatal(err)
				}
			}
			kinds[r.Algorithm+" "+r.Padding]++
			if out, err := exec.Command("openssl", "dgst", option, "-verify", public, "-signature", file("sig", value), data).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: openssl: %v: %s", r.Algorithm, function, err, out)
			}
		}
	}
	if kinds["ECC NONE"] != 3 || kinds["RSA PKCS1.5"] != 6 {
		t.Errorf("signed %v", kinds)
	}
}

// addEC puts a token with a key on P-256 beside the others, made by OpenSSL.
func (c contenders) addEC(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-outform", "DER", "-out", "cert.der", "-days", "30",
		"-subj", "/CN=Lê Thị Mẫu", "-utf8", "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature,nonRepudiation")
	const pin = "7777888899"
	run("softhsm2-util", "--init-token", "--free", "--label", "Thẻ C", "--so-pin", "87654321", "--pin", pin)
	run("softhsm2-util", "--import", filepath.Join(dir, "key.pem"), "--token", "Thẻ C", "--label", "ky", "--id", "01", "--pin", pin)
	run("pkcs11-tool", "--module", softHSMModule, "--token-label", "Thẻ C", "--login", "--pin", pin,
		"--write-object", filepath.Join(dir, "cert.der"), "--type", "cert", "--id", "01", "--label", "ky")
	der, err := os.ReadFile(filepath.Join(dir, "cert.der"))
	if err != nil {
		t.Fatal(err)
	}
	c.pins[string(der)] = []byte(pin)
}
