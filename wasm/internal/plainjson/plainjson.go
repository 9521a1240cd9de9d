// Package plainjson writes plain values as JSON, byte for byte as
// encoding/json does. It exists because encoding/json adds some 40 kB to what a
// browser fetches; it never reads JSON, and refuses what it does not know.
package plainjson

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Marshal is v as JSON. v is made of structs, slices, pointers, strings,
// booleans, integers, []byte and time.Time; of the options in a json tag,
// "omitempty" and "-" are known. A struct may embed others without a tag, whose
// fields must have names of their own. Everything else is an error.
func Marshal(v any) (string, error) {
	out, err := appendValue(nil, reflect.ValueOf(v), 0)
	return string(out), err
}

// maxDepth bounds the nesting; a value that contains itself has no end.
const maxDepth = 32

var timeType, byteType = reflect.TypeFor[time.Time](), reflect.TypeFor[byte]()

func appendValue(out []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("write JSON: nested deeper than %d", maxDepth)
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(out, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(out, v.Int(), 10), nil
	case reflect.String:
		return appendString(out, v.String()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(out, "null"...), nil
		}
		return appendValue(out, v.Elem(), depth+1)
	case reflect.Slice:
		return appendSlice(out, v, depth)
	case reflect.Struct:
		if v.Type() == timeType {
			text, err := v.Interface().(time.Time).MarshalJSON()
			return append(out, text...), err
		}
		return appendStruct(out, v, depth)
	}
	return nil, fmt.Errorf("write JSON: a value of type %s", v.Type())
}

func appendSlice(out []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(out, "null"...), nil
	}
	if v.Type().Elem() == byteType {
		out = base64.StdEncoding.AppendEncode(append(out, '"'), v.Bytes())
		return append(out, '"'), nil
	}
	var err error
	out = append(out, '[')
	for i := range v.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, v.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendStruct(out []byte, v reflect.Value, depth int) ([]byte, error) {
	first := true
	out, err := appendFields(append(out, '{'), v, depth, &first)
	return append(out, '}'), err
}

// appendFields writes the fields of v without braces; first tells whether none
// has been written yet.
func appendFields(out []byte, v reflect.Value, depth int, first *bool) (_ []byte, err error) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-" || (!field.IsExported() && !field.Anonymous):
			continue
		case field.Anonymous && tag == "" && field.Type.Kind() == reflect.Struct && field.Type != timeType:
			if out, err = appendFields(out, v.Field(i), depth+1, first); err != nil {
				return nil, err
			}
			continue
		case field.Anonymous || (options != "" && options != "omitempty"):
			return nil, fmt.Errorf("write JSON: the field %s of %s", field.Name, v.Type())
		case options != "" && isEmpty(v.Field(i)):
			continue
		case name == "":
			name = field.Name
		}
		if !*first {
			out = append(out, ',')
		}
		*first = false
		out = append(appendString(out, name), ':')
		if out, err = appendValue(out, v.Field(i), depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isEmpty is encoding/json's rule: a struct is never empty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
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
