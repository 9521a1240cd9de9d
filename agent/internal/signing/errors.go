package signing

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"kyso/signature/pades"
)

// What can be told apart by whoever called. Each has one code for people; see
// Code.
var (
	ErrBusy    = errors.New("another request is being signed")
	ErrRequest = errors.New("the request is not valid")
	ErrLevel   = errors.New("the signature level is not supported")

	ErrNotPDF    = errors.New("the document is not a PDF")
	ErrDamaged   = errors.New("the PDF is damaged or truncated")
	ErrTooLarge  = errors.New("the document is larger than allowed")
	ErrChanged   = errors.New("the document's bytes are not those of its digest")
	ErrSelfCheck = errors.New("the signed document did not pass the self-check")
	ErrNotTried  = errors.New("another document of the batch could not be signed")
	ErrPlace     = errors.New("there is no place for the stamp")
	ErrStamp     = errors.New("the stamp cannot be made")
	ErrOrder     = errors.New("the agency signs after the person")

	ErrRefused     = errors.New("the person declined")
	ErrTimeout     = errors.New("nobody answered in time")
	ErrNobodyToAsk = errors.New("there is no screen to ask on")
	ErrConsent     = errors.New("the person could not be asked")

	ErrNoToken       = errors.New("no token is present")
	ErrNoCertificate = errors.New("no certificate that may sign")
	ErrExpired       = errors.New("the certificate is not valid at this time")
	ErrPINIncorrect  = errors.New("the PIN is incorrect")
	ErrPINFinalTry   = errors.New("the PIN is incorrect and one try is left")
	ErrPINLocked     = errors.New("the PIN is locked")
	ErrTokenRemoved  = errors.New("the token was removed")
	ErrModule        = errors.New("the token's library failed")
)

// Code is the symbolic code of err, a key of the table in package i18n. An
// error nobody named is "INTERNAL".
func Code(err error) string {
	for _, c := range []struct {
		err  error
		code string
	}{
		// An ended context comes first: it is what made the other errors.
		{context.Canceled, "CANCELLED"},
		// Servers that did not answer in time are among what these hold.
		{ErrTimestamp, "TIMESTAMP_UNAVAILABLE"}, {ErrRevoked, "CERTIFICATE_REVOKED"}, {ErrBadSignature, "SIGNATURE_BAD"},
		{ErrEvidence, "EVIDENCE_UNAVAILABLE"}, {ErrUnreachable, "LEVEL_UNREACHABLE"}, {ErrUnsigned, "NOT_SIGNED"},
		{ErrTimeout, "TIMEOUT"}, {context.DeadlineExceeded, "TIMEOUT"},
		{ErrBusy, "BUSY"}, {ErrRequest, "BAD_REQUEST"}, {ErrLevel, "LEVEL_UNSUPPORTED"},
		{ErrNotPDF, "NOT_A_PDF"}, {ErrDamaged, "DAMAGED_PDF"}, {ErrTooLarge, "TOO_LARGE"}, {ErrChanged, "DOCUMENT_CHANGED"},
		{ErrSelfCheck, "SELF_CHECK_FAILED"}, {ErrNotTried, "NOT_TRIED"},
		{ErrPlace, "NO_PLACE"}, {pades.ErrPlace, "NO_PLACE"}, {ErrStamp, "STAMP_PROBLEM"}, {ErrOrder, "PERSON_FIRST"}, {pades.ErrDynamicForm, "DYNAMIC_FORM"}, {pades.ErrNotFirst, "NOT_FIRST"},
		{pades.ErrEncrypted, "ENCRYPTED_PDF"}, {pades.ErrLocked, "LOCKED_PDF"}, {pades.ErrNoField, "NO_FIELD"}, {pades.ErrFieldSigned, "FIELD_SIGNED"},
		{ErrRefused, "REFUSED"}, {ErrNobodyToAsk, "NOBODY_TO_ASK"}, {ErrConsent, "CONSENT_PROBLEM"}, {ErrAudit, "AUDIT_PROBLEM"},
		{ErrNoToken, "NO_TOKEN"}, {ErrNoCertificate, "NO_CERTIFICATE"}, {ErrExpired, "CERTIFICATE_EXPIRED"},
		{ErrPINFinalTry, "PIN_FINAL_TRY"}, {ErrPINIncorrect, "PIN_INCORRECT"}, {ErrPINLocked, "PIN_LOCKED"},
		{ErrTokenRemoved, "TOKEN_REMOVED"}, {ErrModule, "MODULE_PROBLEM"},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	var room *pades.RoomError
	if errors.As(err, &room) {
		return "TIMESTAMP_UNAVAILABLE" // its answer is larger than any known one's
	}
	var demand *pades.SeedError
	if errors.As(err, &demand) {
		return "FIELD_DEMANDS"
	}
	return "INTERNAL"
}

// DocumentError is the error of one document of a batch.
type DocumentError struct {
	Document int // index into Request.Documents
	Name     string
	Err      error
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("document %d, %q: %v", e.Document+1, e.Name, e.Err)
}

func (e *DocumentError) Unwrap() error { return e.Err }

// PanicError is a fault of this program that one document has tripped. It holds
// the type of the panic's value and no more, since the value may quote the
// document.
type PanicError struct {
	Value string
	Stack []byte
}

func (e *PanicError) Error() string { return "panic with a " + e.Value }

// guard calls f, and makes an error of its panic: a document that trips a parser
// ends itself and not the agent.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{fmt.Sprintf("%T", v), debug.Stack()}
		}
	}()
	return f()
}
