//go:build cgo

package token

import "github.com/miekg/pkcs11"

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

// unlock sets the user's PIN as the token's administrator.
func (k *keeping) unlock(secret []byte) (*outcome, error) {
	so, pin, err := k.pair(secret)
	if err != nil {
		return nil, err
	}
	if err := k.login(pkcs11.CKU_SO, soState(k.flags), so); err != nil {
		return nil, err
	}
	return &outcome{}, newPIN("C_InitPIN", k.calls.initPIN(k.session, pin))
}

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
// with a PIN there is the new one's: the other one has passed its login.
func newPIN(call string, err error) error {
	for _, code := range []pkcs11.Error{pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE, pkcs11.CKR_PIN_TOO_WEAK} {
		if is(err, code) {
			return fail(ErrNewPIN, "%s: %v", call, err)
		}
	}
	return cannot(call, err)
}
