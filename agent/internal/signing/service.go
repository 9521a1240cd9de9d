// Package signing takes one request from a page or the command line to signed
// documents: look, freeze, ask, sign, check. It never signs a byte that nobody
// approved, never tries a PIN twice, and never hands over a document it has not
// verified.
package signing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// MaxDocuments bounds a batch. A person has to be able to go through the list he
// approves: 500 lines are a morning's incoming mail of a large office, and some
// minutes of reading. It also keeps what is held of each document (its line, the
// state of a hash) and the manifest a page sends (a frame) small.
const MaxDocuments = 500

// maxText bounds reason, location and field name, in characters: what the
// window shows in full. Nothing may be signed that the person could not read.
const maxText = 160

// defaultMaxDocumentBytes is what Options.MaxDocumentBytes 0 means: room for any
// scanned dossier.
const defaultMaxDocumentBytes = 256 << 20

// defaultAskTimeout is what Options.AskTimeout 0 means: time to read a document
// list and find the token, and not so long that a forgotten window holds the
// agent for the afternoon.
const defaultAskTimeout = 5 * time.Minute

// Options are the parts of a Service.
type Options struct {
	// Keys and Approver are required.
	Keys     Keys
	Approver Approver
	// ApproveData asks about data that is no document. Nil: none is signed.
	ApproveData func(ctx context.Context, q DataQuestion) (Approval, error)
	// Clock tells the time, for /M and for the validity of certificates. It is
	// required.
	Clock func() time.Time
	// MaxDocumentBytes bounds one document. Zero means 256 MiB.
	MaxDocumentBytes int64
	// AskTimeout bounds the wait for the person. Zero means 5 minutes.
	AskTimeout time.Duration
	// Levels makes the levels above B-B, and asks for the status of
	// certificates before the person is asked. Nil: B-B alone, and no status.
	Levels *Levels
	// Level is what a request that names none gets. Empty means "B-B".
	Level string
	// Audit, when not nil, must have recorded each decision before a key is used.
	Audit Auditor
	// Stamps makes the stamps that requests wish for. Nil: there are none.
	Stamps Stamps
	// Choose asks the person which of several certificates it is to be. Nil:
	// requests that need one must name it.
	Choose func(context.Context, ChooseQuestion) (Choice, error)
	// Choices remembers what was chosen, nil nothing.
	Choices Choices
}

// Service signs, one request at a time. Its parts cannot be exchanged once it
// is made: an approver stays with the keys it was made for.
type Service struct {
	keys       Keys
	approver   Approver
	askData    func(context.Context, DataQuestion) (Approval, error)
	clock      func() time.Time
	maxBytes   int64
	askTimeout time.Duration
	levels     *Levels
	level      string
	audit      Auditor
	stamps     Stamps
	chooser    func(context.Context, ChooseQuestion) (Choice, error)
	choices    Choices
	one        sync.Mutex // held while a request is being worked on
}

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.Keys == nil || o.Approver == nil || o.Clock == nil {
		return nil, errors.New("make signing service: keys, approver and clock are required")
	}
	s := &Service{keys: o.Keys, approver: o.Approver, clock: o.Clock, maxBytes: o.MaxDocumentBytes, askTimeout: o.AskTimeout, levels: o.Levels, level: o.Level,
		audit: o.Audit, stamps: o.Stamps, chooser: o.Choose, choices: o.Choices}
	if s.maxBytes == 0 {
		s.maxBytes = defaultMaxDocumentBytes
	}
	if s.level == "" {
		s.level = "B-B"
	}
	if s.askTimeout == 0 {
		s.askTimeout = defaultAskTimeout
	}
	s.askData = o.ApproveData
	return s, nil
}

// Sign signs the documents of r with one consent, one PIN and one opened key.
// Everything that can be refused is refused before the person is asked: with
// Stop the first refusal is the error, a *DocumentError, with Continue the
// person is asked for the rest.
//
// An error means that nothing was signed. When one document or more was, there
// is a result for each of r.Documents, in their order, and its Err says why it
// was not signed. There are results beside an error too when the documents'
// own errors are its cause.
//
// When ctx ends, nothing more is signed; what the token has signed by then is
// still checked and delivered if that takes little time.
//
// progress, which may be nil, is called by one goroutine at a time, but not
// always this one. A second call while one is running gets ErrBusy.
func (s *Service) Sign(ctx context.Context, r Request, progress func(Event)) ([]Result, error) {
	if !s.one.TryLock() {
		return nil, ErrBusy
	}
	defer s.one.Unlock()
	if err := s.check(&r); err != nil {
		return nil, err
	}
	t := newTeller(progress)
	defer t.end()
	identities, err := s.usable(ctx, r.CertificateID)
	if err != nil {
		return nil, ended(ctx, err)
	}
	identities, notices, err := s.standing(ctx, r.Level, identities)
	if err != nil {
		return nil, ended(ctx, err)
	}
	log := s.auditOf(r)
	// Stamp and order are shown as they are for one certificate.
	identities, err = s.choose(ctx, r, identities)
	if err != nil {
		log.declined(ctx, err)
		return nil, ended(ctx, err)
	}
	if err := s.grant(&r, identities[0]); err != nil {
		return nil, err
	}
	originals, err := s.look(ctx, r, identities, t.tell)
	if err != nil {
		return nil, ended(ctx, err)
	}
	wanted := shownOf(originals)
	if len(wanted) == 0 {
		results := refused(originals, t)
		return results, documentError(results[0], len(results))
	}
	t.tell(Event{Stage: StageWaiting})
	log.only(wanted)
	reading, end := context.WithCancel(ctx)
	defer end()
	if r, originals, err = s.review(ctx, reading, r, originals, identities, notices); err != nil {
		log.declined(ctx, err)
		return nil, ended(ctx, err)
	}
	results := refused(originals, t)
	wanted = shownOf(originals)
	log.only(wanted)
	identity, key, err := s.ask(ctx, r, originals, identities, notices, log)
	if err != nil {
		return nil, ended(ctx, err)
	}
	s.signAll(ctx, r, wanted, identity, key, results, t)
	log.done(ctx, wanted, results)
	return results, nothingSigned(ctx, results)
}

// refused are the results of what will not be signed; the others have none yet.
func refused(originals []*original, t *teller) []Result {
	results := make([]Result, len(originals))
	for i, o := range originals {
		results[i] = Result{Document: i, Name: o.Name, Err: o.err}
		if o.err != nil {
			t.finished(i)
		}
	}
	return results
}

// nothingSigned is nil when one document was signed, and otherwise why the first
// of those that were asked for was not.
func nothingSigned(ctx context.Context, results []Result) error {
	first := -1
	for i, r := range results {
		if r.Err == nil {
			return nil
		}
		if first < 0 || errors.Is(results[first].Err, ErrNotTried) {
			first = i
		}
	}
	return ended(ctx, documentError(results[first], len(results)))
}

// documentError is a result's error, with the document's name where there are
// several.
func documentError(r Result, of int) error {
	if of == 1 {
		return r.Err
	}
	return &DocumentError{r.Document, r.Name, r.Err}
}

// Levels are the levels that can be made.
func (s *Service) Levels() []string {
	if s.levels.check("B-LTA", true) != nil {
		return levelNames[:1:1]
	}
	return slices.Clone(levelNames)
}

// Identities lists the certificates at hand, usable or not.
func (s *Service) Identities(ctx context.Context) ([]Identity, error) {
	identities, err := s.keys.Identities(ctx)
	if err != nil {
		return nil, ended(ctx, fmt.Errorf("list certificates: %w", err))
	}
	return identities, nil
}

// Busy tells whether a request is being worked on.
func (s *Service) Busy() bool {
	if s.one.TryLock() {
		s.one.Unlock()
		return false
	}
	return true
}

// check refuses what needs no look at the documents.
func (s *Service) check(r *Request) error {
	if r.Level == "" {
		r.Level = s.level
	}
	if err := s.levels.check(r.Level, true); err != nil {
		return err
	}
	if r.Language == "" {
		r.Language = "vi"
	}
	// A reason is words.
	if r.OutOfOrder = strings.TrimSpace(r.OutOfOrder); !strings.ContainsFunc(r.OutOfOrder, unicode.IsLetter) && r.OutOfOrder != "" {
		return fmt.Errorf("the reason to leave the order %q has no word: %w", r.OutOfOrder, ErrRequest)
	}
	if !slices.Contains(profiles, r.Profile) {
		return fmt.Errorf("profile %q: %w", r.Profile, ErrRequest)
	}
	if r.ContentTimestamp {
		if err := s.levels.check("B-T", true); err != nil {
			return err
		}
	}
	for _, text := range []string{recorded(r.Reason, r.OutOfOrder), r.Location, r.Field} {
		if err := showable(text); err != nil {
			return err
		}
	}
	if len(r.Documents) == 0 || len(r.Documents) > MaxDocuments {
		return fmt.Errorf("%d documents, expected 1 to %d: %w", len(r.Documents), MaxDocuments, ErrRequest)
	}
	for i, d := range r.Documents {
		if d.Data == nil || d.Size < 0 {
			return fmt.Errorf("document %d has no data: %w", i+1, ErrRequest)
		}
		if d.Size > s.maxBytes {
			return fmt.Errorf("document %d has %d bytes, at most %d: %w", i+1, d.Size, s.maxBytes, ErrTooLarge)
		}
	}
	return nil
}

// ended gives the reason ctx ended, when it did, in place of whatever error
// that caused further down.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%v)", ctx.Err(), err)
	}
	return err
}
