package pdf

import (
	"fmt"
	"regexp"
	"sort"
)

// maxTableText bounds the text of a table that Tidy looks at.
const maxTableText = 32 << 20

var (
	tableText = regexp.MustCompile(`^xref[ ]*(?:\r\n|\r|\n)(?:[0-9]{1,10} [0-9]{1,10}[ ]*(?:\r\n|\r|\n)(?:[0-9]{10} [0-9]{5} [nf](?: \r| \n|\r\n))*)*trailer[ \r\n\t]*<<`)
	startText = regexp.MustCompile(`^(?:[ \r\n\t]|%[^\r\n]*[\r\n])*startxref[ ]*(?:\r\n|\r|\n)[0-9]{1,12}[ ]*(?:\r\n|\r|\n)%%EOF`)
)

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
		m := tableText.FindIndex(b)
		if m == nil {
			return &FormatError{p.pos, "a table written with liberties"}
		}
		p.pos += int64(m[1]) - 2
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
	if !startText.Match(b) {
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
