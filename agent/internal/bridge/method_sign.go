package bridge

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// signParams asks for one signature on each document. The bytes follow in
// binary frames, document after document, as the agent grants credit.
type signParams struct {
	Capability  string           `json:"capability"`
	Documents   []documentParams `json:"documents"`
	Level       string           `json:"level"`
	Certificate string           `json:"certificate"`
	Reason      string           `json:"reason"`
	Location    string           `json:"location"`
	Field       string           `json:"field"`
	Language    string           `json:"language"`
	OnError     string           `json:"onError,omitempty"` // "stop" (default) or "continue"
	stampParams
}

type documentParams struct {
	Channel uint32 `json:"channel"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
}

// signResult comes after the last signed document has been sent. There is an
// outcome for each document of the request, in their order.
type signResult struct {
	Certificate certificate       `json:"certificate"`
	Documents   []documentOutcome `json:"documents"`
}

// documentOutcome is what became of one document: either the members of a signed
// one, or the error.
type documentOutcome struct {
	Channel uint32   `json:"channel"`
	Name    string   `json:"name"`
	Size    int64    `json:"size,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
	Field   string   `json:"field,omitempty"`
	Level   string   `json:"level,omitempty"`
	Error   *failure `json:"error,omitempty"`
}

// batchError is the error of a batch, and what is known of each document.
type batchError struct {
	err       error
	documents []documentOutcome
}

func (e *batchError) Error() string { return e.err.Error() }
func (e *batchError) Unwrap() error { return e.err }

func sign(k *call) (job, error) {
	var p signParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	if err := k.redeem(p.Capability); err != nil {
		return job{}, err
	}
	if err := p.check(k.s.o.MaxDocumentBytes, k.s.o.Signing.Levels()); err != nil {
		return job{}, err
	}
	return job{
		incoming: p.Documents, load: load{p.bytes(), len(p.Documents)}, lasting: true,
		run: func(ctx context.Context) (any, error) { return k.sign(ctx, p) },
	}, k.s.rates.mayAsk(k.origin)
}

func (k *call) sign(ctx context.Context, p signParams) (any, error) {
	receiving, stop := context.WithTimeout(ctx, k.s.timing.transferTime(p.bytes()))
	defer stop()
	documents, closeAll, err := k.receiveAll(receiving, p.Documents)
	k.atEnd = append(k.atEnd, closeAll)
	if err != nil {
		return nil, err
	}
	// One at a time over all pages, and only what has arrived: there is one
	// person to ask, and nobody waits for a slow page.
	turn, err := k.s.queue.join(k.origin, len(documents))
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	if err := turn.wait(ctx, k.queued); err != nil {
		return nil, err
	}
	// It may have been refused others while this one waited, or been closed.
	if err := errors.Join(k.s.rates.mayAsk(k.origin), k.stillMay()); err != nil {
		return nil, err
	}
	out := k.startSending(p.Documents, documents)
	r := signing.Request{
		Origin: k.origin.String(), Documents: documents, Level: p.Level, CertificateID: p.Certificate,
		Reason: p.Reason, Location: p.Location, Field: p.Field, Language: k.s.language(p.Language), Deliver: out.add, Waiting: turn.others,
	}
	p.fill(&r)
	if p.OnError == "continue" {
		r.OnError = signing.Continue
	}
	shown := reviewer{k: k}
	defer shown.end(outcomeFailed) // whatever happens
	if k.reviewed(p.visible()) {
		r.Review = shown.show
	}
	results, err := k.s.o.Signing.Sign(ctx, r, func(e signing.Event) {
		k.count(e.Finished)
		if e.Stage == signing.StageSigning {
			k.approved()
		}
		if e.Stage != signing.StageDone { // the page has the document's own frames
			k.progress(string(e.Stage), e.Document, e.Done, e.Total)
		}
	})
	shown.end(outcomeOf(results, err))
	turn.leave() // sending needs no person
	if refused := errors.Is(err, signing.ErrRefused); refused || results != nil {
		k.s.rates.answered(k.origin, !refused)
	}
	return k.answerFor(p, results, err, out.flush())
}

// stillMay is session.stillMay for a request that may have no connection.
func (k *call) stillMay() error {
	switch k.s.o.Sites.Standing(k.origin, []byte(k.pageKey)) {
	case origin.Refused:
		return errClosedSite
	case origin.Unpaired:
		return errUnpaired
	}
	return nil
}

// answerFor is the result when one document or more has been signed and sent, and
// otherwise the error. sendErrors are those of sending, by document.
func (k *call) answerFor(p signParams, results []signing.Result, err error, sendErrors map[int]error) (any, error) {
	var one *signing.DocumentError
	if results == nil && errors.As(err, &one) {
		// Refused beforehand, and the others with it.
		for i, d := range p.Documents {
			results = append(results, signing.Result{Document: i, Name: d.Name, Err: signing.ErrNotTried})
		}
		results[one.Document].Err = one.Err
	}
	if results == nil {
		return nil, err
	}
	var done signResult
	sent := 0
	for i, r := range results {
		if e := sendErrors[i]; e != nil && r.Err == nil {
			r.Err = e
			if err == nil && sent == 0 {
				err = e
			}
		}
		o := documentOutcome{Channel: p.Documents[i].Channel, Name: r.Name}
		if r.Err == nil {
			sent++
			done.Certificate = describe(r.Identity)
			o.Size, o.SHA256, o.Field, o.Level = r.Size, hex.EncodeToString(r.SHA256[:]), r.Field, r.Level
		} else {
			o.Error = failureOf(codeOf(r.Err))
			if len(results) > 1 && !errors.Is(r.Err, signing.ErrNotTried) {
				k.note("document not signed", r.Err)
			}
		}
		done.Documents = append(done.Documents, o)
	}
	switch {
	case sent > 0:
		return done, nil
	case len(results) == 1:
		return nil, err
	}
	return nil, &batchError{err, done.Documents}
}

// check refuses what can be refused before a byte is taken.
func (p signParams) check(maxBytes int64, levels []string) error {
	if len(p.Documents) == 0 || len(p.Documents) > signing.MaxDocuments {
		return badRequest("number of documents")
	}
	if p.Level != "" && !slices.Contains(levels, p.Level) {
		return fmt.Errorf("level %q: %w", clip(p.Level), signing.ErrLevel)
	}
	if !plain(p.Certificate, maxTokenBytes) || !plain(p.Field, maxTokenBytes) || !plain(p.Reason, maxTextBytes) || !plain(p.Location, maxTextBytes) {
		return badRequest("text is too long or holds control characters")
	}
	if !isLanguage(p.Language) {
		return badRequest("language")
	}
	if p.OnError != "" && p.OnError != "stop" && p.OnError != "continue" {
		return badRequest("onError")
	}
	if err := p.stampParams.check(); err != nil {
		return err
	}
	for _, d := range p.Documents {
		if err := d.check(maxBytes); err != nil {
			return err
		}
	}
	if p.bytes() > batchFactor*maxBytes {
		return signing.ErrTooLarge
	}
	return nil
}

// bytes is the size of all documents. It cannot overflow once each was checked.
func (p signParams) bytes() (total int64) {
	for _, d := range p.Documents {
		total += d.Size
	}
	return total
}

func (d documentParams) check(maxBytes int64) error {
	if _, ok := digestOf(d.SHA256); !ok || !fileName(d.Name) || d.Size < 0 {
		return badRequest("document name, size or digest")
	}
	if d.Size == 0 {
		return signing.ErrNotPDF
	}
	if d.Size > maxBytes {
		return signing.ErrTooLarge
	}
	return nil
}
