//go:build linux

package virtualtokentest_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/testdata/pki"
	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

const (
	pin     = "246802"
	puk     = "13571357"
	wrong   = "999999"
	message = "Ủy ban nhân dân tỉnh Bình Minh"
)

// identities are made once; no test changes them.
type identities struct {
	pki                             *pki.PKI
	rsa, rsa3072, p256, p384, again piv.Key // again is another certificate for rsa's key
}

var shared = sync.OnceValues(func() (*identities, error) {
	authority, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1:1", Keys: pki.FastKeys})
	if err != nil {
		return nil, err
	}
	ids := &identities{pki: authority}
	for _, p := range []struct {
		name     string
		into     *piv.Key
		generate func() (crypto.Signer, error)
	}{
		{"Nguyễn Văn Thử", &ids.rsa, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }},
		{"Trần Thị Mẫu", &ids.rsa3072, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 3072) }},
		{"Vũ Thị Ví Dụ", &ids.p256, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }},
		{"Đỗ Văn Giả", &ids.p384, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }},
		{"Nguyễn Văn Thử", &ids.again, func() (crypto.Signer, error) { return ids.rsa.Private, nil }},
	} {
		if p.into.Private, err = p.generate(); err != nil {
			return nil, err
		}
		if p.into.Certificate, err = authority.Certify(p.name, "SỞ THỬ NGHIỆM", "thu@binhminh.example", p.into.Private.Public()); err != nil {
			return nil, err
		}
	}
	return ids, nil
})

func people(t *testing.T) *identities {
	t.Helper()
	ids, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// in is a key in another slot.
func in(slot piv.Slot, k piv.Key) piv.Key {
	k.Slot = slot
	return k
}

// start starts one card with keys.
func start(t *testing.T, keys ...piv.Key) *virtualtokentest.Tokens {
	t.Helper()
	return virtualtokentest.Start(t, virtualtokentest.Options{Cards: []piv.Options{{PIN: pin, PUK: puk, Keys: keys}}})
}

// program runs a real program and returns all it wrote, and whether it ended
// well.
func program(t *testing.T, name string, args ...string) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s %v does not end:\n%s", name, args, out)
	}
	return string(out), err == nil
}

// tool runs pkcs11-tool on OpenSC's module.
func tool(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	return program(t, "pkcs11-tool", append([]string{"--module", virtualtokentest.Module(t)}, args...)...)
}

// flags are the token's, as pkcs11-tool says them.
func flags(t *testing.T) string {
	t.Helper()
	out, _ := tool(t, "--list-slots")
	for line := range strings.Lines(out) {
		if _, flags, ok := strings.Cut(line, "token flags"); ok {
			return flags
		}
	}
	t.Fatalf("no token flags in:\n%s", out)
	return ""
}

func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opensslVerifies asks openssl whether signature is of message by the key in
// certificate.
func opensslVerifies(t *testing.T, certificate *x509.Certificate, hash, signature string, options ...string) {
	t.Helper()
	if out, ok := opensslAsked(t, certificate, hash, signature, options...); !ok {
		t.Errorf("openssl: %s", out)
	}
}

// refused is about a signature with SHA-256 that must not verify.
func refused(t *testing.T, certificate *x509.Certificate, signature string) {
	t.Helper()
	if out, ok := opensslAsked(t, certificate, "sha256", signature); ok || !strings.Contains(out, "Verification failure") {
		t.Errorf("openssl verifies a false signature: %s", out)
	}
}

func opensslAsked(t *testing.T, certificate *x509.Certificate, hash, signature string, options ...string) (string, bool) {
	t.Helper()
	public, ok := program(t, "openssl", "x509", "-in", file(t, "cert.pem", pki.PEM(certificate)), "-noout", "-pubkey")
	if !ok {
		t.Fatalf("openssl x509: %s", public)
	}
	args := append([]string{"dgst", "-" + hash, "-verify", file(t, "key.pem", []byte(public)), "-signature", signature}, options...)
	return program(t, "openssl", append(args, file(t, "message", []byte(message)))...)
}
