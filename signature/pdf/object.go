package pdf

import "bytes"

// Object is a PDF object: nil (null), bool, int64, Real, String, Name, Array,
// *Dict, *Stream or Ref. Objects are shared and must not be changed; Dict.Clone
// gives a copy that may be.
type Object any

// Real is a real number in the digits the file wrote.
type Real string

// String is the bytes of a string, unescaped.
type String string

// Name is a name without its slash, its #xx decoded.
type Name string

// Ref points at an indirect object.
type Ref struct{ Number, Generation int }

// Array is a PDF array.
type Array []Object

// Dict is a PDF dictionary in the order of the file.
type Dict struct {
	Entries []Entry
	// Duplicate is a key that stands more than once, or empty. Readers differ
	// in which of the values they take; Get takes the first.
	Duplicate Name
}

// Entry is one key and its value.
type Entry struct {
	Key   Name
	Value Object
	// At and End are the offsets of the value's first byte and of the byte
	// after its last: in the file for an object that stands there, in the
	// decoded data for one from an object stream.
	At, End int64
}

// Stream is a dictionary with data, which Raw and Decode of View read.
type Stream struct {
	*Dict
	Offset int64 // of the first byte of data, in the file
	Length int64
	ref    Ref  // the object it was read as
	sealed bool // its data are encrypted, by the key of ref
}

// Get returns the value of key, nil when there is none or d is nil.
//
//go:noinline
func (d *Dict) Get(key Name) Object {
	if e := d.Entry(key); e != nil {
		return e.Value
	}
	return nil
}

// Is tells whether the value of key is this name.
//
//go:noinline
func (d *Dict) Is(key, name Name) bool { return d.Get(key) == name }

// Entry returns key's entry, or nil.
//
//go:noinline
func (d *Dict) Entry(key Name) *Entry {
	if d == nil {
		return nil
	}
	for i := range d.Entries {
		if d.Entries[i].Key == key {
			return &d.Entries[i]
		}
	}
	return nil
}

// manyKeys is from how many keys on a dictionary is looked up by map where all
// of its keys are: a hostile one would cost its square.
const manyKeys = 64

// Lookup is Entry for a dictionary of which many keys are asked for.
//
//go:noinline
func (d *Dict) Lookup() func(Name) *Entry {
	if d == nil || len(d.Entries) < manyKeys {
		return d.Entry
	}
	at := make(map[Name]*Entry, len(d.Entries))
	for i := range d.Entries {
		if e := &d.Entries[i]; at[e.Key] == nil {
			at[e.Key] = e
		}
	}
	return func(key Name) *Entry { return at[key] }
}

// Set replaces key's value or appends it.
func (d *Dict) Set(key Name, value Object) {
	if e := d.Entry(key); e != nil {
		*e = Entry{Key: key, Value: value}
		return
	}
	d.Entries = append(d.Entries, Entry{Key: key, Value: value})
}

// Delete removes key.
func (d *Dict) Delete(key Name) {
	for i := range d.Entries {
		if d.Entries[i].Key == key {
			d.Entries = append(d.Entries[:i:i], d.Entries[i+1:]...)
			return
		}
	}
}

// Clone copies d, not the objects in it.
//
//go:noinline
func (d *Dict) Clone() *Dict {
	return &Dict{Entries: append([]Entry(nil), d.Entries...), Duplicate: d.Duplicate}
}

// MakeDict makes a dictionary of keys and values in turn; the keys are Names.
func MakeDict(pairs ...Object) *Dict {
	d := &Dict{}
	for i := 0; i+1 < len(pairs); i += 2 {
		d.Set(pairs[i].(Name), pairs[i+1])
	}
	return d
}

// Equal tells whether a and b are the same object, references compared as
// references. Streams are never equal: their data is compared by View.Same.
func Equal(a, b Object) bool {
	switch a := a.(type) {
	case *Dict:
		b, ok := b.(*Dict)
		if a == nil || b == nil {
			return ok && a == b
		}
		if !ok || len(a.Entries) != len(b.Entries) || a.Duplicate != "" || b.Duplicate != "" {
			return false
		}
		find := b.Lookup()
		for _, e := range a.Entries {
			other := find(e.Key)
			if other == nil || !Equal(e.Value, other.Value) {
				return false
			}
		}
		return true
	case Array:
		b, ok := b.(Array)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Stream:
		return false
	}
	switch b.(type) {
	case *Dict, Array, *Stream:
		return false
	}
	return a == b
}

// Text decodes a text string (ISO 32000-2, 7.9.2.2): UTF-16 with a byte order
// mark, UTF-8 with one, or PDFDocEncoding, whose bytes outside ASCII are read
// as Latin-1.
func (s String) Text() string {
	b := []byte(s)
	switch {
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return utf16Text(b[2:], 8, 0)
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return utf16Text(b[2:], 0, 8)
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return string(bytes.ToValidUTF8(b[3:], []byte("\uFFFD")))
	}
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}
