//go:build linux

// Package virtualtokentest gives a test one or two virtual cards that real
// PKCS#11 programs see: it starts a pcscd of its own with vsmartcard's virtual
// reader, puts cards of package piv in, and takes all away at the test's end.
// It touches no pcscd of the system, and any number of tests may use it at the
// same time. The Debian packages pcscd, vsmartcard-vpcd and opensc must be
// there.
package virtualtokentest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/piv"
)

// Options says which cards there are.
type Options struct {
	// Cards has one or two: so many slots the virtual reader has. The first is
	// in the reader "Kyso virtual reader 00 00", the second in "... 00 01".
	Cards []piv.Options
	// Removed leaves the cards out at the start.
	Removed bool
	// UnblockStyle is OpenSC's user_pin_unblock_style. Empty means
	// "set_pin_in_unlogged_session": C_SetPIN without a login, with the PUK as
	// the old PIN. "none" is what OpenSC does without any settings.
	UnblockStyle string
}

// Tokens are the cards of a test.
type Tokens struct {
	Devices []*device.Device // in the order of Options.Cards
	env     []string
}

// Start makes the cards and waits until OpenSC's module shows them. It sets
// PCSCLITE_CSOCK_NAME and OPENSC_CONF for the test and for the programs it
// starts, so the test cannot be parallel to others of its package.
func Start(t testing.TB, o Options) *Tokens {
	t.Helper()
	if len(o.Cards) < 1 || len(o.Cards) > 2 {
		t.Fatalf("%d virtual cards, want 1 or 2", len(o.Cards))
	}
	d, err := startDaemon()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	tokens := &Tokens{}
	settings := filepath.Join(d.folder, "opensc.conf")
	if err := os.WriteFile(settings, openSC(o.UnblockStyle), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"PCSCLITE_CSOCK_NAME": d.socket, "OPENSC_CONF": settings} {
		t.Setenv(name, value)
		tokens.env = append(tokens.env, name+"="+value)
	}
	for i, options := range o.Cards {
		card, err := piv.New(options)
		if err != nil {
			t.Fatal(err)
		}
		dev := device.New(card, d.address(i))
		t.Cleanup(dev.Remove)
		tokens.Devices = append(tokens.Devices, dev)
	}
	if !o.Removed {
		for _, dev := range tokens.Devices {
			tokens.Insert(t, dev)
		}
		tokens.awaitListed(t, len(tokens.Devices))
	}
	return tokens
}

// openSC writes settings that keep nothing of one test for the next.
func openSC(unblockStyle string) []byte {
	if unblockStyle == "" {
		unblockStyle = "set_pin_in_unlogged_session"
	}
	if unblockStyle != "none" {
		unblockStyle = "user_pin_unblock_style = " + unblockStyle + ";"
	} else {
		unblockStyle = ""
	}
	return fmt.Appendf(nil, "app default {\n\tframework pkcs15 {\n\t\tuse_file_caching = no;\n\t}\n}\napp opensc-pkcs11 {\n\tpkcs11 {\n\t\t%s\n\t}\n}\n", unblockStyle)
}

// Module is OpenSC's PKCS#11 module.
func Module(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/*/opensc-pkcs11.so")
	if len(found) == 0 {
		t.Fatal("no opensc-pkcs11.so; install the Debian package opensc-pkcs11")
	}
	return found[0]
}

// Env is what a program needs to see these cards, as "NAME=value", for programs
// that do not inherit the test's environment.
func (k *Tokens) Env() []string { return k.env }

// Insert puts a card in and waits until the reader has seen it.
func (k *Tokens) Insert(t testing.TB, d *device.Device) {
	t.Helper()
	d.Insert()
	Await(t, "the reader sees the card", func() bool { return d.Status().Powered })
}

// awaitListed waits until OpenSC's module shows n tokens.
func (k *Tokens) awaitListed(t testing.TB, n int) {
	t.Helper()
	module := Module(t)
	var out []byte
	defer func() {
		if t.Failed() {
			t.Logf("pkcs11-tool: %s", out)
		}
	}()
	Await(t, "OpenSC's module shows the cards", func() bool {
		out, _ = exec.Command("pkcs11-tool", "--module", module, "--list-slots").CombinedOutput()
		return bytes.Count(out, []byte("token label")) >= n
	})
}

// Await polls until the condition holds, as long as a busy machine may need, and
// fails the test otherwise. what completes the sentence "waited in vain until".
func Await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}
