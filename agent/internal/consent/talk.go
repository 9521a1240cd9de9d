package consent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// maxWishes is how often a child may wish to see a document: a person's
	// clicks, not a loop.
	maxWishes = 4 * maxDocuments
	// maxWaiting is how many waiting requests a window is told of.
	maxWaiting = 64
)

// talk is the conversation with a child beside question and answer.
type talk struct {
	live      Live
	documents int
	canView   bool
	wishes    chan int
	lines     chan []byte
	all       sync.WaitGroup
}

func newTalk(q Question, live Live) *talk {
	// One wish is carried out while the next waits; more are dropped, and so are
	// updates that a child does not read.
	return &talk{live: live, documents: len(q.Documents), canView: q.CanView, wishes: make(chan int, 1), lines: make(chan []byte, 16)}
}

// start writes the question, and what comes after it, until ctx ends.
func (t *talk) start(ctx context.Context, stdin io.Writer, question []byte) {
	// Not waited for: a child that never reads must not hold us. Closing the
	// pipe ends it.
	go func() {
		if _, err := stdin.Write(question); err != nil {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case line := <-t.lines:
				if _, err := stdin.Write(line); err != nil {
					return
				}
			}
		}
	}()
	t.all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case others, open := <-t.live.Waiting:
				if !open {
					return
				}
				others = others[:min(len(others), maxWaiting)]
				t.tell(update{Waiting: append([]Waiting{}, others...)})
			}
		}
	})
	t.all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case document := <-t.wishes:
				err := t.live.View(ctx, document)
				t.tell(update{Viewed: &viewed{document, err != nil}})
			}
		}
	})
}

// wait returns once nothing started is under way any more.
func (t *talk) wait() { t.all.Wait() }

func (t *talk) tell(u update) {
	line, err := json.Marshal(u)
	if err != nil || len(line) >= maxUpdateBytes {
		return
	}
	select {
	case t.lines <- append(line, '\n'):
	default:
	}
}

// listen reads the child's lines into buffer, whose length bounds each, until
// the child has closed its end, carries out its wishes, and leaves the one reply
// at the beginning of buffer. It returns its length.
func (t *talk) listen(stdout io.Reader, buffer []byte) (int, error) {
	filled, wishes := 0, 0
	for {
		if end := bytes.IndexByte(buffer[:filled], '\n'); end >= 0 {
			document, isWish := t.wish(buffer[:end])
			if !isWish {
				return t.last(stdout, buffer, filled, end+1)
			}
			if wishes++; wishes > maxWishes {
				return 0, errors.New("the asking process wishes to see too many documents")
			}
			select {
			case t.wishes <- document:
			default:
			}
			rest := copy(buffer, buffer[end+1:filled])
			clear(buffer[rest:filled])
			filled = rest
			continue
		}
		if filled == len(buffer) {
			return 0, fmt.Errorf("the answer is longer than %d bytes", len(buffer))
		}
		n, err := stdout.Read(buffer[filled:])
		filled += n
		if err != nil && bytes.IndexByte(buffer[:filled], '\n') < 0 {
			return filled, nil // the end; its exit code and what it said are judged together
		}
	}
}

// last makes sure that nothing follows the reply.
func (t *talk) last(stdout io.Reader, buffer []byte, filled, end int) (int, error) {
	for filled == end && end < len(buffer) {
		n, err := stdout.Read(buffer[filled:])
		if filled += n; err != nil {
			break
		}
	}
	if filled > end || end == len(buffer) {
		return 0, errNonsense
	}
	return end, nil
}

// wish tells whether line is a wish to see one of the documents.
func (t *talk) wish(line []byte) (document int, ok bool) {
	// Replies carry a PIN: they are not decoded here.
	const form = `{"view":%d}`
	if !t.canView || !bytes.HasPrefix(line, []byte(`{"view":`)) || len(line) > len(form)+8 {
		return 0, false
	}
	var w wish
	if json.Unmarshal(line, &w) != nil || w.View == nil || *w.View < 0 || *w.View >= t.documents {
		return 0, false
	}
	return *w.View, true
}
