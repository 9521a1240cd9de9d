package fetch_test

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/signature/revocation"
	"kyso/testdata/pki"
)

// TestMain makes the certificate of httptest's TLS servers one that this
// process trusts, before the system's roots are read.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		s := httptest.NewTLSServer(nil)
		defer s.Close()
		dir, err := os.MkdirTemp("", "kyso-fetch-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		roots := filepath.Join(dir, "roots.pem")
		if err := os.WriteFile(roots, pki.PEM(s.Certificate()), 0o600); err != nil {
			panic(err)
		}
		os.Setenv("SSL_CERT_FILE", roots)
		return m.Run()
	}())
}

// TestTLS: https is spoken and its certificate checked, and a redirect never
// leaves it.
func TestTLS(t *testing.T) {
	plain := pkiServer(t)
	s := &server{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain.URL+"/ca/sub.crt", http.StatusFound)
			return
		}
		world().Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	f := newFetcher(t, loopback(t, plain, s))
	ev, errs := gather(t, f, issuerOf(person(), s.URL+"/ca/sub.crt"))
	wantCodes(t, errs)
	wantCounts(t, ev, 0, 0, 1)
	_, errs = gather(t, f, issuerOf(person(), s.URL+"/down"))
	wantCodes(t, errs, fetch.Redirect)
	if n := plain.requests.Load(); n != 0 {
		t.Error("the redirect was followed")
	}
	// The certificate is for 127.0.0.1, not for this name.
	_, errs = gather(t, f, issuerOf(person(), fmt.Sprintf("https://localhost:%d/ca/sub.crt", s.port(t))))
	wantCodes(t, errs, fetch.Unreachable)
}

// TestOpenSSLResponder asks the responder of another program.
func TestOpenSSLResponder(t *testing.T) {
	dir := t.TempDir()
	w := world()
	key, err := x509.MarshalPKCS8PrivateKey(w.SubCA.Key)
	if err != nil {
		t.Fatal(err)
	}
	line := func(status string, c *x509.Certificate) string {
		revoked := ""
		if status == "R" {
			revoked = w.RevokedAt().UTC().Format("060102150405Z")
		}
		return fmt.Sprintf("%s\t%s\t%s\t%X\tunknown\t/CN=x\n", status, c.NotAfter.UTC().Format("060102150405Z"), revoked, c.SerialNumber.Bytes())
	}
	for name, data := range map[string][]byte{
		"sub.crt": pki.PEM(w.SubCA.Certificate),
		"sub.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"index":   []byte(line("V", person()) + line("R", w.RevokedPerson.Certificate)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "openssl", "ocsp", "-index", "index", "-port", "0", "-rsigner", "sub.crt", "-rkey", "sub.key", "-CA", "sub.crt", "-nmin", "60")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	port := 0
	for lines := bufio.NewScanner(out); port == 0 && lines.Scan(); {
		if m := regexp.MustCompile(`ACCEPT .*:(\d+)`).FindStringSubmatch(lines.Text()); m != nil {
			fmt.Sscan(m[1], &port)
		}
	}
	if port == 0 {
		t.Fatal("the responder did not say its port")
	}
	f := newFetcher(t, fetch.Options{AllowPrivate: []string{"127.0.0.1"}, Ports: []int{port}})
	for _, c := range []struct {
		who  *x509.Certificate
		want revocation.Status
	}{{person(), revocation.Good}, {w.RevokedPerson.Certificate, revocation.Revoked}, {w.Persons[1].Certificate, revocation.Unknown}} {
		ev, errs := gather(t, f, status(c.who, []string{fmt.Sprintf("http://127.0.0.1:%d/", port)}, nil))
		wantCodes(t, errs)
		wantCounts(t, ev, 1, 0, 0)
		got := revocation.Check(c.who, w.SubCA.Certificate, revocation.Evidence{OCSPs: ev.OCSPs}, time.Now())
		if got.Status != c.want {
			t.Errorf("%s is %v (%s), want %v", c.who.Subject.CommonName, got.Status, got.Why, c.want)
		}
	}
}
