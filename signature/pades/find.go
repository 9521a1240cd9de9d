package pades

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"io"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// maxContents bounds /Contents as written. Signatures that carry long
// revocation lists reach a few MiB.
const maxContents = 64 << 20

// maxSignatures bounds the signatures of one document. The most often signed
// one known has 51.
const maxSignatures = 1000

// Signature is one signed signature field, with what the raw bytes prove.
type Signature struct {
	Field pdf.Field
	// Ref and Dict are the signature dictionary; Ref is zero when it stands
	// directly in its field.
	Ref       pdf.Ref
	Dict      *pdf.Dict
	SubFilter string
	// Fault says why the signature's place in the file proves nothing; nil
	// when every byte is accounted for. The fields below are set only then.
	Fault error
	// Range is /ByteRange: the bytes [Range[0], Range[1]) and
	// [Range[2], Range[2]+Range[3]) are signed.
	Range [4]int64
	// Contents is the signature with its padding.
	Contents []byte
	// Revision is the revision whose end the signed bytes reach, 0 when they
	// end elsewhere.
	Revision int
}

// End is the offset just after the last signed byte.
//
//go:noinline
func (s *Signature) End() int64 { return s.Range[2] + s.Range[3] }

// Find lists the signed signature fields of doc, document timestamps too, in
// the order of the form. It fails only when the form cannot be read.
func Find(doc *pdf.File) ([]*Signature, error) {
	fields, err := doc.SignatureFields()
	if err != nil {
		return nil, err
	}
	var found []*Signature
	known := map[pdf.Ref]*Signature{}
	for _, f := range fields {
		if f.Value == nil {
			continue
		}
		if len(found) == maxSignatures {
			return nil, &pdf.FormatError{Offset: -1, What: "too many signatures"}
		}
		s := &Signature{Field: f}
		found = append(found, s)
		ref, _ := f.Value.(pdf.Ref)
		if first := known[ref]; first != nil && first.Fault == nil && f.Dict.Duplicate == "" {
			// Fields that share a dictionary share what was read of it: a
			// thousand copies of /Contents would fill the memory.
			*s = *first
			s.Field = f
			continue
		}
		if s.Fault = s.read(doc); ref.Number != 0 && known[ref] == nil {
			known[ref] = s
		}
	}
	return found, nil
}

// read proves from raw bytes what the signature covers.
func (s *Signature) read(doc *pdf.File) error {
	s.Ref, _ = s.Field.Value.(pdf.Ref)
	d, err := doc.Dict(s.Field.Value)
	if err != nil {
		return err
	}
	if d == nil {
		return small.Error("the field's value is no signature dictionary")
	}
	s.Dict = d
	if n, ok := d.Get("SubFilter").(pdf.Name); ok {
		s.SubFilter = string(n)
	}
	if d.Duplicate != "" {
		return small.Errorf("the signature dictionary holds /%s twice", d.Duplicate)
	}
	if s.Field.Dict.Duplicate != "" {
		return small.Errorf("the signature field holds /%s twice", s.Field.Dict.Duplicate)
	}
	if s.Range, err = byteRange(d, doc.Size()); err != nil {
		return err
	}
	if err := s.readContents(doc); err != nil {
		return err
	}
	if v, ok := doc.EndingAt(s.End()); ok {
		s.Revision = v.Number()
	}
	return s.place(doc)
}

// byteRange reads /ByteRange: four direct integers [0 a b c] with
// 0 < a < b and b+c inside the file.
func byteRange(d *pdf.Dict, size int64) (r [4]int64, err error) {
	a, ok := d.Get("ByteRange").(pdf.Array)
	if !ok || len(a) != 4 {
		return r, small.Error("/ByteRange is not four direct numbers")
	}
	for i := range r {
		n, ok := a[i].(int64)
		if !ok || n < 0 || n > size {
			return r, small.Error("/ByteRange is not four numbers inside the file")
		}
		r[i] = n
	}
	if r[0] != 0 || r[1] <= 0 || r[2] <= r[1] || r[2]+r[3] > size {
		return r, small.Error("/ByteRange does not start at 0 or does not leave one gap")
	}
	return r, nil
}

// readContents proves that the gap of the byte range is one hexadecimal
// string and the value of /Contents of this very dictionary.
func (s *Signature) readContents(doc *pdf.File) error {
	from, to := s.Range[1], s.Range[2]
	e := s.Dict.Entry("Contents")
	if e == nil {
		return small.Error("the signature has no /Contents")
	}
	if _, ok := e.Value.(pdf.String); !ok {
		return small.Error("/Contents is not a direct string")
	}
	if e.At != from || e.End != to {
		return small.Error("the gap in the byte range is not /Contents of this signature")
	}
	if to-from < 4 || to-from > maxContents {
		return small.Error("/Contents is empty or too long")
	}
	raw := make([]byte, to-from)
	if n, err := doc.ReadAt(raw, from); n < len(raw) {
		return small.Errorf("read /Contents: %w", err)
	}
	if raw[0] != '<' || raw[len(raw)-1] != '>' {
		return small.Error("/Contents is not a hexadecimal string")
	}
	digits := raw[1 : len(raw)-1]
	// A last digit without its pair stands for itself and 0 (7.3.4.3). Some
	// writers leave one in their padding, where it says nothing.
	if len(digits)%2 == 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	s.Contents = make([]byte, len(digits)/2)
	if _, err := hex.Decode(s.Contents, digits); err != nil {
		return small.Errorf("/Contents: %w", err)
	}
	return nil
}

// place proves that the dictionary itself stands among the signed bytes, in
// the revision that the signature closes.
func (s *Signature) place(doc *pdf.File) error {
	ref := s.Ref
	if ref.Number == 0 {
		ref = s.Field.Ref
	}
	at, ok := doc.Locate(ref.Number)
	switch {
	case !ok || ref.Number == 0:
		return small.Error("the signature dictionary is no object of its own")
	case at.Compressed:
		return small.Error("the signature dictionary is inside an object stream")
	case at.Offset >= s.Range[1]:
		return small.Error("the signature dictionary does not stand before its own /Contents")
	case s.Revision != 0 && s.Ref.Number != 0 && at.Revision != s.Revision:
		return small.Error("the signature dictionary belongs to another revision than the one it signs")
	case s.Revision != 0 && at.Revision > s.Revision:
		return small.Error("the signature was changed after signing")
	}
	return nil
}

// CheckPadding checks what follows the CMS value in Contents: zeros alone.
func CheckPadding(rest []byte) error {
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return small.Error("bytes other than zero follow the signature in /Contents")
	}
	return nil
}

// hashBlock is how much is read at a time when hashing.
const hashBlock = 256 << 10

// Digest hashes the signed bytes. progress, when not nil, is told the bytes
// hashed since its last call.
func (s *Signature) Digest(doc io.ReaderAt, h crypto.Hash, progress func(n int64)) ([]byte, error) {
	if !h.Available() {
		return nil, small.Errorf("hash %v is not available", h)
	}
	w := h.New()
	buf := make([]byte, hashBlock)
	for _, part := range [][2]int64{{s.Range[0], s.Range[1]}, {s.Range[2], s.Range[3]}} {
		r := io.NewSectionReader(doc, part[0], part[1])
		for {
			n, err := r.Read(buf)
			w.Write(buf[:n])
			if progress != nil && n > 0 {
				progress(int64(n))
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, small.Errorf("read the signed bytes: %w", err)
			}
		}
	}
	return w.Sum(nil), nil
}
