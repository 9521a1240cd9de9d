package bridge

import (
	"context"
	"slices"
	"sync"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// queue gives turns: there is one person to ask, and one token to sign with. Who
// came first is served first.
type queue struct {
	// changed is told whether somebody has the turn.
	changed func(taken bool)

	mu      sync.Mutex
	has     *turn
	waiting []*turn
	// freed has room for one: nobody has the turn any more.
	freed chan struct{}
}

// turn is a place in the queue.
type turn struct {
	q         *queue
	origin    origin.Origin
	documents int
	come      chan struct{}          // closed when it has come
	moved     chan struct{}          // has room for one: the place is another
	others    chan []signing.Waiting // has room for one: who waits behind
}

// join takes a place. The error is signing.ErrBusy: too many wait. Leave must be
// called in the end.
func (q *queue) join(o origin.Origin, documents int) (*turn, error) {
	t := &turn{q, o, documents, make(chan struct{}), make(chan struct{}, 1), make(chan []signing.Waiting, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.has == nil {
		q.has = t
		close(t.come)
		q.changed(true)
		return t, nil
	}
	same := 0
	for _, w := range q.waiting {
		if w.origin == o {
			same++
		}
	}
	if len(q.waiting) >= maxWaiting || same >= maxWaitingPerOrigin {
		return nil, signing.ErrBusy
	}
	q.waiting = append(q.waiting, t)
	q.tell()
	return t, nil
}

// wait waits for the turn and tells, at first and whenever it changes, how many
// come before and how many wait.
func (t *turn) wait(ctx context.Context, tell func(before, waiting int)) error {
	for {
		select {
		case <-t.come:
			return ctx.Err()
		default:
		}
		t.q.mu.Lock()
		before, waiting := slices.Index(t.q.waiting, t), len(t.q.waiting)
		t.q.mu.Unlock()
		if before >= 0 {
			tell(before, waiting)
		}
		select {
		case <-t.come:
		case <-t.moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// leave gives up the turn or the place. It may be called more than once.
func (t *turn) leave() {
	q := t.q
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, t); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.tell()
		return
	}
	if q.has != t {
		return
	}
	q.has = nil
	if len(q.waiting) > 0 {
		q.has = q.waiting[0]
		q.waiting = slices.Delete(q.waiting, 0, 1)
		close(q.has.come)
		q.tell()
		return
	}
	q.changed(false)
	newest(q.freed, struct{}{})
}

// tell tells those who wait, and the window, that the queue is another. mu is
// held.
func (q *queue) tell() {
	others := make([]signing.Waiting, len(q.waiting))
	for i, w := range q.waiting {
		others[i] = signing.Waiting{Origin: w.origin.String(), Documents: w.documents}
		newest(w.moved, struct{}{})
	}
	newest(q.has.others, others)
}

// signing tells whether somebody has the turn for documents. A pairing needs no
// token.
func (q *queue) signing() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.has != nil && q.has.documents > 0
}

// Turn waits for its turn behind whoever came before, for asking the person on
// behalf of o by another road than the bridge's. The error is signing.ErrBusy when
// too many wait, or ctx's. release ends the turn.
func (s *Server) Turn(ctx context.Context, o origin.Origin, documents int) (others <-chan []signing.Waiting, release func(), err error) {
	t, err := s.queue.join(o, documents)
	if err != nil {
		return nil, nil, err
	}
	if err := t.wait(ctx, func(int, int) {}); err != nil {
		t.leave()
		return nil, nil, err
	}
	return t.others, t.leave, nil
}

// newest puts v into ch, which has room for one, in place of one nobody has read.
func newest[T any](ch chan T, v T) {
	for {
		select {
		case ch <- v:
			return
		default:
		}
		select {
		case <-ch:
		default:
		}
	}
}
