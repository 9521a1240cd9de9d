package localcert_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/vgca/localcert"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func keeper(t *testing.T) (*localcert.Keeper, *clock) {
	t.Helper()
	c := &clock{time.Now()}
	return &localcert.Keeper{Dir: filepath.Join(t.TempDir(), "kyso", "vgca"), Clock: c.Now}, c
}

func certificate(t *testing.T, k *localcert.Keeper) (*tls.Certificate, *x509.Certificate) {
	t.Helper()
	ca, err := k.CA()
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, ca
}

func TestCertificate(t *testing.T) {
	k, c := keeper(t)
	leaf, ca := certificate(t, k)
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for _, name := range []string{"127.0.0.1", "::1", "localhost"} {
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := leaf.Leaf.NotAfter.Sub(leaf.Leaf.NotBefore); d > 398*24*time.Hour || d < 390*24*time.Hour {
		t.Errorf("good for %s", d)
	}
	if !strings.HasPrefix(ca.Subject.CommonName, localcert.Prefix) || !ca.PermittedDNSDomainsCritical || ca.MaxPathLen != 0 || !ca.MaxPathLenZero {
		t.Errorf("%+v", ca)
	}
	// Another agent of this person finds the same.
	again := &localcert.Keeper{Dir: k.Dir, Clock: c.Now}
	if _, other := certificate(t, again); !other.Equal(ca) {
		t.Error("made anew for nothing")
	}
}

// TestAnother: an agent that runs notices what the command line did meanwhile.
func TestAnother(t *testing.T) {
	k, c := keeper(t)
	_, first := certificate(t, k)
	if err := localcert.Delete(k.Dir); err != nil {
		t.Fatal(err)
	}
	_, second := certificate(t, &localcert.Keeper{Dir: k.Dir, Clock: c.Now})
	if leaf, ca := certificate(t, k); !ca.Equal(second) || ca.Equal(first) || leaf.Leaf.CheckSignatureFrom(second) != nil {
		t.Error("the agent shows what is gone")
	}
}

// TestConstraints: even with the key of its CA nobody could speak for another
// machine.
func TestConstraints(t *testing.T) {
	now := time.Now()
	ca, err := localcert.NewTestCA(now)
	if err != nil {
		t.Fatal(err)
	}
	names := func(dns []string, ips ...net.IP) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = dns, ips }
	}
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		good   bool
	}{
		"as it is made":     {func(*x509.Certificate) {}, true},
		"another host":      {names([]string{"eoffice.gov.vn"}), false},
		"another beside":    {names([]string{"localhost", "eoffice.gov.vn"}), false},
		"ends like it":      {names([]string{"notlocalhost"}), false},
		"begins like it":    {names([]string{"localhost.evil.example"}), false},
		"wildcard":          {names([]string{"*"}), false},
		"another address":   {names(nil, net.IPv4(127, 0, 0, 2)), false},
		"private address":   {names(nil, net.IPv4(10, 0, 0, 1)), false},
		"any IPv6 address":  {names(nil, net.ParseIP("2001:db8::1")), false},
		"an e-mail address": {func(c *x509.Certificate) { c.EmailAddresses = []string{"a@gov.vn"} }, false},
		"a URI":             {func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "https", Host: "gov.vn"}} }, false},
		"for clients":       {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, false},
		"for e-mail":        {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			leaf, err := ca.Issue(now, c.change)
			if err != nil {
				t.Fatal(err)
			}
			out, err := opensslVerify(t, ca.CA, leaf)
			if (err == nil) != c.good {
				t.Errorf("openssl: %v\n%s", err, out)
			}
			roots := x509.NewCertPool()
			roots.AddCert(ca.CA)
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots}); (err == nil) != c.good {
				t.Errorf("crypto/x509: %v", err)
			}
		})
	}
	t.Run("a CA below", func(t *testing.T) {
		below, err := ca.Below(now, func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage, c.Subject, c.DNSNames, c.IPAddresses = true, x509.KeyUsageCertSign, pkix.Name{CommonName: "below"}, nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := below.Issue(now, func(*x509.Certificate) {})
		if err != nil {
			t.Fatal(err)
		}
		out, err := opensslVerify(t, ca.CA, leaf, "-untrusted", writePEM(t, below.CA))
		if err == nil || !strings.Contains(out, "path length constraint exceeded") {
			t.Errorf("openssl: %v\n%s", err, out)
		}
	})
}

func writePEM(t *testing.T, c *x509.Certificate) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "c.pem")
	if err := os.WriteFile(f, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func opensslVerify(t *testing.T, ca, leaf *x509.Certificate, more ...string) (string, error) {
	t.Helper()
	args := append([]string{"verify", "-x509_strict", "-purpose", "sslserver", "-no-CAfile", "-no-CApath", "-trusted", writePEM(t, ca)}, more...)
	out, err := exec.Command("openssl", append(args, writePEM(t, leaf))...).CombinedOutput()
	return string(out), err
}

// TestKeys: one private key is on the disk, the leaf's, and only its owner reads
// it. The CA's is nowhere.
func TestKeys(t *testing.T) {
	k, _ := keeper(t)
	leaf, ca := certificate(t, k)
	keys := 0
	err := filepath.WalkDir(filepath.Dir(k.Dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		if err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if !strings.Contains(block.Type, "KEY") {
				continue
			}
			keys++
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			pub := key.(*ecdsa.PrivateKey).Public().(*ecdsa.PublicKey)
			if !pub.Equal(leaf.Leaf.PublicKey) || pub.Equal(ca.PublicKey) {
				t.Errorf("%s holds another key", path)
			}
		}
		return nil
	})
	if err != nil || keys != 1 {
		t.Errorf("%d keys, %v", keys, err)
	}
	if !localcert.Destroyed() {
		t.Error("a key was not destroyed")
	}
}

func TestRenewal(t *testing.T) {
	k, c := keeper(t)
	var renewed []*x509.Certificate
	k.Renewed = func(ca *x509.Certificate) { renewed = append(renewed, ca) }
	_, first := certificate(t, k)
	if len(renewed) != 0 {
		t.Error("the first is called a renewal")
	}
	start := c.now
	c.now = start.AddDate(0, 0, 365)
	if _, ca := certificate(t, k); !ca.Equal(first) {
		t.Error("renewed with 32 days left")
	}
	c.now = start.AddDate(0, 0, 368)
	leaf, second := certificate(t, k)
	if second.Equal(first) || len(renewed) != 1 || !renewed[0].Equal(second) || leaf.Leaf.NotAfter.Sub(c.now) < 390*24*time.Hour {
		t.Errorf("not renewed with 29 days left: %d", len(renewed))
	}
	// Another agent, started when the old one is over.
	c.now = c.now.AddDate(2, 0, 0)
	other := &localcert.Keeper{Dir: k.Dir, Clock: c.Now, Renewed: k.Renewed}
	if _, ca := certificate(t, other); ca.Equal(second) || len(renewed) != 2 {
		t.Error("an ended one was taken")
	}
	// A clock that is wrong makes one for its own time.
	c.now = start.AddDate(-3, 0, 0)
	if leaf, _ := certificate(t, other); c.now.After(leaf.Leaf.NotAfter) || c.now.Before(leaf.Leaf.NotBefore) {
		t.Error("not good now")
	}
}

// TestSpoiledFiles: what others could have read or changed is made anew.
func TestSpoiledFiles(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"key of others": func(dir string) error { return os.Chmod(filepath.Join(dir, "localhost.key"), 0o644) },
		"no key":        func(dir string) error { return os.Remove(filepath.Join(dir, "localhost.key")) },
		"a link": func(dir string) error {
			key := filepath.Join(dir, "localhost.key")
			if err := os.Rename(key, key+".old"); err != nil {
				return err
			}
			return os.Symlink(key+".old", key)
		},
		"folder of all": func(dir string) error { return os.Chmod(dir, 0o777) },
		"unconstrained CA": func(dir string) error {
			return localcert.Plant(dir, time.Now(), func(c *x509.Certificate) {
				c.PermittedDNSDomains, c.PermittedIPRanges, c.PermittedEmailAddresses, c.PermittedURIDomains = nil, nil, nil, nil
			})
		},
		"CA for another name": func(dir string) error {
			return localcert.Plant(dir, time.Now(), func(c *x509.Certificate) {
				c.PermittedDNSDomains = append(c.PermittedDNSDomains, "eoffice.example")
			})
		},
		"CA for all purposes": func(dir string) error {
			return localcert.Plant(dir, time.Now(), func(c *x509.Certificate) { c.ExtKeyUsage = nil })
		},
		"CA with CAs below": func(dir string) error {
			return localcert.Plant(dir, time.Now(), func(c *x509.Certificate) { c.MaxPathLenZero, c.MaxPathLen = false, -1 })
		},
		"no CA":   func(dir string) error { return os.Remove(filepath.Join(dir, "ca.crt")) },
		"garbage": func(dir string) error { return os.WriteFile(filepath.Join(dir, "ca.crt"), []byte("x"), 0o600) },
		"another CA": func(dir string) error {
			return os.Rename(filepath.Join(dir, "localhost.crt"), filepath.Join(dir, "ca.crt"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, c := keeper(t)
			_, ca := certificate(t, k)
			if err := spoil(k.Dir); err != nil {
				t.Fatal(err)
			}
			spoilt, _, _ := localcert.Load(k.Dir)
			again := &localcert.Keeper{Dir: k.Dir, Clock: c.Now}
			leaf, other := certificate(t, again)
			if other.Equal(ca) || spoilt != nil && other.Equal(spoilt) {
				t.Error("taken as it is")
			}
			if err := leaf.Leaf.CheckSignatureFrom(other); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	k, _ := keeper(t)
	certificate(t, k)
	if err := localcert.Delete(k.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(k.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := localcert.Delete(k.Dir); err != nil {
		t.Errorf("twice: %v", err)
	}
}
