//go:build linux

package vgca_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/vgca/localcert"
)

// TestOldPageInChromium: a page written for the incumbent signs without change,
// in a browser that trusts the agent by what Install did and by nothing else.
func TestOldPageInChromium(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	a := newAgent(t, setting{keys: token,
		person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			asked++
			return signingtest.Agrees(ctx, q)
		},
		data: func(ctx context.Context, q signing.DataQuestion) (signing.Approval, error) {
			asked++
			return agreesToData(ctx, q)
		}})
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, p := range localcert.Install(t.Context(), a.ca) {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	trustOffice(t, home, a.office.Certificate())

	original := pdfOf(t, 1)
	a.office.put("/files/công văn.pdf", original)
	answers := make(chan []byte, 1)
	a.office.serve(func(w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/", "/plugin.js", "/page.js":
			name := strings.TrimPrefix(r.URL.Path, "/")
			if name == "" {
				name = "page.html"
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
			} else {
				w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			}
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Error(err)
			}
			w.Write(bytes.ReplaceAll(text, []byte("PORT"), fmt.Append(nil, a.server.Port())))
		case "/answers":
			b, _ := io.ReadAll(r.Body)
			answers <- b
		default:
			return false
		}
		return true
	})

	log := chromium(t, a.office.URL)
	var got map[string]reply
	select {
	case b := <-answers:
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
	case <-time.After(60 * time.Second):
		t.Fatalf("the page has not finished\n%s", log())
	}
	for _, name := range []string{"version", "certificate", "approved", "copy", "files", "message", "json", "login"} {
		if r, ok := got[name]; !ok || r.Status == nil || *r.Status != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := got["verify"]; r.Status == nil || *r.Status == 0 || r.Code != "NOT_SIGNED" {
		t.Errorf("verify: %+v", r)
	}
	taken := a.office.taken()
	if len(taken) != 4 || asked != 6 {
		t.Fatalf("%d uploads, asked %d times", len(taken), asked)
	}
	for _, u := range taken {
		if !bytes.HasPrefix(u.Data, original) || u.Fields["token"][0] != "t-1" {
			t.Errorf("%s: %d bytes, %v", u.Name, len(u.Data), u.Fields)
		}
		pdfsig(t, u.Data)
	}
	opensslVerify(t, got["message"].Signature, []byte("Dong y"), token.Identity.Chain[0])
	opensslVerify(t, got["login"].Signature, []byte("phien-0042"), token.Identity.Chain[0])
}

// TestUntrustedInChromium: without Install the same browser does not speak with
// the agent, which shows that the test above is about trust.
func TestUntrustedInChromium(t *testing.T) {
	a := newAgent(t, setting{})
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, p := range localcert.Install(t.Context(), a.ca) {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	trustOffice(t, home, a.office.Certificate())
	for _, p := range localcert.Remove(t.Context()) {
		if p.Err != nil || len(p.Trusted) > 0 {
			t.Fatalf("%+v", p)
		}
	}
	outcome := make(chan string, 1)
	a.office.serve(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/outcome" {
			outcome <- r.URL.RawQuery
			return true
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><link rel=icon href=data:,><script>
			const ws = new WebSocket(%q);
			ws.onopen = () => fetch("/outcome?open");
			ws.onerror = () => fetch("/outcome?error");
		</script>`, a.url("GetVersion"))
		return true
	})
	log := chromium(t, a.office.URL)
	select {
	case got := <-outcome:
		const authorityInvalid = "net_error -202"
		for end := time.Now().Add(20 * time.Second); !strings.Contains(log(), authorityInvalid) && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond)
		}
		if got != "error" || !strings.Contains(log(), authorityInvalid) {
			t.Errorf("%s\n%s", got, log())
		}
	case <-time.After(60 * time.Second):
		t.Fatalf("the page has not finished\n%s", log())
	}
}

// trustOffice has the browser trust the site's own certificate.
func trustOffice(t *testing.T, home string, c *x509.Certificate) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "office.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("certutil", "-d", "sql:"+filepath.Join(home, ".pki", "nssdb"), "-A", "-t", "C,,", "-n", "office", "-i", file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// chromium opens a page until the test ends. log is what it wrote.
func chromium(t *testing.T, address string) (log func() string) {
	t.Helper()
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	name := filepath.Join(profile, "log")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--user-data-dir="+filepath.Join(profile, "data"), "--remote-debugging-port=0", address+"/")
	cmd.Env = append(os.Environ(), "TMPDIR="+profile) // it is killed, and tidies nothing
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		out.Close()
		os.RemoveAll(profile) // children may still be writing there
	})
	return func() string {
		b, _ := os.ReadFile(name)
		return string(b)
	}
}
