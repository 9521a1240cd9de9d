package revocation

import (
	"crypto/x509"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/trust"
)

// reasons is a ReasonFlags set; bit n stands for bit n of RFC 5280 4.2.1.13.
type reasons uint16

// allReasons are keyCompromise (1) to aACompromise (8).
const allReasons reasons = 0x1fe

// issuingPoint is an IssuingDistributionPoint, RFC 5280 5.2.5.
type issuingPoint struct {
	names                            [][]byte // DER GeneralNames; nil when absent
	relative                         []byte   // DER contents of a RelativeDistinguishedName
	userOnly, caOnly, attributesOnly bool
	some                             reasons // 0: all
	indirect                         bool
}

// distributionPoint is a DistributionPoint of a certificate, RFC 5280 4.2.1.13.
type distributionPoint struct {
	names    [][]byte
	relative []byte
	some     reasons // 0: all
	issuers  [][]byte
}

func parseIDP(v cryptobyte.String) (*issuingPoint, error) {
	p := &issuingPoint{}
	var seq cryptobyte.String
	// RFC 5280 5.2.5: never an empty sequence.
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() || seq.Empty() {
		return nil, errCRL
	}
	var ok bool
	if p.names, p.relative, ok = readPointName(&seq); !ok {
		return nil, errCRL
	}
	if !readFlag(&seq, 1, &p.userOnly) || !readFlag(&seq, 2, &p.caOnly) || !readReasons(&seq, 3, &p.some) ||
		!readFlag(&seq, 4, &p.indirect) || !readFlag(&seq, 5, &p.attributesOnly) || !seq.Empty() ||
		(p.userOnly && p.caOnly) || (p.attributesOnly && (p.userOnly || p.caOnly)) {
		return nil, errCRL
	}
	return p, nil
}

// readPointName reads an optional [0] DistributionPointName.
func readPointName(seq *cryptobyte.String) (names [][]byte, relative []byte, ok bool) {
	var outer, inner cryptobyte.String
	var present bool
	if !seq.ReadOptionalASN1(&outer, &present, tag0) {
		return nil, nil, false
	}
	if !present {
		return nil, nil, true
	}
	var tag cbasn1.Tag
	if !outer.ReadAnyASN1(&inner, &tag) || !outer.Empty() {
		return nil, nil, false
	}
	switch tag {
	case tag0:
		names, ok = readGeneralNames(inner)
		return names, nil, ok && len(names) > 0
	case tag1:
		return nil, inner, len(inner) > 0
	}
	return nil, nil, false
}

// maxNames bounds a GeneralNames; real ones have one or two.
const maxNames = 64

func readGeneralNames(in cryptobyte.String) (names [][]byte, ok bool) {
	for !in.Empty() {
		var e cryptobyte.String
		var tag cbasn1.Tag
		if len(names) == maxNames || !in.ReadAnyASN1Element(&e, &tag) {
			return nil, false
		}
		names = append(names, e)
	}
	return names, true
}

func readFlag(seq *cryptobyte.String, n uint8, flag *bool) bool {
	var v cryptobyte.String
	var present bool
	if !seq.ReadOptionalASN1(&v, &present, cbasn1.Tag(n).ContextSpecific()) {
		return false
	}
	if present {
		if len(v) != 1 || (v[0] != 0 && v[0] != 0xff) {
			return false
		}
		*flag = v[0] != 0
	}
	return true
}

func readReasons(seq *cryptobyte.String, n uint8, some *reasons) bool {
	var v cryptobyte.String
	var present bool
	if !seq.ReadOptionalASN1(&v, &present, cbasn1.Tag(n).ContextSpecific()) || !present {
		return !present
	}
	// A BIT STRING of at most nine bits: the count of unused bits, then them.
	if len(v) < 2 || len(v) > 3 || v[0] > 7 {
		return false
	}
	for bit := 0; bit < 8*(len(v)-1)-int(v[0]); bit++ {
		if v[1+bit/8]&(0x80>>(bit%8)) != 0 {
			*some |= 1 << bit
		}
	}
	return *some != 0
}

// pointsOf are the distribution points of cert; ok is false when they cannot
// be read.
func pointsOf(cert *x509.Certificate) (points []distributionPoint, ok bool) {
	der, present := extensionOf(cert, oidDistribution)
	if !present {
		return nil, true
	}
	in := cryptobyte.String(der)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, false
	}
	for !list.Empty() {
		var one, issuers cryptobyte.String
		var has bool
		p := distributionPoint{}
		if len(points) == maxNames || !list.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		if p.names, p.relative, ok = readPointName(&one); !ok {
			return nil, false
		}
		if !readReasons(&one, 1, &p.some) || !one.ReadOptionalASN1(&issuers, &has, tag2) || !one.Empty() {
			return nil, false
		}
		if has {
			if p.issuers, ok = readGeneralNames(issuers); !ok {
				return nil, false
			}
		}
		points = append(points, p)
	}
	return points, true
}

// covers is RFC 5280 6.3.3 (b) and (d): which reasons l covers for cert of
// issuer, 0 when cert is out of its scope.
func (l *crl) covers(cert, issuer *x509.Certificate) reasons {
	points, ok := pointsOf(cert)
	if !ok {
		return 0
	}
	isCA := cert.BasicConstraintsValid && cert.IsCA
	mask := allReasons
	if p := l.idp; p != nil {
		if p.attributesOnly || (p.userOnly && isCA) || (p.caOnly && !isCA) {
			return 0
		}
		if (p.userOnly || p.caOnly) && cert.Version < 3 {
			return 0 // RFC 5280 5.2.5: such a list has no certificates of version 1
		}
		if p.some != 0 {
			mask = p.some & allReasons
		}
	}
	direct := trust.SameName(l.issuer, issuer.RawSubject)
	if direct && (l.idp == nil || (l.idp.names == nil && l.idp.relative == nil)) {
		// A list of everything the issuer issued, wherever it was found.
		return mask
	}
	covered := reasons(0)
	for _, p := range points {
		if !l.isAt(p, cert, direct) {
			continue
		}
		some := allReasons
		if p.some != 0 {
			some = p.some & allReasons
		}
		covered |= mask & some
	}
	if covered == 0 && direct && containsBytes(l.idp.names, directoryName(cert.RawIssuer)) {
		// RFC 5280 6.3.3, last paragraph: the point an issuer has by default.
		covered = mask
	}
	return covered
}

// isAt tells whether l is the CRL of point p of cert.
func (l *crl) isAt(p distributionPoint, cert *x509.Certificate, direct bool) bool {
	if len(p.issuers) > 0 {
		// (b) (1): the named issuer, on an indirect CRL.
		if l.idp == nil || !l.idp.indirect || !containsBytes(p.issuers, directoryName(l.issuer)) {
			return false
		}
	} else if !direct {
		return false
	}
	if l.idp == nil || (l.idp.names == nil && l.idp.relative == nil) {
		return true
	}
	// (b) (2) (i): one of the names in common; a point without names goes by
	// its cRLIssuer.
	mine := l.idp.names
	if l.idp.relative != nil {
		mine = [][]byte{below(l.issuer, l.idp.relative)}
	}
	theirs := p.names
	switch {
	case p.relative != nil && len(p.issuers) > 0:
		theirs = [][]byte{below(l.issuer, p.relative)}
	case p.relative != nil:
		theirs = [][]byte{below(cert.RawIssuer, p.relative)}
	case theirs == nil:
		theirs = p.issuers
	}
	for _, n := range mine {
		if containsBytes(theirs, n) {
			return true
		}
	}
	return false
}

// directoryName is the GeneralName for a DER Name.
func directoryName(name []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(name) })
	return b.BytesOrPanic()
}

// below is the directoryName one RelativeDistinguishedName below a Name.
func below(name, relative []byte) []byte {
	in := cryptobyte.String(name)
	var rdns cryptobyte.String
	if !in.ReadASN1(&rdns, cbasn1.SEQUENCE) {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(rdns)
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(relative) })
	})
	return directoryName(b.BytesOrPanic())
}

// onlyDirectoryName reads GeneralNames that hold one directoryName (RFC 5280
// 5.3.3).
func onlyDirectoryName(v cryptobyte.String) (name []byte, ok bool) {
	var seq, choice, element cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() ||
		!seq.ReadASN1(&choice, cbasn1.Tag(4).ContextSpecific().Constructed()) || !seq.Empty() ||
		!choice.ReadASN1Element(&element, cbasn1.SEQUENCE) || !choice.Empty() {
		return nil, false
	}
	return element, true
}
