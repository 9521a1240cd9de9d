//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

// The test binary is its own token host, as kyso is: these are its roles.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "token-host":
			if err := token.ServeHost(os.Args[2], os.Stdin, os.Stdout); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case "garbage-host":
			os.Stdout.WriteString("Driver version 1.2.3\n")
			time.Sleep(time.Minute)
			os.Exit(0)
		case "not-json-host":
			os.Stdout.WriteString("\x00\x00\x00\x05\x00{\"a\"")
			time.Sleep(time.Minute)
			os.Exit(0)
		case "silent-host":
			time.Sleep(time.Minute)
			os.Exit(0)
		case "daemon-host": // leaves a process behind that holds the pipes
			daemon := exec.Command("sleep", "20")
			daemon.Stdin, daemon.Stdout = os.Stdin, os.Stdout
			if err := daemon.Start(); err != nil {
				os.Exit(1)
			}
			time.Sleep(time.Minute)
			os.Exit(0)
		case "exit-host":
			os.Exit(3)
		}
	}
	code := m.Run()
	os.RemoveAll(shared.dir)
	os.Exit(code)
}

const (
	softHSM = "/usr/lib/softhsm/libsofthsm2.so"
	pin     = "7394651820"
	label   = "Thẻ ký số Sở Nội vụ"
)

// shared is a SoftHSM token and a build of testdata/faulty.c that each test gets
// a copy of.
var shared struct {
	once    sync.Once
	err     error
	dir     string // tokens/, faulty.so
	root    *x509.Certificate
	issuer  *x509.Certificate
	holders map[string]*holder // "rsa", "ec", "always"
}

type holder struct {
	key  crypto.Signer
	cert *x509.Certificate
}

// fixture is one test's token.
type fixture struct {
	t   testing.TB
	dir string // where the faulty library and its switches are
}

// newFixture copies the token and points SOFTHSM2_CONF at it. Tools that are
// missing fail the test: nothing here may be skipped.
func newFixture(t testing.TB) fixture {
	t.Helper()
	shared.once.Do(func() { shared.err = makeShared() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	f := fixture{t, t.TempDir()}
	if err := os.CopyFS(filepath.Join(f.dir, "tokens"), os.DirFS(filepath.Join(shared.dir, "tokens"))); err != nil {
		t.Fatal(err)
	}
	f.useTokens("tokens")
	library, err := os.ReadFile(filepath.Join(shared.dir, "faulty.so"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.faulty(), library, 0o755); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) useTokens(folder string) {
	f.t.Helper()
	conf, err := writeConfiguration(f.dir, folder)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Setenv("SOFTHSM2_CONF", conf)
}

func (f fixture) faulty() string { return filepath.Join(f.dir, "faulty.so") }

// on switches a fault on; see testdata/faulty.c.
func (f fixture) on(fault string) { f.write(fault, "") }

func (f fixture) write(name, content string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) off(fault string) {
	f.t.Helper()
	if err := os.Remove(filepath.Join(f.dir, fault)); err != nil {
		f.t.Fatal(err)
	}
}

// count tells how many calls the faulty library noted under name.
func (f fixture) count(name string) int {
	data, _ := os.ReadFile(filepath.Join(f.dir, name))
	return len(data)
}

// module opens a library through a real child process.
func (f fixture) module(path string) *token.Module { return startModule(f.t, "token-host", path) }

func startModule(t testing.TB, role, path string) *token.Module {
	m := token.NewModule([]string{os.Args[0], role}, path)
	t.Cleanup(func() { m.Close() })
	return m
}

// find returns the identity of a holder: "rsa", "ec" or "always".
func find(t testing.TB, s token.Source, name string) token.Identity {
	t.Helper()
	list, err := s.Identities(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Certificate.Equal(shared.holders[name].cert) {
			return i
		}
	}
	t.Fatalf("identity %s is not among %d", name, len(list))
	panic("unreachable")
}

func open(t *testing.T, s token.Source, name string) token.Key {
	t.Helper()
	k, err := s.Open(context.Background(), find(t, s, name).ID, []byte(pin), token.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// digest is SHA-256 of some text.
func digest() []byte {
	h := crypto.SHA256.New()
	h.Write([]byte("Nghị quyết"))
	return h.Sum(nil)
}

// sign makes and checks one signature.
func sign(t *testing.T, k token.Key) {
	t.Helper()
	value, err := k.Sign(rand.Reader, digest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	checkSignature(t, k.Public(), crypto.SHA256, digest(), value, false)
}

func checkSignature(t *testing.T, pub crypto.PublicKey, h crypto.Hash, digest, value []byte, pss bool) {
	t.Helper()
	var err error
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if pss {
			err = rsa.VerifyPSS(pub, h, digest, value, &rsa.PSSOptions{SaltLength: h.Size()})
		} else {
			err = rsa.VerifyPKCS1v15(pub, h, digest, value)
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(pub, digest, value) {
			err = fmt.Errorf("ECDSA signature does not verify")
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func makeShared() (err error) {
	if shared.dir, err = os.MkdirTemp("", "token-test-"); err != nil {
		return err
	}
	conf, err := writeConfiguration(shared.dir, "tokens")
	if err != nil {
		return err
	}
	os.Setenv("SOFTHSM2_CONF", conf)
	defer os.Unsetenv("SOFTHSM2_CONF")
	if err := run("gcc", "-Wall", "-Werror", "-shared", "-fPIC", `-DREAL="`+softHSM+`"`, "-o", filepath.Join(shared.dir, "faulty.so"), "testdata/faulty.c", "-ldl"); err != nil {
		return err
	}
	if err := run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "12345678"); err != nil {
		return err
	}
	if err := makeCertificates(); err != nil {
		return err
	}
	write := func(name, kind, id string, der []byte, more ...string) error {
		file := filepath.Join(shared.dir, name+"."+kind)
		if err := os.WriteFile(file, der, 0o600); err != nil {
			return err
		}
		return store(file, kind, id, name, more...)
	}
	for id, name := range map[string]string{"a1": "rsa", "b2": "ec", "c3": "always"} {
		h := shared.holders[name]
		key, err := x509.MarshalPKCS8PrivateKey(h.key)
		if err != nil {
			return err
		}
		var more []string
		if name == "always" {
			more = []string{"--always-auth"}
		}
		if err := write(name, "privkey", id, key, more...); err != nil {
			return err
		}
		if err := write(name, "cert", id, h.cert.Raw); err != nil {
			return err
		}
	}
	if err := write("issuer", "cert", "d4", shared.issuer.Raw); err != nil {
		return err
	}
	return write("root", "cert", "e5", shared.root.Raw)
}

// store writes a key or certificate file to the token.
func store(file, kind, id, name string, more ...string) error {
	return run("pkcs11-tool", append([]string{"--module", softHSM, "--token-label", label, "--login", "--pin", pin,
		"--write-object", file, "--type", kind, "--id", id, "--label", name}, more...)...)
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %v\n%s", name, args[0], err, out)
	}
	return nil
}

func writeConfiguration(dir, folder string) (string, error) {
	tokens := filepath.Join(dir, folder)
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return "", err
	}
	conf := filepath.Join(dir, folder+".conf")
	return conf, os.WriteFile(conf, []byte("directories.tokendir = "+tokens+"\nlog.level = ERROR\n"), 0o600)
}

func makeCertificates() error {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	issuerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if shared.root, err = issue("Gốc thử nghiệm", true, rootKey, nil, rootKey); err != nil {
		return err
	}
	if shared.issuer, err = issue("CA thử nghiệm", true, issuerKey, shared.root, rootKey); err != nil {
		return err
	}
	shared.holders = map[string]*holder{}
	for _, name := range []string{"rsa", "ec", "always"} {
		var key crypto.Signer
		if name == "rsa" {
			key, err = rsa.GenerateKey(rand.Reader, 3072)
		} else {
			key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
		if err != nil {
			return err
		}
		cert, err := issue("Trần Thị Ngọc Hưởng "+name, false, key, shared.issuer, issuerKey)
		if err != nil {
			return err
		}
		shared.holders[name] = &holder{key, cert}
	}
	return nil
}

func issue(name string, ca bool, key crypto.Signer, parent *x509.Certificate, parentKey crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// hosts returns the process ids of this process's token hosts.
func hosts(t *testing.T) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, e := range entries {
		var pid, parent int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		// The name is in parentheses and may hold anything; state and parent follow.
		if i := bytes.LastIndexByte(stat, ')'); i >= 0 {
			var state string
			fmt.Sscan(string(stat[i+1:]), &state, &parent)
			cmdline, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if parent == os.Getpid() && state != "Z" && strings.Contains(string(cmdline), "token-host") {
				list = append(list, pid)
			}
		}
	}
	return list
}

// host returns the one token host running. Others come and go that look whether
// the token is still there.
func host(t *testing.T) int {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		list := hosts(t)
		if len(list) == 1 {
			return list[0]
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d token hosts run, want 1", len(list))
		}
	}
}
