package doctor

import (
	"context"
	"fmt"

	"kyso/agent/internal/token"
)

func lookModules(ctx context.Context, in Inputs) []finding {
	if in.Modules == nil {
		return nil
	}
	list := in.Modules(ctx)
	if len(list) == 0 {
		return []finding{{status: Problem, detail: text("Chưa thấy thư viện PKCS#11 nào mà Kyso biết.", "No PKCS#11 library that Kyso knows is installed."),
			remedy: text("Cài phần mềm của hãng cấp thiết bị ký số, hoặc thêm thư viện bằng kyso token modules add TỆP.", "Install the token vendor's software, or add a library with kyso token modules add FILE.")}}
	}
	// One library that does not work is no reason for another not to.
	works := false
	for _, m := range list {
		works = works || m.Trouble.VI == ""
	}
	var found []finding
	for _, m := range list {
		switch {
		case m.Trouble.VI == "":
			found = append(found, finding{status: OK, about: m.Name, detail: text(fmt.Sprintf("Dùng được; đang thấy %d thiết bị.", m.Tokens), fmt.Sprintf("Works; tokens plugged in: %d.", m.Tokens))})
		case works:
			found = append(found, finding{status: Warning, about: m.Name, detail: text("Không dùng được.", "Does not work."), remedy: m.Trouble})
		default:
			found = append(found, finding{status: Problem, about: m.Name, detail: text("Không dùng được.", "Does not work."), remedy: m.Trouble})
		}
	}
	return found
}

func lookReaders(ctx context.Context, in Inputs) []finding {
	if in.Readers == nil {
		return nil
	}
	if in.Readers(ctx) {
		return []finding{{status: OK, detail: text("Đang sẵn sàng.", "Ready.")}}
	}
	if in.Tokens != nil {
		if list, _ := in.Tokens(ctx); len(list) > 0 {
			return []finding{{status: OK, detail: text("Không chạy; các thiết bị đang cắm không cần đến.", "Not running; the tokens plugged in do without it.")}}
		}
	}
	f := finding{status: Warning, detail: text("Dịch vụ đầu đọc thẻ (pcscd) không chạy; hầu hết thiết bị ký số cần dịch vụ này.", "The card reader service (pcscd) is not running; most tokens need it."),
		remedy: text("Quản trị viên cài gói pcscd rồi chạy sudo systemctl enable --now pcscd.socket.", "An administrator installs the package pcscd, then runs sudo systemctl enable --now pcscd.socket.")}
	return []finding{f}
}

func lookTokens(ctx context.Context, in Inputs) []finding {
	if in.Tokens == nil {
		return nil
	}
	list, problems := in.Tokens(ctx)
	if len(list) == 0 {
		why := ""
		for _, p := range problems {
			why += " [" + p.Error() + "]"
		}
		return []finding{{status: Warning, detail: text("Chưa thấy thiết bị ký số nào."+why, "No token was found."+why),
			remedy: text("Cắm thiết bị rồi chạy lại. Nếu đã cắm: rút ra, cắm lại, thử cổng USB khác; kyso token modules list cho biết thư viện nào không dùng được.",
				"Plug the token in and try again. If it is: unplug it, plug it in again, try another USB port; kyso token modules list tells which library does not work.")}}
	}
	var found []finding
	for _, t := range list {
		f := finding{status: OK, about: t.Label, detail: text(fmt.Sprintf("Có %d chứng thư số.", len(t.Certificates)), fmt.Sprintf("Certificates: %d.", len(t.Certificates)))}
		switch t.PIN {
		case token.PINLow:
			f.status, f.detail = Warning, text("Đã có lần nhập sai PIN.", "A wrong PIN was entered.")
			f.remedy = text("Lần tới hãy nhập PIN thật cẩn thận.", "Take care to enter the right PIN next time.")
		case token.PINFinalTry:
			f.status, f.detail = Warning, text("PIN chỉ còn một lần thử; sai nữa thì thiết bị bị khóa.", "The PIN has one try left; another wrong one locks the token.")
			f.remedy = text("Nếu không chắc PIN, đừng thử. "+t.Unlock.VI, "If you are not sure of the PIN, do not try. "+t.Unlock.EN)
		case token.PINLocked:
			f.status, f.detail, f.remedy = Problem, text("PIN đã bị khóa.", "The PIN is locked."), t.Unlock
		default:
			if len(t.Certificates) == 0 {
				f.status, f.detail = Problem, text("Thiết bị chưa có chứng thư số nào ký được.", "The token holds no certificate that can sign.")
				f.remedy = text("Liên hệ nơi cấp thiết bị; tệp .cer gia hạn được đưa vào bằng kyso token import-cert.", "Ask whoever issued the token; a renewed .cer file is put in with kyso token import-cert.")
			}
		}
		found = append(found, f)
	}
	return found
}

func lookCertificates(ctx context.Context, in Inputs) []finding {
	if in.Tokens == nil {
		return nil
	}
	list, _ := in.Tokens(ctx)
	var all []Certificate
	for _, t := range list {
		all = append(all, t.Certificates...)
	}
	good := false
	for _, c := range all {
		good = good || !over(c)
	}
	var found []finding
	for _, c := range all {
		until := c.Until.Local().Format("02/01/2006")
		f := finding{status: OK, about: c.Holder, detail: text("Đến ngày "+until+": "+c.Left.VI+".", "Until "+until+": "+c.Left.EN+"."), remedy: c.Advice}
		switch {
		case over(c) && !good:
			f.status = Problem
		case over(c) || c.Expiry.State != token.ExpiryValid || c.Expiry.ClockSuspect:
			f.status = Warning
		}
		f.valid = !over(c)
		if c.Expiry.ClockSuspect && f.remedy.VI == "" {
			f.remedy = text("Đồng hồ máy tính có thể sai: hãy chỉnh ngày giờ rồi xem lại.", "The computer's clock may be wrong: set date and time, then look again.")
		}
		found = append(found, f)
	}
	return found
}

// over: the certificate cannot sign today.
func over(c Certificate) bool {
	return c.Expiry.State == token.ExpiryOver || c.Expiry.State == token.ExpiryFuture
}
