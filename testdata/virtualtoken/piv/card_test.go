package piv_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"kyso/testdata/virtualtoken/piv"
)

// newCard has P-256 keys in all slots but KeyManagement.
func newCard(t testing.TB, o piv.Options) (*piv.Card, *ecdsa.PrivateKey) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range []piv.Slot{piv.Authentication, piv.Signature, piv.CardAuthentication} {
		o.Keys = append(o.Keys, piv.Key{Slot: slot, Private: private})
	}
	card, err := piv.New(o)
	if err != nil {
		t.Fatal(err)
	}
	card.Reset()
	return card, private
}

// send sends hexadecimal digits, spaces allowed, and returns the answer so.
func send(t testing.TB, card *piv.Card, command string) string {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(command, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ToUpper(hex.EncodeToString(card.Transmit(raw)))
}

// expect sends a command and wants an answer that ends so.
func expect(t testing.TB, card *piv.Card, command, end string) string {
	t.Helper()
	have := send(t, card, command)
	if !strings.HasSuffix(have, end) {
		t.Errorf("%s: %s, want %s at the end", command, have, end)
	}
	return have
}

const (
	rightPIN = "00 20 00 80 08 31 32 33 34 35 36 FF FF"
	wrongPIN = "00 20 00 80 08 30 30 30 30 30 30 FF FF"
	askPIN   = "00 20 00 80"
	// signing is GENERAL AUTHENTICATE with a P-256 key and a digest of 32 zeros.
	signing9A = "00 87 11 9A 26 7C 24 82 00 81 20 0000000000000000000000000000000000000000000000000000000000000000 00"
)

var (
	signing9C = strings.Replace(signing9A, "9A", "9C", 1)
	signing9E = strings.Replace(signing9A, "9A", "9E", 1)
)

// TestRetryCounter: SP 800-73-4, part 2, 3.2.1.
func TestRetryCounter(t *testing.T) {
	card, _ := newCard(t, piv.Options{})
	expect(t, card, askPIN, "63C3")
	expect(t, card, wrongPIN, "63C2")
	expect(t, card, askPIN, "63C2") // asking costs nothing
	expect(t, card, "00 20 00 80 06 31 32 33 34 35 36", "6A80")
	expect(t, card, "00 20 00 81 08 31 32 33 34 35 36 37 38", "6A88")
	expect(t, card, askPIN, "63C2")
	expect(t, card, rightPIN, "9000")
	expect(t, card, askPIN, "9000")
	expect(t, card, "00 20 FF 80", "9000") // log out
	expect(t, card, askPIN, "63C3")
	expect(t, card, wrongPIN, "63C2")
	expect(t, card, wrongPIN, "63C1")
	expect(t, card, wrongPIN, "6983")
	expect(t, card, rightPIN, "6983")
	expect(t, card, askPIN, "6983")
	if s := card.Status(); s.Counts.WrongPINs != 4 || s.Counts.Verified != 1 {
		t.Errorf("%+v, want 4 wrong PINs and 1 right one", s.Counts)
	}
	// RESET RETRY COUNTER: a wrong PUK, the right one with a PIN too short, the right one.
	expect(t, card, "00 2C 00 80 10 3030303030303030 363534333231FFFF", "63C2")
	expect(t, card, "00 2C 00 80 10 3132333435363738 3635343332FFFFFF", "6A80")
	expect(t, card, "00 2C 00 80 10 3132333435363738 363534333231FFFF", "9000")
	expect(t, card, askPIN, "63C3")
	expect(t, card, rightPIN, "63C2")
	expect(t, card, "00 20 00 80 08 363534333231FFFF", "9000")
}

func TestPUKLocksToo(t *testing.T) {
	card, _ := newCard(t, piv.Options{Tries: 2})
	card.Lock()
	expect(t, card, "00 2C 00 80 10 3030303030303030 363534333231FFFF", "63C1")
	expect(t, card, "00 2C 00 80 10 3030303030303030 363534333231FFFF", "6983")
	expect(t, card, "00 2C 00 80 10 3132333435363738 363534333231FFFF", "6983")
	if s := card.Status(); s.PINTries != 0 || s.PUKTries != 0 {
		t.Errorf("%+v, want both locked", s)
	}
	card.Unlock()
	expect(t, card, rightPIN, "9000")
}

// TestRulesOfSlots: SP 800-73-4, part 1, table 4b.
func TestRulesOfSlots(t *testing.T) {
	card, private := newCard(t, piv.Options{})
	expect(t, card, signing9A, "6982")
	expect(t, card, signing9C, "6982")
	answer := expect(t, card, signing9E, "9000")
	raw, _ := hex.DecodeString(answer)
	if signature := raw[4 : len(raw)-2]; raw[0] != 0x7C || raw[2] != 0x82 || !ecdsa.VerifyASN1(&private.PublicKey, make([]byte, 32), signature) {
		t.Errorf("no signature: %s", answer)
	}
	expect(t, card, rightPIN, "9000")
	expect(t, card, signing9A, "9000")
	expect(t, card, signing9C, "6982") // another key was used since
	expect(t, card, signing9A, "9000") // once is enough
	expect(t, card, rightPIN, "9000")
	expect(t, card, "00 CB 3F FF 03 5C 01 7E 00", "9000") // reading does not matter
	expect(t, card, signing9C, "9000")
	expect(t, card, signing9C, "6982")
	expect(t, card, strings.Replace(signing9A, "11 9A", "07 9A", 1), "6A86")
	expect(t, card, strings.Replace(signing9A, "9A", "9D", 1), "6A88")
	card.Reset()
	expect(t, card, signing9A, "6982")
	if n := card.Status().Counts.Signatures; n != 4 {
		t.Errorf("%d signatures, want 4", n)
	}
}

func TestRawRSA(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	card, err := piv.New(piv.Options{Keys: []piv.Key{{Slot: piv.CardAuthentication, Private: private}}})
	if err != nil {
		t.Fatal(err)
	}
	card.Reset()
	digest := sha256.Sum256([]byte("x"))
	message := append(bytes.Repeat([]byte{0}, 256-32), digest[:]...)
	template := append([]byte{0x7C, 0x82, 1, 6, 0x82, 0, 0x81, 0x82, 1, 0}, message...)
	// In two parts, and the answer in two parts.
	if have := card.Transmit(append([]byte{0x10, 0x87, 7, 0x9E, 255}, template[:255]...)); !bytes.Equal(have, []byte{0x90, 0}) {
		t.Fatalf("first part: %X", have)
	}
	rest := template[255:]
	first := card.Transmit(append(append([]byte{0, 0x87, 7, 0x9E, byte(len(rest))}, rest...), 0))
	if len(first) != 258 || first[256] != 0x61 || first[257] != 8 {
		t.Fatalf("first answer: %X", first)
	}
	second := card.Transmit([]byte{0, 0xC0, 0, 0, 8})
	whole := append(first[:256:256], second[:8]...)
	signature := new(big.Int).SetBytes(whole[8:])
	if back := signature.Exp(signature, big.NewInt(int64(private.E)), private.N); back.Cmp(new(big.Int).SetBytes(message)) != 0 {
		t.Errorf("the public key does not undo %X", whole)
	}
	// RFC 8017, 5.2.1: a message out of range.
	outOfRange := append([]byte{0x7C, 0x82, 1, 6, 0x82, 0, 0x81, 0x82, 1, 0}, bytes.Repeat([]byte{0xFF}, 256)...)
	card.Transmit(append([]byte{0x10, 0x87, 7, 0x9E, 255}, outOfRange[:255]...))
	if have := card.Transmit(append(append([]byte{0, 0x87, 7, 0x9E, 11}, outOfRange[255:]...), 0)); !bytes.Equal(have, []byte{0x6A, 0x80}) {
		t.Errorf("out of range: %X", have)
	}
}

func TestCommandsOfAllKinds(t *testing.T) {
	card, _ := newCard(t, piv.Options{})
	for _, c := range []struct{ name, command, end string }{
		{"select", "00 A4 04 00 09 A00000030800001000 00", "9000"},
		{"select with version", "00 A4 04 00 0B A000000308000010000100 00", "9000"},
		{"another application", "00 A4 04 00 07 D2760001240102 00", "6A82"},
		{"a short name", "00 A4 04 00 05 A000000308 00", "6A82"},
		{"the card's GUID", "00 CB 3F FF 05 5C 03 5FC102 00", "9000"},
		{"no such object", "00 CB 3F FF 05 5C 03 5FC10C 00", "6A82"},
		{"no tag list", "00 CB 3F FF 05 53 03 5FC102 00", "6A80"},
		{"an object under the PIN", "00 CB 3F FF 05 5C 03 5FC109 00", "6982"},
		{"put without the management key", "00 DB 3F FF 07 5C 03 5FC105 53 00", "6982"},
		{"nothing pending", "00 C0 00 00 00", "6985"},
		{"extended", "00 CB 3F FF 00 00 05 5C 03 5FC102 00 00", "6700"},
		{"too short", "00 CB 3F", "6700"},
		{"length wrong", "00 CB 3F FF 09 5C 03 5FC102 00", "6700"},
		{"secure messaging", "0C CB 3F FF 05 5C 03 5FC102 00", "6E00"},
		{"unknown", "00 F1 00 00", "6D00"},
		{"chain begun", "10 CB 3F FF 02 5C 03", "9000"},
		{"... and broken", "00 CB 3F FE 03 5FC102 00", "6883"},
		{"chain again", "10 CB 3F FF 02 5C 03", "9000"},
		{"... and ended", "00 CB 3F FF 03 5FC102 00", "9000"},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, card, c.command, c.end) })
	}
	// A part of the answer, then the rest.
	whole := send(t, card, "00 CB 3F FF 05 5C 03 5FC102 00")
	first := expect(t, card, "00 CB 3F FF 05 5C 03 5FC102 08", "6135") // 61 bytes in all
	if second := expect(t, card, "00 C0 00 00 35", "9000"); first[:16]+second != whole {
		t.Errorf("%s and %s are not %s", first, second, whole)
	}
}

func TestChainIsBounded(t *testing.T) {
	card, _ := newCard(t, piv.Options{})
	part := append([]byte{0x10, 0xDB, 0x3F, 0xFF, 255}, make([]byte, 255)...)
	for range 32 {
		if have := card.Transmit(part); !bytes.Equal(have, []byte{0x90, 0}) {
			t.Fatalf("%X within 8 KiB", have)
		}
	}
	if have := card.Transmit(part); !bytes.Equal(have, []byte{0x67, 0}) {
		t.Errorf("%X beyond 8 KiB", have)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]piv.Options{
		"short PIN": {PIN: "12345"}, "letters": {PIN: "matkhau"}, "long PUK": {PUK: "123456789"}, "tries": {Tries: 16},
		"management key": {ManagementKey: make([]byte, 5)}, "slot": {Keys: []piv.Key{{Slot: 1}}}, "RSA-1024": {Keys: []piv.Key{{Private: small}}},
	} {
		if _, err := piv.New(o); err == nil {
			t.Errorf("%s: made a card", name)
		}
	}
}
