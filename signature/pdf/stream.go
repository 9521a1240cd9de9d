package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"fmt"
	"io"

	"kyso/signature/small"
)

const (
	// maxObjectStream bounds one decoded object stream. Writers put a few
	// hundred objects, some 100 KB, into one.
	maxObjectStream = 16 << 20
	// maxDecoded bounds the object streams kept decoded at a time.
	maxDecoded = 24 << 20
	// maxFilters is generous: two are common.
	maxFilters = 8
)

// indirect reads "n g obj ... endobj". length resolves an indirect /Length;
// nil refuses one.
func (p *parser) indirect(length func(Ref) (int64, error)) (Ref, Object, error) {
	n, err := p.integer()
	if err != nil {
		return Ref{}, nil, err
	}
	g, err := p.integer()
	if err != nil {
		return Ref{}, nil, err
	}
	if n >= maxObjects || g > 65535 {
		return Ref{}, nil, p.fail("malformed object header")
	}
	if err := p.keyword("obj"); err != nil {
		return Ref{}, nil, err
	}
	o, err := p.object(0)
	if err != nil {
		return Ref{}, nil, err
	}
	p.skip()
	if d, ok := o.(*Dict); ok && p.match("stream") {
		if o, err = p.stream(d, length); err != nil {
			return Ref{}, nil, err
		}
	}
	if err := p.keyword("endobj"); err != nil {
		return Ref{}, nil, err
	}
	return Ref{int(n), int(g)}, o, nil
}

// stream reads what follows the keyword "stream" (7.3.8).
func (p *parser) stream(d *Dict, length func(Ref) (int64, error)) (*Stream, error) {
	if p.peek() == '\r' {
		p.pos++
	}
	if p.peek() != '\n' {
		return nil, p.fail("no line end after stream")
	}
	p.pos++
	n := int64(-1)
	switch l := d.Get("Length").(type) {
	case int64:
		n = l
	case Ref:
		if length == nil {
			return nil, p.fail("an indirect /Length is not allowed here")
		}
		var err error
		if n, err = length(l); err != nil {
			return nil, err
		}
	}
	if n < 0 || n > p.end-p.pos {
		return nil, p.fail("malformed stream length")
	}
	s := &Stream{Dict: d, Offset: p.pos, Length: n}
	p.pos += n
	p.skipSpace()
	if !p.match("endstream") {
		return nil, p.fail("a stream does not end where its length says")
	}
	return s, nil
}

// Raw returns the stream's bytes as they stand in the file, encrypted where
// that is.
func (v View) Raw(s *Stream) *io.SectionReader { return io.NewSectionReader(v.f.r, s.Offset, s.Length) }

// Decode returns the stream's data through its filters, at most limit bytes.
// Filters of images are refused.
//
//go:noinline
func (v View) Decode(s *Stream, limit int64) ([]byte, error) {
	return v.f.decode(s, v.Resolve, limit)
}

func (f *File) decode(s *Stream, resolve func(Object) (Object, error), limit int64) ([]byte, error) {
	if resolve == nil {
		resolve = func(o Object) (Object, error) { return o, nil }
	}
	filters, err := list(s.Get("Filter"), resolve)
	if err != nil {
		return nil, err
	}
	params, err := list(s.Get("DecodeParms"), resolve)
	if err != nil {
		return nil, err
	}
	if len(filters) > maxFilters {
		return nil, &FormatError{s.Offset, "too many filters"}
	}
	var r io.Reader = io.NewSectionReader(f.r, s.Offset, s.Length)
	if s.sealed && f.crypt != nil {
		if r, filters, params, err = f.crypt.stream(s, r, filters, params); err != nil {
			return nil, err
		}
	}
	for i, name := range filters {
		var parms *Dict
		if i < len(params) {
			parms, _ = params[i].(*Dict)
		}
		if r, err = filter(r, name, parms, limit); err != nil {
			return nil, &FormatError{s.Offset, err.Error()}
		}
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, &FormatError{s.Offset, "decode stream: " + err.Error()}
	}
	if int64(len(b)) > limit {
		return nil, &FormatError{s.Offset, fmt.Sprintf("stream decodes to more than %d bytes", limit)}
	}
	return b, nil
}

// list makes a list of a single object or an array, each resolved.
func list(o Object, resolve func(Object) (Object, error)) ([]Object, error) {
	o, err := resolve(o)
	if err != nil || o == nil {
		return nil, err
	}
	a, ok := o.(Array)
	if !ok {
		return []Object{o}, nil
	}
	out := make([]Object, len(a))
	for i := range a {
		if out[i], err = resolve(a[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func filter(r io.Reader, name Object, parms *Dict, limit int64) (io.Reader, error) {
	switch name {
	case Name("FlateDecode"), Name("Fl"):
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, small.Errorf("decode stream: %w", err)
		}
		return predict(z, parms, limit)
	case Name("ASCIIHexDecode"), Name("AHx"):
		b, err := io.ReadAll(io.LimitReader(r, 2*limit+2))
		if err != nil {
			return nil, err
		}
		if i := bytes.IndexByte(b, '>'); i >= 0 {
			b = b[:i]
		}
		b = append(append([]byte{'<'}, b...), '>')
		o, err := (&parser{r: bytes.NewReader(b), end: int64(len(b))}).hex()
		if err != nil {
			return nil, err
		}
		return bytes.NewReader([]byte(o.(String))), nil
	case Name("ASCII85Decode"), Name("A85"):
		b, err := io.ReadAll(io.LimitReader(r, 2*limit+2))
		if err != nil {
			return nil, err
		}
		b = bytes.TrimPrefix(bytes.TrimSpace(b), []byte("<~"))
		if i := bytes.Index(b, []byte("~")); i >= 0 {
			b = b[:i]
		}
		return ascii85.NewDecoder(bytes.NewReader(b)), nil
	}
	return nil, small.Errorf("filter %v is not supported here", name)
}

// predict undoes a PNG predictor (7.4.4.4).
func predict(r io.Reader, parms *Dict, limit int64) (io.Reader, error) {
	if parms != nil {
		for _, e := range parms.Entries {
			// Readers look for it, or take another of two.
			if _, indirect := e.Value.(Ref); indirect || parms.Duplicate != "" {
				return nil, fmt.Errorf("malformed /DecodeParms: /%s", e.Key)
			}
		}
	}
	predictor := number(parms, "Predictor", 1)
	if predictor == 1 {
		return r, nil
	}
	colors, bits, columns := number(parms, "Colors", 1), number(parms, "BitsPerComponent", 8), number(parms, "Columns", 1)
	if predictor < 10 || predictor > 15 || colors < 1 || colors > 32 || bits < 1 || bits > 16 || columns < 1 || columns > 1<<20 {
		return nil, small.Errorf("predictor %d is not supported here", predictor)
	}
	size := int(colors*bits+7) / 8
	row := int(colors*bits*columns+7) / 8
	b, err := io.ReadAll(io.LimitReader(r, limit+limit/int64(row)+2))
	if err != nil {
		return nil, small.Errorf("decode stream: %w", err)
	}
	out := make([]byte, 0, len(b))
	above := make([]byte, row)
	for len(b) > 1 {
		kind, line := b[0], b[1:min(len(b), row+1)]
		b = b[1+len(line):]
		for i := range line {
			var left, up, corner byte
			if i >= size {
				left, corner = line[i-size], above[i-size]
			}
			up = above[i]
			switch kind {
			case 0:
			case 1:
				line[i] += left
			case 2:
				line[i] += up
			case 3:
				line[i] += byte((int(left) + int(up)) / 2)
			case 4:
				line[i] += paeth(left, up, corner)
			default:
				return nil, small.Errorf("malformed PNG predictor %d", kind)
			}
		}
		out = append(out, line...)
		copy(above, line)
	}
	return bytes.NewReader(out), nil
}

func paeth(left, up, corner byte) byte {
	p := int(left) + int(up) - int(corner)
	dl, du, dc := abs(p-int(left)), abs(p-int(up)), abs(p-int(corner))
	switch {
	case dl <= du && dl <= dc:
		return left
	case du <= dc:
		return up
	}
	return corner
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

//go:noinline
func number(d *Dict, key Name, otherwise int64) int64 {
	if n, ok := d.Get(key).(int64); ok {
		return n
	}
	return otherwise
}

// objStream is a decoded object stream.
type objStream struct {
	data    []byte
	first   int64
	numbers []int
	offsets []int64
}

// compressed reads object number from object stream container (7.5.7).
func (v View) compressed(number, container, index int) (Object, error) {
	at, ok := v.plainOffset(container)
	if !ok {
		return nil, &FormatError{-1, fmt.Sprintf("object %d is in a missing object stream", number)}
	}
	v.f.mu.Lock()
	os := v.f.streams[at]
	v.f.mu.Unlock()
	if os == nil {
		var err error
		if os, err = v.openObjStream(container); err != nil {
			return nil, err
		}
		v.f.mu.Lock()
		if v.f.decoded+int64(len(os.data)) > maxDecoded {
			clear(v.f.streams)
			v.f.decoded = 0
		}
		v.f.streams[at] = os
		v.f.decoded += int64(len(os.data))
		v.f.mu.Unlock()
	}
	// Some readers go by the index alone, some by the number: both must agree.
	if i := index; i < len(os.numbers) {
		if os.numbers[i] == number {
			p := &parser{r: bytes.NewReader(os.data), pos: os.first + os.offsets[i], end: int64(len(os.data))}
			return p.object(0)
		}
	}
	return nil, &FormatError{at, fmt.Sprintf("object %d is not in its object stream", number)}
}

func (v View) openObjStream(container int) (*objStream, error) {
	e, rev, _ := v.entry(container)
	o, err := v.plain(Ref{Number: container}, e.offset+v.f.base, rev, v.plainLength)
	if err != nil {
		return nil, err
	}
	s, ok := o.(*Stream)
	if !ok || !s.Is("Type", "ObjStm") {
		return nil, &FormatError{-1, fmt.Sprintf("object %d is no object stream", container)}
	}
	// Its filter must be direct: an indirect one could stand inside itself.
	data, err := v.f.decode(s, nil, maxObjectStream)
	if err != nil {
		return nil, err
	}
	n, first := number(s.Dict, "N", -1), number(s.Dict, "First", -1)
	if n < 0 || first < 0 || first > int64(len(data)) || n > first {
		return nil, &FormatError{s.Offset, "malformed object stream"}
	}
	out := &objStream{data: data, first: first}
	p := &parser{r: bytes.NewReader(data), end: first}
	seen := map[int64]bool{}
	for range n {
		number, err := p.integer()
		if err != nil {
			return nil, err
		}
		offset, err := p.integer()
		if err != nil {
			return nil, err
		}
		if seen[number] {
			return nil, &FormatError{s.Offset, fmt.Sprintf("object %d stands twice in one object stream", number)}
		}
		seen[number] = true
		if number >= maxObjects || first+offset > int64(len(data)) {
			return nil, &FormatError{s.Offset, "malformed object stream"}
		}
		out.numbers, out.offsets = append(out.numbers, int(number)), append(out.offsets, offset)
	}
	return out, nil
}

// Same tells whether the object a of view v and b of view w are the same,
// streams by dictionary and raw bytes. Encrypted data of two objects are not:
// each may have a key of its own.
func (v View) Same(a Object, w View, b Object) (bool, error) {
	sa, ok := a.(*Stream)
	if !ok {
		return Equal(a, b), nil
	}
	sb, ok := b.(*Stream)
	if !ok || sa.Length != sb.Length || sa.sealed != sb.sealed || sa.sealed && sa.ref != sb.ref || !Equal(sa.Dict, sb.Dict) {
		return false, nil
	}
	if sa.Offset == sb.Offset {
		return true, nil
	}
	x, y := make([]byte, 32<<10), make([]byte, 32<<10)
	for at := int64(0); at < sa.Length; at += int64(len(x)) {
		n := min(int64(len(x)), sa.Length-at)
		for _, read := range []struct {
			b  []byte
			at int64
		}{{x[:n], sa.Offset}, {y[:n], sb.Offset}} {
			if m, err := v.f.r.ReadAt(read.b, read.at+at); int64(m) < n {
				return false, err
			}
		}
		if !bytes.Equal(x[:n], y[:n]) {
			return false, nil
		}
	}
	return true, nil
}
