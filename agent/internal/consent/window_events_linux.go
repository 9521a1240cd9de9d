//go:build cgo && (amd64 || arm64)

package consent

import (
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Kinds of GdkEvent.
const (
	buttonPress, button2Press, button3Press, buttonRelease = 4, 5, 6, 7
	keyPress, keyRelease                                   = 8, 9
	touchBegin, touchUpdate, touchEnd, touchCancel         = 37, 38, 39, 40
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
