//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

// renewal is a new certificate of a holder's key; change alters it.
func renewal(t *testing.T, holder string, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	h := shared.holders[holder]
	return certificate(t, h.key, func(c *x509.Certificate) {
		c.Subject = h.cert.Subject
		if change != nil {
			change(c)
		}
	})
}

// certificate is signed with its own key: who issued it is no question here.
func certificate(t *testing.T, key crypto.Signer, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(1000 * 24 * time.Hour),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, Subject: pkix.Name{CommonName: "Người khác"}}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// onToken reads the certificates of a CKA_ID with OpenSC's own tool, by label.
func onToken(t *testing.T, label string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "read.der")
	if out, err := exec.Command("pkcs11-tool", "--module", softHSM, "--read-object", "--type", "cert", "--label", label, "--output-file", file).CombinedOutput(); err != nil {
		t.Logf("%s: %v %s", label, err, out)
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func identityOf(d token.Device, c *x509.Certificate) *token.Identity {
	for n := range d.Identities {
		if d.Identities[n].Certificate.Equal(c) {
			return &d.Identities[n]
		}
	}
	return nil
}

func again(t *testing.T, d token.Device) token.Device {
	t.Helper()
	d, err := d.Again(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func plan(t *testing.T, d token.Device, c *x509.Certificate) token.Import {
	t.Helper()
	p, err := d.PlanImport([]*x509.Certificate{c}, time.Now(), token.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestImport(t *testing.T) {
	for _, name := range []string{"rsa", "ec", "always"} {
		for _, hidden := range []bool{false, true} {
			shows := map[bool]string{false: "shown", true: "hidden"}[hidden]
			t.Run(name+" "+shows, func(t *testing.T) {
				f := newFixture(t)
				if hidden { // the key is recognised by a signature
					f.on("hidden")
				}
				d := device(t, f.module(f.faulty()))
				c := renewal(t, name, nil)
				p := plan(t, d, c)
				if len(p.Old) != 1 || p.Present {
					t.Fatalf("plan %+v", p)
				}
				given := []byte(pin)
				if left, err := d.Import(context.Background(), p, nil, given, token.OpenOptions{}); err != nil || left != "" {
					t.Fatal(left, err)
				}
				zeroed(t, given)
				// Both are there, told apart by their labels, with one CKA_ID.
				if !bytes.Equal(onToken(t, p.Label), c.Raw) || !bytes.Equal(onToken(t, name), shared.holders[name].cert.Raw) {
					t.Error("the old or the new certificate is not on the token")
				}
				if p.Label != name+c.NotAfter.Format(" 2006-01-02") {
					t.Errorf("label %q", p.Label)
				}
				d = again(t, d)
				i := identityOf(d, c)
				if len(d.Identities) != 4 || i == nil || !bytes.Equal(i.ObjectID, identityOf(d, shared.holders[name].cert).ObjectID) {
					t.Fatalf("%d identities", len(d.Identities))
				}
				old := *identityOf(d, shared.holders[name].cert)
				if !d.Renewed(*i) || d.Renewed(old) || d.Replaced(*i) || !d.Replaced(old) {
					t.Error("which one is the renewal is not seen")
				}
				if _, err := d.Test(context.Background(), *i, []byte(pin), token.OpenOptions{}); err != nil {
					t.Errorf("test with the new certificate: %v", err)
				}
				// Again with the same file, which now removes the old one.
				p = plan(t, d, c)
				if !p.Present || len(p.Old) != 1 {
					t.Fatalf("second plan %+v", p)
				}
				if left, err := d.Import(context.Background(), p, p.Old, []byte(pin), token.OpenOptions{}); err != nil || left != "" {
					t.Fatal(left, err)
				}
				if f.count("creates") != 1 {
					t.Errorf("%d objects created, want 1", f.count("creates"))
				}
				if d = again(t, d); len(d.Identities) != 3 || identityOf(d, c) == nil || identityOf(d, shared.holders[name].cert) != nil {
					t.Errorf("%d identities after removing the old one", len(d.Identities))
				}
			})
		}
	}
}

// Whatever fails, the old certificate stays, and nothing else is left behind.
func TestImportUndone(t *testing.T) {
	for fault, want := range map[string]error{
		"no-create":    token.ErrNotPossible,
		"create-lie":   token.ErrModule,
		"sign-lie":     token.ErrNoKey,
		"sign-removed": token.ErrTokenRemoved,
		"cancel":       token.ErrPINCanceled,
		"final":        token.ErrPINFinalTry,
		"sign-crash":   token.ErrModule,
	} {
		t.Run(fault, func(t *testing.T) {
			f := newFixture(t)
			d := device(t, f.module(f.faulty()))
			p := plan(t, d, renewal(t, "rsa", nil))
			f.on(fault)
			_, err := d.Import(context.Background(), p, p.Old, []byte(pin), token.OpenOptions{})
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			f.off(fault)
			if !bytes.Equal(onToken(t, "rsa"), shared.holders["rsa"].cert.Raw) {
				t.Error("the old certificate is gone")
			}
			// A crash leaves no time to remove it; the next attempt goes on from there.
			if left := onToken(t, p.Label); (left != nil) != (fault == "sign-crash") {
				t.Errorf("left behind: %d bytes", len(left))
			}
			if _, err := d.Import(context.Background(), plan(t, again(t, d), p.Certificate), nil, []byte(pin), token.OpenOptions{}); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestImportNotRestored(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	p := plan(t, d, renewal(t, "rsa", nil))
	f.on("sign-lie")
	f.on("no-destroy")
	if _, err := d.Import(context.Background(), p, nil, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrNotRestored) {
		t.Errorf("%v", err)
	}
	f.off("sign-lie")
	// The removal of the old one fails: the new one counts all the same.
	left, err := d.Import(context.Background(), plan(t, again(t, d), p.Certificate), p.Old, []byte(pin), token.OpenOptions{})
	if err != nil || !strings.Contains(left, "C_DestroyObject") {
		t.Errorf("%q, %v", left, err)
	}
}

func TestPlanImportRefuses(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := renewal(t, "rsa", func(c *x509.Certificate) { c.Subject.CommonName = "Lê Văn Khác" })
	for name, c := range map[string]struct {
		file []*x509.Certificate
		want error
	}{
		"another key":             {[]*x509.Certificate{certificate(t, stranger, func(*x509.Certificate) {})}, token.ErrCertificateKey},
		"another person":          {[]*x509.Certificate{other}, token.ErrCertificateName},
		"expired":                 {[]*x509.Certificate{renewal(t, "ec", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Second) })}, token.ErrCertificateExpired},
		"only a CA":               {[]*x509.Certificate{shared.issuer, shared.root}, token.ErrCertificateNone},
		"nothing":                 {nil, token.ErrCertificateNone},
		"a CA of the token's key": {[]*x509.Certificate{renewal(t, "ec", func(c *x509.Certificate) { c.IsCA = true })}, token.ErrCertificateNone},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := d.PlanImport(c.file, time.Now(), token.ImportOptions{}); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if _, err := d.PlanImport([]*x509.Certificate{other}, time.Now(), token.ImportOptions{NameChanged: true}); err != nil {
		t.Errorf("a new name that is agreed to: %v", err)
	}
	// In a file of several the one is found that belongs here, and the newest.
	mine := renewal(t, "ec", nil)
	older := renewal(t, "ec", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) })
	p, err := d.PlanImport([]*x509.Certificate{shared.root, mine, certificate(t, stranger, func(*x509.Certificate) {}), older}, time.Now(), token.ImportOptions{})
	if err != nil || !p.Certificate.Equal(mine) {
		t.Errorf("%v", err)
	}
	if f.count("logins") != 0 {
		t.Error("a try was used")
	}
}

// A token that shows nothing without PIN tells with it.
func TestImportIntoBareToken(t *testing.T) {
	f := newFixture(t)
	for _, id := range []string{"rsa", "ec", "always", "issuer", "root"} {
		if err := run("pkcs11-tool", "--module", softHSM, "--token-label", label, "--login", "--pin", pin, "--delete-object", "--type", "cert", "--label", id); err != nil {
			t.Fatal(err)
		}
	}
	d := device(t, f.module(f.faulty()))
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, d, certificate(t, stranger, func(*x509.Certificate) {}))
	if _, err := d.Import(context.Background(), p, nil, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrNoKey) || f.count("creates") != 0 {
		t.Errorf("%v, %d objects created", err, f.count("creates"))
	}
	p = plan(t, d, shared.holders["ec"].cert)
	if _, err := d.Import(context.Background(), p, nil, []byte(pin), token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	i := identityOf(again(t, d), shared.holders["ec"].cert)
	if i == nil || !bytes.Equal(i.ObjectID, []byte{0xb2}) {
		t.Fatalf("%+v", i)
	}
	if _, err := d.PlanImport([]*x509.Certificate{shared.holders["ec"].cert, shared.holders["rsa"].cert}, time.Now(), token.ImportOptions{}); !errors.Is(err, token.ErrCertificateFaint) {
		t.Errorf("two certificates, nothing to choose by: %v", err)
	}
}

// Only certificates of the same key are removed.
func TestImportRemovesNothingElse(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	p := plan(t, d, renewal(t, "rsa", nil))
	foreign := identityOf(d, shared.holders["ec"].cert)
	if _, err := d.Import(context.Background(), p, []token.Identity{*foreign}, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrUnsupported) || f.count("logins") != 0 {
		t.Errorf("%v, %d tries", err, f.count("logins"))
	}
}

// labels are those of all objects with a CKA_ID, as OpenSC's tool sees them.
func labels(t *testing.T, id string) string {
	t.Helper()
	var found []string
	last := ""
	for _, kind := range []string{"cert", "privkey"} {
		out, err := exec.Command("pkcs11-tool", "--module", softHSM, "--token-label", label, "--login", "--pin", pin, "--list-objects", "--type", kind).Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			switch name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) {
			case "label":
				last = strings.TrimSpace(value)
			case "ID":
				if strings.TrimSpace(value) == id {
					found = append(found, last)
				}
			}
		}
	}
	return strings.Join(found, "|")
}

func TestRename(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	i := *identityOf(d, shared.holders["ec"].cert)
	const name = "Ký thay Trưởng phòng"
	for fault, want := range map[string]error{"no-label": token.ErrNotPossible, "no-key-label": token.ErrNotPossible, "final": token.ErrPINFinalTry} {
		f.on(fault)
		if err := d.Rename(context.Background(), i, name, []byte(pin), token.OpenOptions{}); !errors.Is(err, want) {
			t.Errorf("%s: %v", fault, err)
		}
		f.off(fault)
		if got := labels(t, "b2"); got != "ec|ec" {
			t.Errorf("%s: labels %q", fault, got)
		}
	}
	given := []byte(pin)
	if err := d.Rename(context.Background(), i, name, given, token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	zeroed(t, given)
	if got := labels(t, "b2"); got != name+"|"+name {
		t.Errorf("labels %q", got)
	}
	if got := labels(t, "a1"); got != "rsa|rsa" {
		t.Errorf("another key's labels %q", got)
	}
	for _, bad := range []string{"", strings.Repeat("x", 65), "a\nb", "\xff"} {
		if err := d.Rename(context.Background(), i, bad, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrLabel) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTestSignature(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	for name, algorithm := range map[string]string{"rsa": "RSA PKCS #1 v1.5", "ec": "ECDSA", "always": "ECDSA"} {
		i := *identityOf(d, shared.holders[name].cert)
		given := []byte(pin)
		got, err := d.Test(context.Background(), i, given, token.OpenOptions{})
		if err != nil || got.Algorithm != algorithm || got.Sign <= 0 || got.Open <= 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		zeroed(t, given)
	}
	i := *identityOf(d, shared.holders["rsa"].cert)
	f.on("sign-lie")
	if _, err := d.Test(context.Background(), i, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrModule) {
		t.Errorf("a lie: %v", err)
	}
	f.off("sign-lie")
	if _, err := d.Test(context.Background(), i, []byte("00000000"), token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("wrong PIN: %v", err)
	}
}
