// Package pades finds the signatures of a PDF and adds new ones, with their
// timestamps and evidence: PAdES baseline of ETSI EN 319 142-1. It never
// changes a byte of the document: what it makes is appended, and it never opens
// a key: the digest to sign goes out, the signature value comes back.
package pades

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Why a document is not signed.
var (
	ErrEncrypted   = errors.New("the document is encrypted")
	ErrLocked      = errors.New("an earlier signature allows no further signature")
	ErrNoField     = errors.New("no such signature field")
	ErrFieldSigned = errors.New("the signature field is signed already")
)

// Options say how to sign. Certificate and Time are required.
type Options struct {
	Certificate *x509.Certificate
	// Chain is embedded beside Certificate, for those who check.
	Chain []*x509.Certificate
	// Hash is SHA-256, SHA-384 or SHA-512. Zero means SHA-256.
	Hash crypto.Hash
	// PSS signs with RSASSA-PSS instead of PKCS #1 v1.5, which tokens offer
	// everywhere.
	PSS bool
	// Time is written as /M, in its own zone. It is a claim, not proof.
	Time time.Time
	// Field is the fully qualified name of the field to fill, or of the field
	// to make when there is none of that name. Empty makes a new one, named
	// Signature1 or the first free number.
	Field string
	// Name, Reason, Location and ContactInfo are written when not empty.
	Name, Reason, Location, ContactInfo string
	// Timestamp leaves room for a signature timestamp, to be given to
	// FinishStamped.
	Timestamp bool
}

// room is what Contents holds beside certificates and signature value: the
// attributes and headers take under 1 KiB.
const room = 2 << 10

// stampRoom is what a timestamp token may take: a TSA's certificates and its
// signature, some 6 KiB, and evidence that some TSAs put inside.
const stampRoom = 16 << 10

// Unsigned is a document made ready, waiting for its signature value.
type Unsigned struct {
	*pending
	cms *cms.Unsigned
}

// Prepare appends a signature dictionary and its field to doc and hashes the
// result, without loading doc. doc must stay readable until Signed is done
// with. Errors: ErrEncrypted, ErrLocked, ErrNoField, ErrFieldSigned, and
// *pdf.FormatError for documents too damaged to append to.
func Prepare(doc *pdf.File, o Options) (*Unsigned, error) {
	if doc.Encrypted() {
		return nil, ErrEncrypted
	}
	if o.Certificate == nil || o.Time.IsZero() {
		return nil, small.Error("sign: the certificate and the time are required")
	}
	if o.Hash == 0 {
		o.Hash = crypto.SHA256
	}
	field, err := target(doc, o.Field)
	if err != nil {
		return nil, err
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	size := room + len(o.Certificate.Raw) + 1024 // the longest signature value, RSA 8192
	for _, c := range o.Chain {
		size += len(c.Raw)
	}
	if o.Timestamp {
		size += stampRoom
	}
	dict := signatureDict("Sig", "ETSI.CAdES.detached", size)
	dict.Set("M", pdf.String(date(o.Time)))
	for _, t := range []struct {
		key  pdf.Name
		text string
	}{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}, {"ContactInfo", o.ContactInfo}} {
		if t.text != "" {
			dict.Set(t.key, pdf.TextString(t.text))
		}
	}
	if err := field.attach(u, dict); err != nil {
		return nil, err
	}
	p, digest, err := hold(doc, u, dict, o.Hash)
	if err != nil {
		return nil, err
	}
	c, err := cms.Prepare(cms.Content{Certificate: o.Certificate, Chain: o.Chain, Hash: o.Hash, PSS: o.PSS, Digest: digest})
	if err != nil {
		return nil, err
	}
	return &Unsigned{p, c}, nil
}

// date writes t as a PDF date (ISO 32000-2, 7.9.4).
func date(t time.Time) string {
	_, offset := t.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("D:%s%c%02d'%02d'", t.Format("20060102150405"), sign, offset/3600, offset/60%60)
}

// Digest is what the key signs, to be handed to crypto.Signer with Opts.
func (u *Unsigned) Digest() []byte { return u.cms.Digest() }

// Opts are the options for crypto.Signer.
func (u *Unsigned) Opts() crypto.SignerOpts { return u.cms.Opts() }

// Finish puts the signature value into the document. A value that the
// certificate's key does not verify is refused.
func (u *Unsigned) Finish(value []byte) (*Signed, error) { return u.FinishStamped(value, nil) }

// FinishStamped is Finish with a timestamp token, DER, over value, for which
// Options.Timestamp made room (level B-T). The token is the caller's to have
// checked.
func (u *Unsigned) FinishStamped(value, token []byte) (*Signed, error) {
	var unsigned []cms.Attribute
	if token != nil {
		unsigned = append(unsigned, cms.Attribute{Type: cms.OIDTimestamp, Values: [][]byte{token}})
	}
	der, err := u.cms.Finish(value, unsigned...)
	if err != nil {
		return nil, err
	}
	return u.fill(der)
}

// place is the field a signature goes to.
type place struct {
	doc  *pdf.File
	name string
	// field is an existing empty field, nil to make one.
	field *pdf.Field
}

// maxNameTries is how many names beyond those taken are tried for a new field.
const maxNameTries = 10

// target finds the field to fill or the name of the one to make, and whether
// earlier signatures allow it.
func target(doc *pdf.File, name string) (*place, error) {
	fields, err := doc.Fields()
	if err != nil {
		return nil, small.Errorf("read the form's fields: %w", err)
	}
	taken := map[string]*pdf.Field{}
	for i := range fields {
		taken[fields[i].Name] = &fields[i]
	}
	p := &place{doc: doc, name: name}
	if name == "" {
		for n := 1; ; n++ {
			p.name = "Signature" + strconv.Itoa(n)
			if taken[p.name] != nil {
				continue
			}
			// A lock may name this very field; a few others are tried.
			if err := p.allowed(fields); err == nil || n > len(fields)+maxNameTries {
				return p, err
			}
		}
	}
	if f := taken[name]; f != nil {
		if f.Type != "Sig" || f.Ref.Number == 0 {
			return nil, small.Errorf("%w: %q is a field of another kind", ErrNoField, name)
		}
		if f.Value != nil {
			return nil, small.Errorf("%w: %q", ErrFieldSigned, name)
		}
		p.field = f
	} else if strings.Contains(name, ".") {
		return nil, small.Errorf("%w: %q, and a new field's name holds no full stop", ErrNoField, name)
	}
	return p, p.allowed(fields)
}

// allowed asks the earlier signatures for leave.
func (p *place) allowed(fields []pdf.Field) error {
	check := func(permission Permission, locks []Lock) error {
		if permission == NoChanges {
			return ErrLocked
		}
		for _, l := range locks {
			if l.Covers(p.name) {
				return small.Errorf("%w: the field %q is locked", ErrLocked, p.name)
			}
		}
		return nil
	}
	root, err := p.doc.Catalog()
	if err != nil {
		return err
	}
	perms, err := p.doc.Dict(root.Get("Perms"))
	if err != nil {
		return err
	}
	signed := []pdf.Object{perms.Get("DocMDP")}
	for _, f := range fields {
		if f.Type != "Sig" || f.Value == nil {
			continue
		}
		signed = append(signed, f.Value)
		l, permission, ok, err := FieldLock(p.doc.View, f.Dict)
		if err != nil {
			return err
		}
		if ok {
			if err := check(permission, []Lock{l}); err != nil {
				return err
			}
		}
	}
	for _, o := range signed {
		d, err := p.doc.Dict(o)
		if err != nil {
			return err
		}
		permission, locks, err := MDP(p.doc.View, d)
		if err != nil {
			return err
		}
		if err := check(permission, locks); err != nil {
			return err
		}
	}
	return nil
}
