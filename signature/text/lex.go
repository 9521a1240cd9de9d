package text

import "bytes"

// lexer reads content streams and CMaps from memory. Unlike the parser of
// package pdf, which decides what is proof, it goes on after a fault: a reader
// of words that gives up at a misspelt number is of no use.
type lexer struct {
	b   []byte
	pos int
}

// operator is a word that is no object.
type operator string

// Bounds on one operand.
const (
	maxNesting  = 16
	maxElements = 100_000 // of an array: TJ of a long line has hundreds
)

var delimiters = func() (d [256]bool) {
	for _, c := range "()<>[]{}/% \n\r\t\f\x00" {
		d[c] = true
	}
	return d
}()

func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func (l *lexer) skip() {
	for l.pos < len(l.b) {
		switch c := l.b[l.pos]; {
		case space(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.b) && l.b[l.pos] != '\n' && l.b[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// next reads an object (float64, bool, nil, pdf.String, pdf.Name, []any;
// dictionaries are arrays of keys and values) or an operator; false at the end.
func (l *lexer) next() (any, bool) { return l.object(0) }

// closing ends an array or a dictionary.
type closing byte

func (l *lexer) object(depth int) (any, bool) {
	l.skip()
	if l.pos >= len(l.b) {
		return nil, false
	}
	c := l.b[l.pos]
	switch c {
	case '/':
		l.pos++
		return l.name(), true
	case '(':
		return l.literal(), true
	case '<':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '<' {
			l.pos += 2
			return l.list(depth, '>'), true
		}
		return l.hex(), true
	case '[':
		l.pos++
		return l.list(depth, ']'), true
	case '>':
		l.pos++
		if l.pos < len(l.b) && l.b[l.pos] == '>' {
			l.pos++
		}
		return closing('>'), true
	case ']':
		l.pos++
		return closing(']'), true
	case ')', '{', '}':
		l.pos++
		return l.object(depth)
	}
	from := l.pos
	for l.pos < len(l.b) && !delimiters[l.b[l.pos]] {
		l.pos++
	}
	w := l.b[from:l.pos]
	if c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.' {
		return number(w), true
	}
	switch string(w) {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	}
	return operator(w), true
}

// list reads up to the closing bracket. Operators inside, which are a fault,
// end it too, so that one missing bracket does not swallow the page.
func (l *lexer) list(depth int, end closing) any {
	out := []any{}
	for {
		at := l.pos
		if depth >= maxNesting {
			return out
		}
		o, ok := l.object(depth + 1)
		if !ok {
			return out
		}
		switch o := o.(type) {
		case closing:
			return out
		case operator:
			l.pos = at
			return out
		default:
			if len(out) < maxElements {
				out = append(out, o)
			}
		}
	}
}

// inlineImage skips the data of an inline image, which begin after ID and one
// white space, and the EI behind them (8.9.7). Their length is not written, so
// EI counts where white space stands around it and what follows is content.
func (l *lexer) inlineImage() bool {
	for from := l.pos; ; {
		i := bytes.Index(l.b[from:], []byte("EI"))
		if i < 0 {
			l.pos = len(l.b)
			return false
		}
		at := from + i
		from = at + 2
		if at == 0 || !space(l.b[at-1]) || from < len(l.b) && !space(l.b[from]) {
			continue
		}
		if textual(l.b[from:min(len(l.b), from+24)]) {
			l.pos = from
			return true
		}
	}
}

func textual(b []byte) bool {
	for _, c := range b {
		if c > 126 || c < 32 && !space(c) || c == 0 {
			return false
		}
	}
	return true
}
