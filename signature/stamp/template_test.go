package stamp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kyso/signature/stamp"
)

const goodTemplate = `{"name":"so-noi-vu","title":{"vi":"Sở Nội vụ","en":"Home affairs"},
 "image":{"use":"optional","width":30,"height":20},
 "text":{"lines":[{"text":"Ký bởi: {signer}","required":true},{"text":"{reason}"}],"size":11,"align":"center","maxWidth":80,"maxHeight":30},
 "padding":1,"border":0.5,"place":{"at":"bottom-left","bottom":20,"left":30}}`

func TestLoad(t *testing.T) {
	made, err := stamp.Load([]byte(goodTemplate))
	if err != nil {
		t.Fatal(err)
	}
	if made.Name() != "so-noi-vu" || made.Title().VI != "Sở Nội vụ" || made.Image() != stamp.ImageOptional || made.RealSize() ||
		made.Place() != (stamp.Place{At: stamp.BottomLeft, Bottom: 20, Left: 30}) || !bytes.Equal(made.JSON(), []byte(goodTemplate)) {
		t.Errorf("%+v", made)
	}
}

// TestLoadRefuses: each error names its key and what is allowed.
func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, says string }{
		"a name of the law's":           {`"so-noi-vu"`, `"agency"`, "“agency” is a built-in template"},
		"another built-in name":         {`"so-noi-vu"`, `"signer"`, "“signer” is a built-in template"},
		"a bad name":                    {`"so-noi-vu"`, `"Sở Nội vụ"`, "“name” must have"},
		"no title":                      {`"vi":"Sở Nội vụ",`, ``, "“title.vi”"},
		"an unknown key":                {`"border"`, `"boder"`, `no key "boder"; the keys are: name, title`},
		"a deep unknown key":            {`"align"`, `"alignment"`, `"alignment"`},
		"text for a number":             {`11`, `"11"`, "“text.size” must be a number"},
		"a number for text":             {`"center"`, `5`, "“text.align” must be text in quotation marks"},
		"an object for a list":          {`[{"text":"Ký bởi: {signer}","required":true},{"text":"{reason}"}]`, `{}`, "“text.lines” must be a list"},
		"text for truth":                {`true`, `"yes"`, "true or false"},
		"an unknown alignment":          {`center`, `justify`, "“text.align” is “justify”; allowed are “left”, “center”, “right”"},
		"an unknown use":                {`"optional"`, `"maybe"`, "“image.use” is “maybe”; allowed are “none”, “optional”, “needed”"},
		"an unknown ink":                {`"height":20`, `"height":20,"ink":"green"`, "allowed are “blue”, “red”"},
		"a box too small":               {`"width":30`, `"width":4`, "“image.width” is 4; 5 to 150 mm are allowed"},
		"no box":                        {`"width":30,`, ``, "“image.width” is 0"},
		"a box for a real size":         {`"width":30`, `"realSize":true,"width":30`, "leave out “image.width”"},
		"a box without image":           {`"use":"optional"`, `"use":"none"`, "leave out the other keys of “image”"},
		"tiny type":                     {`11`, `5.9`, "“text.size” is 5.9; 6 to 36 point are allowed"},
		"huge type":                     {`11`, `1e300`, "“text.size”"},
		"no width":                      {`"maxWidth":80,`, ``, "“text.maxWidth” is 0; 10 to 165 mm"},
		"no height":                     {`,"maxHeight":30`, ``, "“text.maxHeight” is 0"},
		"negative padding":              {`"padding":1`, `"padding":-1`, "“padding” is -1; 0 to 10 mm"},
		"thick border":                  {`0.5`, `4`, "“border” is 4; 0 to 3 point"},
		"an unknown place":              {`bottom-left`, `middle`, "“place.at” is “middle”; allowed are “signature-block”"},
		"no place":                      {`"at":"bottom-left",`, ``, "“place.at” is missing"},
		"a margin that means nothing":   {`"left":30`, `"right":30`, "“place.right” means nothing for “bottom-left”"},
		"a margin too wide":             {`"left":30`, `"left":151`, "“place.left” is 151"},
		"an unknown placeholder":        {`{reason}`, `{position}`, "“text.lines[1].text”: there is no {position}; there are {signer}"},
		"an open brace":                 {`{reason}`, `{reason`, "“text.lines[1].text”: { and } are only for"},
		"a closing brace":               {`{reason}`, `reason}`, "{ and } are only for"},
		"an empty line":                 {`"{reason}"`, `""`, "“text.lines[1].text” must have"},
		"a character the font lacks":    {`{reason}`, `字`, "“字” (U+5B57)"},
		"an invisible character":        {`{reason}`, `a\u202eb`, "U+202E"},
		"too many lines":                {`{"text":"{reason}"}`, strings.Repeat(`{"text":"a"},`, 12) + `{"text":"a"}`, "12 lines at most"},
		"text rules without lines":      {`"lines":[{"text":"Ký bởi: {signer}","required":true},{"text":"{reason}"}],`, ``, "without “text.lines”"},
		"nothing after optional images": {`"text":{"lines":[{"text":"Ký bởi: {signer}","required":true},{"text":"{reason}"}],"size":11,"align":"center","maxWidth":80,"maxHeight":30},`, ``, "there must be “text.lines”"},
		"no comma":                      {`"padding":1,`, `"padding":1`, "line 4 is not JSON"},
		"more after the end":            {`"left":30}}`, `"left":30}} {}`, "follows the template's last"},
		"a file cut short":              {`"left":30}}`, `"left":30`, "its end is missing"},
		"a list":                        {goodTemplate, `[]`, "must be one JSON object"},
		"nothing shown":                 {goodTemplate, `{"name":"a","title":{"vi":"a","en":"a"},"place":{"at":"top-right"}}`, "the template shows nothing"},
		"no end of spaces":              {goodTemplate, goodTemplate + strings.Repeat(" ", 70_000), "longer than 65536 bytes"},
	} {
		if !strings.Contains(goodTemplate, c.old) {
			t.Errorf("%s: nothing to replace", name)
		}
		_, err := stamp.Load([]byte(strings.Replace(goodTemplate, c.old, c.new, 1)))
		var fault *stamp.Error
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(fault.EN, c.says) || fault.VI == fault.EN || strings.Contains(fault.VI+fault.EN, "%!") {
			t.Errorf("%s: %s\n%s", name, fault.EN, fault.VI)
		}
	}
}

// TestBuiltIns: every template that is built in can be read, and taken as a
// start by giving it another name.
func TestBuiltIns(t *testing.T) {
	for _, name := range stamp.Names() {
		made, ok := stamp.BuiltIn(name)
		if !ok || made.Name() != name || made.Title().VI == "" || !json.Valid(made.JSON()) {
			t.Errorf("%s: %+v", name, made)
		}
		if _, err := stamp.Load(made.JSON()); err == nil {
			t.Errorf("%s: taken from a file", name)
		}
		if _, err := stamp.Load(bytes.Replace(made.JSON(), []byte(`"`+name+`"`), []byte(`"rieng"`), 1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := stamp.BuiltIn("khac"); ok {
		t.Error("there is an unknown template")
	}
}

// TestOverflow: what is wider than a page is refused though each part fits.
func TestOverflow(t *testing.T) {
	made, err := stamp.Load([]byte(`{"name":"rong","title":{"vi":"Rộng","en":"Wide"},"text":{"lines":[{"text":"{signer}"}],"maxWidth":165,"maxHeight":30},"padding":10,"place":{"at":"signature-block"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for n, fits := range map[int]bool{20: true, 60: false} {
		_, err := made.Lay(stamp.Values{Signer: strings.Repeat("mm ", n)}, nil, stamp.Options{})
		if (err == nil) != fits {
			t.Errorf("%d words: %v", n, err)
		}
	}
	if _, err := made.Lay(stamp.Values{}, nil, stamp.Options{}); err == nil || !strings.Contains(err.Error(), "nothing to show") {
		t.Errorf("nothing: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodTemplate))
	for _, name := range stamp.Names() {
		made, _ := stamp.BuiltIn(name)
		f.Add(bytes.Replace(made.JSON(), []byte(`"`+name+`"`), []byte(`"rieng"`), 1))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		made, err := stamp.Load(b)
		if err != nil {
			var fault *stamp.Error
			if !errors.As(err, &fault) || strings.Contains(fault.VI+fault.EN, "%!") {
				t.Errorf("%v", err)
			}
			return
		}
		s, err := made.Lay(stamp.Values{Signer: "Trần Thị Ngọc Hưởng", Email: "a@b.vn", Agency: "Sở", Number: "1/A", Form: "SAO Y", Reason: "Duyệt", Time: noon}, nil, stamp.Options{})
		if err == nil && !(s.Width() > 0 && s.Height() > 0 && s.Width() < 600 && s.Height() < 850) {
			t.Errorf("%v by %v points", s.Width(), s.Height())
		}
	})
}

// xmp is metadata that claim part and conformance in a form of their own.
const xmp = `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">%s</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`

func elements(part, conformance string) string {
	return fmt.Sprintf(`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>%s</pdfaid:part><pdfaid:conformance>%s</pdfaid:conformance></rdf:Description>`, part, conformance)
}
