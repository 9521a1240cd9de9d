package hostmanifest

import "kyso/agent/internal/i18n"

// Advice is what a person should know of a browser: how it stands with Kyso, and
// what to do, empty where nothing is.
type Advice struct {
	// Works: the extension reaches Kyso, as far as is seen from here.
	Works          bool
	Detail, Remedy i18n.Text
}

var (
	registerVI = "Hãy chạy kyso browser install (hoặc với quyền quản trị: kyso browser install --machine), rồi khởi động lại trình duyệt."
	registerEN = "Run kyso browser install (or, as administrator, kyso browser install --machine), then restart the browser."
	otherVI    = "Hãy dùng Firefox, Google Chrome hoặc Microsoft Edge cài bằng gói .deb hay .rpm của hãng. Trang web được phép vẫn gọi thẳng được Kyso, không qua tiện ích: xem LoopbackNetworkAllowedForUrls trong docs/admin-settings.md."
	otherEN    = "Use Firefox, Google Chrome or Microsoft Edge from the vendor's .deb or .rpm package. Allowed sites can still reach Kyso directly, without the extension: see LoopbackNetworkAllowedForUrls in docs/admin-settings.md."
)

// Advice tells how the browser finds Kyso.
func (f Found) Advice() Advice {
	switch {
	case f.Confined != "" && !f.Firefox:
		return Advice{
			Detail: i18n.Text{VI: "Bản này chạy trong vùng cách ly (" + f.Confined + "), nên tiện ích không gọi được chương trình nào ngoài đó.",
				EN: "This one runs in a sandbox (" + f.Confined + "), from which an extension can start no program outside."},
			Remedy: i18n.Text{VI: otherVI, EN: otherEN},
		}
	case f.Confined == "snap":
		return f.through(i18n.Text{
			VI: "Firefox dạng Snap gọi Kyso qua cổng WebExtensions của hệ thống (Ubuntu 22.04 trở lên), và hỏi bạn một lần: hãy chọn Cho phép.",
			EN: "Firefox as a snap reaches Kyso through the system's WebExtensions portal (Ubuntu 22.04 and later), and asks you once: choose Allow.",
		}, i18n.Text{
			VI: "Nếu đã lỡ từ chối: chạy flatpak permission-set webextensions " + Name + " snap.firefox yes. Nếu Kyso từ chối kết nối: quản trị viên thêm chương trình xdg-desktop-portal vào khóa browsers của chính sách (docs/browsers.md), hoặc cài Firefox bằng gói .deb của Mozilla.",
			EN: "If you refused by mistake: run flatpak permission-set webextensions " + Name + " snap.firefox yes. If Kyso refuses the connection: an administrator adds the program xdg-desktop-portal to the policy key browsers (docs/browsers.md), or installs Firefox from Mozilla's .deb package.",
		})
	case f.Confined == "flatpak":
		return f.through(i18n.Text{
			VI: "Firefox dạng Flatpak gọi được Kyso từ phiên bản 157, nếu máy có xdg-native-messaging-proxy.",
			EN: "Firefox as a flatpak reaches Kyso from version 157 on, where the machine has xdg-native-messaging-proxy.",
		}, i18n.Text{
			VI: "Nếu tiện ích không thấy Kyso: " + otherVI,
			EN: "If the extension does not find Kyso: " + otherEN,
		})
	}
	return f.registered()
}

// through is the advice for a Firefox that reaches programs through a service,
// where it is registered at all.
func (f Found) through(detail, remedy i18n.Text) Advice {
	a := f.registered()
	if !a.Works {
		a.Detail.VI, a.Detail.EN = a.Detail.VI+" "+detail.VI, a.Detail.EN+" "+detail.EN
		return a
	}
	return Advice{Works: true, Detail: detail, Remedy: remedy}
}

func (f Found) registered() Advice {
	r := f.Effective()
	register := i18n.Text{VI: registerVI, EN: registerEN}
	switch r.State {
	case Right:
		who := i18n.Text{VI: "cho riêng bạn", EN: "for you alone"}
		if r.Scope == Machine {
			who = i18n.Text{VI: "cho cả máy", EN: "for the whole machine"}
		}
		return Advice{Works: true, Detail: i18n.Text{VI: "Đã đăng ký " + who.VI + ": " + r.Where + ".", EN: "Registered " + who.EN + ": " + r.Where + "."}}
	case WrongProgram:
		return Advice{Detail: i18n.Text{VI: "Đăng ký cho một bản Kyso khác: " + r.Program + " (" + r.Where + ").", EN: "Registered for another Kyso: " + r.Program + " (" + r.Where + ")."}, Remedy: register}
	case ProgramGone:
		return Advice{Detail: i18n.Text{VI: "Đăng ký cho chương trình không còn trên máy: " + r.Program + " (" + r.Where + ").", EN: "Registered for a program that is gone: " + r.Program + " (" + r.Where + ")."}, Remedy: register}
	case WrongExtensions:
		return Advice{Detail: i18n.Text{VI: "Đã đăng ký, nhưng mã tiện ích khác với chính sách: " + r.Where + ".", EN: "Registered, but with other extension ids than the policy's: " + r.Where + "."}, Remedy: register}
	case Damaged:
		return Advice{Detail: i18n.Text{VI: "Tệp đăng ký bị hỏng hoặc không đọc được: " + r.Where + ".", EN: "The registration is damaged, or cannot be read: " + r.Where + "."}, Remedy: register}
	case Foreign:
		return Advice{Detail: i18n.Text{VI: "Một chương trình khác dùng tên tệp của Kyso: " + r.Where + ".", EN: "Another program uses Kyso's file name: " + r.Where + "."},
			Remedy: i18n.Text{VI: "Kyso không ghi đè tệp của chương trình khác. Hãy xem tệp này từ đâu, chuyển nó đi, rồi chạy kyso browser install.",
				EN: "Kyso does not overwrite another program's file. Find out where it comes from, move it away, then run kyso browser install."}}
	}
	return Advice{Detail: i18n.Text{VI: "Chưa đăng ký, nên tiện ích không tìm thấy Kyso.", EN: "Not registered, so the extension does not find Kyso."}, Remedy: register}
}
