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
	if rev.form == XrefHybrid {
		if err := f.agreeing(n); err != nil {
			return err
		}
	} else if len(rev.sections) != 1 || rev.trailer.Get("XRefStm") != nil {
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
	starts := map[int64]bool{}
	for _, e := range offsets {
		if err := p.before(e.offset + f.base); err != nil {
			return err
		}
		starts[p.pos] = true
		ref, o, err := p.indirect(v.length)
		if err != nil {
			return err
		}
		if s, ok := o.(*Stream); ok && s.Is("Type", "ObjStm") {
			if err := v.tidyPacked(ref.Number); err != nil {
				return err
			}
		}
		if ref != (Ref{int(e.number), int(e.gen)}) {
			return &FormatError{e.offset, fmt.Sprintf("not object %d", e.number)}
		}
	}
	if err := p.before(rev.xrefAt); err != nil {
		return err
	}
	if err := f.shadows(before.end, p.pos, starts); err != nil {
		return err
	}
	if rev.form != XrefStream {
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

// tidyPacked tells whether the view's cross-references name every object of an
// object stream: readers that rebuild them take all that stand there.
func (v View) tidyPacked(container int) error {
	os, err := v.openObjStream(container)
	if err != nil {
		return err
	}
	for i, n := range os.numbers {
		e, _, ok := v.entry(n)
		if !ok || e.kind != entryCompressed || int(e.offset) != container || int(e.gen) != i {
			return &FormatError{-1, fmt.Sprintf("object %d stands unlisted in an object stream", n)}
		}
	}
	return nil
}

// agreeing tells whether the second set of cross-references of hybrid revision
// n (7.5.8.4) says nothing new: readers differ in whether they look at it, and
// in what comes first. Writers that keep up both sets, and those that copy the
// key from the revision before, write what agrees.
func (f *File) agreeing(n int) error {
	rev := f.revisions[n-1]
	if len(rev.sections) != 2 || !rev.sections[1].hidden {
		return &FormatError{rev.xrefAt, "a later revision with two sets of cross-references"}
	}
	before := View{f, n - 1}
	for _, e := range rev.sections[1].entries {
		shown, listed := rev.sections[0].find(int(e.number))
		if !listed {
			shown, _, _ = before.entry(int(e.number))
		}
		if e.kind == entryFree && shown.kind == entryFree || e.kind == entryPlain && e.offset+f.base == f.hiddenAt(rev) {
			continue
		}
		if e.kind != shown.kind || e.offset != shown.offset || e.gen != shown.gen {
			return &FormatError{rev.xrefAt, fmt.Sprintf("two sets of cross-references that differ in object %d", e.number)}
		}
	}
	return nil
}

// hiddenAt is where the second set of cross-references of rev stands: its own
// object may list itself and be listed nowhere else.
func (f *File) hiddenAt(rev *revision) int64 {
	at, _ := rev.trailer.Get("XRefStm").(int64)
	return at + f.base
}

// before skips white space and comments up to byte to, where an object is said
// to begin. Writers that count from the line end before it mean the same: every
// reader skips white space there.
func (p *parser) before(to int64) error {
	p.skip()
	for at := to; at < p.pos; at++ {
		if !isSpace(p.at(at)) {
			return p.fail("bytes that belong to no object")
		}
	}
	if p.pos < to {
		return p.fail("bytes that belong to no object")
	}
	return nil
}

// text is read from its front by methods that tell whether what they want
// stands there.
type text struct{ b []byte }

//go:noinline
func (t *text) word(s string) bool {
	rest, ok := bytes.CutPrefix(t.b, []byte(s))
	if ok {
		t.b = rest
	}
	return ok
}

// digits takes between least and most digits.
//
//go:noinline
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
