package pades

import (
	"crypto"
	"strconv"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Unstamped is a document made ready, waiting for its document timestamp.
type Unstamped struct {
	*pending
	hash   crypto.Hash
	digest []byte
}

// PrepareTimestamp appends a document timestamp (ISO 32000-2, 12.8.5) without
// its token, in an invisible field of its own. No earlier signature can forbid
// that: a timestamp changes nothing that is shown. h is SHA-256 when zero.
// Errors: ErrEncrypted and *pdf.FormatError.
func PrepareTimestamp(doc *pdf.File, h crypto.Hash) (*Unstamped, error) {
	if doc.Encrypted() {
		return nil, ErrEncrypted
	}
	if h == 0 {
		h = crypto.SHA256
	}
	fields, err := doc.Fields()
	if err != nil {
		return nil, small.Errorf("read the form's fields: %w", err)
	}
	taken := map[string]bool{}
	for _, f := range fields {
		taken[f.Name] = true
	}
	field := &place{doc: doc}
	for n := 1; field.name == "" || taken[field.name]; n++ {
		field.name = "Timestamp" + strconv.Itoa(n)
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	dict := signatureDict("DocTimeStamp", "ETSI.RFC3161", stampRoom)
	if err := field.attach(u, dict); err != nil {
		return nil, err
	}
	p, digest, err := hold(doc, u, dict, h)
	if err != nil {
		return nil, err
	}
	return &Unstamped{p, h, digest}, nil
}

// Digest is what the timestamp's imprint must be, made with Hash.
func (u *Unstamped) Digest() []byte { return u.digest }

// Hash is the digest's algorithm.
func (u *Unstamped) Hash() crypto.Hash { return u.hash }

// Finish puts the token, DER, into the document. The token is the caller's to
// have checked.
func (u *Unstamped) Finish(token []byte) (*Signed, error) { return u.fill(token) }
