package pades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"slices"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// A SeedError says what the author of a field asks of its signature that
// cannot be met.
type SeedError struct {
	// Demand is the entry of the seed value (ISO 32000-2, tables 237 and 238).
	Demand string
	// Wanted lists what would be accepted, where that can be said in text.
	Wanted []string
}

func (e *SeedError) Error() string {
	s := "the signature field asks for something else by its " + e.Demand
	if len(e.Wanted) > 0 {
		s += ": " + strings.Join(e.Wanted, ", ")
	}
	return s
}

// offered are the digests that are signed with, in the order of preference.
var offered = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}

// meet holds o against the seed value of the field. What o leaves open is
// chosen so that it fits: the digest, the reason where there is but one, the
// certification. What is a condition and cannot be met is a *SeedError; advice
// binds nobody.
func (p *place) meet(o *Options) error {
	var seed *Seed
	if p.field != nil {
		var err error
		if seed, err = ReadSeed(p.doc.View, p.field.Dict); err != nil {
			return small.Errorf("%w: %w", &SeedError{Demand: "SV"}, err)
		}
	}
	if seed != nil {
		if err := p.meetSeed(seed, o); err != nil {
			return err
		}
	}
	if o.Hash == 0 {
		o.Hash = crypto.SHA256
	}
	return nil
}

func (p *place) meetSeed(seed *Seed, o *Options) error {
	must := func(f SeedFlags) bool { return seed.Required&f != 0 }
	refuse := func(demand string, wanted ...string) error { return &SeedError{demand, wanted} }
	switch {
	case seed.Required < 0 || seed.Required >= SeedUndefined:
		return refuse("Ff")
	case must(SeedFilter) && seed.Filter != "" && seed.Filter != filter:
		return refuse("Filter", seed.Filter)
	case must(SeedSubFilter) && seed.SubFilter != nil && !slices.Contains(seed.SubFilter, subFilter):
		return refuse("SubFilter", seed.SubFilter...)
	case must(SeedV) && seed.V > 3:
		return refuse("V")
	case must(SeedAddRevInfo) && seed.AddRevInfo:
		return refuse("AddRevInfo") // an attribute of another format than PAdES
	case must(SeedAppearanceFilter) && seed.AppearanceFilter != "":
		return refuse("AppearanceFilter", seed.AppearanceFilter) // private to some program
	case seed.Timestamp && !o.Timestamp:
		return refuse("TimeStamp", seed.TimestampURL)
	}
	if err := chooseDigest(seed, o); err != nil {
		return err
	}
	if err := chooseReason(seed, o); err != nil {
		return err
	}
	if m := seed.MDP; m != nil {
		if *m < 0 || *m > Annotating {
			return refuse("MDP")
		}
		if o.Certify == 0 {
			o.Certify = *m
		}
		if o.Certify != *m || *m != 0 && p.first() != nil {
			return refuse("MDP")
		}
	}
	closes := o.Certify == NoChanges || p.permission == NoChanges
	if must(SeedLockDocument) && (seed.LockDocument == "true" && !closes || seed.LockDocument == "false" && closes) {
		return refuse("LockDocument", seed.LockDocument)
	}
	if must(SeedLegalAttestation) && seed.LegalAttestations != nil && !p.attested(seed.LegalAttestations) {
		return refuse("LegalAttestation", seed.LegalAttestations...)
	}
	if seed.Certificate != nil && o.Certificate != nil {
		return seed.Certificate.meet(o)
	}
	return nil
}

func chooseDigest(seed *Seed, o *Options) error {
	if seed.DigestMethods == nil {
		return nil
	}
	plain := func(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "")) }
	accepts := func(h crypto.Hash) bool {
		return slices.ContainsFunc(seed.DigestMethods, func(name string) bool { return plain(name) == plain(h.String()) })
	}
	if o.Hash == 0 {
		if i := slices.IndexFunc(offered, accepts); i >= 0 {
			o.Hash = offered[i]
			return nil
		}
	}
	if seed.Required&SeedDigestMethod != 0 && (o.Hash == 0 || !accepts(o.Hash)) {
		return &SeedError{"DigestMethod", seed.DigestMethods}
	}
	return nil
}

// chooseReason takes a reason that is demanded where there is no other: none,
// or the only one. A reason that somebody gave is never replaced.
func chooseReason(seed *Seed, o *Options) error {
	if seed.Required&SeedReasons == 0 {
		return nil
	}
	none := len(seed.Reasons) == 0 || len(seed.Reasons) == 1 && (seed.Reasons[0] == "." || seed.Reasons[0] == "")
	if !none && o.Reason == "" && len(seed.Reasons) == 1 {
		o.Reason = seed.Reasons[0]
	}
	if none && o.Reason != "" || !none && !slices.Contains(seed.Reasons, o.Reason) {
		return &SeedError{"Reasons", seed.Reasons}
	}
	return nil
}

// attested tells whether the document's legal attestation (12.8.7) is in list.
func (p *place) attested(list []string) bool {
	root, err := p.doc.Catalog()
	if err != nil {
		return false
	}
	legal, err := p.doc.Dict(root.Get("Legal"))
	if err != nil {
		return false
	}
	o, _ := p.doc.Resolve(legal.Get("Attestation"))
	text, ok := o.(pdf.String)
	return ok && slices.Contains(list, text.Text())
}

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
