package main

import (
	"errors"

	"kyso/signature/pdf"
)

// The codes a promise rejects with; wasm/npm/src/errors.ts has the words.
const (
	NotAPDF        = "NOT_A_PDF"
	DamagedPDF     = "DAMAGED_PDF"
	FileUnreadable = "FILE_UNREADABLE" // the browser could not read the document
	BadEvidence    = "BAD_EVIDENCE"    // an anchor or a certificate could not be read
	TooLarge       = "TOO_LARGE"
	BadRequest     = "BAD_REQUEST"
	Internal       = "INTERNAL"
)

// A fault is an error with a code for JavaScript.
type fault struct {
	code string
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// code is what JavaScript learns of err.
func code(err error) string {
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	var format *pdf.FormatError
	if errors.As(err, &format) {
		return DamagedPDF
	}
	return Internal
}
