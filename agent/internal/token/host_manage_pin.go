//go:build cgo

package token

import (
	"errors"
	"strings"

	"github.com/miekg/pkcs11"
)

// changePIN replaces the user's PIN. The login before it is what tells a wrong
// old PIN from a new one that is refused, and keeps libraries that take
// C_SetPIN without login for something else (OpenSC can be set to take the old
// PIN for the PUK then) from doing so. With a PIN pad the person would have to
// type the old PIN twice, so there the token alone asks.
func (k *keeping) changePIN(secret []byte) (*outcome, error) {
	old, pin, err := k.pair(secret)
	if err != nil {
		return nil, err
	}
	state := pinState(k.flags)
	if k.pad() {
		if err := k.mayTry(state, nil); err != nil {
			return nil, err
		}
		return &outcome{}, newPIN("C_SetPIN", k.calls.setPIN(k.session, nil, nil))
	}
	if err := k.login(pkcs11.CKU_USER, state, old); err != nil {
		return nil, err
	}
	return &outcome{}, newPIN("C_SetPIN", k.calls.setPIN(k.session, old, pin))
}

// unlock sets the user's PIN as the token's administrator. OpenSC does not know
// the PUK of a PIV card as an SO PIN (it answers CKR_GENERAL_ERROR without asking
// the card), but may be set to take it in C_SetPIN without login.
func (k *keeping) unlock(secret []byte) (*outcome, error) {
	so, pin, err := k.pair(secret)
	if err != nil {
		return nil, err
	}
	err = k.login(pkcs11.CKU_SO, soState(k.flags), so)
	if err != nil && notAboutPIN(err) && k.isOpenSC() {
		return k.unlockByPUK(so, pin)
	}
	if err != nil {
		return nil, err
	}
	return &outcome{}, newPIN("C_InitPIN", k.calls.initPIN(k.session, pin))
}

// unlockByPUK has OpenSC unlock with the PUK, for which its configuration must
// say user_pin_unblock_style = set_pin_in_unlogged_session. Where it does not,
// C_SetPIN takes the PUK for the user's PIN and would use up one of its tries;
// so only a PIN that has none left is unlocked like this.
func (k *keeping) unlockByPUK(puk, pin []byte) (*outcome, error) {
	const setting = "user_pin_unblock_style = set_pin_in_unlogged_session in opensc.conf"
	if pinState(k.flags) != PINLocked {
		return nil, fail(ErrNotPossible, "OpenSC has no SO PIN for this card, and takes the PUK only when the PIN is locked")
	}
	err := k.calls.setPIN(k.session, puk, pin)
	if is(err, pkcs11.CKR_PIN_LOCKED) {
		return nil, fail(ErrNotPossible, "C_SetPIN: %v; %s is wanted, or the PUK is locked too", err, setting)
	}
	return &outcome{}, newPIN("C_SetPIN", err)
}

func (k *keeping) isOpenSC() bool {
	info, err := k.ctx.GetInfo()
	return err == nil && strings.HasPrefix(info.ManufacturerID, "OpenSC")
}

// notAboutPIN tells whether a failed login cannot have been a try.
func notAboutPIN(err error) bool { return errors.Is(err, ErrModule) || errors.Is(err, ErrNotPossible) }

// pair takes the two PINs out of a secret; a PIN pad's are nil.
func (k *keeping) pair(secret []byte) (first, second []byte, err error) {
	if k.pad() {
		return nil, nil, nil
	}
	first, second, ok := splitPair(secret)
	if !ok || len(first) == 0 || len(second) == 0 {
		return nil, nil, fail(ErrPINIncorrect, "no PIN given; nothing was tried")
	}
	return first, second, nil
}

// newPIN translates the return code of a call that sets a PIN. What is wrong
// with a PIN there is the new one's: the other one has passed its login. OpenSC
// says CKR_DATA_INVALID when the card refuses it.
func newPIN(call string, err error) error {
	for _, code := range []pkcs11.Error{pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE, pkcs11.CKR_PIN_TOO_WEAK,
		pkcs11.CKR_DATA_INVALID, pkcs11.CKR_DATA_LEN_RANGE} {
		if is(err, code) {
			return fail(ErrNewPIN, "%s: %v", call, err)
		}
	}
	return cannot(call, err)
}
