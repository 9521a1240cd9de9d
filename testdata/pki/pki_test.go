package pki_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"kyso/testdata/pki"
)

// world is a PKI with its services on loopback, and its certificates as files
// for openssl.
type world struct {
	*pki.PKI
	url string
	dir string
}

// shared is made once: keys cost time, and no test changes it.
var shared = sync.OnceValues(func() (*world, error) {
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	p, err := pki.New(pki.Options{BaseURL: url, Keys: pki.FastKeys})
	if err != nil {
		return nil, err
	}
	server.Config.Handler = p.Handler()
	server.Start()
	dir, err := os.MkdirTemp("", "pki")
	if err != nil {
		return nil, err
	}
	w := &world{p, url, dir}
	for name, id := range map[string]pki.Identity{
		"root": p.Root, "sub": p.SubCA, "person": p.Persons[0], "agency": p.Agencies[0], "revoked": p.RevokedPerson,
		"expired": p.ExpiredPerson, "future": p.FuturePerson, "tsa": p.TSA, "ocsp": p.OCSP,
	} {
		if err := os.WriteFile(w.file(name+".pem"), pki.PEM(id.Certificate), 0o600); err != nil {
			return nil, err
		}
	}
	return w, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if w, err := shared(); err == nil {
		os.RemoveAll(w.dir)
	}
	os.Exit(code)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// openssl runs openssl and returns what it says and whether it agreed.
func openssl(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("run openssl: %v", err)
	}
	return string(out), err == nil
}

func TestChains(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name, wantError string // wantError is empty where openssl must agree
		purpose         string
	}{
		{"person", "", "smimesign"},
		{"agency", "", "smimesign"},
		{"revoked", "", "smimesign"}, // without a CRL nothing is wrong with it
		{"tsa", "", "timestampsign"},
		{"ocsp", "", "ocsphelper"},
		{"expired", "certificate has expired", "smimesign"},
		{"future", "certificate is not yet valid", "smimesign"},
		{"person", "unsuitable certificate purpose", "timestampsign"},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.purpose, func(t *testing.T) {
			out, ok := openssl(t, "verify", "-x509_strict", "-purpose", test.purpose, "-CAfile", w.file("root.pem"),
				"-untrusted", w.file("sub.pem"), w.file(test.name+".pem"))
			if test.wantError == "" && !ok {
				t.Errorf("openssl refuses: %s", out)
			}
			if test.wantError != "" && (ok || !strings.Contains(out, test.wantError)) {
				t.Errorf("want %q, got ok=%v: %s", test.wantError, ok, out)
			}
		})
	}
}

func TestRevocationLists(t *testing.T) {
	w := newWorld(t)
	out, ok := openssl(t, "crl", "-inform", "DER", "-in", write(t, "sub.crl", w.CRL()), "-CAfile", w.file("sub.pem"), "-noout", "-text")
	if !ok || !strings.Contains(out, "verify OK") {
		t.Errorf("openssl crl: %s", out)
	}
	serial := fmt.Sprintf("%X", w.RevokedPerson.Certificate.SerialNumber)
	if strings.Count(out, "Serial Number:") != 1 || !strings.Contains(out, serial) {
		t.Errorf("want one entry, %s:\n%s", serial, out)
	}
	var lists bytes.Buffer
	for _, der := range [][]byte{w.CRL(), w.RootCRL()} {
		text, ok := openssl(t, "crl", "-inform", "DER", "-in", write(t, "one.crl", der))
		if !ok {
			t.Fatalf("openssl crl: %s", text)
		}
		lists.WriteString(text)
	}
	crls := write(t, "all.pem", lists.Bytes())
	for name, good := range map[string]bool{"person": true, "agency": true, "revoked": false} {
		out, ok := openssl(t, "verify", "-crl_check_all", "-CRLfile", crls, "-CAfile", w.file("root.pem"), "-untrusted", w.file("sub.pem"), w.file(name+".pem"))
		if ok != good || (!good && !strings.Contains(out, "certificate revoked")) {
			t.Errorf("%s with CRLs: %s", name, out)
		}
	}
}

func TestOCSP(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]string{"person": "good", "agency": "good", "revoked": "revoked"} {
		for _, hash := range []string{"-sha1", "-sha256"} {
			out, ok := openssl(t, "ocsp", "-issuer", w.file("sub.pem"), hash, "-cert", w.file(name+".pem"), "-url", w.OCSPURL(),
				"-CAfile", w.file("root.pem"), "-verify_other", w.file("sub.pem"))
			if !ok || !strings.Contains(out, "Response verify OK") || !strings.Contains(out, ".pem: "+want) {
				t.Errorf("%s %s: %s", name, hash, out)
			}
		}
	}
	out, _ := openssl(t, "ocsp", "-issuer", w.file("sub.pem"), "-serial", "0x1234", "-url", w.OCSPURL(), "-CAfile", w.file("root.pem"))
	if !strings.Contains(out, "0x1234: unknown") {
		t.Errorf("a serial number never issued: %s", out)
	}
	out, _ = openssl(t, "ocsp", "-issuer", w.file("root.pem"), "-cert", w.file("sub.pem"), "-url", w.OCSPURL(), "-CAfile", w.file("root.pem"))
	if !strings.Contains(out, "unauthorized (6)") {
		t.Errorf("a certificate of another issuer: %s", out)
	}
}

func TestPKCS12OpensInOpenSSL(t *testing.T) {
	w := newWorld(t)
	file, err := w.PKCS12(w.Persons[0], "mat-khau-thu")
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "id.p12", file)
	out, ok := openssl(t, "pkcs12", "-in", path, "-passin", "pass:mat-khau-thu", "-nodes")
	if !ok || strings.Count(out, "BEGIN CERTIFICATE") != 2 || !strings.Contains(out, "BEGIN PRIVATE KEY") {
		t.Errorf("openssl pkcs12: %s", out)
	}
	if out, ok := openssl(t, "pkcs12", "-in", path, "-passin", "pass:sai", "-nodes"); ok {
		t.Errorf("a wrong password opened the file: %s", out)
	}
}

func TestSubjectsSayTheyAreFictional(t *testing.T) {
	w := newWorld(t)
	for _, id := range append(append([]pki.Identity{w.Root, w.SubCA, w.TSA, w.OCSP, w.RevokedPerson, w.ExpiredPerson, w.FuturePerson}, w.Persons...), w.Agencies...) {
		subject := id.Certificate.Subject.String()
		if !strings.Contains(subject, "HƯ CẤU") && !strings.Contains(subject, "THỬ NGHIỆM") {
			t.Errorf("%s does not say that it is fictional", subject)
		}
	}
	person := w.Persons[0].Certificate
	out, _ := openssl(t, "x509", "-in", w.file("person.pem"), "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus,sname")
	if want := "C=VN,O=ỦY BAN NHÂN DÂN TỈNH BÌNH MINH (HƯ CẤU),OU=SỞ THỬ NGHIỆM,L=Bình Minh,CN=Nguyễn Văn Thử"; !strings.Contains(out, want) {
		t.Errorf("subject %s, want %s", out, want)
	}
	if person.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment || len(person.EmailAddresses) != 1 {
		t.Errorf("person: key usage %v, mail %v", person.KeyUsage, person.EmailAddresses)
	}
}

func TestServicesKeepTheGivenMoment(t *testing.T) {
	now := time.Date(2026, time.October, 5, 3, 0, 0, 0, time.UTC)
	p, err := pki.New(pki.Options{Now: now, BaseURL: "http://127.0.0.1:1/pki", Keys: pki.FastKeys})
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(p.CRL())
	if err != nil {
		t.Fatal(err)
	}
	if !list.ThisUpdate.Equal(now) {
		t.Errorf("CRL of %v, want %v", list.ThisUpdate, now)
	}
	if _, err := pki.New(pki.Options{}); err == nil {
		t.Error("made a PKI without a base URL")
	}
}

// TestGovernmentKeys shows what the sizes of the Government cost.
func TestGovernmentKeys(t *testing.T) {
	start := time.Now()
	p, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("made in %v", time.Since(start).Round(10*time.Millisecond))
	if ca, leaf := p.Root.Key.N.BitLen(), p.Persons[0].Key.N.BitLen(); ca != 4096 || leaf != 3072 {
		t.Errorf("keys of %d and %d bits, want 4096 and 3072", ca, leaf)
	}
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProducedAt: an answer is of the PKI's moment in every way, and signed.
func TestProducedAt(t *testing.T) {
	p, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2021, time.March, 4, 5, 6, 7, 0, time.UTC)
	r, err := ocsp.ParseResponse(p.At(at).OCSPResponse(p.Persons[0].Certificate), p.SubCA.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if !r.ProducedAt.Equal(at) || !r.ThisUpdate.Equal(at) || r.Status != ocsp.Good {
		t.Errorf("produced at %s, of %s, status %d", r.ProducedAt, r.ThisUpdate, r.Status)
	}
}
