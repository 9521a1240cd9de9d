// Package exactjson reads JSON of strangers in the one way that every parser
// would: encoding/json takes "ORIGIN" for "origin", and the last of two members of
// one name, where others take the first. What two programs read differently, one
// of them has checked and the other obeys.
package exactjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Decode reads exactly one JSON value. Members that into does not have by exactly
// this name, and two of one name (RFC 8259, 4), are errors. It does not look for
// names in a json.RawMessage, which is to be decoded in turn.
func Decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	// It is well formed by now, and not nested beyond encoding/json's 10000.
	d = json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return walk(d, reflect.TypeOf(into))
}

// walk looks at the names in the next value, which was decoded into a t; nil
// stands for anything.
func walk(d *json.Decoder, t reflect.Type) error {
	t = plain(t)
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		var each reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			each = t.Elem()
		}
		for d.More() {
			if err := walk(d, each); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		if err := members(d, t); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err = d.Token() // the end
	return err
}

func members(d *json.Decoder, t reflect.Type) error {
	var known map[string]reflect.Type
	if t != nil && t.Kind() == reflect.Struct {
		known = names(t)
	}
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("member %.100q is there twice", name)
		}
		seen[name] = true
		of, ok := known[name]
		if known != nil && !ok {
			return fmt.Errorf("unknown member %.100q", name)
		}
		if t != nil && t.Kind() == reflect.Map {
			of = t.Elem()
		}
		if err := walk(d, of); err != nil {
			return err
		}
	}
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// plain is what t points at; nil for what reads itself, json.RawMessage too.
func plain(t reflect.Type) reflect.Type {
	for t != nil {
		if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
			return nil
		}
		if t.Kind() != reflect.Pointer {
			return t
		}
		t = t.Elem()
	}
	return nil
}

// names are the members of a struct, those of structs embedded in it too.
func names(t reflect.Type) map[string]reflect.Type {
	known := make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "", !f.IsExported(), f.Tag.Get("json") == "-":
			continue
		case name == "":
			name = f.Name
		}
		known[name] = f.Type
	}
	return known
}
