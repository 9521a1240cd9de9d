package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// ErrEncrypted says that the file is encrypted, and so cannot be updated.
var ErrEncrypted = errors.New("pdf: the file is encrypted")

// Update collects new and changed objects to append to a file.
type Update struct {
	f       *File
	objects map[int]Object
	refs    map[int]Ref
	next    int
}

// NewUpdate begins an update of f. Files that are encrypted, or whose own
// offsets do not count from their first byte, are refused.
func (f *File) NewUpdate() (*Update, error) {
	if f.Encrypted() {
		return nil, ErrEncrypted
	}
	if f.base != 0 {
		return nil, &FormatError{0, "bytes stand before the header, and offsets do not count them"}
	}
	size, ok := f.Trailer().Get("Size").(int64)
	if !ok || size < 1 || size >= maxObjects {
		return nil, &FormatError{f.XrefOffset(), "malformed /Size in the trailer"}
	}
	next := int(size)
	for _, rev := range f.revisions {
		for _, s := range rev.sections {
			if n := len(s.entries); n > 0 {
				next = max(next, int(s.entries[n-1].number)+1)
			}
		}
	}
	return &Update{f: f, objects: map[int]Object{}, refs: map[int]Ref{}, next: next}, nil
}

// Add appends a new object.
//
//go:noinline
func (u *Update) Add(o Object) Ref {
	ref := Ref{Number: u.next}
	u.next++
	u.objects[ref.Number], u.refs[ref.Number] = o, ref
	return ref
}

// Set replaces the object ref, whose generation stays.
//
//go:noinline
func (u *Update) Set(ref Ref, o Object) { u.objects[ref.Number], u.refs[ref.Number] = o, ref }

// Dict returns a copy of the dictionary ref that may be changed and Set, in
// the state this update has left it.
func (u *Update) Dict(ref Ref) (*Dict, error) {
	if d, ok := u.objects[ref.Number].(*Dict); ok {
		return d, nil
	}
	o, err := u.f.Object(ref)
	if err != nil {
		return nil, err
	}
	d, ok := o.(*Dict)
	if !ok {
		return nil, &FormatError{-1, fmt.Sprintf("object %d is no dictionary", ref.Number)}
	}
	return d.Clone(), nil
}

// Bytes returns what to append to the file: the objects, and cross-references
// in the form the file's newest revision uses, a table after a hybrid one.
func (u *Update) Bytes() ([]byte, error) {
	w := &writer{base: u.f.size}
	// An update begins on a line of its own.
	w.b = append(w.b, '\n')
	numbers := make([]int, 0, len(u.objects)+1)
	for n := range u.objects {
		numbers = append(numbers, n)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	offsets := map[int]int64{}
	for _, n := range numbers {
		offsets[n] = w.base + int64(len(w.b))
		w.printf("%d %d obj\n", n, u.refs[n].Generation)
		if err := w.object(u.objects[n]); err != nil {
			return nil, err
		}
		w.b = append(w.b, "\nendobj\n"...)
	}
	at := w.base + int64(len(w.b))
	var err error
	if u.f.XrefForm() == XrefStream {
		err = u.xrefStream(w, numbers, offsets, at)
	} else {
		err = u.xrefTable(w, numbers, offsets)
	}
	if err != nil {
		return nil, err
	}
	w.printf("startxref\n%d\n%%%%EOF\n", at)
	return w.b, nil
}

// trailer copies the newest trailer without what describes its own section. An
// ID that is missing stays so: it would have to be made up, and its first half
// is to be that of the original file.
func (u *Update) trailer(size int) *Dict {
	d := u.f.Trailer().Clone()
	for _, k := range []Name{"Prev", "XRefStm", "Type", "W", "Index", "Length", "Filter", "DecodeParms", "F", "FFilter", "FDecodeParms", "DL"} {
		d.Delete(k)
	}
	d.Set("Size", size)
	d.Set("Prev", u.f.XrefOffset())
	return d
}

// runs calls emit for each run of consecutive numbers.
func runs(numbers []int, emit func(run []int)) {
	for len(numbers) > 0 {
		n := 1
		for n < len(numbers) && numbers[n] == numbers[0]+n {
			n++
		}
		emit(numbers[:n])
		numbers = numbers[n:]
	}
}

func (u *Update) xrefTable(w *writer, numbers []int, offsets map[int]int64) error {
	// Ten digits are all a table has for an offset.
	if w.base+int64(len(w.b)) > 9_999_999_999 {
		return &FormatError{-1, "the file is too large for a cross-reference table"}
	}
	w.b = append(w.b, "xref\n"...)
	runs(numbers, func(run []int) {
		w.printf("%d %d\n", run[0], len(run))
		for _, n := range run {
			w.printf("%010d %05d n \n", offsets[n], u.refs[n].Generation)
		}
	})
	w.b = append(w.b, "trailer\n"...)
	if err := w.dict(u.trailer(u.next)); err != nil {
		return err
	}
	w.b = append(w.b, '\n')
	return nil
}

func (u *Update) xrefStream(w *writer, numbers []int, offsets map[int]int64, at int64) error {
	self := u.next
	numbers = append(numbers, self)
	offsets[self] = at
	var index Array
	var data []byte
	runs(numbers, func(run []int) {
		index = append(index, run[0], len(run))
		for _, n := range run {
			data = append(data, 1)
			data = binary.BigEndian.AppendUint64(data, uint64(offsets[n]))
			data = binary.BigEndian.AppendUint16(data, uint16(u.refs[n].Generation))
		}
	})
	d := u.trailer(self + 1)
	d.Set("Type", Name("XRef"))
	d.Set("W", Array{1, 8, 2})
	d.Set("Index", index)
	w.printf("%d 0 obj\n", self)
	if err := w.object(&Data{d, data}); err != nil {
		return err
	}
	w.b = append(w.b, "\nendobj\n"...)
	return nil
}
