// Package pades finds the signatures of a PDF and adds new ones, PAdES
// baseline B-B of ETSI EN 319 142-1. It never changes a byte of the document:
// what it makes is appended, and it never opens a key: the digest to sign goes
// out, the signature value comes back.
package pades

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"kyso/signature/cms"
	"kyso/signature/pdf"
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
}

// room is what Contents holds beside certificates and signature value: the
// attributes and headers take under 1 KiB.
const room = 2 << 10

// Unsigned is a document made ready, waiting for its signature value.
type Unsigned struct {
	doc      *pdf.File
	original [sha256.Size]byte
	update   []byte
	contents *pdf.Reserved
	cms      *cms.Unsigned
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
		return nil, errors.New("sign: the certificate and the time are required")
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
	byteRange := &pdf.Reserved{Length: 64, First: '[', Last: ']', Fill: ' '}
	size := room + len(o.Certificate.Raw) + 1024 // the longest signature value, RSA 8192
	for _, c := range o.Chain {
		size += len(c.Raw)
	}
	contents := &pdf.Reserved{Length: 2 + 2*size, First: '<', Last: '>', Fill: '0'}
	dict := pdf.MakeDict(
		pdf.Name("Type"), pdf.Name("Sig"),
		pdf.Name("Filter"), pdf.Name("Adobe.PPKLite"),
		pdf.Name("SubFilter"), pdf.Name("ETSI.CAdES.detached"),
		pdf.Name("ByteRange"), byteRange,
		pdf.Name("Contents"), contents,
		pdf.Name("M"), pdf.String(date(o.Time)))
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
	update, err := u.Bytes()
	if err != nil {
		return nil, err
	}
	total := doc.Size() + int64(len(update))
	gap, after := contents.At, contents.At+int64(contents.Length)
	at := byteRange.At - doc.Size()
	text := fmt.Sprintf("[0 %d %d %d", gap, after, total-after)
	if len(text) >= byteRange.Length {
		return nil, errors.New("sign: the document is too large")
	}
	copy(update[at:], text)

	s := Signature{Range: [4]int64{0, gap, after, total - after}}
	t := &tap{r: &joined{doc, doc.Size(), update}, size: doc.Size(), hash: sha256.New()}
	digest, err := s.Digest(t, o.Hash, nil)
	if err != nil {
		return nil, err
	}
	c, err := cms.Prepare(cms.Content{Certificate: o.Certificate, Chain: o.Chain, Hash: o.Hash, PSS: o.PSS, Digest: digest})
	if err != nil {
		return nil, err
	}
	return &Unsigned{doc, [sha256.Size]byte(t.hash.Sum(nil)), update, contents, c}, nil
}

// tap hashes the first size bytes of r as they are read in order.
type tap struct {
	r        io.ReaderAt
	at, size int64
	hash     hash.Hash
}

func (t *tap) ReadAt(p []byte, off int64) (int, error) {
	n, err := t.r.ReadAt(p, off)
	if off == t.at && off < t.size {
		seen := min(int64(n), t.size-off)
		t.hash.Write(p[:seen])
		t.at += seen
	}
	return n, err
}

// OriginalSHA256 is the SHA-256 of the document before signing, of the very
// bytes that went into Digest: a file that somebody changes meanwhile shows.
func (u *Unsigned) OriginalSHA256() [sha256.Size]byte { return u.original }

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

// Unfilled is the document with the signature's place still empty, to see what
// adding it does to earlier signatures.
func (u *Unsigned) Unfilled() *Signed { return &Signed{joined{u.doc, u.doc.Size(), u.update}} }

// Finish puts the signature value into the document. A value that the
// certificate's key does not verify is refused.
func (u *Unsigned) Finish(value []byte) (*Signed, error) {
	der, err := u.cms.Finish(value)
	if err != nil {
		return nil, err
	}
	if 2*len(der) > u.contents.Length-2 {
		return nil, errors.New("sign: the signature is larger than the room reserved for it")
	}
	update := append([]byte(nil), u.update...)
	hex.Encode(update[u.contents.At-u.doc.Size()+1:], der)
	return &Signed{joined{u.doc, u.doc.Size(), update}}, nil
}

// Signed is a signed document: the original's bytes, then the update's.
type Signed struct{ joined }

// WriteTo writes the whole document.
func (s *Signed) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, io.NewSectionReader(s, 0, s.Size()))
}

// joined reads the bytes of doc followed by update.
type joined struct {
	doc    io.ReaderAt
	size   int64
	update []byte
}

// Size is the length in bytes.
func (j *joined) Size() int64 { return j.size + int64(len(j.update)) }

// ReadAt reads the document's bytes.
func (j *joined) ReadAt(p []byte, off int64) (n int, err error) {
	if off < j.size {
		n, err = j.doc.ReadAt(p[:min(int64(len(p)), j.size-off)], off)
		if off+int64(n) < j.size {
			if err == nil && n < len(p) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if at := off + int64(n) - j.size; at < int64(len(j.update)) {
		n += copy(p[n:], j.update[at:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
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
		return nil, fmt.Errorf("read the form's fields: %w", err)
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
			return nil, fmt.Errorf("%w: %q is a field of another kind", ErrNoField, name)
		}
		if f.Value != nil {
			return nil, fmt.Errorf("%w: %q", ErrFieldSigned, name)
		}
		p.field = f
	} else if strings.Contains(name, ".") {
		return nil, fmt.Errorf("%w: %q, and a new field's name holds no full stop", ErrNoField, name)
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
				return fmt.Errorf("%w: the field %q is locked", ErrLocked, p.name)
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
