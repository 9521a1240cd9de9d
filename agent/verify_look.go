package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/report"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

const (
	// maxLookers bounds the documents looked at at once: each keeps a table
	// of objects and its evidence in memory.
	maxLookers = 4
	// largeDocument is looked at alone, since what a document takes in memory
	// grows with its objects.
	largeDocument = 8 << 20
)

// looker judges documents, several at once, all with the same policy.
type looker struct {
	policy   verify.Policy
	evidence verify.Evidence
	fetcher  *fetch.Fetcher // nil: nothing is fetched
	password []byte         // of documents that need one, nil without
	stdin    *spool
	// alone is held by one large document or shared by small ones.
	alone sync.RWMutex
}

// job is one input and where its document will be.
type job struct {
	input
	done chan report.Document
}

// lookAll looks at inputs with so many lookers, and hands each document to emit
// in the order of inputs. It returns as soon as ctx is done; what is being
// looked at then ends by itself. A document that cannot be looked at stops
// nothing.
func (l *looker) lookAll(ctx context.Context, inputs []input, lookers int, show *progress, emit func(report.Document) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan job)
	ordered := make(chan job, 2*lookers) // how far the quick may run ahead of the slow
	go func() {
		defer close(ordered)
		defer close(work)
		for _, in := range inputs {
			j := job{in, make(chan report.Document, 1)}
			for _, to := range []chan job{ordered, work} {
				select {
				case to <- j:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for range lookers {
		go func() {
			for j := range work {
				j.done <- l.look(ctx, j.input, show)
			}
		}()
	}
	for j := range ordered {
		select {
		case d := <-j.done:
			// What Ctrl-C kept from being read is not unreadable.
			if ctx.Err() != nil {
				return ctx.Err()
			}
			show.next()
			if err := emit(d); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// look judges one input. It always has a report; where the input could not be
// looked at, that says why.
func (l *looker) look(ctx context.Context, in input, show *progress) (d report.Document) {
	defer func() {
		// Whoever sends a file must not be able to end the run over the others.
		if p := recover(); p != nil {
			d = report.Document{Report: l.unreadable(in.name, fmt.Errorf("unexpected fault: %v", p)), Unread: true}
		}
	}()
	r, problems, err := l.judge(ctx, in, show)
	if err != nil {
		return report.Document{Report: l.unreadable(in.name, err), Unread: true}
	}
	r.File = in.name
	return report.Document{Report: r, Fetch: problems}
}

func (l *looker) judge(ctx context.Context, in input, show *progress) (*verify.Report, []error, error) {
	if in.fault != nil {
		return nil, nil, in.fault
	}
	source, size, closer, err := l.open(in.name)
	if err != nil {
		return nil, nil, err
	}
	defer closer.Close()
	return l.judgeAll(&wholeReader{ctx: ctx, source: source, size: size}, show)
}

// judgeAll gives no report over a document of which something could not be read.
func (l *looker) judgeAll(whole *wholeReader, show *progress) (*verify.Report, []error, error) {
	r, problems, err := l.judgeRead(whole, show)
	if failed := whole.failed(); failed != nil {
		return nil, nil, failed
	}
	return r, problems, err
}

func (l *looker) judgeRead(whole *wholeReader, show *progress) (*verify.Report, []error, error) {
	policy := l.policy
	if whole.size < largeDocument {
		l.alone.RLock()
		defer l.alone.RUnlock()
	} else {
		l.alone.Lock()
		defer l.alone.Unlock()
		policy.Progress = show.bytes
	}
	doc, err := pdf.Open(whole, whole.size)
	if err != nil {
		return nil, nil, err
	}
	wrongPassword := false
	if errors.Is(doc.Locked(), pdf.ErrPassword) && l.password != nil {
		// A wrong one leaves it locked, which the report says.
		wrongPassword = errors.Is(doc.Unlock(l.password), pdf.ErrPassword)
	}
	look := func(ev verify.Evidence) (*verify.Report, error) {
		r, err := verify.Document(doc, ev, policy)
		if err == nil && wrongPassword {
			r.Reason = &msgWrongPassword
		}
		return r, err
	}
	if l.fetcher == nil {
		r, err := look(l.evidence)
		return r, nil, err
	}
	return l.fetcher.Complete(whole.ctx, l.evidence, look)
}

func (l *looker) open(name string) (io.ReaderAt, int64, io.Closer, error) {
	if name == "-" {
		r, size, err := l.stdin.read()
		return r, size, io.NopCloser(nil), err
	}
	f, size, err := openRegular(name)
	return f, size, f, err
}

// wholeReader ends the reading of a document when ctx is done, as the engine
// knows no context, and remembers that a read failed: the engine may take what
// it cannot read for absent, and no verdict may rest on that.
type wholeReader struct {
	ctx    context.Context
	source io.ReaderAt
	size   int64

	mu  sync.Mutex
	err error
}

func (r *wholeReader) ReadAt(p []byte, off int64) (n int, err error) {
	if err = r.ctx.Err(); err == nil {
		n, err = r.source.ReadAt(p, off)
	}
	if int64(n) >= min(int64(len(p)), r.size-off) {
		return n, err
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF // somebody shortens the file meanwhile
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = fmt.Errorf("read the document: %w", err)
	}
	return n, err
}

// failed is the first error of a read, or nil.
func (r *wholeReader) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
