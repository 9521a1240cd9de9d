//go:build linux && cgo

package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strings"
	"testing"

	"kyso/agent/internal/token"
	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// A PIV card has digits for PINs, and counts its tries for real.
const (
	cardPIN  = "246813"
	cardPUK  = "87654321"
	otherPIN = "135792"
	badPIN   = "999999"
)

// card is a virtual card that OpenSC's own module reads.
type card struct {
	t      *testing.T
	module *token.Module
	tokens *virtualtokentest.Tokens
	holder *x509.Certificate
}

func newCard(t *testing.T, unblock string) card {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := card{t: t}
	name := func(cert *x509.Certificate) { cert.Subject = pkix.Name{CommonName: "Phạm Thị Thẻ"} }
	c.holder = certificate(t, key, name)
	c.tokens = virtualtokentest.Start(t, virtualtokentest.Options{UnblockStyle: unblock, Cards: []piv.Options{{PIN: cardPIN, PUK: cardPUK, Keys: []piv.Key{
		{Slot: piv.Authentication, Private: key, Certificate: c.holder},
		{Slot: piv.Signature, Private: again, Certificate: certificate(t, again, name)},
	}}}})
	c.module = startModule(t, "token-host", virtualtokentest.Module(t))
	return c
}

func (c card) device() token.Device {
	c.t.Helper()
	list, err := c.module.Devices(context.Background())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, d := range list {
		if identityOf(d, c.holder) != nil {
			return d
		}
	}
	c.t.Fatalf("the card is not among %d tokens", len(list))
	panic("unreachable")
}

func (c card) status() piv.Status { return c.tokens.Devices[0].Card.Status() }

// wantTries is what the card itself says, and what wrong PINs it has counted.
func (c card) wantTries(pin, puk int) {
	c.t.Helper()
	if s := c.status(); s.PINTries != pin || s.PUKTries != puk {
		c.t.Errorf("%d tries of the PIN and %d of the PUK are left, want %d and %d", s.PINTries, s.PUKTries, pin, puk)
	}
}

func TestCardCountsTries(t *testing.T) {
	c := newCard(t, "")
	ctx := context.Background()
	change := func(old string, o token.OpenOptions) error {
		return c.device().ChangePIN(ctx, []byte(old), []byte(otherPIN), o)
	}
	if d := c.device(); d.PIN != token.PINOK || d.MinPIN == 0 || d.MaxPIN != 8 || len(d.Identities) != 2 {
		t.Errorf("device %+v", d)
	}
	if err := change(badPIN, token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("first: %v", err)
	}
	c.wantTries(2, 3)
	// Looking, and what is refused before it is tried, costs nothing.
	if err := c.device().ChangePIN(ctx, []byte(badPIN), []byte("1"), token.OpenOptions{}); !errors.Is(err, token.ErrPINShort) {
		t.Errorf("short: %v", err)
	}
	c.wantTries(2, 3)
	i := *identityOf(c.device(), c.holder)
	if _, err := c.device().Test(ctx, i, []byte(badPIN), token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("second: %v", err)
	}
	c.wantTries(1, 3)
	// The last try is nobody's by accident.
	if d := c.device(); d.PIN != token.PINFinalTry {
		t.Errorf("state %q", d.PIN)
	}
	d := c.device()
	for name, err := range map[string]error{
		"change": change(badPIN, token.OpenOptions{}),
		"rename": d.Rename(ctx, i, "nhãn", []byte(badPIN), token.OpenOptions{}),
		"test":   func() error { _, err := d.Test(ctx, i, []byte(badPIN), token.OpenOptions{}); return err }(),
		"import": func() error {
			_, err := d.Import(ctx, plan(t, d, c.holder), nil, []byte(badPIN), token.OpenOptions{})
			return err
		}(),
	} {
		if !errors.Is(err, token.ErrPINFinalTry) {
			t.Errorf("%s on the last try: %v", name, err)
		}
	}
	c.wantTries(1, 3)
	if err := change(badPIN, token.OpenOptions{AllowFinalTry: true}); !errors.Is(err, token.ErrPINIncorrect) && !errors.Is(err, token.ErrPINLocked) {
		t.Errorf("third: %v", err)
	}
	c.wantTries(0, 3)
	if d := c.device(); d.PIN != token.PINLocked {
		t.Errorf("state %q", d.PIN)
	}
	if err := change(cardPIN, token.OpenOptions{AllowFinalTry: true}); !errors.Is(err, token.ErrPINLocked) {
		t.Errorf("locked: %v", err)
	}
	// A certificate is still to be read, for the form that asks for unlocking.
	if identityOf(c.device(), c.holder) == nil {
		t.Error("the certificate of a locked card is not shown")
	}

	if err := c.device().Unlock(ctx, []byte("00000000"), []byte(otherPIN), token.OpenOptions{}); !errors.Is(err, token.ErrPINIncorrect) {
		t.Errorf("wrong PUK: %v", err)
	}
	c.wantTries(0, 2)
	if err := c.device().Unlock(ctx, []byte(cardPUK), []byte(otherPIN), token.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	c.wantTries(3, 3)
	for _, i := range c.device().Identities { // the other key wants its PIN before each signature
		if tested, err := c.device().Test(ctx, i, []byte(otherPIN), token.OpenOptions{}); err != nil {
			t.Errorf("%s after unlocking: %v", tested.Algorithm, err)
		}
	}
}

func TestCardChangesPIN(t *testing.T) {
	c := newCard(t, "")
	ctx := context.Background()
	if err := c.device().ChangePIN(ctx, []byte(cardPIN), []byte("matkhau1"), token.OpenOptions{}); !errors.Is(err, token.ErrNewPIN) {
		t.Errorf("letters: %v", err)
	}
	if err := c.device().ChangePIN(ctx, []byte(cardPIN), []byte("1234"), token.OpenOptions{}); !errors.Is(err, token.ErrNewPIN) && !errors.Is(err, token.ErrPINShort) {
		t.Errorf("four digits: %v", err)
	}
	if err := c.device().ChangePIN(ctx, []byte(cardPIN), []byte(otherPIN), token.OpenOptions{}); err != nil {
		t.Error(err)
	}
	c.wantTries(3, 3)
	if n := c.status().Counts.WrongPINs; n != 0 {
		t.Errorf("%d wrong PINs, want none", n)
	}
	if _, err := c.device().Test(ctx, *identityOf(c.device(), c.holder), []byte(otherPIN), token.OpenOptions{}); err != nil {
		t.Error(err)
	}
}

// A PUK is never offered as a PIN: OpenSC would take it for one here.
func TestCardWithoutPUKSetting(t *testing.T) {
	for _, style := range []string{"none", "init_pin_in_so_session", ""} {
		t.Run(style, func(t *testing.T) {
			c := newCard(t, style)
			if err := c.device().Unlock(context.Background(), []byte(cardPUK), []byte(otherPIN), token.OpenOptions{}); !errors.Is(err, token.ErrNotPossible) {
				t.Errorf("a card that is not locked: %v", err)
			}
			c.wantTries(3, 3)
			c.tokens.Devices[0].Card.Lock()
			err := c.device().Unlock(context.Background(), []byte(cardPUK), []byte(otherPIN), token.OpenOptions{})
			if style == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, token.ErrNotPossible) || !strings.Contains(err.Error(), "opensc.conf") {
				t.Errorf("%v", err)
			}
			c.wantTries(0, 3)
		})
	}
}

// OpenSC writes nothing to PIV cards: that is said, and nothing has changed.
func TestCardTakesNoCertificate(t *testing.T) {
	c := newCard(t, "")
	d := c.device()
	key := c.tokens.Devices[0].Card.Certificate(piv.Authentication).PublicKey
	renewed := *c.holder // OpenSC is asked, and refuses whatever it is
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: renewed.SerialNumber, Subject: renewed.Subject, NotBefore: renewed.NotBefore, NotAfter: renewed.NotAfter.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, d, fresh)
	if len(p.Old) != 1 {
		t.Fatalf("plan %+v", p)
	}
	if _, err := d.Import(context.Background(), p, p.Old, []byte(cardPIN), token.OpenOptions{}); !errors.Is(err, token.ErrNotPossible) {
		t.Errorf("import: %v", err)
	}
	if err := d.Rename(context.Background(), *identityOf(d, c.holder), "nhãn", []byte(cardPIN), token.OpenOptions{}); !errors.Is(err, token.ErrNotPossible) {
		t.Errorf("rename: %v", err)
	}
	c.wantTries(3, 3)
	if !c.tokens.Devices[0].Card.Certificate(piv.Authentication).Equal(c.holder) || len(c.device().Identities) != 2 {
		t.Error("the card has changed")
	}
	if tool := d.VendorTool(); tool != "pkcs15-tool" {
		t.Errorf("the vendor's program is %q", tool)
	}
}

// A card taken out in the middle is told as that, and the old PIN still counts.
func TestCardTakenOutWhileManaged(t *testing.T) {
	c := newCard(t, "")
	d := c.device()
	const changeReferenceData = 0x24
	c.tokens.Devices[0].DieAt(changeReferenceData)
	if err := d.ChangePIN(context.Background(), []byte(cardPIN), []byte(otherPIN), token.OpenOptions{}); !errors.Is(err, token.ErrTokenRemoved) {
		t.Errorf("%v", err)
	}
	if err := d.ChangePIN(context.Background(), []byte(cardPIN), []byte(otherPIN), token.OpenOptions{}); !errors.Is(err, token.ErrTokenRemoved) {
		t.Errorf("while it is out: %v", err)
	}
	c.tokens.Insert(t, c.tokens.Devices[0])
	virtualtokentest.Await(t, "the card is back", func() bool {
		list, err := c.module.Devices(context.Background())
		return err == nil && len(list) > 0 && len(list[0].Identities) == 2
	})
	if _, err := c.device().Test(context.Background(), *identityOf(c.device(), c.holder), []byte(cardPIN), token.OpenOptions{}); err != nil {
		t.Error(err)
	}
}
