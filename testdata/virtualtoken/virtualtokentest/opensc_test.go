//go:build linux

package virtualtokentest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/testdata/pki"
	"kyso/testdata/virtualtoken/device"
	"kyso/testdata/virtualtoken/piv"
	"kyso/testdata/virtualtoken/virtualtokentest"
)

func TestTokenIsListed(t *testing.T) {
	ids := people(t)
	start(t, ids.rsa, in(piv.Signature, ids.p256))
	out, ok := tool(t, "--list-slots")
	for _, want := range []string{"Kyso virtual reader 00 00", "token label        : Nguyễn Văn Thử", "login required", "pin min/max        : 4/8"} {
		if !ok || !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	out, ok = tool(t, "--login", "--pin", pin, "--list-objects")
	for _, want := range []string{
		fmt.Sprintf("serial:     %040X", ids.rsa.Certificate.SerialNumber), fmt.Sprintf("serial:     %040X", ids.p256.Certificate.SerialNumber),
		"Private Key Object; RSA", "Private Key Object; EC", "always authenticate",
	} {
		if !ok || !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestSignaturesVerify(t *testing.T) {
	ids := people(t)
	pss := []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"}
	for _, c := range []struct {
		name, mechanism, hash string
		key                   piv.Key
		id                    string
		options               []string
	}{
		{"RSA-2048 PKCS1", "SHA256-RSA-PKCS", "sha256", ids.rsa, "01", nil},
		{"RSA-2048 PSS", "SHA256-RSA-PKCS-PSS", "sha256", ids.rsa, "01", pss},
		{"RSA-3072 PKCS1", "SHA384-RSA-PKCS", "sha384", ids.rsa3072, "01", nil},
		{"RSA-3072 PSS", "SHA512-RSA-PKCS-PSS", "sha512", ids.rsa3072, "01", pss},
		{"RSA-2048 PIN always", "SHA256-RSA-PKCS", "sha256", in(piv.Signature, ids.rsa), "02", nil},
		{"P-256", "ECDSA-SHA256", "sha256", ids.p256, "01", nil},
		{"P-384 PIN always", "ECDSA-SHA384", "sha384", in(piv.Signature, ids.p384), "02", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens := start(t, c.key)
			out := sign(t, c.mechanism, c.id)
			opensslVerifies(t, c.key.Certificate, c.hash, out, c.options...)
			if counts := tokens.Devices[0].Card.Status().Counts; counts.Signatures != 1 || counts.WrongPINs != 0 {
				t.Errorf("%+v, want one signature", counts)
			}
		})
	}
}

// sign signs message and returns the file with the signature.
func sign(t *testing.T, mechanism, id string, options ...string) string {
	t.Helper()
	signature := filepath.Join(t.TempDir(), "signature")
	if out, ok := trySign(t, mechanism, id, signature, options...); !ok {
		t.Fatalf("sign: %s", out)
	}
	return signature
}

func trySign(t *testing.T, mechanism, id, signature string, options ...string) (string, bool) {
	t.Helper()
	args := append([]string{"--login", "--pin", pin, "--sign", "--mechanism", mechanism, "--id", id,
		"--input-file", file(t, "message", []byte(message)), "--output-file", signature}, options...)
	if strings.HasPrefix(mechanism, "ECDSA") {
		args = append(args, "--signature-format", "openssl")
	}
	return tool(t, args...)
}

func TestWrongPINsLock(t *testing.T) {
	tokens := start(t, people(t).rsa)
	for _, step := range []struct{ answer, flags string }{
		{"CKR_PIN_INCORRECT", ""}, // OpenSC says no "count low" of a PIV card
		{"CKR_PIN_INCORRECT", "final user PIN try"},
		{"CKR_PIN_LOCKED", "user PIN locked"},
	} {
		if out, ok := tool(t, "--login", "--pin", wrong, "--list-objects"); ok || !strings.Contains(out, step.answer) {
			t.Fatalf("want %s, have:\n%s", step.answer, out)
		}
		if have := flags(t); !strings.Contains(have, step.flags) || step.flags == "" && strings.Contains(have, "user PIN try") {
			t.Errorf("after %s: want %q in %q", step.answer, step.flags, have)
		}
	}
	if out, ok := tool(t, "--login", "--pin", pin, "--list-objects"); ok || !strings.Contains(out, "CKR_PIN_LOCKED") {
		t.Errorf("the right PIN with a locked card:\n%s", out)
	}
	if s := tokens.Devices[0].Card.Status(); s.Counts.WrongPINs != 3 || s.PINTries != 0 {
		t.Errorf("%+v, want three wrong PINs, asking how it stands costs nothing", s)
	}
	// The PUK, by PKCS#11.
	if out, ok := tool(t, "--unlock-pin", "--puk", wrong+"00", "--new-pin", "112233"); ok || !strings.Contains(out, "CKR_PIN_INCORRECT") {
		t.Errorf("a wrong PUK:\n%s", out)
	}
	if out, ok := tool(t, "--unlock-pin", "--puk", puk, "--new-pin", "112233"); !ok {
		t.Errorf("the PUK:\n%s", out)
	}
	if out, ok := tool(t, "--login", "--pin", "112233", "--list-objects"); !ok {
		t.Errorf("the new PIN:\n%s", out)
	}
	// ... and by OpenSC's own tool, which needs no setting.
	tokens.Devices[0].Card.Lock()
	if out, ok := program(t, "pkcs15-tool", "--unblock-pin", "--puk", puk, "--new-pin", pin); !ok {
		t.Errorf("pkcs15-tool: %s", out)
	}
	sign(t, "SHA256-RSA-PKCS", "01")
}

// TestUnblockStyles keeps what docs/virtual-token.md says of OpenSC's settings.
func TestUnblockStyles(t *testing.T) {
	for _, c := range []struct {
		style, bySetPIN, bySO string
	}{
		{"set_pin_in_unlogged_session", "", "CKR_GENERAL_ERROR"},
		{"set_pin_in_specific_context", "CKR_PIN_LOCKED", "CKR_GENERAL_ERROR"},
		{"init_pin_in_so_session", "CKR_PIN_LOCKED", "CKR_GENERAL_ERROR"},
		{"none", "CKR_PIN_LOCKED", "CKR_GENERAL_ERROR"},
	} {
		t.Run(c.style, func(t *testing.T) {
			tokens := virtualtokentest.Start(t, virtualtokentest.Options{
				Cards: []piv.Options{{PIN: pin, PUK: puk, Keys: []piv.Key{people(t).rsa}}}, UnblockStyle: c.style,
			})
			tokens.Devices[0].Card.Lock()
			if out, ok := tool(t, "--unlock-pin", "--puk", puk, "--new-pin", pin); ok != (c.bySetPIN == "") || !strings.Contains(out, c.bySetPIN) {
				t.Errorf("C_SetPIN without a login, want %q:\n%s", c.bySetPIN, out)
			}
			if out, ok := tool(t, "--login", "--login-type", "so", "--so-pin", puk, "--init-pin", "--new-pin", pin); ok || !strings.Contains(out, c.bySO) {
				t.Errorf("C_Login as SO and C_InitPIN, want %q:\n%s", c.bySO, out)
			}
		})
	}
}

func TestChangePIN(t *testing.T) {
	tokens := start(t, people(t).rsa)
	for _, c := range []struct{ name, old, new, answer string }{
		{"wrong", wrong, "112233", "CKR_PIN_INCORRECT"},
		{"too short", pin, "1234", "CKR_PIN_LEN_RANGE"},
		{"letters", pin, "matkhau1", "CKR_DATA_INVALID"},
		{"right", pin, "112233", ""},
		{"and back", "112233", pin, ""},
	} {
		if out, ok := tool(t, "--change-pin", "--pin", c.old, "--new-pin", c.new); ok != (c.answer == "") || !strings.Contains(out, c.answer) {
			t.Errorf("%s: want %q:\n%s", c.name, c.answer, out)
		}
	}
	if s := tokens.Devices[0].Card.Status(); s.PINTries != 3 || s.Counts.WrongPINs != 1 {
		t.Errorf("%+v, want all tries and one wrong PIN", s)
	}
}

func TestCertificateIsRenewed(t *testing.T) {
	ids := people(t)
	tokens := start(t, ids.rsa)
	// PKCS#11 has no way: OpenSC writes nothing to PIV cards.
	if out, ok := tool(t, "--login", "--pin", pin, "--write-object", file(t, "new.der", ids.again.Certificate.Raw), "--type", "cert", "--id", "01"); ok || !strings.Contains(out, "CKR_FUNCTION_NOT_SUPPORTED") {
		t.Errorf("C_CreateObject:\n%s", out)
	}
	pem := file(t, "new.pem", pki.PEM(ids.again.Certificate))
	t.Setenv("PIV_EXT_AUTH_KEY", file(t, "wrong", []byte(strings.Repeat("11:", 23)+"11")))
	program(t, "piv-tool", "--admin", "M:9B:03", "--cert", "9A", "--in", pem)
	if tokens.Devices[0].Card.Certificate(piv.Authentication).SerialNumber.Cmp(ids.rsa.Certificate.SerialNumber) != 0 {
		t.Fatal("a wrong management key changed the certificate")
	}
	t.Setenv("PIV_EXT_AUTH_KEY", file(t, "key", []byte("01:02:03:04:05:06:07:08:01:02:03:04:05:06:07:08:01:02:03:04:05:06:07:08")))
	out, _ := program(t, "piv-tool", "--admin", "M:9B:03", "--cert", "9A", "--in", pem) // exits with the length it wrote
	if list, _ := tool(t, "--list-objects", "--type", "cert"); !strings.Contains(list, fmt.Sprintf("serial:     %040X", ids.again.Certificate.SerialNumber)) {
		t.Fatalf("piv-tool: %s\npkcs11-tool: %s", out, list)
	}
	opensslVerifies(t, ids.again.Certificate, "sha256", sign(t, "SHA256-RSA-PKCS", "01"))
}

func TestCardIsTakenOutAndPutIn(t *testing.T) {
	tokens := start(t, people(t).rsa)
	card := tokens.Devices[0]
	for range 3 {
		card.Remove()
		virtualtokentest.Await(t, "the slot is empty", func() bool {
			out, _ := tool(t, "--list-slots")
			return !strings.Contains(out, "token label")
		})
		tokens.Insert(t, card)
		virtualtokentest.Await(t, "the token is back", func() bool {
			out, _ := tool(t, "--list-slots")
			return strings.Contains(out, "token label")
		})
	}
	sign(t, "SHA256-RSA-PKCS", "01")
}

func TestTwoCards(t *testing.T) {
	ids := people(t)
	tokens := virtualtokentest.Start(t, virtualtokentest.Options{Cards: []piv.Options{
		{PIN: pin, Keys: []piv.Key{ids.rsa}}, {PIN: pin, Keys: []piv.Key{ids.p256}},
	}})
	opensslVerifies(t, ids.rsa.Certificate, "sha256", sign(t, "SHA256-RSA-PKCS", "01", "--token-label", "Nguyễn Văn Thử"))
	opensslVerifies(t, ids.p256.Certificate, "sha256", sign(t, "ECDSA-SHA256", "01", "--token-label", "Vũ Thị Ví Dụ"))
	for i, d := range tokens.Devices {
		if n := d.Card.Status().Counts.Signatures; n != 1 {
			t.Errorf("card %d signed %d times", i, n)
		}
	}
	tokens.Devices[0].Remove()
	virtualtokentest.Await(t, "only the second is there", func() bool {
		out, _ := tool(t, "--list-slots")
		return strings.Count(out, "token label") == 1 && strings.Contains(out, "Vũ Thị Ví Dụ")
	})
	sign(t, "ECDSA-SHA256", "01", "--token-label", "Vũ Thị Ví Dụ")
}

func TestFaults(t *testing.T) {
	ids := people(t)
	tokens := start(t, ids.rsa)
	card := tokens.Devices[0]
	signature := filepath.Join(t.TempDir(), "signature")

	card.SetSlow(20 * time.Millisecond)
	before, began := card.Card.Status().Counts.Commands, time.Now()
	if out, ok := trySign(t, "SHA256-RSA-PKCS", "01", signature); !ok {
		t.Errorf("a slow card: %s", out)
	}
	if least := time.Duration(card.Card.Status().Counts.Commands-before) * 20 * time.Millisecond; time.Since(began) < least {
		t.Errorf("%v, want at least %v", time.Since(began), least)
	}
	card.Heal()

	card.WrongAnswers(device.GeneralAuthenticate, device.Garbage)
	// OpenSC 0.23 says CKR_OK and gives zeros: who signs must verify.
	if _, ok := trySign(t, "SHA256-RSA-PKCS", "01", signature); ok {
		refused(t, ids.rsa.Certificate, signature)
	}
	card.WrongAnswers(device.GeneralAuthenticate, device.BitFlip)
	if out, ok := trySign(t, "SHA256-RSA-PKCS", "01", signature); !ok {
		t.Errorf("a false signature looks like one: %s", out)
	}
	refused(t, ids.rsa.Certificate, signature)
	card.Heal()

	card.DieAt(device.GeneralAuthenticate)
	if out, ok := trySign(t, "SHA256-RSA-PKCS", "01", signature); ok {
		t.Errorf("signed by a card that was out: %s", out)
	}
	if card.Status().Inserted {
		t.Error("the card is still in")
	}
	tokens.Insert(t, card)
	virtualtokentest.Await(t, "it signs again", func() bool {
		_, ok := trySign(t, "SHA256-RSA-PKCS", "01", signature)
		return ok
	})
	opensslVerifies(t, ids.rsa.Certificate, "sha256", signature)
}

// TestManyAtOnce: daemons do not disturb each other.
func TestManyAtOnce(t *testing.T) {
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			start(t, people(t).rsa)
			first := flags(t)
			t.Run("inner", func(t *testing.T) {
				start(t, people(t).p256)
				sign(t, "ECDSA-SHA256", "01")
			})
			if second := flags(t); first != second {
				t.Errorf("%q, then %q", first, second)
			}
			sign(t, "SHA256-RSA-PKCS", "01")
		})
	}
}
