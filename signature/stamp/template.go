package stamp

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Template is the look of a stamp, in data: what is shown and where. It is
// made by Load or BuiltIn and never changes.
type Template struct {
	d      definition
	source []byte
}

// definition is a template as its JSON writes it; docs/stamps.md explains it.
// Lengths are in millimetres, type sizes and lines in points.
type definition struct {
	Name    string    `json:"name"`
	Title   Title     `json:"title"`
	Image   imageRule `json:"image"`
	Text    textRule  `json:"text"`
	Padding float64   `json:"padding"`
	Border  float64   `json:"border"`
	Place   Place     `json:"place"`
}

// Title is a template's name for people.
type Title struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Use says whether a template takes an image.
type Use string

const (
	NoImage       Use = "none"
	ImageOptional Use = "optional"
	ImageNeeded   Use = "needed"
)

// imageRule says which image is shown, and how large: in a box, or as large as
// the thing it pictures.
type imageRule struct {
	Use      Use     `json:"use"`
	RealSize bool    `json:"realSize"`
	Width    float64 `json:"width"`
	Height   float64 `json:"height"`
	Ink      string  `json:"ink"`
}

// textRule is the text block; MaxWidth and MaxHeight bound it.
type textRule struct {
	Lines     []textLine `json:"lines"`
	Size      float64    `json:"size"`
	Align     string     `json:"align"`
	MaxWidth  float64    `json:"maxWidth"`
	MaxHeight float64    `json:"maxHeight"`
}

// textLine is one line, before it is filled in and wrapped.
type textLine struct {
	Text     string `json:"text"`
	Required bool   `json:"required"`
}

// Position is where on a page a stamp belongs.
type Position string

const (
	// SignatureBlock is centred between the signer's title and name.
	SignatureBlock Position = "signature-block"
	// OverPersonal is over the left third of the personal signature's image.
	OverPersonal Position = "over-personal"
	// TopRight is the upper right corner of the first page.
	TopRight Position = "top-right"
	// BottomLeft is the lower left corner of the first page.
	BottomLeft Position = "bottom-left"
)

// Place is a position and the space to keep, in millimetres: from the page's
// edges, or in a signature block from the title above and the name below.
type Place struct {
	At     Position `json:"at"`
	Top    float64  `json:"top"`
	Right  float64  `json:"right"`
	Bottom float64  `json:"bottom"`
	Left   float64  `json:"left"`
}

// Name is the template's name.
func (t *Template) Name() string { return t.d.Name }

// Title is the template's name for people.
func (t *Template) Title() Title { return t.d.Title }

// Image says whether the template takes an image.
func (t *Template) Image() Use { return t.d.Image.Use }

// RealSize tells whether the image is shown as large as the thing it pictures,
// so that its size must be known.
func (t *Template) RealSize() bool { return t.d.Image.RealSize }

// Place is where the stamp belongs.
func (t *Template) Place() Place { return t.d.Place }

// JSON is the template as it was written.
func (t *Template) JSON() []byte { return bytes.Clone(t.source) }

//go:embed templates/*.json
var builtIn embed.FS

// names are the built-in templates, those of the law first.
var names = []string{"personal", "agency", "attachment", "copy", "archive", "archive-copy", "signer", "organisation"}

// Names lists the built-in templates.
func Names() []string { return slices.Clone(names) }

// BuiltIn returns the built-in template of this name.
func BuiltIn(name string) (*Template, bool) {
	if !slices.Contains(names, name) {
		return nil, false
	}
	b, err := builtIn.ReadFile("templates/" + name + ".json")
	if err != nil {
		panic(err) // not built in
	}
	t, err := parse(b)
	if err != nil {
		panic(err) // a test reads them all
	}
	return t, true
}

// maxTemplate bounds a template's JSON; real ones have 1 KB.
const maxTemplate = 64 << 10

// Load reads a template. Any fault is an *Error that names the key and what it
// may be. The names of the built-in templates are refused: what the law lays
// down is not bent by a file.
func Load(b []byte) (*Template, error) {
	t, err := parse(b)
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, t.d.Name) {
		return nil, fault("“name”: “%[1]s” là tên mẫu có sẵn; hãy đặt tên khác", "“name”: “%[1]s” is a built-in template; choose another name", t.d.Name)
	}
	return t, nil
}

func parse(b []byte) (*Template, error) {
	if len(b) > maxTemplate {
		return nil, fault("mẫu dài hơn %[1]d byte", "the template is longer than %[1]d bytes", maxTemplate)
	}
	t := &Template{source: bytes.Clone(b)}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&t.d); err != nil {
		return nil, jsonFault(b, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault("sau dấu } cuối của mẫu còn nội dung khác", "something follows the template's last }")
	}
	if err := t.d.settle(); err != nil {
		return nil, err
	}
	return t, nil
}

// keys lists what a template may say, for the person who mistyped a key.
const keys = "name, title {vi, en}, image {use, realSize, width, height, ink}, text {lines [{text, required}], size, align, maxWidth, maxHeight}, padding, border, place {at, top, right, bottom, left}"

// jsonFault puts an error of encoding/json in words.
func jsonFault(b []byte, err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case isUnknown:
		return fault("không có khóa %[1]s; các khóa dùng được: %[2]s", "there is no key %[1]s; the keys are: %[2]s", unknown, keys)
	case errors.As(err, &wrongType):
		key := wrongType.Field
		if key == "" {
			return fault("mẫu phải là một đối tượng JSON { … }", "a template must be one JSON object { … }")
		}
		vi, en := "đối tượng { … }", "an object { … }"
		switch wrongType.Type.Kind().String() {
		case "string":
			vi, en = "chuỗi ký tự trong ngoặc kép", "text in quotation marks"
		case "float64":
			vi, en = "số, không có ngoặc kép", "a number, without quotation marks"
		case "bool":
			vi, en = "true hoặc false", "true or false"
		case "slice":
			vi, en = "danh sách [ … ]", "a list [ … ]"
		}
		return &Error{"“" + key + "” phải là " + vi, "“" + key + "” must be " + en}
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(b[:min(int(syntax.Offset), len(b))], []byte("\n"))
		return fault("không đúng cú pháp JSON ở dòng %[1]d (%[2]v)", "line %[1]d is not JSON (%[2]v)", line, syntax)
	}
	return fault("không đọc được JSON: tệp thiếu phần cuối hoặc bị hỏng (%[1]v)", "the JSON cannot be read: its end is missing or it is damaged (%[1]v)", err)
}

// An Error says, in words for the person who wrote a template or chose an
// image, what is not right and what would be.
type Error struct{ VI, EN string }

func (e *Error) Error() string { return "stamp: " + e.EN }

// Words are the fault in both languages.
func (e *Error) Words() (vi, en string) { return e.VI, e.EN }

// fault formats both languages with the same arguments, which each names by
// number.
func fault(vi, en string, args ...any) *Error {
	return &Error{fmt.Sprintf(vi, args...), fmt.Sprintf(en, args...)}
}
