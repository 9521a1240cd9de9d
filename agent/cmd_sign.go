package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"kyso/agent/internal/consent"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
)

type signCmd struct {
	Key string `required:"" help:"Khóa ký: địa chỉ pkcs11:… như kyso token list cho biết, hoặc p12:TỆP. / The signing key: its pkcs11:… address as kyso token list shows it, or p12:FILE." placeholder:"URI"`
	stampFlags
	Level    string   `default:"" enum:"B-B,B-T,B-LT,B-LTA," help:"Mức PAdES: B-B, B-T, B-LT hoặc B-LTA; mặc định theo chính sách, hoặc B-B. / PAdES level: B-B, B-T, B-LT or B-LTA; the policy's by default, or B-B." placeholder:"LEVEL"`
	TSA      []string `name:"tsa" help:"Địa chỉ TSA theo thứ tự ưu tiên, cho mức B-T trở lên. / TSA addresses, preferred first, for B-T and above." placeholder:"URL" sep:"none"`
	Field    string   `help:"Ô chữ ký có sẵn cần ký, hoặc tên ô mới. / Empty field to sign in, or the new field's name." placeholder:"NAME"`
	Reason   string   `help:"Lý do ký, ghi vào chữ ký. / Reason, recorded in the signature." placeholder:"TEXT"`
	Location string   `help:"Nơi ký, ghi vào chữ ký. / Place of signing, recorded in the signature." placeholder:"TEXT"`
	PINStdin bool     `name:"pin-stdin" help:"Đọc PIN từ một dòng của đầu vào chuẩn. / Read the PIN from one line of standard input."`
	Force    bool     `help:"Ghi đè tệp kết quả đã có. / Overwrite an existing output file."`
	To       string   `help:"Ký nhiều tệp, kết quả ghi vào thư mục đã có này. / Sign many files into this existing folder." type:"path" placeholder:"DIR"`
	Suffix   string   `help:"Thêm vào tên tệp kết quả, trước .pdf; dùng cùng --to. / Put into the output names before .pdf; with --to." placeholder:"TEXT"`
	OnError  string   `name:"on-error" default:"stop" enum:"stop,continue" help:"Khi một tệp không ký được: stop dừng lại (mặc định), continue bỏ qua tệp đó. / When a file cannot be signed: stop (the default), or continue without it." placeholder:"stop|continue"`
	JSON     bool     `name:"json" help:"In kết quả JSON, mỗi tệp một dòng. / One JSON result a line."`
	Quiet    bool     `short:"q" help:"Không hiện tiến độ và tổng kết. / No progress and no summary."`
	Files    []string `arg:"" name:"file" help:"IN OUT: tệp PDF cần ký và tệp đã ký sẽ ghi ra; với --to: các tệp PDF cần ký. / IN OUT: the PDF to sign and the signed PDF to write; with --to: the PDFs to sign." type:"path"`
}

// The exit codes of sign; docs/sign.md.
const (
	exitNoneSigned = exitFailed // 1
	exitSomeSigned = 2
)

func (c *signCmd) Run(e *env) error {
	// What is held of a document is small and soon gone; collecting it less often
	// leaves the processors to a key in software.
	debug.SetGCPercent(400)
	if err := c.usage(); err != nil {
		fmt.Fprintln(e.err, "kyso:", e.explain(err))
		return exitError(exitUsage)
	}
	rules, err := e.loadPolicy()
	if err != nil {
		return err
	}
	if c.Level == "" {
		c.Level = rules.Level
	}
	if len(c.TSA) > 0 && c.Level == "B-B" {
		return usageError{personError{"Mức B-B không có dấu thời gian: bỏ --tsa, hoặc chọn --level B-T trở lên.", "Level B-B has no timestamp: leave out --tsa, or choose --level B-T or above."}}
	}
	r := signing.Request{Level: c.Level, Reason: c.Reason, Location: c.Location, Field: c.Field, Language: e.language}
	if err := c.fill(&r); err != nil {
		return err
	}
	out := c.teller(e)
	targets, closeAll, err := c.targets(out)
	defer closeAll()
	if err != nil {
		return err
	}
	if len(targets) == 0 { // all of them are told already
		return out.end()
	}
	levels, notes, err := e.levels(rules, levelParts{tsas: c.TSA, wait: out.wait})
	if err != nil {
		return err
	}
	service, done, err := c.service(e, rules, levels)
	if err != nil {
		return err
	}
	defer done()
	r.Deliver = func(_ context.Context, r signing.Result) error {
		t := targets[r.Document]
		if err := t.write(r, c.Force); err != nil {
			return err
		}
		out.signed(t, r)
		return nil
	}
	if c.OnError == "continue" {
		r.OnError = signing.Continue
	}
	for _, t := range targets {
		r.Documents = append(r.Documents, signing.Document{Name: filepath.Base(t.in), Data: t.file, Size: t.size})
	}
	results, err := service.Sign(e.ctx, r, out.event)
	out.wait.clear()
	if err == nil {
		notes.tell(e, "")
	}
	err = out.results(targets, results, err)
	if failed := syncFolder(filepath.Dir(targets[0].out)); failed != nil && err == nil {
		return fmt.Errorf("write the folder: %w", failed)
	}
	return err
}

// usage finds what the parser cannot.
func (c *signCmd) usage() error {
	switch {
	case c.To == "" && c.Suffix != "":
		return personError{"--suffix chỉ dùng cùng --to.", "--suffix goes with --to only."}
	case strings.ContainsAny(c.Suffix, `/\`):
		return personError{"--suffix không được có dấu / hoặc \\.", "--suffix must not hold / or \\."}
	case c.To == "" && len(c.Files) != 2:
		return personError{"Cần đúng hai tên: tệp cần ký và tệp kết quả. Để ký nhiều tệp, dùng --to THƯ-MỤC.",
			"Exactly two names are needed: the file to sign and the output. To sign many files, use --to FOLDER."}
	}
	if _, err := token.ParseURI(c.Key); err != nil {
		return personError{"Địa chỉ khóa sau --key chưa đúng: cần pkcs11:… hoặc p12:TỆP. Lệnh kyso token list cho biết địa chỉ của từng chứng thư số. [" + visible(err.Error()) + "]",
			"The address after --key is not right: pkcs11:… or p12:FILE is needed. kyso token list shows each certificate's. [" + visible(err.Error()) + "]"}
	}
	return nil
}

// service opens the key the address names, and chooses who approves: the
// person at a window or terminal, or the PIN that came with the command.
func (c *signCmd) service(e *env, r rules, levels *signing.Levels) (*signing.Service, func(), error) {
	uri, err := token.ParseURI(c.Key)
	if err != nil {
		return nil, nil, err
	}
	if uri.File != "" && r.managed && !r.AllowPKCS12 {
		return nil, nil, personError{"Chính sách của máy không cho dùng khóa trong tệp (allowPKCS12).", "This machine's policy does not allow keys in files (allowPKCS12)."}
	}
	var pin []byte
	if c.PINStdin {
		if pin, err = readPIN(e.in); err != nil {
			return nil, nil, err
		}
	}
	log, err := e.auditLog("")
	if err != nil {
		clear(pin)
		return nil, nil, err
	}
	o := signing.Options{Clock: time.Now, MaxDocumentBytes: maxCommandLineDocument, Levels: levels, Audit: log}
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
