package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

type certificatesResult struct {
	Certificates []certificate `json:"certificates"`
}

// certificate is what an e-office page needs to let a person choose: not the
// certificate itself, whose subject also carries the citizen's identity number.
type certificate struct {
	ID           string    `json:"id"`
	Holder       string    `json:"holder"`
	Organisation string    `json:"organisation"`
	Issuer       string    `json:"issuer"`
	Serial       string    `json:"serial"` // hexadecimal
	NotBefore    time.Time `json:"notBefore"`
	NotAfter     time.Time `json:"notAfter"`
	// DER is the certificate, base64url, for sites that may have digests signed: they
	// make the document's signature themselves, and its parts name the certificate.
	DER string `json:"der,omitempty"`
}

// certificates lists the certificates at hand, expired ones too. No token is an
// empty list. While somebody is signing with the token it is left alone.
func certificates(k *call) (job, error) {
	var p capabilityParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	return job{run: k.certificates}, k.redeem(p.Capability)
}

func (k *call) certificates(ctx context.Context) (any, error) {
	if k.s.busy() {
		return nil, signing.ErrBusy
	}
	ctx, stop := context.WithTimeout(ctx, k.s.timing.list)
	defer stop()
	identities, err := k.s.o.Signing.Identities(ctx)
	if err != nil && !errors.Is(err, signing.ErrNoToken) {
		return nil, err
	}
	result := certificatesResult{Certificates: []certificate{}}
	for _, id := range identities {
		if id.Certificate != nil {
			d := describe(id)
			if k.mayHash() {
				d.DER = origin.Encode(id.Certificate.Raw)
			}
			result.Certificates = append(result.Certificates, d)
		}
	}
	return result, nil
}

func describe(id signing.Identity) certificate {
	c := id.Certificate
	d := certificate{
		ID: id.ID, Holder: c.Subject.CommonName, Issuer: c.Issuer.CommonName,
		Serial: fmt.Sprintf("%x", c.SerialNumber), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
	}
	if len(c.Subject.Organization) > 0 {
		d.Organisation = c.Subject.Organization[0]
	}
	return d
}
