package main

import (
	"bytes"
	"crypto/x509"

	"encoding/pem"
	"fmt"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/wasm/internal/plainjson"
)

const (
	// maxEvidenceBytes bounds anchors and evidence of one call together. The
	// largest CRLs of public authorities have some ten megabytes.
	maxEvidenceBytes = 64 << 20
	// maxMilliseconds is the year 9999, the last that JSON's time format holds.
	maxMilliseconds = 253_402_300_799_999
	// headerRange is where a reader may look for "%PDF-".
	headerRange = 1024
)

// request is one call of verify.
type request struct {
	document *cachedReader
	size     int64
	at       time.Time
	// trust holds files of certificates, certificates and crls hold PEM or
	// DER, ocsps hold DER.
	trust, certificates, crls, ocsps [][]byte
	progress                         func(done, total int64)
}

// judge answers with verify.Document's report as JSON.
func judge(r request) (string, error) {
	var anchors []*x509.Certificate
	for i, file := range r.trust {
		list, err := trust.ParseCertificates(file)
		if err != nil {
			return "", &fault{BadEvidence, fmt.Errorf("read trust anchor %d: %w", i+1, err)}
		}
		anchors = append(anchors, list...)
	}
	var evidence verify.Evidence
	for i, file := range r.certificates {
		list, err := trust.ParseCertificates(file)
		if err != nil {
			return "", &fault{BadEvidence, fmt.Errorf("read certificate %d: %w", i+1, err)}
		}
		for _, c := range list {
			evidence.Certificates = append(evidence.Certificates, c.Raw)
		}
	}
	for _, file := range r.crls {
		evidence.CRLs = append(evidence.CRLs, unwrap(file, "X509 CRL"))
	}
	evidence.OCSPs = r.ocsps

	report, err := document(r, evidence, trust.NewStore(anchors...))
	if r.document.fault != nil { // what came of it says nothing about the document
		return "", &fault{FileUnreadable, r.document.fault}
	}
	if err != nil {
		return "", err
	}
	text, err := plainjson.Report(report)
	if err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	return text, nil
}

func document(r request, evidence verify.Evidence, store *trust.Store) (*verify.Report, error) {
	head := make([]byte, min(headerRange, r.size))
	if _, err := r.document.ReadAt(head, 0); err == nil && !bytes.Contains(head, []byte("%PDF-")) || r.size == 0 {
		return nil, &fault{NotAPDF, fmt.Errorf("no %%PDF- header in the first %d bytes", headerRange)}
	}
	doc, err := pdf.Open(r.document, r.size)
	if err != nil {
		return nil, fmt.Errorf("open the document: %w", err)
	}
	return verify.Document(doc, evidence, verify.Policy{Trust: store, At: r.at, Progress: r.progress})
}

// unwrap takes the PEM armour of the given type off, where there is one.
func unwrap(data []byte, kind string) []byte {
	if b, _ := pem.Decode(data); b != nil && b.Type == kind {
		return b.Bytes
	}
	return data
}
