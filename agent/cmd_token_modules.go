package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

// tokenModulesCmd looks after the PKCS#11 libraries; docs/tokens.md.
type tokenModulesCmd struct {
	List   modulesListCmd   `cmd:"" default:"withargs" help:"Xem từng thư viện PKCS#11 có dùng được không. / See whether each PKCS#11 library works."`
	Add    modulesAddCmd    `cmd:"" help:"Thêm thư viện PKCS#11 của bạn. / Add a PKCS#11 library of your own."`
	Remove modulesRemoveCmd `cmd:"" help:"Bỏ thư viện đã thêm. / Remove an added library."`
}

type modulesListCmd struct {
	JSON bool `name:"json" help:"In JSON, mỗi thư viện một dòng. / One JSON report a line."`
}

// moduleLine is what --json prints.
type moduleLine struct {
	Name    string      `json:"name,omitempty"`
	Path    string      `json:"path"`
	Host    string      `json:"host,omitempty"`
	Tokens  []tokenLine `json:"tokens"`
	Problem string      `json:"problem,omitempty"` // a ModuleProblem, or the library's own words
	Message *i18n.Text  `json:"message,omitempty"` // what is wrong, and the remedy
}

type tokenLine struct {
	Label        string `json:"label"`
	Serial       string `json:"serial"`
	Model        string `json:"model"`
	Manufacturer string `json:"manufacturer"`
	Certificates int    `json:"certificates"`
	PINState     string `json:"pinState,omitempty"`
}

// Run exits with 1 when a library does not work, and when there is none.
func (c *modulesListCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	files := e.moduleFiles(r)
	if len(files) == 0 {
		return noModules
	}
	broken := false
	encoder := json.NewEncoder(e.out)
	for _, report := range token.Inspect(e.ctx, e.self("token-host"), files) {
		broken = broken || report.Err != nil
		if c.JSON {
			if err := encoder.Encode(moduleJSON(report)); err != nil {
				return err
			}
			continue
		}
		e.tellModule(report)
	}
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if broken {
		return exitError(exitFailed)
	}
	return nil
}

var noModules = personError{
	"Chưa thấy thư viện PKCS#11 nào mà Kyso biết. Hãy cài phần mềm của hãng cấp thiết bị ký số, hoặc thêm bằng kyso token modules add TỆP.",
	"No PKCS#11 library that Kyso knows is installed. Install the token vendor's software, or add a library with kyso token modules add FILE.",
}

func moduleJSON(r token.ModuleReport) moduleLine {
	line := moduleLine{Name: r.Name, Path: r.Path, Host: r.Host, Tokens: []tokenLine{}}
	for _, t := range r.Tokens {
		line.Tokens = append(line.Tokens, tokenLine{t.Label, t.Serial, t.Model, t.Manufacturer, t.Certificates, string(t.PIN)})
	}
	if r.Err != nil {
		words := moduleWords(r.Err)
		line.Problem, line.Message = r.Err.Error(), &words
	}
	return line
}

func (e *env) tellModule(r token.ModuleReport) {
	fmt.Fprintln(e.out, visible(r.ModuleFile.String()))
	text := func(vi, en string) string { return i18n.Text{VI: vi, EN: en}.In(e.language) }
	for _, t := range r.Tokens {
		fmt.Fprintf(e.out, "  %s: %s (%s %s, %s %s), %d %s\n", text("thiết bị", "token"), visible(t.Label),
			visible(t.Manufacturer), visible(t.Model), text("số", "number"), visible(t.Serial), t.Certificates, text("chứng thư số", "certificates"))
	}
	switch {
	case r.Err != nil:
		fmt.Fprintf(e.out, "  %s\n  [%s]\n", moduleWords(r.Err).In(e.language), visible(r.Err.Error()))
	case len(r.Tokens) == 0:
		fmt.Fprintln(e.out, "  "+text("Dùng được; chưa cắm thiết bị nào.", "Works; no token is plugged in."))
	default:
		fmt.Fprintln(e.out, "  "+text("Dùng được.", "Works."))
	}
}

// moduleWords says what is wrong with a library, and what can be done.
func moduleWords(err error) i18n.Text {
	var problem token.ModuleProblem
	errors.As(err, &problem)
	switch problem {
	case token.ModuleMissing:
		return i18n.Text{VI: "Không có tệp thư viện. Hãy cài lại phần mềm của hãng cấp thiết bị, hoặc sửa đường dẫn.",
			EN: "The library file is missing. Install the vendor's software again, or correct the path."}
	case token.ModuleForeign:
		return i18n.Text{VI: "Thư viện dành cho hệ điều hành hoặc bộ xử lý khác (ví dụ bản 32 bit). Hãy cài bản phù hợp, hoặc thêm bằng --host cùng bản Kyso tương ứng.",
			EN: "The library is made for another system or processor (a 32-bit one, for example). Install the fitting one, or add it with --host and the kyso made for it."}
	case token.ModuleNotPKCS11:
		return i18n.Text{VI: "Tệp này không phải là thư viện PKCS#11. Hãy kiểm tra lại đường dẫn với hãng cấp thiết bị.",
			EN: "This file is not a PKCS#11 library. Check the path with the token's vendor."}
	case token.ModuleDependency:
		return i18n.Text{VI: "Thiếu một thư viện mà nó cần. Hãy cài lại đầy đủ phần mềm của hãng.",
			EN: "A library it needs is missing. Install the vendor's software completely."}
	case token.ModuleCrashed:
		return i18n.Text{VI: "Thư viện bị lỗi và tự dừng. Kyso và các thiết bị khác vẫn dùng được. Hãy rút thiết bị, cắm lại; nếu vẫn vậy, cập nhật phần mềm của hãng.",
			EN: "The library crashed. Kyso and other tokens go on working. Unplug the token and plug it in again; if that does not help, update the vendor's software."}
	case token.ModuleHung:
		return i18n.Text{VI: "Thư viện không trả lời. Hãy rút thiết bị, cắm lại; nếu vẫn vậy, cập nhật phần mềm của hãng.",
			EN: "The library does not answer. Unplug the token and plug it in again; if that does not help, update the vendor's software."}
	case token.ModuleNonsense, token.ModuleLied:
		return i18n.Text{VI: "Thư viện trả lời sai nên Kyso không tin dùng. Hãy cập nhật phần mềm của hãng.",
			EN: "The library gives wrong answers, and Kyso does not rely on it. Update the vendor's software."}
	}
	return i18n.Text{VI: "Thư viện hoặc thiết bị báo lỗi. Hãy rút thiết bị, cắm lại rồi thử lại.",
		EN: "The library or the token reports an error. Unplug the token, plug it in again and try once more."}
}

type modulesAddCmd struct {
	Name string `help:"Tên để dễ nhận ra. / A name to recognise it by." placeholder:"TEXT"`
	Host string `help:"Bản kyso nạp được thư viện này, nếu bản đang chạy không nạp được (ví dụ bản 32 bit). / The kyso that can load it where this one cannot, a 32-bit one for example." type:"path" placeholder:"FILE"`
	File string `arg:"" help:"Thư viện PKCS#11. / The PKCS#11 library." type:"path"`
}

// Run keeps a library only after it has been seen to work.
func (c *modulesAddCmd) Run(e *env) error {
	list, path, err := e.userModules()
	if err != nil {
		return err
	}
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	if len(r.PKCS11Modules) > 0 {
		return personError{"Quản trị viên đã quy định các thư viện được dùng trên máy này (pkcs11Modules). Hãy đề nghị họ thêm.",
			"The administrator has laid down which libraries are used on this machine (pkcs11Modules). Ask them to add it."}
	}
	module := token.ModuleFile{Name: c.Name, Path: c.File, Host: c.Host}
	report := token.Inspect(e.ctx, e.self("token-host"), []token.ModuleFile{module})[0]
	e.tellModule(report)
	if report.Err != nil {
		return exitError(exitFailed)
	}
	list = slices.DeleteFunc(list, func(m token.ModuleFile) bool { return m.Path == c.File })
	if err := token.WriteUserModules(path, append(list, module)); err != nil {
		return err
	}
	e.say("Đã thêm. Agent đang chạy sẽ dùng từ lần khởi động sau.", "Added. A running agent uses it after its next start.")
	return nil
}

type modulesRemoveCmd struct {
	File string `arg:"" help:"Đường dẫn như kyso token modules đã in. / The path as kyso token modules prints it." type:"path"`
}

func (c *modulesRemoveCmd) Run(e *env) error {
	list, path, err := e.userModules()
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(list), func(m token.ModuleFile) bool { return m.Path == c.File })
	if len(kept) == len(list) {
		return personError{"Bạn chưa thêm thư viện " + c.File + ".", "You have not added the library " + c.File + "."}
	}
	if err := token.WriteUserModules(path, kept); err != nil {
		return err
	}
	e.say("Đã bỏ. Agent đang chạy thôi dùng từ lần khởi động sau.", "Removed. A running agent stops using it with its next start.")
	return nil
}

// userModules reads what the person has added, and tells where it is kept.
func (e *env) userModules() (list []token.ModuleFile, path string, err error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, "", fmt.Errorf("find the settings folder: %w", err)
	}
	path = filepath.Join(dir, "kyso", "modules.json")
	list, err = token.UserModules(path)
	return list, path, err
}

// moduleFiles are the PKCS#11 libraries in use: the administrator's, or else what
// the person added and what Kyso knows and finds installed.
func (e *env) moduleFiles(r rules) []token.ModuleFile {
	var files []token.ModuleFile
	for _, path := range r.PKCS11Modules {
		files = append(files, token.ModuleFile{Path: path, Host: r.PKCS11Hosts[path]})
	}
	if len(files) > 0 {
		return files
	}
	added, _, err := e.userModules()
	if err != nil {
		fmt.Fprintln(e.err, "kyso:", visible(err.Error())) // the others go on
	}
	installed := token.InstalledModules()
	installed = slices.DeleteFunc(installed, func(m token.ModuleFile) bool {
		return slices.ContainsFunc(added, func(a token.ModuleFile) bool { return a.Path == m.Path })
	})
	return append(added, installed...)
}
