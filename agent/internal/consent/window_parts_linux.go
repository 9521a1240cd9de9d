//go:build cgo && (amd64 || arm64)

package consent

import (
	"fmt"
	"strings"
)

// GTK's constants, as its headers have them.
const (
	horizontal, vertical    = 0, 1
	policyNever, policyAuto = 2, 1
	wrapWord                = 2 // PANGO_WRAP_WORD_CHAR
	wrapWordChar            = 3 // GTK_WRAP_WORD_CHAR
	alignCenter             = 3
	purposePIN              = 9
	shadowIn                = 1
	positionCenter          = 1
	styleApplication        = 600
)

// windowPixels is the window's width; its height is for 768 lines of pixels with
// a bar or two. GTK asks how high texts are for the least width.
const windowPixels = 760

// build makes the window, from top to bottom, and shows it.
func (w *window) build() {
	provider := w.CssNew()
	w.CssLoad(provider, looks, -1, 0)
	w.CssUse(w.Screen(), provider, styleApplication)

	w.top = w.WindowNew(0)
	w.SetTitle(w.top, w.title)
	w.SetIcon(w.top, "kyso")
	w.SetPosition(w.top, positionCenter)
	w.SetAbove(w.top, true)
	height := int32(-1)
	if w.all() > 3 || w.q.Kind == KindData && len(w.dataText()) > 8 {
		height = 660
	}
	w.SetSize(w.top, windowPixels, height)

	all := w.BoxNew(vertical, 0)
	w.SizeRequest(all, windowPixels, -1)
	w.Add(w.top, all)
	w.PackStart(all, w.head(), false, false, 0)
	body := w.BoxNew(vertical, 10)
	w.class(body, "kyso-body")
	w.PackStart(all, body, true, true, 0)
	w.subjectParts(body)
	if len(w.usable) > 0 {
		w.PackStart(body, w.certificates(), false, false, 0)
	}
	w.PackStart(all, w.foot(), false, false, 0)

	w.watch()
	w.choose(0)
	w.ShowAll(w.top)
	w.GrabFocus(w.refuse)
	w.Present(w.top)
	w.refresh()
}

// head says who asks.
func (w *window) head() widget {
	box := w.BoxNew(vertical, 4)
	w.class(box, "kyso-head")
	if w.q.Kind == KindData {
		w.class(box, "kyso-data")
	}
	if w.q.blind() {
		w.class(box, "kyso-blind")
	}
	if w.site.origin == "" {
		w.PackStart(box, w.label(w.fromCommand, "kyso-large"), false, false, 0)
	} else {
		w.PackStart(box, w.label(w.fromSite), false, false, 0)
		site := w.label(strings.Join(siteLines(w.site.origin, 46), "\n"), "kyso-site")
		w.name(site, w.site.origin, "")
		w.PackStart(box, site, false, false, 0)
	}
	for _, line := range w.siteWarnings() {
		w.PackStart(box, w.label(line, "kyso-alarm"), false, false, 0)
	}
	return box
}

// subjectParts says what is asked about.
func (w *window) subjectParts(body widget) {
	switch w.q.Kind {
	case KindPair:
		w.PackStart(body, w.label(w.pairQuestion, "kyso-large"), false, false, 0)
		said := w.label(strings.ReplaceAll(SayWords(w.q.Code), "-", "   "), "kyso-words")
		w.LabelAlign(said, 0.5)
		w.name(said, strings.ReplaceAll(SayWords(w.q.Code), "-", ", "), "")
		w.PackStart(body, said, true, true, 0)
		w.PackStart(body, w.label(w.pairHelp), false, false, 0)
	case KindChoose:
		w.PackStart(body, w.label(w.chooseHelp), false, false, 0)
	case KindData:
		w.PackStart(body, w.label(w.dataPurpose(), "kyso-large"), false, false, 0)
		looks := []string(nil)
		if w.q.blind() {
			looks = []string{"kyso-alarm"}
		}
		w.PackStart(body, w.label(w.dataWarning, looks...), false, false, 0)
		w.PackStart(body, w.dataView(), true, true, 0)
		w.PackStart(body, w.label(strings.Join(append(w.dataFacts(), w.signedTexts()...), "\n")), false, false, 0)
	default:
		title := fmt.Sprintf(w.documents, len(w.q.Documents))
		if len(w.q.Documents) > 1 {
			title += "   " + w.inAll()
		}
		w.PackStart(body, w.label(title, "kyso-strong"), false, false, 0)
		w.PackStart(body, w.documentsList(), true, true, 0)
		if lines := w.signedTexts(); len(lines) > 0 {
			w.PackStart(body, w.label(strings.Join(lines, "\n")), false, false, 0)
		}
	}
}

// dataView shows the text to be signed.
func (w *window) dataView() widget {
	text := w.TextNew()
	w.TextSet(w.TextBuffer(text), strings.Join(w.dataText(), "\n"), -1)
	w.TextEditable(text, false)
	w.TextCursor(text, true) // it can be walked through with the keyboard
	w.TextTab(text, false)
	w.TextWrap(text, wrapWordChar)
	w.TextMono(text, true)
	w.TextLeft(text, 10)
	w.TextTop(text, 8)
	w.class(text, "kyso-text")
	w.name(text, w.dataName, "")
	// GTK guesses badly how high a text will be.
	height := int32(min(40+20*len(w.dataText()), 260))
	return w.scrolled(text, height, height)
}

// certificates are the one that signs, or the choice.
func (w *window) certificates() widget {
	box := w.BoxNew(vertical, 4)
	if len(w.usable) == 1 {
		w.PackStart(box, w.label(w.certificate, "kyso-strong"), false, false, 0)
		w.PackStart(box, w.certificateLines(w.usable[0]), false, false, 0)
	} else {
		w.PackStart(box, w.label(w.chooseCert, "kyso-strong"), false, false, 0)
		choices := w.BoxNew(vertical, 6)
		w.class(choices, "kyso-choices")
		member := widget(0)
		for i, c := range w.usable {
			radio := w.RadioNew(member)
			w.Add(radio, w.certificateLines(c))
			w.name(radio, w.certificateRow(i), "")
			w.PackStart(choices, radio, false, false, 0)
			w.on(radio, "toggled", func() { w.toggled(i) })
			w.radios, member = append(w.radios, radio), radio
		}
		w.PackStart(box, w.scrolled(choices, 0, 118), false, false, 0)
	}
	lines := w.notices()
	if locked := w.lockedLine(); locked != "" {
		lines = append(lines, locked)
	}
	if len(lines) > 0 {
		w.PackStart(box, w.label(strings.Join(lines, "\n"), "kyso-notice"), false, false, 0)
	}
	if w.q.Kind == KindChoose {
		w.remember = w.CheckNew(mnemonic(w.rememberLabel, w.rememberKey))
		w.on(w.remember, "toggled", w.remembered)
		w.PackStart(box, w.remember, false, false, 0)
	}
	return box
}

func (w *window) certificateLines(c Certificate) widget {
	box := w.BoxNew(vertical, 1)
	w.PackStart(box, w.label(w.holder(c), "kyso-name"), false, false, 0)
	w.PackStart(box, w.label(w.issuer(c)+"  ·  "+w.expiry(c)), false, false, 0)
	return box
}

// foot is the PIN and the buttons, with room for what is told while the window
// is open: nothing moves then.
func (w *window) foot() widget {
	box := w.BoxNew(vertical, 8)
	w.class(box, "kyso-foot")
	w.alarm = w.hidden(w.label("", "kyso-alarm"))
	w.PackStart(box, w.alarm, false, false, 0)
	w.pinRow = w.BoxNew(horizontal, 10)
	if w.q.AskPIN {
		w.pin = w.EntryNew()
		w.EntryHidden(w.pin, false)
		w.EntryPurpose(w.pin, purposePIN)
		w.AlignHigh(w.pin, alignCenter)
		w.EntryWidth(w.pin, 18)
		w.name(w.pin, strings.TrimSuffix(w.pinLabel, ":"), w.pinDescription)
		w.on(w.pin, "changed", w.tidy)
		label := w.LabelMnemonic(mnemonic(w.pinLabel, w.pinKey))
		w.class(label, "kyso-strong")
		w.LabelFor(label, w.pin)
		w.PackStart(w.pinRow, label, false, false, 0)
		w.PackStart(w.pinRow, w.pin, false, false, 0)
	}
	w.hint = w.label("", "kyso-notice")
	w.AtkRole(w.Accessible(w.hint), w.AtkRoleOf("notification"))
	w.PackStart(w.pinRow, w.hint, true, true, 0)
	w.SizeRequest(w.pinRow, -1, 46) // room for what say tells: nothing moves then
	w.PackStart(box, w.pinRow, false, false, 0)

	buttons := w.BoxNew(horizontal, 12)
	told := w.BoxNew(vertical, 2)
	w.AlignHigh(told, alignCenter)
	if tally := w.tally(); tally != "" {
		w.PackStart(told, w.label(tally, "kyso-strong"), false, false, 0)
	}
	w.wait = w.hidden(w.label("", "kyso-wait"))
	w.PackStart(told, w.wait, false, false, 0)
	w.PackStart(buttons, told, true, true, 0)
	w.SizeRequest(buttons, -1, 58) // room for who waits
	w.sign = w.ButtonNew(mnemonic(w.texts.sign, w.signKey))
	w.class(w.sign, "suggested-action")
	w.refuse = w.ButtonNew(mnemonic(w.texts.refuse, w.refuseKey))
	for _, b := range []widget{w.sign, w.refuse} {
		w.class(b, "kyso-button")
		w.SizeRequest(b, 130, 38)
		w.AlignHigh(b, alignCenter)
	}
	w.name(w.sign, w.texts.sign, w.tally())
	w.name(w.refuse, w.texts.refuse, "")
	w.on(w.sign, "clicked", w.signClicked)
	w.on(w.refuse, "clicked", w.refuseIt)
	w.PackEnd(buttons, w.refuse, false, false, 0)
	w.PackEnd(buttons, w.sign, false, false, 0)
	w.PackStart(box, buttons, false, false, 0)

	return box
}

// choose shows what belongs to a certificate.
func (w *window) choose(number int) {
	w.current = number
	w.typed.forget()
	w.tidy()
	warning := ""
	w.todo = w.confirm
	if len(w.usable) > 0 {
		c := w.usable[number]
		warning, w.todo = w.pinWarning(c), w.instruction(c)
	}
	if w.pin != 0 {
		w.SetSensitive(w.pin, w.needs())
	}
	w.LabelText(w.alarm, warning)
	w.SetVisible(w.alarm, warning != "")
	w.say("")
	w.refresh()
}
