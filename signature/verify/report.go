// Package verify judges the signatures of a PDF from its bytes, the evidence
// and the trust anchors it is handed. It never fetches anything, never asks
// the clock, and never calls good what it could not check.
package verify

import "time"

// Verdict is the main status of ETSI EN 319 102-1, 5.1.3.
type Verdict string

// The three main statuses.
const (
	TotalPassed   Verdict = "TOTAL-PASSED"
	TotalFailed   Verdict = "TOTAL-FAILED"
	Indeterminate Verdict = "INDETERMINATE"
)

// Coverage says which bytes of the file a signature protects.
type Coverage string

// The coverages, widest first.
const (
	CoverageWholeFile Coverage = "whole-file" // every byte but its own /Contents
	CoverageRevision  Coverage = "revision"   // every byte of its revision; later revisions follow
	CoveragePartial   Coverage = "partial"    // bytes of its own revision are left out
	CoverageNone      Coverage = "none"       // the byte range is unusable
)

// Modification says what later revisions did to what was signed. It is judged
// apart from trust.
type Modification string

// The modifications, best first.
const (
	ModificationNone         Modification = "none"
	ModificationAllowed      Modification = "allowed"
	ModificationUndetermined Modification = "undetermined"
	ModificationNotAllowed   Modification = "not-allowed"
)

// Message is one sentence for a person, in both languages of the product, with
// a stable code for programs.
type Message struct {
	Code string `json:"code"`
	VI   string `json:"vi"`
	EN   string `json:"en"`
}

// Report is the verdict over one document. docs/report.md describes each field
// and wasm/npm/src/types.ts mirrors this type.
type Report struct {
	// File is the name the caller knows the document by; the engine leaves it
	// empty.
	File string `json:"file,omitempty"`
	// Verdict is TOTAL-PASSED only when every signature passed and the newest
	// revision is covered or holds allowed changes alone.
	Verdict       Verdict `json:"verdict"`
	SubIndication string  `json:"subIndication,omitempty"`
	// Reason says why Verdict is not TOTAL-PASSED.
	Reason *Message `json:"reason,omitempty"`
	// Time is the moment the document was judged for.
	Time time.Time `json:"time"`
	// Size is the document's length in bytes.
	Size int64 `json:"size"`
	// Pages is the number of pages, 0 when the page tree could not be read.
	Pages int `json:"pages"`
	// Revisions counts the file's incremental updates plus one.
	Revisions int `json:"revisions"`
	// Signatures holds document timestamps too, in the order of their ranges.
	Signatures []Signature `json:"signatures"`
	Warnings   []Message   `json:"warnings"`
	// Missing is the evidence that would have told more, each item once, and
	// empty when nothing is missing.
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is evidence about one certificate that neither the document nor the
// caller has.
type Missing struct {
	// Need is "issuer", the certificate of the CA that issued it, or
	// "revocation", its status at the time it was judged for.
	Need string `json:"need"`
	// Subject is the common name of the certificate concerned.
	Subject string `json:"subject"`
	// SHA256 is of that certificate, hexadecimal.
	SHA256 string `json:"sha256"`
	// OCSPs, CRLs and Issuers are the addresses the certificate itself names
	// for responders, CRLs and its issuer's certificate. They come from a
	// stranger.
	OCSPs   []string `json:"ocsps,omitempty"`
	CRLs    []string `json:"crls,omitempty"`
	Issuers []string `json:"issuers,omitempty"`
	// Certificate and Issuer are DER, for whoever fetches. Issuer is nil when
	// it is what is missing.
	Certificate []byte `json:"-"`
	Issuer      []byte `json:"-"`
}

// Signature is the verdict over one signature of the document.
type Signature struct {
	// Field is the fully qualified name of the signature field.
	Field string `json:"field"`
	// Kind is "signature", "certification" or "timestamp".
	Kind          string   `json:"kind"`
	Verdict       Verdict  `json:"verdict"`
	SubIndication string   `json:"subIndication,omitempty"`
	Reason        *Message `json:"reason,omitempty"`
	// Level is "B-B", "B-T", "B-LT", "B-LTA", "timestamp" for a document
	// timestamp, or "legacy" when the signature is no PAdES baseline
	// signature.
	Level string `json:"level"`
	// SubFilter is the signature's format as the file names it.
	SubFilter string `json:"subFilter"`
	// Intact: the digest of the signed bytes equals the signed digest.
	Intact bool `json:"intact"`
	// Valid: Intact, and the signature value is the signer's.
	Valid bool `json:"valid"`
	// Trusted: Valid, and the signer's certificate was proven good.
	Trusted  bool     `json:"trusted"`
	Coverage Coverage `json:"coverage"`
	// Revision is the revision this signature closes, 1 is the oldest, 0 is
	// unknown.
	Revision     int          `json:"revision"`
	Modification Modification `json:"modification"`
	Changes      []Change     `json:"changes"`
	Signer       *Signer      `json:"signer,omitempty"`
	// Issuer is the common name of the CA that issued the certificate.
	Issuer string `json:"issuer,omitempty"`
	// ClaimedTime is what the signer's machine said. It proves nothing.
	ClaimedTime *time.Time `json:"claimedTime,omitempty"`
	BestTime    BestTime   `json:"bestTime"`
	Revocation  Revocation `json:"revocation"`
	Algorithm   string     `json:"algorithm,omitempty"`
	// Timestamps are those over this signature's value, and the document
	// timestamps that cover it, oldest first.
	Timestamps []Timestamp `json:"timestamps"`
	Warnings   []Message   `json:"warnings"`
}

// Timestamp is the verdict over one timestamp of a signature.
type Timestamp struct {
	// Kind is "content", "signature" or "document".
	Kind string `json:"kind"`
	// Time is what the TSA said; it counts when Verdict is TOTAL-PASSED.
	Time          time.Time `json:"time"`
	Verdict       Verdict   `json:"verdict"`
	SubIndication string    `json:"subIndication,omitempty"`
	Reason        *Message  `json:"reason,omitempty"`
	// Signer is the TSA's common name, Issuer that of its CA.
	Signer string `json:"signer,omitempty"`
	Issuer string `json:"issuer,omitempty"`
}

// Signer is who signed, as the certificate says it.
type Signer struct {
	Name         string    `json:"name"`
	Organisation string    `json:"organisation,omitempty"`
	Unit         string    `json:"unit,omitempty"`
	Email        string    `json:"email,omitempty"`
	Serial       string    `json:"serial"` // hexadecimal
	NotBefore    time.Time `json:"notBefore"`
	NotAfter     time.Time `json:"notAfter"`
	SHA256       string    `json:"sha256"` // of the certificate, hexadecimal
}

// BestTime is the moment the signature is judged at.
type BestTime struct {
	Value time.Time `json:"value"`
	// Source is "timestamp", "document-timestamp", or "validation-time" when
	// nothing proves an earlier moment.
	Source string `json:"source"`
}

// Revocation is what the evidence says of the signer's certificate.
type Revocation struct {
	// Status is "good", "revoked" or "unknown".
	Status string `json:"status"`
	// Source is "ocsp", "crl", or empty.
	Source string `json:"source,omitempty"`
	// Age is how old the evidence was at Report.Time, in seconds.
	Age int64 `json:"age,omitempty"`
	// RevokedAt is set when Status is "revoked".
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
}

// Change is one thing a later revision did.
type Change struct {
	// Revision is the revision that made the change.
	Revision int `json:"revision"`
	// Object is the changed object's number.
	Object int `json:"object"`
	// Path is where the object hangs, for instance "/Root/AcroForm/Fields/1".
	Path string `json:"path,omitempty"`
	// Effect is "allowed", "undetermined" or "not-allowed".
	Effect Modification `json:"effect"`
	Message
}
