package main

import (
	"context"
	"fmt"
	"io"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/signing"
)

// liveQuestion is what goes on while a question is open: documents are opened
// for the person, and told is who waits. end ends it.
func liveQuestion(q signing.Question) (live consent.Live, end func()) {
	viewer, done := new(consent.Viewer), make(chan struct{})
	if q.View != nil {
		live.View = func(ctx context.Context, document int) error {
			if document < 0 || document >= len(q.Documents) {
				return fmt.Errorf("view document %d of %d", document, len(q.Documents))
			}
			d := q.Documents[document]
			return viewer.Show(ctx, document, d.Name, d.SHA256, func(w io.Writer) error { return q.View(ctx, document, w) })
		}
	}
	if q.Waiting != nil {
		others := make(chan []consent.Waiting)
		live.Waiting = others
		go func() {
			for {
				var told []consent.Waiting
				select {
				case waiting, open := <-q.Waiting:
					if !open {
						return
					}
					for _, w := range waiting {
						told = append(told, consent.Waiting{Site: w.Origin, Documents: w.Documents})
					}
				case <-done:
					return
				}
				select {
				case others <- told:
				case <-done:
					return
				}
			}
		}()
	}
	return live, func() {
		close(done)
		viewer.Close()
	}
}

// allowing takes answers that programs give, where the administrator allows it.
type allowing struct{ asker }

func (a allowing) AskLive(ctx context.Context, q consent.Question, live consent.Live) (consent.Answer, error) {
	q.AllowInjected = true
	return a.asker.AskLive(ctx, q, live)
}
