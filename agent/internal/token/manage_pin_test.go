//go:build linux && cgo

package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

const (
	soPIN  = "12345678" // as makeShared sets it
	newPIN = "Kyso2026"
)

// device is the one token of a fixture.
func device(t *testing.T, m *token.Module) token.Device {
	t.Helper()
	list, err := m.Devices(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d tokens, want 1", len(list))
	}
	return list[0]
}

// opens tells whether OpenSC's own tool can log in with a PIN.
func opens(p string) bool {
	return exec.Command("pkcs11-tool", "--module", softHSM, "--token-label", label, "--login", "--pin", p, "--list-objects", "--type", "privkey").Run() == nil
}

func zeroed(t *testing.T, pins ...[]byte) {
	t.Helper()
	for _, p := range pins {
		if !bytes.Equal(p, make([]byte, len(p))) {
			t.Error("a PIN was not zeroed")
		}
	}
}

func TestDevices(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(softHSM))
	seen, err := exec.Command("pkcs11-tool", "--module", softHSM, "--list-slots").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"serial num": d.Serial, "token label": d.Label, "token model": d.Model,
		"token manufacturer": d.Manufacturer, "pin min/max": fmt.Sprintf("%d/%d", d.MinPIN, d.MaxPIN), "firmware version": d.Firmware} {
		found := false
		for line := range strings.Lines(string(seen)) {
			n, v, _ := strings.Cut(line, ":")
			found = found || strings.TrimSpace(n) == name && strings.TrimSpace(v) == value
		}
		if !found {
			t.Errorf("%s %q is not what pkcs11-tool says:\n%s", name, value, seen)
		}
	}
	if len(d.Identities) != 3 || d.PIN != token.PINOK || d.SOPIN != token.PINOK || !d.LoginRequired || d.PINPad || d.NoPIN || d.ReadOnly {
		t.Errorf("device %+v", d)
	}
}

func TestNoDevice(t *testing.T) {
	f := newFixture(t)
	f.useTokens("empty")
	if list, err := f.module(softHSM).Devices(context.Background()); !errors.Is(err, token.ErrNoToken) || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestDeviceShownOnce(t *testing.T) {
	f := newFixture(t)
	list, problems := token.Combine(f.module(softHSM), f.module(f.faulty()), f.module("/nonexistent.so")).Devices(context.Background())
	if len(list) != 1 || list[0].Module != softHSM || len(problems) != 1 || !errors.Is(problems[0], token.ErrModule) {
		t.Errorf("%d tokens, problems %v", len(list), problems)
	}
}

func TestChangePIN(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	d := device(t, m)
	old, next := []byte("0000000000"), []byte(newPIN)
	if err := d.ChangePIN(context.Background(), old, next, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("wrong PIN: %v", err)
	}
	zeroed(t, old, next)
	if l, s := f.count("logins"), f.count("setpins"); l != 1 || s != 0 {
		t.Errorf("%d logins and %d C_SetPIN, want 1 and 0", l, s)
	}
	if again, err := d.Again(context.Background()); err != nil || again.PIN != token.PINLow {
		t.Errorf("state %q, %v", again.PIN, err)
	}
	old, next = []byte(pin), []byte(newPIN)
	if err := d.ChangePIN(context.Background(), old, next, token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	zeroed(t, old, next)
	if f.count("logins") != 2 {
		t.Errorf("%d logins, want 2", f.count("logins"))
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v still hold the PIN", list)
	}
	if opens(pin) || !opens(newPIN) {
		t.Errorf("the old PIN opens: %t, the new: %t", opens(pin), opens(newPIN))
	}
}

func TestChangePINRefusedWithoutTry(t *testing.T) {
	for name, c := range map[string]struct {
		fault, old, next string
		want             error
	}{
		"locked":      {"locked", pin, newPIN, token.ErrPINLocked},
		"final":       {"final", pin, newPIN, token.ErrPINFinalTry},
		"no PIN":      {"nothing", "", newPIN, token.ErrPINIncorrect},
		"same":        {"nothing", pin, pin, token.ErrPINSame},
		"short":       {"nothing", pin, "123", token.ErrPINShort},
		"none":        {"nothing", pin, "", token.ErrPINShort},
		"long":        {"nothing", pin, strings.Repeat("9", 128), token.ErrPINLong},
		"diacritics":  {"nothing", pin, "mậtkhẩu1", token.ErrPINCharacters},
		"space":       {"nothing", pin, "mat khau", token.ErrPINCharacters},
		"long old":    {"nothing", strings.Repeat("9", 128), newPIN, token.ErrPINIncorrect},
		"very long":   {"nothing", strings.Repeat("9", 300), newPIN, token.ErrPINIncorrect},
		"return code": {"nothing", pin, "1234567\n", token.ErrPINCharacters},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.on(c.fault)
			old, next := []byte(c.old), []byte(c.next)
			if err := device(t, f.module(f.faulty())).ChangePIN(context.Background(), old, next, token.OpenOptions{}); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			zeroed(t, old, next)
			if f.count("logins")+f.count("setpins") != 0 {
				t.Error("a try was used")
			}
		})
	}
}

func TestChangePINOnLastTry(t *testing.T) {
	f := newFixture(t)
	f.on("final")
	if err := device(t, f.module(f.faulty())).ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{AllowFinalTry: true}); err != nil {
		t.Error(err)
	}
	if !opens(newPIN) {
		t.Error("the PIN was not changed")
	}
}

// A state that became worse since it was shown is the one that counts.
func TestChangePINLooksAnew(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	f.on("final")
	if err := d.ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); !errors.Is(err, token.ErrPINFinalTry) || f.count("logins") != 0 {
		t.Errorf("%v, %d tries", err, f.count("logins"))
	}
}

func TestNewPINRefusedByToken(t *testing.T) {
	f := newFixture(t)
	f.on("setpin-weak")
	if err := device(t, f.module(f.faulty())).ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); !errors.Is(err, token.ErrNewPIN) {
		t.Errorf("%v", err)
	}
	if !opens(pin) {
		t.Error("the old PIN does not open any more")
	}
}

func TestPINsOnPad(t *testing.T) {
	f := newFixture(t)
	f.write("pinpad", pin)
	f.write("newpin", newPIN)
	d := device(t, f.module(f.faulty()))
	if !d.PINPad {
		t.Fatal("no PIN pad")
	}
	if err := d.ChangePIN(context.Background(), nil, nil, token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	if f.count("logins") != 0 || f.count("setpins") != 1 || !opens(newPIN) {
		t.Errorf("%d logins, %d C_SetPIN, opens: %t", f.count("logins"), f.count("setpins"), opens(newPIN))
	}
	f.write("pinpad", soPIN)
	f.write("newpin", pin)
	if err := d.Unlock(context.Background(), nil, nil, token.OpenOptions{}); err != nil || !opens(pin) {
		t.Errorf("unlock: %v, opens: %t", err, opens(pin))
	}
	f.on("cancel")
	if err := d.Unlock(context.Background(), nil, nil, token.OpenOptions{}); !errors.Is(err, token.ErrPINCanceled) {
		t.Errorf("cancel: %v", err)
	}
}

func TestUnlock(t *testing.T) {
	f := newFixture(t)
	f.on("locked") // of the user's PIN, which is what is unlocked
	m := f.module(f.faulty())
	d := device(t, m)
	so, next := []byte("00000000"), []byte(newPIN)
	if err := d.Unlock(context.Background(), so, next, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) || f.count("logins") != 1 {
		t.Errorf("wrong SO PIN: %v, %d tries", err, f.count("logins"))
	}
	zeroed(t, so, next)
	if again, err := d.Again(context.Background()); err != nil || again.SOPIN != token.PINLow {
		t.Errorf("state %q, %v", again.SOPIN, err)
	}
	so, next = []byte(soPIN), []byte(newPIN)
	if err := d.Unlock(context.Background(), so, next, token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	zeroed(t, so, next)
	if opens(pin) || !opens(newPIN) || f.count("logins") != 2 {
		t.Errorf("the old PIN opens: %t, the new: %t, %d tries", opens(pin), opens(newPIN), f.count("logins"))
	}
	for fault, want := range map[string]error{"so-final": token.ErrPINFinalTry, "so-locked": token.ErrPINLocked} {
		f.on(fault)
		if err := d.Unlock(context.Background(), []byte(soPIN), []byte(pin), token.OpenOptions{}); !errors.Is(err, want) {
			t.Errorf("%s: %v", fault, err)
		}
		f.off(fault)
	}
	if f.count("logins") != 2 {
		t.Errorf("%d tries, want 2", f.count("logins"))
	}
	f.on("so-final")
	if err := d.Unlock(context.Background(), []byte(soPIN), []byte(pin), token.OpenOptions{AllowFinalTry: true}); err != nil || !opens(pin) {
		t.Errorf("last try: %v", err)
	}
}

func TestManageWhileKeyIsOpen(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	d := device(t, m)
	k := open(t, m, "rsa")
	if err := d.ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); !errors.Is(err, token.ErrTokenBusy) {
		t.Errorf("%v", err)
	}
	sign(t, k)
	k.Close()
	if err := d.ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); err != nil {
		t.Error(err)
	}
}

func TestManageRemovedToken(t *testing.T) {
	f := newFixture(t)
	d := device(t, f.module(f.faulty()))
	f.on("empty")
	if err := d.ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); !errors.Is(err, token.ErrTokenRemoved) || f.count("logins") != 0 {
		t.Errorf("%v, %d tries", err, f.count("logins"))
	}
}

// While a library hangs over a change of PIN, others on the machine see no PIN,
// and the end of the wait ends the child.
func TestHangingChangeShowsNoPIN(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	d := device(t, m)
	f.on("setpin-hang")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	old, next := []byte(pin), []byte(newPIN)
	go func() { done <- d.ChangePIN(ctx, old, next, token.OpenOptions{}) }()
	for deadline := time.Now().Add(20 * time.Second); f.count("setpins") == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("C_SetPIN was not reached")
		}
	}
	pid := host(t)
	for _, name := range []string{"cmdline", "environ"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(data), err)
		}
		if bytes.Contains(data, []byte(pin)) || bytes.Contains(data, []byte(newPIN)) {
			t.Errorf("%s of the child holds a PIN", name)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, token.ErrModule) {
		t.Errorf("%v", err)
	}
	zeroed(t, old, next)
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts %v outlive the call", list)
	}
	f.off("setpin-hang")
	if err := d.ChangePIN(context.Background(), []byte(pin), []byte(newPIN), token.OpenOptions{}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
