package bridge

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"kyso/agent/internal/signing"
)

// sending returns signed documents to the page on the channels they came on, as
// they become ready, while others are being signed. A page that takes its time
// holds up neither the token nor whoever signs next.
type sending struct {
	k      *call
	ctx    context.Context
	params []documentParams
	files  []signing.Document
	queue  chan signing.Result // has room for all
	errs   map[int]error       // by document; the goroutine's until it has ended
	end    func() map[int]error
}

func (k *call) startSending(ctx context.Context, params []documentParams, files []signing.Document) *sending {
	s := &sending{k: k, ctx: ctx, params: params, files: files, queue: make(chan signing.Result, len(params)), errs: map[int]error{}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run()
	}()
	// end waits until everything is sent, and tells what could not be.
	s.end = sync.OnceValue(func() map[int]error {
		close(s.queue)
		<-ended
		return s.errs
	})
	return s
}

// add takes a signed document. It does not wait for the page.
func (s *sending) add(_ context.Context, r signing.Result) error {
	s.queue <- r
	return nil
}

func (s *sending) run() {
	total := int64(0)
	for _, d := range s.params {
		total += d.Size
	}
	// The page's time for all of them; what it waits for the token is not its
	// fault.
	left := s.k.c.s.timing.transferTime(total)
	var broken error
	for r := range s.queue {
		if broken != nil {
			s.errs[r.Document] = broken
			continue
		}
		start := time.Now()
		ctx, stop := context.WithTimeout(s.ctx, left)
		_, err := guard(ctx, job{run: func(ctx context.Context) (any, error) {
			return nil, s.k.send(ctx, s.params[r.Document].Channel, r, func(done int64) { s.k.progress("sending", r.Document, done, r.Size) })
		}})
		stop()
		left -= time.Since(start)
		if err != nil {
			s.errs[r.Document] = err
			// A document that changed is one document; a page that takes nothing
			// takes no other.
			if !errors.Is(err, signing.ErrSelfCheck) {
				broken = err
			}
		}
		// Its space on the disk is free at once.
		if f, ok := s.files[r.Document].Data.(io.Closer); ok {
			f.Close()
		}
	}
}
