package signing

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/algorithm"
	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/tsp"
)

// carried is what the signatures of a document bring along.
type carried struct {
	leaves       []leaf
	certificates []*x509.Certificate
	crls, ocsps  [][]byte
}

// leaf is the certificate of a signature, or of a timestamp.
type leaf struct {
	*x509.Certificate
	field string // the signature's, also for a timestamp beside it
	end   int64  // of its signed bytes
}

// readCarried reads the signatures of doc, judging nothing. What cannot be read
// is left out: the verdict says so.
func readCarried(doc *pdf.File) (*carried, error) {
	found, err := pades.Find(doc)
	if err != nil {
		return nil, err
	}
	c := &carried{}
	for _, s := range found {
		if s.Fault != nil {
			continue
		}
		if sd, _, err := cms.Parse(s.Contents); err == nil {
			c.add(leaf{field: s.Field.Name, end: s.End()}, sd, true)
		}
	}
	return c, nil
}

// maxTokens bounds the timestamps read beside one signature, as the engine
// does. Those inside a timestamp prove nothing to it.
const maxTokens = 16

func (c *carried) add(place leaf, sd *cms.SignedData, tokensToo bool) {
	c.certificates = append(c.certificates, sd.Certificates...)
	c.crls, c.ocsps = append(c.crls, sd.CRLs...), append(c.ocsps, sd.OCSPs...)
	for _, s := range sd.Signers {
		certs, crls, ocsps := s.Evidence()
		c.certificates = append(c.certificates, parseAll(certs)...)
		c.crls, c.ocsps = append(c.crls, crls...), append(c.ocsps, ocsps...)
		if cert, err := s.Find(c.certificates); err == nil {
			place.Certificate = cert
			c.leaves = append(c.leaves, place)
		}
		if !tokensToo {
			continue
		}
		tokens := s.Timestamps()
		if content, err := s.Attribute(cms.OIDContentTimestamp); err == nil {
			tokens = append(tokens, content)
		}
		for _, token := range tokens[:min(len(tokens), maxTokens)] {
			if t, err := tsp.Parse(token); err == nil {
				c.add(place, t.CMS, false)
			}
		}
	}
}

// leafOf finds the certificate of that SHA-256.
func (c *carried) leafOf(sum [sha256.Size]byte) (leaf, bool) {
	i := slices.IndexFunc(c.leaves, func(l leaf) bool { return sha256.Sum256(l.Raw) == sum })
	if i < 0 {
		return leaf{}, false
	}
	return c.leaves[i], true
}

func parseAll(list [][]byte) (certs []*x509.Certificate) {
	for _, der := range list {
		if found, err := trust.ParseCertificates(der); err == nil {
			certs = append(certs, found...)
		}
	}
	return certs
}

// The engine reads no more from a document's store either.
const (
	maxStored      = 5000
	maxStoredItem  = 32 << 20
	maxStoredBytes = 64 << 20
)

// stored is what the document security store of doc holds already.
type stored struct {
	certificates []*x509.Certificate
	crls, ocsps  [][]byte
}

func readStored(doc *pdf.File) (*stored, error) {
	s := &stored{}
	root, err := doc.Catalog()
	if err != nil {
		return nil, err
	}
	dss, err := doc.Dict(root.Get("DSS"))
	if err != nil || dss == nil {
		return s, err
	}
	left := int64(maxStoredBytes)
	read := func(key pdf.Name) (items [][]byte) {
		list, _ := doc.Array(dss.Get(key))
		for _, o := range list[:min(len(list), maxStored)] {
			o, err := doc.Resolve(o)
			stream, ok := o.(*pdf.Stream)
			if err != nil || !ok || left <= 0 {
				continue
			}
			b, err := doc.Decode(stream, min(maxStoredItem, left))
			if err != nil {
				continue
			}
			left -= int64(len(b))
			items = append(items, b)
		}
		return items
	}
	s.certificates = parseAll(read("Certs"))
	s.crls, s.ocsps = read("CRLs"), read("OCSPs")
	return s, nil
}

// maxChain is how many certificates a chain may have; real ones have four.
const maxChain = 15

// maxChainChecks bounds the signatures checked for one chain, where a document
// brings many CAs of one name.
const maxChainChecks = 100

// chainOf is cert and the certificates above it, as far as pool holds them; the
// first that fits at each step. What signed itself ends it.
func chainOf(cert *x509.Certificate, pool []*x509.Certificate) []*x509.Certificate {
	chain := []*x509.Certificate{cert}
	for checks := 0; len(chain) < maxChain; {
		last := chain[len(chain)-1]
		if isSelfSigned(last) {
			break
		}
		i := slices.IndexFunc(pool, func(c *x509.Certificate) bool {
			if checks >= maxChainChecks || holds(chain, c) || !trust.SameName(c.RawSubject, last.RawIssuer) {
				return false
			}
			checks++
			return algorithm.VerifyCertificate(last, c) == nil
		})
		if i < 0 {
			break
		}
		chain = append(chain, pool[i])
	}
	return chain
}

func isSelfSigned(c *x509.Certificate) bool {
	return trust.SameName(c.RawSubject, c.RawIssuer) && algorithm.VerifyCertificate(c, c) == nil
}

func holds(list []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(list, func(o *x509.Certificate) bool { return bytes.Equal(o.Raw, c.Raw) })
}

// isAuthority tells whether a chain may end at c for want of more.
func isAuthority(c *x509.Certificate) bool { return c.BasicConstraintsValid && c.IsCA }

// wholeOCSP is an OCSPResponse around what may be a bare BasicOCSPResponse, as
// CAdES stores them; the store of a PDF takes whole ones alone.
func wholeOCSP(der []byte) []byte {
	in := cryptobyte.String(der)
	var body cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) || body.PeekASN1Tag(asn1.ENUM) {
		return der
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier([]int{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
				b.AddASN1OctetString(der)
			})
		})
	})
	return b.BytesOrPanic()
}
