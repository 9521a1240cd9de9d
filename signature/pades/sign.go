// Package pades finds the signatures of a PDF and adds new ones, with their
// timestamps and evidence: PAdES baseline of ETSI EN 319 142-1. It never
// changes a byte of the document: what it makes is appended, and it never opens
// a key: the digest to sign goes out, the signature value comes back.
//
// Documents are taken as they come, in every form that PDF has for
// cross-references and objects, with forms, locks and any number of earlier
// signatures, and nothing of theirs is lost. What cannot be appended to so that
// every reader sees the same, or what an earlier signature forbids, is refused:
// Check tells, before anybody is asked for anything.
package pades

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"hash"
	"time"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/small"
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
	// ContentTimestamp, when not nil, is asked for a timestamp token, DER, over
	// digest, made with h: it proves that the signature is younger (EN 319
	// 122-1, 5.2.8). The token is the caller's to have checked. Prepare calls
	// it, after everything that could be refused.
	ContentTimestamp func(h crypto.Hash, digest []byte) (token []byte, err error)
	// TokenRoom is what each timestamp token may take, in bytes. Zero means 16
	// KiB, which is more than TSAs are known to send.
	TokenRoom int
	// Appearance makes the signature visible, nil leaves it invisible.
	Appearance *Appearance
	// Certify makes the document's first signature one that says what may come
	// after it; zero signs without.
	Certify Permission
	// Lock closes form fields after this signature. A Lock that an existing
	// field has already counts instead.
	Lock *Lock
	// Hashed, when not nil, is a SHA-256 over exactly doc's bytes: a caller who
	// has read them all spares reading them again. It is left as it was. The
	// signature is then over the bytes that were hashed, whatever doc holds by
	// now, and OriginalSHA256 is their digest.
	Hashed hash.Cloner
}

// stampRoom is what a timestamp token may take: a TSA's certificates and its
// signature, some 6 KiB, and evidence that some TSAs put inside.
const stampRoom = 16 << 10

// maxTokenRoom bounds what may be asked for instead, well under maxContents.
const maxTokenRoom = 8 << 20

// tokenRoom is the room for one token.
func tokenRoom(asked int) (int, error) {
	switch {
	case asked < 0 || asked > maxTokenRoom:
		return 0, small.Errorf("sign: no room of %d bytes can be kept for a timestamp", asked)
	case asked == 0:
		return stampRoom, nil
	}
	return asked, nil
}

// A RoomError says that a signature with its timestamps is larger than the room
// kept for it, in bytes. Preparing again with a TokenRoom that is larger by the
// difference gives enough.
type RoomError struct{ Needed, Room int }

func (e *RoomError) Error() string {
	return fmt.Sprintf("the signature takes %d bytes, and %d are kept for it", e.Needed, e.Room)
}

// Unsigned is a document made ready, waiting for its signature value.
type Unsigned struct {
	*pending
	cms   *cms.Unsigned
	terms Terms
}

// The names under which signatures are written: the filter that all readers
// know, and that of PAdES.
const (
	filter    = "Adobe.PPKLite"
	subFilter = "ETSI.CAdES.detached"
)

// Prepare appends a signature dictionary and its field to doc and hashes the
// result, without loading doc. doc must stay readable until Signed is done
// with. Errors are those of Check, *pdf.FormatError for documents too damaged
// to append to, and *RoomError when the content timestamp takes too much.
func Prepare(doc *pdf.File, o Options) (*Unsigned, error) {
	if o.Certificate == nil || o.Time.IsZero() {
		return nil, small.Error("sign: the certificate and the time are required")
	}
	if err := o.Appearance.drawable(); err != nil {
		return nil, err
	}
	p, err := plan(doc, &o)
	if err != nil {
		return nil, err
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	// A signature over nothing tells how much room one takes, and whether the
	// key can be signed with, before anybody is asked for anything.
	content := cms.Content{Certificate: o.Certificate, Chain: o.Chain, Hash: o.Hash, PSS: o.PSS}
	content.Digest = make([]byte, o.Hash.Size())
	c, err := cms.Prepare(content)
	if err != nil {
		return nil, err
	}
	perToken, err := tokenRoom(o.TokenRoom)
	if err != nil {
		return nil, err
	}
	tokens := 0
	if o.Timestamp {
		tokens += perToken
	}
	size := c.MaxSize(tokens)
	if o.ContentTimestamp != nil {
		size += perToken
	}
	dict := signatureDict("Sig", subFilter, size)
	dict.Set("M", pdf.String(date(o.Time)))
	for _, t := range []struct {
		key  pdf.Name
		text string
	}{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}, {"ContactInfo", o.ContactInfo}} {
		if t.text != "" {
			dict.Set(t.key, pdf.TextString(t.text))
		}
	}
	p.certify(dict, o.Certify)
	sig, err := p.attach(u, dict, o.Appearance)
	if err != nil {
		return nil, err
	}
	if o.Certify != 0 {
		if err := p.enrol(u, sig); err != nil {
			return nil, err
		}
	}
	pending, digest, err := hold(doc, u, sig, dict, o.Hash, o.Hashed)
	if err != nil {
		return nil, err
	}
	content.Digest = digest
	if o.ContentTimestamp != nil {
		token, err := o.ContentTimestamp(o.Hash, digest)
		if err != nil {
			return nil, small.Errorf("timestamp the content: %w", err)
		}
		content.ContentTimestamp = token
	}
	if c, err = cms.Prepare(content); err != nil {
		return nil, err
	}
	if n := c.MaxSize(tokens); n > size {
		return nil, &RoomError{n, size}
	}
	return &Unsigned{pending, c, Terms{o.Reason, o.Certify, p.lock, p.permission}}, nil
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
// checked. One that takes more than the room is a *RoomError.
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
