// Package plainjson writes plain values as JSON, byte for byte as
// encoding/json does. It exists because encoding/json adds some 40 kB to what a
// browser fetches, and reflection another 10; it never reads JSON.
package plainjson

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// Writer writes one value: an object, whose members are added between Open and
// Close in the order they shall stand in. Its zero value is ready for use.
type Writer struct {
	out []byte
	err error
}

// Text is what was written, or the first error.
func (w *Writer) Text() (string, error) { return string(w.out), w.err }

// Open begins an object: a member of the one that is open, or with an empty
// name the whole value or an element of a list.
//
//go:noinline
func (w *Writer) Open(name string) {
	w.member(name)
	w.out = append(w.out, '{')
}

// Close ends the object that Open began.
//
//go:noinline
func (w *Writer) Close() { w.out = append(w.out, '}') }

// List writes n elements, each by a call of element.
//
//go:noinline
func (w *Writer) List(name string, n int, element func(int)) {
	w.member(name)
	w.out = append(w.out, '[')
	for i := range n {
		element(i)
	}
	w.out = append(w.out, ']')
}

// Null writes null.
//
//go:noinline
func (w *Writer) Null(name string) {
	w.member(name)
	w.out = append(w.out, "null"...)
}

// String writes s.
//
//go:noinline
func (w *Writer) String(name, s string) {
	w.member(name)
	w.out = appendString(w.out, s)
}

// Some writes s unless it is empty.
//
//go:noinline
func (w *Writer) Some(name, s string) {
	if s != "" {
		w.String(name, s)
	}
}

// SomeStrings writes list unless it is empty.
//
//go:noinline
func (w *Writer) SomeStrings(name string, list []string) {
	if len(list) > 0 {
		w.List(name, len(list), func(i int) { w.String("", list[i]) })
	}
}

// Bytes writes b in base64, nil as null.
func (w *Writer) Bytes(name string, b []byte) {
	if b == nil {
		w.Null(name)
		return
	}
	w.String(name, base64.StdEncoding.EncodeToString(b))
}

// Bool writes b.
//
//go:noinline
func (w *Writer) Bool(name string, b bool) {
	w.member(name)
	w.out = strconv.AppendBool(w.out, b)
}

// Number writes n.
//
//go:noinline
func (w *Writer) Number(name string, n int64) {
	w.member(name)
	w.out = strconv.AppendInt(w.out, n, 10)
}

// Time writes t. A year of more than four digits is an error.
//
//go:noinline
func (w *Writer) Time(name string, t time.Time) {
	w.member(name)
	text, err := t.MarshalJSON()
	if err != nil && w.err == nil {
		w.err = err
	}
	w.out = append(w.out, text...)
}

// SomeTime writes *t unless t is nil.
func (w *Writer) SomeTime(name string, t *time.Time) {
	if t != nil {
		w.Time(name, *t)
	}
}

// member writes what stands before a value: a comma unless it is the first, and
// its name unless that is empty.
//
//go:noinline
func (w *Writer) member(name string) {
	if n := len(w.out); n > 0 && w.out[n-1] != '{' && w.out[n-1] != '[' {
		w.out = append(w.out, ',')
	}
	if name != "" {
		w.out = append(appendString(w.out, name), ':')
	}
}

// appendString quotes s so that it may stand inside a page too.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, `\ufffd`...)
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\b':
			out = append(out, `\b`...)
		case r == '\f':
			out = append(out, `\f`...)
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < ' ' || r == '<' || r == '>' || r == '&':
			out = append(out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		case r == '\u2028' || r == '\u2029':
			out = append(out, `\u202`...)
			out = append(out, hex[r&15])
		default:
			out = append(out, s[i:i+size]...)
		}
		i += size
	}
	return append(out, '"')
}
