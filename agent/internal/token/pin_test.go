//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"testing"

	"kyso/agent/internal/token"
)

func TestWrongPIN(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	id := find(t, m, "rsa").ID
	wrong := []byte("0000000000")
	_, err := m.Open(context.Background(), id, wrong, token.OpenOptions{})
	if !errors.Is(err, token.ErrPINIncorrect) {
		t.Fatalf("error = %v", err)
	}
	if !bytes.Equal(wrong, make([]byte, 10)) {
		t.Error("the wrong PIN was not zeroed")
	}
	if n := f.count("logins"); n != 1 {
		t.Errorf("%d login tries, want exactly 1", n)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v still hold the PIN", list)
	}
	if s := find(t, m, "rsa").PIN; s != token.PINLow {
		t.Errorf("PIN state %q, want %q", s, token.PINLow)
	}
	right := []byte(pin)
	k, err := m.Open(context.Background(), id, right, token.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(right, make([]byte, len(pin))) {
		t.Error("the right PIN was not zeroed")
	}
	sign(t, k)
	k.Close()
	if n := f.count("logins"); n != 2 {
		t.Errorf("%d login tries, want 2", n)
	}
	if s := find(t, m, "rsa").PIN; s != token.PINOK {
		t.Errorf("PIN state %q after the right PIN", s)
	}
}

func TestPINRefusedWithoutTry(t *testing.T) {
	for name, c := range map[string]struct {
		fault string
		state token.PINState
		pin   string
		want  error
	}{
		"locked":    {"locked", token.PINLocked, pin, token.ErrPINLocked},
		"final try": {"final", token.PINFinalTry, pin, token.ErrPINFinalTry},
		"no PIN":    {"nothing", token.PINOK, "", token.ErrPINIncorrect},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.on(c.fault)
			m := f.module(f.faulty())
			i := find(t, m, "ec")
			if i.PIN != c.state {
				t.Errorf("PIN state %q, want %q", i.PIN, c.state)
			}
			given := []byte(c.pin)
			if _, err := m.Open(context.Background(), i.ID, given, token.OpenOptions{}); !errors.Is(err, c.want) {
				t.Errorf("error = %v, want %v", err, c.want)
			}
			if n := f.count("logins"); n != 0 {
				t.Errorf("%d login tries, want none", n)
			}
			if bytes.Contains(given, []byte(c.pin)) && c.pin != "" {
				t.Error("the PIN was not zeroed")
			}
			_, err := m.Open(context.Background(), i.ID, []byte(pin), token.OpenOptions{AllowFinalTry: true})
			if c.state == token.PINLocked {
				if !errors.Is(err, token.ErrPINLocked) || f.count("logins") != 0 {
					t.Errorf("AllowFinalTry on a locked token: %v, %d tries", err, f.count("logins"))
				}
			} else if err != nil || f.count("logins") != 1 {
				t.Errorf("AllowFinalTry: %v, %d tries", err, f.count("logins"))
			}
		})
	}
}

func TestPINTooLong(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	long := bytes.Repeat([]byte("1"), 256)
	if _, err := m.Open(context.Background(), find(t, m, "rsa").ID, long, token.OpenOptions{}); err == nil {
		t.Error("a PIN of 256 bytes was accepted")
	}
	if n := f.count("logins"); n != 0 || long[0] != 0 {
		t.Errorf("%d tries, first byte %d", n, long[0])
	}
	sign(t, open(t, m, "rsa"))
}

func TestPINPad(t *testing.T) {
	f := newFixture(t)
	f.write("pinpad", pin)
	m := f.module(f.faulty())
	i := find(t, m, "rsa")
	if !i.PINPad {
		t.Fatal("PINPad is not set")
	}
	// A PIN given all the same is not passed on: the library would refuse it.
	for _, given := range [][]byte{nil, []byte("0000000000")} {
		k, err := m.Open(context.Background(), i.ID, given, token.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sign(t, k)
		k.Close()
	}
	f.on("cancel")
	if _, err := m.Open(context.Background(), i.ID, nil, token.OpenOptions{}); !errors.Is(err, token.ErrPINCanceled) {
		t.Errorf("cancel: %v", err)
	}
	if n := f.count("logins"); n != 3 {
		t.Errorf("%d tries, want 3", n)
	}
}

func TestAlwaysAuthenticate(t *testing.T) {
	f := newFixture(t)
	k := open(t, f.module(f.faulty()), "always")
	for range 3 {
		sign(t, k)
	}
	// One for Open, one for each signature: without it SoftHSM refuses.
	if n := f.count("logins"); n != 4 {
		t.Errorf("%d logins, want 4", n)
	}
	// Tries that another program has used up since are not finished off.
	for fault, want := range map[string]error{"final": token.ErrPINFinalTry, "locked": token.ErrPINLocked} {
		f.on(fault)
		if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, want) {
			t.Errorf("%s: %v", fault, err)
		}
		f.off(fault)
	}
	if n := f.count("logins"); n != 4 {
		t.Errorf("%d logins, want 4: none on the last try", n)
	}
	sign(t, k)
	// Once refused, the PIN is not offered again.
	f.on("cancel")
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrPINCanceled) {
		t.Errorf("refused login: %v", err)
	}
	f.off("cancel")
	if _, err := k.Sign(rand.Reader, digest(), crypto.SHA256); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("after a refused login: %v", err)
	}
	if n := f.count("logins"); n != 6 {
		t.Errorf("%d logins, want 6", n)
	}
}

func TestTokenBusy(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "rsa")
	// A logged-in token answers any PIN with "already logged in".
	if _, err := m.Open(context.Background(), find(t, m, "ec").ID, []byte("0000000000"), token.OpenOptions{}); !errors.Is(err, token.ErrTokenBusy) {
		t.Errorf("second Open: %v", err)
	}
	if n := f.count("logins"); n != 1 {
		t.Errorf("%d tries, want 1", n)
	}
	sign(t, k)
	k.Close()
	sign(t, open(t, m, "ec"))
}

// What others on the machine can see of the child must hold no secret.
func TestPINIsNotVisible(t *testing.T) {
	t.Setenv("KYSO_TEST_SECRET", "do-not-inherit")
	t.Setenv("LD_LIBRARY_PATH", "/do-not-inherit")
	f := newFixture(t)
	m := f.module(softHSM)
	k := open(t, m, "always")
	pid := host(t)
	for _, name := range []string{"cmdline", "environ"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(data) == 0 {
			t.Errorf("%s is empty: nothing was checked", name)
		}
		for _, secret := range []string{pin, "do-not-inherit"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s of the child holds %q: %q", name, secret, data)
			}
		}
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(bytes.Join(bytes.Fields(limits), []byte(" ")), []byte("Max core file size 0 0")) {
		t.Error("the child may write a core dump")
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v outlive the last key", list)
	}
}
