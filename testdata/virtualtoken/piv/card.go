// Package piv is a smart card in software: the card application of NIST SP
// 800-73-4, part 2, as far as OpenSC uses it. It is for tests and for
// developers without a token; its keys are in ordinary memory, and it takes no
// care against anybody who can read that.
package piv

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
)

// Options says how a card is made. The zero value is a card without keys.
type Options struct {
	// PIN and PUK have six to eight digits. Empty means DefaultPIN and DefaultPUK.
	PIN, PUK string
	// Tries is how many wrong PINs or PUKs in a row lock them, at most 15. Zero
	// means 3, as the tokens of the Government have.
	Tries int
	// Keys are what the card holds, one for each slot.
	Keys []Key
	// ManagementKey opens PUT DATA: 24 bytes are 3DES or AES-192, 16 and 32
	// AES. Nil means DefaultManagementKey.
	ManagementKey []byte
}

// What a card has when its Options do not say.
const (
	DefaultPIN = "123456"
	DefaultPUK = "12345678"
)

// DefaultManagementKey is what PIV cards usually leave the factory with.
func DefaultManagementKey() []byte {
	return []byte{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}
}

// A Slot is a key reference of SP 800-73-4, part 1, table 4b.
type Slot byte

const (
	Authentication     Slot = 0x9A // the PIN is wanted once
	Signature          Slot = 0x9C // the PIN is wanted before each use
	KeyManagement      Slot = 0x9D // the PIN is wanted once; signs nothing in OpenSC
	CardAuthentication Slot = 0x9E // no PIN is wanted
)

// A Key is a private key in a slot, with its certificate if there is one yet.
type Key struct {
	Slot Slot // zero means Authentication
	// Private is RSA of 2048 or 3072 bits, or ECDSA on P-256 or P-384.
	Private     crypto.Signer
	Certificate *x509.Certificate
}

// maxCommand bounds the data of a chained command: no data object of a PIV card
// is larger than a few KiB.
const maxCommand = 8 << 10

// A Card is one card. Its methods may be called from several goroutines.
type Card struct {
	mu         sync.Mutex
	pin, puk   secret
	tries      int
	keys       map[Slot]privateKey
	objects    map[uint32][]byte // by tag, each with its outer 53 or 7E
	management []byte

	// The state below is lost by Reset.
	selected  bool
	verified  bool   // the PIN was right
	fresh     bool   // ... and no private key was used since
	admin     bool   // the management key was right
	challenge []byte // what the next GENERAL AUTHENTICATE must answer
	witness   bool   // the challenge is a witness of mutual authentication
	chain     *command
	pending   []byte // waiting for GET RESPONSE

	counts Counts
}

// Counts says what was asked of a card since it was made.
type Counts struct {
	Commands   int `json:"commands"`
	Verified   int `json:"verified"`  // right PINs
	WrongPINs  int `json:"wrongPINs"` // each cost a try
	WrongPUKs  int `json:"wrongPUKs"`
	Signatures int `json:"signatures"` // uses of a private key
}

// New makes a card.
func New(o Options) (*Card, error) {
	c := &Card{tries: o.Tries, keys: map[Slot]privateKey{}, objects: map[uint32][]byte{}, management: o.ManagementKey}
	if c.tries == 0 {
		c.tries = 3
	}
	if c.tries < 0 || c.tries > 15 {
		return nil, fmt.Errorf("make card: %d tries, want 1 to 15", c.tries)
	}
	if o.PIN == "" {
		o.PIN = DefaultPIN
	}
	if o.PUK == "" {
		o.PUK = DefaultPUK
	}
	var ok bool
	if c.pin, ok = newSecret(o.PIN, c.tries); !ok {
		return nil, errors.New("make card: a PIN has six to eight digits")
	}
	if c.puk, ok = newSecret(o.PUK, c.tries); !ok {
		return nil, errors.New("make card: a PUK has six to eight digits")
	}
	if c.management == nil {
		c.management = DefaultManagementKey()
	}
	switch len(c.management) {
	case 16, 24, 32:
	default:
		return nil, fmt.Errorf("make card: a management key of %d bytes", len(c.management))
	}
	serial := make([]byte, 16)
	rand.Read(serial)
	c.initObjects(serial)
	for _, k := range o.Keys {
		if err := c.put(k); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ATR is the answer to reset: T=1, and historical bytes that hold PIV's
// application identifier (SP 800-73-4, part 1, 2.2), by which OpenSC knows the
// card. No extended lengths are offered.
func (c *Card) ATR() []byte {
	atr := []byte{0x3B, 0x8D, 0x01, 0x80, 0xFB}
	atr = append(atr, applicationID...)
	var check byte
	for _, b := range atr[1:] {
		check ^= b
	}
	return append(atr, check)
}

// Reset is what loss of power or a reset does: the PIN is wanted again.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

func (c *Card) reset() {
	c.selected, c.verified, c.fresh, c.admin = true, false, false, false // PIV is the default application
	c.challenge, c.witness, c.chain, c.pending = nil, false, nil, nil
}

// Transmit answers one command APDU.
func (c *Card) Transmit(raw []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Commands++
	cmd, sw := parseCommand(raw)
	if sw != swOK {
		return answer(nil, sw)
	}
	if cmd.ins == insGetResponse && cmd.class == classPlain {
		return c.more(cmd.expected)
	}
	c.pending = nil
	cmd, sw, done := c.unchain(cmd)
	if done {
		return answer(nil, sw)
	}
	data, sw := c.execute(cmd)
	if sw != swOK || len(data) == 0 {
		return answer(nil, sw)
	}
	c.pending = data
	return c.more(cmd.expected)
}

// unchain collects the parts of a chained command (ISO/IEC 7816-4, 5.1.1.1).
// done says that the answer to this part is sw alone.
func (c *Card) unchain(cmd command) (whole command, sw statusWord, done bool) {
	if cmd.class != classPlain && cmd.class != classChained {
		c.chain = nil
		return cmd, swClassNotSupported, true
	}
	if c.chain != nil {
		first := c.chain
		if first.ins != cmd.ins || first.p1 != cmd.p1 || first.p2 != cmd.p2 {
			c.chain = nil
			return cmd, swLastExpected, true
		}
		if len(first.data)+len(cmd.data) > maxCommand {
			c.chain = nil
			return cmd, swWrongLength, true
		}
		cmd.data = append(first.data, cmd.data...)
	}
	if cmd.class == classChained {
		cmd.data = append([]byte(nil), cmd.data...)
		c.chain = &cmd
		return cmd, swOK, true
	}
	c.chain = nil
	return cmd, swOK, false
}

// more sends what is pending, as much as the terminal has room for.
func (c *Card) more(room int) []byte {
	if len(c.pending) == 0 {
		return answer(nil, swConditions)
	}
	n := min(room, len(c.pending))
	part := c.pending[:n]
	c.pending = c.pending[n:]
	switch left := len(c.pending); {
	case left == 0:
		return answer(part, swOK)
	case left > 0xFF:
		return answer(part, swMoreData)
	default:
		return answer(part, swMoreData|statusWord(left))
	}
}

func (c *Card) execute(cmd command) ([]byte, statusWord) {
	if cmd.ins == insSelect {
		return c.selectApplication(cmd)
	}
	if !c.selected {
		return nil, swUnknownInstruction
	}
	switch cmd.ins {
	case insVerify:
		return nil, c.verify(cmd)
	case insChangeReferenceData:
		return nil, c.changeReferenceData(cmd)
	case insResetRetryCounter:
		return nil, c.resetRetryCounter(cmd)
	case insGetData:
		return c.getData(cmd)
	case insPutData:
		return nil, c.putData(cmd)
	case insGeneralAuthenticate:
		return c.generalAuthenticate(cmd)
	}
	return nil, swUnknownInstruction
}
