package verify

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"kyso/signature/algorithm"
	"kyso/signature/revocation"
	"kyso/signature/trust"
)

// purpose is what a certificate must be for.
type purpose int

const (
	forDocuments purpose = iota
	forTimestamps
)

func purposeOf(s *signed) purpose {
	if s.isTimestamp() {
		return forTimestamps
	}
	return forDocuments
}

// certificateEvidence judges one signing certificate: its path, its
// revocation and its algorithms (ETSI EN 319 102-1, 5.2.6 and 5.2.8), at the
// best time known for the signature.
type certificateEvidence struct {
	j         *judge
	leaf      *x509.Certificate
	purpose   purpose
	best      BestTime
	algorithm algorithm.Signature
	// digest is one more digest the signature rests on, 0 for none.
	digest crypto.Hash
	// revocation is filled in for the leaf.
	revocation Revocation
}

func (c *certificateEvidence) judge() *failure {
	c.revocation.Status = "unknown"
	at := c.best.Value
	proven := c.best.Source != "validation-time"
	path, err := c.j.policy.Trust.Build(c.leaf, trust.Options{At: at, Intermediates: c.j.evidence.certificates})
	if err != nil {
		// Revocation still says something where only time is at fault.
		return pathFailure(err, proven)
	}
	if !usable(c.leaf, c.purpose) {
		return &failure{Indeterminate, "CHAIN_CONSTRAINTS_FAILURE", &msgKeyUsage}
	}
	if f := c.revoked(path, at, proven); f != nil {
		return f
	}
	pub, err := algorithm.PublicKey(c.leaf)
	if err == nil {
		err = c.algorithm.Check(pub, at)
	}
	if err == nil && c.digest != 0 {
		err = algorithm.CheckDigest(c.digest, at)
	}
	if err != nil {
		sub := "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
		if proven {
			sub = "CRYPTO_CONSTRAINTS_FAILURE"
		}
		return &failure{Indeterminate, sub, with(msgWeak, err.Error())}
	}
	return nil
}

func pathFailure(err error, proven bool) *failure {
	var e *trust.Error
	if !errors.As(err, &e) {
		return &failure{Indeterminate, "CERTIFICATE_CHAIN_GENERAL_FAILURE", with(msgPath, err.Error())}
	}
	switch e.Reason {
	case trust.NoPath:
		return &failure{Indeterminate, "NO_CERTIFICATE_CHAIN_FOUND", &msgNoPath}
	case trust.TooManyCandidates:
		return &failure{Indeterminate, "CERTIFICATE_CHAIN_GENERAL_FAILURE", with(msgPath, e.Error())}
	case trust.Expired:
		if proven {
			return &failure{TotalFailed, "EXPIRED", &msgExpired}
		}
		return &failure{Indeterminate, "OUT_OF_BOUNDS_NO_POE", &msgExpired}
	case trust.NotYetValid:
		if proven {
			return &failure{TotalFailed, "NOT_YET_VALID", &msgNotYetValid}
		}
		return &failure{Indeterminate, "OUT_OF_BOUNDS_NO_POE", &msgNotYetValid}
	case trust.Algorithm:
		return &failure{Indeterminate, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", with(msgWeak, e.Error())}
	}
	return &failure{Indeterminate, "CHAIN_CONSTRAINTS_FAILURE", with(msgPath, e.Error())}
}

// revoked asks the evidence about every certificate of the path but the
// anchor, which is trusted by decision.
func (c *certificateEvidence) revoked(path trust.Path, at time.Time, proven bool) *failure {
	var worst *failure
	for i := 0; i+1 < len(path); i++ {
		r := revocation.Check(path[i], path[i+1], revocation.Evidence{
			CRLs: c.j.evidence.crls, OCSPs: c.j.evidence.ocsps, Certificates: c.j.evidence.certificates,
			Authorities: path[i+1:], Latest: c.j.policy.At,
		}, at)
		if i == 0 {
			c.revocation = Revocation{Status: r.Status.String(), Source: r.Source}
			if r.Status != revocation.Unknown {
				c.revocation.Age = int64(c.j.policy.At.Sub(r.ThisUpdate) / time.Second)
			}
			if !r.RevokedAt.IsZero() {
				c.revocation.RevokedAt = &r.RevokedAt
			}
		}
		var f *failure
		switch {
		case r.Status == revocation.Revoked && i > 0:
			f = &failure{Indeterminate, "REVOKED_CA_NO_POE", &msgRevokedCA}
		case r.Status == revocation.Revoked && proven:
			f = &failure{TotalFailed, "REVOKED", &msgRevoked}
		case r.Status == revocation.Revoked:
			f = &failure{Indeterminate, "REVOKED_NO_POE", &msgRevokedNoPOE}
		case r.Status == revocation.Unknown:
			f = &failure{Indeterminate, "TRY_LATER", with(msgNoRevocation, r.WhyCode)}
		case r.SignerStatus == revocation.Unknown && !r.NoCheck:
			f = &failure{Indeterminate, "TRY_LATER", with(msgNoRevocation, "OCSP_RESPONDER_UNKNOWN")}
		}
		// A revocation says more than missing news of another certificate.
		if f != nil && (worst == nil || worst.sub == "TRY_LATER" && f.sub != "TRY_LATER") {
			worst = f
		}
	}
	return worst
}

var (
	oidDocumentSigning   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36} // RFC 9336
	oidAdobeSigning      = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 5}
	oidMicrosoftDocument = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 3, 12}
)

// usable tells whether key usage and extended key usage fit. Government
// certificates for people carry clientAuth and emailProtection, none of the
// purposes made for documents.
func usable(c *x509.Certificate, p purpose) bool {
	if c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return false
	}
	if p == forTimestamps {
		// tsp checked that it is critical and alone (RFC 3161, 2.3).
		return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping)
	}
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		switch u {
		case x509.ExtKeyUsageAny, x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth:
			return true
		}
	}
	for _, u := range c.UnknownExtKeyUsage {
		if u.Equal(oidDocumentSigning) || u.Equal(oidAdobeSigning) || u.Equal(oidMicrosoftDocument) {
			return true
		}
	}
	return false
}
