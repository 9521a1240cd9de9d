package verify

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kyso/signature/pdf"
)

// maxOrphan bounds an unused stream that is looked into: large CRLs reach this.
const maxOrphan = 16 << 20

// orphan tells whether the new object o is harmless because nothing leads to
// it: writers leave behind what they made and did not need. Its number was
// unused before, no revision refers to it, and no reader that rebuilds the
// document from what looks like an object would take it for a part of it: it is
// no catalog, page, annotation, field or signature, nor content for one of
// these, which a later revision could bring to light.
func (d *difference) orphan(n int, o pdf.Object) bool {
	if !d.fresh[n] || n == 0 || d.was.reached(n) || d.now.reached(n) {
		return false
	}
	switch o := o.(type) {
	case *pdf.Dict:
		return plainDict(o)
	case *pdf.Stream:
		// Validity evidence is DER. Anything else might be drawn one day.
		b, err := d.new.Decode(o, maxOrphan)
		in := cryptobyte.String(b)
		return err == nil && in.SkipASN1(cbasn1.SEQUENCE) && in.Empty() && plainDict(o.Dict)
	case pdf.Array:
		for _, e := range o {
			switch e.(type) {
			case pdf.Array, *pdf.Dict:
				return false
			}
		}
	}
	return true
}

// plainDict tells whether a dictionary nothing leads to can be no part of a
// document: of its keys none but those of evidence and of its stream.
//
//go:noinline
func plainDict(d *pdf.Dict) bool {
	if d.Duplicate != "" {
		return false
	}
	for _, e := range d.Entries {
		switch e.Key {
		case "Type":
			if e.Value != pdf.Name("VRI") && e.Value != pdf.Name("DSS") {
				return false
			}
		case "Certs", "CRLs", "OCSPs", "VRI", "Cert", "CRL", "OCSP", "TU", "TS", "Length", "Filter", "DecodeParms":
		default:
			return false
		}
	}
	return true
}

// container tells whether the new object o only holds the file's own structure.
// Readers that rebuild a document take a cross-reference stream for a trailer,
// so it must name the catalog there is, or, as the second set of a hybrid
// revision does, none.
func (d *difference) container(o pdf.Object) bool {
	s, ok := o.(*pdf.Stream)
	if ok && s.Is("Type", "XRef") {
		return s.Get("Root") == nil || pdf.Equal(s.Get("Root"), d.new.Trailer().Get("Root"))
	}
	return ok && s.Is("Type", "ObjStm")
}

//go:noinline
func xrefStream(o pdf.Object) bool {
	s, ok := o.(*pdf.Stream)
	return ok && s.Is("Type", "XRef")
}
