//go:build cgo

package token

import (
	"strings"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// vendorLibrary is a PKCS#11 library loaded into this process: the child.
type vendorLibrary struct {
	path string
	ctx  *pkcs11.Ctx
	keys map[int]*vendorKey
	last int // the newest key's number

	waiting waiting
}

// vendorKey is a private key with the logged-in session it lives in.
type vendorKey struct {
	slot    uint
	session pkcs11.SessionHandle
	object  pkcs11.ObjectHandle
	// always is CKA_ALWAYS_AUTHENTICATE: the PIN is wanted before each
	// signature, and pin (nil with a PIN pad) answers it.
	always bool
	pin    []byte
	spent  bool // the PIN was refused once: never offer it again
	// mechanisms is what the token offers, asked once: it does not change while
	// the key is open.
	mechanisms []*pkcs11.Mechanism
}

var _ library = (*vendorLibrary)(nil)

func loadLibrary(path string) (library, error) {
	ctx := pkcs11.New(path)
	if ctx == nil {
		return nil, explainLoad(path)
	}
	if err := ctx.Initialize(); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		return nil, refuse("C_Initialize", err)
	}
	return &vendorLibrary{path: path, ctx: ctx, keys: map[int]*vendorKey{}, waiting: waiting{proven: tellsEvents(path)}}, nil
}

// finish logs out and finalises. The library is not unloaded: some crash then,
// and the process is about to end anyway.
func (l *vendorLibrary) finish() {
	for key := range l.keys {
		l.close(key)
	}
	l.ctx.Finalize()
}

// tokens lists every slot with a token in it. A token that cannot be read has
// its Problem set and does not hide the others.
func (l *vendorLibrary) tokens() ([]wireToken, error) {
	slots, err := l.slots()
	if err != nil {
		return nil, err
	}
	var list []wireToken
	for _, slot := range slots[:min(len(slots), maxTokens)] {
		info, err := l.ctx.GetTokenInfo(slot)
		if err != nil {
			if !gone(err) { // pulled out since: no token, no problem
				list = append(list, wireToken{Slot: slot, Problem: refuse("C_GetTokenInfo", err).Error()})
			}
			continue
		}
		if info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			continue // a blank token, or SoftHSM's slot for the next one
		}
		t := describe(slot, info)
		if err := l.readObjects(&t); err != nil {
			t.Problem = err.Error()
		}
		list = append(list, t)
	}
	return list, nil
}

// slots lists those with a token in them.
func (l *vendorLibrary) slots() ([]uint, error) {
	slots, err := l.ctx.GetSlotList(true)
	if err != nil {
		return nil, refuse("C_GetSlotList", err)
	}
	if len(slots) > maxSlots {
		return nil, fail(ErrModule, "C_GetSlotList: %d slots", len(slots))
	}
	return slots, nil
}

func describe(slot uint, info pkcs11.TokenInfo) wireToken {
	return wireToken{
		Slot: slot, Label: text(info.Label), Serial: text(info.SerialNumber),
		Manufacturer: text(info.ManufacturerID), Model: text(info.Model),
		LoginRequired: info.Flags&pkcs11.CKF_LOGIN_REQUIRED != 0,
		PINPad:        info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0,
		PIN:           pinState(info.Flags),
	}
}

// pinState reads PKCS #11 v2.40 table 6's flags, the worst first: a token may
// set several.
func pinState(flags uint) PINState {
	switch {
	case flags&pkcs11.CKF_USER_PIN_LOCKED != 0:
		return PINLocked
	case flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0:
		return PINFinalTry
	case flags&pkcs11.CKF_USER_PIN_COUNT_LOW != 0:
		return PINLow
	}
	return PINOK
}

// open logs in with one C_Login and finds the private key. Wrong PINs cost the
// person the token, so everything that can be refused is refused before it.
func (l *vendorLibrary) open(r request, pin []byte) (int, error) {
	slot, t, err := l.findToken(r.Slot, r.Serial, r.Label)
	if err != nil {
		return 0, err
	}
	for _, k := range l.keys {
		if k.slot == slot {
			return 0, fail(ErrTokenBusy, "%s", t.Label)
		}
	}
	session, err := l.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return 0, refuse("C_OpenSession", err)
	}
	key, err := l.openIn(session, t, r, pin)
	if err != nil {
		l.ctx.Logout(session)
		l.ctx.CloseSession(session)
		return 0, err
	}
	key.slot = slot
	l.last++
	l.keys[l.last] = key
	return l.last, nil
}

// findToken looks for the token by its serial number and label, first in the
// slot where it was last seen: slots change when tokens are moved. The label
// counts because a card with two PINs may show as two tokens with one serial.
func (l *vendorLibrary) findToken(slot uint, serial, label string) (uint, wireToken, error) {
	slots, err := l.slots()
	if err != nil {
		return 0, wireToken{}, err
	}
	var present []uint
	for _, s := range slots {
		if s == slot {
			present = append([]uint{s}, present...)
		} else {
			present = append(present, s)
		}
	}
	for _, s := range present {
		info, err := l.ctx.GetTokenInfo(s)
		if err == nil && named(info, serial, label) {
			return s, describe(s, info), nil
		}
	}
	return 0, wireToken{}, fail(ErrTokenRemoved, "token with serial number %q", serial)
}

// named tells whether a token is the one that describe told of.
func named(info pkcs11.TokenInfo, serial, label string) bool {
	return text(info.SerialNumber) == serial && text(info.Label) == label && info.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0
}

// text makes UTF-8 of what a library says, as the JSON between the processes
// would. Older tokens have labels in other encodings.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func (l *vendorLibrary) openIn(session pkcs11.SessionHandle, t wireToken, r request, pin []byte) (*vendorKey, error) {
	login := t.LoginRequired || len(pin) > 0
	if t.PINPad {
		pin = nil // CKF_PROTECTED_AUTHENTICATION_PATH: the PIN must be NULL
	}
	if login {
		switch {
		case t.PIN == PINLocked:
			return nil, fail(ErrPINLocked, "token %s", t.Label)
		case t.PIN == PINFinalTry && !r.AllowFinalTry:
			return nil, fail(ErrPINFinalTry, "token %s", t.Label)
		case len(pin) == 0 && !t.PINPad:
			return nil, fail(ErrPINIncorrect, "no PIN given; nothing was tried")
		}
		// Some libraries share a login between processes. A login that is
		// already there would let any PIN pass unchecked.
		if info, err := l.ctx.GetSessionInfo(session); err == nil && info.State == pkcs11.CKS_RO_USER_FUNCTIONS {
			l.ctx.Logout(session)
		}
		// The one try. It is never repeated, not even on errors that are not
		// about the PIN: they may still have cost a try.
		if err := l.ctx.Login(session, pkcs11.CKU_USER, borrow(pin)); err != nil {
			return nil, refuse("C_Login", err)
		}
	}
	object, err := l.findKey(session, r)
	if err != nil {
		return nil, err
	}
	key := &vendorKey{session: session, object: object}
	if key.always = l.flag(session, object, pkcs11.CKA_ALWAYS_AUTHENTICATE); key.always && len(pin) > 0 {
		key.pin = make([]byte, len(pin))
		lockMemory(key.pin)
		copy(key.pin, pin)
	}
	return key, nil
}

func (l *vendorLibrary) close(number int) error {
	key, ok := l.keys[number]
	if !ok {
		return nil
	}
	delete(l.keys, number)
	forget(key)
	l.ctx.Logout(key.session)
	return refuse("C_CloseSession", l.ctx.CloseSession(key.session))
}

func forget(key *vendorKey) {
	clear(key.pin)
	unlockMemory(key.pin)
	key.pin = nil
}

// borrow lends b as the string miekg/pkcs11 wants, without a Go copy of it.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
