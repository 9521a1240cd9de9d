package pades

import (
	"strconv"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

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
	s.Timestamp, s.TimestampURL = stamp.integer("Ff")&1 != 0, stamp.text("URL")
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

//go:noinline
func (r *seedReader) fail(key pdf.Name) {
	if r.err == nil {
		r.err = small.Errorf("/%s of the seed value is malformed", key)
	}
}

//go:noinline
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
