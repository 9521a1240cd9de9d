package bridge

import (
	"context"
	"fmt"
	"os"

	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

// verifyParams asks for a verdict. The bytes of the document, then those of
// each piece of evidence, follow in binary frames.
type verifyParams struct {
	Document documentParams   `json:"document"`
	Evidence []evidenceParams `json:"evidence"`
}

// evidenceParams announces one DER certificate, CRL or OCSP response. Evidence
// is judged like any other: it needs no trust in the page.
type evidenceParams struct {
	Channel uint32 `json:"channel"`
	Kind    string `json:"kind"` // "certificate", "crl" or "ocsp"
	Size    int64  `json:"size"`
}

type verifyResult struct {
	Report *verify.Report `json:"report"`
}

// verifyDocument asks nobody: what it tells is in the document the page sent.
func verifyDocument(k *call) (job, error) {
	var p verifyParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	j := job{
		incoming: []documentParams{p.Document}, load: load{p.Document.Size, 1},
		run: func(ctx context.Context) (any, error) { return k.verify(ctx, p) },
	}
	for _, e := range p.Evidence {
		j.also = append(j.also, e.Channel)
		j.load = j.load.plus(load{e.Size, 1})
	}
	return j, p.check(k.s.o.MaxDocumentBytes)
}

func (k *call) verify(ctx context.Context, p verifyParams) (any, error) {
	total := p.Document.Size
	for _, e := range p.Evidence {
		total += e.Size
	}
	receiving, stop := context.WithTimeout(ctx, k.s.timing.transferTime(total))
	defer stop()
	documents, closeAll, err := k.receiveAll(receiving, []documentParams{p.Document})
	defer closeAll()
	if err != nil {
		return nil, err
	}
	files, closeEvidence, err := k.receiveEvidence(receiving, p.Evidence)
	defer closeEvidence()
	if err != nil {
		return nil, err
	}
	// What has arrived waits for its turn; a slow page keeps nobody from theirs.
	select {
	case k.s.verifySlot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-k.s.verifySlot }()
	evidence, err := readEvidence(p.Evidence, files)
	if err != nil {
		return nil, err
	}
	k.progress("verifying", 0, 0, p.Document.Size)
	policy := k.s.o.Policy()
	policy.Progress = func(done, total int64) { k.progress("verifying", 0, done, total) }
	report, err := k.s.o.Signing.Look(ctx, documents[0], evidence, policy)
	if err != nil {
		return nil, err
	}
	return verifyResult{report}, nil
}

func (p verifyParams) check(maxBytes int64) error {
	if err := p.Document.check(maxBytes); err != nil {
		return err
	}
	if len(p.Evidence) > maxEvidenceItems {
		return badRequest("too many pieces of evidence")
	}
	total := int64(0)
	for _, e := range p.Evidence {
		if e.Size < 1 || e.Kind != "certificate" && e.Kind != "crl" && e.Kind != "ocsp" {
			return badRequest("evidence kind or size")
		}
		// Checked one by one, so that no sum can overflow.
		if total += min(e.Size, maxEvidenceBytes+1); total > maxEvidenceBytes {
			return signing.ErrTooLarge
		}
	}
	return nil
}

// receiveEvidence takes the pieces into temporary files: in memory they are only
// while the document is verified.
func (k *call) receiveEvidence(ctx context.Context, params []evidenceParams) (files []*os.File, closeAll func(), err error) {
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, e := range params {
		f, err := k.s.spool.create()
		if err != nil {
			return files, closeAll, err
		}
		files = append(files, f)
		if _, err := k.receive(ctx, e.Channel, e.Size, f, func(int64) {}); err != nil {
			return files, closeAll, err
		}
	}
	return files, closeAll, nil
}

func readEvidence(params []evidenceParams, files []*os.File) (ev verify.Evidence, err error) {
	for i, e := range params {
		b := make([]byte, e.Size)
		if _, err := files[i].ReadAt(b, 0); err != nil {
			return ev, fmt.Errorf("%w: %w", errStorage, err)
		}
		switch e.Kind {
		case "certificate":
			ev.Certificates = append(ev.Certificates, b)
		case "crl":
			ev.CRLs = append(ev.CRLs, b)
		case "ocsp":
			ev.OCSPs = append(ev.OCSPs, b)
		}
	}
	return ev, nil
}
