package pdf

import (
	"io"
	"strconv"
)

// Bounds on one object, so that a small file cannot ask for much memory.
const (
	// Real documents nest a dozen deep.
	maxDepth = 64
	// The largest arrays seen, glyph widths and page kids, hold tens of
	// thousands; a million costs about 50 MB.
	maxElements = 1 << 20
	// Signatures with long revocation lists inside reach a few MiB.
	maxString = 32 << 20
	// ISO 32000-1, Annex C, gives 127; writers exceed it.
	maxName = 4 << 10
)

// readBlock is how much is read at a time around the parser's position: most
// objects are smaller.
const readBlock = 4 << 10

// parser reads objects from r between pos and end.
type parser struct {
	r        io.ReaderAt
	pos, end int64
	buf      []byte
	bufAt    int64
	elements int
	err      error // of r
}

//go:noinline
func (f *File) parser(pos, end int64) *parser {
	return &parser{r: f.r, pos: pos, end: min(end, f.size)}
}

//go:noinline
func (p *parser) fail(what string) error {
	if p.err != nil {
		return p.err
	}
	return &FormatError{p.pos, what}
}

// at returns the byte at off, or -1 outside.
func (p *parser) at(off int64) int {
	if off >= p.bufAt && off < p.bufAt+int64(len(p.buf)) {
		return int(p.buf[off-p.bufAt])
	}
	if off < 0 || off >= p.end || p.err != nil {
		return -1
	}
	if p.buf == nil {
		p.buf = make([]byte, readBlock)
	}
	n, err := p.r.ReadAt(p.buf[:min(readBlock, p.end-off)], off)
	if n == 0 {
		if err != io.EOF {
			p.err = err
		}
		p.buf = p.buf[:0]
		return -1
	}
	p.buf, p.bufAt = p.buf[:n], off
	return int(p.buf[0])
}

// peek returns the byte at the parser's position, or -1 at the end.
func (p *parser) peek() int {
	if i := p.pos - p.bufAt; uint64(i) < uint64(len(p.buf)) {
		return int(p.buf[i])
	}
	return p.at(p.pos)
}

func isSpace(c int) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c int) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(c int) bool { return c >= 0 && byteKinds[byte(c)] == byteRegular }

// skipSpace skips white space but no comments.
func (p *parser) skipSpace() {
	for isSpace(p.peek()) {
		p.pos++
	}
}

// skip skips white space and comments.
func (p *parser) skip() {
	for {
		p.skipSpace()
		if p.peek() != '%' {
			return
		}
		for c := p.peek(); c >= 0 && c != '\n' && c != '\r'; c = p.peek() {
			p.pos++
		}
	}
}

// match consumes s if it stands here.
func (p *parser) match(s string) bool {
	for i := 0; i < len(s); i++ {
		if p.at(p.pos+int64(i)) != int(s[i]) {
			return false
		}
	}
	p.pos += int64(len(s))
	return true
}

// keyword consumes white space and the word s.
func (p *parser) keyword(s string) error {
	p.skip()
	if !p.match(s) || isRegular(p.peek()) {
		return p.fail("expected " + s)
	}
	return nil
}

// word reads a run of regular characters, at most 64.
func (p *parser) word() string {
	var b [64]byte
	n := 0
	for ; n < len(b); n++ {
		c := p.peek()
		if !isRegular(c) {
			break
		}
		b[n] = byte(c)
		p.pos++
	}
	return string(b[:n])
}

// integer reads a non-negative integer.
func (p *parser) integer() (int64, error) {
	p.skip()
	w := p.word()
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil || n < 0 || w[0] == '+' {
		return 0, p.fail("expected a non-negative integer")
	}
	return n, nil
}

// object reads one object at any nesting depth below the bound.
func (p *parser) object(depth int) (Object, error) {
	if depth > maxDepth {
		return nil, p.fail("objects nest too deep")
	}
	if p.elements++; p.elements > maxElements {
		return nil, p.fail("object has too many elements")
	}
	p.skip()
	switch c := p.peek(); {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(depth)
	case c == '<':
		if p.at(p.pos+1) == '<' {
			return p.dict(depth)
		}
		return p.hex()
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	case isRegular(c):
		at := p.pos
		switch p.word() {
		case "true":
			return true, nil
		case "false":
			return false, nil
		case "null":
			return nil, nil
		}
		p.pos = at
	}
	return nil, p.fail("expected an object")
}

// number reads a number, or a reference when two integers and R stand here.
func (p *parser) number() (Object, error) {
	w := p.word()
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		if !isReal(w) {
			return nil, p.fail("malformed number")
		}
		return Real(w), nil
	}
	after := p.pos
	if n >= 0 && n < maxObjects && isSpace(p.peek()) {
		p.skip()
		if g, err := strconv.ParseUint(p.word(), 10, 16); err == nil {
			p.skip()
			if p.peek() == 'R' && !isRegular(p.at(p.pos+1)) {
				p.pos++
				return Ref{int(n), int(g)}, nil
			}
		}
		p.pos = after
	}
	return n, nil
}

// isReal accepts the digits, sign and point of a PDF real; writers also emit
// several signs or exponents, which readers disagree on and we refuse.
func isReal(w string) bool {
	digits, points := 0, 0
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case (c == '-' || c == '+') && i == 0:
		default:
			return false
		}
	}
	return points <= 1 && (digits > 0 || points == 1) && len(w) < 64
}

func (p *parser) name() (Object, error) {
	p.pos++
	var few [64]byte
	b := few[:0]
	for {
		c := p.peek()
		if !isRegular(c) {
			break
		}
		p.pos++
		if c == '#' {
			if hi, lo := unhex(p.at(p.pos)), unhex(p.at(p.pos+1)); hi >= 0 && lo >= 0 {
				c = hi<<4 | lo
				p.pos += 2
			}
		}
		if len(b) >= maxName {
			return nil, p.fail("name is too long")
		}
		b = append(b, byte(c))
	}
	return Name(b), nil
}

func unhex(c int) int {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}

func (p *parser) hex() (Object, error) {
	p.pos++
	var b []byte
	high := -1
	for {
		c := p.peek()
		p.pos++
		d := unhex(c)
		switch {
		case c == '>':
			if high >= 0 {
				b = append(b, byte(high<<4))
			}
			return String(b), nil
		case d >= 0 && high < 0:
			high = d
		case d >= 0:
			b = append(b, byte(high<<4|d))
			high = -1
		case !isSpace(c):
			return nil, p.fail("malformed hexadecimal string")
		}
		if len(b) > maxString {
			return nil, p.fail("string is too long")
		}
	}
}

func (p *parser) literal() (Object, error) {
	p.pos++
	var b []byte
	for open := 1; ; {
		c := p.peek()
		p.pos++
		switch c {
		case -1:
			return nil, p.fail("string does not end")
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return String(b), nil
			}
		case '\r': // any line end in a string is a line feed (7.3.4.2)
			if p.peek() == '\n' {
				p.pos++
			}
			c = '\n'
		case '\\':
			if c = p.escape(); c < 0 {
				continue
			}
		}
		if len(b) > maxString {
			return nil, p.fail("string is too long")
		}
		b = append(b, byte(c))
	}
}

// escape reads what follows a backslash: the byte it stands for, or -1 for a
// continued line.
func (p *parser) escape() int {
	c := p.peek()
	p.pos++
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case '\r':
		if p.peek() == '\n' {
			p.pos++
		}
		return -1
	case '\n', -1:
		return -1
	}
	if c < '0' || c > '7' {
		return c
	}
	v := c - '0'
	for i := 0; i < 2; i++ {
		d := p.peek()
		if d < '0' || d > '7' {
			break
		}
		v = v<<3 | (d - '0')
		p.pos++
	}
	return v & 0xFF
}

func (p *parser) array(depth int) (Object, error) {
	p.pos++
	a := Array{}
	for {
		p.skip()
		if p.peek() == ']' {
			p.pos++
			return a, nil
		}
		o, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, o)
	}
}

func (p *parser) dict(depth int) (Object, error) {
	p.pos += 2
	d := &Dict{}
	// A dictionary of many keys is looked up here by map, or a hostile one
	// would cost its square.
	const few = 16
	var seen map[Name]bool
	for {
		p.skip()
		if p.peek() == '>' && p.at(p.pos+1) == '>' {
			p.pos += 2
			return d, nil
		}
		if p.peek() != '/' {
			return nil, p.fail("expected a key in a dictionary")
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		p.skip()
		at := p.pos
		v, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		k := key.(Name)
		if len(d.Entries) < few {
			if d.Entry(k) != nil {
				d.Duplicate = k
			}
		} else {
			if seen == nil {
				seen = map[Name]bool{}
				for _, e := range d.Entries {
					seen[e.Key] = true
				}
			}
			if seen[k] {
				d.Duplicate = k
			}
			seen[k] = true
		}
		d.Entries = append(d.Entries, Entry{k, v, at, p.pos})
	}
}
