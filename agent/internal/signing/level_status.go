package signing

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

// CheckCertificate asks whether the certificate of id, or a CA above it, is
// revoked, as far up as the chain can be had. Nil: it is not. An ErrRevoked is
// certain, and nothing may be signed; an *EvidenceError is that it could not be
// found out, which callers should show, and which stops B-LT and above. The
// check needs no trust, and says nothing about it.
func (l *Levels) CheckCertificate(ctx context.Context, id Identity) error {
	s := &standing{l: l, chain: id.Chain, cert: id.Certificate, at: l.Clock()}
	look := func(ev verify.Evidence) (*verify.Report, error) {
		s.look(ev)
		return &verify.Report{Missing: s.missing}, nil
	}
	var problems []error
	if l.Evidence == nil {
		s.look(verify.Evidence{})
	} else {
		_, errs, err := l.Evidence.Complete(ctx, verify.Evidence{}, look)
		if err != nil {
			return err
		}
		problems = errs
	}
	unknown := slices.DeleteFunc(s.missing, func(m verify.Missing) bool { return m.Need == "issuer" && !s.alone })
	switch {
	case s.revoked != nil:
		return s.revoked
	case ctx.Err() != nil && len(unknown) == 0:
		return ctx.Err()
	case len(unknown) > 0:
		return &EvidenceError{unknown, problems}
	}
	return nil
}

// standing is the status of one certificate and of the CAs above it.
type standing struct {
	l     *Levels
	cert  *x509.Certificate
	chain []*x509.Certificate
	at    time.Time

	missing []verify.Missing
	revoked error
	alone   bool // nothing above the certificate itself is known
}

func (s *standing) look(ev verify.Evidence) {
	store := s.l.anchors()
	pool := slices.Concat(store.Anchors(), s.chain, parseAll(ev.Certificates))
	chain := chainOf(s.cert, pool)
	if i := slices.IndexFunc(chain, store.Contains); i >= 0 {
		chain = chain[:i+1]
	}
	top := chain[len(chain)-1]
	s.missing, s.revoked, s.alone = nil, nil, len(chain) == 1
	if !store.Contains(top) && !isSelfSigned(top) {
		s.want("issuer", top, nil)
	}
	for i := 0; i+1 < len(chain); i++ {
		r := revocation.Check(chain[i], chain[i+1], revocation.Evidence{
			CRLs: ev.CRLs, OCSPs: ev.OCSPs, Certificates: pool, Authorities: chain[i+1:], Latest: s.at,
			Algorithms: func(sig algorithm.Signature, pub crypto.PublicKey, at time.Time) error {
				_, err := generation(store, top).Acceptable(sig, pub, at, top)
				return err
			},
		}, s.at)
		switch {
		case r.Status == revocation.Revoked:
			s.revoked = &RevokedError{chain[i].Subject.CommonName, r.RevokedAt}
			s.missing = nil
			return
		case r.Status == revocation.Unknown:
			s.want("revocation", chain[i], chain[i+1])
		case r.SignerStatus == revocation.Unknown && !r.NoCheck:
			s.want("revocation", r.Signer, chain[i+1])
		}
	}
}

// generation is a store with what is allowed below top, which need not be
// trusted for that.
func generation(store *trust.Store, top *x509.Certificate) *trust.Store {
	if store.Contains(top) {
		return store
	}
	return trust.NewStore(top)
}

func (s *standing) want(need string, cert, issuer *x509.Certificate) {
	sum := sha256.Sum256(cert.Raw)
	m := verify.Missing{Need: need, Subject: cert.Subject.CommonName, SHA256: hex.EncodeToString(sum[:]), Certificate: cert.Raw}
	if issuer == nil {
		m.Issuers = cert.IssuingCertificateURL
	} else {
		m.OCSPs, m.CRLs, m.Issuer = cert.OCSPServer, cert.CRLDistributionPoints, issuer.Raw
	}
	s.missing = append(s.missing, m)
}
