package text

import (
	"math"
	"strconv"
	"strings"

	"kyso/signature/pdf"
)

// number reads what stands for a number; what is none of it is 0, as readers
// take it.
func number(w []byte) float64 {
	if f, err := strconv.ParseFloat(string(w), 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return f
	}
	// "--5", "1.2.3" and "12-3" are written by faulty software.
	negative := false
	for len(w) > 0 && (w[0] == '-' || w[0] == '+') {
		negative = negative || w[0] == '-'
		w = w[1:]
	}
	point := false
	for i, c := range w {
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			w = w[:i]
			break
		}
	}
	f, err := strconv.ParseFloat(string(w), 64)
	if err != nil {
		return 0
	}
	if negative {
		f = -f
	}
	return f
}

func (l *lexer) name() pdf.Name {
	var out []byte
	for l.pos < len(l.b) && !delimiters[l.b[l.pos]] {
		c := l.b[l.pos]
		l.pos++
		if c == '#' && l.pos+1 < len(l.b) {
			if hi, lo := unhex(l.b[l.pos]), unhex(l.b[l.pos+1]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				l.pos += 2
			}
		}
		out = append(out, c)
	}
	return pdf.Name(out)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (l *lexer) hex() pdf.String {
	l.pos++
	var out []byte
	high := -1
	for l.pos < len(l.b) {
		c := l.b[l.pos]
		l.pos++
		if c == '>' {
			break
		}
		d := unhex(c)
		switch {
		case d < 0:
		case high < 0:
			high = d
		default:
			out = append(out, byte(high<<4|d))
			high = -1
		}
	}
	if high >= 0 {
		out = append(out, byte(high<<4))
	}
	return pdf.String(out)
}

func (l *lexer) literal() pdf.String {
	l.pos++
	var out []byte
	for open := 1; l.pos < len(l.b); {
		c := l.b[l.pos]
		l.pos++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return pdf.String(out)
			}
		case '\r':
			if l.pos < len(l.b) && l.b[l.pos] == '\n' {
				l.pos++
			}
			c = '\n'
		case '\\':
			e, ok := l.escape()
			if !ok {
				continue
			}
			c = e
		}
		out = append(out, c)
	}
	return pdf.String(out)
}

// escape reads what follows a backslash; false for a continued line.
func (l *lexer) escape() (byte, bool) {
	if l.pos >= len(l.b) {
		return 0, false
	}
	c := l.b[l.pos]
	l.pos++
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		return "\n\r\t\b\f"[i], true
	}
	switch {
	case c == '\r':
		if l.pos < len(l.b) && l.b[l.pos] == '\n' {
			l.pos++
		}
		return 0, false
	case c == '\n':
		return 0, false
	case c < '0' || c > '7':
		return c, true
	}
	v := int(c - '0')
	for i := 0; i < 2 && l.pos < len(l.b) && l.b[l.pos] >= '0' && l.b[l.pos] <= '7'; i++ {
		v = v<<3 | int(l.b[l.pos]-'0')
		l.pos++
	}
	return byte(v), true
}
