package pades

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
)

// meet holds the certificate against what is asked of it.
func (c *CertificateSeed) meet(o *Options) error {
	must := func(f CertificateSeedFlags) bool { return c.Required&f != 0 }
	refuse := func(demand string, wanted ...string) error { return &SeedError{demand, wanted} }
	cert := o.Certificate
	if c.Required < 0 || c.Required >= SeedCertificateUndefined || must(SeedReserved) {
		return refuse("Cert/Ff")
	}
	if must(SeedSubject) && c.Subjects != nil && !slices.ContainsFunc(c.Subjects, func(der []byte) bool { return bytes.Equal(der, cert.Raw) }) {
		return refuse("Subject")
	}
	if must(SeedIssuer) && c.Issuers != nil && !issuedBy(cert, o.Chain, c.Issuers) {
		return refuse("Issuer")
	}
	// Of lists that the standard wants met whole, one alone is met for sure
	// only if all of it is.
	if must(SeedOID) {
		for _, p := range c.Policies {
			if !slices.ContainsFunc(cert.Policies, func(o x509.OID) bool { return o.String() == p }) {
				return refuse("OID", c.Policies...)
			}
		}
	}
	if must(SeedSubjectDN) {
		for _, name := range c.SubjectDN {
			if is, known := Named(cert, name); !is || !known {
				return refuse("SubjectDN")
			}
		}
	}
	if must(SeedKeyUsage) && c.KeyUsages != nil && !slices.ContainsFunc(c.KeyUsages, func(p string) bool { return UsageMatches(cert.KeyUsage, p) }) {
		return refuse("KeyUsage", c.KeyUsages...)
	}
	if must(SeedURL) && c.URLType != "" && c.URLType != "Browser" {
		return refuse("URL", c.URLType)
	}
	return nil
}

// maxAbove bounds how far issuers are looked for above a certificate. Real
// chains have at most five certificates.
const maxAbove = 10

// issuedBy tells whether one of issuers, DER, issued cert or one of the chain
// above it.
func issuedBy(cert *x509.Certificate, chain []*x509.Certificate, issuers [][]byte) bool {
	var wanted []*x509.Certificate
	for _, der := range issuers {
		if c, err := x509.ParseCertificate(der); err == nil {
			wanted = append(wanted, c)
		}
	}
	issued := func(c *x509.Certificate) func(*x509.Certificate) bool {
		return func(by *x509.Certificate) bool {
			return bytes.Equal(by.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(by) == nil
		}
	}
	for range maxAbove {
		if slices.ContainsFunc(wanted, issued(cert)) {
			return true
		}
		i := slices.IndexFunc(chain, issued(cert))
		if i < 0 {
			return false
		}
		cert = chain[i]
	}
	return false
}

// UsageMatches compares the key usage bits with a pattern of table 238, whose
// first character is for digitalSignature.
//
//go:noinline
func UsageMatches(usage x509.KeyUsage, pattern string) bool {
	if usage == 0 {
		return false // the extension must be there
	}
	for i := 0; i < len(pattern) && i < 9; i++ {
		set := usage&(1<<i) != 0
		if pattern[i] == '1' && !set || pattern[i] == '0' && set {
			return false
		}
	}
	return true
}

// attributeOID reads a key of SubjectDN: an OID, or one of the abbreviations
// that programs write, in any case.
func attributeOID(key string) (string, bool) {
	switch strings.ToLower(key) {
	case "cn":
		return "2.5.4.3", true
	case "sn":
		return "2.5.4.4", true
	case "serialnumber":
		return "2.5.4.5", true
	case "c":
		return "2.5.4.6", true
	case "l":
		return "2.5.4.7", true
	case "st":
		return "2.5.4.8", true
	case "o":
		return "2.5.4.10", true
	case "ou":
		return "2.5.4.11", true
	case "title":
		return "2.5.4.12", true
	case "e", "email", "emailaddress":
		return "1.2.840.113549.1.9.1", true
	case "uid":
		return "0.9.2342.19200300.100.1.1", true
	}
	return key, strings.Contains(key, ".")
}

// Named tells whether the subject of cert has all these attributes of a
// SubjectDN; known is false where it cannot be told, for a key nobody defined.
func Named(cert *x509.Certificate, attributes map[string]string) (is, known bool) {
	for key, want := range attributes {
		oid, known := attributeOID(key)
		if !known {
			return false, false
		}
		found := false
		for _, a := range cert.Subject.Names {
			value, ok := a.Value.(string)
			found = found || ok && a.Type.String() == oid && strings.EqualFold(value, want)
		}
		if !found {
			return false, true
		}
	}
	return true, true
}
