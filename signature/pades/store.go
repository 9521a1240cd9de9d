package pades

import (
	"crypto/sha256"
	"errors"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Evidence is what validates signatures later, each item DER.
type Evidence struct {
	Certificates, CRLs, OCSPs [][]byte
	// VRI tells which of it is for which signature. Its items need not be
	// listed above as well.
	VRI []SignatureEvidence
}

// ErrNothingToAdd says that a document has all of the evidence already.
var ErrNothingToAdd = errors.New("the document has all of the evidence already")

// maxStored bounds one item that is there already and is compared with. The
// longest CRLs of state CAs are a few MiB.
const maxStored = 32 << 20

// AddEvidence appends ev to the document security store of doc (ISO 32000-2,
// 12.8.4.3; level B-LT). What the store has already stays where it is, and as
// it is written, and is not added again. No earlier signature can forbid it.
// Errors: ErrEncrypted, ErrNothingToAdd and *pdf.FormatError.
func AddEvidence(doc *pdf.File, ev Evidence) (*Signed, error) {
	shared, err := sound(doc)
	if err != nil {
		return nil, err
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	root := doc.Trailer().Get("Root").(pdf.Ref)
	catalog, err := u.Dict(root)
	if err != nil {
		return nil, err
	}
	old, err := doc.Dict(catalog.Get("DSS"))
	if err != nil {
		return nil, err
	}
	dict := pdf.MakeDict(pdf.Name("Type"), pdf.Name("DSS"))
	if old != nil {
		dict = old.Clone()
	}
	s := &store{doc: doc, u: u, dict: dict, shared: shared, refs: map[[sha256.Size]byte]pdf.Ref{}}
	if err := s.read(); err != nil {
		return nil, small.Errorf("read the document's evidence: %w", err)
	}
	if err := s.extend(ev); err != nil {
		return nil, small.Errorf("add evidence: %w", err)
	}
	if !s.changed {
		return nil, ErrNothingToAdd
	}
	ref, indirect := catalog.Get("DSS").(pdf.Ref)
	switch {
	case old == nil:
		catalog.Set("DSS", u.Add(s.dict))
		u.Set(root, catalog)
	case indirect && !shared(ref.Number):
		u.Set(ref, s.dict)
	default:
		catalog.Set("DSS", s.dict)
		u.Set(root, catalog)
	}
	update, err := u.Bytes()
	if err != nil {
		return nil, err
	}
	made := &Signed{joined{doc, doc.Size(), update}}
	return made, stands(doc, &made.joined, pdf.Ref{}, [4]int64{})
}

// store is the document security store while it grows.
type store struct {
	doc  *pdf.File
	u    *pdf.Update
	dict *pdf.Dict
	vri  *pdf.Dict // of the document, nil without one
	// refs are the streams that the store lists, by their data.
	refs map[[sha256.Size]byte]pdf.Ref
	// shared tells of lists and groups that serve two places: such a one is
	// written anew for the one that grows.
	shared  func(number int) bool
	changed bool
}

// read finds what is there.
func (s *store) read() (err error) {
	if s.vri, err = s.doc.Dict(s.dict.Get("VRI")); err != nil {
		return err
	}
	for _, key := range []pdf.Name{"Certs", "CRLs", "OCSPs"} {
		list, err := s.doc.Array(s.dict.Get(key))
		if err != nil {
			return err
		}
		for _, o := range list {
			ref, _ := o.(pdf.Ref)
			o, err := s.doc.Resolve(o)
			if err != nil {
				return err
			}
			if stream, ok := o.(*pdf.Stream); ok {
				if b, err := s.doc.Decode(stream, maxStored); err == nil {
					s.refs[sha256.Sum256(b)] = ref
				}
			}
		}
	}
	return nil
}

// extend adds all of ev.
func (s *store) extend(ev Evidence) error {
	all := Evidence{Certificates: ev.Certificates, CRLs: ev.CRLs, OCSPs: ev.OCSPs}
	for _, v := range ev.VRI {
		all.Certificates = append(all.Certificates[:len(all.Certificates):len(all.Certificates)], v.Certificates...)
		all.CRLs = append(all.CRLs[:len(all.CRLs):len(all.CRLs)], v.CRLs...)
		all.OCSPs = append(all.OCSPs[:len(all.OCSPs):len(all.OCSPs)], v.OCSPs...)
	}
	for _, kind := range []struct {
		key   pdf.Name
		items [][]byte
	}{{"Certs", all.Certificates}, {"CRLs", all.CRLs}, {"OCSPs", all.OCSPs}} {
		if _, err := s.list(s.dict, kind.key, kind.items); err != nil {
			return err
		}
	}
	if len(ev.VRI) == 0 {
		return nil
	}
	return s.groups(ev.VRI)
}

// list makes the list at key of d hold the items, and tells whether d itself
// changed by that.
func (s *store) list(d *pdf.Dict, key pdf.Name, items [][]byte) (changed bool, err error) {
	old, err := s.doc.Array(d.Get(key))
	if err != nil {
		return false, err
	}
	longer := append(pdf.Array{}, old...)
	listed := map[pdf.Object]bool{}
	for _, o := range old {
		if ref, ok := o.(pdf.Ref); ok {
			listed[ref] = true
		}
	}
	for _, item := range items {
		sum := sha256.Sum256(item)
		ref, known := s.refs[sum]
		if !known {
			ref = s.u.Add(pdf.Deflated(&pdf.Dict{}, item))
			s.refs[sum] = ref
		}
		if !listed[ref] {
			listed[ref] = true
			longer = append(longer, ref)
		}
	}
	if len(longer) == len(old) {
		return false, nil
	}
	s.changed = true
	if at, ok := d.Get(key).(pdf.Ref); ok && old != nil && !s.shared(at.Number) {
		s.u.Set(at, longer)
		return false, nil
	}
	d.Set(key, longer)
	return true, nil
}
