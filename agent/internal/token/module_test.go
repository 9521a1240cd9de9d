//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"kyso/agent/internal/token"
)

func TestIdentities(t *testing.T) {
	f := newFixture(t)
	m := f.module(softHSM)
	list, err := m.Identities(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 {
		t.Fatalf("%d identities, want 3: issuers must not be among them", len(list))
	}
	if p := m.Problems(); len(p) != 0 {
		t.Errorf("problems: %v", p)
	}
	i := find(t, m, "rsa")
	if i.TokenLabel != label || i.TokenSerial == "" || i.Module != softHSM || i.Label != "rsa" || !bytes.Equal(i.ObjectID, []byte{0xa1}) {
		t.Errorf("identity = %+v", i)
	}
	if !i.NeedsPIN || i.PINPad || i.Software || i.PIN != token.PINOK {
		t.Errorf("NeedsPIN %v PINPad %v Software %v PIN %q", i.NeedsPIN, i.PINPad, i.Software, i.PIN)
	}
	if len(i.Chain) != 2 || !i.Chain[0].Equal(shared.issuer) || !i.Chain[1].Equal(shared.root) {
		t.Errorf("chain has %d certificates, want issuer and root", len(i.Chain))
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(i.ID) {
		t.Errorf("ID = %q", i.ID)
	}
	if again := find(t, f.module(f.faulty()), "rsa"); again.ID != i.ID {
		t.Errorf("ID through another library and child: %s, was %s", again.ID, i.ID)
	}
}

func TestSign(t *testing.T) {
	f := newFixture(t)
	m := f.module(softHSM)
	for _, name := range []string{"rsa", "ec"} {
		k := open(t, m, name)
		if pub := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !pub.Equal(shared.holders[name].cert.PublicKey) {
			t.Errorf("%s: public key is not the certificate's", name)
		}
		for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			d := h.New()
			d.Write([]byte("Quyết định"))
			sum := d.Sum(nil)
			t.Run(name+" "+h.String(), func(t *testing.T) {
				value, err := k.Sign(rand.Reader, sum, h)
				if err != nil {
					t.Fatal(err)
				}
				checkSignature(t, k.Public(), h, sum, value, false)
			})
			for _, salt := range []int{rsa.PSSSaltLengthEqualsHash, h.Size()} {
				value, err := k.Sign(rand.Reader, sum, &rsa.PSSOptions{SaltLength: salt, Hash: h})
				switch {
				case name == "ec":
					if !errors.Is(err, token.ErrUnsupported) {
						t.Errorf("PSS with an EC key: %v", err)
					}
				case err != nil:
					t.Errorf("PSS %v: %v", h, err)
				default:
					checkSignature(t, k.Public(), h, sum, value, true)
				}
			}
		}
		refused := map[string]struct {
			digest []byte
			opts   crypto.SignerOpts
		}{
			"SHA-1":             {make([]byte, 20), crypto.SHA1},
			"SHA-224":           {make([]byte, 28), crypto.SHA224},
			"SHA-1 PSS":         {make([]byte, 20), &rsa.PSSOptions{Hash: crypto.SHA1, SaltLength: 20}},
			"short salt":        {make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 20}},
			"longest salt":      {make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256}},
			"not a digest":      {[]byte("whole document"), crypto.Hash(0)},
			"digest too short":  {make([]byte, 31), crypto.SHA256},
			"digest of another": {make([]byte, 32), crypto.SHA512},
			"no options":        {make([]byte, 32), nil},
		}
		for what, r := range refused {
			if _, err := k.Sign(rand.Reader, r.digest, r.opts); err == nil {
				t.Errorf("%s: %s was signed", name, what)
			}
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		if _, err := k.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: sign after Close: %v", name, err)
		}
		if err := k.Close(); err != nil {
			t.Errorf("%s: second Close: %v", name, err)
		}
	}
}

// A real use from end to end: the standard library signs with the key.
func TestCertificateRequest(t *testing.T) {
	k := open(t, newFixture(t).module(softHSM), "ec")
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "Sở Nội vụ"}}, k)
	if err != nil {
		t.Fatal(err)
	}
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.CheckSignature(); err != nil {
		t.Error(err)
	}
}

func TestMechanismNotOffered(t *testing.T) {
	f := newFixture(t)
	f.on("no-pss")
	k := open(t, f.module(f.faulty()), "rsa")
	_, err := k.Sign(rand.Reader, digest(), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	if !errors.Is(err, token.ErrUnsupported) || !bytes.Contains([]byte(err.Error()), []byte("RSA-PSS")) {
		t.Errorf("error = %v", err)
	}
	sign(t, k)
}

func TestNoToken(t *testing.T) {
	f := newFixture(t)
	f.useTokens("none")
	m := f.module(softHSM)
	if _, err := m.Identities(context.Background()); !errors.Is(err, token.ErrNoToken) {
		t.Errorf("no token: %v", err)
	}
	if _, err := m.Open(context.Background(), "00", []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrNoToken) {
		t.Errorf("open without token: %v", err)
	}
	f.useTokens("tokens") // plugged in now
	sign(t, open(t, m, "rsa"))
	if _, err := m.Open(context.Background(), "00", []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrNoKey) {
		t.Errorf("open unknown identity: %v", err)
	}
}

func TestTokenRemoved(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "ec")
	f.on("sign-removed")
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrTokenRemoved) {
		t.Errorf("sign: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	id := find(t, m, "ec").ID
	f.on("empty")
	if _, err := m.Open(context.Background(), id, []byte(pin), token.OpenOptions{}); !errors.Is(err, token.ErrTokenRemoved) {
		t.Errorf("open: %v", err)
	}
	if n := f.count("logins"); n != 1 {
		t.Errorf("%d logins, want 1: none without the token", n)
	}
	f.off("empty")
	f.off("sign-removed")
	sign(t, open(t, m, "ec"))
}

func TestLibraryCannotBeLoaded(t *testing.T) {
	f := newFixture(t)
	f.write("text.so", "not a library")
	library, err := os.ReadFile(f.faulty())
	if err != nil {
		t.Fatal(err)
	}
	library[18], library[19] = 3, 0 // ELF e_machine: 386
	f.write("other.so", string(library))
	ordinary, err := filepath.Glob("/lib/*-linux-gnu/libm.so.6")
	if err != nil || len(ordinary) == 0 {
		t.Fatalf("no ordinary library to try: %v", err)
	}
	for name, c := range map[string]struct{ path, want string }{
		"missing":            {filepath.Join(f.dir, "missing.so"), "no such file"},
		"folder":             {f.dir, "not a file"},
		"text":               {filepath.Join(f.dir, "text.so"), "not a library"},
		"other architecture": {filepath.Join(f.dir, "other.so"), "EM_386"},
		"not PKCS#11":        {ordinary[0], "C_GetFunctionList"},
		"relative":           {"libsofthsm2.so", "not absolute"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.module(c.path).Identities(context.Background())
			if !errors.Is(err, token.ErrModule) || !bytes.Contains([]byte(err.Error()), []byte(c.want)) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
	// Installed since: the same Module works.
	m := f.module(filepath.Join(f.dir, "later.so"))
	if _, err := m.Identities(context.Background()); err == nil {
		t.Fatal("a missing library listed keys")
	}
	if err := os.Rename(f.faulty(), filepath.Join(f.dir, "later.so")); err != nil {
		t.Fatal(err)
	}
	find(t, m, "rsa")
}

func TestCloseModule(t *testing.T) {
	f := newFixture(t)
	m := f.module(softHSM)
	k := open(t, m, "rsa")
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts after Close: %v", list)
	}
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, os.ErrClosed) {
		t.Errorf("sign: %v", err)
	}
	if _, err := m.Identities(context.Background()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("list: %v", err)
	}
	if err := k.Close(); err != nil {
		t.Errorf("close key: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestInstalledModules(t *testing.T) {
	found := 0
	for _, m := range token.InstalledModules() {
		if !filepath.IsAbs(m.Path) || m.Name == "" {
			t.Errorf("%+v: not absolute, or without a name", m)
		}
		if filepath.Base(m.Path) == "libsofthsm2.so" {
			found++
		}
	}
	if found != 1 {
		t.Errorf("SoftHSM is listed %d times, want once: %v", found, token.InstalledModules())
	}
}

// Certificates renewed on the token, or written by other software, may not have
// the CKA_ID of their key.
func TestKeyWithoutItsID(t *testing.T) {
	f := newFixture(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, ecKey := shared.holders["rsa"].key, shared.holders["ec"].key
	for name, c := range map[string]struct {
		key  crypto.Signer
		id   string
		want error
	}{
		"renewed":    {rsaKey, "99", nil},           // found by its modulus
		"strange":    {other, "a1", token.ErrNoKey}, // the ID of another RSA key
		"ambiguous":  {ecKey, "98", token.ErrNoKey}, // two EC keys might fit
		"other type": {ecKey, "a1", token.ErrNoKey}, // the ID of an RSA key
	} {
		t.Run(name, func(t *testing.T) {
			cert, err := issue(name, false, c.key, nil, c.key)
			if err != nil {
				t.Fatal(err)
			}
			f.write("cert.der", string(cert.Raw))
			if err := store(filepath.Join(f.dir, "cert.der"), "cert", c.id, name); err != nil {
				t.Fatal(err)
			}
			m := f.module(softHSM)
			i, err := token.Find(context.Background(), m, token.URI{Object: name})
			if err != nil {
				t.Fatal(err)
			}
			k, err := m.Open(context.Background(), i.ID, []byte(pin), token.OpenOptions{})
			if !errors.Is(err, c.want) {
				t.Fatalf("error = %v, want %v", err, c.want)
			}
			if err == nil {
				sign(t, k)
				k.Close()
			}
			if list := hosts(t); len(list) != 0 {
				t.Errorf("token hosts %v still hold the PIN", list)
			}
		})
	}
}
