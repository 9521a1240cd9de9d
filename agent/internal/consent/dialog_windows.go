package consent

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/lxn/walk"
	. "github.com/lxn/walk/declarative"
	"github.com/lxn/win"
)

// maxTyped bounds the PIN field, in UTF-16 units.
const maxTyped = 128

var (
	warningColor = walk.RGB(0xA0, 0x1C, 0x1C)
	bandColor    = walk.RGB(0x7A, 0x3E, 0x00) // behind white, over data that is no document
	blindColor   = walk.RGB(0x8F, 0x1D, 0x1D) // the same over a digest of nobody knows what
)

// dialog is the window with everything in it: site, documents, certificate,
// PIN and two buttons.
type dialog struct {
	view
	desk   desk
	usable []Certificate

	window  *walk.Dialog
	choice  *walk.ComboBox
	details *walk.Label
	warning *walk.Label
	hint    *walk.Label
	wait    *walk.Label
	table   *walk.TableView
	keep    *walk.CheckBox
	pin     *walk.LineEdit
	sign    *walk.PushButton
	refuse  *walk.PushButton

	gate   gate
	hooks  inputHooks
	hooked bool // injected input can be told
	answer Answer
}

// run shows the dialog until it is answered or ctx ends.
func (d *dialog) run(ctx context.Context) error {
	window := Dialog{
		AssignTo:      &d.window,
		Title:         d.title,
		MinSize:       Size{Width: 820, Height: 580},
		Size:          Size{Width: 820, Height: 580},
		Font:          Font{Family: "Segoe UI", PointSize: 10},
		Layout:        VBox{Margins: Margins{Left: 18, Top: 14, Right: 18, Bottom: 14}, Spacing: 8},
		DefaultButton: &d.sign,
		CancelButton:  &d.refuse,
		Children:      append(append(d.head(), d.subjectWidgets()...), d.foot()...),
	}
	if err := window.Create(nil); err != nil {
		return err
	}
	defer d.window.Dispose()
	d.choose()
	if !d.q.AllowInjected {
		d.hooks = inputHooks{window: d.window.Handle, told: func() { d.hint.SetText(d.injected) }}
		d.hooked = d.hooks.install()
		defer d.hooks.remove()
	}
	d.window.Activating().Attach(func() { d.focus(true) })
	d.window.Deactivating().Attach(func() { d.focus(false) })
	d.window.Starting().Attach(func() {
		// In the middle of the screen, in front of the browser that is waiting
		// for us, and staying there.
		bounds := d.window.BoundsPixels()
		x := (win.GetSystemMetrics(win.SM_CXSCREEN) - int32(bounds.Width)) / 2
		y := (win.GetSystemMetrics(win.SM_CYSCREEN) - int32(bounds.Height)) / 2
		win.SetWindowPos(d.window.Handle(), win.HWND_TOPMOST, max(x, 0), max(y, 0), 0, 0, win.SWP_NOSIZE)
		win.SetForegroundWindow(d.window.Handle())
		if d.q.AskPIN && d.pin.Enabled() {
			d.pin.SetFocus()
		} else {
			d.refuse.SetFocus()
		}
		d.gate.show(time.Now())
		d.focus(true)
	})
	ended := make(chan struct{})
	defer close(ended)
	go d.follow(ended)
	stop := context.AfterFunc(ctx, func() {
		d.window.Synchronize(d.window.Cancel)
	})
	defer stop()
	d.window.Run()
	return nil
}

// focus follows the focus of the window: nothing counts for a while after it has
// come.
func (d *dialog) focus(has bool) {
	d.gate.focus(has, time.Now())
	d.refresh()
	time.AfterFunc(d.gate.left(time.Now())+time.Millisecond, func() { d.window.Synchronize(d.refresh) })
}

// follow shows what the parent tells, until ended.
func (d *dialog) follow(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case u := <-d.desk.updates:
			d.window.Synchronize(func() {
				switch {
				case u.Viewed == nil:
					d.wait.SetText(d.waitingLine(u.Waiting))
				case u.Viewed.Failed:
					d.hint.SetText(d.viewFailed)
				default:
					d.hint.SetText(d.viewOpened)
				}
			})
		}
	}
}

// foot is certificate, PIN and buttons.
func (d *dialog) foot() []Widget {
	rows := make([]string, len(d.usable))
	for i, c := range d.usable {
		rows[i] = fmt.Sprintf("%d. %s", i+1, d.holder(c))
	}
	signs := d.q.Kind != KindPair
	widgets := []Widget{
		Label{Text: d.certificate, Visible: signs},
		ComboBox{AssignTo: &d.choice, Model: rows, CurrentIndex: min(0, len(rows)-1), OnCurrentIndexChanged: d.choose, Visible: signs},
		Label{AssignTo: &d.details, NoPrefix: true, Visible: signs},
		Composite{
			Layout:   HBox{MarginsZero: true},
			Visible:  d.q.Kind == KindChoose,
			Children: []Widget{CheckBox{AssignTo: &d.keep, Text: mnemonic(d.rememberLabel, d.rememberKey)}, HSpacer{}},
		},
	}
	if locked := d.lockedLine(); locked != "" {
		widgets = append(widgets, TextLabel{Text: locked, NoPrefix: true})
	}
	for _, line := range d.notices() {
		widgets = append(widgets, TextLabel{Text: line, NoPrefix: true})
	}
	return append(widgets,
		Label{AssignTo: &d.warning, TextColor: warningColor, Font: Font{Family: "Segoe UI", PointSize: 10, Bold: true}},
		Composite{
			Layout: HBox{MarginsZero: true},
			Children: []Widget{
				Label{Text: d.pinLabel, Visible: d.q.AskPIN},
				LineEdit{AssignTo: &d.pin, PasswordMode: true, MaxLength: maxTyped, MaxSize: Size{Width: 220},
					OnTextChanged: d.refresh, Visible: d.q.AskPIN},
				Label{AssignTo: &d.hint},
				HSpacer{},
			},
		},
		Label{AssignTo: &d.wait, NoPrefix: true},
		Composite{
			Layout: HBox{MarginsZero: true},
			Children: []Widget{
				Label{Text: d.tally(), NoPrefix: true, Font: Font{Family: "Segoe UI", PointSize: 10, Bold: true}},
				HSpacer{},
				PushButton{AssignTo: &d.sign, Text: mnemonic(d.view.sign, d.signKey), MinSize: Size{Width: 120, Height: 32}, Enabled: false, OnClicked: d.approve},
				PushButton{AssignTo: &d.refuse, Text: mnemonic(d.view.refuse, d.refuseKey), MinSize: Size{Width: 120, Height: 32}, OnClicked: func() { d.window.Cancel() }},
			},
		},
	)
}

// chosen is the certificate selected in the list.
func (d *dialog) chosen() Certificate {
	return d.usable[min(max(d.choice.CurrentIndex(), 0), len(d.usable)-1)]
}

// choose shows what belongs to the certificate now selected.
func (d *dialog) choose() {
	if d.window == nil || d.refuse == nil {
		return // called while the window is being built
	}
	if len(d.usable) == 0 {
		d.hint.SetText(d.confirm)
		return
	}
	c := d.chosen()
	d.details.SetText(d.issuer(c) + "   ·   " + d.expiry(c))
	d.warning.SetText(d.pinWarning(c))
	d.hint.SetText(d.instruction(c))
	d.pin.SetEnabled(d.q.needsPIN(c))
	d.refresh()
}

// ready tells whether "Sign" may be pressed.
func (d *dialog) ready() bool {
	return d.gate.open(time.Now()) && (len(d.usable) == 0 || !d.q.needsPIN(d.chosen()) || win.SendMessage(d.pin.Handle(), win.WM_GETTEXTLENGTH, 0, 0) > 0)
}

func (d *dialog) refresh() {
	if d.sign != nil {
		d.sign.SetEnabled(d.ready())
		// What is typed before the window can be read is no PIN.
		d.pin.SetReadOnly(!d.gate.open(time.Now()))
	}
}

func (d *dialog) approve() {
	if !d.ready() { // Enter reaches us although the button is inert
		return
	}
	if d.hooked && !d.hooks.pressed() { // another program's message to our button
		d.hint.SetText(d.injected)
		return
	}
	answer := Answer{Approved: true, Remember: d.q.Kind == KindChoose && d.keep.Checked()}
	if len(d.usable) > 0 {
		c := d.chosen()
		answer.Certificate = c.ID
		if d.q.needsPIN(c) {
			answer.PIN = takePIN(d.pin)
		}
	}
	if len(answer.PIN) > maxPINLength {
		clear(answer.PIN)
		d.hint.SetText(d.longPIN)
		return
	}
	d.answer = answer
	d.window.Accept()
}

// takePIN reads the field into memory that can be set to zero (the library's
// Text would make a string) and overwrites the field's own copy.
func takePIN(field *walk.LineEdit) []byte {
	units := make([]uint16, maxTyped+1)
	defer clear(units)
	n := int(win.SendMessage(field.Handle(), win.WM_GETTEXT, uintptr(len(units)), uintptr(unsafe.Pointer(&units[0]))))
	pin := make([]byte, 0, 3*maxTyped) // never grows
	for i := 0; i < n; i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) && i+1 < n {
			r = utf16.DecodeRune(r, rune(units[i+1]))
			i++
		}
		pin = utf8.AppendRune(pin, r)
	}
	field.SetText(strings.Repeat("0", n))
	field.SetText("")
	return pin
}

func mnemonic(text, key string) string { return marked(text, key, "&") }
