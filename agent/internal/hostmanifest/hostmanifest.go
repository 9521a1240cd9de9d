// Package hostmanifest tells browsers which program stands behind Kyso's
// extension: it writes, finds and removes the manifests of native messaging. It
// never changes a manifest of another name, and never says whether an extension
// is installed.
package hostmanifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// Name is the native messaging host's, which the extension asks for.
const Name = "vn.kyso.host"

// The extension's ids: of the key in webext/extension/key.pub, and of
// manifest.firefox.json.
const (
	ChromeID  = "macengpdlehkbnphmgbiaalindljbkom"
	FirefoxID = "extension@kyso"
)

// Scope is for whom a manifest is.
type Scope int

const (
	User    Scope = iota // this person's browsers
	Machine              // everybody's
)

// Manifest is what browsers read. Chromium's kin look at AllowedOrigins, Firefox
// and its kin at AllowedExtensions.
type Manifest struct {
	Name              string   `json:"name"`
	Description       string   `json:"description"`
	Path              string   `json:"path"`
	Type              string   `json:"type"`
	AllowedOrigins    []string `json:"allowed_origins,omitempty"`
	AllowedExtensions []string `json:"allowed_extensions,omitempty"`
}

// description is read by people where a browser asks them for leave.
const description = "Kyso – ký số và kiểm tra chữ ký số"

// maxManifest bounds what is read; a manifest has some hundred bytes.
const maxManifest = 64 << 10

// chromeID is the shape of an extension's id in Chromium: 128 bits in the
// letters a to p. Any other id is Firefox's.
var chromeID = regexp.MustCompile(`^[a-p]{32}$`)

// Make is the manifest of program for one family of browsers, with the ids of
// further extensions that may start it.
func Make(program string, firefox bool, ids []string) Manifest {
	m := Manifest{Name: Name, Description: description, Path: program, Type: "stdio"}
	for _, id := range append([]string{ChromeID, FirefoxID}, ids...) {
		origin := "chrome-extension://" + id + "/"
		switch isChrome := chromeID.MatchString(id); {
		case firefox && !isChrome && !slices.Contains(m.AllowedExtensions, id):
			m.AllowedExtensions = append(m.AllowedExtensions, id)
		case !firefox && isChrome && !slices.Contains(m.AllowedOrigins, origin):
			m.AllowedOrigins = append(m.AllowedOrigins, origin)
		}
	}
	return m
}

// bytes is the manifest's file.
func (m Manifest) bytes() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// State is how a browser finds Kyso in one place.
type State string

const (
	Right           State = "right"
	Missing         State = "missing"
	WrongProgram    State = "other-program"    // it names another program, which exists
	ProgramGone     State = "program-missing"  // it names a program that does not exist
	WrongExtensions State = "other-extensions" // not all of the extension's ids, or one more
	Damaged         State = "damaged"          // no manifest that browsers take
	Foreign         State = "foreign"          // the file is another program's, under our file name
)

// Registration is a manifest, or where one may be.
type Registration struct {
	Scope   Scope
	Where   string // file, or registry key
	State   State
	Program string // that the manifest names
}

// judge compares the bytes of a manifest, which lies in folder, with what it
// should be.
func judge(data []byte, folder string, want Manifest) (State, string) {
	var m Manifest
	if len(data) > maxManifest || json.Unmarshal(data, &m) != nil {
		return Damaged, ""
	}
	program := m.Path
	if relativePath && program != "" && !filepath.IsAbs(program) {
		program = filepath.Join(folder, program)
	}
	switch {
	case !ours(data):
		return Foreign, ""
	case m.Name != Name || m.Type != "stdio" || !filepath.IsAbs(program):
		return Damaged, ""
	}
	st, err := os.Stat(program)
	switch {
	case err != nil || st.IsDir():
		return ProgramGone, program
	case !sameProgram(program, want.Path):
		return WrongProgram, program
	case !sameSet(m.AllowedOrigins, want.AllowedOrigins) || !sameSet(m.AllowedExtensions, want.AllowedExtensions):
		return WrongExtensions, program
	}
	return Right, program
}

// sameProgram tells whether two paths lead to one file, by links too.
func sameProgram(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func sameSet(a, b []string) bool {
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(x, y)
}

// ErrForeign: a file that bears our name belongs to another program.
var ErrForeign = errors.New("a manifest of another program has this file name")

// ProgramError is why a program is not named to browsers.
type ProgramError struct {
	Program string
	Why     error
}

func (e *ProgramError) Error() string {
	return fmt.Sprintf("program %s is not registered: %v", e.Program, e.Why)
}

func (e *ProgramError) Unwrap() error { return e.Why }

// Words is the error for a person.
func (e *ProgramError) Words() (vi, en string) {
	return "Chương trình " + e.Program + " nằm ở nơi người khác có thể thay đổi, nên không được đăng ký với trình duyệt. Hãy cài Kyso bằng gói .deb hoặc .msi, hoặc sửa quyền của tệp và thư mục. [" + e.Why.Error() + "]",
		"The program " + e.Program + " lies where others can change it, and so is not registered with browsers. Install Kyso with the .deb or .msi package, or correct the rights of the file and its folders. [" + e.Why.Error() + "]"
}

// ours tells whether the bytes are a manifest of ours, or the rest of one.
func ours(data []byte) bool {
	var m struct {
		Name string `json:"name"`
	}
	err := json.Unmarshal(data, &m)
	return err != nil || m.Name == Name || m.Name == ""
}
