package bridge

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"sync"

	"kyso/agent/internal/signing"
)

// signParams asks for one signature on each document. The bytes follow in
// binary frames, document after document, as the agent grants credit.
type signParams struct {
	Documents   []documentParams `json:"documents"`
	Level       string           `json:"level"`
	Certificate string           `json:"certificate"`
	Reason      string           `json:"reason"`
	Location    string           `json:"location"`
	Field       string           `json:"field"`
	Language    string           `json:"language"`
}

type documentParams struct {
	Channel uint32 `json:"channel"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
}

// signResult comes after the last signed document has been sent.
type signResult struct {
	Certificate certificate      `json:"certificate"`
	Documents   []signedDocument `json:"documents"`
}

type signedDocument struct {
	Channel uint32 `json:"channel"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
	Field   string `json:"field"`
	Level   string `json:"level"`
}

func sign(k *call) (job, error) {
	var p signParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	j := job{run: func(ctx context.Context) (any, error) { return k.sign(ctx, p) }}
	for _, d := range p.Documents {
		j.channels = append(j.channels, d.Channel)
	}
	return j, p.check(k.c.s.o.MaxDocumentBytes)
}

func (k *call) sign(ctx context.Context, p signParams) (any, error) {
	// One at a time over all pages, from the first byte on: there is one person
	// to ask.
	release, ok := k.c.s.takeSign()
	if !ok {
		return nil, signing.ErrBusy
	}
	defer release()
	if k.c.s.o.Signing.Busy() {
		return nil, signing.ErrBusy
	}
	receiving, stop := context.WithTimeout(ctx, k.c.s.timing.transferTime(p.bytes()))
	defer stop()
	documents, closeAll, err := k.receiveAll(receiving, p.Documents)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	language := p.Language
	if k.c.s.o.Language != "" {
		language = k.c.s.o.Language
	}
	results, err := k.c.s.o.Signing.Sign(ctx, signing.Request{
		Origin: k.c.origin.String(), Documents: documents, Level: p.Level, CertificateID: p.Certificate,
		Reason: p.Reason, Location: p.Location, Field: p.Field, Language: language,
	}, func(e signing.Event) { k.progress(string(e.Stage), e.Document, e.Done, e.Total) })
	if err != nil {
		return nil, err
	}
	release() // sending needs no person
	return k.sendAll(ctx, p.Documents, results)
}

// takeSign takes the place of the one signing request, when it is free. release
// may be called more than once.
func (s *Server) takeSign() (release func(), ok bool) {
	select {
	case s.signSlot <- struct{}{}:
	default:
		return nil, false
	}
	s.changed(func(st *State) { st.Signing = true })
	return sync.OnceFunc(func() {
		<-s.signSlot
		s.changed(func(st *State) { st.Signing = false })
	}), true
}

// busy tells whether somebody's document is being signed, here or through the
// service.
func (s *Server) busy() bool { return len(s.signSlot) > 0 || s.o.Signing.Busy() }

// check refuses what can be refused before a byte is taken.
func (p signParams) check(maxBytes int64) error {
	if len(p.Documents) == 0 || len(p.Documents) > signing.MaxDocuments {
		return badRequest("number of documents")
	}
	if p.Level != "" && p.Level != "B-B" {
		return fmt.Errorf("level %q: %w", clip(p.Level), signing.ErrLevel)
	}
	if !plain(p.Certificate, maxTokenBytes) || !plain(p.Field, maxTokenBytes) || !plain(p.Reason, maxTextBytes) || !plain(p.Location, maxTextBytes) {
		return badRequest("text is too long or holds control characters")
	}
	if p.Language != "" && p.Language != "vi" && p.Language != "en" {
		return badRequest("language")
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

// receiveAll takes the documents into temporary files. closeAll, which is never
// nil, ends them.
func (k *call) receiveAll(ctx context.Context, params []documentParams) (documents []signing.Document, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for i, d := range params {
		f, err := k.c.s.spool.create()
		if err != nil {
			return nil, closeAll, err
		}
		files = append(files, f)
		sum, err := k.receive(ctx, d.Channel, d.Size, f, func(done int64) { k.progress("receiving", i, done, d.Size) })
		if err != nil {
			return nil, closeAll, err
		}
		if want, _ := digestOf(d.SHA256); d.SHA256 != "" && want != sum {
			return nil, closeAll, signing.ErrChanged
		}
		documents = append(documents, signing.Document{Name: d.Name, Data: f, Size: d.Size, SHA256: sum})
	}
	return documents, closeAll, nil
}

// sendAll returns the signed documents on the channels they came on.
func (k *call) sendAll(ctx context.Context, params []documentParams, results []signing.Result) (any, error) {
	total := int64(0)
	for _, r := range results {
		total += r.Size
	}
	ctx, stop := context.WithTimeout(ctx, k.c.s.timing.transferTime(total))
	defer stop()
	answer := signResult{Certificate: describe(results[0].Identity)}
	for i, r := range results {
		if err := k.send(ctx, params[i].Channel, r, func(done int64) { k.progress("sending", i, done, r.Size) }); err != nil {
			return nil, err
		}
		answer.Documents = append(answer.Documents, signedDocument{params[i].Channel, r.Name, r.Size, hex.EncodeToString(r.SHA256[:]), r.Field, r.Level})
	}
	return answer, nil
}
