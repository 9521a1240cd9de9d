package cms

import (
	"kyso/signature/small"
)

// Bounds on what a stranger hands in.
const (
	// maxSize is the largest CMS looked at. The largest real ones carry CRLs
	// of some megabytes; attached content of that size is not a document this
	// program signs.
	maxSize = 32 << 20
	// maxDepth bounds nesting. A certificate inside a timestamp inside a
	// signature reaches about 25.
	maxDepth = 64
)

// normalize returns the first element of in, a BER encoding, with definite
// minimal lengths and primitive strings, and the bytes behind it. Everything
// else stays as it is, so what was DER comes back unchanged (and not copied).
func normalize(in []byte) (der, rest []byte, err error) {
	if len(in) > maxSize {
		return nil, nil, small.Errorf("%w: more than %d bytes", ErrMalformed, maxSize)
	}
	n, changed, err := scan(in, 0)
	if err != nil {
		return nil, nil, err
	}
	if !changed {
		return in[:n:n], in[n:], nil
	}
	out, _, err := appendDER(make([]byte, 0, n), in[:n])
	if err != nil {
		return nil, nil, err
	}
	return out, in[n:], nil
}

// header is the start of a BER element.
type header struct {
	tag        []byte // identifier octets
	length     int    // of the contents, -1 for indefinite
	size       int    // of identifier and length octets
	minimal    bool   // the length is as DER has it
	composed   bool   // the constructed bit
	stringType bool   // a universal string type, which DER has primitive
}

//go:noinline
func malformed(what string) error { return small.Errorf("%w: %s", ErrMalformed, what) }

func readHeader(in []byte) (h header, err error) {
	if len(in) < 2 {
		return h, malformed("truncated element")
	}
	i := 1
	if in[0]&0x1f == 0x1f {
		for {
			if i >= len(in) || i > 4 {
				return h, malformed("tag number too large")
			}
			i++
			if in[i-1]&0x80 == 0 {
				break
			}
		}
	}
	h.tag = in[:i]
	h.composed = in[0]&0x20 != 0
	switch in[0] & 0xdf {
	case 3, 4, 12, 18, 19, 20, 21, 22, 25, 26, 27, 28, 30:
		h.stringType = true
	}
	if i >= len(in) {
		return h, malformed("truncated length")
	}
	first := in[i]
	i++
	switch {
	case first < 0x80:
		h.length, h.minimal = int(first), true
	case first == 0x80:
		if !h.composed {
			return h, malformed("indefinite length of a primitive")
		}
		h.length = -1
	default:
		n := int(first & 0x7f)
		if n > len(in)-i {
			return h, malformed("truncated length")
		}
		length := 0
		for _, b := range in[i : i+n] {
			if length > maxSize {
				return h, malformed("length too large")
			}
			length = length<<8 | int(b)
		}
		h.minimal = length >= 0x80 && in[i] != 0
		h.length = length
		i += n
	}
	h.size = i
	if h.length > len(in)-i {
		return h, malformed("length runs past the end")
	}
	return h, nil
}

//go:noinline
func isEnd(in []byte) bool { return len(in) >= 2 && in[0] == 0 && in[1] == 0 }

// scan walks one element, returns its length, and whether DER differs.
func scan(in []byte, depth int) (n int, changed bool, err error) {
	if depth > maxDepth {
		return 0, false, malformed("nested too deep")
	}
	h, err := readHeader(in)
	if err != nil {
		return 0, false, err
	}
	if h.tag[0] == 0 {
		return 0, false, malformed("unexpected end of contents")
	}
	changed = !h.minimal || (h.composed && h.stringType)
	if !h.composed {
		return h.size + h.length, changed, nil
	}
	at, end := h.size, len(in)
	if h.length >= 0 {
		end = h.size + h.length
	}
	for {
		if h.length < 0 {
			if isEnd(in[at:]) {
				return at + 2, true, nil
			}
		} else if at == end {
			return at, changed, nil
		}
		n, c, err := scan(in[at:end], depth+1)
		if err != nil {
			return 0, false, err
		}
		at += n
		changed = changed || c
	}
}

// appendDER appends the DER of the first element of in, which scan has passed.
func appendDER(out, in []byte) ([]byte, int, error) {
	h, err := readHeader(in)
	if err != nil {
		return nil, 0, err
	}
	if !h.composed {
		out = append(out, h.tag...)
		out = appendLength(out, h.length)
		return append(out, in[h.size:h.size+h.length]...), h.size + h.length, nil
	}
	start := len(out)
	tag := h.tag
	if h.stringType {
		tag = []byte{h.tag[0] &^ 0x20}
	}
	out = append(out, tag...)
	// Contents go straight behind the tag; the length is slid in afterwards.
	contents := len(out)
	var n int
	if h.stringType {
		out, n, err = appendSegments(out, in, tag[0])
	} else {
		out, n, err = appendChildren(out, in, h)
	}
	if err != nil {
		return nil, 0, err
	}
	length := appendLength(nil, len(out)-contents)
	out = append(out, length...)
	copy(out[contents+len(length):], out[contents:len(out)-len(length)])
	copy(out[start+len(tag):], length)
	return out, n, nil
}

func appendChildren(out, in []byte, h header) ([]byte, int, error) {
	at, end := h.size, len(in)
	if h.length >= 0 {
		end = h.size + h.length
	}
	for {
		if h.length < 0 && isEnd(in[at:]) {
			return out, at + 2, nil
		}
		if h.length >= 0 && at == end {
			return out, at, nil
		}
		var n int
		var err error
		if out, n, err = appendDER(out, in[at:end]); err != nil {
			return nil, 0, err
		}
		at += n
	}
}

// appendSegments appends the joined contents of a constructed string
// (X.690 8.7.3); every segment must be a string of the same type. BIT STRINGs
// in segments do not occur in signatures and are refused.
func appendSegments(out, in []byte, tag byte) ([]byte, int, error) {
	h, err := readHeader(in)
	if err != nil {
		return nil, 0, err
	}
	if in[0]&0xdf != tag || tag == 3 {
		return nil, 0, malformed("a string in segments of another type")
	}
	if !h.composed {
		return append(out, in[h.size:h.size+h.length]...), h.size + h.length, nil
	}
	at, end := h.size, len(in)
	if h.length >= 0 {
		end = h.size + h.length
	}
	for {
		if h.length < 0 && isEnd(in[at:]) {
			return out, at + 2, nil
		}
		if h.length >= 0 && at == end {
			return out, at, nil
		}
		var n int
		if out, n, err = appendSegments(out, in[at:end], tag); err != nil {
			return nil, 0, err
		}
		at += n
	}
}

//go:noinline
func appendLength(out []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(out, byte(n))
	case n < 1<<8:
		return append(out, 0x81, byte(n))
	case n < 1<<16:
		return append(out, 0x82, byte(n>>8), byte(n))
	case n < 1<<24:
		return append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
