package pdf

import (
	"bytes"
	"fmt"
)

// scanWindow is how much of the file is read at a time when all objects are
// looked through in the order of the file: many small objects in one read, and
// not too much in vain where images stand between them.
const (
	scanWindow = 64 << 10
	// maxWindow is how much is read for a single object, at most: lists of a
	// million references take this.
	maxWindow = 16 << 20
)

// References calls visit for each of the numbered objects as v shows them, or
// for all of them when numbers is nil, with the numbers of the objects it
// refers to, in no order and with repetitions; or with why it cannot be read.
// Container is the object stream it stands in, 0 for none. It builds no
// objects, so that large documents cost little. refs is only valid until visit
// returns.
func (v View) References(numbers []int, visit func(number, container int, refs []int, err error)) {
	var plain, packed []liveEntry
	if numbers == nil {
		plain, packed = v.inUse()
	} else {
		plain, packed = v.live(numbers)
	}
	s := &skimmer{}
	v.scanPlain(s, plain, func(n int, refs []int, err error) { visit(n, 0, refs, err) })
	v.scanPacked(s, packed, visit)
}

// liveEntry is an entry with the revision that wrote it.
type liveEntry struct {
	entry
	rev int32
}

// inUse is live for all objects. The last lists asked for are kept: they are
// asked for twice, perhaps at once.
func (v View) inUse() (plain, packed []liveEntry) {
	v.f.live.Lock()
	defer v.f.live.Unlock()
	if v.f.live.of != v.n {
		v.f.live.plain, v.f.live.packed = v.live(nil)
		v.f.live.of = v.n
	}
	return v.f.live.plain, v.f.live.packed
}

// live lists the entries in use: plain ones by offset, packed ones by object
// stream.
func (v View) live(numbers []int) (plain, packed []liveEntry) {
	add := func(e entry, rev int) {
		switch e.kind {
		case entryPlain:
			plain = append(plain, liveEntry{e, int32(rev)})
		case entryCompressed:
			packed = append(packed, liveEntry{e, int32(rev)})
		}
	}
	if numbers != nil {
		for _, n := range numbers {
			if e, rev, ok := v.entry(n); ok {
				e.number = uint32(n)
				add(e, rev)
			}
		}
	} else {
		total := 0
		for _, rev := range v.f.revisions[:v.n] {
			for _, s := range rev.sections {
				total += len(s.entries)
			}
		}
		plain = make([]liveEntry, 0, total)
		seen := make([]uint64, maxObjects/64+1)
		for r := v.n; r > 0; r-- {
			sections := v.f.revisions[r-1].sections
			for _, s := range sections {
				for _, e := range s.entries {
					bit := uint64(1) << (e.number % 64)
					if seen[e.number/64]&bit != 0 {
						continue
					}
					seen[e.number/64] |= bit
					if len(sections) > 1 { // which one counts is for entry to say
						e, _, _ = v.entry(int(e.number))
					}
					add(e, r)
				}
			}
		}
	}
	return inOrder(plain), inOrder(packed)
}

// inOrder sorts entries by offset. Writers mostly list objects in the order
// they write them, so what is in order already is merged, run by run.
func inOrder(list []liveEntry) []liveEntry {
	less := func(a, b liveEntry) bool { return a.offset < b.offset || a.offset == b.offset && a.gen < b.gen }
	var runs [][]liveEntry
	for from, i := 0, 1; i <= len(list); i++ {
		if i == len(list) || less(list[i], list[i-1]) {
			runs = append(runs, list[from:i])
			from = i
		}
	}
	for len(runs) > 1 {
		merged := runs[:0]
		for i := 0; i < len(runs); i += 2 {
			if i+1 == len(runs) {
				merged = append(merged, runs[i])
				break
			}
			a, b := runs[i], runs[i+1]
			out := make([]liveEntry, 0, len(a)+len(b))
			for len(a) > 0 && len(b) > 0 {
				if less(b[0], a[0]) {
					out, b = append(out, b[0]), b[1:]
				} else {
					out, a = append(out, a[0]), a[1:]
				}
			}
			merged = append(merged, append(append(out, a...), b...))
		}
		runs = merged
	}
	if len(runs) == 0 {
		return nil
	}
	return runs[0]
}

func (v View) scanPlain(s *skimmer, plain []liveEntry, visit func(int, []int, error)) {
	buf := make([]byte, scanWindow)
	var window []byte
	windowAt := int64(0)
	// skim skims e in what is read; bytes of a later revision are not e's.
	skim := func(e liveEntry, at int64) bool {
		end := min(v.f.revisions[e.rev-1].end, windowAt+int64(len(window)))
		return at >= windowAt && at < end && s.indirect(window[at-windowAt:end-windowAt], int(e.number), int(e.gen))
	}
	for _, e := range plain {
		at := e.offset + v.f.base
		ok := skim(e, at)
		for size := int64(scanWindow); !ok && at >= 0 && at < v.f.size && size <= maxWindow; size *= 4 {
			// Objects that stand far apart cost a window each; more than that
			// is overlap.
			if v.f.parsed.Add(min(size, v.f.size-at)) > maxReread*v.f.size+freeReading {
				break
			}
			if size > int64(len(buf)) {
				if !s.short {
					break
				}
				buf = make([]byte, size)
			}
			n, _ := v.f.r.ReadAt(buf[:min(size, v.f.size-at)], at)
			window, windowAt = buf[:n], at
			ok = skim(e, at)
		}
		if len(buf) > scanWindow {
			buf, window = make([]byte, scanWindow), nil
		}
		if ok && v.f.parsed.Add(int64(s.pos)) <= maxReread*v.f.size+freeReading {
			visit(int(e.number), s.refs, nil)
			continue
		}
		v.readReferences(s, Ref{int(e.number), int(e.gen)}, visit)
	}
}

// readReferences reads an object the long way: it is larger than the window,
// or written so that only the parser can tell what is wrong.
func (v View) readReferences(s *skimmer, ref Ref, visit func(int, []int, error)) {
	o, err := v.Object(ref)
	s.refs = s.refs[:0]
	if err == nil {
		s.collect(o)
	}
	visit(ref.Number, s.refs, err)
}

func (v View) scanPacked(s *skimmer, packed []liveEntry, visit func(int, int, []int, error)) {
	var os *objStream
	var err error
	open := int64(-1)
	for _, e := range packed {
		if open != e.offset {
			open = e.offset
			if at, ok := v.plainOffset(int(e.offset)); !ok {
				err = &FormatError{-1, fmt.Sprintf("object %d is in a missing object stream", e.number)}
			} else {
				v.f.mu.Lock()
				os, err = v.f.streams[at], nil
				v.f.mu.Unlock()
				if os == nil { // not kept: each is looked through once
					os, err = v.openObjStream(int(e.offset))
				}
			}
		}
		i := int(e.gen)
		switch {
		case err != nil:
			visit(int(e.number), int(e.offset), nil, err)
		case i >= len(os.numbers) || os.numbers[i] != int(e.number):
			visit(int(e.number), int(e.offset), nil, &FormatError{-1, fmt.Sprintf("object %d is not in its object stream", e.number)})
		case s.direct(os.data[os.first+os.offsets[i]:]):
			visit(int(e.number), int(e.offset), s.refs, nil)
		default:
			v.readReferences(s, Ref{int(e.number), 0}, func(n int, refs []int, err error) { visit(n, int(e.offset), refs, err) })
		}
	}
}

// skimmer finds the references in the text of an object by the parser's own
// rules. Whatever it does not follow it gives up: the parser then decides.
type skimmer struct {
	b     []byte
	pos   int
	refs  []int
	short bool // the text ended before the object did
}

// indirect skims "n g obj" and the object, of a stream the dictionary.
func (s *skimmer) indirect(b []byte, number, generation int) bool {
	s.b, s.pos, s.refs, s.short = b, 0, s.refs[:0], false
	s.skip()
	n, ok1 := s.digits()
	s.skip()
	g, ok2 := s.digits()
	s.skip()
	if !ok1 || !ok2 || n != number || g != generation || !bytes.HasPrefix(s.b[s.pos:], []byte("obj")) {
		return false
	}
	s.pos += 3
	// An object must be followed by something: at the end of the window a
	// number could go on.
	return s.pos < len(b) && !isRegular(int(b[s.pos])) && s.object(0) && s.more(0)
}

// more tells whether another byte follows after n, and notes when none does.
func (s *skimmer) more(n int) bool {
	s.short = s.pos+n >= len(s.b)
	return !s.short
}

// direct skims an object of an object stream.
func (s *skimmer) direct(b []byte) bool {
	s.b, s.pos, s.refs = b, 0, s.refs[:0]
	if !s.object(0) {
		return false
	}
	// What is left may belong to it: a number with leading zeros begins a
	// reference that only the parser knows.
	s.skip()
	return s.pos == len(b)
}

// kinds of bytes.
const (
	byteRegular = iota
	byteSpace
	byteDelimiter
)

var byteKinds = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case isSpace(c):
			kinds[c] = byteSpace
		case isDelimiter(c):
			kinds[c] = byteDelimiter
		}
	}
	return kinds
}()

// skip skips white space and comments.
func (s *skimmer) skip() {
	b, i := s.b, s.pos
	for i < len(b) {
		if byteKinds[b[i]] == byteSpace {
			i++
			continue
		}
		if b[i] != '%' {
			break
		}
		for i < len(b) && b[i] != '\n' && b[i] != '\r' {
			i++
		}
	}
	s.pos = i
}

// word skips a run of regular bytes.
func (s *skimmer) word() []byte {
	b, i := s.b, s.pos
	for i < len(b) && byteKinds[b[i]] == byteRegular {
		i++
	}
	w := b[s.pos:i]
	s.pos = i
	return w
}

// digits reads a non-negative integer of at most nine digits.
func (s *skimmer) digits() (int, bool) {
	w := s.word()
	if len(w) == 0 || len(w) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range w {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func (s *skimmer) object(depth int) bool {
	if depth > maxDepth {
		return false
	}
	s.skip()
	if !s.more(0) {
		return false
	}
	switch c := s.b[s.pos]; {
	case c == '/':
		s.pos++
		s.word()
		return true
	case c == '(':
		return s.literal()
	case c == '[':
		s.pos++
		for {
			s.skip()
			if !s.more(0) {
				return false
			}
			if s.b[s.pos] == ']' {
				s.pos++
				return true
			}
			if !s.object(depth + 1) {
				return false
			}
		}
	case c == '<':
		if s.pos+1 < len(s.b) && s.b[s.pos+1] == '<' {
			return s.dict(depth)
		}
		i := bytes.IndexByte(s.b[s.pos:], '>')
		s.pos += i + 1
		s.short = i < 0
		return i >= 0
	case c >= '0' && c <= '9':
		return s.number()
	case c == '+' || c == '-' || c == '.':
		// "+1 0 R" is a reference to the parser, and to nobody else.
		return c != '+' && len(s.word()) > 0
	case byteKinds[c] == byteRegular:
		w := s.word()
		return string(w) == "true" || string(w) == "false" || string(w) == "null"
	}
	return false
}

// number skims a number, or a reference.
func (s *skimmer) number() bool {
	n, ok := s.digits()
	if !ok {
		return true // a real number, or a long one: no reference either way
	}
	after := s.pos
	if after >= len(s.b) || byteKinds[s.b[after]] != byteSpace || n >= maxObjects {
		return true
	}
	s.skip()
	if g, ok := s.digits(); ok && g <= 65535 {
		s.skip()
		if s.pos < len(s.b) && s.b[s.pos] == 'R' && (s.pos+1 >= len(s.b) || byteKinds[s.b[s.pos+1]] != byteRegular) {
			s.pos++
			s.refs = append(s.refs, n)
			return true
		}
	} else if !ok && s.pos-after > 9 {
		return false // leading zeros may make more digits a generation
	}
	if !s.more(0) {
		return false // the window may cut a reference short
	}
	s.pos = after
	return true
}

func (s *skimmer) dict(depth int) bool {
	s.pos += 2
	for {
		s.skip()
		if !s.more(1) {
			return false
		}
		if s.b[s.pos] == '>' && s.b[s.pos+1] == '>' {
			s.pos += 2
			return true
		}
		if s.b[s.pos] != '/' {
			return false
		}
		s.pos++
		s.word()
		if !s.object(depth + 1) {
			return false
		}
	}
}

func (s *skimmer) literal() bool {
	open := 0
	for i := s.pos; i < len(s.b); i++ {
		switch s.b[i] {
		case '\\':
			i++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s.pos = i + 1
				return true
			}
		}
	}
	s.short = true
	return false
}

// collect adds the references of a parsed object.
func (s *skimmer) collect(o Object) {
	switch o := o.(type) {
	case Ref:
		s.refs = append(s.refs, o.Number)
	case Array:
		for _, e := range o {
			s.collect(e)
		}
	case *Dict:
		for _, e := range o.Entries {
			s.collect(e.Value)
		}
	case *Stream:
		s.collect(o.Dict)
	}
}
