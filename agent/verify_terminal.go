package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"kyso/agent/internal/report"
)

// widest is the longest line that is read with ease.
const widest = 110

// style suits w: colours and short lines on a terminal, neither elsewhere.
func style(w io.Writer, language string) report.Style {
	s := report.Style{Language: language}
	if width, ok := terminal(w); ok {
		s.Width, s.Color = min(width, widest), os.Getenv("NO_COLOR") == ""
	}
	return s
}

// terminal tells whether w is a terminal that knows the sequences of ECMA-48,
// and how many columns it has.
func terminal(w io.Writer) (columns int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" || !enableSequences(f) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		columns = 80
	}
	return columns, true
}
