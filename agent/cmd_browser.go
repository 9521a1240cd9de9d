package main

import (
	"errors"
	"fmt"
	"strings"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/i18n"
)

// browserCmd tells browsers which program stands behind the extension;
// docs/browsers.md.
type browserCmd struct {
	Install browserInstallCmd `cmd:"" help:"Cho tiện ích của trình duyệt tìm thấy Kyso. / Let the browsers' extension find Kyso."`
	Remove  browserRemoveCmd  `cmd:"" help:"Gỡ những gì install đã đặt. / Take away what install wrote."`
	Status  browserStatusCmd  `cmd:"" default:"withargs" help:"Xem từng trình duyệt đã thấy Kyso chưa. / See for each browser whether it finds Kyso."`
}

// scopeFlag is for whom.
type scopeFlag struct {
	Machine bool `help:"Cho mọi người dùng của máy (cần quyền quản trị). / For everybody on this machine (needs an administrator)."`
}

func (f scopeFlag) scope() hostmanifest.Scope {
	if f.Machine {
		return hostmanifest.Machine
	}
	return hostmanifest.User
}

// hostProgram is the program that browsers start: the one that runs at login, so
// that the agent takes it for its own.
func (e *env) hostProgram() string { return loginProgram(e.self()[0]) }

type browserInstallCmd struct{ scopeFlag }

// Run ends with 1 when a browser could not be told.
func (c *browserInstallCmd) Run(e *env) error {
	ids, err := e.extensionIDs()
	if err != nil {
		return err
	}
	results, err := hostmanifest.Here().Install(c.scope(), e.hostProgram(), ids)
	if err != nil {
		return err
	}
	if len(results) == 0 {
		e.say("Chưa thấy trình duyệt nào của bạn. Hãy mở trình duyệt một lần rồi chạy lại, hoặc dùng --machine.",
			"None of your browsers was found. Open the browser once and try again, or use --machine.")
		return nil
	}
	failed := e.tellPlaces(results, i18n.Text{VI: "đã đăng ký", EN: "registered"})
	e.print("Khởi động lại trình duyệt đang mở để nhận thay đổi.", "Restart browsers that are open.")
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

type browserRemoveCmd struct{ scopeFlag }

func (c *browserRemoveCmd) Run(e *env) error {
	results := hostmanifest.Here().Remove(c.scope())
	if len(results) == 0 {
		e.say("Không có gì để gỡ.", "There is nothing to take away.")
		return nil
	}
	if e.tellPlaces(results, i18n.Text{VI: "đã gỡ", EN: "taken away"}) {
		return exitError(exitFailed)
	}
	return nil
}

// tellPlaces tells what was done where, and whether something went wrong.
func (e *env) tellPlaces(results []hostmanifest.Result, done i18n.Text) (failed bool) {
	for _, r := range results {
		said := done.In(e.language)
		if r.Err != nil {
			failed = true
			said = e.explain(r.Err)
			if errors.Is(r.Err, hostmanifest.ErrForeign) {
				said = i18n.Text{VI: "không ghi đè tệp của chương trình khác; hãy chuyển tệp này đi rồi chạy lại",
					EN: "another program's file is not overwritten; move it away and try again"}.In(e.language)
			}
		}
		fmt.Fprintf(e.out, "%s: %s\n  %s\n", strings.Join(r.Browsers, ", "), visible(said), visible(r.Where))
	}
	return failed
}

type browserStatusCmd struct{}

// Run ends with 1 when a browser does not find Kyso.
func (browserStatusCmd) Run(e *env) error {
	ids, err := e.extensionIDs()
	if err != nil {
		return err
	}
	program := e.hostProgram()
	e.print("Chương trình: "+visible(program), "Program: "+visible(program))
	found := hostmanifest.Here().Status(program, ids)
	if len(found) == 0 {
		e.print("Chưa thấy trình duyệt nào mà Kyso biết.", "No browser that Kyso knows was found.")
	}
	bad := false
	for _, f := range found {
		a := f.Advice()
		bad = bad || !a.Works
		fmt.Fprintf(e.out, "%s: %s\n", visible(f.Title()), visible(a.Detail.In(e.language)))
		if remedy := a.Remedy.In(e.language); remedy != "" {
			fmt.Fprintln(e.out, "  "+visible(remedy))
		}
	}
	if bad {
		return exitError(exitFailed)
	}
	return nil
}

// extensionIDs are those of the policy, beside the built-in ones.
func (e *env) extensionIDs() ([]string, error) {
	r, err := e.loadPolicy()
	return e.extensionIDsOf(r), err
}

func (e *env) extensionIDsOf(r rules) []string { return r.Extension.IDs }
