package signing

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"kyso/signature/pades"
)

const (
	// maxUnderWay bounds the documents between their preparation and their
	// delivery, and with them memory: as many as keep four timestamp requests
	// busy while the token signs a dozen more. A large document, whose tables
	// may be large too, counts for four.
	maxUnderWay = 16
	largeBytes  = 8 << 20
	largeWeight = 4
	// maxDelivering bounds how many documents are handed over at once: writing
	// waits for the disk more than for a processor, and a disk that is asked by
	// several puts them down in one go.
	maxDelivering = 8
	// cancelGrace is how long documents that the token has signed may take to be
	// checked and delivered after a cancel. It is shorter than a page waits for
	// the answer.
	cancelGrace = 2 * time.Second
)

// batch signs documents in their order with one key, one after the other, while
// others are prepared before it and completed behind it.
type batch struct {
	s        *Service
	r        Request
	identity Identity
	results  []Result
	teller   *teller
	shared   common

	// caller is the request's context, ctx the same with a grace.
	caller, ctx context.Context
	// signing ends, with the reason, when nothing more is to be signed.
	signing context.Context
	stop    context.CancelCauseFunc

	slots      chan struct{} // maxUnderWay
	cpu        chan struct{} // other processors
	raising    chan struct{} // maxRaising
	delivering chan struct{} // maxDelivering
	running    sync.WaitGroup
}

// job is a document under way.
type job struct {
	*original
	weight   int
	ready    chan struct{} // closed when it is prepared
	unsigned *pades.Unsigned
	err      error
}

// signAll signs the documents wanted and fills in their results. It closes key
// as soon as the last is signed, and returns when the last is delivered.
func (s *Service) signAll(ctx context.Context, r Request, wanted []*original, id Identity, key Key, results []Result, t *teller) {
	b := &batch{
		s: s, r: r, identity: id, results: results, teller: t, caller: ctx,
		// One processor is left to whoever signs: a key in software needs it.
		slots: make(chan struct{}, maxUnderWay), cpu: make(chan struct{}, max(1, workers()-1)),
		raising: make(chan struct{}, maxRaising), delivering: make(chan struct{}, maxDelivering),
	}
	var end context.CancelFunc
	b.ctx, end = graceful(ctx, cancelGrace)
	defer end()
	b.signing, b.stop = context.WithCancelCause(ctx)
	defer b.stop(nil)

	queue := b.prepareAhead(wanted)
	for j := range queue {
		<-j.ready
		b.sign(key, j)
	}
	key.Close()
	b.running.Wait()
	// Those that never came to the token.
	for _, o := range wanted {
		if made := &results[o.index]; made.Err == nil && made.Size == 0 {
			made.Err = context.Cause(b.signing)
			t.finished(o.index)
		}
	}
}

// prepareAhead prepares the documents and hands them on in their order, as far
// ahead as there are slots.
func (b *batch) prepareAhead(wanted []*original) <-chan *job {
	queue := make(chan *job, len(wanted))
	b.running.Go(func() {
		defer close(queue)
		for _, o := range wanted {
			j := &job{original: o, weight: 1, ready: make(chan struct{})}
			if o.Size >= largeBytes {
				j.weight = largeWeight
			}
			for range j.weight { // by this goroutine alone, so none waits for another
				if !take(b.signing, b.slots) {
					return
				}
			}
			if !take(b.signing, b.cpu) {
				return
			}
			b.running.Go(func() {
				defer close(j.ready)
				defer func() { <-b.cpu }()
				j.err = guard(func() error { return b.prepare(j) })
			})
			queue <- j
		}
	})
	return queue
}

func (b *batch) prepare(j *job) error {
	doc, err := openPDF(j.Data, j.Size)
	if err != nil {
		// It could be opened when it was shown.
		return fmt.Errorf("%w: %w", ErrChanged, err)
	}
	j.unsigned, err = b.s.prepare(b.signing, doc, j.original, b.identity, b.r, false)
	return err
}

// sign has the key sign a prepared document, and leaves the rest to another
// goroutine.
func (b *batch) sign(key Key, j *job) {
	if b.signing.Err() != nil {
		b.settle(j, Result{}, context.Cause(b.signing))
		return
	}
	if j.err != nil {
		b.settle(j, Result{}, j.err)
		return
	}
	b.tell(j, StageSigning, 0, j.Size)
	var value []byte
	err := guard(func() (err error) {
		value, err = key.Sign(rand.Reader, j.unsigned.Digest(), j.unsigned.Opts())
		return err
	})
	if err != nil {
		err = fmt.Errorf("sign with the key: %w", err)
		// Whatever the reason, the token is left alone from here on: asking it
		// again could cost a try of the PIN.
		b.stop(err)
		b.settle(j, Result{}, err)
		return
	}
	b.tell(j, StageSigning, j.Size, j.Size)
	b.running.Go(func() {
		var result Result
		err := guard(func() (err error) {
			result, err = b.finish(j, value)
			return err
		})
		b.settle(j, result, err)
	})
}

// finish completes, checks and delivers a document that was signed.
func (b *batch) finish(j *job, value []byte) (result Result, err error) {
	err = within(b.ctx, b.raising, func() error {
		result, err = b.s.complete(b.caller, j.original, j.unsigned, value, b.identity, b.r)
		return err
	})
	j.unsigned = nil
	if err != nil {
		return Result{}, err
	}
	err = within(b.ctx, b.cpu, func() error {
		b.tell(j, StageVerifying, 0, result.Size)
		return b.s.selfCheck(b.ctx, j.original, &result, func(done, total int64) { b.tell(j, StageVerifying, done, total) })
	})
	if err == nil {
		err = within(b.ctx, b.raising, func() error {
			return b.s.raise(b.caller, &result, b.r.Level, &b.shared, func(done, total int64) { b.tell(j, StageVerifying, done, total) })
		})
	}
	if err != nil {
		return Result{}, err
	}
	if b.r.Deliver == nil {
		return result, nil
	}
	err = within(b.ctx, b.delivering, func() error {
		j.handed.size, j.handed.sha256 = result.Size, result.SHA256
		return b.r.Deliver(b.ctx, result)
	})
	if err != nil {
		return Result{}, fmt.Errorf("deliver: %w", err)
	}
	result.Signed = nil
	return result, nil
}

// settle notes what became of a document and makes room for another.
func (b *batch) settle(j *job, result Result, err error) {
	if err != nil {
		if b.caller.Err() != nil {
			err = ended(b.caller, err)
		}
		result = Result{Document: j.index, Name: j.Name, Err: err}
		if b.r.OnError == Stop {
			b.stop(ErrNotTried) // the first reason given stays
		}
	}
	if fixed, ok := j.Data.(*bound); ok {
		fixed.forget() // of the batch's largest documents too
	}
	b.results[j.index] = result
	b.teller.finished(j.index)
	for range j.weight {
		<-b.slots
	}
}

func (b *batch) tell(j *job, stage Stage, done, total int64) {
	b.teller.tell(Event{Stage: stage, Document: j.index, Done: done, Total: total})
}

// take takes one of c's places, unless ctx ends before one is free.
func take(ctx context.Context, c chan<- struct{}) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case c <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// within calls f while it holds one of c's places.
func within(ctx context.Context, c chan struct{}, f func() error) error {
	if !take(ctx, c) {
		return ctx.Err()
	}
	defer func() { <-c }()
	return f()
}

// graceful is ctx with a grace: it ends that long after ctx, or when end is
// called.
func graceful(ctx context.Context, grace time.Duration) (_ context.Context, end context.CancelFunc) {
	g, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-g.Done():
		}
	})
	return g, func() { unhook(); cancel() }
}

// teller passes events on, one at a time.
type teller struct {
	mu       sync.Mutex
	progress func(Event)
	done     int
}

func newTeller(progress func(Event)) *teller { return &teller{progress: progress} }

func (t *teller) tell(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.progress != nil {
		e.Finished = t.done
		t.progress(e)
	}
}

// finished says that a document has its result.
func (t *teller) finished(document int) {
	t.mu.Lock()
	t.done++
	t.mu.Unlock()
	t.tell(Event{Stage: StageDone, Document: document})
}

// end sees to it that nobody is told anything after Sign has returned.
func (t *teller) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress = nil
}
