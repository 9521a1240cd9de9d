package consent

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	xkEnter, xkEscape, xkTab, xkDown, xkAlt, xkBackSpace = 0xff0d, 0xff1b, 0xff09, 0xff54, 0xffe9, 0xff08
)

// asked is a question on the screen, read by a reader.
type asked struct {
	done              <-chan outcomeOf
	cancel            context.CancelFunc
	sign, refuse, pin node
}

// open asks and waits until an answer would count.
func open(t *testing.T, p *person, r *reader, q Question, live Live) *asked {
	t.Helper()
	a := show(t, p, r, q, live)
	if q.AskPIN {
		a.pin = r.find("password text", "")
		a.pin.has(stateEditable, true)
	} else {
		a.sign.has(stateSensitive, true)
	}
	return a
}

// show asks and waits for the window.
func show(t *testing.T, p *person, r *reader, q Question, live Live) *asked {
	t.Helper()
	r.t = t
	ctx, cancel := context.WithCancel(t.Context())
	a := &asked{done: askInWindow(t, ctx, "ask", q, live), cancel: cancel}
	v := newView(q, time.Now())
	a.refuse, a.sign = r.find("push button", v.refuse), r.find("push button", v.sign)
	// Without a window manager the window that the mouse is in gets the keys.
	x, y := a.refuse.center()
	p.move(x, y-60)
	return a
}

func TestNativeWindow(t *testing.T) {
	p := startScreen(t)
	r := startReader(t)
	devices, err := exec.Command("xdotool", "getmouselocation").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, devices)
	}

	t.Run("PIN and Enter approve", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.key(xkTab) // away from where the focus was: a PIN finds its field
		p.types("73 91_5")
		a.sign.has(stateSensitive, true)
		screenshot(t, "typed")
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || !answer.Approved || answer.Certificate != "c1" || string(answer.PIN) != "73 91_5" {
			t.Errorf("%v (PIN %q), %v", answer, answer.PIN, err)
		}
	})

	t.Run("a click approves", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.types("12345")
		p.key(xkBackSpace)
		a.sign.has(stateSensitive, true)
		p.click(a.sign.center())
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v (PIN %q), %v", answer, answer.PIN, err)
		}
	})

	t.Run("a letter with Alt approves", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.key(xkAlt, 'p')
		a.pin.has(stateFocused, true)
		p.types("1234")
		a.sign.has(stateSensitive, true)
		p.key(xkAlt, 'k')
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	for name, refuse := range map[string]func(a *asked){
		"Escape refuses":            func(*asked) { p.key(xkEscape) },
		"Enter alone refuses":       func(*asked) { p.key(xkEnter) },
		"a click refuses":           func(a *asked) { p.click(a.refuse.center()) },
		"a letter with Alt refuses": func(*asked) { p.key(xkAlt, 't') },
		"a reader refuses":          func(a *asked) { a.refuse.act() },
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, p, r, testQuestion(), Live{})
			a.refuse.has(stateFocused, true)
			refuse(a)
			if answer, err := await(t, a.done); err != nil || answer.Approved || answer.PIN != nil {
				t.Errorf("%v, %v", answer, err)
			}
		})
	}

	t.Run("Enter without a PIN says so", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.click(a.pin.center())
		a.pin.has(stateFocused, true)
		p.key(xkEnter)
		r.says(vietnamese.emptyPIN)
		withdraw(t, a.cancel, a.done)
	})

	t.Run("programs do not sign", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		// Every way for a program to type or press, as long as no person has.
		window := xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số")
		for name, try := range map[string]func(){
			"XTEST keys":     func() { xdotool("type", "1234"); xdotool("key", "Return") },
			"XTEST with Alt": func() { xdotool("key", "alt+k") },
		} {
			try()
			r.says(vietnamese.injected)
			if a.sign.is(stateSensitive) {
				t.Errorf("%s: the button is active", name)
			}
		}
		xdotool("key", "--window", window, "1", "2", "Return")
		var ok bool
		a.pin.call("EditableText.SetTextContents", &ok, "1234")
		screenshot(t, "injected")
		if text := a.pin.text(); text != "" {
			t.Errorf("taken into the field: %q", text)
		}
		// Now that a person has typed the PIN, pressing is left.
		p.types("987")
		a.sign.has(stateSensitive, true)
		x, y := a.sign.center()
		for name, try := range map[string]func(){
			"XTEST button":      func() { xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1") },
			"XTEST Enter":       func() { xdotool("key", "Return") },
			"XTEST Alt":         func() { xdotool("key", "alt+k") },
			"a reader's action": a.sign.act,
		} {
			// What was said before is gone once the person types.
			p.types("1")
			p.key(xkBackSpace)
			eventually(t, "quiet", func() bool { return !strings.Contains(r.everything(), vietnamese.injected) })
			try()
			r.says(vietnamese.injected)
			select {
			case <-a.done:
				t.Fatalf("%s answered", name)
			default:
			}
		}
		xdotool("key", "--window", window, "Return")
		r.says(vietnamese.injected)
		unanswered(t, a.done)
		if n := len([]rune(a.pin.text())); n != 3 {
			t.Errorf("%d characters in the field", n)
		}
		// And the same window still listens to the person.
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "987" {
			t.Errorf("%v (PIN %q), %v", answer, answer.PIN, err)
		}
	})
}

// TestNativeWindowLive is what happens while the window is open.
func TestNativeWindowLive(t *testing.T) {
	p := startScreen(t)
	r := startReader(t)

	t.Run("nothing counts at first", func(t *testing.T) {
		r.t = t
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := askInWindow(t, ctx, "ask slowly", testQuestion(), Live{})
		pin, sign := r.find("password text", ""), r.find("push button", "Ký")
		refuse := r.find("push button", "Từ chối")
		x, y := refuse.center()
		p.move(x, y-60)
		eventually(t, "keys are told to be too early", func() bool {
			p.types("1")
			p.key(xkEnter)
			p.key(xkEscape)
			return strings.Contains(r.everything(), vietnamese.justShown)
		})
		p.click(x, y)
		p.key(xkTab) // comes after them all
		refuse.has(stateFocused, false)
		if pin.text() != "" || sign.is(stateSensitive) || pin.is(stateEditable) {
			t.Errorf("field %q", pin.text())
		}
		withdraw(t, cancel, done)
	})

	t.Run("nothing counts when the focus has come back", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.types("1234")
		a.sign.has(stateSensitive, true)
		window := xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		other := askInWindow(t, ctx, "ask", testQuestion(), Live{}) // its window takes the focus
		a.sign.has(stateSensitive, false)
		withdraw(t, cancel, other)
		left := time.Now()
		xdotool("windowfocus", window)
		a.sign.has(stateSensitive, true)
		if took := time.Since(left); took < settleTime {
			t.Errorf("active %v after the focus came back", took)
		}
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("one of several certificates", func(t *testing.T) {
		q := testQuestion()
		q.Certificates = append(q.Certificates,
			Certificate{ID: "pad", Holder: "Lê Văn & <An>", Issuer: "CA <i>thử</i>", PINPad: true, NotAfter: time.Now().AddDate(1, 0, 0)},
			Certificate{ID: "locked", Holder: "Phạm Khoá", PINState: PINLocked, NotAfter: time.Now()})
		a := open(t, p, r, q, Live{})
		r.says("bị khóa: Phạm Khoá")
		first, second := r.find("radio button", "1. Trần"), r.find("radio button", "2. Lê Văn & <An>")
		second.act() // a program's choice is undone
		r.says(vietnamese.injected)
		first.has(stateChecked, true)
		p.types("123")
		a.sign.has(stateSensitive, true)
		p.click(second.center())
		second.has(stateChecked, true)
		r.says(vietnamese.enterPad)
		a.pin.has(stateSensitive, false)
		if text := a.pin.text(); text != "" {
			t.Errorf("the PIN of one certificate is kept for another: %q", text)
		}
		p.click(a.sign.center())
		if answer, err := await(t, a.done); err != nil || answer.Certificate != "pad" || answer.PIN != nil {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("a certificate by keyboard", func(t *testing.T) {
		q := testQuestion()
		q.Certificates = append(q.Certificates, Certificate{ID: "other", Holder: "Lê Văn An", NotAfter: time.Now().AddDate(1, 0, 0)})
		a := open(t, p, r, q, Live{})
		first, second := r.find("radio button", "1. "), r.find("radio button", "2. ")
		eventually(t, "Tab leads to the choice", func() bool {
			if first.is(stateFocused) {
				return true
			}
			p.key(xkTab)
			return false
		})
		p.key(xkDown)
		second.has(stateChecked, true)
		p.types("55")
		a.sign.has(stateSensitive, true)
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || answer.Certificate != "other" || string(answer.PIN) != "55" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("documents are opened, others wait", func(t *testing.T) {
		opened := make(chan int, 10)
		waiting := make(chan []Waiting)
		a := open(t, p, r, testQuestion(), Live{
			View: func(_ context.Context, document int) error {
				opened <- document
				if document == 1 {
					return errors.New("planted")
				}
				return nil
			},
			Waiting: waiting,
		})
		first, second := r.find("push button", "Xem tài liệu 1: Tờ trình"), r.find("push button", "Xem tài liệu 2: Phụ lục")
		p.click(first.center())
		if got := <-opened; got != 0 {
			t.Errorf("document %d was opened", got)
		}
		r.says(vietnamese.viewOpened)
		first.has(stateSensitive, true)
		second.call("Component.GrabFocus", new(bool))
		second.has(stateFocused, true)
		p.key(' ')
		if got := <-opened; got != 1 {
			t.Errorf("document %d was opened", got)
		}
		r.says(vietnamese.viewFailed)
		waiting <- []Waiting{{"https://mot.example", 2}, {"", 1}}
		r.says("Còn 2 yêu cầu khác đang chờ: https://mot.example (2 tài liệu), dòng lệnh (1 tài liệu)")
		screenshot(t, "waiting")
		waiting <- nil
		eventually(t, "the line is gone", func() bool { return !strings.Contains(r.everything(), "yêu cầu khác") })
		a.pin.has(stateEditable, true)
		p.types("1")
		a.sign.has(stateSensitive, true)
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("a reader gets everything but the PIN", func(t *testing.T) {
		q := testQuestion()
		q.Site = "https://xn--effice-gva.gov.vn"
		q.Reason, q.Level = "Duyệt chi", "B-T"
		q.Documents[0].Stamp, q.Documents[0].Notices = "góc phải trang 1", []string{"Tài liệu có tệp đính kèm."}
		q.LeftOut = []LeftOut{{"hỏng.pdf", "Tài liệu bị hỏng."}}
		a := open(t, p, r, q, Live{View: func(context.Context, int) error { return nil }})
		p.types("73915")
		a.sign.has(stateSensitive, true)
		all := r.everything()
		v := newView(q, time.Now())
		for _, want := range []string{q.Site, "Tờ trình số 12", "3 trang", "1,2 MB", v.words(q.Documents[0]), "đã có 2 chữ ký", "góc phải trang 1", "LƯU Ý: Tài liệu có tệp đính kèm.",
			"Trần Thị Ngọc Hưởng – UBND tỉnh Kiên Giang", "Cấp bởi: CA phục vụ", "còn 40 ngày", "KHÔNG KÝ: hỏng.pdf – Tài liệu bị hỏng.", "Duyệt chi", "B-T",
			"Sẽ ký hai tài liệu. Không ký một tài liệu.", "password text|Mã PIN|", "push button|Ký|", "push button|Từ chối|", "push button|Xem tài liệu 2: Phụ lục kinh phí.pdf|", v.siteWarnings()[0]} {
			if !strings.Contains(all, want) {
				t.Errorf("%q is not told", want)
			}
		}
		if strings.Contains(all, "73915") || !strings.Contains(all, "|•••••\n") {
			t.Errorf("what is told of the PIN: %q", a.pin.text())
		}
		withdraw(t, a.cancel, a.done)
	})

	t.Run("500 documents", func(t *testing.T) {
		a := open(t, p, r, manyDocuments(), Live{})
		r.says("Sẽ ký năm trăm tài liệu.")
		screenshot(t, "many")
		p.types("1234")
		a.sign.has(stateSensitive, true)
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("where programs may answer", func(t *testing.T) {
		q := testQuestion()
		q.AllowInjected = true
		a := open(t, p, r, q, Live{})
		xdotool("type", "1234")
		a.sign.has(stateSensitive, true)
		xdotool("key", "Return")
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("a killed child is no approval", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		killChildren(t)
		if answer, err := await(t, a.done); err == nil || answer.Approved {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("a screen that goes is no approval", func(t *testing.T) {
		a := open(t, p, r, testQuestion(), Live{})
		p.types("1234")
		a.sign.has(stateSensitive, true)
		p.unplug()
		if answer, err := await(t, a.done); err == nil || answer.Approved {
			t.Errorf("%v, %v", answer, err)
		}
	})
}

// TestNativeWindowKinds: the other kinds of question.
func TestNativeWindowKinds(t *testing.T) {
	p := startScreen(t)
	r := startReader(t)
	certificates := append(testQuestion().Certificates, Certificate{ID: "c2", Holder: "Lê Văn An", NotAfter: time.Now().AddDate(1, 0, 0)})
	const site = "https://eoffice.kiengiang.gov.vn"

	t.Run("pair", func(t *testing.T) {
		q := Question{Kind: KindPair, Site: site, Code: []byte{0, 1, 2, 253, 254, 255}}
		a := open(t, p, r, q, Live{})
		for _, word := range strings.Split(SayWords(q.Code), "-") {
			r.says(word)
		}
		screenshot(t, "pair")
		a.sign.act()
		r.says(vietnamese.injected)
		unanswered(t, a.done)
		p.click(a.sign.center())
		if answer, err := await(t, a.done); err != nil || !answer.Approved || answer.Certificate != "" {
			t.Errorf("%v, %v", answer, err)
		}
		a = open(t, p, r, q, Live{})
		p.key(xkEnter) // "different" has the focus
		if answer, err := await(t, a.done); err != nil || answer.Approved {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("choose and remember", func(t *testing.T) {
		a := open(t, p, r, Question{Kind: KindChoose, Site: site, Certificates: certificates}, Live{})
		second, box := r.find("radio button", "2. Lê Văn An"), r.find("check box", vietnamese.rememberLabel)
		box.act()
		r.says(vietnamese.injected)
		box.has(stateChecked, false)
		p.click(second.center())
		second.has(stateChecked, true)
		p.key(xkAlt, 'g')
		box.has(stateChecked, true)
		screenshot(t, "choose")
		p.key(xkAlt, 'c')
		if answer, err := await(t, a.done); err != nil || answer.Certificate != "c2" || !answer.Remember {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("data", func(t *testing.T) {
		q := Question{Kind: KindData, Site: site, AskPIN: true, Certificates: certificates[:1],
			Data: &Data{Purpose: PurposeJSON, Text: "{\n  \"soTien\": 125000000,\n  \"ghiChu\": \"x\u202ey\"\n}", Size: 47, SHA256: strings.Repeat("5e6f7081", 8)}}
		a := open(t, p, r, q, Live{})
		r.says("\"soTien\": 125000000")
		r.says("x\uFFFDy")
		r.says(vietnamese.dataJSON)
		screenshot(t, "data")
		p.types("1234")
		a.sign.has(stateSensitive, true)
		p.key(xkEnter)
		if answer, err := await(t, a.done); err != nil || string(answer.PIN) != "1234" {
			t.Errorf("%v, %v", answer, err)
		}
	})

	t.Run("hash", func(t *testing.T) {
		q := hashQuestion("SHA-256", 32)
		q.Site, q.Certificates = site, certificates[:1]
		a := open(t, p, r, q, Live{})
		r.says(vietnamese.hashFromSite)
		r.says(vietnamese.dataHash)
		r.says(vietnamese.hashWarning)
		screenshot(t, "hash")
		p.key(xkEnter) // "refuse" has the focus
		if answer, err := await(t, a.done); err != nil || answer.Approved {
			t.Errorf("%v, %v", answer, err)
		}
	})
}

// TestXTESTDoesNotSign: on a screen without a person nobody signs.
func TestXTESTDoesNotSign(t *testing.T) {
	startDisplay(t, "Xvfb", "-screen", "0", "1024x768x24")
	r := startReader(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := askInWindow(t, ctx, "ask", testQuestion(), Live{})
	sign, pin := r.find("push button", "Ký"), r.find("password text", "")
	x, y := sign.center()
	xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y))
	pin.has(stateEditable, true)
	xdotool("type", "1234")
	xdotool("key", "Return")
	r.says(vietnamese.injected)
	xdotool("click", "1")
	xdotool("key", "--window", xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số"), "1", "Return")
	xdotool("key", "Tab")
	if pin.text() != "" || sign.is(stateSensitive) {
		t.Errorf("field %q", pin.text())
	}
	withdraw(t, cancel, done)

	// No is believed from anybody.
	done = askInWindow(t, t.Context(), "ask", testQuestion(), Live{})
	r.find("password text", "").has(stateEditable, true)
	xdotool("key", "Escape")
	if a, err := await(t, done); err != nil || a.Approved {
		t.Errorf("%v, %v", a, err)
	}
}

// TestZenity: where GTK cannot be loaded, zenity asks.
func TestZenity(t *testing.T) {
	startDisplay(t, "Xvfb", "-screen", "0", "1024x768x24")
	// There is no window manager that gives a window the focus.
	window := func() (id string) {
		eventually(t, "a window", func() bool {
			id = strings.Join(strings.Fields(xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số")), " ")
			return id != "" && !strings.Contains(id, " ")
		})
		return id
	}
	gone := func() {
		eventually(t, "the window is gone", func() bool { return xdotool("search", "--onlyvisible", "--name", "Yêu cầu ký số") == "" })
	}

	t.Run("approve", func(t *testing.T) {
		done := askInWindow(t, t.Context(), "ask with zenity", testQuestion(), Live{})
		var answer Answer
		// An approval too soon after the window is asked again, as is an empty one.
		eventually(t, "an answer", func() bool {
			xdotool("windowfocus", "--sync", window(), "type", "1234")
			xdotool("key", "Return")
			select {
			case o := <-done:
				answer = o.answer
				return o.err == nil
			case <-time.After(time.Second):
				return false
			}
		})
		if !answer.Approved || !strings.HasSuffix(string(answer.PIN), "1234") {
			t.Errorf("%v (PIN %q)", answer, answer.PIN)
		}
		gone()
	})

	t.Run("withdraw", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := askInWindow(t, ctx, "ask with zenity", testQuestion(), Live{})
		window()
		withdraw(t, cancel, done)
		gone()
	})

	t.Run("a killed child takes its window along", func(t *testing.T) {
		done := askInWindow(t, t.Context(), "ask with zenity", testQuestion(), Live{})
		window()
		killChildren(t)
		if a, err := await(t, done); err == nil || a.Approved {
			t.Errorf("%v, %v", a, err)
		}
		gone()
	})
}
