package pades

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// SignatureEvidence is the evidence for one signature (ISO 32000-2, 12.8.4.4).
type SignatureEvidence struct {
	// Key is that of Signature.VRIKey.
	Key                       string
	Certificates, CRLs, OCSPs [][]byte
	// Time is when it was gathered, written as /TU when it is not zero and the
	// document has none for this signature.
	Time time.Time
}

// VRIKey is the key under which the document security store groups evidence
// for s: the SHA-1 of /Contents, padding and all, in upper-case hexadecimal
// digits (ISO 32000-2, table 261). It names, it proves nothing.
func (s *Signature) VRIKey() string {
	sum := sha1.Sum(s.Contents)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// groups adds the evidence that belongs to single signatures. Groups of other
// signatures stay, and so does what a group has.
func (s *store) groups(add []SignatureEvidence) error {
	vri := &pdf.Dict{}
	if s.vri != nil {
		vri = s.vri.Clone()
	}
	grown := false
	for _, a := range add {
		if b, err := hex.DecodeString(a.Key); err != nil || len(b) != sha1.Size || a.Key != strings.ToUpper(a.Key) {
			return small.Errorf("%q is no key of a signature", a.Key)
		}
		changed, err := s.group(vri, a)
		if err != nil {
			return err
		}
		grown = grown || changed
	}
	if !grown {
		return nil
	}
	if ref, ok := s.dict.Get("VRI").(pdf.Ref); ok && s.vri != nil && !s.shared(ref.Number) {
		s.u.Set(ref, vri)
	} else {
		s.dict.Set("VRI", vri)
	}
	return nil
}

// group adds to one group of vri, and tells whether vri itself changed by that.
func (s *store) group(vri *pdf.Dict, a SignatureEvidence) (changed bool, err error) {
	key := pdf.Name(a.Key)
	old, err := s.doc.Dict(vri.Get(key))
	if err != nil {
		return false, err
	}
	g := &pdf.Dict{}
	if old != nil {
		g = old.Clone()
	}
	for _, kind := range []struct {
		key   pdf.Name
		items [][]byte
	}{{"Cert", a.Certificates}, {"CRL", a.CRLs}, {"OCSP", a.OCSPs}} {
		c, err := s.list(g, kind.key, kind.items)
		if err != nil {
			return false, err
		}
		changed = changed || c
	}
	if !changed {
		return false, nil
	}
	if !a.Time.IsZero() && g.Get("TU") == nil && g.Get("TS") == nil {
		g.Set("TU", pdf.String(date(a.Time)))
	}
	if ref, ok := vri.Get(key).(pdf.Ref); ok && old != nil && !s.shared(ref.Number) {
		s.u.Set(ref, g)
		return false, nil
	}
	vri.Set(key, g)
	return true, nil
}
