// Package small holds what the compiler would copy into each of its callers,
// out of line: browsers download the engine. It never does anything that the
// standard library's function behind it does not.
package small

import (
	"encoding/asn1"
	"errors"
	"fmt"
)

// Error is errors.New, for an error made in a function.
//
//go:noinline
func Error(text string) error { return errors.New(text) }

// Errorf is fmt.Errorf.
//
//go:noinline
func Errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// SameOID tells whether a and b are the same object identifier.
//
//go:noinline
func SameOID(a, b asn1.ObjectIdentifier) bool { return a.Equal(b) }
