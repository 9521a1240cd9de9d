package revocation

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
	"kyso/signature/trust"
)

// maxCRLSize bounds one CRL. The largest public ones have some ten megabytes,
// those of the Government CAs below two.
const maxCRLSize = 64 << 20

// Extensions of CRLs and of their entries, RFC 5280 5.2 and 5.3.
var (
	oidIssuerAltName     = asn1.ObjectIdentifier{2, 5, 29, 18}
	oidCRLNumber         = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReasonCode        = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidHoldInstruction   = asn1.ObjectIdentifier{2, 5, 29, 23}
	oidInvalidityDate    = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidDeltaIndicator    = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIDP               = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCertificateIssuer = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidDistribution      = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidAuthorityKey      = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidFreshestCRL       = asn1.ObjectIdentifier{2, 5, 29, 46}
	oidExpiredCerts      = asn1.ObjectIdentifier{2, 5, 29, 60}
	oidAuthorityInfo     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
)

// crl is a CertificateList, RFC 5280 5.1, its entries still encoded.
type crl struct {
	signed
	version                int    // 0 for version 1, 1 for version 2
	issuer                 []byte // DER Name
	thisUpdate, nextUpdate time.Time
	entries                cryptobyte.String
	number, base           *big.Int // base is set for a delta CRL
	idp                    *issuingPoint
	idpRaw, keyID          []byte
	expiredSince           time.Time // expiredCertsOnCRL, X.509
	critical               asn1.ObjectIdentifier
}

var errCRL = errors.New("malformed CRL")

func parseCRL(der []byte) (*crl, error) {
	if len(der) > maxCRLSize {
		return nil, small.Errorf("CRL of more than %d bytes", maxCRLSize)
	}
	l := &crl{}
	in := cryptobyte.String(der)
	var outer, element, tbs, id, innerID, issuer, extensions cryptobyte.String
	var present bool
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !in.Empty() || !outer.ReadASN1Element(&element, cbasn1.SEQUENCE) ||
		!outer.ReadASN1Element(&id, cbasn1.SEQUENCE) || !outer.ReadASN1BitStringAsBytes(&l.value) || !outer.Empty() {
		return nil, errCRL
	}
	l.tbs, l.algorithm = element, id
	if !element.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return nil, errCRL
	}
	if tbs.PeekASN1Tag(cbasn1.INTEGER) && (!tbs.ReadASN1Integer(&l.version) || l.version != 1) {
		return nil, errCRL
	}
	// RFC 5280 5.1.1.2: both identifiers are the same.
	if !tbs.ReadASN1Element(&innerID, cbasn1.SEQUENCE) || !bytes.Equal(innerID, id) ||
		!tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !readTime(&tbs, &l.thisUpdate) {
		return nil, errCRL
	}
	l.issuer, l.issued = issuer, l.thisUpdate
	if tbs.PeekASN1Tag(cbasn1.UTCTime) || tbs.PeekASN1Tag(cbasn1.GeneralizedTime) {
		if !readTime(&tbs, &l.nextUpdate) {
			return nil, errCRL
		}
	}
	if tbs.PeekASN1Tag(cbasn1.SEQUENCE) && !tbs.ReadASN1(&l.entries, cbasn1.SEQUENCE) {
		return nil, errCRL
	}
	if !tbs.ReadOptionalASN1(&extensions, &present, tag0) || !tbs.Empty() {
		return nil, errCRL
	}
	if !present {
		return l, nil
	}
	if l.version != 1 {
		return nil, errCRL
	}
	return l, readExtensions(extensions, l.readExtension)
}

func (l *crl) readExtension(oid asn1.ObjectIdentifier, critical bool, value []byte) (err error) {
	v := cryptobyte.String(value)
	switch {
	case small.SameOID(oid, oidCRLNumber):
		l.number, err = readNumber(v)
	case small.SameOID(oid, oidDeltaIndicator):
		l.base, err = readNumber(v)
	case small.SameOID(oid, oidIDP):
		l.idpRaw = value
		l.idp, err = parseIDP(v)
	case small.SameOID(oid, oidAuthorityKey):
		var seq, id cryptobyte.String
		if !v.ReadASN1(&seq, cbasn1.SEQUENCE) {
			return errCRL
		}
		if seq.PeekASN1Tag(cbasn1.Tag(0).ContextSpecific()) {
			if !seq.ReadASN1(&id, cbasn1.Tag(0).ContextSpecific()) {
				return errCRL
			}
			l.keyID = id
		}
	case small.SameOID(oid, oidExpiredCerts):
		if !v.ReadASN1GeneralizedTime(&l.expiredSince) || !v.Empty() {
			return errCRL
		}
	case small.SameOID(oid, oidIssuerAltName), small.SameOID(oid, oidFreshestCRL), small.SameOID(oid, oidAuthorityInfo):
		// They say where more is to be found, not what this CRL means.
	default:
		if critical {
			l.critical = oid
		}
	}
	return err
}

func readNumber(v cryptobyte.String) (*big.Int, error) {
	n := new(big.Int)
	if len(v) > 64 || !v.ReadASN1Integer(n) || !v.Empty() || n.Sign() < 0 {
		return nil, errCRL
	}
	return n, nil
}

func readTime(in *cryptobyte.String, t *time.Time) bool {
	if in.PeekASN1Tag(cbasn1.UTCTime) {
		return in.ReadASN1UTCTime(t)
	}
	return in.ReadASN1GeneralizedTime(t)
}

// entry is what a CRL says of one certificate.
type entry struct {
	revokedAt time.Time
	reason    int
}

// errEntryExtension: RFC 5280 5.3: a critical entry extension that is not
// understood makes the whole CRL unusable.
var errEntryExtension = errors.New("a CRL entry has an unknown critical extension")

// find is the entry for the certificate with this serial number from an issuer
// named by one of names; nil when there is none. Every entry is read, since
// any of them may make the CRL unusable.
func (l *crl) find(serial []byte, names [][]byte) (*entry, error) {
	var found *entry
	current := l.issuer // RFC 5280 5.3.3: inherited from entry to entry
	for rest := l.entries; !rest.Empty(); {
		var one, number, extensions cryptobyte.String
		e := entry{}
		if !rest.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1(&number, cbasn1.INTEGER) || !readTime(&one, &e.revokedAt) {
			return nil, errCRL
		}
		if !one.Empty() {
			if l.version != 1 || !one.ReadASN1Element(&extensions, cbasn1.SEQUENCE) || !one.Empty() {
				return nil, errCRL
			}
			err := readExtensions(extensions, func(oid asn1.ObjectIdentifier, critical bool, value []byte) error {
				v := cryptobyte.String(value)
				switch {
				case small.SameOID(oid, oidReasonCode):
					if !v.ReadASN1Enum(&e.reason) || !v.Empty() {
						return errCRL
					}
				case small.SameOID(oid, oidCertificateIssuer):
					name, ok := onlyDirectoryName(v)
					if !ok || l.idp == nil || !l.idp.indirect {
						return errCRL
					}
					current = name
				case small.SameOID(oid, oidInvalidityDate), small.SameOID(oid, oidHoldInstruction):
				default:
					if critical {
						return errEntryExtension
					}
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		// Of several entries the one that revokes, and revokes earliest, counts.
		if (found == nil || found.reason == ReasonRemoveFromCRL || (e.reason != ReasonRemoveFromCRL && e.revokedAt.Before(found.revokedAt))) && bytes.Equal(number, serial) && slices.ContainsFunc(names, func(n []byte) bool { return trust.SameName(n, current) }) {
			found = &e
		}
	}
	return found, nil
}

//go:noinline
func containsBytes(list [][]byte, item []byte) bool {
	for _, e := range list {
		if bytes.Equal(e, item) {
			return true
		}
	}
	return false
}

func (l *crl) until() time.Time { return validUntil(l.thisUpdate, l.nextUpdate) }
