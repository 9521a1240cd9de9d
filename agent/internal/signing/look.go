package signing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// original is a document as it was when its manifest line was frozen.
type original struct {
	Document
	index   int
	summary Summary
	// found is the part of summary that does not depend on how it is signed.
	found Summary
	// hashed is a SHA-256 over all its bytes: what is signed later is what was
	// hashed here, and shown.
	hashed hash.Cloner
	report *verify.Report
	// at is where its stamp stands.
	at *spot
	// stampText is what its stamp says, nil without one; terms are what the
	// person was shown that the signature says and does.
	stampText *verify.Message
	terms     pades.Terms
	// needsReason: the law's order is left, and the request says why.
	needsReason bool
	// handed is what was given to Request.Deliver, which may have passed it on
	// whatever it says; zero until then.
	handed struct {
		size   int64
		sha256 [32]byte
	}
	// unplaced is why there is no place for its stamp, when a review may find one.
	unplaced error
	// err is why it will not be signed.
	err error
}

// look reads every document, several at once, freezes the manifest, and tries
// out a signature of the first of ids. What is not a sound, open PDF is refused
// here, and so is what cannot be extended. The error is the first document's
// when r.OnError is Stop.
func (s *Service) look(ctx context.Context, r Request, ids []Identity, tell func(Event)) ([]*original, error) {
	originals := make([]*original, len(r.Documents))
	var failed atomic.Bool
	var all sync.WaitGroup
	free := make(chan struct{}, workers())
	for i, d := range r.Documents {
		o := &original{Document: d, index: i}
		originals[i] = o
		free <- struct{}{}
		if ctx.Err() != nil || failed.Load() && r.OnError == Stop {
			break
		}
		all.Go(func() {
			defer func() { <-free }()
			o.err = guard(func() error {
				return s.lookAt(ctx, o, ids, r, func(done int64) {
					tell(Event{Stage: StageChecking, Document: i, Done: done, Total: d.Size})
				})
			})
			if o.err != nil {
				failed.Store(true)
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if failed.Load() && r.OnError == Stop {
		for _, o := range originals {
			if o != nil && o.err != nil {
				return nil, documentError(Result{Document: o.index, Name: o.Name, Err: o.err}, len(r.Documents))
			}
		}
	}
	return originals, nil
}

// maxWorkers bounds how many documents of a batch are read at once. Beyond
// four, disks and memory set the pace.
const maxWorkers = 4

func workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }

// lookAt fills in what is found of a document.
func (s *Service) lookAt(ctx context.Context, o *original, ids []Identity, r Request, step func(done int64)) error {
	fixed, err := bind(o.Data, o.Size)
	if err != nil {
		return err
	}
	defer fixed.forget()
	if o.hashed, err = digest(contextReader{ctx, o.Data}, o.Size, step, fixed); err != nil {
		return err
	}
	// From here on nothing is read but what was hashed.
	o.Data = fixed
	doc, err := openPDF(contextReader{ctx, o.Data}, o.Size)
	if err != nil {
		return err
	}
	if doc.Encrypted() {
		return pades.ErrEncrypted
	}
	pages, err := doc.Pages()
	if err != nil {
		return fmt.Errorf("count pages: %w: %w", ErrDamaged, err)
	}
	sum := [32]byte(o.hashed.Sum(nil))
	if o.SHA256 != [32]byte{} && o.SHA256 != sum {
		return fmt.Errorf("announced %x, found %x: %w", o.SHA256[:4], sum[:4], ErrChanged)
	}
	// Trust plays no part here: only what is intact before must be so after.
	o.report, err = verify.Document(doc, verify.Evidence{}, verify.Policy{At: s.clock()})
	if err != nil {
		return fmt.Errorf("look at earlier signatures: %w: %w", ErrDamaged, err)
	}
	o.summary = Summary{Name: o.Name, Size: o.Size, Pages: pages, SHA256: sum, Signatures: len(o.report.Signatures)}
	for _, sig := range o.report.Signatures {
		if !sound(sig) {
			o.summary.Broken++
		}
	}
	if err := s.lookAtEarlier(ctx, doc, o); err != nil {
		return err
	}
	return s.propose(ctx, doc, o, ids, r)
}

// propose fills in what depends on how o, which was looked at and which doc holds,
// is to be signed: whether this signature may follow, where its stamp stands, what
// it says.
func (s *Service) propose(ctx context.Context, doc *pdf.File, o *original, ids []Identity, r Request) error {
	o.found = o.summary
	if err := o.lookAtOrder(ids, r); err != nil {
		return err
	}
	err := s.rehearse(ctx, doc, o, ids[0], r)
	if r.Review != nil && errors.Is(err, ErrPlace) {
		o.unplaced, err = err, nil // the person may know a place
	}
	return err
}

// openPDF tells apart what is no PDF at all, what is a broken one, and what
// could not be read.
func openPDF(r io.ReaderAt, size int64) (*pdf.File, error) {
	doc, err := pdf.Open(r, size)
	if err == nil {
		return doc, nil
	}
	var format *pdf.FormatError
	if !errors.As(err, &format) {
		return nil, fmt.Errorf("open PDF: %w", err)
	}
	// Viewers look for the header in the first 1024 bytes.
	head := make([]byte, min(size, 1024))
	n, readErr := r.ReadAt(head, 0)
	if readErr != nil && readErr != io.EOF {
		return nil, fmt.Errorf("open PDF: %w", readErr)
	}
	if !bytes.Contains(head[:n], []byte("%PDF-")) {
		return nil, ErrNotPDF
	}
	return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
}

// Look judges the signatures of one document, with the same refusals Sign
// gives: not a PDF, damaged, too large. A bad signature is in the report; an
// error means the document could not be looked at.
func (s *Service) Look(ctx context.Context, d Document, ev verify.Evidence, p verify.Policy) (*verify.Report, error) {
	if d.Size > s.maxBytes {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", d.Size, s.maxBytes, ErrTooLarge)
	}
	doc, err := openPDF(contextReader{ctx, d.Data}, d.Size)
	if err != nil {
		return nil, ended(ctx, err)
	}
	report, err := verify.Document(doc, ev, p)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("verify: %w: %w", ErrDamaged, err))
	}
	report.File = d.Name
	return report, nil
}
