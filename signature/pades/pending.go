package pades

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// pending is a document with a signature dictionary appended whose /Contents
// are still empty.
type pending struct {
	doc      *pdf.File
	original [sha256.Size]byte
	update   []byte
	contents *pdf.Reserved
}

// signatureDict is a signature dictionary of the given type and format with
// size bytes of room for /Contents.
func signatureDict(kind, format pdf.Name, size int) *pdf.Dict {
	return pdf.MakeDict(
		pdf.Name("Type"), kind,
		pdf.Name("Filter"), pdf.Name(filter),
		pdf.Name("SubFilter"), format,
		pdf.Name("ByteRange"), &pdf.Reserved{Length: 64, First: '[', Last: ']', Fill: ' '},
		pdf.Name("Contents"), &pdf.Reserved{Length: 2 + 2*size, First: '<', Last: '>', Fill: '0'})
}

// hold appends u, which holds dict, to doc, writes its byte range, and hashes
// what is to be signed. sig is dict in the document. hashed, which may be nil,
// is a hash over doc's bytes: if it is of the kind h, doc is not read again.
func hold(doc *pdf.File, u *pdf.Update, sig pdf.Ref, dict *pdf.Dict, h crypto.Hash, hashed hash.Cloner) (p *pending, digest []byte, err error) {
	update, err := u.Bytes()
	if err != nil {
		return nil, nil, err
	}
	byteRange, contents := dict.Get("ByteRange").(*pdf.Reserved), dict.Get("Contents").(*pdf.Reserved)
	total := doc.Size() + int64(len(update))
	gap, after := contents.At, contents.At+int64(contents.Length)
	at := byteRange.At - doc.Size()
	text := fmt.Sprintf("[0 %d %d %d", gap, after, total-after)
	if len(text) >= byteRange.Length {
		return nil, nil, small.Error("sign: the document is too large")
	}
	copy(update[at:], text)

	s := Signature{Range: [4]int64{0, gap, after, total - after}}
	if err := stands(doc, &joined{doc, doc.Size(), update}, sig, s.Range); err != nil {
		return nil, nil, err
	}
	if hashed != nil && h == crypto.SHA256 && hashed.Size() == sha256.Size {
		state, err := hashed.Clone()
		if err != nil {
			return nil, nil, small.Errorf("sign: %w", err)
		}
		original := [sha256.Size]byte(state.Sum(nil))
		state.Write(update[:gap-doc.Size()])
		state.Write(update[after-doc.Size():])
		return &pending{doc, original, update, contents}, state.Sum(nil), nil
	}
	t := &tap{r: &joined{doc, doc.Size(), update}, size: doc.Size(), hash: sha256.New()}
	if digest, err = s.Digest(t, h, nil); err != nil {
		return nil, nil, err
	}
	return &pending{doc, [sha256.Size]byte(t.hash.Sum(nil)), update, contents}, digest, nil
}

// stands reads what is to be signed as a stranger would: the new signature sig,
// none if zero, is found there with its range, over the whole file, and all
// earlier ones are found as they were. What strange documents do to a reader shows here, before
// anything is signed.
func stands(doc *pdf.File, made *joined, sig pdf.Ref, want [4]int64) error {
	before, err := Find(doc)
	if err != nil {
		return err
	}
	again, err := pdf.Open(made, made.Size())
	if err != nil {
		return err
	}
	after, err := Find(again)
	if err != nil {
		return err
	}
	fault := &pdf.FormatError{Offset: -1, What: "a signature added to the document is not found in it again"}
	found := sig.Number == 0
	for _, s := range after {
		switch {
		case sig.Number != 0 && s.Ref == sig:
			found = true
			if s.Fault != nil || s.Range != want || s.Revision != again.Revisions() {
				return fault
			}
		case len(before) == 0 || s.Field.Ref != before[0].Field.Ref || s.Ref != before[0].Ref || s.Range != before[0].Range ||
			s.Revision != before[0].Revision || (s.Fault == nil) != (before[0].Fault == nil):
			return fault
		default:
			before = before[1:]
		}
	}
	if len(before) > 0 || !found {
		return fault
	}
	return nil
}

// fill puts der into the place reserved for it.
func (p *pending) fill(der []byte) (*Signed, error) {
	if room := (p.contents.Length - 2) / 2; len(der) > room {
		return nil, &RoomError{len(der), room}
	}
	update := append([]byte(nil), p.update...)
	hex.Encode(update[p.contents.At-p.doc.Size()+1:], der)
	return &Signed{joined{p.doc, p.doc.Size(), update}}, nil
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
func (p *pending) OriginalSHA256() [sha256.Size]byte { return p.original }

// Unfilled is the document with the signature's place still empty, to see what
// adding it does to earlier signatures.
func (p *pending) Unfilled() *Signed { return &Signed{joined{p.doc, p.doc.Size(), p.update}} }

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
