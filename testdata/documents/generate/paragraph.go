package main

import "strings"

// A paragraph says how text is set. Zero values are the body of an
// administrative document: 14 points, justified, first line indented 10 mm.
type paragraph struct {
	size    float64 // points; 0 is 14
	style   style   // of the text outside **
	align   string  // "justify" (""), "left", "centre"
	x       float64 // left edge; 0 is the margin
	width   float64 // 0 is to the right margin
	indent  float64 // of the first line; 0 is 10 mm where justified, negative is none
	hang    float64 // of the other lines
	leading float64 // line height as a multiple of the size; 0 is 1.25
	before  float64 // space above, mm
	keep    float64 // room, mm, that must be left under the first line
}

// A word is a piece of a line with one style, without spaces.
type word struct {
	text  string
	style style
	width float64
}

// set sets text as one paragraph. Words between ** are bold.
func (s *sheet) set(text string, p paragraph) {
	p = p.withDefaults()
	lineHeight := p.size * p.leading / millimetre
	s.y += p.before
	s.need(lineHeight + p.keep)
	lines := s.breakLines(s.words(text, p), p)
	for i, line := range lines {
		s.need(lineHeight)
		indent := p.hang
		if i == 0 {
			indent = p.indent
		}
		s.drawLine(line, p, p.x+indent, p.width-indent, i == len(lines)-1)
		s.y += lineHeight
	}
}

func (p paragraph) withDefaults() paragraph {
	if p.size == 0 {
		p.size = 14
	}
	if p.x == 0 {
		p.x = leftMargin
	}
	if p.width == 0 {
		p.width = pageWidth - rightMargin - p.x
	}
	if p.leading == 0 {
		p.leading = 1.25
	}
	if p.indent == 0 && p.align == "" {
		p.indent = 10
	}
	p.indent = max(p.indent, 0)
	return p
}

func (s *sheet) words(text string, p paragraph) []word {
	var words []word
	for i, part := range strings.Split(text, "**") {
		face := p.style
		if i%2 == 1 {
			face = bold
		}
		for _, w := range strings.Fields(part) {
			w = strings.ReplaceAll(w, "~", " ") // a space that does not break
			words = append(words, word{w, face, s.width(w, face, p.size)})
		}
	}
	return words
}

func (s *sheet) breakLines(words []word, p paragraph) [][]word {
	var lines [][]word
	var line []word
	space := s.width(" ", regular, p.size)
	used, room := 0.0, p.width-p.indent
	for _, w := range words {
		if len(line) > 0 && used+space+w.width > room {
			lines = append(lines, line)
			line, used, room = nil, 0, p.width-p.hang
		}
		if len(line) > 0 {
			used += space
		}
		line = append(line, w)
		used += w.width
	}
	return append(lines, line)
}

// drawLine draws words with their spaces, one mark for each run of a style, so
// that copied text keeps its spaces.
func (s *sheet) drawLine(line []word, p paragraph, x, room float64, last bool) {
	space := s.width(" ", regular, p.size)
	natural := space * float64(len(line)-1)
	for _, w := range line {
		natural += w.width
	}
	gap := 0.0
	switch {
	case p.align == "centre":
		x += (room - natural) / 2
	case p.align == "" && !last && len(line) > 1:
		gap = (room - natural) / float64(len(line)-1)
	}
	baseline := s.y + p.size*(p.leading/2+0.3)/millimetre
	for start := 0; start < len(line); {
		end := start + 1
		for end < len(line) && line[end].style == line[start].style {
			end++
		}
		var parts []string
		width := 0.0
		for _, w := range line[start:end] {
			parts = append(parts, w.text)
			width += w.width
		}
		text := strings.Join(parts, " ")
		if end < len(line) {
			text += " " // the space before the next style belongs to this run
		}
		s.draw(mark{text: text, style: line[start].style, size: p.size, x: x, y: baseline, gap: gap})
		x += width + (space+gap)*float64(spaces(text))
		start = end
	}
}

func spaces(text string) int { return strings.Count(text, " ") }
