//go:build !js

package origin_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/origin"
)

var now = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// signer is a certificate nobody has issued: what counts is its SHA-256.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
	sum  [sha256.Size]byte
}

func newSigner(t testing.TB, key crypto.Signer) signer {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "THỬ NGHIỆM"}, NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert, sha256.Sum256(der)}
}

func newECSigner(t testing.TB) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

func newRSASigner(t testing.TB, bits int) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

func listOf(serial int64, origins ...string) origin.SignedList {
	return origin.SignedList{Version: 1, Serial: serial, Issued: now.Add(-time.Hour), Expires: now.AddDate(0, 1, 0), Origins: origins}
}

// put signs a list and writes it with its signature.
func put(t testing.TB, path string, l origin.SignedList, s signer) (data, signature []byte) {
	t.Helper()
	data, signature, err := origin.SignList(l, s.cert, s.key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, data)
	write(t, path+".p7s", signature)
	return data, signature
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	// As an administrator's tools do: a new file in the old one's place.
	if err := errors.Join(os.WriteFile(path+".new", data, 0o644), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// files are the signer for openssl.
func (s signer) files(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, private := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	if err := errors.Join(os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw}), 0o600),
		os.WriteFile(private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return []string{"-signer", cert, "-inkey", private}
}

// opensslSign signs data with openssl, which knows nothing of our code.
func opensslSign(t *testing.T, data []byte, s signer, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("openssl", append(append([]string{"cms", "-sign", "-binary", "-in", "data", "-outform", "DER", "-out", "p7s"}, s.files(t)...), args...)...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := os.ReadFile(filepath.Join(dir, "p7s"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestListSignature: what openssl signs is taken from the pinned signer, and
// nothing weak, attached, foreign or changed.
func TestListSignature(t *testing.T) {
	ec, other, strong, weak := newECSigner(t), newECSigner(t), newRSASigner(t, 2048), newRSASigner(t, 1024)
	data := []byte(`{"version":1}`)
	good := opensslSign(t, data, ec, "-md", "sha256")
	for _, c := range []struct {
		name      string
		data      []byte
		signature []byte
		signers   []signer
		want      error // nil: taken
	}{
		{"ECDSA", data, good, []signer{ec}, nil},
		{"one of several signers", data, good, []signer{other, ec}, nil},
		{"RSA 2048", data, opensslSign(t, data, strong, "-md", "sha256"), []signer{strong}, nil},
		{"RSA-PSS, CAdES", data, opensslSign(t, data, strong, "-md", "sha384", "-cades", "-keyopt", "rsa_padding_mode:pss"), []signer{strong}, nil},
		{"foreign signer", data, good, []signer{other}, origin.ErrListSigner},
		{"no signer named", data, good, nil, origin.ErrListSigner},
		{"other content", []byte(`{"version":2}`), good, []signer{ec}, origin.ErrListSignature},
		{"empty content", nil, good, []signer{ec}, origin.ErrListSignature},
		{"attached", data, opensslSign(t, data, ec, "-nodetach"), []signer{ec}, origin.ErrListSignature},
		{"attached, and the file differs", []byte("{}"), opensslSign(t, data, ec, "-nodetach"), []signer{ec}, origin.ErrListSignature},
		{"without signed attributes", data, opensslSign(t, data, ec, "-noattr"), []signer{ec}, origin.ErrListSignature},
		{"without the certificate", data, opensslSign(t, data, ec, "-nocerts"), []signer{ec}, origin.ErrListSignature},
		{"SHA-1", data, opensslSign(t, data, strong, "-md", "sha1"), []signer{strong}, origin.ErrListSignature},
		{"RSA 1024", data, opensslSign(t, data, weak, "-md", "sha256"), []signer{weak}, origin.ErrListSignature},
		{"something behind it", data, append(bytes.Clone(good), 0), []signer{ec}, origin.ErrListSignature},
		{"cut short", data, good[:len(good)-1], []signer{ec}, origin.ErrListSignature},
		{"empty", data, nil, []signer{ec}, origin.ErrListSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			var pins [][sha256.Size]byte
			for _, s := range c.signers {
				pins = append(pins, s.sum)
			}
			// However wrong the clock is, nothing weak is taken.
			for _, at := range []time.Time{now, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)} {
				cert, err := origin.CheckListSignature(c.data, c.signature, pins, at)
				if !errors.Is(err, c.want) || (c.want == nil) != (cert != nil) {
					t.Errorf("%s: %v", at, err)
				}
			}
		})
	}
	// Two signers, one of them pinned: whose list it is would be ambiguous.
	two := opensslSign(t, data, ec, other.files(t)...)
	if _, err := origin.CheckListSignature(data, two, [][sha256.Size]byte{ec.sum}, now); !errors.Is(err, origin.ErrListSignature) {
		t.Errorf("two signers: %v", err)
	}
}

// TestSignList: openssl finds our signature good, over exactly the bytes written.
func TestSignList(t *testing.T) {
	for name, s := range map[string]signer{"ECDSA": newECSigner(t), "RSA": newRSASigner(t, 2048)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "list.json")
			data, signature := put(t, path, listOf(7, "https://a.example", "https://b.example:8443"), s)
			l, err := origin.ParseSignedList(data)
			if err != nil || l.Serial != 7 || len(l.Origins) != 2 {
				t.Errorf("%+v, %v", l, err)
			}
			if cert, err := origin.CheckListSignature(data, signature, [][sha256.Size]byte{s.sum}, now); err != nil || !cert.Equal(s.cert) {
				t.Error(err)
			}
			c := exec.Command("openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", path+".p7s", "-content", path)
			out, err := c.Output()
			if err != nil || !bytes.Equal(out, data) {
				t.Errorf("openssl: %v", err)
			}
		})
	}
	s := newECSigner(t)
	for name, l := range map[string]origin.SignedList{
		"serial 0": listOf(0, "https://a.example"), "twice": listOf(1, "https://a.example", "https://a.example"), "wildcard": listOf(1, "https://*.example"),
	} {
		if _, _, err := origin.SignList(l, s.cert, s.key); !errors.Is(err, origin.ErrListFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseSignedList(t *testing.T) {
	const good = `{"version":1,"serial":3,"issued":"2026-11-01T00:00:00Z","expires":"2027-11-01T00:00:00Z","origins":["https://a.example"]}`
	l, err := origin.ParseSignedList([]byte(good))
	if err != nil || l.Serial != 3 {
		t.Fatalf("%+v, %v", l, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "null": "null", "array": "[]", "two objects": good + good, "not JSON": "x",
		"version":           strings.Replace(good, `"version":1`, `"version":2`, 1),
		"no version":        strings.Replace(good, `"version":1,`, ``, 1),
		"unknown key":       strings.Replace(good, `"serial"`, `"extra":1,"serial"`, 1),
		"serial 0":          strings.Replace(good, `"serial":3`, `"serial":0`, 1),
		"serial fraction":   strings.Replace(good, `"serial":3`, `"serial":3.5`, 1),
		"serial too large":  strings.Replace(good, `"serial":3`, `"serial":9223372036854775808`, 1),
		"no issue":          strings.Replace(good, `"issued":"2026-11-01T00:00:00Z",`, ``, 1),
		"ends as it begins": strings.Replace(good, `2027-11-01`, `2026-11-01`, 1),
		"date alone":        strings.Replace(good, `2027-11-01T00:00:00Z`, `2027-11-01`, 1),
		"wildcard":          strings.Replace(good, `https://a.example`, `https://*.example`, 1),
		"default port":      strings.Replace(good, `https://a.example`, `https://a.example:443`, 1),
		"path":              strings.Replace(good, `https://a.example`, `https://a.example/`, 1),
		"http":              strings.Replace(good, `https://a.example`, `http://a.example`, 1),
		"twice":             strings.Replace(good, `["https://a.example"]`, `["https://a.example","https://a.example"]`, 1),
		"number":            strings.Replace(good, `["https://a.example"]`, `[1]`, 1),
		"too many":          strings.Replace(good, `["https://a.example"]`, `["`+strings.Repeat(`","`, origin.MaxListOrigins)+`"]`, 1),
		"too large":         good + strings.Repeat(" ", origin.MaxListBytes),
	} {
		t.Run(name, func(t *testing.T) {
			if l, err := origin.ParseSignedList([]byte(text)); !errors.Is(err, origin.ErrListFormat) {
				t.Errorf("%+v, %v", l, err)
			}
		})
	}
}

// FuzzSignedList: what is taken keeps the rules, and is read the same again.
func FuzzSignedList(f *testing.F) {
	s := newECSigner(f)
	data, signature, err := origin.SignList(listOf(1, "https://a.example"), s.cert, s.key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(signature)
	f.Add([]byte(`{"version":1,"serial":1,"issued":"2026-11-01T00:00:00Z","expires":"2027-11-01T00:00:00+07:00","origins":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		// Nothing is good but what was signed.
		if _, err := origin.CheckListSignature(b, signature, [][sha256.Size]byte{s.sum}, now); (err == nil) != bytes.Equal(b, data) {
			t.Errorf("%q: %v", b, err)
		}
		origin.CheckListSignature(data, b, [][sha256.Size]byte{s.sum}, now)
		l, err := origin.ParseSignedList(b)
		if err != nil {
			return
		}
		if l.Serial < 1 || !l.Issued.Before(l.Expires) {
			t.Errorf("%+v", l)
		}
		again, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		if l2, err := origin.ParseSignedList(again); err != nil || len(l2.Origins) != len(l.Origins) {
			t.Errorf("%s: %v", again, err)
		}
	})
}
