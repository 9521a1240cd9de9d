package piv

import "crypto/subtle"

// The key references of PINs (SP 800-73-4, part 1, table 4a).
const (
	referencePIN = 0x80
	referencePUK = 0x81
)

// secretLength is how long a PIN or PUK is as it is sent, padded with FF.
const secretLength = 8

// A secret is a PIN or PUK with its retry counter.
type secret struct {
	value [secretLength]byte
	left  int
}

func newSecret(digits string, tries int) (secret, bool) {
	if len(digits) > secretLength {
		return secret{}, false
	}
	padded := []byte(digits)
	for len(padded) < secretLength {
		padded = append(padded, 0xFF)
	}
	return secret{[secretLength]byte(padded), tries}, wellFormed(padded)
}

// wellFormed says whether padded is six to eight digits and then FF only.
func wellFormed(padded []byte) bool {
	digits := 0
	for digits < len(padded) && padded[digits] >= '0' && padded[digits] <= '9' {
		digits++
	}
	for _, b := range padded[digits:] {
		if b != 0xFF {
			return false
		}
	}
	return digits >= 6 && len(padded) == secretLength
}

// try compares, and counts: a right one sets the counter back, a wrong one
// costs a try.
func (s *secret) try(padded []byte, tries int) statusWord {
	if s.left == 0 {
		return swBlocked
	}
	if subtle.ConstantTimeCompare(s.value[:], padded) == 1 {
		s.left = tries
		return swOK
	}
	s.left--
	if s.left == 0 {
		return swBlocked
	}
	return swTriesLeft | statusWord(s.left)
}

// verify is VERIFY, SP 800-73-4, part 2, 3.2.1.
func (c *Card) verify(cmd command) statusWord {
	if cmd.p2 != referencePIN {
		return swReferenceNotFound // a PUK cannot be verified, only used
	}
	switch {
	case cmd.p1 == 0xFF && len(cmd.data) == 0: // log out
		c.verified, c.fresh = false, false
		return swOK
	case cmd.p1 != 0:
		return swWrongParameters
	case len(cmd.data) == 0: // asked how it stands, at no cost
		switch {
		case c.pin.left == 0:
			return swBlocked
		case c.verified:
			return swOK
		}
		return swTriesLeft | statusWord(c.pin.left)
	case len(cmd.data) != secretLength:
		return swWrongData // costs no try
	}
	return c.tryPIN(cmd.data)
}

// tryPIN compares with the PIN and counts.
func (c *Card) tryPIN(padded []byte) statusWord {
	locked := c.pin.left == 0
	sw := c.pin.try(padded, c.tries)
	c.verified, c.fresh = sw == swOK, sw == swOK
	switch {
	case sw == swOK:
		c.counts.Verified++
	case !locked:
		c.counts.WrongPINs++
	}
	return sw
}

// tryPUK compares with the PUK and counts.
func (c *Card) tryPUK(padded []byte) statusWord {
	locked := c.puk.left == 0
	sw := c.puk.try(padded, c.tries)
	if sw != swOK && !locked {
		c.counts.WrongPUKs++
	}
	return sw
}

// changeReferenceData is CHANGE REFERENCE DATA, part 2, 3.2.2: the old PIN or
// PUK, then the new one.
func (c *Card) changeReferenceData(cmd command) statusWord {
	if cmd.p1 != 0 {
		return swWrongParameters
	}
	target, try := &c.pin, c.tryPIN
	switch cmd.p2 {
	case referencePIN:
	case referencePUK:
		target, try = &c.puk, c.tryPUK
	default:
		return swReferenceNotFound
	}
	if len(cmd.data) != 2*secretLength || !wellFormed(cmd.data[secretLength:]) {
		return swWrongData
	}
	sw := try(cmd.data[:secretLength])
	if sw == swOK {
		target.value = [secretLength]byte(cmd.data[secretLength:])
	}
	return sw
}

// resetRetryCounter is RESET RETRY COUNTER, part 2, 3.2.3: the PUK, then the
// new PIN. The PIN has to be verified afterwards.
func (c *Card) resetRetryCounter(cmd command) statusWord {
	if cmd.p1 != 0 {
		return swWrongParameters
	}
	if cmd.p2 != referencePIN {
		return swReferenceNotFound
	}
	if len(cmd.data) != 2*secretLength || !wellFormed(cmd.data[secretLength:]) {
		return swWrongData
	}
	if sw := c.tryPUK(cmd.data[:secretLength]); sw != swOK {
		return sw
	}
	c.pin = secret{[secretLength]byte(cmd.data[secretLength:]), c.tries}
	c.verified, c.fresh = false, false
	return swOK
}
