package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

// check is the work of one Check.
type check struct {
	cert, issuer *x509.Certificate
	ev           Evidence
	at           time.Time
	checks       *int     // signature verifications left
	names        *int     // bytes of names left to compare
	item         []byte   // the one being judged
	depth        int      // of delegates judged by this check
	findings     []Result // usable: each Good or Revoked, RevokedAt as found
	why          Result
}

// unusable notes why an item does not count. It is called in fifty places, and
// copied into each it would be a tenth of the package.
//
//go:noinline
func (c *check) unusable(code, why string) {
	if rank(code) >= rank(c.why.WhyCode) {
		c.why = Result{WhyCode: code, Why: why}
	}
}

//go:noinline
func rank(code string) int {
	for i, w := range whyOrder {
		if w == code {
			return i
		}
	}
	return -1
}

// same compares two DER Names. When too many bytes of names were compared, no
// more signatures are checked either, and nothing is Good any more.
func (c *check) same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if *c.names -= len(a) + len(b); *c.names < 0 {
		*c.checks = -1
		return false
	}
	return trust.SameName(a, b)
}

// result weighs the findings.
func (c *check) result() Result {
	var good, revoked, later *Result
	for i := range c.findings {
		f := &c.findings[i]
		switch {
		case f.Status == Good:
			good = newer(good, f)
		case f.RevokedAt.After(c.at):
			later = newer(later, f)
		case f.Reason == ReasonCertificateHold && c.lifted(f):
			// A newer answer says good: the hold is over.
		default:
			if revoked == nil || f.RevokedAt.Before(revoked.RevokedAt) {
				revoked = f
			}
		}
	}
	switch {
	case revoked != nil:
		return *revoked
	case *c.checks < 0:
		c.unusable(WhyTooMany, "there are too many items of evidence")
		return c.why
	case later != nil && (good == nil || !good.ThisUpdate.After(later.ThisUpdate) || later.Reason != ReasonCertificateHold):
		// Not revoked at the control time, and the evidence knows it.
		r := *later
		r.Status = Good
		return r
	case good != nil:
		return *good
	}
	return c.why
}

// lifted tells whether newer evidence than the hold h calls the certificate good.
func (c *check) lifted(h *Result) bool {
	for _, f := range c.findings {
		if f.Status == Good && f.ThisUpdate.After(h.ThisUpdate) {
			return true
		}
	}
	return false
}

//go:noinline
func newer(a, b *Result) *Result {
	if a == nil || b.ThisUpdate.After(a.ThisUpdate) {
		return b
	}
	return a
}

// fresh tells whether evidence with these times speaks for the control time.
// When it does not it notes why. Only a revocation survives being stale.
func (c *check) fresh(what string, thisUpdate, nextUpdate time.Time) bool {
	if !nextUpdate.IsZero() && nextUpdate.Before(thisUpdate) {
		c.unusable(WhyInconsistent, what+" has nextUpdate before thisUpdate")
		return false
	}
	until := validUntil(thisUpdate, nextUpdate)
	if !c.ev.Stale && until.Before(c.at) {
		c.unusable(WhyOutOfDate, what+" is out of date: newer information was due "+until.UTC().Format(time.RFC3339))
		return false
	}
	return true
}

// fromFuture tells whether an item claims to be issued after it was gathered.
func (c *check) fromFuture(what string, t time.Time) bool {
	if c.ev.Latest.IsZero() || !t.After(c.ev.Latest.Add(maxSkew)) {
		return false
	}
	c.unusable(WhyNotYet, what+" claims to be issued in the future, at "+t.UTC().Format(time.RFC3339))
	return true
}

// acceptable judges an algorithm used at the given time.
func (c *check) acceptable(sig algorithm.Signature, pub crypto.PublicKey, issued time.Time) error {
	at := c.at
	if c.ev.Exists != nil {
		at = c.ev.Exists(c.item)
	}
	if at.Before(issued) {
		at = issued
	}
	if c.ev.Algorithms != nil {
		return c.ev.Algorithms(sig, pub, at)
	}
	return sig.Check(pub, at)
}

// validUntil is when newer information is due.
//
//go:noinline
func validUntil(thisUpdate, nextUpdate time.Time) time.Time {
	if nextUpdate.IsZero() {
		return thisUpdate.Add(maxAge)
	}
	return nextUpdate
}

// Until is when newer information than r rests on was due.
func (r Result) Until() time.Time { return validUntil(r.ThisUpdate, r.NextUpdate) }
