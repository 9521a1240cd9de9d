package verify

import (
	"crypto/x509"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/trust"
)

const (
	// maxEvidence bounds the items taken from one document; an archive of
	// many signatures holds a few hundred.
	maxEvidence = 5000
	// maxItem bounds one certificate, CRL or OCSP response. The longest CRLs
	// of state CAs are a few MiB.
	maxItem = 32 << 20
	// maxEvidenceBytes bounds them together.
	maxEvidenceBytes = 64 << 20
)

// pool is all the evidence there is, each item once.
type pool struct {
	certificates []*x509.Certificate
	crls, ocsps  [][]byte
	seen         map[string]bool
	items, bytes int
	decoded      int // bytes decoded from the document's own store
}

func newPool(doc *pdf.File, ev Evidence) *pool {
	p := &pool{seen: map[string]bool{}}
	for _, c := range ev.Certificates {
		p.addCertificate(c)
	}
	p.addAll(&p.crls, ev.CRLs)
	p.addAll(&p.ocsps, ev.OCSPs)
	p.addDSS(doc)
	return p
}

func (p *pool) fresh(b []byte) bool {
	if p.seen[string(b)] || p.items >= maxEvidence || p.bytes+len(b) > maxEvidenceBytes {
		return false
	}
	p.seen[string(b)] = true
	p.items++
	p.bytes += len(b)
	return true
}

func (p *pool) addAll(to *[][]byte, items [][]byte) {
	for _, b := range items {
		if p.fresh(b) {
			*to = append(*to, b)
		}
	}
}

// addCertificate leaves out what cannot be read: it helps nobody, and a path
// that needs it will say that it is missing.
func (p *pool) addCertificate(der []byte) {
	if !p.fresh(der) {
		return
	}
	if certs, err := trust.ParseCertificates(der); err == nil {
		p.certificates = append(p.certificates, certs...)
	}
}

func (p *pool) addCMS(sd *cms.SignedData) {
	for _, c := range sd.Certificates {
		if p.fresh(c.Raw) {
			p.certificates = append(p.certificates, c)
		}
	}
	p.addAll(&p.crls, sd.CRLs)
	p.addAll(&p.ocsps, sd.OCSPs)
	for _, s := range sd.Signers {
		certs, crls, ocsps := s.Evidence()
		for _, c := range certs {
			p.addCertificate(c)
		}
		p.addAll(&p.crls, crls)
		p.addAll(&p.ocsps, ocsps)
	}
}

// addDSS reads the document security store of the newest revision (ISO
// 32000-2, 12.8.4.3). Evidence proves itself, so who added it does not matter.
func (p *pool) addDSS(doc *pdf.File) {
	if doc.Encrypted() {
		return
	}
	dss := dssOf(doc.View)
	for _, c := range p.streams(doc.View, dss.Get("Certs")) {
		p.addCertificate(c)
	}
	p.addAll(&p.crls, p.streams(doc.View, dss.Get("CRLs")))
	p.addAll(&p.ocsps, p.streams(doc.View, dss.Get("OCSPs")))
}

func dssOf(v pdf.View) *pdf.Dict {
	root, err := v.Catalog()
	if err != nil {
		return nil
	}
	d, _ := v.Dict(root.Get("DSS"))
	return d
}

// streams decodes an array of streams, each object once, and all of a document
// together within maxEvidenceBytes.
func (p *pool) streams(v pdf.View, o pdf.Object) [][]byte {
	a, _ := v.Array(o)
	var out [][]byte
	done := map[pdf.Object]bool{}
	for _, e := range a[:min(len(a), maxEvidence)] {
		if ref, ok := e.(pdf.Ref); !ok || done[ref] {
			continue
		}
		done[e] = true
		o, err := v.Resolve(e)
		s, ok := o.(*pdf.Stream)
		if !ok || err != nil || p.decoded >= maxEvidenceBytes {
			continue
		}
		limit := int64(min(maxItem, maxEvidenceBytes-p.decoded))
		b, err := v.Decode(s, limit)
		if err != nil {
			p.decoded += int(limit) // it may have cost as much
			continue
		}
		p.decoded += len(b)
		out = append(out, b)
	}
	return out
}
