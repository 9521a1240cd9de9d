package pdf

import (
	"bytes"
	"fmt"
	"sort"
)

// maxTableText bounds the text of a table that Tidy looks at.
const maxTableText = 32 << 20

// Tidy tells whether every reader must see in revision n what this package
// sees: readers that find a fault rebuild the cross-references from whatever
// looks like an object. So every byte of the revision belongs to an object its
// cross-references name, or to these, and they are written without liberties.
func (f *File) Tidy(n int) error {
	if n < 2 {
		return nil
	}
	rev, before := f.revisions[n-1], f.revisions[n-2]
	if rev.form == XrefHybrid || len(rev.sections) != 1 || rev.trailer.Get("XRefStm") != nil {
		return &FormatError{rev.xrefAt, "a later revision with two sets of cross-references"}
	}
	if f.headerAt != 0 {
		return &FormatError{0, "bytes before the header: readers count offsets differently"}
	}
	size, ok := rev.trailer.Get("Size").(int64)
	old, _ := before.trailer.Get("Size").(int64)
	if !ok || size < old {
		return &FormatError{rev.xrefAt, "the trailer's /Size shrinks"}
	}
	var offsets []entry
	for _, e := range rev.sections[0].entries {
		if int64(e.number) >= size {
			return &FormatError{rev.xrefAt, "an object beyond /Size"}
		}
		if e.number == 0 && e.kind != entryFree {
			return &FormatError{rev.xrefAt, "object 0 is in use"}
		}
		if e.kind == entryPlain && e.offset+f.base != rev.xrefAt {
			offsets = append(offsets, e)
		}
	}
	sort.Slice(offsets, func(i, j int) bool { return offsets[i].offset < offsets[j].offset })
	p := f.parser(before.end, rev.end)
	v := View{f, n}
	for _, e := range offsets {
		if err := p.blank(e.offset + f.base); err != nil {
			return err
		}
		ref, _, err := p.indirect(v.length)
		if err != nil {
			return err
		}
		if ref != (Ref{int(e.number), int(e.gen)}) {
			return &FormatError{e.offset, fmt.Sprintf("not object %d", e.number)}
		}
	}
	if err := p.blank(rev.xrefAt); err != nil {
		return err
	}
	if rev.form == XrefTable {
		b, err := f.bytes(p.pos, min(rev.end-p.pos, maxTableText))
		if err != nil {
			return err
		}
		n, ok := strictTable(b)
		if !ok {
			return &FormatError{p.pos, "a table written with liberties"}
		}
		p.pos += int64(n)
		if _, err := p.object(0); err != nil {
			return err
		}
	} else if _, _, err := p.indirect(nil); err != nil {
		return err
	}
	b, err := f.bytes(p.pos, min(rev.end-p.pos, 256))
	if err != nil {
		return err
	}
	if !strictStart(b) {
		return &FormatError{p.pos, "startxref written with liberties"}
	}
	return nil
}

// blank skips white space and comments up to byte to, exactly.
func (p *parser) blank(to int64) error {
	p.skip()
	if p.pos != to {
		return p.fail("bytes that belong to no object")
	}
	return nil
}

// text is read from its front by methods that tell whether what they want
// stands there.
type text struct{ b []byte }

func (t *text) word(s string) bool {
	rest, ok := bytes.CutPrefix(t.b, []byte(s))
	if ok {
		t.b = rest
	}
	return ok
}

// digits takes between least and most digits.
func (t *text) digits(least, most int) bool {
	n := 0
	for n < most && n < len(t.b) && t.b[n] >= '0' && t.b[n] <= '9' {
		n++
	}
	t.b = t.b[n:]
	return n >= least
}

// line takes spaces and the end of the line.
func (t *text) line() bool {
	t.b = bytes.TrimLeft(t.b, " ")
	return t.word("\r\n") || t.word("\r") || t.word("\n")
}

// entry takes the twenty bytes of 7.5.4.
func (t *text) entry() bool {
	return t.digits(10, 10) && t.word(" ") && t.digits(5, 5) && t.word(" ") && (t.word("n") || t.word("f")) &&
		(t.word(" \r") || t.word(" \n") || t.word("\r\n"))
}

// strictTable tells whether b begins with a table written to the letter, and
// where its trailer dictionary begins.
func strictTable(b []byte) (dict int, ok bool) {
	t := &text{b}
	if !t.word("xref") || !t.line() {
		return 0, false
	}
	for !t.word("trailer") {
		if !t.digits(1, 10) || !t.word(" ") || !t.digits(1, 10) || !t.line() {
			return 0, false
		}
		for {
			here := t.b
			if !t.entry() {
				t.b = here
				break
			}
		}
	}
	t.b = bytes.TrimLeft(t.b, " \r\n\t")
	return len(b) - len(t.b), bytes.HasPrefix(t.b, []byte("<<"))
}

// strictStart tells whether b begins with startxref and the end of the file,
// after white space and comments at most.
func strictStart(b []byte) bool {
	t := &text{bytes.TrimLeft(b, " \r\n\t")}
	for t.word("%") {
		i := bytes.IndexAny(t.b, "\r\n")
		if i < 0 {
			return false
		}
		t.b = bytes.TrimLeft(t.b[i:], " \r\n\t")
	}
	return t.word("startxref") && t.line() && t.digits(1, 12) && t.line() && t.word("%%EOF")
}
