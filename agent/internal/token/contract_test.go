//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"kyso/agent/internal/token"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// TestContract is one contract for every token: what Kyso promises a person on
// a token in software holds on a smart card through OpenSC. Where tokens differ
// the difference is written down (differences) and asserted.
func TestContract(t *testing.T) {
	for _, row := range []struct {
		name string
		test func(*testing.T, contracted)
	}{
		{"find", contractFind},
		{"sign", contractSign},
		{"always authenticate", contractAlways},
		{"wrong PIN", contractWrongPIN},
		{"last try", contractLastTry},
		{"lock", contractLock},
		{"unlock", contractUnlock},
		{"change PIN", contractChangePIN},
		{"import a renewed certificate", contractImport},
		{"rename", contractRename},
	} {
		for _, name := range []string{"SoftHSM", "OpenSC"} {
			t.Run(row.name+"/"+name, func(t *testing.T) { row.test(t, contractTokens[name](t)) })
		}
	}
}

func contractFind(t *testing.T, c contracted) {
	m := c.start(t)
	for _, name := range []string{"rsa", "always"} {
		i := find(t, m, name)
		if !i.NeedsPIN || i.PINPad || i.Software || i.PIN != token.PINOK || i.Module != c.module || i.TokenSerial == "" || len(i.ObjectID) == 0 {
			t.Errorf("%s: %+v", name, i)
		}
		// Another process finds the same, by the ID and by the address.
		other := c.start(t)
		if again := find(t, other, name); again.ID != i.ID {
			t.Errorf("%s: ID %s, then %s", name, i.ID, again.ID)
		}
		if again, err := token.Find(context.Background(), other, i.URI()); err != nil || !again.Certificate.Equal(i.Certificate) {
			t.Errorf("%s is not found by %s: %v", name, i.URI(), err)
		}
	}
	d := device(t, m)
	if identityOf(d, shared.holders["rsa"].cert) == nil || d.MinPIN < 1 || d.MaxPIN < len(c.pin) || d.NoPIN {
		t.Errorf("device %+v", d)
	}
}

func contractSign(t *testing.T, c contracted) {
	m := c.start(t)
	pss := []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"}
	for _, s := range []struct {
		key     string
		pss     bool
		openssl []string
	}{{"rsa", false, nil}, {"rsa", true, pss}, {"always", false, nil}} {
		k := c.open(t, m, s.key)
		for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			var options crypto.SignerOpts = h
			if s.pss {
				options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
			}
			value, err := k.Sign(rand.Reader, sum(h), options)
			if err != nil {
				t.Errorf("%s PSS %t %v: %v", s.key, s.pss, h, err)
				continue
			}
			checkSignature(t, shared.holders[s.key].cert.PublicKey, h, sum(h), value, s.pss)
			if h == crypto.SHA256 {
				opensslVerifies(t, shared.holders[s.key].cert, value, s.openssl...)
			}
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v outlive the last key", list)
	}
	c.tries(t, 0, 0)
}

// Each signature of such a key costs a login, and the person is not asked again.
func contractAlways(t *testing.T, c contracted) {
	m := c.start(t)
	k := c.open(t, m, "always")
	before := 0
	if c.card != nil {
		before = c.card.Card.Status().Counts.Verified
	}
	for range 3 {
		sign(t, k)
	}
	if c.card != nil {
		if n := c.card.Card.Status().Counts.Verified - before; n != 3 {
			t.Errorf("%d logins for three signatures", n)
		}
	}
}

func contractWrongPIN(t *testing.T, c contracted) {
	m := c.start(t)
	c.state(t, m, token.PINOK)
	if _, err := c.try(t, m, "rsa", wrong, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Fatal(err)
	}
	c.tries(t, 1, 0)
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v still hold the PIN", list)
	}
	c.state(t, m, c.afterWrong[0])
	c.tries(t, 1, 0) // asking how it stands costs nothing
	sign(t, c.open(t, m, "rsa"))
	c.state(t, m, token.PINOK)
}

// twoWrong leaves one try.
func twoWrong(t *testing.T, c contracted, m *token.Module) {
	t.Helper()
	for range 2 {
		if _, err := c.try(t, m, "rsa", wrong, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
			t.Fatal(err)
		}
	}
	c.state(t, m, c.afterWrong[1])
}

func contractLastTry(t *testing.T, c contracted) {
	m := c.start(t)
	twoWrong(t, c, m)
	k, err := c.try(t, m, "rsa", c.pin, token.OpenOptions{})
	changed := device(t, m).ChangePIN(context.Background(), []byte(wrong), []byte("13579246"), token.OpenOptions{})
	if c.afterWrong[1] != token.PINFinalTry { // nobody knows which try is the last
		if err != nil || !errors.Is(changed, token.ErrTokenBusy) {
			t.Errorf("open: %v, change: %v", err, changed)
		}
		return
	}
	if !errors.Is(err, token.ErrPINFinalTry) || !errors.Is(changed, token.ErrPINFinalTry) {
		t.Errorf("on the last try: open: %v, change: %v", err, changed)
	}
	c.tries(t, 2, 0)
	c.state(t, m, token.PINFinalTry) // the right PIN was not tried either
	if k, err = c.try(t, m, "rsa", c.pin, token.OpenOptions{AllowFinalTry: true}); err != nil {
		t.Fatal(err)
	}
	sign(t, k)
	k.Close()
	c.state(t, m, token.PINOK)
}

// lock uses up all tries.
func lock(t *testing.T, c contracted, m *token.Module) {
	t.Helper()
	twoWrong(t, c, m)
	_, err := c.try(t, m, "rsa", wrong, token.OpenOptions{AllowFinalTry: true})
	if !errors.Is(err, token.ErrPINIncorrect) && !errors.Is(err, token.ErrPINLocked) {
		t.Fatal(err)
	}
	c.state(t, m, c.afterWrong[2])
}

func contractLock(t *testing.T, c contracted) {
	m := c.start(t)
	lock(t, c, m)
	k, err := c.try(t, m, "rsa", c.pin, token.OpenOptions{AllowFinalTry: true})
	if c.afterWrong[2] != token.PINLocked {
		for range 5 { // it never locks
			k.Close()
			if _, err := c.try(t, m, "rsa", wrong, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
				t.Fatal(err)
			}
		}
		sign(t, c.open(t, m, "rsa"))
		return
	}
	if !errors.Is(err, token.ErrPINLocked) {
		t.Errorf("the right PIN: %v", err)
	}
	if err := device(t, m).ChangePIN(context.Background(), []byte(c.pin), []byte("13579246"), token.OpenOptions{AllowFinalTry: true}); !errors.Is(err, token.ErrPINLocked) {
		t.Errorf("change: %v", err)
	}
	c.tries(t, 3, 0)
	if v := c.card.Card.Status().Counts.Verified; v != 0 {
		t.Errorf("%d logins", v)
	}
	find(t, m, "always") // certificates are still shown
}

func contractUnlock(t *testing.T, c contracted) {
	const fresh = "13579246"
	m := c.start(t)
	unlock := func(so string) error {
		given, next := []byte(so), []byte(fresh)
		defer zeroed(t, given, next)
		return device(t, m).Unlock(context.Background(), given, next, token.OpenOptions{})
	}
	if !c.resetsOpen {
		if err := unlock(c.so); !errors.Is(err, token.ErrNotPossible) {
			t.Errorf("while it is not locked: %v", err)
		}
		c.tries(t, 0, 0)
		sign(t, c.open(t, m, "rsa"))
		m.Close()
		m = c.start(t)
	}
	lock(t, c, m)
	if err := unlock(wrong); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("wrong: %v", err)
	}
	c.tries(t, 3, 1)
	if s := device(t, m).SOPIN; s != c.soLow {
		t.Errorf("SO PIN state %q, want %q", s, c.soLow)
	}
	c.state(t, m, c.afterWrong[2])
	if err := unlock(c.so); err != nil {
		t.Fatal(err)
	}
	c.tries(t, 3, 1)
	c.state(t, m, token.PINOK)
	if _, err := c.try(t, m, "rsa", c.pin, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("the old PIN: %v", err)
	}
	c.pin = fresh
	sign(t, c.open(t, m, "rsa"))
}

func contractChangePIN(t *testing.T, c contracted) {
	m := c.start(t)
	change := func(old, next string) error {
		a, b := []byte(old), []byte(next)
		defer zeroed(t, a, b)
		return device(t, m).ChangePIN(context.Background(), a, b, token.OpenOptions{})
	}
	for _, s := range []struct {
		old, next string
		want      error
		tries     int
	}{
		{wrong, "13579246", token.ErrPINIncorrect, 1},
		{c.pin, "123", token.ErrPINShort, 1},
		{c.pin, c.pin, token.ErrPINSame, 1},
		{c.pin, strings.Repeat("1", 253), token.ErrPINLong, 1},
	} {
		if err := change(s.old, s.next); !errors.Is(err, s.want) {
			t.Errorf("to %q: %v, want %v", s.next, err, s.want)
		}
		c.tries(t, s.tries, 0)
	}
	err := change(c.pin, "matkhau1")
	if c.letters != (err == nil) || !c.letters && !errors.Is(err, token.ErrNewPIN) {
		t.Fatalf("letters: %v", err)
	}
	if c.letters {
		c.pin = "matkhau1"
	}
	if err := change(c.pin, "13579246"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.try(t, m, "rsa", c.pin, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("the old PIN: %v", err)
	}
	c.pin = "13579246"
	sign(t, c.open(t, m, "rsa"))
}

func contractImport(t *testing.T, c contracted) {
	m := c.start(t)
	d := device(t, m)
	renewed := renewal(t, "rsa", nil)
	p := plan(t, d, renewed)
	given := []byte(c.pin)
	left, err := d.Import(context.Background(), p, p.Old, given, token.OpenOptions{})
	zeroed(t, given)
	c.tries(t, 0, 0)
	after := again(t, d)
	old := identityOf(after, shared.holders["rsa"].cert)
	if !c.writes {
		if !errors.Is(err, token.ErrNotPossible) || !strings.Contains(err.Error(), "C_CreateObject") {
			t.Errorf("import: %v", err)
		}
		if d.VendorTool() == "" {
			t.Error("no other program is named")
		}
		if old == nil || identityOf(after, renewed) != nil || len(after.Identities) != len(d.Identities) {
			t.Errorf("%d identities, the old one among them: %t", len(after.Identities), old != nil)
		}
		sign(t, c.open(t, m, "rsa"))
		return
	}
	i := identityOf(after, renewed)
	if err != nil || left != "" || old != nil || i == nil {
		t.Fatalf("import: %v, %q, %d identities", err, left, len(after.Identities))
	}
	k, err := m.Open(context.Background(), i.ID, []byte(c.pin), token.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	sign(t, k)
}

func contractRename(t *testing.T, c contracted) {
	m := c.start(t)
	d := device(t, m)
	i := *identityOf(d, shared.holders["rsa"].cert)
	err := d.Rename(context.Background(), i, "Ký thay", []byte(c.pin), token.OpenOptions{})
	want := i.Label
	if c.writes {
		want = "Ký thay"
	}
	if c.writes != (err == nil) || !c.writes && !errors.Is(err, token.ErrNotPossible) {
		t.Errorf("rename: %v", err)
	}
	if l := identityOf(again(t, d), shared.holders["rsa"].cert).Label; l != want {
		t.Errorf("label %q, want %q", l, want)
	}
	sign(t, c.open(t, m, "rsa"))
}

// As OpenSC comes, it takes no PUK: it is said, and no try of the PUK is lost.
func TestUnlockWithoutOpenSCSetting(t *testing.T) {
	c := cardContract(t, virtualtokentest.Options{UnblockStyle: "none"})
	m := c.start(t)
	lock(t, c, m)
	d := device(t, m)
	if err := d.Unlock(context.Background(), []byte(c.so), []byte("13579246"), token.OpenOptions{}); !errors.Is(err, token.ErrNotPossible) || !strings.Contains(err.Error(), "opensc.conf") {
		t.Errorf("%v", err)
	}
	c.tries(t, 3, 0)
	if tool := d.VendorTool(); tool != "pkcs15-tool" {
		t.Errorf("%q is named", tool)
	}
}
