package report

import (
	"fmt"
	"io"
)

// Summary counts the verdicts over many documents. The zero value is empty.
type Summary struct {
	passed, failed, unknown, unread int
	lines                           []summaryLine
}

type summaryLine struct {
	Number                   int
	File, Mark, Verdict, Why string
}

// Add counts d.
func (s *Summary) Add(d Document, language string) {
	w := wordsIn(language)
	mark, word := w.verdictOf(d)
	switch {
	case d.Unread:
		s.unread++
	case mark == "passed":
		s.passed++
	case mark == "failed":
		s.failed++
	default:
		s.unknown++
	}
	s.lines = append(s.lines, summaryLine{len(s.lines) + 1, fileName(w, d.File), mark, word, w.message(d.Reason)})
}

// Total is the number of documents counted.
func (s *Summary) Total() int { return len(s.lines) }

// counts is one line of all counts, zeros included, so that none is mistaken
// for another.
func (s *Summary) counts(w *text) string {
	return fmt.Sprintf(w.count+": %d %s, %d %s, %d %s, %d %s.", s.Total(),
		s.passed, w.counts["passed"], s.failed, w.counts["failed"], s.unknown, w.counts["unknown"], s.unread, w.counts["unread"])
}

// Text writes the counts, then every document that did not pass, in order.
func (s *Summary) Text(w io.Writer, style Style) error {
	p := &printer{w: w, style: style}
	p.lines(0, wrap(s.counts(wordsIn(style.Language)), style.Width-2))
	for _, l := range s.lines {
		if l.Mark != "passed" {
			p.verdict(2, l.File, l.Mark, l.Verdict)
			if l.Why != "" {
				p.line(4, "", l.Why)
			}
		}
	}
	return p.err
}
