package verify

import (
	"bytes"
	"strings"

	"kyso/signature/pdf"
)

// trailer: another catalog is another document, another encryption another
// reading of it. The information dictionary is shown beside the document.
func (d *difference) trailer() {
	old, new := d.old.Trailer(), d.new.Trailer()
	if !pdf.Equal(old.Get("Root"), new.Get("Root")) {
		d.note(number(new.Get("Root")), forNothing, "CATALOG", "")
	}
	if !pdf.Equal(old.Get("Encrypt"), new.Get("Encrypt")) {
		d.note(number(new.Get("Encrypt")), forNothing, "ENCRYPTION", "")
	}
	info := new.Get("Info")
	if n := number(info); d.changed[n] || d.added[n] {
		if !d.explain(old.Get("Info"), info) {
			return // shared: it stays on the list of what is not explained
		}
		d.note(n, forEvidence, "METADATA", "")
		if dict, err := d.new.Dict(info); err == nil {
			d.explainNew(dict)
		}
	}
}

// catalogCodes name what a changed key of the catalog means.
func catalogCode(key pdf.Name) string {
	switch key {
	case "Pages":
		return "PAGE_TREE"
	case "OCProperties":
		return "OPTIONAL_CONTENT"
	case "OpenAction", "AA", "Names", "URI":
		return "ACTION"
	case "StructTreeRoot", "RoleMap":
		return "STRUCTURE_TREE"
	}
	return "CATALOG"
}

func (d *difference) catalog() {
	root := d.old.Trailer().Get("Root")
	old, new := d.dicts(root, d.new.Trailer().Get("Root"))
	n := number(root)
	if old == nil || new == nil || new.Duplicate != "" {
		d.note(n, forNothing, "CATALOG", "")
		return
	}
	delete(d.changed, n)
	d.keys(old, new, func(key pdf.Name, a, b pdf.Object) {
		switch key {
		case "AcroForm", "DSS", "Metadata", "Perms": // judged below
		case "Version", "Extensions":
			if key == "Version" && !raised(a, b) || key == "Extensions" && b == nil {
				d.note(n, forNothing, "VERSION_LOWERED", "")
				return
			}
			d.explainNew(b)
			d.note(n, forEvidence, "VERSION", "")
		case "MarkInfo":
			// It says for whom the structure is written, not what is shown.
			if !flags(b) {
				d.note(n, forNothing, "CATALOG", "")
				return
			}
			d.note(n, forEvidence, "METADATA", "")
		default:
			d.note(n, forNothing, catalogCode(key), "")
		}
	})
	d.metadata(old.Get("Metadata"), new.Get("Metadata"))
	d.perms(old.Get("Perms"), new.Get("Perms"))
	d.dss(old.Get("DSS"), new.Get("DSS"))
	d.form(old.Get("AcroForm"), new.Get("AcroForm"))
}

// raised tells whether version b is not lower than a, which may be absent.
func raised(a, b pdf.Object) bool {
	x, isOld := a.(pdf.Name)
	y, isNew := b.(pdf.Name)
	return isNew && len(y) == 3 && (a == nil || isOld && len(x) == 3 && y >= x)
}

// flags tells whether o is a dictionary of booleans alone.
func flags(o pdf.Object) bool {
	dict, ok := o.(*pdf.Dict)
	if !ok || dict.Duplicate != "" {
		return false
	}
	for _, e := range dict.Entries {
		if _, ok := e.Value.(bool); !ok {
			return false
		}
	}
	return true
}

func (d *difference) metadata(a, b pdf.Object) {
	n := number(b)
	if !d.changed[n] && !d.added[n] && pdf.Equal(a, b) {
		return
	}
	o, err := d.new.Resolve(b)
	if s, isStream := o.(*pdf.Stream); err != nil || !isStream || !d.explain(a, b) || !d.xmp(s) {
		d.note(n, forNothing, "METADATA_FORGED", "")
		return
	}
	d.note(n, forEvidence, "METADATA", "")
}

// maxMetadata bounds a document's metadata; a few KiB are common.
const maxMetadata = 4 << 20

// xmp tells whether s looks like XMP without a document type or entities, the
// parts of XML by which readers were attacked.
func (d *difference) xmp(s *pdf.Stream) bool {
	if !s.Is("Type", "Metadata") || !s.Is("Subtype", "XML") {
		return false
	}
	b, err := d.new.Decode(s, maxMetadata)
	return err == nil && bytes.Contains(b, []byte("http://www.w3.org/1999/02/22-rdf-syntax-ns#")) &&
		!bytes.Contains(b, []byte("<!DOCTYPE")) && !bytes.Contains(b, []byte("<!ENTITY"))
}

// perms: adding a certification to a document that others have signed, or
// changing one, is for no signature to allow.
func (d *difference) perms(a, b pdf.Object) {
	old, new := d.dicts(a, b)
	if !pdf.Equal(old, new) || d.changed[number(b)] {
		d.note(number(b), forNothing, "PERMISSIONS", "")
	}
}

// latent: content that was in the signed revision unused, and is used now, was
// hidden from whoever signed. Evidence shows nothing, and its writers collect
// what an earlier one left unused.
func (d *difference) latent() {
	for i, n := range d.was.counts {
		number := d.was.r.number[i]
		if n > 0 || d.now.counts[i] == 0 || d.evidence[number] {
			continue
		}
		if _, existed := d.old.Locate(number); existed {
			d.note(number, forNothing, "LATENT", "")
		}
	}
}

// kindOf names a change of an object by what it is and where it stands.
func kindOf(was, is pdf.Object, path string) string {
	for _, o := range []pdf.Object{was, is} {
		dict, _ := o.(*pdf.Dict)
		if s, ok := o.(*pdf.Stream); ok {
			dict = s.Dict
		}
		switch dict.Get("Type") {
		case pdf.Name("Pages"):
			return "PAGE_TREE"
		case pdf.Name("Page"):
			return "PAGE"
		case pdf.Name("Font"), pdf.Name("FontDescriptor"), pdf.Name("Encoding"), pdf.Name("CMap"):
			return "FONT"
		case pdf.Name("OCG"), pdf.Name("OCMD"):
			return "OPTIONAL_CONTENT"
		case pdf.Name("StructTreeRoot"), pdf.Name("StructElem"):
			return "STRUCTURE_TREE"
		case pdf.Name("Action"):
			return "ACTION"
		}
	}
	for _, of := range []struct{ part, code string }{
		{"/Font/", "FONT"}, {"/ToUnicode", "FONT"}, {"/OCProperties/", "OPTIONAL_CONTENT"}, {"/StructTreeRoot/", "STRUCTURE_TREE"},
		{"/Contents", "PAGE_CONTENT"}, {"/Resources", "PAGE_RESOURCES"}, {"/OpenAction", "ACTION"}, {"/AA/", "ACTION"},
	} {
		if strings.Contains(path, of.part) {
			return of.code
		}
	}
	return "CHANGED"
}
