package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"kyso/agent/internal/demo"
	"kyso/testdata/pki"
	"kyso/testdata/stamps"
)

// The scripts in testdata run the program as people do.
func TestMain(m *testing.M) {
	testscript.Main(ownState{m}, map[string]func(){"kyso": main})
}

// ownState runs the tests with a folder of their own for the log of what is
// signed, and for settings.
type ownState struct{ m *testing.M }

func (o ownState) Run() int {
	dir, err := os.MkdirTemp("", "kyso-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	os.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	return o.m.Run()
}

// world is one demo PKI for all scripts.
var world = sync.OnceValue(func() *pki.PKI {
	p, err := pki.New(pki.Options{BaseURL: "http://127.0.0.1/pki", Keys: pki.FastKeys})
	if err != nil {
		panic(err)
	}
	return p
})

func TestScripts(t *testing.T) {
	documents, err := filepath.Abs(filepath.Join("..", "testdata", "documents"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"kysoexit": kysoExit},
		Setup: func(e *testscript.Env) error {
			e.Setenv("DOCS", documents)
			e.Setenv("PIN", demo.PIN)
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("LANG", "en_US.UTF-8")
			e.Setenv("SOFTHSM2_CONF", filepath.Join(e.WorkDir, "softhsm2.conf"))
			return writeWorld(e.WorkDir)
		},
	})
}

// kysoExit runs kyso and wants one particular exit code.
func kysoExit(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("kyso", args[1:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != want {
		ts.Fatalf("want exit code %d: %v", want, err)
	}
}

// writeWorld writes what scripts need of the demo PKI.
func writeWorld(dir string) error {
	w := world()
	files := map[string][]byte{
		"root.crt": w.Root.Certificate.Raw, "sub.crl": w.CRL(), "root.crl": w.RootCRL(),
		"person.ocsp": w.OCSPResponse(w.Persons[0].Certificate), "person.crt": w.Persons[0].Certificate.Raw,
		"chain.pem": pki.PEM(append([]*x509.Certificate{w.Persons[0].Certificate}, w.Chain()...)...),
		"pin":       []byte(demo.PIN + "\n"), "wrong": []byte("00000000\n"),
		"hand.png": stamps.HandSignature(), "seal.png": stamps.Seal(),
		"softhsm2.conf": []byte("directories.tokendir = " + filepath.Join(dir, "tokens") + "\nobjectstore.backend = file\n"),
	}
	for name, id := range map[string]pki.Identity{"person": w.Persons[0], "agency": w.Agencies[0], "revoked": w.RevokedPerson, "expired": w.ExpiredPerson} {
		p12, err := w.PKCS12(id, demo.PIN)
		if err != nil {
			return err
		}
		files[name+".p12"] = p12
	}
	key, err := x509.MarshalPKCS8PrivateKey(w.Persons[0].Key)
	if err != nil {
		return err
	}
	files["person.key"] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return os.Mkdir(filepath.Join(dir, "tokens"), 0o700)
}
