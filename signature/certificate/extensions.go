package certificate

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/small"
)

// maxExtensions bounds the extensions of a certificate; real ones have about
// ten.
const maxExtensions = 128

var (
	oidAuthorityInfo = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidOCSP          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidIssuers       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2}
)

// readExtensions reads Extensions, RFC 5280 4.2.
func readExtensions(cert *x509.Certificate, in cryptobyte.String) error {
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) || !in.Empty() {
		return malformed("extensions")
	}
	for !list.Empty() {
		var one, value cryptobyte.String
		var e pkix.Extension
		if len(cert.Extensions) == maxExtensions || !list.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&e.Id) ||
			(one.PeekASN1Tag(cbasn1.BOOLEAN) && !one.ReadASN1Boolean(&e.Critical)) ||
			!one.ReadASN1(&value, cbasn1.OCTET_STRING) || !one.Empty() {
			return malformed("extension")
		}
		e.Value = value
		if slices.ContainsFunc(cert.Extensions, func(x pkix.Extension) bool { return x.Id.Equal(e.Id) }) {
			return malformed("extensions: " + e.Id.String() + " is there twice")
		}
		cert.Extensions = append(cert.Extensions, e)
		if !readExtension(cert, e) {
			return malformed("extension " + e.Id.String())
		}
	}
	return nil
}

// readExtension takes over what an extension says. It is false for a malformed
// one that path validation rests on; the others are left to whoever uses them,
// who reads the encoding.
func readExtension(cert *x509.Certificate, e pkix.Extension) bool {
	v := cryptobyte.String(e.Value)
	if small.SameOID(e.Id, oidAuthorityInfo) {
		readAuthorityInfo(cert, v)
		return true
	}
	if len(e.Id) != 4 || e.Id[0] != 2 || e.Id[1] != 5 || e.Id[2] != 29 {
		return true
	}
	switch e.Id[3] {
	case 14: // subjectKeyIdentifier
		var id cryptobyte.String
		if !v.ReadASN1(&id, cbasn1.OCTET_STRING) || !v.Empty() {
			return false
		}
		cert.SubjectKeyId = id
	case 15: // keyUsage
		var bits asn1.BitString
		if !v.ReadASN1BitString(&bits) || !v.Empty() {
			return false
		}
		for i := range 9 {
			cert.KeyUsage |= x509.KeyUsage(bits.At(i) << i)
		}
	case 17: // subjectAltName
		readEmails(cert, v)
	case 19: // basicConstraints
		return readBasicConstraints(cert, v)
	case 31: // cRLDistributionPoints
		readPoints(cert, v)
	case 32: // certificatePolicies
		readPolicies(cert, v)
	case 33: // policyMappings
		return readMappings(cert, v)
	case 35: // authorityKeyIdentifier
		return readAuthorityKey(cert, v)
	case 36: // policyConstraints
		var seq cryptobyte.String
		return v.ReadASN1(&seq, cbasn1.SEQUENCE) && v.Empty() &&
			readSkip(&seq, tag0, &cert.RequireExplicitPolicy, &cert.RequireExplicitPolicyZero) &&
			readSkip(&seq, tag1, &cert.InhibitPolicyMapping, &cert.InhibitPolicyMappingZero) && seq.Empty()
	case 37: // extKeyUsage
		return readUsages(cert, v)
	case 54: // inhibitAnyPolicy
		return readSkip(&v, cbasn1.INTEGER, &cert.InhibitAnyPolicy, &cert.InhibitAnyPolicyZero) && v.Empty()
	}
	return true
}

func readBasicConstraints(cert *x509.Certificate, v cryptobyte.String) bool {
	var seq cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() ||
		(seq.PeekASN1Tag(cbasn1.BOOLEAN) && !seq.ReadASN1Boolean(&cert.IsCA)) {
		return false
	}
	cert.MaxPathLen = -1
	if !readSkip(&seq, cbasn1.INTEGER, &cert.MaxPathLen, &cert.MaxPathLenZero) || !seq.Empty() {
		return false
	}
	cert.BasicConstraintsValid = true
	return true
}

// readSkip reads an optional number of certificates. One beyond an int means
// as much as any number greater than a path is long.
func readSkip(in *cryptobyte.String, tag cbasn1.Tag, n *int, zero *bool) bool {
	var v cryptobyte.String
	if !in.PeekASN1Tag(tag) {
		return true
	}
	// DER: at least one byte, the shortest form, and not negative.
	if !in.ReadASN1(&v, tag) || len(v) == 0 || v[0]&0x80 != 0 || (len(v) > 1 && v[0] == 0 && v[1]&0x80 == 0) {
		return false
	}
	value := uint64(0)
	for _, b := range v[:min(len(v), 8)] {
		value = value<<8 | uint64(b)
	}
	if len(v) > 8 {
		value = math.MaxInt
	}
	*n = int(min(value, math.MaxInt))
	*zero = *n == 0
	return true
}

// readPolicies leaves Policies empty when the extension is malformed or names a
// policy twice (RFC 5280 4.2.1.4). Package trust refuses such a certificate,
// but it still says whose key it holds. Qualifiers are package trust's.
func readPolicies(cert *x509.Certificate, v cryptobyte.String) {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) || !v.Empty() {
		return
	}
	var policies []x509.OID
	seen := map[string]bool{}
	for !list.Empty() {
		var one cryptobyte.String
		var policy x509.OID
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !readOID(&one, &policy) || seen[policy.String()] {
			return
		}
		seen[policy.String()] = true
		policies = append(policies, policy)
	}
	cert.Policies = policies
}

func readMappings(cert *x509.Certificate, v cryptobyte.String) bool {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) || !v.Empty() {
		return false
	}
	for !list.Empty() {
		var one cryptobyte.String
		var m x509.PolicyMapping
		if !list.ReadASN1(&one, cbasn1.SEQUENCE) || !readOID(&one, &m.IssuerDomainPolicy) ||
			!readOID(&one, &m.SubjectDomainPolicy) || !one.Empty() {
			return false
		}
		cert.PolicyMappings = append(cert.PolicyMappings, m)
	}
	return true
}

// maxOID bounds an OBJECT IDENTIFIER of any numbers, in bytes: writing one down
// takes time that grows with its square. Real ones have about ten.
const maxOID = 64

func readOID(in *cryptobyte.String, oid *x509.OID) bool {
	var v cryptobyte.String
	return in.ReadASN1(&v, cbasn1.OBJECT_IDENTIFIER) && len(v) <= maxOID && oid.UnmarshalBinary(v) == nil
}

func readAuthorityKey(cert *x509.Certificate, v cryptobyte.String) bool {
	var seq, id cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() {
		return false
	}
	if seq.PeekASN1Tag(tag0) {
		if !seq.ReadASN1(&id, tag0) {
			return false
		}
		cert.AuthorityKeyId = id
	}
	return true
}

// usages are the purposes crypto/x509 has a name for, at its number.
var usages = []asn1.ObjectIdentifier{
	x509.ExtKeyUsageAny:                            {2, 5, 29, 37, 0},
	x509.ExtKeyUsageServerAuth:                     {1, 3, 6, 1, 5, 5, 7, 3, 1},
	x509.ExtKeyUsageClientAuth:                     {1, 3, 6, 1, 5, 5, 7, 3, 2},
	x509.ExtKeyUsageCodeSigning:                    {1, 3, 6, 1, 5, 5, 7, 3, 3},
	x509.ExtKeyUsageEmailProtection:                {1, 3, 6, 1, 5, 5, 7, 3, 4},
	x509.ExtKeyUsageIPSECEndSystem:                 {1, 3, 6, 1, 5, 5, 7, 3, 5},
	x509.ExtKeyUsageIPSECTunnel:                    {1, 3, 6, 1, 5, 5, 7, 3, 6},
	x509.ExtKeyUsageIPSECUser:                      {1, 3, 6, 1, 5, 5, 7, 3, 7},
	x509.ExtKeyUsageTimeStamping:                   {1, 3, 6, 1, 5, 5, 7, 3, 8},
	x509.ExtKeyUsageOCSPSigning:                    {1, 3, 6, 1, 5, 5, 7, 3, 9},
	x509.ExtKeyUsageMicrosoftServerGatedCrypto:     {1, 3, 6, 1, 4, 1, 311, 10, 3, 3},
	x509.ExtKeyUsageNetscapeServerGatedCrypto:      {2, 16, 840, 1, 113730, 4, 1},
	x509.ExtKeyUsageMicrosoftCommercialCodeSigning: {1, 3, 6, 1, 4, 1, 311, 2, 1, 22},
	x509.ExtKeyUsageMicrosoftKernelCodeSigning:     {1, 3, 6, 1, 4, 1, 311, 61, 1, 1},
}

func readUsages(cert *x509.Certificate, v cryptobyte.String) bool {
	var list cryptobyte.String
	if !v.ReadASN1(&list, cbasn1.SEQUENCE) || !v.Empty() {
		return false
	}
	for !list.Empty() {
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&oid) {
			return false
		}
		if i := slices.IndexFunc(usages, oid.Equal); i >= 0 {
			cert.ExtKeyUsage = append(cert.ExtKeyUsage, x509.ExtKeyUsage(i))
		} else {
			cert.UnknownExtKeyUsage = append(cert.UnknownExtKeyUsage, oid)
		}
	}
	return true
}
