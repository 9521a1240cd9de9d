package bridge

import (
	"errors"
	"fmt"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

var (
	errStorage      = errors.New("temporary file")
	errStalled      = errors.New("the page stopped sending or receiving")
	errUnpaired     = errors.New("the page is not paired")
	errHashSite     = errors.New("the site may not have digests signed")
	errClosedSite   = errors.New("the site may not ask any more")
	errNotResumable = errors.New("no such request can be resumed")
)

// codeOf is the symbolic code of err.
func codeOf(err error) string {
	var often *rateError
	switch {
	case errors.Is(err, errStorage):
		return i18n.StorageProblem
	case errors.Is(err, errStalled):
		return i18n.Timeout
	case errors.Is(err, errUnpaired):
		return i18n.PairingNeeded
	case errors.Is(err, errClosedSite):
		return i18n.OriginRefused
	case errors.Is(err, errHashSite):
		return i18n.HashRefused
	case errors.Is(err, errNotResumable):
		return i18n.NotResumable
	case errors.Is(err, errUnproven):
		return i18n.AuthenticationFailed
	case errors.Is(err, origin.ErrCapability):
		return i18n.CapabilityRefused
	case errors.Is(err, origin.ErrTooManyCapabilities):
		return i18n.Busy
	case errors.As(err, &often):
		return i18n.RateLimited
	}
	return signing.Code(err)
}

// failureOf is what a person is told of a code.
func failureOf(code string) *failure {
	e := i18n.Lookup(code)
	return &failure{Code: e.Code, Message: e.Message, Remedy: e.Remedy}
}

func versionFailure() *failure {
	f := failureOf(i18n.VersionUnsupported)
	f.MinVersion, f.MaxVersion = minVersion, maxVersion
	return f
}

// rateFailure tells a page to come again after a while.
func rateFailure(after time.Duration) *failure {
	f := failureOf(i18n.RateLimited)
	f.RetryAfter = max(after.Milliseconds(), 1)
	return f
}

// explain is what a page is told of err.
func explain(err error) *failure {
	f := failureOf(codeOf(err))
	var often *rateError
	if errors.As(err, &often) {
		f = rateFailure(often.after)
	}
	var batch *batchError
	if errors.As(err, &batch) {
		f.Documents = batch.documents
	}
	return f
}

func badRequest(why string) error { return fmt.Errorf("%w: %s", signing.ErrRequest, why) }

// failed is the answer to a request that failed with err, noted in the log.
func (k *call) failed(err error) frame {
	k.note("request failed", err)
	return frame{Type: typeError, Error: explain(err)}
}

// note writes an error into the log.
func (k *call) note(what string, err error) {
	code := codeOf(err)
	attrs := []any{"origin", k.origin.String(), "method", k.method, "code", code}
	// Only these errors are about this machine; the text of others may quote
	// the document. Of an error nobody foresaw there is what it is, not what it
	// says.
	switch code {
	case i18n.Internal:
		attrs = append(attrs, "error", kind(err))
	case i18n.ModuleProblem, i18n.ConsentProblem, i18n.StorageProblem:
		attrs = append(attrs, "error", err)
	}
	k.s.log.Info(what, attrs...)
}

// kind names the types of an error and those it wraps, outermost first, and a
// panic's stack.
func kind(err error) string {
	var p *panicked
	if errors.As(err, &p) {
		return p.Error()
	}
	var q *signing.PanicError
	if errors.As(err, &q) {
		return (&panicked{q.Value, q.Stack}).Error()
	}
	name := fmt.Sprintf("%T", err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			name += " > " + kind(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			name += " > " + kind(inner)
		}
	}
	return name
}

// panicked is a panic without its value, which may quote the document.
type panicked struct {
	value string // the value's type
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic with a %s\n%s", p.value, p.stack) }
