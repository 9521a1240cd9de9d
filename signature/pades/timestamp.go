package pades

import (
	"crypto"
	"strconv"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// TimestampOptions say how to add a document timestamp. The zero value is what
// nearly everybody wants.
type TimestampOptions struct {
	// Hash is that of the imprint. Zero means SHA-256.
	Hash crypto.Hash
	// Field is the name of the field to make, or of an empty one to fill. Empty
	// makes Timestamp1 or the first free number.
	Field string
	// Room is what the token may take, in bytes. Zero means 16 KiB.
	Room int
}

// Unstamped is a document made ready, waiting for its document timestamp.
type Unstamped struct {
	*pending
	hash   crypto.Hash
	digest []byte
}

// PrepareTimestamp appends a document timestamp (ISO 32000-2, 12.8.5) without
// its token, in an invisible field. No earlier signature can forbid one in a
// field of its own: it changes nothing that is shown, and neither a
// certification that allows no changes nor a lock is about it. An existing
// field may be locked. Errors: ErrEncrypted, ErrLocked, ErrNoField,
// ErrFieldSigned, *SeedError and *pdf.FormatError.
//
// This is also how a signature without a timestamp in a finished file is given
// one: its own place is sealed.
func PrepareTimestamp(doc *pdf.File, o TimestampOptions) (*Unstamped, error) {
	if o.Hash == 0 {
		o.Hash = crypto.SHA256
	}
	room, err := tokenRoom(o.Room)
	if err != nil {
		return nil, err
	}
	shared, err := sound(doc)
	if err != nil {
		return nil, err
	}
	p, err := stampTarget(doc, o.Field)
	if err != nil {
		return nil, err
	}
	p.shared = shared
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	dict := signatureDict("DocTimeStamp", "ETSI.RFC3161", room)
	sig, err := p.attach(u, dict, nil)
	if err != nil {
		return nil, err
	}
	pending, digest, err := hold(doc, u, sig, dict, o.Hash, nil)
	if err != nil {
		return nil, err
	}
	return &Unstamped{pending, o.Hash, digest}, nil
}

// stampTarget is target for a timestamp.
func stampTarget(doc *pdf.File, name string) (*place, error) {
	p, taken, err := readForm(doc)
	if err != nil {
		return nil, err
	}
	for n := 1; name == ""; n++ {
		p.name = "Timestamp" + strconv.Itoa(n)
		if _, is := taken[p.name]; !is {
			return p, nil
		}
	}
	p.name = name
	if err := p.named(taken); err != nil || p.field == nil {
		return p, err
	}
	seed, err := ReadSeed(doc.View, p.field.Dict)
	if err != nil {
		return nil, small.Errorf("%w: %w", &SeedError{Demand: "SV"}, err)
	}
	if seed != nil {
		// What it asks for, a reason or a certificate, a timestamp has not.
		return nil, &SeedError{Demand: "SV"}
	}
	return p, p.allowed(0)
}

// Digest is what the timestamp's imprint must be, made with Hash.
func (u *Unstamped) Digest() []byte { return u.digest }

// Hash is the digest's algorithm.
func (u *Unstamped) Hash() crypto.Hash { return u.hash }

// Finish puts the token, DER, into the document. The token is the caller's to
// have checked. One that is larger than the room is a *RoomError.
func (u *Unstamped) Finish(token []byte) (*Signed, error) { return u.fill(token) }
