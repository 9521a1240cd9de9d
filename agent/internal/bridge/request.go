package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

var (
	errStorage = errors.New("temporary file")
	errStalled = errors.New("the page stopped sending or receiving")
)

// call is one request under way.
type call struct {
	c      *session
	id     string
	method string
	params json.RawMessage

	// The last progress frame, to keep them apart in time. Signing and sending
	// tell of theirs at once.
	telling  sync.Mutex
	stage    string
	document int
	finished int
	sent     time.Time
}

// job is a request whose params have been read and found in order.
type job struct {
	channels []uint32 // of the documents that will follow
	run      func(context.Context) (any, error)
}

// methods are what a page may ask for after hello, one file each. A method only
// reads its params: it runs in the session's reader.
var methods = map[string]func(*call) (job, error){
	"status":       status,
	"certificates": certificates,
	"sign":         sign,
	"verify":       verifyDocument,
}

// start begins to work on a request.
func (c *session) start(f frame) error {
	method := methods[f.Method]
	c.mu.Lock()
	_, twice := c.requests[f.ID]
	full := len(c.requests) >= maxRequests
	c.mu.Unlock()
	if method == nil || twice { // hello included: it is said once
		return c.violation(f.ID)
	}
	k := &call{c: c, id: f.ID, method: f.Method, params: f.Params}
	if full {
		return c.reply(k.failed(signing.ErrBusy))
	}
	j, err := method(k)
	if err == nil {
		err = c.claim(j.channels)
	}
	if err != nil {
		return c.reply(k.failed(err))
	}
	ctx, stop := context.WithCancel(c.ctx)
	c.mu.Lock()
	c.requests[f.ID] = stop
	c.mu.Unlock()
	c.running.Add(1)
	go c.work(ctx, stop, j, k)
	return nil
}

// work answers a request.
func (c *session) work(ctx context.Context, stop context.CancelFunc, j job, k *call) {
	defer c.running.Done()
	result, err := guard(ctx, j)
	answer := frame{ID: k.id, Type: typeResult, Result: result}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		answer = k.failed(err)
	}
	stop()
	// Forgotten before it is answered: the page may use the id again at once.
	c.mu.Lock()
	delete(c.requests, k.id)
	c.mu.Unlock()
	c.reply(answer)
}

// failed is the answer to a request that failed with err, noted in the log.
func (k *call) failed(err error) frame {
	k.note("request failed", err)
	f := failureOf(codeOf(err))
	var batch *batchError
	if errors.As(err, &batch) {
		f.Documents = batch.documents
	}
	return frame{ID: k.id, Type: typeError, Error: f}
}

// note writes an error into the log.
func (k *call) note(what string, err error) {
	code := codeOf(err)
	attrs := []any{"origin", k.c.origin.String(), "method", k.method, "code", code}
	// Only these errors are about this machine; the text of others may quote
	// the document. Of an error nobody foresaw there is what it is, not what it
	// says.
	switch code {
	case i18n.Internal:
		attrs = append(attrs, "error", kind(err))
	case i18n.ModuleProblem, i18n.ConsentProblem, i18n.StorageProblem:
		attrs = append(attrs, "error", err)
	}
	k.c.s.log.Info(what, attrs...)
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

// guard turns a panic into an error: a document that trips a parser ends one
// request and not the agent.
func guard(ctx context.Context, j job) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, &panicked{fmt.Sprintf("%T", r), debug.Stack()}
		}
	}()
	return j.run(ctx)
}

// read decodes the request's params.
func (k *call) read(into any) error {
	if len(k.params) == 0 {
		return badRequest("no params")
	}
	if err := decodeStrictly(k.params, into); err != nil {
		return badRequest(err.Error())
	}
	return nil
}

// progress tells the page how far the request has come. Frames are kept apart in
// time, but the first and the last of a stage of a document are always sent.
func (k *call) progress(stage string, document int, done, total int64) {
	k.telling.Lock()
	defer k.telling.Unlock()
	now := time.Now()
	if done != 0 && done != total && now.Sub(k.sent) < k.c.s.timing.progress {
		return
	}
	if stage == k.stage && document == k.document && done == 0 && total != 0 {
		return // said already
	}
	k.stage, k.document, k.sent = stage, document, now
	k.c.reply(frame{ID: k.id, Type: typeProgress, Progress: &progress{stage, document, done, total, k.finished}})
}

// count says how many documents have their result.
func (k *call) count(finished int) {
	k.telling.Lock()
	defer k.telling.Unlock()
	k.finished = finished
}

func badRequest(why string) error { return fmt.Errorf("%w: %s", signing.ErrRequest, why) }

// codeOf is the symbolic code of err.
func codeOf(err error) string {
	switch {
	case errors.Is(err, errStorage):
		return i18n.StorageProblem
	case errors.Is(err, errStalled):
		return i18n.Timeout
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
