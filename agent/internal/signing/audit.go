package signing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Decision is what became of a question.
type Decision string

// The decisions. The first three let the key be used.
const (
	Approved    Decision = "approved"     // the person did, at a window or a terminal
	CommandLine Decision = "command line" // the PIN came with the command
	Unattended  Decision = "unattended"   // the demonstration's own key
	Refused     Decision = "refused"
	TimedOut    Decision = "timeout"
	Withdrawn   Decision = "withdrawn" // whoever asked did not wait for the answer
	NotAsked    Decision = "not asked" // nobody could be
)

// An Auditor keeps the log of what was asked, decided and signed.
type Auditor interface {
	// Record has e on the disk when it returns nil. Before a key is used that is a
	// condition: with an error nothing is signed.
	Record(ctx context.Context, e AuditEntry) error
}

// AuditEntry is a record: of a decision before the key is used, or, without a
// Decision, of what came of one.
type AuditEntry struct {
	Request string // the same in both, and random
	Origin  string // empty for the command line
	Kind    string // "document", or what else is to be signed
	// Decision is empty in the record of the outcomes.
	Decision Decision
	// Outcome is a code where Documents have none.
	Outcome string
	// Identity is the one chosen, nil where nobody agreed.
	Identity  *Identity
	Documents []AuditDocument
}

// AuditDocument is a document of a request.
type AuditDocument struct {
	Name   string
	Size   int64
	SHA256 [32]byte // zero where nobody looked at it
	// Of a signed document; beside a code, of one that was given to
	// Request.Deliver, which failed.
	SignedSize   int64
	SignedSHA256 [32]byte
	// Outcome is "SIGNED", or the code of why it was not, in the record of the
	// outcomes.
	Outcome string
}

// ErrAudit is a log that cannot be written.
var ErrAudit = errors.New("the record of the decision cannot be kept")

// DecisionOf is the decision that an answer's error comes to.
func DecisionOf(err error) Decision {
	switch {
	case errors.Is(err, context.Canceled):
		return Withdrawn
	case errors.Is(err, ErrRefused):
		return Refused
	case errors.Is(err, ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	}
	return NotAsked
}

// audit is the log of one request, which there may be none of.
type audit struct {
	log   Auditor
	entry AuditEntry
}

// auditOf begins the log of a request, of the documents that were looked at, or
// of all.
func (s *Service) auditOf(r Request) *audit {
	a := &audit{s.audit, AuditEntry{Request: rand.Text(), Origin: r.Origin, Kind: "document"}}
	for _, d := range r.Documents {
		a.entry.Documents = append(a.entry.Documents, AuditDocument{Name: d.Name, Size: d.Size, SHA256: d.SHA256})
	}
	return a
}

// auditOfData begins the log of data that is no document.
func (s *Service) auditOfData(q DataQuestion) *audit {
	return &audit{s.audit, AuditEntry{Request: rand.Text(), Origin: q.Origin, Kind: "data",
		Documents: []AuditDocument{{Name: string(q.Purpose), Size: q.Size, SHA256: q.SHA256}}}}
}

// only leaves of the documents those the person is asked for.
func (a *audit) only(wanted []*original) {
	a.entry.Documents = nil
	for _, o := range wanted {
		a.entry.Documents = append(a.entry.Documents, AuditDocument{Name: o.summary.Name, Size: o.summary.Size, SHA256: o.summary.SHA256})
	}
}

// approved is called before the key is opened, and so before the PIN is used.
func (a *audit) approved(ctx context.Context, d Decision, id Identity) error {
	if a.log == nil {
		return nil
	}
	if a.entry.Decision = d; d == "" {
		a.entry.Decision = Approved
	}
	a.entry.Identity = &id
	if err := a.log.Record(ctx, a.entry); err != nil {
		return fmt.Errorf("%w: %w", ErrAudit, err)
	}
	return nil
}

// declined records why the person did not agree. There is nothing to keep from
// happening if it cannot be: whoever keeps the log tells of it.
func (a *audit) declined(ctx context.Context, err error) {
	if a.log != nil {
		a.entry.Decision = DecisionOf(err)
		a.log.Record(context.WithoutCancel(ctx), a.entry)
	}
}

// failed records that the key could not be opened.
func (a *audit) failed(ctx context.Context, err error) {
	if a.log != nil {
		a.outcome(ctx, AuditEntry{Outcome: Code(err)})
	}
}

// done records what became of the documents.
func (a *audit) done(ctx context.Context, wanted []*original, results []Result) {
	if a.log == nil {
		return
	}
	var e AuditEntry
	for _, o := range wanted {
		r := results[o.index]
		d := AuditDocument{Name: o.summary.Name, Size: o.summary.Size, SHA256: o.summary.SHA256, Outcome: "SIGNED", SignedSize: r.Size, SignedSHA256: r.SHA256}
		if r.Err != nil {
			// Who took the signed document and says that he did not still has it.
			d.Outcome, d.SignedSize, d.SignedSHA256 = Code(r.Err), o.handed.size, o.handed.sha256
		}
		e.Documents = append(e.Documents, d)
	}
	a.outcome(ctx, e)
}

// signed records that data was signed.
func (a *audit) signed(ctx context.Context) {
	if a.log == nil {
		return
	}
	d := a.entry.Documents[0]
	d.Outcome = "SIGNED"
	a.outcome(ctx, AuditEntry{Documents: []AuditDocument{d}})
}

// outcome records e, whatever has ended meanwhile: the key has been used.
func (a *audit) outcome(ctx context.Context, e AuditEntry) {
	e.Request, e.Origin, e.Kind, e.Identity = a.entry.Request, a.entry.Origin, a.entry.Kind, a.entry.Identity
	a.log.Record(context.WithoutCancel(ctx), e)
}
