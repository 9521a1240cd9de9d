package consent

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	g := gate{settle: settleTime}
	if g.open(at(5000)) {
		t.Error("open before it was shown")
	}
	g.show(at(0))
	if g.open(at(5000)) {
		t.Error("open without the focus")
	}
	g.focus(true, at(100))
	g.focus(true, at(700)) // told twice: nothing changes
	for ms, want := range map[int]bool{100: false, 799: false, 800: true, 5000: true} {
		if g.open(at(ms)) != want {
			t.Errorf("after %d ms: open is %v", ms, !want)
		}
	}
	if left := g.left(at(300)); left != 500*time.Millisecond {
		t.Errorf("left %v", left)
	}
	g.focus(false, at(6000))
	if g.open(at(60_000)) {
		t.Error("open while another window has the focus")
	}
	g.focus(true, at(61_000))
	if g.open(at(61_699)) || !g.open(at(61_700)) {
		t.Error("not shut for its time after the focus came back")
	}
	late := gate{settle: settleTime}
	late.focus(true, at(0))
	late.show(at(3000)) // drawn slowly: what was typed meanwhile was typed blind
	if late.open(at(3699)) || !late.open(at(3700)) {
		t.Error("counts from before it could be read")
	}
}

func TestInjected(t *testing.T) {
	for name, row := range map[string]struct {
		p    press
		want bool
	}{
		"a keyboard":               {press{x11: true, device: "AT Translated Set 2 keyboard"}, false},
		"a virtual screen's":       {press{x11: true, device: "TigerVNC keyboard"}, false},
		"XTEST":                    {press{x11: true, device: "Virtual core XTEST keyboard"}, true},
		"XTEST of another master":  {press{x11: true, device: "robot XTEST pointer"}, true},
		"XSendEvent":               {press{x11: true, sent: true, device: "AT Translated Set 2 keyboard"}, true},
		"no device":                {press{x11: true}, true},
		"a master, no slave named": {press{x11: true, device: "Virtual core keyboard", master: true}, true},
		"Wayland":                  {press{device: "Core Keyboard", master: true}, false},
		"Wayland, sent":            {press{sent: true}, true},
	} {
		if row.p.injected() != row.want {
			t.Errorf("%s: injected is %v", name, !row.want)
		}
	}
}

func TestTyped(t *testing.T) {
	p := newTyped()
	memory := p.pin[:cap(p.pin)]
	for _, r := range "12ắ4" {
		p.add(r)
	}
	p.back()
	p.back()
	p.add('9')
	if got := p.take(); string(got) != "129" {
		t.Errorf("%q", got)
	}
	for range 2 * maxPINLength {
		p.add('x')
	}
	if p.characters() > maxPINLength || &p.pin[0] != &memory[0] {
		t.Error("it grew")
	}
	p.forget()
	p.back()
	for _, b := range memory {
		if b != 0 {
			t.Fatal("something was kept")
		}
	}
}

// The expected spellings were written down by hand.
func TestNumberWords(t *testing.T) {
	for n, want := range map[int][2]string{
		1: {"một", "one"}, 5: {"năm", "five"}, 10: {"mười", "ten"}, 15: {"mười lăm", "fifteen"}, 21: {"hai mươi mốt", "twenty-one"},
		40: {"bốn mươi", "forty"}, 55: {"năm mươi lăm", "fifty-five"}, 101: {"một trăm linh một", "one hundred and one"},
		111: {"một trăm mười một", "one hundred and eleven"}, 205: {"hai trăm linh năm", "two hundred and five"},
		500: {"năm trăm", "five hundred"}, 999: {"chín trăm chín mươi chín", "nine hundred and ninety-nine"}, 1000: {"một nghìn", "one thousand"},
	} {
		if got := [2]string{vietnamese.numberWords(n), english.numberWords(n)}; got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
