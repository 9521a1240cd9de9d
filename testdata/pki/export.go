package pki

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// PKCS12 returns the identity and the sub CA's certificate as a PKCS#12 file
// under password: AES-256 and PBKDF2, readable by OpenSSL 1.1 and later.
func (p *PKI) PKCS12(id Identity, password string) ([]byte, error) {
	data, err := pkcs12.Modern2023.Encode(id.Key, id.Certificate, p.Chain(), password)
	if err != nil {
		return nil, fmt.Errorf("write PKCS#12 of %s: %w", id.Name, err)
	}
	return data, nil
}

// PEM returns certificates one after the other.
func PEM(certificates ...*x509.Certificate) []byte {
	var all []byte
	for _, c := range certificates {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return all
}
