package doctor

import (
	"context"
	"fmt"
	"strings"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/i18n"
)

func lookBrowsers(ctx context.Context, in Inputs) []finding {
	if in.Browsers == nil {
		return nil
	}
	list := in.Browsers(ctx)
	if len(list) == 0 {
		return []finding{{status: Unknown, detail: text("Chưa thấy trình duyệt nào mà Kyso biết.", "No browser that Kyso knows was found.")}}
	}
	var found []finding
	for _, b := range list {
		a := b.Advice()
		f := finding{status: OK, about: b.Title(), detail: a.Detail, remedy: a.Remedy}
		state := b.Effective().State
		switch {
		case a.Works:
		case b.Confined != "" || state == hostmanifest.Missing:
			// Pages reach Kyso without the extension too.
			f.status = Warning
		default:
			f.status = Problem
		}
		found = append(found, f)
	}
	return found
}

// BrowserPolicy is what an administrator has set in one browser, as far as it
// concerns Kyso.
type BrowserPolicy struct {
	ID, Name string // the browser, as hostmanifest names it
	// Loopback are the sites that may reach this machine without asking the
	// person: LoopbackNetworkAllowedForUrls, or Firefox's SkipDomains.
	Loopback []string
	// HostBlocked: the native messaging host is not allowed. MachineHostsOnly:
	// what a person registered for himself does not count.
	HostBlocked, MachineHostsOnly bool
	// ExtensionBlocked: extensions are blocked, and Kyso's is not excepted.
	ExtensionBlocked bool
	// Damaged names a file that could not be read; the browser ignores it.
	Damaged string
}

func lookBrowserPolicies(ctx context.Context, in Inputs) []finding {
	if in.BrowserPolicies == nil {
		return nil
	}
	var browsers []hostmanifest.Found
	if in.Browsers != nil {
		browsers = in.Browsers(ctx)
	}
	var found []finding
	for _, p := range in.BrowserPolicies(ctx) {
		f := finding{status: OK, about: p.Name}
		var vi, en []string
		bad := func(status Status, detail, remedy i18n.Text) {
			if f.status != Problem {
				f.status = status
			}
			vi, en = append(vi, detail.VI), append(en, detail.EN)
			f.remedy.VI, f.remedy.EN = strings.TrimSpace(f.remedy.VI+" "+remedy.VI), strings.TrimSpace(f.remedy.EN+" "+remedy.EN)
		}
		if p.Damaged != "" {
			bad(Warning, text("Không đọc được "+p.Damaged+".", p.Damaged+" cannot be read."), text("Quản trị viên sửa tệp này.", "An administrator corrects the file."))
		}
		if p.HostBlocked {
			bad(Problem, text("Trình duyệt bị cấm gọi "+hostmanifest.Name+", nên tiện ích không đến được Kyso.", "The browser may not start "+hostmanifest.Name+", so the extension does not reach Kyso."),
				text("Quản trị viên thêm "+hostmanifest.Name+" vào NativeMessagingAllowlist.", "An administrator adds "+hostmanifest.Name+" to NativeMessagingAllowlist."))
		}
		if p.ExtensionBlocked {
			bad(Warning, text("Việc cài tiện ích bị cấm, và tiện ích của Kyso không được loại trừ.", "Extensions are blocked, and Kyso's is not excepted."),
				text("Quản trị viên cho phép tiện ích Kyso (ExtensionInstallAllowlist hoặc ExtensionSettings).", "An administrator allows Kyso's extension (ExtensionInstallAllowlist or ExtensionSettings)."))
		}
		if p.MachineHostsOnly && onlyForPerson(browsers, p.ID) {
			bad(Problem, text("Trình duyệt chỉ nhận chương trình do quản trị viên đăng ký, mà Kyso mới được đăng ký cho riêng bạn.", "The browser takes only programs that an administrator registered, and Kyso is registered for you alone."),
				text("Quản trị viên chạy kyso browser install --machine.", "An administrator runs kyso browser install --machine."))
		}
		if n := len(p.Loopback); n > 0 {
			vi = append(vi, fmt.Sprintf("Trang được gọi thẳng Kyso mà trình duyệt không hỏi: %d.", n))
			en = append(en, fmt.Sprintf("Sites that reach Kyso directly without the browser asking: %d.", n))
		}
		if len(vi) == 0 {
			continue // nothing in it concerns Kyso
		}
		f.detail = text(strings.Join(vi, " "), strings.Join(en, " "))
		found = append(found, f)
	}
	return found
}

// onlyForPerson tells whether the browser finds Kyso by the person's own
// registration alone.
func onlyForPerson(list []hostmanifest.Found, id string) bool {
	for _, f := range list {
		if f.ID != id || f.Confined != "" {
			continue
		}
		for _, r := range f.Registrations {
			if r.Scope == hostmanifest.Machine && r.State == hostmanifest.Right {
				return false
			}
		}
		return true
	}
	return false
}
