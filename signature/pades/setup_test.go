//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// signer is a self-signed certificate with its key.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

var rsaSigner = sync.OnceValue(func() signer {
	key, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		panic(err)
	}
	return certify(key)
})

var ecSigner = sync.OnceValue(func() signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return certify(key)
})

func certify(key crypto.Signer) signer {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Nguyễn Thị Hĩ (thử)", Organization: []string{"Sở Thử nghiệm"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return signer{key, cert}
}

func document(t *testing.T, name string) []byte {
	t.Helper()
	b, err := documents.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t *testing.T, b []byte) *pdf.File {
	t.Helper()
	doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sign signs b, and fails if a byte of it changed.
func sign(t *testing.T, b []byte, s signer, o pades.Options) []byte {
	t.Helper()
	out, err := trySign(b, s, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out[:len(b)], b) {
		t.Fatal("bytes of the original changed")
	}
	return out
}

func trySign(b []byte, s signer, o pades.Options) ([]byte, error) {
	doc, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	o.Certificate = s.cert
	if o.Time.IsZero() {
		o.Time = time.Now()
	}
	u, err := pades.Prepare(doc, o)
	if err != nil {
		return nil, err
	}
	value, err := s.key.Sign(rand.Reader, u.Digest(), u.Opts())
	if err != nil {
		return nil, err
	}
	signed, err := u.Finish(value)
	if err != nil {
		return nil, err
	}
	var w bytes.Buffer
	if _, err := signed.WriteTo(&w); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// write puts b into a file for another program to read.
func write(t *testing.T, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// tool runs a program that must be installed, and returns all it printed.
func tool(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%v: installer/linux/debian-packages.sh test installs it", err)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

func mustTool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := tool(t, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// contents returns the CMS of signature n and the bytes it signs.
func contents(t *testing.T, b []byte, n int) (cms, signed []byte) {
	t.Helper()
	found, err := pades.Find(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	s := found[n]
	if s.Fault != nil {
		t.Fatal(s.Fault)
	}
	r := s.Range
	return s.Contents, append(append([]byte(nil), b[:r[1]]...), b[r[2]:r[2]+r[3]]...)
}

var _ io.ReaderAt = (*pades.Signed)(nil)
