package token

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// watchTime bounds one watch, so that a child notices now and then that
	// nobody listens any more.
	watchTime = 20 * time.Second
	// watchGrace is how long after watchTime an answer may still come; a library
	// that is silent for longer hangs.
	watchGrace = 10 * time.Second
	// removedBackOff is the first pause where a look failed because of a removal.
	removedBackOff = 50 * time.Millisecond
	// maxWatchBackOff: a library that cannot even be loaded is tried once a
	// minute, for the day it gets repaired.
	maxWatchBackOff = time.Minute
)

// unknownPresent is no answer of a library: the first watch returns at once.
const unknownPresent = "?"

// Watch calls changed when tokens of the library have been plugged in or pulled
// out, within half a second, until ctx ends. It uses a child of its own, so that
// a library that waits for events keeps nobody from signing, and one that dies
// of it harms no open key. A library that cannot be watched is tried again, ever
// less often.
func (m *Module) Watch(ctx context.Context, changed func()) {
	w := watcher{module: m, present: unknownPresent}
	defer w.end()
	life, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(m.life, stop)()
	for life.Err() == nil {
		before := w.present
		err := w.next(life)
		switch {
		case life.Err() != nil:
			return
		case err != nil:
			w.failed(life, err)
		case before != unknownPresent && before != w.present:
			changed()
		}
	}
}

// watcher is the watching of one library.
type watcher struct {
	module   *Module
	child    *child
	present  string
	poll     bool // C_WaitForSlotEvent is not to be called
	failures int
}

// next waits for one answer.
func (w *watcher) next(ctx context.Context) error {
	if w.child == nil {
		c, err := startChild(w.module.command, w.module.path)
		if err != nil {
			return err
		}
		w.child = c
	}
	ctx, cancel := context.WithTimeout(ctx, watchTime+watchGrace)
	defer cancel()
	answer, err := w.child.call(ctx, request{Op: opWatch, Present: w.present, Poll: w.poll}, nil)
	if err != nil {
		w.child.kill()
		w.child = nil
		w.poll = true // it died or hung of waiting, perhaps
		return err
	}
	if answer.Error != nil {
		w.end()
		return answer.Error.err()
	}
	w.failures = 0
	if answer.Present == "" && w.present == "" {
		// Some libraries see a token only that was there when they started.
		w.end()
	}
	w.present = answer.Present
	return nil
}

// failed waits before the next attempt. What listing says of the library is what
// a person gets to see; a watch has nobody to tell.
func (w *watcher) failed(ctx context.Context, err error) {
	first := firstBackOff
	if errors.Is(err, ErrTokenRemoved) { // in the moment of looking: a change to be told soon
		first = removedBackOff
	}
	delay := min(first<<min(w.failures, 10), maxWatchBackOff)
	w.failures++
	select {
	case <-time.After(delay):
	case <-ctx.Done():
	}
}

func (w *watcher) end() {
	if w.child != nil {
		w.child.kill() // nothing is logged in there, and it may be waiting
		w.child = nil
	}
}

// Watch watches all sources that can be watched. changed is called by one
// goroutine at a time.
func (c *Combined) Watch(ctx context.Context, changed func()) {
	var wg sync.WaitGroup
	var one sync.Mutex
	for _, s := range c.sources {
		w, ok := s.(interface {
			Watch(context.Context, func())
		})
		if !ok {
			continue
		}
		wg.Go(func() {
			w.Watch(ctx, func() {
				one.Lock()
				defer one.Unlock()
				changed()
			})
		})
	}
	wg.Wait()
}
