package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"strings"

	"kyso/signature/small"
)

// Reserved is an object whose final bytes are written later: Length bytes
// beginning with First and ending with Last, filled with Fill between. Update
// records where it came to stand in At, counted from the start of the file.
type Reserved struct {
	Length            int
	First, Last, Fill byte
	At                int64
}

// Data is a stream to be written, with its data as they are; /Length is added.
type Data struct {
	*Dict
	Bytes []byte
}

// Deflated is data compressed by Flate, where that makes it smaller. d is
// changed for it.
func Deflated(d *Dict, data []byte) *Data {
	var b bytes.Buffer
	// Neither can fail: the level is known, and a Buffer takes everything.
	z, _ := zlib.NewWriterLevel(&b, zlib.BestCompression)
	_, _ = z.Write(data)
	_ = z.Close()
	if b.Len() >= len(data) {
		return &Data{d, data}
	}
	d.Set("Filter", Name("FlateDecode"))
	return &Data{d, b.Bytes()}
}

// writer builds an update; base is the offset of its first byte in the file.
type writer struct {
	b    []byte
	base int64
}

//go:noinline
func (w *writer) printf(format string, args ...any) { w.b = fmt.Appendf(w.b, format, args...) }

// object appends o.
func (w *writer) object(o Object) error {
	switch o := o.(type) {
	case nil:
		w.b = append(w.b, "null"...)
	case bool:
		w.b = strconv.AppendBool(w.b, o)
	case int:
		w.b = strconv.AppendInt(w.b, int64(o), 10)
	case int64:
		w.b = strconv.AppendInt(w.b, o, 10)
	case Real:
		w.b = append(w.b, o...)
	case Ref:
		w.printf("%d %d R", o.Number, o.Generation)
	case Name:
		w.name(o)
	case String:
		w.string(o)
	case Array:
		w.b = append(w.b, '[')
		for i, e := range o {
			if i > 0 {
				w.b = append(w.b, ' ')
			}
			if err := w.object(e); err != nil {
				return err
			}
		}
		w.b = append(w.b, ']')
	case *Dict:
		return w.dict(o)
	case *Reserved:
		if o.Length < 2 {
			return small.Errorf("pdf: reserve at least two bytes")
		}
		o.At = w.base + int64(len(w.b))
		w.b = append(w.b, o.First)
		for range o.Length - 2 {
			w.b = append(w.b, o.Fill)
		}
		w.b = append(w.b, o.Last)
	case *Data:
		d := o.Dict.Clone()
		d.Set("Length", len(o.Bytes))
		if err := w.dict(d); err != nil {
			return err
		}
		w.b = append(w.b, "\nstream\n"...)
		w.b = append(w.b, o.Bytes...)
		w.b = append(w.b, "\nendstream"...)
	default:
		return small.Errorf("pdf: cannot write a %T", o)
	}
	return nil
}

func (w *writer) dict(d *Dict) error {
	if d.Duplicate != "" {
		return &FormatError{-1, "a dictionary to be updated holds /" + string(d.Duplicate) + " twice"}
	}
	w.b = append(w.b, "<<"...)
	for _, e := range d.Entries {
		w.name(e.Key)
		w.b = append(w.b, ' ')
		if err := w.object(e.Value); err != nil {
			return err
		}
		w.b = append(w.b, '\n')
	}
	w.b = append(w.b, ">>"...)
	return nil
}

func (w *writer) name(n Name) {
	w.b = append(w.b, '/')
	for i := 0; i < len(n); i++ {
		if c := n[i]; c > ' ' && c < 0x7F && c != '#' && !isDelimiter(int(c)) {
			w.b = append(w.b, c)
		} else {
			w.printf("#%02X", c)
		}
	}
}

// string writes a literal string when it is printable ASCII, else a
// hexadecimal one. One that looks like a part of the file's structure is
// written so too: a reader that goes through the file for objects would find
// one in it.
func (w *writer) string(s String) {
	for _, word := range []string{"obj", "trailer", "startxref", "%%EOF", "endstream"} {
		if strings.Contains(string(s), word) {
			w.printf("<%X>", string(s))
			return
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			w.printf("<%X>", string(s))
			return
		}
	}
	w.b = append(w.b, '(')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '(' || c == ')' || c == '\\' {
			w.b = append(w.b, '\\')
		}
		w.b = append(w.b, s[i])
	}
	w.b = append(w.b, ')')
}
