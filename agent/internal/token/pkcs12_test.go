//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kyso/agent/internal/token"
)

// keyFile has openssl write NAME.p12 and NAME.crt for a holder.
func keyFile(t *testing.T, dir, name string) (path string, data []byte) {
	t.Helper()
	h := shared.holders[name]
	key, err := x509.MarshalPKCS8PrivateKey(h.key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(file, kind string, blocks ...[]byte) string {
		var b bytes.Buffer
		for _, der := range blocks {
			pem.Encode(&b, &pem.Block{Type: kind, Bytes: der})
		}
		file = filepath.Join(dir, file)
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	path = filepath.Join(dir, name+".p12")
	out, err := exec.Command("openssl", "pkcs12", "-export", "-passout", "pass:mật khẩu",
		"-inkey", write(name+".key", "PRIVATE KEY", key),
		"-in", write(name+".crt", "CERTIFICATE", h.cert.Raw, shared.issuer.Raw, shared.root.Raw),
		"-out", path).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl pkcs12: %v\n%s", err, out)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestPKCS12(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"rsa", "ec"} {
		path, data := keyFile(t, f.dir, name)
		certificates, err := token.CertificatesBeside(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := token.NewPKCS12(path, data, certificates)
		if err != nil {
			t.Fatal(err)
		}
		i := find(t, p, name)
		if !i.Software || !i.NeedsPIN || i.Module != path || len(i.Chain) != 2 {
			t.Errorf("identity = %+v", i)
		}
		wrong := []byte("sai")
		if _, err := p.Open(context.Background(), i.ID, wrong, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
			t.Errorf("wrong password: %v", err)
		}
		password := []byte("mật khẩu")
		k, err := p.Open(context.Background(), i.ID, password, token.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(password, make([]byte, len(password))) || !bytes.Equal(wrong, make([]byte, 3)) {
			t.Error("a password was not zeroed")
		}
		sign(t, k)
		pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		value, err := k.Sign(nil, digest(), pss)
		if name == "rsa" && err == nil {
			checkSignature(t, k.Public(), crypto.SHA256, digest(), value, true)
		} else if name == "rsa" || !errors.Is(err, token.ErrUnsupported) {
			t.Errorf("%s PSS: %v", name, err)
		}
		if _, err := k.Sign(rand.Reader, make([]byte, 20), crypto.SHA1); !errors.Is(err, token.ErrUnsupported) {
			t.Errorf("SHA-1: %v", err)
		}
		k.Close()
		if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestDecodePKCS12(t *testing.T) {
	f := newFixture(t)
	path, data := keyFile(t, f.dir, "rsa")
	i, k, err := token.DecodePKCS12(path, data, []byte("mật khẩu"))
	if err != nil {
		t.Fatal(err)
	}
	if !i.Certificate.Equal(shared.holders["rsa"].cert) || len(i.Chain) != 2 {
		t.Errorf("identity = %+v", i)
	}
	sign(t, k)
	if _, _, err := token.DecodePKCS12(path, data, []byte("x")); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("wrong password: %v", err)
	}
	if _, _, err := token.DecodePKCS12(path, data[:len(data)/2], []byte("mật khẩu")); err == nil || errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("half a file: %v", err)
	}
}

func TestPKCS12OfAnotherKey(t *testing.T) {
	f := newFixture(t)
	path, data := keyFile(t, f.dir, "rsa")
	if _, err := token.NewPKCS12(path, data, nil); err == nil {
		t.Error("accepted without a certificate")
	}
	p, err := token.NewPKCS12(path, data, []*x509.Certificate{shared.holders["ec"].cert})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(context.Background(), find(t, p, "ec").ID, []byte("mật khẩu"), token.OpenOptions{}); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("another key than shown: %v", err)
	}
	if _, err := token.CertificatesBeside(filepath.Join(f.dir, "none.p12")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no certificate file: %v", err)
	}
	f.write("bad.crt", "no certificate")
	if _, err := token.CertificatesBeside(filepath.Join(f.dir, "bad.p12")); err == nil {
		t.Error("a text file was taken for a certificate")
	}
}
