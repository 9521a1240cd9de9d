package bridge

import (
	"bytes"
	"context"

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
		channels: []uint32{p.Document.Channel},
		run:      func(ctx context.Context) (any, error) { return k.verify(ctx, p) },
	}
	for _, e := range p.Evidence {
		j.channels = append(j.channels, e.Channel)
	}
	return j, p.check(k.c.s.o.MaxDocumentBytes)
}

func (k *call) verify(ctx context.Context, p verifyParams) (any, error) {
	select {
	case k.c.s.verifySlot <- struct{}{}:
	default:
		return nil, signing.ErrBusy
	}
	defer func() { <-k.c.s.verifySlot }()
	total := p.Document.Size
	for _, e := range p.Evidence {
		total += e.Size
	}
	receiving, stop := context.WithTimeout(ctx, k.c.s.timing.transferTime(total))
	defer stop()
	documents, closeAll, err := k.receiveAll(receiving, []documentParams{p.Document})
	defer closeAll()
	if err != nil {
		return nil, err
	}
	evidence, err := k.receiveEvidence(receiving, p.Evidence)
	if err != nil {
		return nil, err
	}
	k.progress("verifying", 0, 0, p.Document.Size)
	policy := k.c.s.o.Policy()
	policy.Progress = func(done, total int64) { k.progress("verifying", 0, done, total) }
	report, err := k.c.s.o.Signing.Look(ctx, documents[0], evidence, policy)
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

func (k *call) receiveEvidence(ctx context.Context, params []evidenceParams) (ev verify.Evidence, err error) {
	for _, e := range params {
		var b bytes.Buffer
		if _, err := k.receive(ctx, e.Channel, e.Size, &b, func(int64) {}); err != nil {
			return ev, err
		}
		switch e.Kind {
		case "certificate":
			ev.Certificates = append(ev.Certificates, b.Bytes())
		case "crl":
			ev.CRLs = append(ev.CRLs, b.Bytes())
		case "ocsp":
			ev.OCSPs = append(ev.OCSPs, b.Bytes())
		}
	}
	return ev, nil
}
