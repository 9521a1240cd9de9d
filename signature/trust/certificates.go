package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"kyso/signature/certificate"
	"kyso/signature/small"
)

// maxCertificates bounds a file of certificates. The largest bundles in use
// hold some hundred.
const maxCertificates = 2048

var errNoCertificate = errors.New("read certificates: there is none in the file")

// ParseCertificates reads a file of certificates: one in DER, any number in
// PEM with whatever stands around them, or a certs-only PKCS#7 (.p7b) in DER
// or PEM. Repeated certificates come once. An unreadable certificate is an
// error, since a missing one is worse than none; so is a file without any.
func ParseCertificates(pemOrDER []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	add := func(der []byte) error {
		found, err := parseDER(der)
		if err != nil {
			return err
		}
		for _, c := range found {
			if !contains(list, c) {
				list = append(list, c)
			}
		}
		if len(list) > maxCertificates {
			return small.Errorf("read certificates: more than %d", maxCertificates)
		}
		return nil
	}
	if !bytes.Contains(pemOrDER, []byte("-----BEGIN ")) {
		if err := add(pemOrDER); err != nil {
			return nil, err
		}
		return list, nil
	}
	for rest := pemOrDER; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "PKCS7", "CMS":
			if err := add(block.Bytes); err != nil {
				return nil, err
			}
		}
	}
	if len(list) == 0 {
		return nil, errNoCertificate
	}
	return list, nil
}

// parseDER reads a certificate or a certs-only SignedData.
func parseDER(der []byte) ([]*x509.Certificate, error) {
	cert, err := certificate.Parse(der)
	if err == nil {
		return []*x509.Certificate{cert}, nil
	}
	raw, ok := bagOf(der)
	if !ok {
		return nil, small.Errorf("read certificate: %w", err)
	}
	var list []*x509.Certificate
	for _, r := range raw {
		c, err := certificate.Parse(r)
		if err != nil {
			return nil, small.Errorf("read certificate: %w", err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errNoCertificate
	}
	return list, nil
}

func contains(list []*x509.Certificate, cert *x509.Certificate) bool {
	for _, c := range list {
		if bytes.Equal(c.Raw, cert.Raw) {
			return true
		}
	}
	return false
}
