package pdf

import "bytes"

// scanBlock is how much is read at a time when a file is gone through for what
// looks like an object, and scanOverlap how much of that again: more than the
// longest header that readers take for an object's.
const (
	scanBlock   = 256 << 10
	scanOverlap = 64
)

// eachHeader calls visit with the offset, number and generation of whatever
// looks like the beginning of an object between two offsets, in strings and
// streams too, until it returns false.
func (f *File) eachHeader(from, to int64, visit func(at int64, number, generation int) bool) error {
	buf := make([]byte, scanBlock+scanOverlap)
	for at := from; at < to; at += scanBlock {
		b := buf[:min(int64(len(buf)), to-at)]
		if n, err := f.r.ReadAt(b, at); n < len(b) {
			return err
		}
		for i := 0; ; {
			// Of the three letters the rarest in texts and their operators.
			k := bytes.IndexByte(b[i:], 'b')
			if k < 0 {
				break
			}
			if i += k + 1; i < 2 || i >= len(b) || b[i-2] != 'o' || b[i] != 'j' || i > 2 && b[i-3] == 'd' { // endobj
				continue
			}
			// What begins before this block was seen with the one before, and
			// what begins in the overlap is seen with the next.
			if k, number, generation := header(b[:i-2]); k > 0 || k == 0 && at == from {
				if k < scanBlock && !visit(at+int64(k), number, generation) {
					return nil
				}
			}
		}
	}
	return nil
}

// header reads "n g " at the end of b and returns where it begins, -1 when it
// is not there.
func header(b []byte) (at, number, generation int) {
	var n [2]int
	end := len(b)
	for i := range n {
		p := end
		for p > 0 && isSpace(int(b[p-1])) {
			p--
		}
		digits := p
		for p > 0 && digits-p < 10 && b[p-1] >= '0' && b[p-1] <= '9' {
			p--
		}
		if p == digits || i == 1 && digits == end {
			return -1, 0, 0
		}
		for _, c := range b[p:digits] {
			n[i] = n[i]*10 + int(c-'0')
		}
		end = p
	}
	return end, n[1], n[0]
}

// shadows tells whether the bytes from one offset to another hold, in a stream
// or a string, what a reader that goes through the file for objects would take
// for one, or for a trailer; starts are where the objects are.
func (f *File) shadows(from, to int64, starts map[int64]bool) error {
	var fault error
	err := f.eachHeader(from, to, func(at int64, _, _ int) bool {
		if !starts[at] {
			fault = &FormatError{at, "a shadow of an object"}
		}
		return fault == nil
	})
	if err != nil || fault != nil {
		return errorOr(fault, err)
	}
	for at := from; at < to; at += scanBlock {
		b, err := f.bytes(at, min(scanBlock+scanOverlap, to-at))
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte("trailer")) || bytes.Contains(b, []byte("startxref")) {
			return &FormatError{at, "a shadow of a trailer"}
		}
	}
	return nil
}

func errorOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// Shadowed finds an object that a reader which goes through the file for
// objects, and takes the last of each number, would read from another place
// than the view's cross-references name.
func (v View) Shadowed() (number int, found bool) {
	plain, _ := v.inUse()
	next := 0
	_ = v.f.eachHeader(0, v.End(), func(at int64, n, generation int) bool {
		for next < len(plain) && plain[next].offset+v.f.base < at-scanOverlap {
			next++
		}
		for i := next; i < len(plain) && plain[i].offset+v.f.base <= at; i++ {
			if int(plain[i].number) == n {
				return true // it is this one
			}
		}
		e, _, ok := v.entry(n)
		if ok && e.kind == entryPlain && e.offset+v.f.base < at && generation >= int(e.gen) {
			number, found = n, true
		}
		return !found
	})
	return number, found
}
