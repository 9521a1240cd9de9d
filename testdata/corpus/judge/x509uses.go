package main

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kyso/signature/algorithm"
	"kyso/signature/trust"
)

// certificate is one of a PEM file, with the uses OpenSSL's own form of
// certificate trusts and rejects it for.
type certificate struct {
	*x509.Certificate
	trusted, rejected []asn1.ObjectIdentifier
}

var (
	oidServer = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	oidClient = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	oidAnyUse = asn1.ObjectIdentifier{2, 5, 29, 37, 0}
	oidEKU    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// serves tells whether c may be used for purpose. Unlike the engine, TLS takes
// the extension of a CA for a limit on what it certifies.
func serves(c *x509.Certificate, purpose asn1.ObjectIdentifier) bool {
	for _, e := range c.Extensions {
		if purpose != nil && e.Id.Equal(oidEKU) {
			var uses []asn1.ObjectIdentifier
			_, err := asn1.Unmarshal(e.Value, &uses)
			return err == nil && slices.ContainsFunc(uses, purpose.Equal)
		}
	}
	return true
}

type standing int

const (
	neither standing = iota
	accepted
	denied
)

// standing tells whether OpenSSL ends a path at c: by the uses it is trusted or
// rejected for, or else when it is self-signed or partial chains are wanted.
// Without a purpose the uses do not count.
func (c certificate) standing(o verifyOptions) standing {
	matches := func(id asn1.ObjectIdentifier) bool { return id.Equal(oidAnyUse) || id.Equal(o.purpose) }
	self := algorithm.VerifyCertificate(c.Certificate, c.Certificate) == nil
	switch {
	case o.purpose != nil && slices.ContainsFunc(c.rejected, matches):
		return denied
	case slices.ContainsFunc(c.trusted, matches):
		return accepted
	case o.purpose != nil && len(c.trusted) > 0:
		return denied
	case o.checkSelf && trust.SameName(c.RawSubject, c.RawIssuer) && !self:
		return denied
	case o.partial || self:
		return accepted
	}
	return neither
}

// readCertificates reads files named as OpenSSL's recipes name them. The index
// has "root+serverAuth" as two names.
func readCertificates(test string, names ...string) (list []certificate, err error) {
	file := func(name string) string {
		return filepath.Join(test, "certs", strings.TrimPrefix(strings.TrimSuffix(name, ".pem"), "certs/")+".pem")
	}
	for i := 0; i < len(names); i++ {
		found, err := readPEM(file(names[i]))
		if errors.Is(err, os.ErrNotExist) && i+1 < len(names) {
			if both, err2 := readPEM(file(names[i] + "+" + names[i+1])); err2 == nil {
				found, err = both, nil
				i++
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// readPEM reads the certificates of a file. One that cannot be read cannot be
// part of a path, and is left out.
func readPEM(file string) (list []certificate, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list, nil
		}
		c := certificate{}
		der := block.Bytes
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
		case "TRUSTED CERTIFICATE":
			der = c.readUses(der)
		default:
			continue
		}
		if certs, err := trust.ParseCertificates(der); err == nil {
			c.Certificate = certs[0]
			list = append(list, c)
		}
	}
}

// readUses reads what follows the certificate in OpenSSL's own form, and
// returns the certificate.
func (c *certificate) readUses(der []byte) []byte {
	var cert asn1.RawValue
	rest, err := asn1.Unmarshal(der, &cert)
	if err != nil || len(rest) == 0 {
		return der
	}
	var aux struct {
		Trusted  []asn1.ObjectIdentifier `asn1:"optional"`
		Rejected []asn1.ObjectIdentifier `asn1:"optional,tag:0"`
		Alias    string                  `asn1:"optional,utf8"`
		KeyID    []byte                  `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(rest, &aux); err == nil {
		c.trusted, c.rejected = aux.Trusted, aux.Rejected
	}
	return cert.FullBytes
}
