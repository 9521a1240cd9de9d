package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/hex"

	"time"

	engine "kyso/signature/certificate"
	"kyso/signature/revocation"
	"kyso/signature/trust"
	"kyso/wasm/internal/plainjson"
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
	Kind         string
	Certificates []certificate
	// Issuer, ThisUpdate and NextUpdate describe a CRL.
	Issuer                 string
	ThisUpdate, NextUpdate *time.Time
}

func (m material) write(w *plainjson.Writer) {
	w.Open("")
	w.String("kind", m.Kind)
	if len(m.Certificates) > 0 {
		w.List("certificates", len(m.Certificates), func(i int) { m.Certificates[i].write(w) })
	}
	w.Some("issuer", m.Issuer)
	w.SomeTime("thisUpdate", m.ThisUpdate)
	w.SomeTime("nextUpdate", m.NextUpdate)
	w.Close()
}

// certificate is enough for a person to recognise one before trusting it.
type certificate struct {
	Subject, Issuer     string
	NotBefore, NotAfter time.Time
	// CA: the certificate may issue others. SelfIssued: by its own name.
	CA, SelfIssued bool
	SHA256         string // of the certificate, hexadecimal
	DER            []byte // base64
}

func (c *certificate) write(w *plainjson.Writer) {
	w.Open("")
	w.String("subject", c.Subject)
	w.String("issuer", c.Issuer)
	w.Time("notBefore", c.NotBefore)
	w.Time("notAfter", c.NotAfter)
	w.Bool("ca", c.CA)
	w.Bool("selfIssued", c.SelfIssued)
	w.String("sha256", c.SHA256)
	w.Bytes("der", c.DER)
	w.Close()
}

// inspect tells what data is, as JSON. What it cannot read is "unknown", never
// an error: a person picked the file.
func inspect(data []byte) (string, error) {
	var w plainjson.Writer
	recognise(data).write(&w)
	return w.Text()
}

func recognise(data []byte) material {
	if list, err := trust.ParseCertificates(data); err == nil {
		m := material{Kind: kindCertificates}
		for _, c := range list {
			sum := sha256.Sum256(c.Raw)
			m.Certificates = append(m.Certificates, certificate{
				Subject: name(c.Subject, c.RawSubject), Issuer: name(c.Issuer, c.RawIssuer), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
				CA: c.IsCA, SelfIssued: bytes.Equal(c.RawSubject, c.RawIssuer), SHA256: hex.EncodeToString(sum[:]), DER: c.Raw,
			})
		}
		return m
	}
	if list, err := revocation.ReadCRLHeader(unwrap(data, "X509 CRL")); err == nil {
		m := material{Kind: kindCRL, Issuer: name(list.Issuer, list.RawIssuer), ThisUpdate: &list.ThisUpdate}
		if !list.NextUpdate.IsZero() {
			m.NextUpdate = &list.NextUpdate
		}
		return m
	}
	if revocation.IsOCSPResponse(data) {
		return material{Kind: kindOCSP}
	}
	if bytes.Contains(data[:min(headerRange, len(data))], []byte("%PDF-")) {
		return material{Kind: kindPDF}
	}
	return material{Kind: kindUnknown}
}

// name is what people call the holder of a name, given read and in DER.
func name(n pkix.Name, der []byte) string {
	if n.CommonName != "" {
		return n.CommonName
	}
	return engine.NameText(der)
}
