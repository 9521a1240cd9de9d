//go:build cgo

package token

import (
	"errors"

	"github.com/miekg/pkcs11"
)

func is(err error, code pkcs11.Error) bool {
	var e pkcs11.Error
	return errors.As(err, &e) && e == code
}

func gone(err error) bool {
	return is(err, pkcs11.CKR_TOKEN_NOT_PRESENT) || is(err, pkcs11.CKR_DEVICE_REMOVED) || is(err, pkcs11.CKR_SLOT_ID_INVALID)
}

// refuse translates a PKCS#11 return code. nil stays nil.
func refuse(call string, err error) error {
	if err == nil {
		return nil
	}
	var code pkcs11.Error
	if !errors.As(err, &code) {
		return fail(ErrModule, "%s: %v", call, err)
	}
	kind := ErrModule
	switch code {
	case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE:
		kind = ErrPINIncorrect
	case pkcs11.CKR_PIN_LOCKED:
		kind = ErrPINLocked
	case pkcs11.CKR_FUNCTION_CANCELED, pkcs11.CKR_CANCEL, pkcs11.CKR_FUNCTION_REJECTED:
		kind = ErrPINCanceled
	case pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_SLOT_ID_INVALID,
		pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_SESSION_HANDLE_INVALID:
		kind = ErrTokenRemoved
	case pkcs11.CKR_MECHANISM_INVALID, pkcs11.CKR_MECHANISM_PARAM_INVALID,
		pkcs11.CKR_KEY_TYPE_INCONSISTENT, pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED:
		kind = ErrUnsupported
	}
	return fail(kind, "%s: %v", call, code)
}
