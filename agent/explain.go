package main

import (
	"errors"
	"fmt"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// personError is an error with its own words for people.
type personError struct{ vi, en string }

func (e personError) Error() string { return e.en }

// explain gives the one line a person reads: cause and remedy, and the detail
// where there is one.
func (e *env) explain(err error) string {
	var own personError
	if errors.As(err, &own) {
		return i18n.Text{VI: own.vi, EN: own.en}.In(e.language)
	}
	code := signing.Code(err)
	var refused *demo.AgentError
	if errors.As(err, &refused) {
		code = refused.Code
	}
	if code == i18n.Internal {
		return err.Error()
	}
	entry := i18n.Lookup(code)
	return fmt.Sprintf("%s %s [%s: %v]", entry.Message.In(e.language), entry.Remedy.In(e.language), code, err)
}
