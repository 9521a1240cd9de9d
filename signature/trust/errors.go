package trust

import (
	"crypto/x509"

	"kyso/signature/certificate"
)

// Reason says why no path was accepted.
type Reason int

// The reasons, from "hardly a path" to "nearly one": when several candidate
// paths fail, the error is the one with the greatest reason.
const (
	NoPath                   Reason = iota + 1 // no chain of names and signatures leads to an anchor
	TooManyCandidates                          // the search was given up, see maxSignatureChecks
	BadSignature                               // a certificate was not signed by the one named as issuer
	NotCA                                      // an issuer is no CA (basicConstraints)
	PathTooLong                                // a pathLenConstraint or Options.MaxIntermediates is exceeded
	KeyUsage                                   // an issuer may not sign certificates
	UnknownCriticalExtension                   // an extension that must be understood is not
	NameConstraints                            // a name lies outside what a CA may certify
	Policy                                     // no acceptable certificate policy remains
	Usage                                      // a certificate is not for Options.Usage
	Nonconforming                              // a certificate is not as Options.Conforming demands
	NotYetValid                                // a certificate is not valid yet at Options.At
	Expired                                    // a certificate is not valid any more at Options.At
	Algorithm                                  // a signature algorithm is not acceptable
	Distrusted                                 // the certificate must not be used, see Anchor.Rejected
)

var reasonNames = map[Reason]string{
	NoPath:                   "no path to a trust anchor",
	TooManyCandidates:        "too many candidate certificates",
	BadSignature:             "the certificate's signature does not verify",
	NotCA:                    "the issuer is no CA",
	PathTooLong:              "the path is longer than a CA allows",
	KeyUsage:                 "the issuer may not sign certificates",
	UnknownCriticalExtension: "unknown critical extension",
	NameConstraints:          "a name is outside the name constraints",
	Policy:                   "no acceptable certificate policy",
	Usage:                    "the certificate is not for this usage",
	Nonconforming:            "the certificate does not conform to RFC 5280",
	Distrusted:               "the certificate is distrusted",
	NotYetValid:              "the certificate is not valid yet",
	Expired:                  "the certificate has expired",
	Algorithm:                "the signature algorithm is not acceptable",
}

// String is the reason in words.
func (r Reason) String() string { return reasonNames[r] }

// Error tells why Build found no acceptable path.
type Error struct {
	Reason Reason
	// raw is the certificate at fault in DER. It is no *x509.Certificate,
	// because the linker keeps whatever the type of an error names, and
	// crypto/x509 names net and net/url: 40 kB more for a browser to fetch.
	raw []byte
	// Detail says more, in English; it may be empty.
	Detail string
	// Err is an underlying error, such as *algorithm.Weak, or nil.
	Err error
}

//go:noinline
func refuse(r Reason, cert *x509.Certificate, detail string) *Error {
	return &Error{Reason: r, raw: cert.Raw, Detail: detail}
}

//go:noinline
func because(r Reason, cert *x509.Certificate, err error) *Error {
	return &Error{Reason: r, raw: cert.Raw, Err: err}
}

// maxShown is how many characters of a name an error shows; a stranger chose it.
const maxShown = 200

// Certificate is the certificate at fault. For NoPath it is the last whose
// issuer was looked for.
//
//go:noinline
func (e *Error) Certificate() *x509.Certificate {
	c, err := certificate.Parse(e.raw)
	if err != nil { // the caller had it from a reader that is less strict
		return &x509.Certificate{Raw: e.raw}
	}
	return c
}

// Error says the reason, the certificate's subject and the detail.
func (e *Error) Error() string {
	text := e.Reason.String()
	if subject := []rune(certificate.NameText(e.Certificate().RawSubject)); len(subject) > maxShown {
		text += " (" + string(subject[:maxShown]) + "…)"
	} else if len(subject) > 0 {
		text += " (" + string(subject) + ")"
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap is Err.
func (e *Error) Unwrap() error { return e.Err }
