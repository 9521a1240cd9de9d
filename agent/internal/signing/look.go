package signing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
)

// original is a document as it was when its manifest line was frozen.
type original struct {
	Document
	summary Summary
	report  *verify.Report
}

// look reads every document and freezes the manifest. What is not a sound,
// open PDF is refused here.
func (s *Service) look(ctx context.Context, r Request, progress func(Event)) ([]original, error) {
	originals := make([]original, 0, len(r.Documents))
	for i, d := range r.Documents {
		o, err := s.lookAt(ctx, d, func(done int64) {
			progress(Event{Stage: StageChecking, Document: i, Done: done, Total: d.Size})
		})
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		originals = append(originals, o)
	}
	return originals, nil
}

func (s *Service) lookAt(ctx context.Context, d Document, step func(done int64)) (original, error) {
	data := contextReader{ctx, d.Data}
	doc, err := openPDF(data, d.Size)
	if err != nil {
		return original{}, err
	}
	if doc.Encrypted() {
		return original{}, pades.ErrEncrypted
	}
	pages, err := doc.Pages()
	if err != nil {
		return original{}, fmt.Errorf("count pages: %w: %w", ErrDamaged, err)
	}
	sum, err := digest(data, d.Size, step)
	if err != nil {
		return original{}, err
	}
	if d.SHA256 != [32]byte{} && d.SHA256 != sum {
		return original{}, fmt.Errorf("announced %x, found %x: %w", d.SHA256[:4], sum[:4], ErrChanged)
	}
	// Trust plays no part here: only what is intact before must be so after.
	report, err := verify.Document(doc, verify.Evidence{}, verify.Policy{At: s.clock()})
	if err != nil {
		return original{}, fmt.Errorf("look at earlier signatures: %w: %w", ErrDamaged, err)
	}
	summary := Summary{Name: d.Name, Size: d.Size, Pages: pages, SHA256: sum, Signatures: len(report.Signatures)}
	for _, sig := range report.Signatures {
		if !sound(sig) {
			summary.Broken++
		}
	}
	return original{Document: d, summary: summary, report: report}, nil
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
