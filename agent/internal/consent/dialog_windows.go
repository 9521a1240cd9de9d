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

// minDwell is how long the "Sign" button stays inert after the window has
// appeared: an Enter meant for another window must not sign.
const minDwell = 700 * time.Millisecond

// maxTyped bounds the PIN field, in UTF-16 units.
const maxTyped = 128

var warningColor = walk.RGB(0xA0, 0x1C, 0x1C)

// dialog is the window with everything in it: site, documents, certificate,
// PIN and two buttons.
type dialog struct {
	view
	usable []Certificate

	window  *walk.Dialog
	choice  *walk.ComboBox
	details *walk.Label
	warning *walk.Label
	hint    *walk.Label
	pin     *walk.LineEdit
	sign    *walk.PushButton
	refuse  *walk.PushButton

	readable bool // the window has been there for minDwell
	answer   Answer
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
		Children:      append(append(d.head(), d.documentTable()...), d.foot()...),
	}
	if err := window.Create(nil); err != nil {
		return err
	}
	defer d.window.Dispose()
	d.choose()
	d.window.Starting().Attach(func() {
		// In the middle of the screen, in front of the browser that is waiting
		// for us, and staying there.
		bounds := d.window.BoundsPixels()
		x := (win.GetSystemMetrics(win.SM_CXSCREEN) - int32(bounds.Width)) / 2
		y := (win.GetSystemMetrics(win.SM_CYSCREEN) - int32(bounds.Height)) / 2
		win.SetWindowPos(d.window.Handle(), win.HWND_TOPMOST, max(x, 0), max(y, 0), 0, 0, win.SWP_NOSIZE)
		win.SetForegroundWindow(d.window.Handle())
		if d.pin.Enabled() {
			d.pin.SetFocus()
		} else {
			d.refuse.SetFocus()
		}
		time.AfterFunc(minDwell, func() {
			d.window.Synchronize(func() { d.readable = true; d.refresh() })
		})
	})
	stop := context.AfterFunc(ctx, func() {
		d.window.Synchronize(d.window.Cancel)
	})
	defer stop()
	d.window.Run()
	return nil
}

// head says who asks, and what goes into the signature.
func (d *dialog) head() []Widget {
	widgets := d.asker()
	for _, text := range d.signedTexts() {
		widgets = append(widgets, TextLabel{Text: text, NoPrefix: true})
	}
	return widgets
}

// asker says who asks.
func (d *dialog) asker() []Widget {
	if d.site.origin == "" {
		return []Widget{Label{Text: d.fromCommand, Font: Font{Family: "Segoe UI", PointSize: 13, Bold: true}}}
	}
	widgets := []Widget{Label{Text: d.fromSite}}
	for _, line := range siteLines(d.site.origin, 40) {
		widgets = append(widgets, Label{Text: line, NoPrefix: true, Font: Font{Family: "Segoe UI", PointSize: 16, Bold: true}})
	}
	for _, warning := range d.siteWarnings() {
		widgets = append(widgets, TextLabel{Text: warning, NoPrefix: true, TextColor: warningColor})
	}
	return widgets
}

// documentTable lists every document; a long batch scrolls.
func (d *dialog) documentTable() []Widget {
	head := fmt.Sprintf(d.documents, len(d.q.Documents))
	if d.long(maxInline) {
		head += "  " + d.inAll()
	}
	var known []Widget
	if !d.long(maxInline) {
		for i, doc := range d.q.Documents {
			for _, line := range d.known(doc) {
				if len(d.q.Documents) > 1 {
					line = fmt.Sprintf("%d. %s", i+1, line)
				}
				known = append(known, TextLabel{Text: line, NoPrefix: true})
			}
		}
	}
	return append(append([]Widget{
		Label{Text: head},
		TableView{
			MinSize:                  Size{Height: 120},
			StretchFactor:            1,
			NotSortableByHeaderClick: true,
			Columns: []TableViewColumn{
				{Title: d.columnName, Width: 330},
				{Title: d.columnPages, Width: 70},
				{Title: d.columnSize, Width: 85},
				{Title: d.columnSigned, Width: 100},
				{Title: d.columnWords, Width: 175},
				{Title: d.columnKnown, Width: 480},
			},
			Model: &documentModel{view: d.view},
		},
	}, known...), d.leftOutTable()...)
}

// leftOutTable lists what will not be signed.
func (d *dialog) leftOutTable() []Widget {
	if len(d.q.LeftOut) == 0 {
		return nil
	}
	return []Widget{
		Label{Text: fmt.Sprintf(d.leftOut, len(d.q.LeftOut)), TextColor: warningColor},
		TableView{
			MinSize:                  Size{Height: 80},
			StretchFactor:            1,
			NotSortableByHeaderClick: true,
			Columns:                  []TableViewColumn{{Title: d.columnName, Width: 330}, {Title: d.columnWhy, Width: 430}},
			Model:                    &leftOutModel{view: d.view},
		},
	}
}

// foot is certificate, PIN and buttons.
func (d *dialog) foot() []Widget {
	rows := make([]string, len(d.usable))
	for i, c := range d.usable {
		rows[i] = fmt.Sprintf("%d. %s", i+1, d.holder(c))
	}
	widgets := []Widget{
		Label{Text: d.certificate},
		ComboBox{AssignTo: &d.choice, Model: rows, CurrentIndex: 0, OnCurrentIndexChanged: d.choose},
		Label{AssignTo: &d.details, NoPrefix: true},
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
		Composite{
			Layout: HBox{MarginsZero: true},
			Children: []Widget{
				HSpacer{},
				PushButton{AssignTo: &d.sign, Text: d.view.sign, MinSize: Size{Width: 120, Height: 32}, Enabled: false, OnClicked: d.approve},
				PushButton{AssignTo: &d.refuse, Text: d.view.refuse, MinSize: Size{Width: 120, Height: 32}, OnClicked: func() { d.window.Cancel() }},
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
	c := d.chosen()
	d.details.SetText(d.issuer(c) + "   ·   " + d.expiry(c))
	d.warning.SetText(d.pinWarning(c))
	d.hint.SetText(d.instruction(c))
	d.pin.SetEnabled(d.q.needsPIN(c))
	d.refresh()
}

// ready tells whether "Sign" may be pressed.
func (d *dialog) ready() bool {
	return d.readable && (!d.q.needsPIN(d.chosen()) || win.SendMessage(d.pin.Handle(), win.WM_GETTEXTLENGTH, 0, 0) > 0)
}

func (d *dialog) refresh() {
	if d.sign != nil {
		d.sign.SetEnabled(d.ready())
	}
}

func (d *dialog) approve() {
	if !d.ready() { // Enter reaches us although the button is inert
		return
	}
	c := d.chosen()
	answer := Answer{Approved: true, Certificate: c.ID}
	if d.q.needsPIN(c) {
		answer.PIN = takePIN(d.pin)
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

// documentModel hands the documents to the table.
type documentModel struct {
	walk.TableModelBase
	view view
}

func (m *documentModel) RowCount() int { return len(m.view.q.Documents) }

func (m *documentModel) Value(row, column int) any {
	d := m.view.q.Documents[row]
	switch column {
	case 0:
		return fmt.Sprintf("%d. %s", row+1, m.view.name(d))
	case 1:
		if d.Pages == 0 {
			return "?"
		}
		return d.Pages
	case 2:
		return m.view.size(d.Size)
	case 3:
		return d.Signatures
	case 4:
		return m.view.words(d)
	}
	return m.view.remarks(d)
}

// leftOutModel hands what is left out to its table.
type leftOutModel struct {
	walk.TableModelBase
	view view
}

func (m *leftOutModel) RowCount() int { return len(m.view.q.LeftOut) }

func (m *leftOutModel) Value(row, column int) any {
	l := m.view.q.LeftOut[row]
	if column == 0 {
		return shown(l.Name, maxShownName)
	}
	return shown(l.Why, maxShownNote)
}
