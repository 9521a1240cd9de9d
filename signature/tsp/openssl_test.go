//go:build !js

package tsp_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"kyso/signature/tsp"
)

// files writes the authority for the openssl program.
func files(t *testing.T, a *tsp.Authority) (dir string) {
	t.Helper()
	dir = t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(a.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"data":     data,
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw}),
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"serial":   []byte("1000\n"),
		"conf": []byte("[tsa]\nserial = serial\ndefault_policy = 1.3.6.1.4.1.99999.1\ndigests = sha256, sha512\n" +
			"signer_digest = sha256\naccuracy = secs:1, millisecs:500\nclock_precision_digits = 3\ness_cert_id_alg = sha1\n[tsa2]\n" +
			"serial = serial\ndefault_policy = 1.3.6.1.4.1.99999.1\ndigests = sha256, sha512\nsigner_digest = sha512\ness_cert_id_alg = sha256\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openssl(t *testing.T, dir string, args ...string) error {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("the tests need the openssl program")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.New(string(out))
	}
	return nil
}

// TestOpenSSLVerifies: openssl ts accepts our tokens for our requests.
func TestOpenSSLVerifies(t *testing.T) {
	for _, key := range []crypto.Signer{newRSA(t), newEC(t)} {
		a := authority(t, key, onlyStamps)
		dir := files(t, a)
		query := tsp.NewRequest(crypto.SHA256, sum(crypto.SHA256, data), []byte{1})
		request, err := tsp.ParseRequest(query)
		if err != nil {
			t.Fatal(err)
		}
		response, err := a.NewResponse(rand.Reader, request, big.NewInt(5), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, "q"), query, 0o600)
		os.WriteFile(filepath.Join(dir, "r"), response, 0o600)
		if err := openssl(t, dir, "ts", "-verify", "-queryfile", "q", "-in", "r", "-CAfile", "cert.pem"); err != nil {
			t.Error(err)
		}
		if err := openssl(t, dir, "ts", "-verify", "-data", "conf", "-in", "r", "-CAfile", "cert.pem"); err == nil {
			t.Error("openssl accepts other data: the test proves nothing")
		}
	}
}

// TestOpenSSLStamps: we accept the tokens of openssl ts for our requests.
func TestOpenSSLStamps(t *testing.T) {
	a := authority(t, newRSA(t), onlyStamps)
	dir := files(t, a)
	for _, section := range []string{"tsa", "tsa2"} { // signing-certificate, signing-certificate-v2
		for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
			os.WriteFile(filepath.Join(dir, "q"), tsp.NewRequest(h, sum(h, data), []byte{9, 9}), 0o600)
			if err := openssl(t, dir, "ts", "-reply", "-config", "conf", "-section", section, "-queryfile", "q", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "r"); err != nil {
				t.Fatal(err)
			}
			response, err := os.ReadFile(filepath.Join(dir, "r"))
			if err != nil {
				t.Fatal(err)
			}
			der, err := tsp.ParseResponse(response)
			if err != nil {
				t.Fatal(err)
			}
			token, err := tsp.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			if signer, err := token.Verify(sum(h, data)); err != nil || !signer.Equal(a.Certificate) {
				t.Errorf("%s %v: %v", section, h, err)
			}
			if age := time.Since(token.Time); age < -time.Minute || age > time.Minute || token.Nonce.Int64() != 0x0909 {
				t.Errorf("%s: time %v, nonce %v", section, token.Time, token.Nonce)
			}
			if section == "tsa" && token.Accuracy.Margin != 1500*time.Millisecond {
				t.Errorf("accuracy %v", token.Accuracy)
			}
		}
	}
	// A digest it does not take: a refusal.
	os.WriteFile(filepath.Join(dir, "q"), tsp.NewRequest(crypto.SHA384, sum(crypto.SHA384, data), nil), 0o600)
	openssl(t, dir, "ts", "-reply", "-config", "conf", "-section", "tsa", "-queryfile", "q", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "refusal")
	response, err := os.ReadFile(filepath.Join(dir, "refusal"))
	if err != nil {
		t.Fatal(err)
	}
	var status *tsp.StatusError
	if _, err := tsp.ParseResponse(response); !errors.As(err, &status) || status.Status != 2 || status.Text == "" {
		t.Errorf("refusal: %v", err)
	}
}
