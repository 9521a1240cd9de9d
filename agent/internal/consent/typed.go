package consent

import "unicode/utf8"

// typed is a PIN as it is being typed. It never grows, so that no copy of it is
// left behind.
type typed struct{ pin []byte }

func newTyped() *typed { return &typed{make([]byte, 0, maxPINLength)} }

// add appends a character; false when there is no more room.
func (t *typed) add(r rune) bool {
	if len(t.pin)+utf8.UTFMax > cap(t.pin) {
		return false
	}
	t.pin = utf8.AppendRune(t.pin, r)
	return true
}

// back takes the last character away.
func (t *typed) back() {
	_, size := utf8.DecodeLastRune(t.pin)
	end := len(t.pin) - size
	clear(t.pin[end:])
	t.pin = t.pin[:end]
}

// characters is how many there are.
func (t *typed) characters() int { return utf8.RuneCount(t.pin) }

// forget clears everything.
func (t *typed) forget() {
	clear(t.pin[:cap(t.pin)])
	t.pin = t.pin[:0]
}

// take hands the PIN over and forgets it.
func (t *typed) take() []byte {
	pin := make([]byte, len(t.pin))
	copy(pin, t.pin)
	t.forget()
	return pin
}
