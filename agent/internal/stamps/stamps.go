// Package stamps finds the templates and images of visible signatures that are
// installed for a person or for everybody on the machine. It never takes one from
// a page: a page names what it would like, and the person's own is shown.
package stamps

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"kyso/agent/internal/policy"
	"kyso/agent/internal/signing"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// Kind is whose image one is.
type Kind string

// The kinds.
const (
	Personal Kind = "personal" // the hand signature
	Agency   Kind = "agency"   // the seal
)

// Library is the folders of stamps. An empty path is a folder without any.
//
//	templates/NAME.json        a template
//	personal.png, agency.png   the images (.jpg too), with personal.json,
//	                           agency.json for their width
//	SERIAL/personal.png ...    those of one certificate, by its serial number
//
// Where a folder holds images by certificate, those outside are no certificate's:
// nobody's signature shall carry another's image.
type Library struct {
	User    string
	Machine string // the administrator's, used after the person's own
}

// Default is the folders beside the machine's policy file and among the user's
// settings, on Linux ~/.config/kyso/stamps.
func Default() Library {
	l := Library{Machine: filepath.Join(filepath.Dir(policy.DefaultPath()), "stamps")}
	if dir, err := os.UserConfigDir(); err == nil {
		l.User = filepath.Join(dir, "kyso", "stamps")
	}
	return l
}

const (
	// maxTemplate and maxImage are more than the engine takes, so that it says so;
	// maxWidthFile is more than a number needs.
	maxTemplate  = 1 << 20
	maxImage     = 16 << 20
	maxWidthFile = 1 << 10
	// maxEntries bounds what is looked at of a folder.
	maxEntries = 1000
)

var imageExtensions = []string{".png", ".jpg", ".jpeg"}

var (
	//go:embed person.json
	personText []byte
	//go:embed agency.json
	agencyText []byte
)

// Make makes the stamp that w names, for a signature of that profile by id: it
// is a signing.Stamps.
func (l Library) Make(w signing.Wish, p signing.Profile, id signing.Identity) (*signing.Stamp, error) {
	s := &signing.Stamp{Values: stamp.Values{Number: w.Number, Form: w.Form, Agency: w.Agency}, Place: w.Place}
	name := w.Template
	if name == "" {
		name = string(p)
	}
	var err error
	if s.Template, err = l.template(name); err != nil {
		return nil, err
	}
	if s.Template.Image() == stamp.NoImage {
		return s, nil
	}
	kind := kindOf(p, id)
	s.Image, s.ImageWidth, err = l.Image(kind, id)
	if err != nil || s.Image != nil || s.Template.Image() != stamp.ImageNeeded {
		return s, err
	}
	if w.Template != "" {
		return nil, problem("mẫu “%s” cần ảnh chữ ký hoặc ảnh dấu, nhưng trên máy này chưa có; cài ảnh bằng lệnh kyso stamp image",
			"the template “%s” needs an image of the signature or the seal, and none is installed; install one with kyso stamp image", name)
	}
	return l.withoutImage(s, kind)
}

// withoutImage is the stamp of a person or an agency that has no image here: the
// particulars, as text.
func (l Library) withoutImage(s *signing.Stamp, kind Kind) (*signing.Stamp, error) {
	source := personText
	if kind == Agency {
		source = agencyText
	}
	t, err := stamp.Load(source)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", signing.ErrStamp, err)
	}
	s.Template = t
	s.Notices = append(s.Notices, verify.Message{Code: "NO_STAMP_IMAGE",
		VI: "Chưa cài ảnh chữ ký hoặc ảnh dấu cho chứng thư số này, nên hình chữ ký chỉ có chữ. Nghị định 30/2020/NĐ-CP yêu cầu hiển thị ảnh.",
		EN: "No image of the signature or the seal is installed for this certificate, so the stamp is text alone. Decree 30/2020/NĐ-CP asks for the image."})
	return s, nil
}

// kindOf tells whose image belongs into a signature.
func kindOf(p signing.Profile, id signing.Identity) Kind {
	switch p {
	case signing.ProfilePersonal:
		return Personal
	case signing.ProfileNone:
		if id.Certificate == nil || signing.HolderOf(id.Certificate.Subject.CommonName) != signing.Agency {
			return Personal
		}
	}
	return Agency
}

// templateName is what the engine lets a template be called.
var templateName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// TemplateName tells whether s may be the name of a template.
func TemplateName(s string) bool { return templateName.MatchString(s) }

// template is the one built in, or else installed, under that name.
func (l Library) template(name string) (*stamp.Template, error) {
	if t, ok := stamp.BuiltIn(name); ok {
		return t, nil
	}
	if !TemplateName(name) {
		return nil, problem("“%s” không phải là tên mẫu", "“%s” is no name of a template", name)
	}
	for _, dir := range []string{l.User, l.Machine} {
		b, err := l.read(dir, filepath.Join("templates", name+".json"), maxTemplate)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", signing.ErrStamp, err)
		}
		t, err := stamp.Load(b)
		if err != nil {
			return nil, fmt.Errorf("%w: template %s: %w", signing.ErrStamp, name, err)
		}
		return t, nil
	}
	return nil, problem("trên máy này không có mẫu “%s”", "no template “%s” is installed here", name)
}

// Image is the installed image of that kind for id's certificate, nil for none,
// and how wide it is shown in millimetres, 0 where that is not laid down.
func (l Library) Image(kind Kind, id signing.Identity) (image *stamp.Image, width float64, err error) {
	for _, dir := range []string{l.User, l.Machine} {
		folders := []string{"."}
		if byCertificate(dir) {
			folders = nil
		}
		if id.Certificate != nil {
			folders = append([]string{Serial(id)}, folders...)
		}
		for _, folder := range folders {
			if image, width, err = l.imageIn(dir, folder, kind); err != nil || image != nil {
				return image, width, err
			}
		}
	}
	return nil, 0, nil
}

func (l Library) imageIn(dir, folder string, kind Kind) (image *stamp.Image, width float64, err error) {
	for _, extension := range imageExtensions {
		name := filepath.Join(folder, string(kind)+extension)
		b, err := l.read(dir, name, maxImage)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			image, err = stamp.ReadImage(b)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%w: image %s: %w", signing.ErrStamp, name, err)
		}
		width, err = l.width(dir, filepath.Join(folder, string(kind)+".json"))
		return image, width, err
	}
	return nil, 0, nil
}

// imageSettings is the file beside an image.
type imageSettings struct {
	// Width is how wide the image is shown, in millimetres; 0 leaves it to the
	// image's own density, or the template.
	Width float64 `json:"width"`
}

func (l Library) width(dir, name string) (float64, error) {
	b, err := l.read(dir, name, maxWidthFile)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	var s imageSettings
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", signing.ErrStamp, name, err)
	}
	return s.Width, nil
}

// Serial is the name of the folder of a certificate's images: its serial number
// in hexadecimal, as `kyso token` and pages are told it.
func Serial(id signing.Identity) string { return fmt.Sprintf("%x", id.Certificate.SerialNumber) }

var serialName = regexp.MustCompile(`^[0-9a-f]{1,64}$`)

// byCertificate tells whether dir holds images by certificate.
func byCertificate(dir string) bool {
	d, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer d.Close()
	entries, _ := d.ReadDir(maxEntries)
	for _, e := range entries {
		if e.IsDir() && serialName.MatchString(e.Name()) {
			return true
		}
	}
	return false
}

// read reads a file of the library; fs.ErrNotExist is one that is not there.
func (l Library) read(dir, name string, most int64) ([]byte, error) {
	if dir == "" {
		return nil, fs.ErrNotExist
	}
	path := filepath.Join(dir, name)
	st, err := os.Stat(path) // a pipe would be waited for
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if dir == l.Machine {
		if err := policy.OnlyAdministrator(f); err != nil {
			return nil, err
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("more than %d bytes", most)}
	}
	return b, nil
}

// problem is a signing.ErrStamp with words for people about name.
func problem(vi, en, name string) error {
	name = strings.ToValidUTF8(name, "\uFFFD")
	return fmt.Errorf("%w: %w", signing.ErrStamp, &stamp.Error{VI: fmt.Sprintf(vi, name), EN: fmt.Sprintf(en, name)})
}

// Install puts an image among the user's own, in place of the one there was: for
// the certificate of that serial number, or for all with "". width is in
// millimetres, 0 for none.
func (l Library) Install(kind Kind, serial string, data []byte, width float64) (path string, err error) {
	if l.User == "" {
		return "", errors.New("install image: there is no folder of the user's")
	}
	serial = strings.TrimLeft(strings.ToLower(strings.ReplaceAll(serial, ":", "")), "0")
	if serial != "" && !serialName.MatchString(serial) {
		return "", ErrSerial
	}
	dir := filepath.Join(l.User, serial)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("install image: %w", err)
	}
	settings, err := json.Marshal(imageSettings{width})
	if err != nil {
		return "", fmt.Errorf("install image: %w", err)
	}
	extension := ".jpg"
	if strings.HasPrefix(string(data), "\x89PNG") {
		extension = ".png"
	}
	path = filepath.Join(dir, string(kind)+extension)
	// The width of one image is never shown with another: there is none in between.
	for _, old := range append(slices.Clone(imageExtensions), ".json") {
		if err := os.Remove(filepath.Join(dir, string(kind)+old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("install image: %w", err)
		}
	}
	if err = os.WriteFile(filepath.Join(dir, string(kind)+".json"), settings, 0o600); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("install image: %w", err)
	}
	return path, nil
}

// ErrSerial is a serial number that is none.
var ErrSerial = errors.New("a serial number is written in hexadecimal")
