//go:build cgo && (amd64 || arm64)

package consent

import (
	"context"
	"os"
	"runtime"
	"time"
)

// window is the one window in which everything is shown and answered. All of it
// runs on the thread that called run.
type window struct {
	*gtk
	view
	desk   desk
	usable []Certificate
	x11    bool

	top, sign, refuse  widget
	wait, hint         widget
	todo, said         string // what hint tells: to do, and beyond that
	pinRow, pin, alarm widget
	radios             []widget
	remember           widget
	views              []widget
	list               widget
	rows               int // documents that are in the list by now

	gate     gate
	typed    *typed
	current  int // certificate chosen
	resolved bool
	answer   Answer

	// What the person is doing, as far as real events tell.
	pressed    widget    // where a button is held down
	releasing  bool      // its release is being handled
	choosing   time.Time // when keys or buttons last went to a choice
	correcting bool      // the entry is being put right by us
	looking    bool      // a viewer was opened: it may stand over the window

	calls *calls
}

// askNative asks in one window drawn with GTK 3. errNoToolkit: there is none.
func askNative(ctx context.Context, v view, d desk) (Answer, error) {
	g, err := loadGTK()
	if err != nil {
		return Answer{}, errNoToolkit
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Events must name their device, input methods must not see a PIN, and an
	// inspector has no place here.
	for _, name := range []string{"GDK_CORE_DEVICE_EVENTS", "GTK_DEBUG", "GDK_DEBUG"} {
		os.Unsetenv(name)
	}
	os.Setenv("GTK_IM_MODULE", "gtk-im-context-simple")
	if !g.InitCheck(0, 0) {
		return Answer{}, errNoToolkit
	}
	ownGroup()
	w := &window{gtk: g, view: v, desk: d, usable: v.q.usable(), typed: newTyped(), gate: gate{settle: settling}, calls: newCalls()}
	w.x11 = g.TypeName(g.Display()) == "GdkX11Display"
	defer w.typed.forget()
	w.build()
	return w.run(ctx)
}

// run shows the window until it is answered or ctx ends.
func (w *window) run(ctx context.Context) (Answer, error) {
	ended := make(chan struct{})
	defer close(ended)
	// soon runs f on the window's thread.
	pending := make(chan func(), 1)
	run := w.calls.once(func() { (<-pending)() })
	soon := func(f func()) bool {
		select {
		case pending <- f:
			w.Idle(w.calls.source, run)
			return true
		case <-ended:
			return false
		}
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				soon(w.close)
				return
			case <-ended:
				return
			case u := <-w.desk.updates:
				if !soon(func() { w.hear(u) }) {
					return
				}
			}
		}
	}()
	w.Main()
	if ctx.Err() != nil {
		clear(w.answer.PIN)
		return Answer{}, ctx.Err()
	}
	return w.answer, nil
}

// hear takes in what the parent tells.
func (w *window) hear(u update) {
	if u.Viewed != nil {
		if n := u.Viewed.Document; n >= 0 && n < len(w.views) {
			w.SetSensitive(w.views[n], true)
		}
		if u.Viewed.Failed {
			w.say(w.viewFailed)
		} else {
			w.say(w.viewOpened)
		}
		return
	}
	line := w.waitingLine(u.Waiting)
	w.LabelText(w.wait, line)
	w.SetVisible(w.wait, line != "")
}

// look asks for a document to be opened.
func (w *window) look(document int) {
	if w.desk.view == nil {
		return
	}
	// The viewer must be able to stand before this window.
	w.looking = true
	w.SetAbove(w.top, false)
	w.SetSensitive(w.views[document], false)
	w.say("")
	w.desk.view(document)
}

// approve takes the answer. Only what a person did, with the gate open, gets
// here.
func (w *window) approve() {
	if w.resolved || !w.ready() {
		return
	}
	a := Answer{Approved: true}
	if w.q.Kind != KindPair {
		c := w.usable[w.current]
		a.Certificate = c.ID
		if w.q.needsPIN(c) {
			a.PIN = w.typed.take()
		}
	}
	a.Remember = w.remember != 0 && w.IsOn(w.remember)
	w.answer = a
	w.close()
}

// refuseIt is the person's no.
func (w *window) refuseIt() {
	if !w.resolved {
		w.close()
	}
}

func (w *window) close() {
	w.resolved = true
	w.typed.forget()
	w.MainQuit()
}

// needs tells whether a PIN is to be typed for what is chosen.
func (w *window) needs() bool { return len(w.usable) > 0 && w.q.needsPIN(w.usable[w.current]) }

// ready tells whether an answer counts now and is complete.
func (w *window) ready() bool {
	return w.gate.open(time.Now()) && w.rows == w.all() && (!w.needs() || w.typed.characters() > 0)
}

// refresh makes the window look like what it will do.
func (w *window) refresh() {
	w.SetSensitive(w.sign, w.ready() && !w.resolved)
	if w.pin != 0 {
		w.EditAllow(w.pin, w.gate.open(time.Now()))
	}
}

// say shows one calm sentence beside the PIN; with "" what to do next is there
// again.
func (w *window) say(text string) {
	if w.said == text && text != "" {
		return
	}
	w.said = text
	if text == "" {
		w.StyleClassOff(w.Style(w.hint), "kyso-notice")
		text = w.todo
	} else {
		w.class(w.hint, "kyso-notice")
	}
	w.LabelText(w.hint, text)
}
