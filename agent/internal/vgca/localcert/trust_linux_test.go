package localcert_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kyso/agent/internal/vgca/localcert"
)

func certutil(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("certutil", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("certutil %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// newDatabase makes an NSS database, with a password if one is given.
func newDatabase(t *testing.T, dir, password string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if password == "" {
		certutil(t, "-d", "sql:"+dir, "-N", "--empty-password")
		return dir
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	certutil(t, "-d", "sql:"+dir, "-N", "-f", file)
	return dir
}

func TestTrust(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	firefox := newDatabase(t, filepath.Join(home, ".mozilla/firefox/ab12.default-esr"), "")
	second := newDatabase(t, filepath.Join(home, ".mozilla/firefox/cd34.work"), "")
	closed := newDatabase(t, filepath.Join(home, "snap/firefox/common/.mozilla/firefox/ef56.default"), "mật khẩu")
	chromium := filepath.Join(home, ".pki/nssdb")
	k, c := keeper(t)
	_, first := certificate(t, k)

	// Somebody else's certificate stays.
	other, err := localcert.NewTestCA(c.now)
	if err != nil {
		t.Fatal(err)
	}
	certutil(t, "-d", "sql:"+firefox, "-A", "-t", "C,,", "-n", "CA khác", "-i", writePEM(t, other.CA))

	if localcert.Installed(t.Context()) {
		t.Error("installed before")
	}
	check := func(places []localcert.Place, want ...string) {
		t.Helper()
		if len(places) != 4 {
			t.Fatalf("%+v", places)
		}
		for _, p := range places {
			if p.Name == closed {
				// Trust cannot be set there, which is said.
				if len(p.Trusted) > 0 || len(want) > 0 && p.Err == nil {
					t.Errorf("%+v", p)
				}
				continue
			}
			if p.Err != nil || !slices.Equal(p.Trusted, want) {
				t.Errorf("%+v, want %v", p, want)
			}
		}
	}
	check(localcert.Install(t.Context(), first), first.Subject.CommonName)
	for _, dir := range []string{firefox, second, chromium} {
		// V: a server's certificate; the CA itself is good as one for servers alone.
		out := certutil(t, "-d", "sql:"+dir, "-L")
		if !strings.Contains(out, first.Subject.CommonName) || !strings.Contains(out, "C,,") {
			t.Errorf("%s: %s", dir, out)
		}
	}
	// The next generation takes the place of the first.
	c.now = c.now.AddDate(0, 0, 380)
	_, next := certificate(t, k)
	check(localcert.Install(t.Context(), next), next.Subject.CommonName)

	// An earlier one from elsewhere is taken away too.
	certutil(t, "-d", "sql:"+second, "-A", "-t", "C,,", "-n", other.CA.Subject.CommonName, "-i", writePEM(t, other.CA))
	check(localcert.Remove(t.Context()))
	if localcert.Installed(t.Context()) {
		t.Error("still installed")
	}
	for _, dir := range []string{firefox, second, chromium, closed} {
		if out := certutil(t, "-d", "sql:"+dir, "-L"); strings.Contains(out, "Kyso") {
			t.Errorf("%s: %s", dir, out)
		}
	}
	if out := certutil(t, "-d", "sql:"+firefox, "-L"); !strings.Contains(out, "CA khác") {
		t.Errorf("the other CA is gone: %s", out)
	}
}

func TestWithoutCertutil(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	k, _ := keeper(t)
	_, ca := certificate(t, k)
	t.Setenv("PATH", t.TempDir())
	places := localcert.Install(t.Context(), ca)
	if len(places) != 1 || !errors.Is(places[0].Err, localcert.ErrNoCertutil) {
		t.Errorf("%+v", places)
	}
}
