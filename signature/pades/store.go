package pades

import (
	"crypto/sha256"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// Evidence is what validates signatures later, each item DER.
type Evidence struct{ Certificates, CRLs, OCSPs [][]byte }

// maxStored bounds one item that is there already and is compared with. The
// longest CRLs of state CAs are a few MiB.
const maxStored = 32 << 20

// AddEvidence appends ev to the document security store of doc (ISO 32000-2,
// 12.8.4.3; level B-LT). What the store has already stays where it is and is
// not added again. Errors: ErrEncrypted and *pdf.FormatError.
func AddEvidence(doc *pdf.File, ev Evidence) (*Signed, error) {
	if doc.Encrypted() {
		return nil, ErrEncrypted
	}
	u, err := doc.NewUpdate()
	if err != nil {
		return nil, err
	}
	root, ok := doc.Trailer().Get("Root").(pdf.Ref)
	if !ok {
		return nil, &pdf.FormatError{Offset: -1, What: "the trailer names no document catalog"}
	}
	catalog, err := u.Dict(root)
	if err != nil {
		return nil, err
	}
	old, err := doc.Dict(catalog.Get("DSS"))
	if err != nil {
		return nil, err
	}
	store := pdf.MakeDict(pdf.Name("Type"), pdf.Name("DSS"))
	if old != nil {
		store = old.Clone()
	}
	added := 0
	for _, kind := range []struct {
		key   pdf.Name
		items [][]byte
	}{{"Certs", ev.Certificates}, {"CRLs", ev.CRLs}, {"OCSPs", ev.OCSPs}} {
		n, err := extend(doc, u, store, kind.key, kind.items)
		if err != nil {
			return nil, small.Errorf("add evidence: %w", err)
		}
		added += n
	}
	if added == 0 {
		return nil, small.Error("add evidence: the document has all of it already")
	}
	if ref, ok := catalog.Get("DSS").(pdf.Ref); ok && old != nil {
		u.Set(ref, store)
	} else {
		catalog.Set("DSS", u.Add(store))
		u.Set(root, catalog)
	}
	update, err := u.Bytes()
	if err != nil {
		return nil, err
	}
	return &Signed{joined{doc, doc.Size(), update}}, nil
}

// extend appends the items that the array at key does not list yet, and says
// how many.
func extend(doc *pdf.File, u *pdf.Update, store *pdf.Dict, key pdf.Name, items [][]byte) (added int, err error) {
	list, err := doc.Array(store.Get(key))
	if err != nil {
		return 0, err
	}
	known := map[[sha256.Size]byte]bool{}
	for _, o := range list {
		o, err := doc.Resolve(o)
		if err != nil {
			return 0, err
		}
		if s, ok := o.(*pdf.Stream); ok {
			if b, err := doc.Decode(s, maxStored); err == nil {
				known[sha256.Sum256(b)] = true
			}
		}
	}
	longer := append(pdf.Array{}, list...)
	for _, item := range items {
		sum := sha256.Sum256(item)
		if known[sum] {
			continue
		}
		known[sum] = true
		longer = append(longer, u.Add(&pdf.Data{Dict: &pdf.Dict{}, Bytes: item}))
		added++
	}
	if added > 0 {
		store.Set(key, longer)
	}
	return added, nil
}
