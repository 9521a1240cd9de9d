package revocation

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"

	"kyso/signature/algorithm"
)

// list is a CRL that may speak of the certificate, and what it says.
type list struct {
	*crl
	item   []byte
	signer delegate
	mask   reasons
	entry  *entry
}

// delegate is who signed a CRL when it was not the issuer.
type delegate struct {
	cert    *x509.Certificate // nil: the issuer itself
	status  Status
	noCheck bool
}

const whatCRL = "the CRL"

// crls judges all CRLs together: a delta needs its base, and CRLs for some
// reasons need the others.
func (c *check) crls() {
	var bases, deltas []list
	for _, der := range c.ev.CRLs {
		l, ok := c.usable(der)
		switch {
		case !ok:
		case l.base != nil:
			deltas = append(deltas, l)
		default:
			bases = append(bases, l)
		}
	}
	combined := make([]bool, len(deltas))
	some := reasons(0)
	var partial *Result
	for _, b := range bases {
		f, fresh := c.judge(b, deltas, combined)
		switch {
		case f.Status == Revoked:
			if fresh || stands(f, c.at) {
				c.findings = append(c.findings, f)
			}
		case !fresh:
		case b.mask == allReasons:
			c.findings = append(c.findings, f)
		default:
			// Good for some reasons; the oldest of them decides how new the
			// whole is.
			if some |= b.mask; partial == nil || f.ThisUpdate.Before(partial.ThisUpdate) {
				partial = &f
			}
		}
	}
	if some == allReasons {
		c.findings = append(c.findings, *partial)
	} else if partial != nil {
		c.unusable(WhyReasons, "the CRLs cover only some of the reasons a certificate is revoked for")
	}
	for i, d := range deltas {
		if combined[i] {
			continue
		}
		// Alone, a delta can prove a revocation and nothing else.
		if d.entry != nil && d.entry.reason != ReasonRemoveFromCRL {
			f := d.finding()
			if c.fresh(whatCRL, d.thisUpdate, d.nextUpdate) || stands(f, c.at) {
				c.findings = append(c.findings, f)
				continue
			}
		}
		c.unusable(WhyDelta, "a delta CRL is there without the CRL it completes")
	}
}

// usable reads one CRL and decides whether its signer, scope and extensions
// let it speak of the certificate. CRLs of other CAs are passed over in
// silence.
func (c *check) usable(der []byte) (list, bool) {
	c.item = der
	parsed, err := parseCRL(der)
	if err != nil {
		c.unusable(WhyMalformed, err.Error())
		return list{}, false
	}
	l := list{crl: parsed, item: der}
	direct := c.same(l.issuer, c.issuer.RawSubject)
	if !direct && (l.idp == nil || !l.idp.indirect) {
		return l, false
	}
	if l.critical != nil {
		c.unusable(WhyExtension, whatCRL+" has the unknown critical extension "+l.critical.String())
		return l, false
	}
	if l.mask = l.covers(c.cert, c.issuer); l.mask == 0 {
		c.unusable(WhyScope, whatCRL+" does not cover this certificate")
		return l, false
	}
	if c.fromFuture(whatCRL, l.thisUpdate) {
		return l, false
	}
	var ok bool
	if l.signer, ok = c.crlSigner(parsed, direct); !ok {
		return l, false
	}
	if !c.ev.Work.Spend(algorithm.Bytes(len(l.entries))) {
		*c.checks = -1
		return l, false
	}
	l.entry, err = l.find(serialOf(c.cert), [][]byte{c.cert.RawIssuer, c.issuer.RawSubject})
	switch {
	case errors.Is(err, errEntryExtension):
		c.unusable(WhyExtension, err.Error())
	case err != nil:
		c.unusable(WhyMalformed, err.Error())
	case l.entry != nil && l.entry.reason == ReasonRemoveFromCRL && l.base == nil:
		// RFC 5280 5.3.1: removeFromCRL is for delta CRLs alone.
		c.unusable(WhyMalformed, "a complete CRL has an entry removeFromCRL")
	default:
		return l, true
	}
	return l, false
}

// crlSigner finds who signed l and may: RFC 5280 6.3.3 (f). That is the issuer
// itself (nil is returned), or a certificate with the CRL issuer's name and
// cRLSign that the issuer, or a CA above it, certified directly. The first is
// how a CA keeps a separate key for CRLs, the second how it changes keys or
// leaves CRLs to somebody its points name.
func (c *check) crlSigner(l *crl, direct bool) (by delegate, ok bool) {
	if direct && c.mayHaveSigned(l, c.issuer) && c.verify(whatCRL, l.signed, c.issuer) {
		return delegate{status: Good}, true
	}
	found := false
	for _, cand := range c.ev.Certificates {
		if !c.same(cand.RawSubject, l.issuer) || cand.Equal(c.issuer) {
			continue
		}
		found = true
		if !c.mayHaveSigned(l, cand) {
			continue
		}
		above := append([]*x509.Certificate{c.issuer}, c.ev.Authorities...)
		for i, authority := range above {
			if !c.delegated(whatCRL, cand, authority, l.thisUpdate) {
				continue
			}
			if !c.verify(whatCRL, l.signed, cand) {
				break
			}
			by = delegate{cert: cand}
			if by.status, by.noCheck = c.delegateStatus(cand, authority, above[i+1:]); by.status == Revoked {
				c.unusable(WhyIssuer, whatCRL+": its signer's certificate is revoked")
				break
			}
			return by, true
		}
	}
	// A CRL issuer may also be one of the CAs above.
	for _, authority := range c.ev.Authorities {
		if authority.Equal(c.issuer) {
			continue // tried above
		}
		if c.same(authority.RawSubject, l.issuer) && c.mayHaveSigned(l, authority) && c.verify(whatCRL, l.signed, authority) {
			return delegate{cert: authority, status: Good}, true // the path it is on was validated
		}
	}
	if !found && !direct {
		c.unusable(WhyIssuer, whatCRL+": no certificate of its issuer is there")
	}
	return delegate{}, false
}

// mayHaveSigned looks at key usage and key identifiers.
func (c *check) mayHaveSigned(l *crl, by *x509.Certificate) bool {
	if !mayUse(by, x509.KeyUsageCRLSign) {
		c.unusable(WhyIssuer, whatCRL+": its signer's key usage does not allow CRLs")
		return false
	}
	if len(l.keyID) > 0 && len(by.SubjectKeyId) > 0 && !bytes.Equal(l.keyID, by.SubjectKeyId) {
		c.unusable(WhyIssuer, whatCRL+" names another key of its issuer")
		return false
	}
	return true
}

// finding is what the CRL by itself says.
//
//go:noinline
func (l list) finding() Result {
	f := Result{Status: Good, Source: "crl", Item: l.item, ThisUpdate: l.thisUpdate, NextUpdate: l.nextUpdate,
		Signer: l.signer.cert, SignerStatus: l.signer.status, NoCheck: l.signer.noCheck}
	if l.entry != nil {
		f.Status, f.RevokedAt, f.Reason = Revoked, l.entry.revokedAt, l.entry.reason
	}
	return f
}

// judge is what base b says, completed by the newest delta that fits, and
// whether that is fresh. RFC 5280 6.3.3 (c), (i) and (j), and 5.2.4.
func (c *check) judge(b list, deltas []list, combined []bool) (f Result, fresh bool) {
	f = b.finding()
	newest := -1
	for i, d := range deltas {
		if !d.completes(b) {
			continue
		}
		combined[i] = true
		if newest < 0 || d.number.Cmp(deltas[newest].number) > 0 {
			newest = i
		}
	}
	thisUpdate, nextUpdate := b.thisUpdate, b.nextUpdate
	if newest >= 0 {
		d := deltas[newest]
		// A stale delta beside a base that is not may add a revocation, but
		// not take one away or lend the base its time.
		stale := d.until().Before(c.at)
		switch {
		case d.entry == nil:
		case d.entry.reason != ReasonRemoveFromCRL:
			f.Status, f.RevokedAt, f.Reason = Revoked, d.entry.revokedAt, d.entry.reason
		case !stale:
			f.Status, f.RevokedAt, f.Reason = Good, time.Time{}, 0
		}
		if !stale || (d.entry != nil && f.Status == Revoked) {
			f.ThisUpdate, f.NextUpdate = d.thisUpdate, d.nextUpdate
		}
		if !stale {
			thisUpdate, nextUpdate = d.thisUpdate, d.nextUpdate
		}
	}
	if !c.fresh(whatCRL, thisUpdate, nextUpdate) {
		return f, false
	}
	// A CA may take expired certificates off the list (RFC 5280 3.3).
	if f.Status == Good && thisUpdate.After(c.cert.NotAfter) &&
		(b.expiredSince.IsZero() || b.expiredSince.After(c.cert.NotAfter)) {
		c.unusable(WhyNotRetained, "the CRL was issued after the certificate had expired")
		return f, false
	}
	return f, true
}

// completes tells whether delta d continues base b: the same issuer, signer,
// scope and key, a base that is new enough, and a delta that is newer.
func (d list) completes(b list) bool {
	return b.number != nil && d.number != nil && d.base.Cmp(b.number) <= 0 && b.number.Cmp(d.number) < 0 &&
		bytes.Equal(d.issuer, b.issuer) && bytes.Equal(d.idpRaw, b.idpRaw) && bytes.Equal(d.keyID, b.keyID) &&
		(d.idpRaw == nil) == (b.idpRaw == nil)
}
