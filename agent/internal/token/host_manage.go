//go:build cgo

package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/miekg/pkcs11"
)

// manage carries out one order. Every order but the description of the tokens
// changes a token, and so finds it anew and looks at its state first.
func (l *vendorLibrary) manage(r request, secret []byte) (*outcome, error) {
	if r.Manage == nil {
		return nil, fail(ErrModule, "no order")
	}
	if r.Manage.Do == orderDevices {
		list, err := l.devices()
		return &outcome{Devices: list}, err
	}
	if len(l.keys) > 0 {
		return nil, fail(ErrTokenBusy, "a key is open")
	}
	slot, _, err := l.findToken(r.Slot, r.Serial, r.Label)
	if err != nil {
		return nil, err
	}
	info, err := l.ctx.GetTokenInfo(slot)
	if err != nil {
		return nil, refuse("C_GetTokenInfo", err)
	}
	s := &keeping{vendorLibrary: l, slot: slot, flags: info.Flags, label: text(info.Label), final: r.AllowFinalTry}
	if s.calls, err = l.pinCalls(); err != nil {
		return nil, err
	}
	if s.session, err = l.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION); err != nil {
		return nil, cannot("C_OpenSession", err)
	}
	defer l.ctx.CloseSession(s.session)
	defer l.ctx.Logout(s.session)
	done, err := s.carryOut(*r.Manage, secret)
	if err != nil && errors.Is(err, ErrModule) && l.pulledOut(slot) {
		// Some libraries say only that something is wrong (seen: OpenSC 0.23).
		err = fail(ErrTokenRemoved, "%v", err)
	}
	return done, err
}

// readerTime is how long a reader may take to notice that its token is gone, and
// a library to look (OpenSC: once a second).
const readerTime = 1500 * time.Millisecond

// pulledOut tells whether the token has left the slot. C_GetTokenInfo is not
// asked: OpenSC then reconnects to the card, and has been seen to wait for ever.
func (l *vendorLibrary) pulledOut(slot uint) bool {
	for deadline := time.Now().Add(readerTime); ; time.Sleep(readerTime / 30) {
		info, err := l.ctx.GetSlotInfo(slot)
		out := gone(err) || err == nil && info.Flags&pkcs11.CKF_TOKEN_PRESENT == 0
		if out || time.Now().After(deadline) {
			return out
		}
	}
}

func (k *keeping) carryOut(o order, secret []byte) (*outcome, error) {
	switch o.Do {
	case orderChangePIN:
		return k.changePIN(secret)
	case orderUnlock:
		return k.unlock(secret)
	case orderImport:
		return k.importCertificate(o, secret)
	case orderRename:
		return k.rename(o, secret)
	}
	return nil, fail(ErrModule, "unknown order %q", o.Do)
}

// keeping is one order being carried out in a session of its own.
type keeping struct {
	*vendorLibrary
	calls   pinCalls
	slot    uint
	session pkcs11.SessionHandle
	flags   uint // of the token, just read
	label   string
	final   bool // the last try may be used up
}

func (k *keeping) pad() bool { return k.flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0 }

// mayTry refuses what the state of a PIN forbids.
func (k *keeping) mayTry(state PINState, pin []byte) error {
	switch {
	case state == PINLocked:
		return fail(ErrPINLocked, "token %s", k.label)
	case state == PINFinalTry && !k.final:
		return fail(ErrPINFinalTry, "token %s", k.label)
	case len(pin) == 0 && !k.pad():
		return fail(ErrPINIncorrect, "no PIN given; nothing was tried")
	}
	return nil
}

// login makes the one try, of the user's or the SO's PIN. It is never repeated.
func (k *keeping) login(user uint, state PINState, pin []byte) error {
	if err := k.mayTry(state, pin); err != nil {
		return err
	}
	if k.pad() {
		pin = nil
	}
	// A login that another program shares would let any PIN pass unchecked.
	if info, err := k.ctx.GetSessionInfo(k.session); err == nil && info.State != pkcs11.CKS_RW_PUBLIC_SESSION {
		k.ctx.Logout(k.session)
	}
	return cannot("C_Login", k.calls.login(k.session, user, pin))
}

// soState reads the flags of the PIN that unlocks, the worst first.
func soState(flags uint) PINState {
	switch {
	case flags&pkcs11.CKF_SO_PIN_LOCKED != 0:
		return PINLocked
	case flags&pkcs11.CKF_SO_PIN_FINAL_TRY != 0:
		return PINFinalTry
	case flags&pkcs11.CKF_SO_PIN_COUNT_LOW != 0:
		return PINLow
	}
	return PINOK
}

// cannot translates a return code of a call that changes a token: what the token
// or its library does not do at all is told from what went wrong.
func cannot(call string, err error) error {
	for _, code := range []pkcs11.Error{
		pkcs11.CKR_FUNCTION_NOT_SUPPORTED, pkcs11.CKR_ACTION_PROHIBITED, pkcs11.CKR_ATTRIBUTE_READ_ONLY,
		pkcs11.CKR_ATTRIBUTE_TYPE_INVALID, pkcs11.CKR_ATTRIBUTE_VALUE_INVALID, pkcs11.CKR_TEMPLATE_INCOMPLETE,
		pkcs11.CKR_TEMPLATE_INCONSISTENT, pkcs11.CKR_TOKEN_WRITE_PROTECTED, pkcs11.CKR_SESSION_READ_ONLY,
		pkcs11.CKR_USER_TYPE_INVALID, pkcs11.CKR_USER_PIN_NOT_INITIALIZED, pkcs11.CKR_DEVICE_MEMORY,
	} {
		if is(err, code) {
			return fail(ErrNotPossible, "%s: %v", call, err)
		}
	}
	return refuse(call, err)
}

// devices describes every slot with a token in it.
func (l *vendorLibrary) devices() ([]wireDevice, error) {
	tokens, err := l.tokens()
	if err != nil {
		return nil, err
	}
	var list []wireDevice
	for _, t := range tokens {
		d := wireDevice{wireToken: t}
		if info, err := l.ctx.GetTokenInfo(t.Slot); err == nil {
			d.Hardware, d.Firmware = versionText(info.HardwareVersion), versionText(info.FirmwareVersion)
			d.MinPIN, d.MaxPIN = lengthOf(info.MinPinLen), lengthOf(info.MaxPinLen)
			d.SOPIN = soState(info.Flags)
			d.NoPIN = info.Flags&pkcs11.CKF_USER_PIN_INITIALIZED == 0
			d.StalePIN = info.Flags&pkcs11.CKF_USER_PIN_TO_BE_CHANGED != 0
			d.ReadOnly = info.Flags&pkcs11.CKF_WRITE_PROTECTED != 0
			d.PublicKey = l.publicKeys(t.Slot)
		}
		list = append(list, d)
	}
	return list, nil
}

// publicKeys reads the public keys a token shows without login; none where it
// shows none.
func (l *vendorLibrary) publicKeys(slot uint) []wirePublic {
	session, err := l.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	if err != nil {
		return nil
	}
	defer l.ctx.CloseSession(session)
	objects, err := l.find(session, pkcs11.CKO_PUBLIC_KEY)
	if err != nil {
		return nil
	}
	var list []wirePublic
	for _, o := range objects[:min(len(objects), maxObjects)] {
		p := wirePublic{ID: l.attribute(session, o, pkcs11.CKA_ID),
			Modulus: l.attribute(session, o, pkcs11.CKA_MODULUS), Point: l.attribute(session, o, pkcs11.CKA_EC_POINT)}
		if len(p.ID)+len(p.Modulus)+len(p.Point) <= maxPublicKey {
			list = append(list, p)
		}
	}
	return list
}

// maxPublicKey is room for an RSA modulus of 8192 bits and its CKA_ID.
const maxPublicKey = 2 << 10

// lengthOf leaves out lengths that are none, CK_UNAVAILABLE_INFORMATION among
// them.
func lengthOf(n uint) uint {
	if n > maxPIN {
		return 0
	}
	return n
}

func versionText(v pkcs11.Version) string {
	if v.Major == 0 && v.Minor == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}
