package stamp

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"kyso/signature/pdf"
	"kyso/signature/small"
)

// maxMetadata bounds the metadata that are read. Some writers keep a history
// of edits there.
const maxMetadata = 4 << 20

// PDFA reads which part of PDF/A (ISO 19005) the document claims to be, and how
// far it conforms: 1 and "B", say; 0 when it claims none. It is the claim only;
// nothing is checked. What stands behind a mistake in the metadata's XML claims
// nothing: PDF/A wants them well-formed, and some writers' are not (Ghostscript
// 10.0 leaves out quotes). The error is of metadata that cannot be read at all.
func PDFA(v pdf.View) (part int, conformance string, err error) {
	catalog, err := v.Catalog()
	if err != nil {
		return 0, "", err
	}
	o, err := v.Resolve(catalog.Get("Metadata"))
	if err != nil || o == nil {
		return 0, "", err
	}
	stream, ok := o.(*pdf.Stream)
	if !ok {
		return 0, "", small.Error("stamp: the document's metadata are no stream")
	}
	b, err := v.Decode(stream, maxMetadata)
	if err != nil {
		return 0, "", err
	}
	return claim(b)
}

// Claims reads what Form must know of the document.
func Claims(v pdf.View) (FormOptions, error) {
	part, _, err := PDFA(v)
	if err != nil {
		return FormOptions{}, err
	}
	o := FormOptions{PDFA: part}
	catalog, err := v.Catalog()
	if err != nil {
		return FormOptions{}, err
	}
	intents, err := v.Array(catalog.Get("OutputIntents"))
	if err != nil {
		return FormOptions{}, err
	}
	// Few have more than one; a stranger may write many.
	for _, i := range intents[:min(len(intents), 16)] {
		d, err := v.Dict(i)
		if err != nil {
			return FormOptions{}, err
		}
		if d.Is("S", "GTS_PDFA1") && d.Get("DestOutputProfile") != nil {
			o.OutputIntent = true
		}
	}
	return o, nil
}

const (
	rdfSpace = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	// pdfaSpace begins the name space of the claim; some writers leave out the
	// slash at its end.
	pdfaSpace = "http://www.aiim.org/pdfa/ns/id"
)

// claim reads pdfaid:part and pdfaid:conformance from XMP, where they stand as
// elements in an rdf:Description or as its attributes (ISO 16684-1, 7.4 and
// 7.9). Of several claims the lowest part counts: it forbids the most.
func claim(b []byte) (part int, conformance string, err error) {
	d := xml.NewDecoder(bytes.NewReader(utf8XML(b)))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var open []xml.Name
	var found struct{ part, conformance string }
	settle := func() {
		n, err := strconv.Atoi(strings.TrimSpace(found.part))
		if err == nil && n > 0 && n < 100 && (part == 0 || n < part) {
			part, conformance = n, strings.ToUpper(strings.TrimSpace(found.conformance))
			if len(conformance) > 2 {
				conformance = ""
			}
		}
		found.part, found.conformance = "", ""
	}
	take := func(n xml.Name, value string) {
		if !strings.HasPrefix(n.Space, pdfaSpace) {
			return
		}
		switch n.Local {
		case "part":
			found.part += value
		case "conformance":
			found.conformance += value
		}
	}
	description := func(at int) bool {
		return at >= 0 && open[at].Space == rdfSpace && open[at].Local == "Description"
	}
	for {
		token, err := d.Token()
		if err != nil { // the end, or a mistake
			return part, conformance, nil
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, t.Name)
			if len(open) > maxMetadataDepth {
				return 0, "", small.Error("stamp: the document's metadata are nested too deeply")
			}
			if description(len(open) - 1) {
				for _, a := range t.Attr {
					take(a.Name, a.Value)
				}
			}
		case xml.CharData:
			if n := len(open); n > 1 && description(n-2) {
				take(open[n-1], string(t))
			}
		case xml.EndElement:
			if description(len(open) - 1) {
				settle()
			}
			open = open[:len(open)-1]
		}
	}
}

// maxMetadataDepth is far more than XMP nests.
const maxMetadataDepth = 200

// utf8XML turns UTF-16 with a byte order mark into UTF-8.
func utf8XML(b []byte) []byte {
	if bytes.HasPrefix(b, []byte{0xFE, 0xFF}) || bytes.HasPrefix(b, []byte{0xFF, 0xFE}) {
		return []byte(pdf.String(b).Text())
	}
	return b
}
