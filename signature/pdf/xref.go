package pdf

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sort"
)

const (
	// maxObjects is the greatest object number of ISO 32000-1, Annex C.
	maxObjects = 8_388_608
	// maxEntries bounds the cross-reference entries of a whole file; at 16
	// bytes each they cost 64 MB. Documents of 100 MB hold fewer than a tenth.
	maxEntries = 4 << 20
	// maxRevisions is far above the most often signed document; each costs a
	// lookup step.
	maxRevisions = 4096
	// fewRevisions is up to how many revisions are looked through in turn for
	// an object.
	fewRevisions = 16
	// maxXrefStream bounds a decoded cross-reference stream: maxEntries of 8
	// bytes.
	maxXrefStream = 32 << 20
)

// XrefForm is how a revision writes its cross-references.
type XrefForm int

// The three forms of ISO 32000-2, 7.5.4 and 7.5.8.
const (
	XrefTable XrefForm = iota
	XrefStream
	XrefHybrid // a table with an XRefStm beside it
)

// revision is one update of the file.
type revision struct {
	sections []*section // newest first: two in a linearized file, two in a hybrid one
	trailer  *Dict
	form     XrefForm
	xrefAt   int64 // where startxref points
	end      int64 // just after %%EOF and its line end
}

// section is one cross-reference table or stream.
type section struct {
	entries []entry // by number
	hidden  bool    // XRefStm of a hybrid file: stands in for free entries only
}

type entryKind uint8

const (
	entryFree entryKind = iota
	entryPlain
	entryCompressed
)

// entry is 16 bytes, as there may be millions.
type entry struct {
	number uint32
	gen    uint16 // compressed: index in the object stream, as far as it fits
	kind   entryKind
	offset int64 // compressed: number of the object stream
}

func (s *section) find(number int) (entry, bool) {
	i := sort.Search(len(s.entries), func(i int) bool { return int(s.entries[i].number) >= number })
	if i < len(s.entries) && int(s.entries[i].number) == number {
		return s.entries[i], true
	}
	return entry{}, false
}

func (s *section) sort(at int64) error {
	sort.SliceStable(s.entries, func(i, j int) bool { return s.entries[i].number < s.entries[j].number })
	for i := 1; i < len(s.entries); i++ {
		if s.entries[i].number == s.entries[i-1].number {
			return &FormatError{at, fmt.Sprintf("object %d stands twice in one cross-reference section", s.entries[i].number)}
		}
	}
	return nil
}

// xrefReader follows the chain of /Prev.
type xrefReader struct {
	f       *File
	entries int
	seen    map[int64]bool
	hidden  map[int64]*section // by offset
}

// readRevisions reads all cross-references, the newest at byte start.
func (f *File) readRevisions(start int64) error {
	x := &xrefReader{f: f, seen: map[int64]bool{}, hidden: map[int64]*section{}}
	var newestFirst []*revision
	for at := start; at >= 0; {
		if len(newestFirst) >= maxRevisions {
			return &FormatError{at, "too many revisions"}
		}
		rev, prev, err := x.revision(at)
		if err != nil {
			return err
		}
		if prev > at {
			// Only the oldest revision of a linearized file points forward,
			// from the section for its first page to the main one (Annex F).
			rest, more, err := x.revision(prev)
			if err != nil {
				return err
			}
			if more >= 0 || !f.linearized() {
				return &FormatError{at, "a cross-reference section points forward to its predecessor"}
			}
			rev.sections = append(rev.sections, rest.sections...)
			rev.end, prev = rest.end, -1
		}
		if n := len(newestFirst); n > 0 && rev.end > newestFirst[n-1].xrefAt {
			return &FormatError{at, "revisions overlap"}
		}
		newestFirst = append(newestFirst, rev)
		at = prev
	}
	for i := len(newestFirst) - 1; i >= 0; i-- {
		f.revisions = append(f.revisions, newestFirst[i])
	}
	f.index = nil
	if len(f.revisions) > fewRevisions {
		f.index = make([]uint64, 0, x.entries)
		for i, rev := range f.revisions {
			for _, s := range rev.sections {
				for _, e := range s.entries {
					f.index = append(f.index, uint64(e.number)<<16|uint64(i+1))
				}
			}
		}
		slices.Sort(f.index)
	}
	return nil
}

// Stray returns an object whose entry in the view's newest cross-references
// points at or beyond the end of that revision: bytes appended later would
// decide what it is.
func (v View) Stray() (number int, found bool) {
	rev := v.f.revisions[v.n-1]
	for _, s := range rev.sections {
		for _, e := range s.entries {
			if e.kind == entryPlain && e.offset+v.f.base >= rev.end {
				return int(e.number), true
			}
		}
	}
	return 0, false
}

// linearized tells whether the file's first object says so.
func (f *File) linearized() bool {
	b, err := f.bytes(0, min(f.size, headerWindow))
	return err == nil && bytes.Contains(b, []byte("/Linearized"))
}

// revision reads the section at byte at, with its XRefStm, and returns the
// offset of its predecessor, -1 for none.
func (x *xrefReader) revision(at int64) (*revision, int64, error) {
	s, trailer, form, end, err := x.section(at)
	if err != nil {
		return nil, 0, err
	}
	rev := &revision{sections: []*section{s}, trailer: trailer, form: form, xrefAt: at}
	if n, ok := trailer.Get("XRefStm").(int64); ok && form == XrefTable {
		hidden, err := x.hiddenSection(n + x.f.base)
		if err != nil {
			return nil, 0, err
		}
		rev.form = XrefHybrid
		rev.sections = append(rev.sections, hidden)
	}
	_, rev.end, err = x.f.startXref(end, x.f.size)
	// The first-page stream of a linearized file ends nothing; its main
	// section does.
	if prev, forward := trailer.Get("Prev").(int64); err != nil && !(forward && prev+x.f.base > at) {
		return nil, 0, err
	}
	switch prev := trailer.Get("Prev").(type) {
	case nil:
		return rev, -1, nil
	case int64:
		// Some writers say 0 for "none", and some lose the older part of the
		// file by it: what cannot be told apart is refused.
		if prev > 0 {
			return rev, prev + x.f.base, nil
		}
	}
	return nil, 0, &FormatError{at, "malformed /Prev"}
}

// hiddenSection reads the stream an XRefStm points at. Writers that update a
// hybrid file without knowing the form copy the key, so one stream may serve
// several revisions.
func (x *xrefReader) hiddenSection(at int64) (*section, error) {
	if s := x.hidden[at]; s != nil {
		// It costs once for each revision that shows it.
		if x.entries += len(s.entries); x.entries > maxEntries {
			return nil, &FormatError{at, "too many cross-reference entries"}
		}
		return s, nil
	}
	s, _, form, _, err := x.section(at)
	if err != nil {
		return nil, err
	}
	if form != XrefStream {
		return nil, &FormatError{at, "XRefStm is no cross-reference stream"}
	}
	s.hidden = true
	x.hidden[at] = s
	return s, nil
}

// section reads a table or a stream. end is where startxref is due.
func (x *xrefReader) section(at int64) (s *section, trailer *Dict, form XrefForm, end int64, err error) {
	if x.seen[at] {
		return nil, nil, 0, 0, &FormatError{at, "the chain of cross-references loops"}
	}
	x.seen[at] = true
	if at < 0 || at >= x.f.size {
		return nil, nil, 0, 0, &FormatError{at, "a cross-reference lies outside the file"}
	}
	p := x.f.parser(at, x.f.size)
	p.skipSpace()
	s = &section{}
	if p.match("xref") {
		trailer, err = x.table(p, s)
	} else {
		form = XrefStream
		trailer, err = x.stream(p, s)
	}
	if err == nil {
		err = s.sort(at)
	}
	if err == nil && trailer.Duplicate != "" {
		err = &FormatError{at, "the trailer holds /" + string(trailer.Duplicate) + " twice"}
	}
	return s, trailer, form, p.pos, err
}

func (x *xrefReader) count(at, first, n int64) error {
	if x.entries += int(min(n, maxEntries+1)); first > maxObjects || n > maxObjects || first+n > maxObjects || x.entries > maxEntries {
		return &FormatError{at, "too many cross-reference entries"}
	}
	return nil
}

// table reads "first count" subsections and the trailer.
func (x *xrefReader) table(p *parser, s *section) (*Dict, error) {
	for {
		p.skip()
		if p.match("trailer") {
			break
		}
		first, err := p.integer()
		if err != nil {
			return nil, p.fail("malformed cross-reference table")
		}
		n, err := p.integer()
		if err != nil {
			return nil, p.fail("malformed cross-reference table")
		}
		if err := x.count(p.pos, first, n); err != nil {
			return nil, err
		}
		done, err := plainEntries(p, s, first, n)
		if err != nil {
			return nil, err
		}
		for i := done; i < n; i++ {
			e, err := tableEntry(p)
			if err != nil {
				return nil, err
			}
			e.number = uint32(first + i)
			s.entries = append(s.entries, e)
		}
	}
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	trailer, ok := o.(*Dict)
	if !ok {
		return nil, p.fail("the trailer is no dictionary")
	}
	return trailer, nil
}

// entrySize is the length of an entry written to the letter (7.5.4), and
// entriesRead how many are read at a time.
const (
	entrySize   = 20
	entriesRead = 4096
)

// plainEntries reads the first of n entries, as many as are written to the
// letter: tables of large documents are long.
func plainEntries(p *parser, s *section, first, n int64) (done int64, err error) {
	p.skipSpace()
	s.entries = slices.Grow(s.entries, int(min(n, (p.end-p.pos)/entrySize)))
	buf := make([]byte, entrySize*min(n, entriesRead))
	for done < n {
		b := buf[:min(int64(len(buf)), (n-done)*entrySize, max(0, p.end-p.pos))]
		if m, err := p.r.ReadAt(b, p.pos); m < len(b) && err != io.EOF {
			return done, err
		} else {
			b = b[:m]
		}
		k := 0
		for ; len(b)-k >= entrySize; k += entrySize {
			e, ok := plainEntry(b[k : k+entrySize])
			if !ok {
				break
			}
			e.number = uint32(first + done)
			s.entries = append(s.entries, e)
			done++
		}
		p.pos += int64(k)
		if k < len(b) || k == 0 {
			break
		}
	}
	return done, nil
}

// maxGeneration is the highest generation number (7.5.4). MuPDF 1.21 and the
// image devices of Ghostscript 10.0 give free entries the next one. Nothing is
// ever read by the generation of a free entry, so it is let pass there, and
// nowhere else.
const (
	maxGeneration  = 65535
	overGeneration = maxGeneration + 1
)

// plainEntry reads "nnnnnnnnnn ggggg n" and two bytes of line end.
func plainEntry(b []byte) (e entry, ok bool) {
	for _, c := range b[:10] {
		if c < '0' || c > '9' {
			return e, false
		}
		e.offset = e.offset*10 + int64(c-'0')
	}
	gen := 0
	for _, c := range b[11:16] {
		if c < '0' || c > '9' {
			return e, false
		}
		gen = gen*10 + int(c-'0')
	}
	if b[10] != ' ' || b[16] != ' ' || !isSpace(int(b[18])) || !isSpace(int(b[19])) {
		return e, false
	}
	if gen > maxGeneration {
		if b[17] != 'f' || gen != overGeneration {
			return e, false
		}
		gen = maxGeneration
	}
	e.gen = uint16(gen)
	switch b[17] {
	case 'n':
		if e.offset != 0 { // as tableEntry reads it
			e.kind = entryPlain
		}
	case 'f':
	default:
		return e, false
	}
	if e.kind == entryFree {
		e.offset = 0
	}
	return e, true
}

// tableEntry reads "nnnnnnnnnn ggggg n". Line ends of one byte are common and
// unambiguous, so any white space separates.
func tableEntry(p *parser) (entry, error) {
	offset, err := p.integer()
	if err != nil {
		return entry{}, p.fail("malformed cross-reference entry")
	}
	gen, err := p.integer()
	if err != nil || gen > overGeneration {
		return entry{}, p.fail("malformed cross-reference entry")
	}
	p.skipSpace()
	word := p.word()
	if gen == overGeneration && word == "f" {
		gen = maxGeneration
	}
	if gen > maxGeneration {
		return entry{}, p.fail("malformed cross-reference entry")
	}
	switch word {
	case "n":
		// Offset 0 holds the header; writers mean a free object by it.
		if offset == 0 {
			return entry{gen: uint16(gen)}, nil
		}
		return entry{gen: uint16(gen), kind: entryPlain, offset: offset}, nil
	case "f":
		return entry{gen: uint16(gen)}, nil
	}
	return entry{}, p.fail("malformed cross-reference entry")
}

// stream reads a cross-reference stream (7.5.8).
func (x *xrefReader) stream(p *parser, s *section) (*Dict, error) {
	at := p.pos
	_, o, err := p.indirect(nil)
	if err != nil {
		return nil, err
	}
	st, ok := o.(*Stream)
	if !ok || !st.Is("Type", "XRef") {
		return nil, &FormatError{at, "expected a cross-reference table or stream"}
	}
	data, err := x.f.decode(st, nil, maxXrefStream)
	if err != nil {
		return nil, err
	}
	w, err := fieldWidths(st, at)
	if err != nil {
		return nil, err
	}
	size, _ := st.Get("Size").(int64)
	index := Array{int64(0), size}
	if a, ok := st.Get("Index").(Array); ok {
		index = a
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, ok1 := index[i].(int64)
		n, ok2 := index[i+1].(int64)
		if !ok1 || !ok2 || first < 0 || n < 0 || n > int64(len(data)/(w[0]+w[1]+w[2])) {
			return nil, &FormatError{at, "malformed /Index of a cross-reference stream"}
		}
		if err := x.count(at, first, n); err != nil {
			return nil, err
		}
		for k := range n {
			var v [3]int64
			v[0] = 1 // the default type, where its width is 0
			for j, width := range w {
				if width > 0 {
					v[j] = bigEndian(data[:width])
				}
				data = data[width:]
			}
			e := entry{number: uint32(first + k), gen: uint16(v[2]), offset: v[1]}
			switch v[0] {
			case 0:
			case 1:
				if v[2] > 65535 || v[1] < 0 {
					return nil, &FormatError{at, "malformed entry in a cross-reference stream"}
				}
				e.kind = entryPlain
			case 2:
				if v[1] < 0 || v[1] >= maxObjects {
					return nil, &FormatError{at, "malformed entry in a cross-reference stream"}
				}
				if v[2] < 0 || v[2] > 65535 {
					return nil, &FormatError{at, "malformed entry in a cross-reference stream"}
				}
				e.kind = entryCompressed
			default: // 7.5.8.3: any other type is a reference to null
				e = entry{number: e.number}
			}
			s.entries = append(s.entries, e)
		}
	}
	return st.Dict, nil
}

func fieldWidths(st *Stream, at int64) (w [3]int, err error) {
	a, _ := st.Get("W").(Array)
	if len(a) == 3 {
		sum := 0
		for i := range w {
			n, ok := a[i].(int64)
			if !ok || n < 0 || n > 8 {
				sum = 0
				break
			}
			w[i] = int(n)
			sum += w[i]
		}
		if sum > 0 && w[1] > 0 {
			return w, nil
		}
	}
	return w, &FormatError{at, "malformed /W of a cross-reference stream"}
}

func bigEndian(b []byte) int64 {
	var v int64
	for _, c := range b {
		v = v<<8 | int64(c)
	}
	return v
}
