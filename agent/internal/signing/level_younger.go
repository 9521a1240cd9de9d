package signing

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"kyso/signature/verify"
)

// younger asks once for a status of each signer that is not from before the
// signature: only that still counts when the certificate has expired (ETSI EN
// 319 102-1, 5.6.2.2).
func (c *climb) younger(r *verify.Report, brought *carried, pool []*x509.Certificate, everything bool) (list []verify.Missing) {
	for i := range r.Signatures {
		s := &r.Signatures[i]
		l, ok := leafBehind(s, brought)
		if !ok || !everything && c.field != "" && s.Field != c.field || !olderStatus(r, s) || c.renewed[sha256.Sum256(l.Raw)] || c.now().After(l.NotAfter) {
			continue
		}
		chain := chainOf(l.Certificate, pool)
		if len(chain) < 2 {
			continue
		}
		c.renewed[sha256.Sum256(l.Raw)] = true
		list = append(list, verify.Missing{Need: "revocation", Subject: l.Subject.CommonName, SHA256: s.Signer.SHA256,
			OCSPs: l.OCSPServer, CRLs: l.CRLDistributionPoints, Certificate: l.Raw, Issuer: chain[1].Raw})
	}
	return list
}

func leafBehind(s *verify.Signature, brought *carried) (leaf, bool) {
	if s.Signer == nil {
		return leaf{}, false
	}
	sum, err := hex.DecodeString(s.Signer.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return leaf{}, false
	}
	return brought.leafOf([sha256.Size]byte(sum))
}

// olderStatus tells whether the good status of a signer is from before the
// moment the signature is proven to have existed.
func olderStatus(r *verify.Report, s *verify.Signature) bool {
	if s.Kind == "timestamp" || s.Revocation.Status != "good" || s.BestTime.Source == "validation-time" {
		return false
	}
	issued := r.Time.Add(-time.Duration(s.Revocation.Age) * time.Second).Truncate(time.Second)
	return issued.Before(s.BestTime.Value)
}
