//go:build linux && cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kyso/agent/internal/token"
	"kyso/testdata/pki"
	virtual "kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

// contracted is a token on which the contract is tried. It holds the key "rsa",
// and "always", an EC key that wants the PIN before each signature.
type contracted struct {
	module string
	pin    string
	so     string // what unlocks: SO PIN or PUK
	f      fixture
	card   *virtual.Device // nil: SoftHSM, which is no card
	differences
}

// differences are where PKCS#11 lets tokens differ. Each row of the contract
// asserts what is written here; none is left out for a token.
type differences struct {
	afterWrong  [3]token.PINState // the PIN's state after one, two, three wrong ones
	soLow       token.PINState    // the SO PIN's state after a wrong one
	resetsOpen  bool              // sets the PIN anew also while it is not locked
	letters     bool              // takes letters in a PIN
	writes      bool              // puts certificates and labels into the token
	showsNewOne bool              // a running library shows a token that is plugged in
}

// wrong is a PIN that neither token has.
const wrong = "99999999"

var contractTokens = map[string]func(*testing.T) contracted{
	"SoftHSM": func(t *testing.T) contracted {
		return contracted{module: softHSM, pin: pin, so: soPIN, f: newFixture(t), differences: differences{
			// It says that there was a wrong PIN, counts none, and never locks.
			afterWrong: [3]token.PINState{token.PINLow, token.PINLow, token.PINLow},
			soLow:      token.PINLow,
			resetsOpen: true, letters: true, writes: true,
			// Its tokens are read when the library starts, and at no other time.
			showsNewOne: false,
		}}
	},
	"OpenSC": func(t *testing.T) contracted {
		return cardContract(t, virtualtokentest.Options{})
	},
}

// cardContract is OpenSC's library on a card of our own.
func cardContract(t *testing.T, o virtualtokentest.Options) contracted {
	t.Helper()
	f := newFixture(t) // for the keys
	const cardPIN, puk = "246802", "13571357"
	o.Cards = []piv.Options{{PIN: cardPIN, PUK: puk, Keys: []piv.Key{
		{Slot: piv.Authentication, Private: shared.holders["rsa"].key, Certificate: shared.holders["rsa"].cert},
		{Slot: piv.Signature, Private: shared.holders["always"].key, Certificate: shared.holders["always"].cert},
	}}}
	tokens := virtualtokentest.Start(t, o)
	return contracted{module: virtualtokentest.Module(t), pin: cardPIN, so: puk, f: f, card: tokens.Devices[0], differences: differences{
		// Three tries. OpenSC tells of the last one, not of the first wrong one.
		afterWrong: [3]token.PINState{token.PINOK, token.PINFinalTry, token.PINLocked},
		soLow:      token.PINOK, // the PUK's counter cannot be asked
		// While the card is not locked OpenSC might take the PUK for the old PIN.
		resetsOpen:  false,
		letters:     false, // SP 800-73: digits
		writes:      false, // OpenSC does not write PIV cards through PKCS#11
		showsNewOne: true,
	}}
}

func (c contracted) start(t *testing.T) *token.Module { return startModule(t, "token-host", c.module) }

// try logs in with any PIN.
func (c contracted) try(t *testing.T, m *token.Module, name, p string, o token.OpenOptions) (token.Key, error) {
	t.Helper()
	given := []byte(p)
	defer zeroed(t, given)
	k, err := m.Open(context.Background(), find(t, m, name).ID, given, o)
	if err == nil {
		t.Cleanup(func() { k.Close() })
	}
	return k, err
}

func (c contracted) open(t *testing.T, m *token.Module, name string) token.Key {
	t.Helper()
	k, err := c.try(t, m, name, c.pin, token.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// state is what listing says of the PIN.
func (c contracted) state(t *testing.T, m *token.Module, want token.PINState) {
	t.Helper()
	if s := find(t, m, "rsa").PIN; s != want {
		t.Errorf("PIN state %q, want %q", s, want)
	}
	if s := device(t, m).PIN; s != want {
		t.Errorf("PIN state %q for its keeper, want %q", s, want)
	}
}

// tries checks how many wrong PINs and PUKs the card has counted; SoftHSM has no
// counter to look at.
func (c contracted) tries(t *testing.T, pins, puks int) {
	t.Helper()
	if c.card == nil {
		return
	}
	if n := c.card.Card.Status().Counts; n.WrongPINs != pins || n.WrongPUKs != puks {
		t.Errorf("the card has counted %d wrong PINs and %d wrong PUKs, want %d and %d", n.WrongPINs, n.WrongPUKs, pins, puks)
	}
}

// opensslVerifies has openssl judge a signature over the text digest() is of.
func opensslVerifies(t *testing.T, c *x509.Certificate, signature []byte, options ...string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := exec.Command("openssl", "x509", "-in", file("cert.pem", pki.PEM(c)), "-noout", "-pubkey").Output()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"dgst", "-sha256", "-verify", file("key.pem", key), "-signature", file("signature", signature)}, options...)
	if out, err := exec.Command("openssl", append(args, file("text", []byte("Nghị quyết")))...).CombinedOutput(); err != nil {
		t.Errorf("openssl: %s", out)
	}
}

func sum(h crypto.Hash) []byte {
	d := h.New()
	d.Write([]byte("Nghị quyết"))
	return d.Sum(nil)
}
