package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// View is the file as one of its revisions shows it.
type View struct {
	f *File
	n int // revisions seen, so the newest one's number
}

// Revisions counts the file's revisions: one, and one for each update.
func (f *File) Revisions() int { return len(f.revisions) }

// Revision returns the view of revision n; 1 is the oldest.
//
//go:noinline
func (f *File) Revision(n int) View { return View{f, n} }

// Number is the view's revision, 1 is the oldest.
//
//go:noinline
func (v View) Number() int { return v.n }

// End is the offset just after the view's %%EOF and its line end.
func (v View) End() int64 { return v.f.revisions[v.n-1].end }

// XrefOffset is where the view's newest cross-references start.
func (v View) XrefOffset() int64 { return v.f.revisions[v.n-1].xrefAt }

// XrefForm is how the view's newest revision writes its cross-references.
func (v View) XrefForm() XrefForm { return v.f.revisions[v.n-1].form }

// Trailer is the trailer dictionary of the view's newest revision.
//
//go:noinline
func (v View) Trailer() *Dict { return v.f.revisions[v.n-1].trailer }

// Catalog is the document catalog.
func (v View) Catalog() (*Dict, error) {
	d, err := v.Dict(v.Trailer().Get("Root"))
	if err == nil && d == nil {
		err = &FormatError{-1, "the document catalog is missing"}
	}
	return d, err
}

// Location says where an object stands.
type Location struct {
	Revision   int   // that wrote it
	Offset     int64 // of "n g obj" in the file; of the object stream when Compressed
	Generation int
	Compressed bool
	Container  int // number of the object stream
}

func (v View) entry(number int) (e entry, rev int, ok bool) {
	r := v.n
	if v.f.index != nil {
		i, _ := slices.BinarySearch(v.f.index, uint64(number)<<16|uint64(v.n)+1)
		if i == 0 || number < 0 || v.f.index[i-1]>>16 != uint64(number) {
			return entry{}, 0, false
		}
		r = int(v.f.index[i-1] & 0xffff)
	}
	for ; r > 0; r-- {
		found := false
		for _, s := range v.f.revisions[r-1].sections {
			if got, here := s.find(number); here && (!found || s.hidden && e.kind == entryFree) {
				e, found = got, true
			}
		}
		if found {
			return e, r, true
		}
	}
	return entry{}, 0, false
}

// Locate tells where object number stands; false when it is free or unknown.
func (v View) Locate(number int) (Location, bool) {
	e, rev, ok := v.entry(number)
	if !ok || e.kind == entryFree {
		return Location{}, false
	}
	if e.kind == entryPlain {
		return Location{Revision: rev, Offset: e.offset + v.f.base, Generation: int(e.gen)}, true
	}
	container, _ := v.plainOffset(int(e.offset))
	return Location{Revision: rev, Offset: container, Compressed: true, Container: int(e.offset)}, true
}

// plainOffset returns where the uncompressed object number stands.
func (v View) plainOffset(number int) (int64, bool) {
	e, _, ok := v.entry(number)
	return e.offset + v.f.base, ok && e.kind == entryPlain
}

// Numbers lists the objects that revision n's own cross-references name, free
// ones too, in no order.
func (f *File) Numbers(n int) []int {
	var numbers []int
	for _, s := range f.revisions[n-1].sections {
		for _, e := range s.entries {
			numbers = append(numbers, int(e.number))
		}
	}
	return numbers
}

// Object reads the object ref points at. A free, unknown or differently
// numbered generation is null, as 7.3.10 says.
func (v View) Object(ref Ref) (Object, error) {
	e, rev, ok := v.entry(ref.Number)
	if !ok || e.kind == entryFree {
		return nil, nil
	}
	if e.kind == entryCompressed {
		if ref.Generation != 0 {
			return nil, nil
		}
		return v.compressed(ref.Number, int(e.offset), int(e.gen))
	}
	if int(e.gen) != ref.Generation {
		return nil, nil
	}
	return v.plain(ref, e.offset+v.f.base, rev, v.length)
}

// maxReread is how many times its own size a file's objects may cost in
// reading; the cache makes most cost it once for each use of the file, and
// freeReading leaves small files alone.
const (
	maxReread   = 64
	freeReading = 64 << 20
)

// maxCached bounds the object cache; beyond it is emptied.
const maxCached = 20_000

func (v View) plain(ref Ref, at int64, rev int, length func(Ref) (int64, error)) (Object, error) {
	v.f.mu.Lock()
	got, ok := v.f.objects[at]
	var buf []byte
	if !ok {
		buf, v.f.spare = v.f.spare, nil
	}
	v.f.mu.Unlock()
	if !ok {
		// Objects that run into each other would be read again for each.
		if v.f.parsed.Load() > maxReread*v.f.size+freeReading {
			return nil, &FormatError{at, "the file's objects overlap"}
		}
		p := v.f.parser(at, v.f.revisions[rev-1].end)
		p.buf = buf
		var err error
		got.ref, got.obj, err = p.indirect(length)
		if s, ok := got.obj.(*Stream); ok && err == nil {
			v.f.parsed.Add(p.pos - at - s.Length) // its data was not read
		} else {
			v.f.parsed.Add(p.pos - at)
		}
		if err == nil && v.f.crypt != nil {
			got.obj, err = v.f.crypt.open(got.ref, got.obj)
		}
		if err != nil {
			return nil, err
		}
		v.f.mu.Lock()
		v.f.spare = p.buf[:0]
		if len(v.f.objects) >= maxCached {
			clear(v.f.objects)
		}
		v.f.objects[at] = got
		v.f.mu.Unlock()
	}
	if got.ref != ref {
		return nil, &FormatError{at, fmt.Sprintf("expected object %d %d, found %d %d", ref.Number, ref.Generation, got.ref.Number, got.ref.Generation)}
	}
	return got.obj, nil
}

// length resolves an indirect /Length.
func (v View) length(ref Ref) (int64, error) {
	if e, _, ok := v.entry(ref.Number); ok && e.kind == entryCompressed {
		o, err := v.compressed(ref.Number, int(e.offset), int(e.gen))
		return lengthOf(ref, o, err)
	}
	return v.plainLength(ref)
}

// plainLength resolves the indirect /Length of an object stream, which must
// not be compressed itself; nor may a length be a stream. Both would let
// lengths wait for each other for ever.
func (v View) plainLength(ref Ref) (int64, error) {
	e, rev, ok := v.entry(ref.Number)
	if !ok || e.kind != entryPlain || int(e.gen) != ref.Generation {
		return lengthOf(ref, nil, nil)
	}
	o, err := v.plain(ref, e.offset+v.f.base, rev, nil)
	return lengthOf(ref, o, err)
}

func lengthOf(ref Ref, o Object, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	n, ok := o.(int64)
	if !ok {
		return 0, &FormatError{-1, fmt.Sprintf("object %d is no stream length", ref.Number)}
	}
	return n, nil
}

// Resolve follows a reference, and references to references.
func (v View) Resolve(o Object) (Object, error) {
	for range maxDepth {
		ref, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = v.Object(ref); err != nil {
			return nil, err
		}
	}
	return nil, &FormatError{-1, "references loop"}
}

// Dict resolves o to a dictionary, that of a stream too; nil when o is null.
func (v View) Dict(o Object) (*Dict, error) {
	o, err := v.Resolve(o)
	if err != nil {
		return nil, err
	}
	switch o := o.(type) {
	case nil:
		return nil, nil
	case *Dict:
		return o, nil
	case *Stream:
		return o.Dict, nil
	}
	return nil, &FormatError{-1, "expected a dictionary"}
}

// Array resolves o to an array; nil when o is null.
func (v View) Array(o Object) (Array, error) {
	o, err := v.Resolve(o)
	if err != nil {
		return nil, err
	}
	a, ok := o.(Array)
	if o != nil && !ok {
		return nil, &FormatError{-1, "expected an array"}
	}
	return a, nil
}

// EndingAt returns the view of the revision whose %%EOF is the last thing in
// the file's first end bytes, but for line ends; false when those bytes are
// no whole file by themselves.
func (f *File) EndingAt(end int64) (View, bool) {
	for n := len(f.revisions); n > 0; n-- {
		rev := f.revisions[n-1]
		from, to := min(end, rev.end), max(end, rev.end)
		// A line end has two bytes at most; more would be another's bytes.
		if to-from > 2 || to > f.size {
			continue
		}
		between, err := f.bytes(from, to-from)
		if err != nil || len(bytes.Trim(between, "\r\n")) > 0 {
			continue
		}
		start, _, err := f.lastStartXref(end)
		if err != nil || start+f.base != rev.xrefAt {
			continue
		}
		return View{f, n}, true
	}
	return View{}, false
}

// Earlier returns the view of revision n of the same file; 1 is the oldest.
func (v View) Earlier(n int) View { return View{v.f, n} }
