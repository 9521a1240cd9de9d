package main

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

// built is the day of the program's source in seconds since 1970, set by the
// build: a clock that stands before it is wrong.
var built = ""

// builtAt is that day, or what go build noted, or the zero time.
func builtAt() time.Time {
	if seconds, err := strconv.ParseInt(built, 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
					return t
				}
			}
		}
	}
	return time.Time{}
}

// certificateNumber is a serial number as certificates' viewers show it.
func certificateNumber(c *x509.Certificate) string {
	digits := strings.ToUpper(c.SerialNumber.Text(16))
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	return digits
}

func keyText(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Params().Name
	}
	return "?"
}

const dayFormat = "02/01/2006"

// expiryText says how long a certificate is good for.
func expiryText(x token.Expiry) i18n.Text {
	left := i18n.Text{VI: fmt.Sprintf("còn %d ngày", x.DaysLeft), EN: fmt.Sprintf("%d days left", x.DaysLeft)}
	switch x.State {
	case token.ExpiryOver:
		return i18n.Text{VI: "đã hết hạn", EN: "expired"}
	case token.ExpiryFuture:
		return i18n.Text{VI: "chưa đến ngày hiệu lực", EN: "not valid yet"}
	case token.ExpiryLate:
		return i18n.Text{VI: "sắp hết hạn, " + left.VI + ", không đủ 30 ngày để gia hạn", EN: "about to expire, " + left.EN + ", too few for a renewal"}
	case token.ExpiryRenew:
		return i18n.Text{VI: "sắp hết hạn, " + left.VI, EN: "about to expire, " + left.EN}
	}
	return i18n.Text{VI: "còn hiệu lực, " + left.VI, EN: "valid, " + left.EN}
}

// clockText says that the computer's clock may be wrong.
func clockText(now time.Time) i18n.Text {
	at := now.Local().Format("15:04 " + dayFormat)
	return i18n.Text{VI: "Đồng hồ máy tính (" + at + ") có thể sai, vì đứng trước ngày cấp chứng thư số hoặc ngày phát hành chương trình này. Hãy chỉnh ngày giờ rồi xem lại.",
		EN: "The computer's clock (" + at + ") may be wrong: it stands before the certificate was issued or this program was made. Set date and time, then look again."}
}

const (
	newFormsVI = "Mẫu 01 (cá nhân), Mẫu 02 (cơ quan, tổ chức) hoặc Mẫu 03 (thiết bị, dịch vụ, phần mềm)"
	newFormsEN = "Form 01 (persons), 02 (agencies) or 03 (devices, services, software)"
	decree     = "68/2024/NĐ-CP"
)

// expiryAdvice says what is to be done about a certificate's expiry, empty where
// nothing is. The forms are those of Decree 68/2024/ND-CP; renewed says that it
// is a renewal, which is granted once.
func expiryAdvice(c *x509.Certificate, x token.Expiry, renewed bool) i18n.Text {
	if x.State == token.ExpiryValid || x.State == token.ExpiryFuture {
		return i18n.Text{}
	}
	if !token.Government(c) {
		return i18n.Text{VI: "Liên hệ nơi cấp chứng thư số để gia hạn hoặc cấp mới.", EN: "Ask the certificate's issuer for a renewal or a new one."}
	}
	anew := i18n.Text{VI: "Cơ quan, tổ chức quản lý trực tiếp đề nghị cấp mới theo " + newFormsVI + " của Nghị định " + decree + ", gửi Cục Chứng thực số và Bảo mật thông tin.",
		EN: "The directly managing agency asks for a new certificate with " + newFormsEN + " of Decree " + decree + ", sent to the Cipher Committee's Department of Digital Certification."}
	last := c.NotAfter.AddDate(0, 0, -30).Local().Format(dayFormat)
	switch {
	case x.State == token.ExpiryOver:
		anew.VI = "Không gia hạn được nữa. " + anew.VI + " Thiết bị được bàn giao lại cho cơ quan quản lý (biên bản Mẫu 08)."
		anew.EN = "It cannot be renewed any more. " + anew.EN + " The token is handed back to that agency (Form 08)."
	case x.State == token.ExpiryLate:
		anew.VI = "Gia hạn phải được đề nghị khi còn ít nhất 30 ngày, nên không còn kịp. " + anew.VI
		anew.EN = "A renewal must be asked for with at least 30 days left, so it is too late. " + anew.EN
	case renewed:
		anew.VI = "Đây là chứng thư số đã gia hạn, mà mỗi chứng thư số chỉ được gia hạn một lần. " + anew.VI
		anew.EN = "This is a renewal already, and a certificate is renewed once only. " + anew.EN
	default:
		return i18n.Text{VI: "Đề nghị gia hạn ngay, chậm nhất ngày " + last + " (phải còn ít nhất 30 ngày): cơ quan, tổ chức quản lý trực tiếp lập Mẫu 04 của Nghị định " + decree +
			", gửi Cục Chứng thực số và Bảo mật thông tin. Mỗi chứng thư số chỉ được gia hạn một lần; nếu đã gia hạn rồi thì đề nghị cấp mới (Mẫu 01, 02 hoặc 03). Tệp .cer nhận qua thư điện tử được đưa vào thiết bị bằng kyso token import-cert.",
			EN: "Ask for renewal now, by " + last + " at the latest (at least 30 days must be left): the directly managing agency fills in Form 04 of Decree " + decree +
				" and sends it to the Cipher Committee's Department of Digital Certification. A certificate is renewed once only; if it was already, ask for a new one (Form 01, 02 or 03). The .cer file that comes by e-mail is put into the token with kyso token import-cert."}
	}
	return anew
}

// pinText says how a PIN stands.
func pinText(s token.PINState) i18n.Text {
	switch s {
	case token.PINLow:
		return i18n.Text{VI: "đã có lần nhập sai", EN: "a wrong one was entered"}
	case token.PINFinalTry:
		return i18n.Text{VI: "chỉ còn một lần thử", EN: "one try is left"}
	case token.PINLocked:
		return i18n.Text{VI: "đã bị khóa", EN: "locked"}
	}
	return i18n.Text{VI: "bình thường", EN: "no wrong try known"}
}

// unlockAdvice says who unlocks a token.
func unlockAdvice(d token.Device) i18n.Text {
	for _, i := range d.Identities {
		if !token.Government(i.Certificate) {
			return i18n.Text{VI: "Liên hệ nơi cấp thiết bị để mở khóa.", EN: "Ask whoever issued the token to unlock it."}
		}
	}
	return i18n.Text{VI: "Cơ quan, tổ chức quản lý trực tiếp lập đề nghị khôi phục thiết bị theo Mẫu 06 của Nghị định " + decree +
		", gửi Sở Thông tin và Truyền thông của tỉnh (hoặc đơn vị được phân cấp mở khóa); cán bộ ở đó hướng dẫn mở khóa từ xa. SIM PKI: gửi Cục Chứng thực số và Bảo mật thông tin.",
		EN: "The directly managing agency fills in Form 06 of Decree " + decree +
			" and sends it to the province's Department of Information and Communications (or the office that unlocks tokens), whose officer helps from afar. For a SIM PKI it goes to the Cipher Committee's Department of Digital Certification."}
}

// lengthText says how long a PIN may be, as the token tells; empty if it does
// not.
func lengthText(d token.Device) i18n.Text {
	switch {
	case d.MinPIN > 0 && d.MaxPIN > 0:
		return i18n.Text{VI: fmt.Sprintf("dài %d đến %d ký tự", d.MinPIN, d.MaxPIN), EN: fmt.Sprintf("%d to %d characters", d.MinPIN, d.MaxPIN)}
	case d.MinPIN > 0:
		return i18n.Text{VI: fmt.Sprintf("dài ít nhất %d ký tự", d.MinPIN), EN: fmt.Sprintf("at least %d characters", d.MinPIN)}
	case d.MaxPIN > 0:
		return i18n.Text{VI: fmt.Sprintf("dài nhiều nhất %d ký tự", d.MaxPIN), EN: fmt.Sprintf("at most %d characters", d.MaxPIN)}
	}
	return i18n.Text{}
}
