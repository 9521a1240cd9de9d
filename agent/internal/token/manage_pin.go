package token

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// What CheckNewPIN finds in a new PIN.
var (
	ErrPINSame       = errors.New("the new PIN is the old one")
	ErrPINShort      = errors.New("the new PIN is too short")
	ErrPINLong       = errors.New("the new PIN is too long")
	ErrPINCharacters = errors.New("the new PIN has characters that not every keyboard types alike")
)

// CheckNewPIN finds what is wrong with a new PIN before the token is asked,
// which might take it for a try. old is nil where it is not known. Letters with
// diacritics and spaces are refused: an input method adds them unseen, and the
// next keyboard may not type them.
func (d Device) CheckNewPIN(old, pin []byte) error {
	most := maxPair
	if d.MaxPIN > 0 {
		most = min(most, d.MaxPIN)
	}
	switch {
	case len(pin) < max(d.MinPIN, 1):
		return ErrPINShort
	case len(pin) > most:
		return ErrPINLong
	case old != nil && bytes.Equal(old, pin):
		return ErrPINSame
	}
	for _, b := range pin {
		if b <= ' ' || b > '~' {
			return ErrPINCharacters
		}
	}
	return nil
}

// ChangePIN has the token replace the user's PIN. It costs one try, and none
// where the state of the PIN or CheckNewPIN forbids it. On a PINPad token both
// are nil and typed on the token. Both are zeroed.
func (d Device) ChangePIN(ctx context.Context, old, pin []byte, o OpenOptions) error {
	return d.setPIN(ctx, orderChangePIN, old, pin, o)
}

// Unlock sets a new user's PIN with the SO PIN or PUK, which only the officer
// who administers tokens has. It costs one try of that one, whose state is
// Device.SOPIN; allowing the final try means its last one. Both are zeroed.
func (d Device) Unlock(ctx context.Context, soPIN, pin []byte, o OpenOptions) error {
	return d.setPIN(ctx, orderUnlock, soPIN, pin, o)
}

func (d Device) setPIN(ctx context.Context, do string, old, pin []byte, o OpenOptions) error {
	defer clear(old)
	defer clear(pin)
	var pair []byte
	if !d.PINPad {
		if len(old) == 0 {
			return fmt.Errorf("%s: %w: no PIN given; nothing was tried", do, ErrPINIncorrect)
		}
		known := old
		if do == orderUnlock {
			known = nil // a PIN that equals the SO PIN is the officer's affair
		}
		if err := d.CheckNewPIN(known, pin); err != nil {
			return fmt.Errorf("%s: %w", do, err)
		}
		if len(old) > maxPair {
			return fmt.Errorf("%s: %w: %d bytes; nothing was tried", do, ErrPINIncorrect, len(old))
		}
		pair = joinPair(old, pin)
	}
	if _, err := d.manage(ctx, order{Do: do}, o, pair); err != nil {
		return fmt.Errorf("%s: %w", do, err)
	}
	return nil
}
