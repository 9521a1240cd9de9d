//go:build cgo && (amd64 || arm64)

package consent

import (
	"strings"
	"time"
	"unicode"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Kinds of GdkEvent.
const (
	buttonPress, button2Press, button3Press, buttonRelease = 4, 5, 6, 7
	keyPress, keyRelease                                   = 8, 9
	touchBegin, touchUpdate, touchEnd, touchCancel         = 37, 38, 39, 40
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

// choiceTime is how long after a real key or click a choice may change:
// GTK presses a button a quarter of a second after its key.
const choiceTime = time.Second

// watch puts this window between the display and GTK: every event passes
// through event.
func (w *window) watch() {
	w.SetHandler(purego.NewCallback(func(event, _ uintptr) uintptr {
		w.event(event)
		return 0
	}), 0, 0)
	w.activity()
	closing := purego.NewCallback(func(_, _, _ uintptr) uintptr {
		w.refuseIt()
		return 1
	})
	w.Connect(w.top, "delete-event", closing, 0, 0, 0)
	drawn := purego.NewCallback(func(_, _, _ uintptr) uintptr {
		if !w.gate.shown {
			w.gate.show(time.Now())
			w.settle()
		}
		return 0
	})
	w.Connect(w.top, "draw", drawn, 0, 0, 1)
}

// activity follows the focus of the window.
func (w *window) activity() {
	active := purego.NewCallback(func(_, _, _ uintptr) uintptr {
		has := w.IsActive(w.top)
		w.gate.focus(has, time.Now())
		if has && w.looking {
			w.looking = false
			w.SetAbove(w.top, true)
		}
		w.settle()
		return 0
	})
	w.Connect(w.top, "notify::is-active", active, 0, 0, 0)
}

// settle refreshes now, and when the gate opens.
func (w *window) settle() {
	w.refresh()
	if left := w.gate.left(time.Now()); left > 0 {
		w.after(left, w.refresh)
	}
}

// event lets an event through to GTK, or not.
func (w *window) event(event uintptr) {
	switch w.EventType(event) {
	case keyPress:
		if w.key(event) {
			w.Handle(event)
		}
	case keyRelease:
		if !w.injectedEvent(event) {
			w.Handle(event)
		}
	case buttonPress, button2Press, button3Press, touchBegin:
		if w.press(event) {
			w.Handle(event)
		}
	case buttonRelease, touchEnd:
		if w.injectedEvent(event) && !w.inside(w.EventWidget(event), w.refuse) {
			return
		}
		w.releasing = w.pressed != 0
		w.Handle(event)
		w.releasing, w.pressed = false, 0
	default:
		w.Handle(event)
	}
}

// injectedEvent tells whether a program made the event, and that is not allowed.
func (w *window) injectedEvent(event uintptr) bool {
	if w.q.AllowInjected {
		return false
	}
	// struct GdkEventAny { GdkEventType type; GdkWindow *window; gint8 send_event; }
	p := press{x11: w.x11, sent: *(*int8)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&event)), 16)) != 0}
	if device := w.EventDevice(event); device != 0 {
		p.device, p.master = w.DeviceName(device), w.DeviceType(device) == 0
	}
	return p.injected()
}

func (w *window) inside(object, ancestor widget) bool {
	return object != 0 && (object == ancestor || w.IsInside(object, ancestor))
}

// press judges a button or a finger going down; true lets it through.
func (w *window) press(event uintptr) bool {
	target := w.EventWidget(event)
	var button uint32
	if w.EventButton(event, &button) && button != 1 {
		return false // menus that paste, and the like
	}
	if w.injectedEvent(event) {
		w.pressed = 0
		if w.inside(target, w.refuse) {
			return true // a no is always believed
		}
		w.say(w.injected)
		return false
	}
	if !w.gate.open(time.Now()) {
		if w.inside(target, w.sign) || w.inside(target, w.refuse) {
			w.say(w.justShown)
		}
		return false
	}
	w.pressed = target
	w.touched(target)
	return true
}

// touched notes that real keys or buttons go to a choice.
func (w *window) touched(target widget) {
	for _, choice := range append([]widget{w.remember}, w.radios...) {
		if choice != 0 && w.inside(target, choice) {
			w.choosing = time.Now()
		}
	}
}

// signClicked is GTK's word that the button was pressed. It counts while a real
// release over it is being handled; anything else is a program's doing, as
// through the accessibility interface.
func (w *window) signClicked() {
	if w.q.AllowInjected || w.releasing && w.inside(w.pressed, w.sign) {
		w.approve()
		return
	}
	w.say(w.injected)
}

// toggled follows the choice of a certificate.
func (w *window) toggled(number int) {
	if w.correcting || !w.IsOn(w.radios[number]) || number == w.current {
		return
	}
	if !w.q.AllowInjected && time.Since(w.choosing) > choiceTime {
		w.correct(func() { w.SetOn(w.radios[w.current], true) })
		w.say(w.injected)
		return
	}
	w.choose(number)
}

// remembered follows the box to tick.
func (w *window) remembered() {
	if w.correcting || w.q.AllowInjected || time.Since(w.choosing) <= choiceTime {
		return
	}
	w.correct(func() { w.SetOn(w.remember, !w.IsOn(w.remember)) })
	w.say(w.injected)
}

func (w *window) correct(f func()) {
	w.correcting = true
	f()
	w.correcting = false
}

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
