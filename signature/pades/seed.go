package pades

import (
	"fmt"
	"strconv"

	"kyso/signature/pdf"
)

// SeedFlags are the entries of a Seed that its author makes a condition; the
// others are advice (ISO 32000-2, table 237, Ff).
type SeedFlags int64

// The conditions. MDP and TimeStamp have no flag of their own here: MDP always
// is one, and TimeStamp says so itself.
const (
	SeedFilter SeedFlags = 1 << iota
	SeedSubFilter
	SeedV
	SeedReasons
	SeedLegalAttestation
	SeedAddRevInfo
	SeedDigestMethod
	SeedLockDocument
	SeedAppearanceFilter
	SeedUndefined // this bit and those above it mean nothing yet
)

// Seed is what the author of a field asks of the signature in it (ISO
// 32000-2, 12.7.5.5). An entry that is absent has its zero value.
type Seed struct {
	Required  SeedFlags
	Filter    string
	SubFilter []string
	// V is the version of the rules a reader must know, 3 are those of ISO
	// 32000-2. 0 is absent.
	V float64
	// Reasons are those to choose from. None at all, or a single "." or empty
	// one, means that no reason may be given, if Required says so.
	Reasons []string
	// MDP is the kind of signature asked for: 0 an approval, else a
	// certification with this permission. Nil asks for nothing.
	MDP *Permission
	// Timestamp: the signature must carry a timestamp.
	Timestamp         bool
	DigestMethods     []string
	LegalAttestations []string
	AddRevInfo        bool
	// LockDocument is "true", "false" or "auto".
	LockDocument     string
	AppearanceFilter string
	// Certificate is nil when nothing is asked of it.
	Certificate *CertificateSeed
}

// CertificateSeedFlags are like SeedFlags, of table 238.
type CertificateSeedFlags int64

// The conditions on the certificate. The fifth bit is reserved.
const (
	SeedSubject CertificateSeedFlags = 1 << iota
	SeedIssuer
	SeedOID
	SeedSubjectDN
	SeedReserved
	SeedKeyUsage
	SeedURL
	SeedCertificateUndefined
)

// CertificateSeed is what is asked of the signer's certificate (ISO 32000-2,
// table 238).
type CertificateSeed struct {
	Required CertificateSeedFlags
	// Subjects and Issuers are acceptable certificates, DER: of the signer,
	// and of a CA anywhere above it.
	Subjects, Issuers [][]byte
	// SubjectDN lists names, each by its attributes. A key is an abbreviation
	// or an OID.
	SubjectDN []map[string]string
	// KeyUsages are patterns of 0, 1 and X, one character a bit.
	KeyUsages []string
	// Policies are OIDs of certificate policies.
	Policies []string
	// URLType says what URL is for; Browser, the default, asks nothing.
	URLType string
	// SignaturePolicy is the OID of a signature policy, to whose document
	// SignaturePolicyHash belongs. Commitments are OIDs of those allowed.
	SignaturePolicy     string
	SignaturePolicyHash []byte
	Commitments         []string
}

// maxSeedItems bounds each list of a seed value. Written ones hold a handful.
const maxSeedItems = 1000

// ReadSeed reads the /SV of the field dictionary field; nil when it has none.
// The error names the entry that cannot be read.
func ReadSeed(v pdf.View, field *pdf.Dict) (*Seed, error) {
	d, err := v.Dict(field.Get("SV"))
	if err != nil || d == nil {
		return nil, err
	}
	r := seedReader{v: v, d: d}
	s := &Seed{
		Required:          SeedFlags(r.integer("Ff")),
		Filter:            r.text("Filter"),
		SubFilter:         r.texts("SubFilter"),
		V:                 r.real("V"),
		Reasons:           r.texts("Reasons"),
		DigestMethods:     r.texts("DigestMethod"),
		LegalAttestations: r.texts("LegalAttestation"),
		AddRevInfo:        r.boolean("AddRevInfo"),
		LockDocument:      r.text("LockDocument"),
		AppearanceFilter:  r.text("AppearanceFilter"),
	}
	if mdp := r.dict("MDP"); mdp.d.Get("P") != nil {
		p := Permission(mdp.integer("P"))
		s.MDP = &p
		r.take(mdp)
	}
	stamp := r.dict("TimeStamp")
	s.Timestamp = stamp.integer("Ff")&1 != 0
	r.take(stamp)
	if c := r.dict("Cert"); c.d != nil {
		s.Certificate = c.certificate()
		r.take(c)
	}
	if r.err == nil && d.Duplicate != "" {
		r.fail(d.Duplicate)
	}
	return s, r.err
}

func (r *seedReader) certificate() *CertificateSeed {
	c := &CertificateSeed{
		Required:        CertificateSeedFlags(r.integer("Ff")),
		Subjects:        r.strings("Subject"),
		Issuers:         r.strings("Issuer"),
		KeyUsages:       r.texts("KeyUsage"),
		Policies:        r.texts("OID"),
		URLType:         r.text("URLType"),
		SignaturePolicy: r.text("SignaturePolicyOID"),
		Commitments:     r.texts("SignaturePolicyCommitmentType"),
	}
	switch h := r.value("SignaturePolicyHashValue").(type) {
	case nil:
	case pdf.String:
		c.SignaturePolicyHash = []byte(h)
	default:
		r.fail("SignaturePolicyHashValue")
	}
	for _, o := range r.array("SubjectDN") {
		name, err := r.v.Dict(o)
		if err != nil || name == nil || len(name.Entries) > maxSeedItems || name.Duplicate != "" {
			r.fail("SubjectDN")
			break
		}
		attributes := map[string]string{}
		for _, e := range name.Entries {
			value, err := r.v.Resolve(e.Value)
			text, ok := value.(pdf.String)
			if err != nil || !ok {
				r.fail("SubjectDN")
			}
			attributes[string(e.Key)] = text.Text()
		}
		c.SubjectDN = append(c.SubjectDN, attributes)
	}
	if r.d.Duplicate != "" {
		r.fail(r.d.Duplicate)
	}
	return c
}

// seedReader reads entries of d and keeps the first error.
type seedReader struct {
	v   pdf.View
	d   *pdf.Dict
	err error
}

func (r *seedReader) fail(key pdf.Name) {
	if r.err == nil {
		r.err = fmt.Errorf("/%s of the seed value is malformed", key)
	}
}

func (r *seedReader) take(other seedReader) {
	if r.err == nil {
		r.err = other.err
	}
}

func (r *seedReader) value(key pdf.Name) pdf.Object {
	o, err := r.v.Resolve(r.d.Get(key))
	if err != nil {
		r.fail(key)
	}
	return o
}

func (r *seedReader) dict(key pdf.Name) seedReader {
	d, err := r.v.Dict(r.d.Get(key))
	if err != nil {
		r.fail(key)
	}
	return seedReader{v: r.v, d: d}
}

func (r *seedReader) integer(key pdf.Name) int64 {
	n, ok := r.value(key).(int64)
	if !ok && r.value(key) != nil {
		r.fail(key)
	}
	return n
}

// real reads V, an integer in some versions of the standard and a real number
// in others.
func (r *seedReader) real(key pdf.Name) float64 {
	switch n := r.value(key).(type) {
	case nil:
	case int64:
		return float64(n)
	case pdf.Real:
		if f, err := strconv.ParseFloat(string(n), 64); err == nil {
			return f
		}
		r.fail(key)
	default:
		r.fail(key)
	}
	return 0
}

func (r *seedReader) boolean(key pdf.Name) bool {
	b, ok := r.value(key).(bool)
	if !ok && r.value(key) != nil {
		r.fail(key)
	}
	return b
}

// text reads a name, a string or a boolean: writers differ in which they use.
func (r *seedReader) text(key pdf.Name) string { return r.toText(key, r.value(key)) }

func (r *seedReader) toText(key pdf.Name, o pdf.Object) string {
	switch o := o.(type) {
	case nil:
	case pdf.Name:
		return string(o)
	case pdf.String:
		return o.Text()
	case bool:
		return strconv.FormatBool(o)
	default:
		r.fail(key)
	}
	return ""
}

func (r *seedReader) array(key pdf.Name) pdf.Array {
	a, err := r.v.Array(r.d.Get(key))
	if err != nil || len(a) > maxSeedItems {
		r.fail(key)
		return nil
	}
	return a
}

func (r *seedReader) texts(key pdf.Name) (list []string) {
	for _, o := range r.array(key) {
		o, err := r.v.Resolve(o)
		if err != nil || o == nil {
			r.fail(key)
			break
		}
		list = append(list, r.toText(key, o))
	}
	return list
}

// strings reads byte strings.
func (r *seedReader) strings(key pdf.Name) (list [][]byte) {
	for _, o := range r.array(key) {
		o, err := r.v.Resolve(o)
		s, ok := o.(pdf.String)
		if err != nil || !ok {
			r.fail(key)
			break
		}
		list = append(list, []byte(s))
	}
	return list
}
