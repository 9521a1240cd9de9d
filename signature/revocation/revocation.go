// Package revocation reads CRLs and OCSP responses and says what they prove
// about one certificate at one moment. It never fetches anything, never asks
// the clock, and never takes missing or unusable evidence for good news.
package revocation

import (
	"crypto"
	"crypto/x509"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

// Status is what the evidence proves.
type Status int

// The statuses. Unknown is the zero value on purpose.
const (
	Unknown Status = iota
	Good
	Revoked
)

// String is "unknown", "good" or "revoked", as in a report.
func (s Status) String() string {
	switch s {
	case Good:
		return "good"
	case Revoked:
		return "revoked"
	}
	return "unknown"
}

// Reasons of a revocation (RFC 5280 5.3.1) that change how it is judged.
const (
	ReasonUnspecified     = 0
	ReasonCertificateHold = 6
	ReasonRemoveFromCRL   = 8
)

// Why evidence could not be used, from "there is none" to "nearly usable":
// Result.WhyCode is the last of these any item reached.
const (
	WhyNone         = "NO_EVIDENCE"       // nothing was handed in for this certificate
	WhyMalformed    = "MALFORMED"         // an item cannot be read
	WhyStatus       = "RESPONDER_REFUSED" // an OCSP response carries an error status
	WhyIssuer       = "NOT_AUTHORISED"    // its signer may not speak for the issuer
	WhyScope        = "OUT_OF_SCOPE"      // it does not cover this kind of certificate or distribution point
	WhyExtension    = "UNKNOWN_EXTENSION" // it has a critical extension this program does not know
	WhySignature    = "BAD_SIGNATURE"     // its signature does not verify
	WhyAlgorithm    = "WEAK_ALGORITHM"    // its signature algorithm is not acceptable
	WhyUnknown      = "RESPONDER_UNKNOWN" // the OCSP responder does not know the certificate
	WhyDelta        = "DELTA_ONLY"        // a delta CRL without its base
	WhyReasons      = "PARTIAL_REASONS"   // CRLs cover only some of the revocation reasons
	WhyNotYet       = "NOT_YET_VALID"     // it was issued after Evidence.Latest
	WhyOutOfDate    = "OUT_OF_DATE"       // newer information was due before the control time
	WhyNotRetained  = "EXPIRED_DROPPED"   // issued after the certificate expired, when revocations may be dropped
	WhyTooMany      = "TOO_MANY_ITEMS"    // not everything could be looked at, so good news may not be the last
	WhyInconsistent = "INCONSISTENT"      // its times contradict each other
)

// whyOrder ranks the codes.
var whyOrder = []string{WhyNone, WhyMalformed, WhyStatus, WhyIssuer, WhyScope, WhyExtension, WhySignature,
	WhyAlgorithm, WhyInconsistent, WhyUnknown, WhyDelta, WhyReasons, WhyNotYet, WhyNotRetained, WhyOutOfDate, WhyTooMany}

// Evidence is what the caller has gathered. Items about other certificates do
// no harm.
type Evidence struct {
	// CRLs are DER CertificateLists. OCSPs are DER OCSPResponses, or bare
	// BasicOCSPResponses as CAdES stores them.
	CRLs, OCSPs [][]byte
	// Certificates are candidates for delegated OCSP responders and CRL
	// issuers. They are not trusted: the issuer, or for an indirect CRL a
	// certificate of Authorities, must have signed them.
	Certificates []*x509.Certificate
	// Authorities are the CA certificates above the issuer on its validated
	// path, to the anchor, and others validated to the same anchor, such as
	// those for the issuer's other keys. They may sign CRLs under their own
	// name, and certify the issuer of an indirect CRL. The issuer itself may be
	// among them.
	Authorities []*x509.Certificate
	// Latest is when the evidence was gathered; what claims to be issued later
	// (beyond maxSkew) is unusable. Zero means no such limit.
	Latest time.Time
	// Algorithms judges the algorithm an item, or a delegate's certificate,
	// was signed with, for an item that is proven to exist since at. Nil means
	// sig.Check.
	Algorithms func(sig algorithm.Signature, signer crypto.PublicKey, at time.Time) error
	// Exists says since when an item, DER as given, is proven to exist. Nil
	// means not before the control time: old evidence may have been forged
	// since.
	Exists func(der []byte) time.Time
	// Work, when not nil, bounds what this check and others cost together.
	Work *algorithm.Work
	// Stale lets evidence count though newer information was due before the
	// control time. It is for ETSI EN 319 102-1, 5.6.2.2, where the caller
	// moves the control time back to Result.ThisUpdate.
	Stale bool
}

// Bounds and tolerances.
const (
	// maxItems bounds the CRLs, the OCSP responses and the certificates looked
	// at, each. Archived documents carry some dozens.
	maxItems = 1024
	// maxSignatureChecks bounds the costly step over one Check.
	// When it is used up nothing is Good any more: a stranger could otherwise
	// hide a revocation behind a heap of worthless CRLs.
	maxSignatureChecks = 200
	// itemsPerUnit is how many items are read in the time that one signature
	// takes.
	itemsPerUnit = 8
	// maxNameBytes bounds the names read for comparisons over one Check, which
	// are items times certificates. Real evidence needs some ten kilobytes.
	maxNameBytes = 16 << 20
	// maxDelegation is how deep the delegates of delegates are looked at: the
	// certificate of a CRL issuer may be on an indirect CRL itself.
	maxDelegation = 2
	// maxSkew is how far the clock of a CA or responder may be ahead.
	maxSkew = 5 * time.Minute
	// maxAge is how long evidence without nextUpdate counts. RFC 6960 4.2.2.1
	// reads its absence as "newer information is always available".
	maxAge = 24 * time.Hour
)

// Result is what the evidence proves.
type Result struct {
	Status Status
	// Source is "ocsp" or "crl", and empty when Status is Unknown.
	Source string
	// RevokedAt is when the certificate was revoked. It is also set when that
	// was after the control time and Status is therefore not Revoked.
	RevokedAt time.Time
	// Reason is the reason code of that revocation, RFC 5280 5.3.1.
	Reason int
	// ThisUpdate, NextUpdate and ProducedAt are those of the evidence Status
	// rests on; NextUpdate and ProducedAt may be zero.
	ThisUpdate, NextUpdate, ProducedAt time.Time
	// Item is that evidence as it was handed in; of a CRL and its delta the
	// complete one.
	Item []byte
	// Signer is the delegated responder or CRL issuer that signed it, nil when
	// the issuer itself did.
	Signer *x509.Certificate
	// SignerStatus is what the same evidence says of Signer. It is Good when
	// there is no delegate, or when its certificate asks not to look (NoCheck,
	// id-pkix-ocsp-nocheck); never Revoked, as the evidence of a revoked
	// delegate is unusable. Unknown is for the caller to weigh.
	SignerStatus Status
	NoCheck      bool
	// Why and WhyCode say, in English and as one of the Why constants, why
	// Status is Unknown.
	Why, WhyCode string
}

// Check says whether cert, issued by issuer, was revoked at the control time
// at. The caller has validated issuer.
//
// Evidence counts when its signer may speak for issuer, its algorithms are
// acceptable, it covers this certificate, and newer information was not due
// before at. Evidence issued after at counts too: it knows more, and says when
// a revocation happened. But once the certificate had expired its absence from
// a list proves nothing, unless the list says that it keeps expired ones.
//
// A revocation at or before at wins over every good answer, even when the
// evidence is stale: revocation is for ever. The exception is a hold, which
// newer evidence may lift. A revocation after at leaves Status Good, with
// RevokedAt set.
func Check(cert, issuer *x509.Certificate, ev Evidence, at time.Time) Result {
	c := &check{cert: cert, issuer: issuer, ev: ev, at: at, checks: new(int), names: new(int)}
	*c.checks, *c.names = maxSignatureChecks, maxNameBytes
	return c.run()
}

func (c *check) run() Result {
	c.why = Result{WhyCode: WhyNone, Why: "there is no revocation information for the certificate"}
	if !trust.SameName(c.cert.RawIssuer, c.issuer.RawSubject) {
		c.unusable(WhyIssuer, "the certificate names another issuer")
		return c.why
	}
	if max(len(c.ev.OCSPs), len(c.ev.CRLs), len(c.ev.Certificates)) > maxItems {
		c.unusable(WhyTooMany, "there are too many items of evidence")
		return c.why
	}
	if !c.ev.Work.Spend((len(c.ev.OCSPs) + len(c.ev.CRLs)) / itemsPerUnit) {
		*c.checks = -1
	}
	for _, der := range c.ev.OCSPs {
		c.ocsp(der)
	}
	c.crls()
	return c.result()
}
