// Package report writes verification reports for people, as text and as HTML.
// It never judges, and never prints a reassuring word for anything but
// TOTAL-PASSED.
package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes d: the verdict, why, what to do, then each signature with the
// fields that TT 15/2025/TT-BKHCN, Article 6, asks for. The error is w's.
func Text(w io.Writer, d Document, s Style) error {
	v := newView(d, s.Language)
	p := &printer{w: w, style: s}
	p.verdict(0, v.File, v.Mark, v.Verdict)
	p.line(2, "", v.Status)
	p.advice(2, v.W, v.Why, v.Do)
	p.list(2, v.W.FetchFailed, v.Fetch)
	p.list(2, v.W.Lacking, v.Missing)
	p.list(2, v.W.Warning, v.Warnings)
	for _, s := range v.Signatures {
		p.signature(v.W, s)
	}
	return p.err
}

// printer writes lines, each with a bold label, wrapped below its own indent.
type printer struct {
	w     io.Writer
	style Style
	err   error
}

func (p *printer) signature(w *text, s signatureView) {
	p.verdict(2, fmt.Sprintf("%d. %s", s.Number, s.Title), s.Mark, s.Verdict)
	p.line(5, "", s.Status)
	p.advice(5, w, s.Why, s.Do)
	for _, r := range s.Fields {
		p.line(5, r.Label, r.Value)
	}
	for _, t := range s.Stamps {
		p.line(5, w.Stamps, joined(", ", t.Time, t.Kind, t.Signer)+": "+t.Verdict+" ("+t.Status+")")
		if t.Why != "" {
			p.line(7, w.Reason, t.Why)
		}
	}
	for _, r := range s.More {
		p.line(5, r.Label, r.Value)
		if r.Label != w.Changes {
			continue
		}
		for _, c := range s.Changes {
			p.line(7, "", "- "+strings.ToLower(w.Revision)+" "+c.Revision+": "+c.What+" ("+c.Effect+")")
		}
		if s.Unlisted != "" {
			p.line(7, "", "- "+s.Unlisted)
		}
	}
	p.list(5, w.Warning, s.Warnings)
}

func (p *printer) advice(indent int, w *text, why string, do []string) {
	if why != "" {
		p.line(indent, w.Reason, why)
	}
	p.list(indent, w.Do, do)
}

func (p *printer) list(indent int, label string, items []string) {
	for _, s := range items {
		p.line(indent, label, s)
	}
}

// SGR codes of ECMA-48, 8.3.117.
var colors = map[string]string{"passed": "1;32", "failed": "1;31", "unknown": "1;33", "label": "1"}

func (p *printer) paint(color, s string) string {
	if !p.style.Color {
		return s
	}
	return "\x1b[" + colors[color] + "m" + s + "\x1b[0m"
}

// verdict writes a name and its verdict, the one line that must not be missed.
func (p *printer) verdict(indent int, name, mark, verdict string) {
	lines := wrap(name+": "+verdict, p.style.Width-indent-2)
	if len(lines) > 1 { // the verdict stays in one piece
		lines = append(wrap(name+":", p.style.Width-indent-2), verdict)
	}
	last := len(lines) - 1
	lines[last] = strings.TrimSuffix(lines[last], verdict) + p.paint(mark, verdict)
	p.lines(indent, lines)
}

func (p *printer) line(indent int, label, value string) {
	if label == "" {
		p.lines(indent, wrap(value, p.style.Width-indent-2))
		return
	}
	lines := wrap(label+": "+value, p.style.Width-indent-2)
	if rest, ok := strings.CutPrefix(lines[0], label+":"); ok {
		lines[0] = p.paint("label", label+":") + rest
	}
	p.lines(indent, lines)
}

func (p *printer) lines(indent int, lines []string) {
	for i, l := range lines {
		if i == 1 {
			indent += 2
		}
		if p.err == nil {
			_, p.err = fmt.Fprintf(p.w, "%*s%s\n", indent, "", l)
		}
	}
}

// wrap breaks s at spaces into lines of at most width columns; a longer word
// stands alone. A width that leaves no room for sentences does not wrap.
func wrap(s string, width int) []string {
	const narrowest = 20
	if width < narrowest || columns(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

// columns counts what a terminal moves on: combining marks take no room.
func columns(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) {
			n--
		}
	}
	return n
}
