package signing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kyso/signature/verify"
)

// Why a level is not reached. Nothing is handed over then.
var (
	ErrTimestamp    = errors.New("no timestamp could be had")
	ErrEvidence     = errors.New("evidence of validity could not be had")
	ErrRevoked      = errors.New("the certificate is revoked")
	ErrBadSignature = errors.New("a signature of the document is proven bad")
	ErrUnreachable  = errors.New("the level cannot be reached")
	ErrUnsigned     = errors.New("the document is not signed")
)

// worded is an error with words for people in both languages, as those of
// package fetch.
type worded interface {
	error
	Words() (vi, en string)
}

// EvidenceError is an ErrEvidence that says of which certificates, and which
// addresses were asked in vain.
type EvidenceError struct {
	Missing  []verify.Missing
	Problems []error
}

// Error names the certificates and addresses.
func (e *EvidenceError) Error() string {
	_, en := e.Words()
	return ErrEvidence.Error() + ": " + en
}

// Unwrap is ErrEvidence and the problems.
func (e *EvidenceError) Unwrap() []error { return append([]error{ErrEvidence}, e.Problems...) }

// Words say the same in both languages.
func (e *EvidenceError) Words() (vi, en string) {
	var inVI, inEN []string
	for _, m := range e.Missing {
		v, n, addresses := "tình trạng thu hồi", "the revocation status", append(m.OCSPs[:len(m.OCSPs):len(m.OCSPs)], m.CRLs...)
		if m.Need == "issuer" {
			v, n, addresses = "chứng thư số của CA đã cấp", "the certificate of the issuer", m.Issuers
		}
		from := ""
		if len(addresses) > 0 {
			from = " (" + shown(strings.Join(addresses, ", ")) + ")"
		}
		inVI = append(inVI, v+" của “"+shown(m.Subject)+"”"+from)
		inEN = append(inEN, n+" of “"+shown(m.Subject)+"”"+from)
	}
	for _, p := range e.Problems {
		v, n := p.Error(), p.Error()
		var w worded
		if errors.As(p, &w) {
			v, n = w.Words()
		}
		inVI, inEN = append(inVI, v), append(inEN, n)
	}
	return strings.Join(inVI, "; "), strings.Join(inEN, "; ")
}

// maxShown bounds a stranger's text in a message.
const maxShown = 300

// shown takes the controls out of a stranger's text and cuts it.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}

// VerdictError is an ErrBadSignature, ErrRevoked or ErrUnreachable with the
// verdict that stands in the way.
type VerdictError struct {
	Err           error
	Field         string
	SubIndication string
	Reason        verify.Message
}

func verdictError(err error, s *verify.Signature) *VerdictError {
	e := &VerdictError{Err: err, Field: s.Field, SubIndication: s.SubIndication}
	if s.Reason != nil {
		e.Reason = *s.Reason
	}
	return e
}

// Error names field and verdict.
func (e *VerdictError) Error() string {
	_, en := e.Words()
	return fmt.Sprintf("%v: %s", e.Err, en)
}

// Unwrap is the kind of error.
func (e *VerdictError) Unwrap() error { return e.Err }

// Words say the same in both languages.
func (e *VerdictError) Words() (vi, en string) {
	sub := ""
	if e.SubIndication != "" {
		sub = " [" + e.SubIndication + "]"
	}
	field := shown(e.Field)
	return "chữ ký ở ô “" + field + "”: " + e.Reason.VI + sub, "the signature in field “" + field + "”: " + e.Reason.EN + sub
}

// RevokedError is an ErrRevoked found out before signing.
type RevokedError struct {
	Subject string // the certificate's, or a CA's above it
	At      time.Time
}

// Error names certificate and moment.
func (e *RevokedError) Error() string {
	_, en := e.Words()
	return ErrRevoked.Error() + ": " + en
}

// Unwrap is ErrRevoked.
func (e *RevokedError) Unwrap() error { return ErrRevoked }

// Words say the same in both languages.
func (e *RevokedError) Words() (vi, en string) {
	// As in the report: the time of Vietnam, whatever zone the computer has.
	at := e.At.In(time.FixedZone("", 7*60*60))
	return fmt.Sprintf("chứng thư số “%s” bị thu hồi lúc %s", shown(e.Subject), at.Format("15:04 02/01/2006 -07:00")),
		fmt.Sprintf("the certificate “%s” was revoked on %s", shown(e.Subject), at.Format("2006-01-02 15:04 -07:00"))
}
