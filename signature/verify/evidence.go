package verify

import (
	"crypto/x509"
	"time"

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
	*proofs
	certificates []*x509.Certificate
	crls, ocsps  [][]byte
	seen         map[[32]byte]bool
	items, bytes int
	// streams holds what the document's own store was decoded to, by where it
	// stands: every revision lists most of the same.
	streams map[pdf.Location][]byte
	decoded int // bytes decoded from the document's own store
}

func newPool(now time.Time, ev Evidence) *pool {
	p := &pool{proofs: newProofs(now), seen: map[[32]byte]bool{}, streams: map[pdf.Location][]byte{}}
	p.addItems(items{ev.Certificates, ev.CRLs, ev.OCSPs})
	return p
}

// items are pieces of evidence, DER.
type items struct{ certificates, crls, ocsps [][]byte }

func (p *pool) addItems(i items) {
	for _, c := range i.certificates {
		p.addCertificate(c)
	}
	p.addAll(&p.crls, i.crls)
	p.addAll(&p.ocsps, i.ocsps)
}

// prove notes that all of i existed at t.
func (p *pool) prove(i items, t time.Time) {
	for _, list := range [][][]byte{i.certificates, i.crls, i.ocsps} {
		for _, der := range list {
			p.proofs.add(der, t)
		}
	}
}

func (p *pool) fresh(b []byte) bool {
	id := p.id(b)
	if p.seen[id] || p.items >= maxEvidence || p.bytes+len(b) > maxEvidenceBytes {
		return false
	}
	p.seen[id] = true
	p.items++
	p.bytes += len(b)
	return true
}

//go:noinline
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

// itemsOf are the certificates, CRLs and OCSP responses a CMS carries.
func itemsOf(sd *cms.SignedData) items {
	i := items{crls: sd.CRLs, ocsps: sd.OCSPs}
	for _, c := range sd.Certificates {
		i.certificates = append(i.certificates, c.Raw)
	}
	for _, s := range sd.Signers {
		certs, crls, ocsps := s.Evidence()
		i.certificates = append(i.certificates, certs...)
		i.crls = append(i.crls, crls...)
		i.ocsps = append(i.ocsps, ocsps...)
	}
	return i
}

func dssOf(v pdf.View) *pdf.Dict {
	root, err := v.Catalog()
	if err != nil {
		return nil
	}
	d, _ := v.Dict(root.Get("DSS"))
	return d
}

// dssItems reads the document security store of a revision (ISO 32000-2,
// 12.8.4.3). Evidence proves itself, so who added it does not matter.
func (p *pool) dssItems(v pdf.View) items {
	dss := dssOf(v)
	return items{p.list(v, dss.Get("Certs")), p.list(v, dss.Get("CRLs")), p.list(v, dss.Get("OCSPs"))}
}

// list decodes an array of streams, each object once, and all of a document
// together within maxEvidenceBytes.
func (p *pool) list(v pdf.View, o pdf.Object) [][]byte {
	a, _ := v.Array(o)
	var out [][]byte
	done := map[pdf.Ref]bool{}
	for _, e := range a[:min(len(a), maxEvidence)] {
		ref, ok := e.(pdf.Ref)
		if !ok || done[ref] {
			continue
		}
		done[ref] = true
		if b := p.stream(v, ref); b != nil {
			out = append(out, b)
		}
	}
	return out
}

func (p *pool) stream(v pdf.View, ref pdf.Ref) []byte {
	at, ok := v.Locate(ref.Number)
	if !ok || at.Compressed {
		return nil // a stream is never inside another
	}
	if b, known := p.streams[at]; known {
		return b
	}
	o, err := v.Resolve(ref)
	s, ok := o.(*pdf.Stream)
	if !ok || err != nil || p.decoded >= maxEvidenceBytes {
		return nil
	}
	limit := int64(min(maxItem, maxEvidenceBytes-p.decoded))
	b, err := v.Decode(s, limit)
	if err != nil {
		p.decoded += int(limit) // it may have cost as much
		b = nil
	}
	p.decoded += len(b)
	p.streams[at] = b
	return b
}
