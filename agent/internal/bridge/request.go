package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// call is one request under way. It belongs to a connection; one that lasts
// survives it, and is taken up by another (lasting.go).
type call struct {
	s       *Server
	origin  origin.Origin
	pageKey string
	method  string
	params  json.RawMessage
	lasting bool

	ctx      context.Context
	cancel   context.CancelFunc
	incoming []documentParams // the documents that follow
	atEnd    []func()         // in reverse, when the documents are wanted no more

	mu      sync.Mutex
	c       *session        // nil while the connection is down
	by      *origin.Voucher // of the extension that holds it, or held it last; nil: none does
	id      string
	change  chan struct{} // closed, and made anew, when c is another
	last    *progress
	arrived int     // so many of incoming are here
	upload  *upload // the one under way
	out     *sending
	stay    stay

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
	incoming []documentParams // the documents that will follow
	also     []uint32         // further channels
	load     load
	lasting  bool
	run      func(context.Context) (any, error)
}

// method reads the params of a request. It runs in the session's reader, and so
// does no more.
type method func(*call) (job, error)

// methods are what a page may ask for once it is authenticated, one file each.
var methods = map[string]method{
	"pair":         pair,
	"pair-confirm": pairConfirm,
	"authorize":    authorize,
	"status":       status,
	"certificates": certificates,
	"sign":         sign,
	"resume":       nil, // goes on with a call that there is: session.resume
	"verify":       verifyDocument,
	"sign-hash":    signHash,
}

// start begins to work on a request.
func (c *session) start(f frame) error {
	c.mu.Lock()
	_, twice := c.requests[f.ID]
	earlier := c.kept[f.ID]
	full := len(c.requests) >= maxRequests
	c.mu.Unlock()
	read, known := methods[f.Method]
	if !known || twice { // hello included: it is said once
		return c.violation(f.ID)
	}
	if earlier != nil {
		earlier.acknowledge()
	}
	k := &call{s: c.s, origin: c.origin, pageKey: string(c.transcript.PageKey), method: f.Method, params: f.Params, c: c, by: c.by, id: f.ID, change: make(chan struct{})}
	err := c.s.rates.request(c.origin)
	if err == nil {
		err = c.stillMay()
	} else if c.excess.take(time.Now(), rate{maxExcess, 60}) != nil {
		return errTooOften
	}
	if errors.Is(err, errUnpaired) && (f.Method == "pair" || f.Method == "pair-confirm") {
		err = nil
	}
	switch {
	case err != nil:
	case full:
		err = signing.ErrBusy
	case read == nil:
		err = c.resume(k)
	default:
		err = k.begin(read)
	}
	if err == nil {
		return nil
	}
	answer := k.failed(err)
	answer.ID = f.ID
	c.reply(answer)
	if errors.Is(err, errUnproven) {
		return errUnproven
	}
	return nil
}

// begin reads the params and sets to work.
func (k *call) begin(read method) error {
	c := k.c
	j, err := read(k)
	if err != nil {
		return err
	}
	if err := c.claim(j.channels()); err != nil {
		return err
	}
	if j.load != (load{}) {
		release, err := k.s.budget.reserve(k.origin, j.load)
		if err != nil {
			return err
		}
		k.atEnd = append(k.atEnd, release)
	}
	k.incoming = j.incoming
	parent := c.ctx
	if k.lasting = j.lasting; k.lasting {
		parent = k.s.ctx
	}
	k.ctx, k.cancel = context.WithCancel(parent)
	c.mu.Lock()
	c.requests[k.id] = k
	c.mu.Unlock()
	if !k.lasting {
		c.running.Go(func() { k.work(j) })
		return nil
	}
	k.mu.Lock()
	k.accept(c)
	k.mu.Unlock()
	k.s.calls.Go(func() { k.work(j) })
	return nil
}

// channels are all that the request's documents come on.
func (j job) channels() []uint32 {
	var channels []uint32
	for _, d := range j.incoming {
		channels = append(channels, d.Channel)
	}
	return append(channels, j.also...)
}

// work answers a request.
func (k *call) work(j job) {
	defer k.end()
	result, err := guard(k.ctx, j)
	answer := frame{Type: typeResult, Result: result}
	if err != nil {
		if k.ctx.Err() != nil {
			err = k.ctx.Err()
		}
		answer = k.failed(err)
		k.letGo() // there is nothing to send again
	}
	k.finish(answer)
}

// end leaves nothing behind.
func (k *call) end() {
	k.cancel()
	k.letGo()
	k.forget()
}

// letGo gives back what the documents take.
func (k *call) letGo() {
	k.mu.Lock()
	k.out = nil
	k.mu.Unlock()
	for i := len(k.atEnd) - 1; i >= 0; i-- {
		k.atEnd[i]()
	}
	k.atEnd = nil
}

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
	if err := exactjson.Decode(k.params, into); err != nil {
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
	if done != 0 && done != total && now.Sub(k.sent) < k.s.timing.progress {
		return
	}
	if stage == k.stage && document == k.document && done == 0 && total != 0 {
		return // said already
	}
	k.stage, k.document, k.sent = stage, document, now
	k.tell(&progress{stage, document, done, total, k.finished})
}

// queued tells the page its place. Every change is told.
func (k *call) queued(before, waiting int) {
	k.telling.Lock()
	defer k.telling.Unlock()
	k.stage = "queued"
	k.tell(&progress{"queued", 0, int64(before), int64(waiting), k.finished})
}

// count says how many documents have their result.
func (k *call) count(finished int) {
	k.telling.Lock()
	defer k.telling.Unlock()
	k.finished = finished
}

// tell sends a progress frame, and keeps it for a page that comes back.
func (k *call) tell(p *progress) {
	k.mu.Lock()
	k.last = p
	c, id := k.c, k.id
	k.mu.Unlock()
	if c != nil {
		c.reply(frame{ID: id, Type: typeProgress, Progress: p})
	}
}
