// Package tray shows the agent's icon beside the clock: its state, one line of
// status, and the way to end it.
// It never asks a question and never shows anything a web page wrote; that is
// for package consent.
package tray

import "unicode/utf8"

// Condition is what the icon tells at a glance, by colour and by its sign.
type Condition int

const (
	Idle    Condition = iota // ready: a tick
	Busy                     // signing, or waiting for the person: three dots
	Problem                  // cannot work: an exclamation mark
)

// State is what the tray shows.
type State struct {
	Condition Condition
	// Line is one short line in the person's language, made of our own words.
	// When empty, the condition's own text stands there.
	Line string
}

// Options are set once. The zero value is a Vietnamese "Kyso".
type Options struct {
	Title    string // of the program; "" means "Kyso"
	Language string // "vi" or "en"; anything else is "vi"
}

// Menus get as wide as their longest line.
const maxLine = 80

type texts struct {
	quit, quitHint string
	conditions     [3]string
}

var vietnamese = texts{
	quit: "Thoát", quitHint: "Dừng chương trình ký số",
	conditions: [3]string{"Sẵn sàng ký số", "Đang xử lý yêu cầu ký", "Có vấn đề, chưa ký được"},
}

var english = texts{
	quit: "Quit", quitHint: "End the signing program",
	conditions: [3]string{"Ready to sign", "Working on a request", "There is a problem; signing is not possible"},
}

func (o Options) title() string {
	if o.Title == "" {
		return "Kyso"
	}
	return o.Title
}

func (o Options) texts() texts {
	if o.Language == "en" {
		return english
	}
	return vietnamese
}

// line is the status line of a state.
func (o Options) line(s State) string {
	if s.Line == "" {
		return o.texts().conditions[s.Condition.known()]
	}
	if utf8.RuneCountInString(s.Line) > maxLine {
		return string([]rune(s.Line)[:maxLine-1]) + "…"
	}
	return s.Line
}

// known folds a value nobody defined into Problem.
func (c Condition) known() Condition {
	if c < Idle || c > Problem {
		return Problem
	}
	return c
}
