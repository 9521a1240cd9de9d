package vgca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/stamp"
)

// exchange is where documents come from and go to.
type exchange struct {
	k           *call
	upload      string
	credentials fetch.Credentials
	fields      []fetch.Field
}

func (k *call) exchange(upload, session, token text, fields metadata) *exchange {
	return &exchange{k, strings.TrimSpace(string(upload)),
		fetch.Credentials{Bearer: string(token), Cookie: k.s.o.SessionCookie, Session: string(session)}, fields}
}

// signFile is every method with one document: get it, have it signed, put it
// back.
func signFile(ctx context.Context, k *call, question []byte) (any, error) {
	var r fileRequest
	if err := read(question, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	x := k.exchange(r.FileUploadHandler, r.SessionId, r.JWTToken, r.MetaData)
	done, err := k.sign(ctx, x, []string{string(r.FileName)}, nil, stamp.Values{Number: strings.TrimSpace(string(r.DocNumber)), Form: "SAO Y"})
	if err == nil {
		err = done[0].err
	}
	if err != nil {
		return nil, err
	}
	a := done[0].answer
	return fileReply{
		Status: statusOK, FileName: or(string(a.FileName), done[0].name), FileServer: a.server(),
		DocumentNumber: or(string(a.DocumentNumber), string(r.DocNumber)), DocumentDate: or(string(a.DocumentDate), string(r.IssuedDate)),
	}, nil
}

// batchError is why a batch was not signed whole, and what became of each
// document.
type batchError struct {
	err   error
	files []fileOutcome
}

func (e *batchError) Error() string { return e.err.Error() }
func (e *batchError) Unwrap() error { return e.err }

// signFiles has many documents signed with one consent.
func signFiles(ctx context.Context, k *call, question []byte) (any, error) {
	var r filesRequest
	if err := read(question, &r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	var addresses, names []string
	for _, f := range r.Files {
		addresses, names = append(addresses, string(f.URL)), append(names, string(f.FileName))
	}
	x := k.exchange(r.FileUploadHandler, r.SessionId, r.JWTToken, r.MetaData)
	done, err := k.sign(ctx, x, addresses, names, stamp.Values{Form: "SAO Y"})
	if done == nil {
		return nil, err
	}
	out := make([]fileOutcome, len(done))
	signed := 0
	for i, d := range done {
		out[i] = fileOutcome{FileID: string(r.Files[i].FileID), FileSignedURL: noValue}
		if d.err == nil {
			out[i].FileSignedURL = d.answer.server()
			signed++
			continue
		}
		out[i].Status = statusFailed
		out[i].Message, out[i].Code = k.explain(d.err)
		if err == nil {
			err = d.err
		}
	}
	if signed == len(done) {
		return filesReply{Status: statusOK, Files: out}, nil
	}
	if signed > 0 {
		err = &fault{"SITE_PROBLEM", partly(signed, len(done))}
	}
	return nil, &batchError{err, out}
}

// finished is what became of one document.
type finished struct {
	name   string
	answer handlerAnswer
	err    error
}

// sign gets the documents at addresses, has them signed with one consent, and
// puts them back. names, where they are given, are what the page calls them.
// There are results beside an error when documents have errors of their own.
func (k *call) sign(ctx context.Context, x *exchange, addresses, names []string, v stamp.Values) ([]finished, error) {
	leave, ok := k.s.takeSlot(k.origin)
	if !ok {
		return nil, signing.ErrBusy
	}
	defer leave()
	// Nothing is signed that could not be handed over.
	if err := k.s.o.Sites.Check(k.origin, x.upload); err != nil {
		return nil, refusedAddress(err)
	}
	for _, a := range addresses {
		if err := k.s.o.Sites.Check(k.origin, strings.TrimSpace(a)); err != nil {
			return nil, refusedAddress(err)
		}
	}
	documents, closeAll, err := x.download(ctx, addresses, names)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	others, release, err := k.turn(ctx, len(documents))
	if err != nil {
		return nil, err
	}
	defer release()
	id, err := k.choose(ctx)
	if err != nil {
		return nil, err
	}
	r := signing.Request{
		Origin: k.origin.String(), Documents: documents, CertificateID: id, Profile: k.profile(), Language: k.s.o.Language, OnError: signing.Continue, Waiting: others,
	}
	if err := k.s.o.Stamp(&r, v); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := make([]finished, len(documents))
	for i, d := range documents {
		done[i].name = d.Name
	}
	signed := make([]*os.File, len(documents))
	defer func() {
		for _, f := range signed {
			if f != nil {
				f.Close()
			}
		}
	}()
	// Kept here for now: a site that is slow to take them must not keep the person
	// and the token from others.
	r.Deliver = func(_ context.Context, r signing.Result) error {
		f, err := k.keep(r)
		mu.Lock()
		defer mu.Unlock()
		signed[r.Document] = f
		return err
	}
	results, err := k.s.o.Signing.Sign(ctx, r, nil)
	release()
	if results == nil {
		return nil, k.clearer(ctx, err)
	}
	closeAll()
	var sending sync.WaitGroup
	free := make(chan struct{}, maxSending)
	for i, r := range results {
		if done[i].err = r.Err; r.Err != nil {
			continue
		}
		free <- struct{}{}
		sending.Go(func() {
			defer func() { <-free }()
			done[i].answer, done[i].err = x.put(ctx, r.Name, signed[i], r.Size)
		})
	}
	sending.Wait()
	return done, err
}

// keep puts a signed document aside.
func (k *call) keep(r signing.Result) (*os.File, error) {
	f, err := k.s.spool.Create()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStorage, err)
	}
	if _, err := io.Copy(f, io.NewSectionReader(r.Signed, 0, r.Size)); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %w", errStorage, err)
	}
	return f, nil
}

// profile is what this method's signatures stand for.
func (k *call) profile() signing.Profile {
	if p, ok := k.s.o.Profiles[k.method]; ok {
		return p
	}
	return *k.m.profile
}

// choose names the certificate, where that is this package's to do.
func (k *call) choose(ctx context.Context) (string, error) {
	usable, err := k.s.o.Signing.Usable(ctx)
	if err != nil || len(usable) == 1 || k.s.o.ChooseCertificate == nil {
		return "", err
	}
	return k.s.o.ChooseCertificate(ctx, k.origin, usable)
}

// clearer says what the service's refusal of a request without a certificate
// means for a person.
func (k *call) clearer(ctx context.Context, err error) error {
	if !errors.Is(err, signing.ErrRequest) {
		return err
	}
	if usable, listed := k.s.o.Signing.Usable(ctx); listed == nil && len(usable) > 1 {
		return errManyCertificates
	}
	return err
}

// download gets the documents into files. closeAll, which is never nil, ends
// them. One that cannot be had ends all: the person should see the whole batch.
func (x *exchange) download(ctx context.Context, addresses, names []string) (documents []signing.Document, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	total := int64(0)
	for i, a := range addresses {
		f, err := x.k.s.spool.Create()
		if err != nil {
			return nil, closeAll, fmt.Errorf("%w: %w", errStorage, err)
		}
		files = append(files, f)
		name, size, err := x.k.s.o.Sites.Download(ctx, x.k.origin, strings.TrimSpace(a), x.credentials, f)
		if err != nil {
			return nil, closeAll, err
		}
		if total += size; total > batchFactor*x.k.s.o.MaxDocumentBytes {
			return nil, closeAll, signing.ErrTooLarge
		}
		if size == 0 {
			return nil, closeAll, signing.ErrNotPDF
		}
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		documents = append(documents, signing.Document{Name: fileName(name), Data: f, Size: size})
	}
	return documents, closeAll, nil
}

// put hands a signed document to the site.
func (x *exchange) put(ctx context.Context, name string, signed io.ReaderAt, size int64) (handlerAnswer, error) {
	b, err := x.k.s.o.Sites.Upload(ctx, x.k.origin, x.upload, x.credentials, fetch.Upload{Fields: x.fields, Name: signedName(name), Data: signed, Size: size})
	if err != nil {
		return handlerAnswer{}, err
	}
	return readHandler(b)
}

// signedName is what handlers are told: they tell documents by it, and by the
// ending that it is a PDF.
func signedName(name string) string {
	if strings.HasSuffix(strings.ToLower(name), ".pdf") {
		return name
	}
	return name + ".pdf"
}

// refusedAddress says why an address of the page is not opened.
func refusedAddress(err error) error {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return err
	}
	why := (&fetch.Error{Code: e.Code, Kind: fetch.KindDownload}).Text()
	return &fault{"SITE_PROBLEM", i18n.Text{VI: "Chưa có gì được tải hay ký: " + why.VI + ".", EN: "Nothing was fetched or signed: " + why.EN + "."}}
}

// or is a, or b where a is empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// server is what FileServer is passed on as.
func (a handlerAnswer) server() json.RawMessage {
	if len(a.FileServer) == 0 {
		return noValue
	}
	return a.FileServer
}

// turn waits until the person can be asked.
func (k *call) turn(ctx context.Context, documents int) (others <-chan []signing.Waiting, release func(), err error) {
	if k.s.o.Turn != nil {
		return k.s.o.Turn(ctx, k.origin, documents)
	}
	if k.s.o.Signing.Busy() {
		return nil, nil, signing.ErrBusy
	}
	return nil, func() {}, nil
}
