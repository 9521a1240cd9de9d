package signing

import (
	"context"
	"crypto"
	"crypto/x509"
	"io"
)

// A Document is what somebody wants signed.
type Document struct {
	// Name is what the person is shown: the file's name, no path.
	Name string
	// Data holds Size bytes. They must not change until the results have been
	// handed over; if they do, the call fails.
	Data io.ReaderAt
	Size int64
	// SHA256 is what the sender says the digest is. Zero: nothing was said.
	// The digest the person approves is always computed here, from Data.
	SHA256 [32]byte
}

// A Request asks for one signature on each document.
type Request struct {
	// Origin is the web origin that asks, from the browser's own header; empty
	// for the command line.
	Origin    string
	Documents []Document
	// Level is the PAdES baseline level. Empty means "B-B", the only one made
	// today.
	Level string
	// CertificateID limits the choice to one Identity. Empty: the person
	// chooses.
	CertificateID string
	// Reason and Location go into the signature as they are; both may be empty.
	Reason, Location string
	// Field is the empty signature field to fill, or the name of the one to
	// make, the same in every document; empty: a new field.
	Field string
	// Language is "vi" or "en"; empty is "vi".
	Language string
}

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
}

// A Question asks a person to approve exactly these documents.
type Question struct {
	Origin           string
	Documents        []Summary
	Identities       []Identity // the certificates that may be chosen, at least one
	Reason, Location string
	Field            string // empty: a new field
	Language         string // "vi" or "en"
}

// An Approval is the person's answer.
type Approval struct {
	Approved      bool
	CertificateID string // one of the Question's
	PIN           []byte // zeroed by the Service after its one use
}

// Approver asks a person. It returns promptly when ctx ends. Errors it may wrap:
// ErrNobodyToAsk. Refusing is no error but an Approval that is not Approved.
type Approver interface {
	Approve(ctx context.Context, q Question) (Approval, error)
}

// Stage is the step a request has reached.
type Stage string

// The stages, in their order.
const (
	StageChecking  Stage = "checking"
	StageWaiting   Stage = "waiting-for-person"
	StageSigning   Stage = "signing"
	StageVerifying Stage = "verifying"
)

// An Event tells how far a request has come.
type Event struct {
	Stage    Stage
	Document int // index into Request.Documents, 0 while waiting
	// Done of Total bytes; both 0 when the stage is not counted in bytes.
	Done, Total int64
}

// A Result is one signed document which has passed the self-check.
type Result struct {
	Name string
	// Signed is the original document followed by the appended signature. It
	// reads the original through Document.Data.
	Signed   io.ReaderAt
	Size     int64
	SHA256   [32]byte // of all Size bytes
	Field    string   // the signature's field
	Level    string
	Identity Identity // who signed
}
