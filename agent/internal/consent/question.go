// Package consent shows a person what is about to be signed and brings back
// the answer: yes or no, which certificate, and the PIN.
// It never decides for the person, never signs, and never keeps a PIN.
package consent

import (
	"errors"
	"time"
)

// Bounds on a question. A page can ask for many documents with long names;
// the window, and the arguments of the program that draws it, stay small.
const (
	// A batch beyond this cannot be looked through by a person.
	maxDocuments = 1000
	// A person has a few certificates; several tokens hold a few more.
	maxCertificates = 64
	// Identifiers are hashes in hex, made by the agent.
	maxIDLength = 256
	// PINs have 4 to 16 characters; the password of a key file may be longer.
	maxPINLength = 256
	// Space for maxDocuments with names of 1 KiB, and the certificates.
	maxQuestionBytes = 4 << 20
	// One identifier, one PIN in base64, one error text.
	maxAnswerBytes = 8 << 10
	// maxDataText is how much of a text is shown: more than a person reads.
	maxDataText = 64 << 10
	// A pairing code is said aloud or compared by eye.
	minCode, maxCode = 4, 16
)

// The kinds of question.
const (
	KindSign   = ""       // may these documents be signed?
	KindData   = "data"   // may this be signed, which is no document?
	KindPair   = "pair"   // does the page show the same words?
	KindChoose = "choose" // which certificate is the request for?
)

// ErrNobodyToAsk means there is no window system and no terminal in which a
// person could be asked. Nothing may be signed then.
var ErrNobodyToAsk = errors.New("there is no display (on Linux with GTK 3 or zenity installed) and no terminal to ask the person in")

// ErrNoUsableCertificate means every certificate offered is on a locked token,
// so that there is nothing to choose.
var ErrNoUsableCertificate = errors.New("every certificate is on a locked token")

// The states of a PIN counter, as Certificate.PINState tells them.
const (
	PINFine   = ""       // nothing to report
	PINLow    = "low"    // a wrong PIN was entered lately
	PINFinal  = "final"  // one more wrong PIN locks the token
	PINLocked = "locked" // the token takes no PIN any more
)

// Question is what the person is asked: may Site have exactly these documents
// signed with one of these certificates? Or one of the other kinds.
type Question struct {
	// Kind is one of the Kind constants.
	Kind string `json:"kind,omitempty"`
	// Site is the exact origin the browser attested ("https://host[:port]"),
	// or "" when the command line asks.
	Site string `json:"site"`
	// Documents are the frozen manifest, at least one for KindSign.
	Documents []Document `json:"documents,omitempty"`
	// Data is what KindData asks about.
	Data *Data `json:"data,omitempty"`
	// Code is what KindPair shows as words, 4 to 16 bytes.
	Code []byte `json:"code,omitempty"`
	// LeftOut are documents that were asked for and will not be signed.
	LeftOut []LeftOut `json:"leftOut,omitempty"`
	// Notices are what the person should know of the certificates, in the
	// question's language.
	Notices []string `json:"notices,omitempty"`
	// Certificates are what the person may choose from, at least one; none for
	// KindPair.
	Certificates []Certificate `json:"certificates,omitempty"`
	// Language is "vi" or "en"; anything else is "vi".
	Language string `json:"language,omitempty"`
	// Reason, Location and Field go into the signature. Each is shown as a
	// quotation in a line of its own, and cut beyond 160 characters, which
	// the caller refuses.
	Reason   string `json:"reason,omitempty"`
	Location string `json:"location,omitempty"`
	Field    string `json:"field,omitempty"`
	// Level is the PAdES level of the signatures, "B-B" to "B-LTA", or "" when
	// there is none to tell.
	Level string `json:"level,omitempty"`
	// AskPIN says that the key needs a PIN typed here. Certificates with
	// PINPad set take it on their reader and are never asked for it.
	AskPIN bool `json:"askPin,omitempty"`
	// AllowInjected takes answers given by programs that imitate keyboard and
	// mouse, as screen keyboards and remote support do. False is the safe choice:
	// such an answer is thrown away where the system tells it from a person's.
	AllowInjected bool `json:"allowInjected,omitempty"`
	// CanView says that somebody opens documents on request; Child sets it.
	CanView bool `json:"canView,omitempty"`
}

// Data is what is to be signed without being a document.
type Data struct {
	Purpose string `json:"purpose"`        // one of the Purpose constants
	Text    string `json:"text,omitempty"` // what it says; "" for a bare digest
	Cut     bool   `json:"cut,omitempty"`  // Text is not all of it
	Size    int64  `json:"size"`           // bytes; of a bare digest its own
	SHA256  string `json:"sha256"`         // 64 hex digits; "" for a digest that is another's
	// Hash is the digest of PurposeHash in hex digits, Function what made it: SHA-256,
	// SHA-384 or SHA-512.
	Hash     string `json:"hash,omitempty"`
	Function string `json:"function,omitempty"`
}

// The purposes of Data.
const (
	PurposeMessage = "message" // a text that somebody else will read
	PurposeLogin   = "login"   // a challenge that proves who is there
	PurposeJSON    = "json"    // a structure that a program will read
	PurposeHash    = "hash"    // a digest of nobody knows what
)

// Document is one entry of the manifest.
type Document struct {
	Name       string `json:"name"`
	Size       int64  `json:"size"`       // bytes
	Pages      int    `json:"pages"`      // 0: not known
	SHA256     string `json:"sha256"`     // 64 hex digits
	Signatures int    `json:"signatures"` // signatures the document carries already
	Broken     int    `json:"broken"`     // of them, those no longer intact and valid
	// Earlier are the signatures, Stamp says where the visible one will stand,
	// Notices what the person should know: texts in the question's language.
	Earlier []Earlier `json:"earlier,omitempty"`
	Stamp   string    `json:"stamp,omitempty"`
	Notices []string  `json:"notices,omitempty"`
	// Reason is this document's own, where the Question has none for all; Terms
	// are what else its signature says and does, in the question's language.
	Reason string   `json:"reason,omitempty"`
	Terms  []string `json:"terms,omitempty"`
}

// LeftOut is a document that will not be signed.
type LeftOut struct {
	Name string `json:"name"`
	Why  string `json:"why"` // one sentence in the question's language
}

// Certificate is one entry of the choice.
type Certificate struct {
	ID           string    `json:"id"` // opaque; comes back in Answer
	Holder       string    `json:"holder"`
	Organisation string    `json:"organisation,omitempty"`
	Issuer       string    `json:"issuer"`
	Serial       string    `json:"serial,omitempty"`
	NotAfter     time.Time `json:"notAfter"`
	PINState     string    `json:"pinState,omitempty"` // one of the PIN constants
	PINPad       bool      `json:"pinPad,omitempty"`   // the PIN is typed on the reader
}

// Answer is what the person said.
type Answer struct {
	Approved    bool
	Certificate string // Certificate.ID of the choice; "" when refused
	// PIN as typed, in UTF-8; nil when refused or not asked. Whoever receives
	// it sets every byte to zero after its use.
	PIN []byte
	// Remember: the choice is to be kept for the site; KindChoose alone.
	Remember bool
}

// String tells the answer without the PIN, so that a log line or an error
// cannot carry it.
func (a Answer) String() string {
	if !a.Approved {
		return "refused"
	}
	return "approved with certificate " + a.Certificate
}

// GoString is String: "%#v" must not print the PIN either.
func (a Answer) GoString() string { return a.String() }
