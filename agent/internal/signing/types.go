package signing

import (
	"context"
	"crypto"
	"crypto/x509"
	"io"

	"kyso/signature/pades"
	"kyso/signature/placement"
	"kyso/signature/verify"
)

// A Document is what somebody wants signed.
type Document struct {
	// Name is what the person is shown: the file's name, no path.
	Name string
	// Data holds Size bytes, which may be read from several goroutines. They must
	// not change until the result has been handed over; if they do, the document
	// is not signed.
	Data io.ReaderAt
	Size int64
	// SHA256 is what the sender says the digest is. Zero: nothing was said.
	// The digest the person approves is always computed here, from Data.
	SHA256 [32]byte
	// Place is where the stamp stands in this document; a zero Place is the one
	// that the template names. Nil: where the request's stamp stands.
	Place *placement.Place
}

// A Request asks for one signature on each document.
type Request struct {
	// Origin is the web origin that asks, from the browser's own header; empty
	// for the command line.
	Origin    string
	Documents []Document
	// Level is the PAdES baseline level. Empty means "B-B"; the others need
	// Options.Levels.
	Level string
	// CertificateID limits the choice to one Identity. Empty: the person
	// chooses.
	CertificateID string
	// Reason and Location go into the signature as they are; both may be empty.
	Reason, Location string
	// Profile is what the signatures stand for. It decides who must have signed
	// before.
	Profile Profile
	// OutOfOrder is why an agency signs what no person has validly signed; it is
	// recorded in the signature. Without it such a document is an *OrderError.
	OutOfOrder string
	// Stamp makes the signatures visible, nil leaves them invisible. Wish, in its
	// place, names one that Options.Stamps makes.
	Stamp *Stamp
	Wish  *Wish
	// ContentTimestamp puts a timestamp of the authority into what is signed, and
	// its time into the stamp. It needs Options.Levels.
	ContentTimestamp bool
	// Certify makes each signature, which must then be the first of its document,
	// one that says what may come after it.
	Certify pades.Permission
	// Field is the empty signature field to fill, or the name of the one to
	// make, the same in every document; empty: a new field.
	Field string
	// Language is "vi" or "en"; empty is "vi".
	Language string
	// OnError says what becomes of the others when one document cannot be
	// signed.
	OnError OnError
	// Review, when not nil, lets the person look at the documents, and place their
	// stamps, before the question is asked. It is given up when its ctx ends. Its
	// error is the request's: ErrRefused from who declines, one that wraps
	// context.Canceled when the review came to no end.
	Review func(ctx context.Context, v *Review) error
	// Waiting, when not nil, gives what waits behind this request whenever that
	// changes. It goes into the Question as it is.
	Waiting <-chan []Waiting
	// Deliver, when not nil, is given each document as soon as it has passed its
	// self-check: what was delivered is done, whatever happens later. It may be
	// called from several goroutines at once and in any order. Its error is that
	// document's error. What is delivered is not kept here.
	Deliver func(ctx context.Context, r Result) error
}

// Waiting is a request that waits for its turn.
type Waiting struct {
	Origin    string
	Documents int // 0: it asks for no signature
}

// OnError is what happens to a batch when one of its documents cannot be
// signed. A key that fails ends every batch: it is never asked twice.
type OnError int

const (
	// Stop asks nobody when a document is refused beforehand, and signs no
	// further one once one has failed. What was signed by then is handed over.
	Stop OnError = iota
	// Continue leaves out what cannot be signed. The person is told what is
	// left out, and why, and asked for the rest.
	Continue
)

// An Identity is a certificate whose key is at hand.
type Identity struct {
	ID          string // stable and opaque
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // issuers, in any order; may be empty
	TokenLabel  string
	Software    bool   // the key is in a file
	PINPad      bool   // the PIN is typed on the reader
	PINState    string // "", "low", "final", "locked"
}

// Key signs until it is closed.
type Key interface {
	crypto.Signer
	Close() error
}

// Keys finds the keys at hand. Its errors should wrap one of this package's:
// ErrNoToken, ErrPINIncorrect, ErrPINFinalTry, ErrPINLocked, ErrTokenRemoved,
// ErrModule.
type Keys interface {
	Identities(ctx context.Context) ([]Identity, error)
	// Open logs in with pin, which it must not keep.
	Open(ctx context.Context, id string, pin []byte, o OpenOptions) (Key, error)
}

// OpenOptions say what the person knew when typing the PIN.
type OpenOptions struct {
	// LastTryShown: the window said that a wrong PIN now locks the token.
	// Without it the last try must not be used up.
	LastTryShown bool
}

// A Summary is what the person is shown of a document. The manifest of a
// request is its Summaries, frozen before anybody is asked.
type Summary struct {
	Name       string
	Size       int64
	Pages      int
	SHA256     [32]byte
	Signatures int // earlier signatures
	Broken     int // earlier signatures that are not intact and valid, or undone by a later change
	// Earlier are the earlier signatures, judged.
	Earlier []Earlier
	// Stamp says where the visible signature will stand, empty for an invisible
	// one; Notices what the person should know about this document.
	Stamp   verify.Message
	Notices []verify.Message
	// Reason is what the signature will give as its reason, which the field may
	// demand; Terms tell what else it says and does: the words of its stamp, what
	// it certifies and locks.
	Reason string
	Terms  []verify.Message
	// Demanded: the reason, or that the signature certifies, is in no request but
	// in the document's own field.
	Demanded bool
}

// A Question asks a person to approve exactly these documents.
type Question struct {
	Origin     string
	Documents  []Summary
	Identities []Identity // the certificates that may be chosen, at least one
	// Reason is what all the signatures give; empty where they differ, and the
	// Summaries have it.
	Reason, Location string
	Field            string // empty: a new field
	Level            string
	Language         string // "vi" or "en"
	// Notices are what the person should know of the certificates.
	Notices []verify.Message
	// LeftOut are the documents of the request that will not be signed.
	LeftOut []LeftOut
	// View writes one of Documents, the very bytes of its SHA256, for the person
	// to look at. It may be called until Approve returns.
	View func(ctx context.Context, document int, w io.Writer) error
	// Waiting is the Request's.
	Waiting <-chan []Waiting
}

// LeftOut is a document that was refused beforehand.
type LeftOut struct {
	Name string
	Err  error // Code tells it
}

// An Approval is the person's answer.
type Approval struct {
	Approved      bool
	CertificateID string // one of the Question's
	PIN           []byte // zeroed by the Service after its one use
	// Decision is how it was approved, for the log. Empty is Approved, by the
	// person who was asked.
	Decision Decision
}

// Approver asks a person. It returns promptly when ctx ends. Errors it may wrap:
// ErrNobodyToAsk. Refusing is no error but an Approval that is not Approved.
type Approver interface {
	Approve(ctx context.Context, q Question) (Approval, error)
}

// Stage is the step a document has reached.
type Stage string

// The stages, in their order.
const (
	StageChecking  Stage = "checking"
	StageWaiting   Stage = "waiting-for-person"
	StageSigning   Stage = "signing"
	StageVerifying Stage = "verifying"
	// StageDone: the document has its result, whichever that is.
	StageDone Stage = "done"
)

// An Event tells how far a request has come. In a batch the events of several
// documents are mixed.
type Event struct {
	Stage    Stage
	Document int // index into Request.Documents, 0 while waiting
	// Done of Total bytes; both 0 when the stage is not counted in bytes.
	Done, Total int64
	// Finished is how many of the request's documents have their result.
	Finished int
}

// A Result is what became of one document.
type Result struct {
	Document int // index into Request.Documents
	Name     string
	// Err is why it was not signed and delivered. Nil: it was, and passed the
	// self-check.
	Err error
	// Signed is the original document followed by the appended signature. It
	// reads the original through Document.Data. It is nil once the document has
	// been delivered.
	Signed   io.ReaderAt
	Size     int64
	SHA256   [32]byte // of all Size bytes
	Field    string   // the signature's field
	Level    string
	Identity Identity // who signed
	// Stamp, Notices and Terms are those of the Summary.
	Stamp          verify.Message
	Notices, Terms []verify.Message
}
