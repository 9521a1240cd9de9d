//go:build linux && cgo

package token_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

func TestCombine(t *testing.T) {
	f := newFixture(t)
	path, data := keyFile(t, f.dir, "rsa")
	certificates, err := token.CertificatesBeside(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := token.NewPKCS12(path, data, certificates)
	if err != nil {
		t.Fatal(err)
	}
	broken := f.module("/nonexistent/vendor.so")
	c := token.Combine(broken, f.module(f.faulty()), f.module(softHSM), file)
	list, err := c.Identities(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 {
		t.Errorf("%d identities, want 3: two libraries and a file show the same", len(list))
	}
	for _, i := range list {
		if i.Module != f.faulty() {
			t.Errorf("%s comes from %s, want the first that has it", i.Label, i.Module)
		}
	}
	if p := c.Problems(); len(p) != 1 || !errors.Is(p[0], token.ErrModule) || !strings.Contains(p[0].Error(), "vendor.so") {
		t.Errorf("problems = %v", p)
	}
	k := open(t, c, "ec")
	sign(t, k)
	k.Close()
	if n := f.count("logins"); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
	if _, err := c.Open(context.Background(), "00", []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("unknown identity: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts after Close: %v", list)
	}
}

func TestCombineHangingLibrary(t *testing.T) {
	f := newFixture(t)
	f.on("init-hang")
	c := token.Combine(f.module(f.faulty()), f.module(softHSM))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := c.Identities(ctx)
	if err != nil || len(list) != 3 || len(c.Problems()) != 1 {
		t.Errorf("%d identities, error %v, problems %v", len(list), err, c.Problems())
	}
}

func TestCombineNothing(t *testing.T) {
	f := newFixture(t)
	f.useTokens("none")
	if _, err := token.Combine(f.module(softHSM)).Identities(context.Background()); !errors.Is(err, token.ErrNoToken) {
		t.Errorf("no token: %v", err)
	}
	c := token.Combine(f.module(softHSM), f.module("/nonexistent/vendor.so"))
	if _, err := c.Identities(context.Background()); !errors.Is(err, token.ErrModule) {
		t.Errorf("no token and a broken library: %v", err)
	}
	if list, err := token.Combine().Identities(context.Background()); err != nil || len(list) != 0 {
		t.Errorf("no sources: %v, %v", list, err)
	}
}

func TestFind(t *testing.T) {
	f := newFixture(t)
	path, data := keyFile(t, f.dir, "rsa")
	certificates, err := token.CertificatesBeside(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := token.NewPKCS12(path, data, certificates)
	if err != nil {
		t.Fatal(err)
	}
	m := f.module(softHSM)
	serial := find(t, m, "rsa").TokenSerial
	for address, want := range map[string]string{
		"pkcs11:object=ec": "ec",
		"pkcs11:token=Th%E1%BA%BB%20k%C3%BD%20s%E1%BB%91%20S%E1%BB%9F%20N%E1%BB%99i%20v%E1%BB%A5;id=%A1": "rsa",
		"pkcs11:serial=" + serial + ";object=always;type=private":                                        "always",
		"pkcs11:object=rsa?module-path=" + softHSM:                                                       "rsa",
		"pkcs11:object=rsa?module-name=SoftHSM2":                                                         "rsa",
		"pkcs11:object=rsa;model=SoftHSM%20v2;manufacturer=SoftHSM%20project":                            "rsa",
		"pkcs11:object=none":                    "no key",
		"pkcs11:object=rsa;serial=1":            "no key",
		"pkcs11:object=rsa;model=x":             "no key",
		"pkcs11:object=rsa?module-path=/x.so":   "no key",
		"pkcs11:object=rsa?module-name=opensc":  "no key",
		"p12:" + path:                           "no key",
		"pkcs11:":                               "several",
		"pkcs11:token=Thẻ ký số Sở Nội vụ;":     "bad",
		"pkcs11:manufacturer=SoftHSM%20project": "several",
	} {
		t.Run(address, func(t *testing.T) {
			u, err := token.ParseURI(address)
			if err != nil {
				if want != "bad" {
					t.Fatal(err)
				}
				return
			}
			i, err := token.Find(context.Background(), m, u)
			switch want {
			case "no key":
				if !errors.Is(err, token.ErrNoKey) {
					t.Errorf("found %q, error %v", i.Label, err)
				}
			case "several":
				if err == nil || errors.Is(err, token.ErrNoKey) {
					t.Fatalf("found %q, error %v", i.Label, err)
				}
				for _, name := range []string{"rsa", "ec", "always", label} {
					if !strings.Contains(err.Error(), name) {
						t.Errorf("error does not name %s: %v", name, err)
					}
				}
			default:
				if err != nil || i.Label != want {
					t.Errorf("found %q, error %v, want %s", i.Label, err, want)
				}
			}
		})
	}
	// An identity's own address finds it, and nothing else.
	for _, s := range []token.Source{m, file} {
		list, err := s.Identities(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			u, err := token.ParseURI(i.URI().String())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := token.Find(context.Background(), s, u); err != nil || got.ID != i.ID {
				t.Errorf("%s finds %q, error %v", u, got.Label, err)
			}
		}
	}
}
