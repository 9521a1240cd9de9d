package verify

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"

	"kyso/signature/certificate"
	"kyso/signature/trust"
)

// maxMissing bounds what a report asks for; paths are short and documents
// rarely have more than ten signatures.
const maxMissing = 100

// wantIssuer notes the certificate whose issuer was looked for in vain.
func (j *judge) wantIssuer(err error) {
	var e *trust.Error
	if errors.As(err, &e) && e.Reason == trust.NoPath {
		j.want("issuer", e.Certificate(), nil)
	}
}

// wantRevocation notes a certificate of unknown status.
//
//go:noinline
func (j *judge) wantRevocation(cert, issuer *x509.Certificate) {
	j.want("revocation", cert, issuer)
}

func (j *judge) want(need string, cert, issuer *x509.Certificate) {
	sum := sha256.Sum256(cert.Raw)
	m := Missing{
		Need: need, Subject: commonName(cert.Subject.CommonName, cert.RawSubject), SHA256: hex.EncodeToString(sum[:]), Certificate: cert.Raw,
	}
	if issuer == nil {
		m.Issuers = cert.IssuingCertificateURL
	} else {
		m.OCSPs, m.CRLs, m.Issuer = cert.OCSPServer, cert.CRLDistributionPoints, issuer.Raw
	}
	for _, known := range j.missing {
		if known.Need == need && known.SHA256 == m.SHA256 {
			return
		}
	}
	if len(j.missing) < maxMissing {
		j.missing = append(j.missing, m)
	}
}

//go:noinline
func commonName(name string, der []byte) string {
	if name == "" {
		return certificate.NameText(der)
	}
	return name
}
