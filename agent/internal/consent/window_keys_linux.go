//go:build cgo && (amd64 || arm64)

package consent

import (
	"strings"
	"time"
	"unicode"
)

// Key symbols and modifiers, as gdkkeysyms.h has them.
const (
	keyBackSpace, keyTab, keyReturn, keyEscape, keyDelete = 0xff08, 0xff09, 0xff0d, 0xff1b, 0xffff
	keyHome, keyEnd                                       = 0xff50, 0xff57 // between them the arrows and pages
	keyPadEnter, keyBackTab, keyISOEnter                  = 0xff8d, 0xfe20, 0xfe34
	firstModifier, lastModifier                           = 0xffe1, 0xffee
	firstLevel, lastLevel                                 = 0xfe01, 0xfe1f // AltGr and its kin
	keyNumLock                                            = 0xff7f

	maskControl, maskAlt = 1 << 2, 1 << 3
)

// key judges a key going down; true lets it through to GTK, which moves the
// focus and scrolls. What answers is done here, and so is the PIN: it never
// reaches GTK, nor what listens there.
func (w *window) key(event uintptr) bool {
	var key, state uint32
	w.EventKey(event, &key)
	w.EventState(event, &state)
	if key >= firstModifier && key <= lastModifier || key >= firstLevel && key <= lastLevel && key != keyBackTab || key == keyNumLock {
		return true
	}
	settled := w.gate.open(time.Now())
	if w.injectedEvent(event) {
		if key == keyEscape && settled {
			w.refuseIt()
		} else {
			w.say(w.injected)
		}
		return false
	}
	if key == keyTab || key == keyBackTab || key >= keyHome && key <= keyEnd {
		w.touched(w.Focused(w.top))
		return true
	}
	if !settled {
		w.say(w.justShown)
		return false
	}
	at := w.Focused(w.top)
	w.touched(at)
	switch {
	case key == keyEscape:
		w.refuseIt()
		return false
	case state&maskAlt != 0:
		return w.altKey(key)
	case key == keyReturn || key == keyPadEnter || key == keyISOEnter:
		return w.enter(at)
	case at == w.pin && at != 0:
		return w.keyOfPIN(key, state)
	case key == ' ' && at == w.sign:
		w.tryApprove()
		return false
	}
	return w.typeAhead(key, state)
}

// altKey handles the letters that go with Alt. Signing is not left to GTK, which
// could not tell it from a program's doing.
func (w *window) altKey(key uint32) bool {
	if letter := w.KeyUnicode(key); letter != 0 && strings.EqualFold(string(rune(letter)), w.signKey) {
		w.tryApprove()
		return false
	}
	if w.remember != 0 && strings.EqualFold(string(rune(w.KeyUnicode(key))), w.rememberKey) {
		w.choosing = time.Now()
	}
	return true
}

// enter handles the Enter key.
func (w *window) enter(at widget) bool {
	if at == w.sign || at == w.pin && at != 0 {
		w.tryApprove()
		return false
	}
	return true
}

// tryApprove approves, or says what is missing.
func (w *window) tryApprove() {
	if w.needs() && w.typed.characters() == 0 {
		w.say(w.emptyPIN)
		w.GrabFocus(w.pin)
		return
	}
	w.approve()
}

// keyOfPIN handles a key in the field of the PIN.
func (w *window) keyOfPIN(key, state uint32) bool {
	var from, to int32
	selected := w.EditSelected(w.pin, &from, &to)
	switch {
	case state&maskControl != 0:
		letter := w.KeyLower(key)
		if letter == 'u' {
			w.typed.forget()
			w.tidy()
		}
		return letter == 'a' // selects all; there is nothing to copy or paste
	case key == keyBackSpace || key == keyDelete:
		if selected {
			w.typed.forget()
		} else {
			w.typed.back()
		}
	default:
		letter := rune(w.KeyUnicode(key))
		if letter == 0 || !unicode.IsPrint(letter) {
			return false
		}
		if selected {
			w.typed.forget()
		}
		if !w.typed.add(letter) {
			w.say(w.longPIN)
		}
	}
	w.tidy()
	return false
}

// typeAhead takes a PIN typed while another control has the focus.
func (w *window) typeAhead(key, state uint32) bool {
	letter := rune(w.KeyUnicode(key))
	if !w.needs() || state&maskControl != 0 || letter == 0 || letter == ' ' || !unicode.IsPrint(letter) {
		return true
	}
	w.GrabFocus(w.pin)
	if w.typed.add(letter) {
		w.tidy()
	}
	return false
}

// tidy makes the field show as many dots as characters were typed. The field
// holds nothing else: neither what reads it nor what writes to it meets a PIN.
func (w *window) tidy() {
	if w.pin == 0 || w.correcting {
		return
	}
	if n := w.typed.characters(); int(w.EntryLength(w.pin)) != n {
		w.correct(func() { w.EntryText(w.pin, strings.Repeat("0", n)) })
	}
	w.EditPosition(w.pin, -1)
	if w.typed.characters() > 0 {
		w.say("")
	}
	w.refresh()
}
