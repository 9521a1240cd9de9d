package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"time"

	"kyso/signature/trust"
)

// The kinds of file that inspect tells apart, by content alone.
const (
	kindCertificates = "certificates"
	kindCRL          = "crl"
	kindOCSP         = "ocsp"
	kindPDF          = "pdf"
	kindUnknown      = "unknown"
)

// material is what a file holds; wasm/npm/src/types.ts mirrors it.
type material struct {
	Kind         string        `json:"kind"`
	Certificates []certificate `json:"certificates,omitempty"`
	// Issuer, ThisUpdate and NextUpdate describe a CRL.
	Issuer     string     `json:"issuer,omitempty"`
	ThisUpdate *time.Time `json:"thisUpdate,omitempty"`
	NextUpdate *time.Time `json:"nextUpdate,omitempty"`
}

// certificate is enough for a person to recognise one before trusting it.
type certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// CA: the certificate may issue others. SelfIssued: by its own name.
	CA         bool   `json:"ca"`
	SelfIssued bool   `json:"selfIssued"`
	SHA256     string `json:"sha256"` // of the certificate, hexadecimal
	DER        []byte `json:"der"`    // base64
}

// inspect tells what data is, as JSON. What it cannot read is "unknown", never
// an error: a person picked the file.
func inspect(data []byte) (string, error) {
	text, err := json.Marshal(recognise(data))
	return string(text), err
}

func recognise(data []byte) material {
	if list, err := trust.ParseCertificates(data); err == nil {
		m := material{Kind: kindCertificates}
		for _, c := range list {
			sum := sha256.Sum256(c.Raw)
			m.Certificates = append(m.Certificates, certificate{
				Subject: name(c.Subject), Issuer: name(c.Issuer), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
				CA: c.IsCA, SelfIssued: bytes.Equal(c.RawSubject, c.RawIssuer), SHA256: hex.EncodeToString(sum[:]), DER: c.Raw,
			})
		}
		return m
	}
	if list, err := x509.ParseRevocationList(unwrap(data, "X509 CRL")); err == nil {
		m := material{Kind: kindCRL, Issuer: name(list.Issuer), ThisUpdate: &list.ThisUpdate}
		if !list.NextUpdate.IsZero() {
			m.NextUpdate = &list.NextUpdate
		}
		return m
	}
	if isOCSP(data) {
		return material{Kind: kindOCSP}
	}
	if bytes.Contains(data[:min(headerRange, len(data))], []byte("%PDF-")) {
		return material{Kind: kindPDF}
	}
	return material{Kind: kindUnknown}
}

// isOCSP tells whether der has the shape of an OCSPResponse with a
// BasicOCSPResponse (RFC 6960, 4.2.1). Its content is judged with a document.
func isOCSP(der []byte) bool {
	var response struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	rest, err := asn1.Unmarshal(der, &response)
	return err == nil && len(rest) == 0 && response.Bytes.Type.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
}

// name is what people call the holder of a name.
func name(n pkix.Name) string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return n.String()
}
