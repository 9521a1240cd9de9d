package stamp_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"kyso/signature/pdf"
	"kyso/signature/stamp"
)

var noon = time.Date(2026, 9, 15, 5, 0, 0, 0, time.UTC)

// document is a PDF with these metadata; intent is what /OutputIntents holds.
func document(t testing.TB, metadata, intent string) pdf.View {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	entry := ""
	if metadata != "" {
		entry = "/Metadata 3 0 R"
	}
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R" + entry + intent + ">>",
		"<</Type/Pages/Kids[]/Count 0>>",
		fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream", len(metadata), metadata),
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref)
	f, err := pdf.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return f.View
}

func TestPDFA(t *testing.T) {
	attributes := `<rdf:Description rdf:about="" xmlns:p="http://www.aiim.org/pdfa/ns/id/" p:part="2" p:conformance="u"/>`
	for name, c := range map[string]struct {
		metadata    string
		part        int
		conformance string
		fails       bool
	}{
		"no metadata":         {"", 0, "", false},
		"no claim":            {fmt.Sprintf(xmp, `<rdf:Description rdf:about=""/>`), 0, "", false},
		"elements":            {fmt.Sprintf(xmp, elements("1", "B")), 1, "B", false},
		"spaces":              {fmt.Sprintf(xmp, elements(" 3 ", "\n A\n")), 3, "A", false},
		"attributes":          {fmt.Sprintf(xmp, attributes), 2, "U", false},
		"without conformance": {fmt.Sprintf(xmp, `<rdf:Description xmlns:p="http://www.aiim.org/pdfa/ns/id/" p:part="4"/>`), 4, "", false},
		"two claims":          {fmt.Sprintf(xmp, attributes+elements("1", "A")), 1, "A", false},
		"another name space":  {fmt.Sprintf(xmp, strings.ReplaceAll(elements("1", "B"), "aiim.org/pdfa/ns/id/", "example.org/")), 0, "", false},
		"in a comment":        {fmt.Sprintf(xmp, "<!--"+elements("1", "B")+"-->"), 0, "", false},
		"outside":             {strings.ReplaceAll(fmt.Sprintf(xmp, elements("1", "B")), "rdf:Description", "rdf:Bag"), 0, "", false},
		"no number":           {fmt.Sprintf(xmp, elements("one", "B")), 0, "", false},
		"in UTF-16":           {wide(fmt.Sprintf(xmp, elements("2", "B"))), 2, "B", false},
		"no XML":              {"<x:xmpmeta", 0, "", false},
		"not closed":          {"<a><b></a>", 0, "", false},
		"no quotes":           {fmt.Sprintf(xmp, `<rdf:Description xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer=Nobody/>`), 0, "", false},
		"claim, no quotes":    {fmt.Sprintf(xmp, elements("1", "B")+`<rdf:Description x=y/>`), 1, "B", false},
		"deep":                {strings.Repeat("<a>", 1000), 0, "", true},
		"large":               {"<a>" + strings.Repeat(" ", 5<<20) + "</a>", 0, "", true},
	} {
		part, conformance, err := stamp.PDFA(document(t, c.metadata, ""))
		if part != c.part || conformance != c.conformance || (err != nil) != c.fails {
			t.Errorf("%s: %d %q %v", name, part, conformance, err)
		}
	}
}

func wide(s string) string {
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return string(b)
}

func TestClaims(t *testing.T) {
	claim := fmt.Sprintf(xmp, elements("2", "B"))
	for name, c := range map[string]struct {
		metadata, intent string
		want             stamp.FormOptions
	}{
		"plain":           {"", "", stamp.FormOptions{}},
		"no intent":       {claim, "", stamp.FormOptions{PDFA: 2}},
		"intent":          {claim, "/OutputIntents[<</S/GTS_PDFA1/DestOutputProfile 9 0 R>>]", stamp.FormOptions{PDFA: 2, OutputIntent: true}},
		"for printing":    {claim, "/OutputIntents[<</S/GTS_PDFX/DestOutputProfile 9 0 R>>]", stamp.FormOptions{PDFA: 2}},
		"without profile": {claim, "/OutputIntents[<</S/GTS_PDFA1>>]", stamp.FormOptions{PDFA: 2}},
	} {
		got, err := stamp.Claims(document(t, c.metadata, c.intent))
		if err != nil || got != c.want {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func FuzzPDFA(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(xmp, elements("1", "B"))))
	f.Add([]byte(wide(fmt.Sprintf(xmp, elements("2", "B")))))
	f.Fuzz(func(t *testing.T, metadata []byte) {
		part, conformance, err := stamp.PDFA(document(t, string(metadata), ""))
		if part < 0 || part > 99 || len(conformance) > 2 || err != nil && part != 0 {
			t.Errorf("%d %q %v", part, conformance, err)
		}
	})
}
