package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"kyso/agent/internal/signing"
)

// sending returns signed documents to the page on the channels they came on, as
// they become ready, while others are being signed. A page that takes its time
// holds up neither the token nor whoever signs next; one whose connection drops
// gets the rest over its next. Nil has nothing to send.
type sending struct {
	k      *call
	params []documentParams
	files  []signing.Document
	ctx    context.Context

	mu      sync.Mutex
	items   []*outgoing
	change  chan struct{} // closed, and made anew, when items are others
	resumes int           // how often the request had been resumed, for these offsets
	left    time.Duration // the page's time for all of them
	broken  error         // the page takes no more
}

// outgoing is a signed document.
type outgoing struct {
	signing.Result
	off  int64 // the page has so much
	sent bool
	err  error // it will not be sent
}

// startSending begins to send what add is given, until the documents are let go.
func (k *call) startSending(params []documentParams, files []signing.Document) *sending {
	s := &sending{k: k, params: params, files: files, change: make(chan struct{}), left: k.s.timing.transferTime(size(params))}
	var stop context.CancelFunc
	s.ctx, stop = context.WithCancel(k.ctx)
	k.mu.Lock()
	k.out, s.resumes = s, k.stay.resumes
	k.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run()
	}()
	k.atEnd = append(k.atEnd, func() { stop(); <-ended })
	return s
}

// size is the bytes of all documents.
func size(params []documentParams) (total int64) {
	for _, d := range params {
		total += d.Size
	}
	return total
}

// add takes a signed document. It does not wait for the page, which may be away
// for a while: what was appended joins the original on the disk.
func (s *sending) add(_ context.Context, r signing.Result) error {
	f, ok := s.files[r.Document].Data.(*os.File)
	if !ok {
		return errors.New("document is in no file")
	}
	end := s.params[r.Document].Size
	if _, err := io.Copy(io.NewOffsetWriter(f, end), io.NewSectionReader(r.Signed, end, r.Size-end)); err != nil {
		return fmt.Errorf("%w: %w", errStorage, err)
	}
	r.Signed = f
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, &outgoing{Result: r, err: s.broken})
	s.changed()
	return nil
}

// changed tells run and flush. mu is held.
func (s *sending) changed() {
	close(s.change)
	s.change = make(chan struct{})
}

// next is a document to send, nil when there is none, the number of resumes its
// offset is for, and a channel that is closed when there may be another.
func (s *sending) next() (*outgoing, int, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.items {
		if !o.sent && o.err == nil {
			return o, s.resumes, s.change
		}
	}
	return nil, s.resumes, s.change
}

// run sends until it is stopped.
func (s *sending) run() {
	for s.ctx.Err() == nil {
		o, resumes, change := s.next()
		c, id, now, moved := s.k.where()
		if now != resumes {
			continue // resumed in between
		}
		if o == nil || c == nil || c.ctx.Err() != nil {
			select {
			case <-change:
			case <-moved:
			case <-s.ctx.Done():
				return
			}
			continue
		}
		s.send(c, id, o, resumes)
	}
}

func (s *sending) send(c *session, id string, o *outgoing, resumes int) {
	s.mu.Lock()
	off, left := o.off, s.left
	s.mu.Unlock()
	start := time.Now()
	ctx, stop := context.WithTimeout(s.ctx, left)
	defer stop()
	_, err := guard(ctx, job{run: func(ctx context.Context) (any, error) {
		if off == o.Size {
			return nil, nil
		}
		return nil, c.send(ctx, id, s.params[o.Document].Channel, o.Result, off, func(done int64) { s.k.progress("sending", o.Document, done, o.Size) })
	}})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resumes != resumes || err != nil && (c.ctx.Err() != nil || s.ctx.Err() != nil) {
		return // that connection counts no more, or nothing does
	}
	s.left -= time.Since(start)
	o.sent, o.err = err == nil, err
	// A document that changed is one document; a page that takes nothing takes no
	// other.
	if err != nil && !errors.Is(err, signing.ErrSelfCheck) {
		s.broken = err
		for _, other := range s.items {
			if !other.sent && other.err == nil {
				other.err = err
			}
		}
	}
	s.changed()
}

// flush waits until everything is sent, and tells what could not be, by document.
func (s *sending) flush() map[int]error {
	if s == nil {
		return nil
	}
	for {
		o, _, change := s.next()
		ended := s.k.ctx.Err()
		if o == nil || ended != nil {
			return s.errors(ended)
		}
		select {
		case <-change:
		case <-s.k.ctx.Done():
		}
	}
}

// errors are those of sending; ended is that of what was not sent.
func (s *sending) errors(ended error) map[int]error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := make(map[int]error)
	for _, o := range s.items {
		if o.err != nil {
			errs[o.Document] = o.err
		} else if !o.sent {
			errs[o.Document] = ended
		}
	}
	return errs
}

// has tells whether a page can have so many bytes of these channels.
func (s *sending) has(held map[uint32]int64) bool {
	sizes := make(map[uint32]int64)
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, o := range s.items {
			sizes[s.params[o.Document].Channel] = o.Size
		}
	}
	for channel, n := range held {
		if n < 0 || n > sizes[channel] {
			return false
		}
	}
	return true
}

// restart goes on after what the page has, for a connection that is the request's
// after so many resumes.
func (s *sending) restart(held map[uint32]int64, resumes int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resumes, s.left = resumes, s.k.s.timing.transferTime(size(s.params))
	for _, o := range s.items {
		if o.err == nil {
			o.off = held[s.params[o.Document].Channel]
			o.sent = o.off == o.Size
		}
	}
	s.changed()
}
