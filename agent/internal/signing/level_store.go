package signing

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"kyso/signature/algorithm"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/revocation"
)

// keep appends to the document's store what is not in it yet: the chains of all
// its signatures and timestamps to the top, and what was collected or came with
// them about a certificate of those. Without anything new it does nothing.
func (c *climb) keep() error {
	doc, err := c.open()
	if err != nil {
		return err
	}
	brought, err := readCarried(doc)
	if err != nil {
		return fmt.Errorf("read the signatures: %w: %w", ErrDamaged, err)
	}
	kept, err := readStored(doc)
	if err != nil {
		return fmt.Errorf("read the evidence: %w: %w", ErrDamaged, err)
	}
	ev, err := c.choose(doc, brought, kept)
	if err != nil {
		return err
	}
	signed, err := pades.AddEvidence(doc, ev)
	if errors.Is(err, pades.ErrNothingToAdd) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("add evidence: %w", damaged(err))
	}
	c.data, c.size = signed, signed.Size()
	return nil
}

// issued is a certificate with the one that issued it.
type issued struct{ cert, issuer *x509.Certificate }

// choose picks what keep adds: for each signature the chains of its own and of
// the timestamps in it, and the news about them, of what is at hand and of what
// the document has (ISO 32000-2, 12.8.4.3 and 12.8.4.4).
func (c *climb) choose(doc *pdf.File, brought *carried, kept *stored) (ev pades.Evidence, err error) {
	found, err := pades.Find(doc)
	if err != nil {
		return ev, fmt.Errorf("read the signatures: %w: %w", ErrDamaged, err)
	}
	pool := c.pool(brought, kept)
	ocsps := slices.Concat(c.evidence.OCSPs, brought.ocsps, kept.ocsps)
	crls := slices.Concat(c.evidence.CRLs, brought.crls, kept.crls)
	for _, s := range found {
		if s.Fault != nil {
			continue
		}
		group := pades.SignatureEvidence{Key: s.VRIKey()}
		var pairs []issued
		chain := func(cert *x509.Certificate) {
			whole := chainOf(cert, pool)
			for i, one := range whole {
				group.Certificates = appendNew(group.Certificates, one.Raw)
				if i+1 < len(whole) {
					pairs = append(pairs, issued{one, whole[i+1]})
				}
			}
		}
		for _, l := range brought.leaves {
			if l.field == s.Field.Name {
				chain(l.Certificate)
			}
		}
		for _, der := range ocsps {
			r, err := ocsp.ParseResponse(wholeOCSP(der), nil)
			if err == nil && r.Certificate != nil && len(c.newest(ocspNews, [][]byte{der}, pairs, pool)) > 0 {
				chain(r.Certificate) // a responder is asked about like a signer
			}
		}
		for _, der := range c.newest(ocspNews, ocsps, pairs, pool) {
			group.OCSPs = appendNew(group.OCSPs, wholeOCSP(der))
		}
		for _, der := range c.newest(crlNews, crls, pairs, pool) {
			group.CRLs = appendNew(group.CRLs, der)
		}
		// A document timestamp gets no group: what is there already would need
		// a further revision for that, which no timestamp covers.
		if s.SubFilter == "ETSI.RFC3161" {
			ev.Certificates = append(ev.Certificates, group.Certificates...)
			ev.CRLs = append(ev.CRLs, group.CRLs...)
			ev.OCSPs = append(ev.OCSPs, group.OCSPs...)
			continue
		}
		ev.VRI = append(ev.VRI, group)
	}
	return ev, nil
}

func appendNew(list [][]byte, der []byte) [][]byte {
	if slices.ContainsFunc(list, func(old []byte) bool { return bytes.Equal(old, der) }) {
		return list
	}
	return append(list, der)
}

func ocspNews(der []byte) revocation.Evidence { return revocation.Evidence{OCSPs: [][]byte{der}} }
func crlNews(der []byte) revocation.Evidence  { return revocation.Evidence{CRLs: [][]byte{der}} }

// newest picks of items the newest that truly speaks for each certificate's
// issuer and says how it stands, be it good or bad news, of any age. Where none
// says it by itself, as a part of a list does not, it picks all that may help.
func (c *climb) newest(news func([]byte) revocation.Evidence, items [][]byte, pairs []issued, pool []*x509.Certificate) (list [][]byte) {
	wanted := make([]bool, len(items))
	for _, p := range pairs {
		best, since := -1, time.Time{}
		var parts []int
		for i, der := range items {
			ev := news(der)
			ev.Certificates, ev.Latest, ev.Stale = pool, c.now(), true
			// Whether an old algorithm is acceptable is for the engine to say.
			ev.Algorithms = func(algorithm.Signature, crypto.PublicKey, time.Time) error { return nil }
			r := revocation.Check(p.cert, p.issuer, ev, c.now())
			if r.Status != revocation.Unknown && (best < 0 || r.ThisUpdate.After(since)) {
				best, since = i, r.ThisUpdate
			}
			switch r.WhyCode {
			case revocation.WhyNotRetained, revocation.WhyReasons, revocation.WhyDelta, revocation.WhyOutOfDate:
				parts = append(parts, i)
			}
		}
		if best >= 0 {
			parts = []int{best}
		}
		for _, i := range parts {
			wanted[i] = true
		}
	}
	for i, der := range items {
		if wanted[i] {
			list = append(list, der)
		}
	}
	return list
}
