package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

type signCmd struct {
	Key      string `required:"" help:"Khoá: pkcs11:token=...;id=%01?module-path=/duong/dan.so hoặc p12:TỆP. / The key." placeholder:"URI"`
	Profile  string `default:"none" enum:"personal,agency,attachment,copy,none" help:"Hình thức hiển thị; phiên bản này chỉ có none. / Appearance; this version has none only."`
	Level    string `default:"B-B" enum:"B-B,B-T,B-LT,B-LTA" help:"Mức PAdES; phiên bản này chỉ có B-B. / PAdES level; this version has B-B only."`
	TSA      string `name:"tsa" help:"Địa chỉ TSA, cho mức B-T trở lên. / TSA address, for B-T and above." placeholder:"URL"`
	Image    string `help:"Ảnh PNG của chữ ký, cho hồ sơ có hình. / PNG image, for appearances." placeholder:"PNG"`
	At       string `help:"Vị trí TRANG,X,Y,RỘNG,CAO hoặc auto. / Place PAGE,X,Y,W,H or auto." placeholder:"PLACE"`
	Field    string `help:"Ô chữ ký có sẵn cần ký, hoặc tên ô mới. / Empty field to fill, or the new field's name."`
	Reason   string `help:"Lý do ký. / Reason."`
	Location string `help:"Nơi ký. / Location."`
	PINStdin bool   `name:"pin-stdin" help:"Đọc PIN từ một dòng của đầu vào chuẩn. / Read the PIN from one line of standard input."`
	Force    bool   `help:"Ghi đè tệp kết quả đã có. / Overwrite an existing output file."`
	In       string `arg:"" help:"Tệp PDF cần ký. / PDF to sign." type:"path"`
	Out      string `arg:"" help:"Tệp PDF đã ký sẽ ghi ra. / Signed PDF to write." type:"path"`
}

func (c *signCmd) Run(e *env) error {
	if c.Profile != "none" || c.Image != "" || c.At != "" {
		return personError{"Phiên bản này chưa vẽ được hình chữ ký: chỉ dùng --profile none, không có --image và --at.",
			"This version draws no appearance yet: use --profile none without --image and --at."}
	}
	if c.TSA != "" && c.Level == "B-B" {
		return personError{"Mức B-B không có dấu thời gian: bỏ --tsa.", "Level B-B has no timestamp: leave out --tsa."}
	}
	if !c.Force {
		if _, err := os.Lstat(c.Out); err == nil {
			return personError{"Tệp " + c.Out + " đã có. Chọn tên khác, hoặc thêm --force để ghi đè.",
				c.Out + " exists. Choose another name, or add --force to overwrite it."}
		}
	}
	same, err := sameFile(c.In, c.Out)
	if err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	if same {
		return personError{"Không ghi đè lên chính tệp đang ký. Chọn tên khác cho kết quả.",
			"The document being signed is never overwritten. Choose another name for the output."}
	}
	rules, err := e.loadPolicy()
	if err != nil {
		return err
	}
	st, err := os.Stat(c.In)
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", c.In)
	}
	if err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	in, err := os.Open(c.In)
	if err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	defer in.Close()
	// Opened before anybody is asked: no PIN is spent on a folder that takes
	// no file.
	out, err := newOutput(c.Out, st.Mode())
	if err != nil {
		return personError{"Không ghi được vào thư mục " + filepath.Dir(c.Out) + ". Chọn thư mục khác cho kết quả.",
			"Nothing can be written into " + filepath.Dir(c.Out) + ". Choose another folder for the output."}
	}
	defer out.discard()
	service, done, err := c.service(e, rules)
	if err != nil {
		return err
	}
	defer done()
	results, err := service.Sign(e.ctx, signing.Request{
		Documents: []signing.Document{{Name: filepath.Base(c.In), Data: in, Size: st.Size()}},
		Level:     c.Level, Reason: c.Reason, Location: c.Location, Field: c.Field, Language: e.language,
	}, nil)
	if err != nil {
		return err
	}
	r := results[0]
	if err := out.publish(r, c.Force); err != nil {
		return fmt.Errorf("write the signed document: %w", err)
	}
	fmt.Fprintf(e.out, "%s\n", c.Out)
	return nil
}

// service opens the key the address names, and chooses who approves: the
// person at a window or terminal, or the PIN that came with the command.
func (c *signCmd) service(e *env, r rules) (*signing.Service, func(), error) {
	uri, err := token.ParseURI(c.Key)
	if err != nil {
		return nil, nil, err
	}
	if uri.File != "" && r.managed && !r.AllowPKCS12 {
		return nil, nil, personError{"Chính sách của máy không cho dùng khoá trong tệp (allowPKCS12).", "This machine's policy does not allow keys in files (allowPKCS12)."}
	}
	var pin []byte
	if c.PINStdin {
		if pin, err = readPIN(e.in); err != nil {
			return nil, nil, err
		}
	}
	o := signing.Options{Clock: time.Now, MaxDocumentBytes: maxCommandLineDocument}
	var closer io.Closer
	forget := func() {}
	switch {
	case uri.File != "" && c.PINStdin:
		// Opened at once, the file needs no certificate beside it.
		opened, err := decodePKCS12(uri.File, pin)
		if err != nil {
			return nil, nil, err
		}
		o.Keys, o.Approver, closer = opened, &typedPIN{pin: []byte{}}, opened.key
	default:
		source, id, err := e.find(uri, r)
		if err != nil {
			clear(pin)
			return nil, nil, err
		}
		o.Keys, closer = &keys{source: only{source, id}, cli: c.PINStdin}, source
		o.Approver = approver{consent.NewChild(e.self("ask"))}
		if c.PINStdin {
			typed := &typedPIN{pin: pin}
			o.Approver = typed
			forget = typed.forget
		}
	}
	service, err := signing.New(o)
	if err != nil {
		closer.Close()
		return nil, nil, err
	}
	return service, func() {
		forget()
		closer.Close()
	}, nil
}

// maxCommandLineDocument bounds a document signed from the command line, which
// nobody but its owner can make large: what a PDF's ten-digit offsets reach.
const maxCommandLineDocument = 9_999_999_999

// find opens the source of the one identity that uri names.
func (e *env) find(uri token.URI, r rules) (source token.Source, id string, err error) {
	if uri.File != "" {
		source, err = openPKCS12(uri.File)
		if err != nil {
			return nil, "", err
		}
	} else {
		source = e.modules(r, uri.ModulePath)
	}
	identity, err := token.Find(e.ctx, source, uri)
	if err != nil {
		source.Close()
		return nil, "", tokenError(err)
	}
	return source, identity.ID, nil
}

// readPIN reads a PIN as readSecret does.
func readPIN(r io.Reader) ([]byte, error) {
	pin, ok := readSecret(r)
	if !ok {
		return nil, personError{"Không đọc được PIN từ đầu vào chuẩn.", "No PIN could be read from standard input."}
	}
	return pin, nil
}

// readSecret reads one line, byte by byte, so that no other buffer holds it and
// nothing behind the line is taken.
func readSecret(r io.Reader) ([]byte, bool) {
	const maxSecret = 256 // the longest password of a key file; PINs have 4 to 16
	buf := make([]byte, maxSecret+2)
	defer clear(buf)
	n := 0
	for n < len(buf) {
		got, err := r.Read(buf[n : n+1])
		if got == 1 && buf[n] == '\n' || err == io.EOF && n > 0 {
			if n > 0 && buf[n-1] == '\r' {
				n--
			}
			return append([]byte(nil), buf[:n]...), true
		}
		if err != nil {
			break
		}
		n += got
	}
	return nil, false
}

func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(x, y), err
}

// output is a file that appears under its name whole or not at all.
type output struct {
	name string
	temp *os.File
}

// newOutput makes the file beside its final place, with the permissions of the
// original.
func newOutput(name string, mode fs.FileMode) (*output, error) {
	f, err := os.OpenFile(filepath.Join(filepath.Dir(name), ".kyso-"+rand.Text()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm()&0o666|0o200)
	if err != nil {
		return nil, err
	}
	return &output{name, f}, nil
}

// discard removes what was not published.
func (o *output) discard() {
	o.temp.Close()
	os.Remove(o.temp.Name())
}

// publish writes the signed document, only if its bytes are still those that
// were checked. Without replace an existing file stays, even one made
// meanwhile.
func (o *output) publish(r signing.Result, replace bool) error {
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(o.temp, sum), io.NewSectionReader(r.Signed, 0, r.Size)); err != nil {
		return err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != r.SHA256 {
		return signing.ErrChanged
	}
	if err := o.temp.Sync(); err != nil {
		return err
	}
	if err := o.temp.Close(); err != nil {
		return err
	}
	if replace {
		return os.Rename(o.temp.Name(), o.name)
	}
	// A link is only made where nothing has that name yet.
	err := os.Link(o.temp.Name(), o.name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Some file systems have no links.
	if _, err := os.Lstat(o.name); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return os.Rename(o.temp.Name(), o.name)
}

type tokenCmd struct {
	List tokenListCmd `cmd:"" default:"withargs" help:"Liệt kê chứng thư số. / List certificates."`
}

type tokenListCmd struct {
	Module []string `help:"Thư viện PKCS#11. / PKCS#11 library." type:"path" placeholder:"FILE"`
}

// Run prints each certificate with the address that --key takes.
func (c *tokenListCmd) Run(e *env) error {
	rules, err := e.loadPolicy()
	if err != nil {
		return err
	}
	source := e.modules(rules, c.Module...)
	defer source.Close()
	ctx, cancel := context.WithTimeout(e.ctx, time.Minute)
	defer cancel()
	found, err := source.Identities(ctx)
	if err != nil {
		return tokenError(err) // it holds the problems
	}
	for _, problem := range source.Problems() {
		fmt.Fprintln(e.err, "kyso:", problem)
	}
	for _, f := range found {
		uri := f.URI()
		uri.ModulePath = f.Module
		fmt.Fprintf(e.out, "%s\n  %s, %s\n  %s\n", f.Certificate.Subject.CommonName, f.TokenLabel, f.Certificate.NotAfter.Format("02/01/2006"), uri)
	}
	return nil
}
