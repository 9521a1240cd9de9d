package main

import (
	"context"
	"errors"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

// againTimeout bounds another look at one token.
const againTimeout = 10 * time.Second

// stateAfter looks at the PIN again after it was refused.
func (e *env) stateAfter(d token.Device, whose whosePIN) (token.PINState, bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), againTimeout)
	defer cancel()
	now, err := d.Again(ctx)
	if err != nil {
		return "", false
	}
	if whose == soPIN {
		return now.SOPIN, true
	}
	return now.PIN, true
}

// manageError says in the words of this very action what went wrong.
func (e *env) manageError(d token.Device, whose whosePIN, err error) error {
	said, ok := manageWords(d, whose, err)
	if !ok {
		return tokenError(err)
	}
	if errors.Is(err, token.ErrPINIncorrect) {
		if state, ok := e.stateAfter(d, whose); ok {
			tries := pinText(state)
			said.VI += " Sau lần này: " + tries.VI + "."
			said.EN += " After this try: " + tries.EN + "."
			if state == token.PINLocked {
				a := unlockAdvice(d)
				said.VI, said.EN = said.VI+" "+a.VI, said.EN+" "+a.EN
			}
		}
	}
	return manageFault{personError{said.VI, said.EN}, tokenError(err)}
}

// manageFault has its own words, and the code of what is behind it.
type manageFault struct {
	personError
	behind error
}

func (f manageFault) Unwrap() []error { return []error{f.personError, f.behind} }

// toolText names what can do what the token's library cannot.
func toolText(d token.Device) i18n.Text {
	if t := d.VendorTool(); t != "" {
		return i18n.Text{VI: "Hãy dùng phần mềm của hãng: " + t + ".", EN: "Use the vendor's program: " + t + "."}
	}
	return i18n.Text{VI: "Hãy dùng phần mềm quản lý thiết bị của hãng.", EN: "Use the vendor's program for the token."}
}

// manageWords are the words for what goes wrong with a token, false where the
// common ones serve.
func manageWords(d token.Device, whose whosePIN, err error) (i18n.Text, bool) {
	tool := toolText(d)
	const noTryVI, noTryEN = "Thiết bị không bị thay đổi, không mất lần thử nào.", "The token was not changed, and no try was used."
	switch {
	case errors.Is(err, token.ErrPINSame):
		return i18n.Text{VI: "PIN mới trùng với PIN cũ. " + noTryVI, EN: "The new PIN is the old one. " + noTryEN}, true
	case errors.Is(err, token.ErrPINShort), errors.Is(err, token.ErrPINLong):
		l := lengthText(d)
		vi, en := "quá ngắn", "short"
		if errors.Is(err, token.ErrPINLong) {
			vi, en = "quá dài", "long"
		}
		if l.VI == "" {
			l = i18n.Text{VI: "dài từ 1 đến 127 ký tự", EN: "1 to 127 characters"}
		}
		return i18n.Text{VI: "PIN mới " + vi + " (PIN của thiết bị này " + l.VI + "). " + noTryVI, EN: "The new PIN is too " + en + " (PINs of this token: " + l.EN + "). " + noTryEN}, true
	case errors.Is(err, token.ErrPINCharacters):
		return i18n.Text{VI: "PIN mới có dấu, dấu cách hoặc ký tự lạ. Hãy tắt bộ gõ tiếng Việt và dùng chữ không dấu, chữ số. " + noTryVI,
			EN: "The new PIN has diacritics, spaces or other unusual characters. Use plain letters and digits. " + noTryEN}, true
	case errors.Is(err, token.ErrNewPIN):
		return i18n.Text{VI: "Thiết bị không nhận PIN mới theo quy định của nó. PIN cũ vẫn dùng được. [" + err.Error() + "]", EN: "The token refuses the new PIN by its own rules. The old one still counts. [" + err.Error() + "]"}, true
	case errors.Is(err, token.ErrPINIncorrect) && whose == soPIN:
		return i18n.Text{VI: "SO PIN hoặc PUK không đúng. Thiết bị chưa được mở khóa.", EN: "The SO PIN or PUK is incorrect. The token is not unlocked."}, true
	case errors.Is(err, token.ErrPINIncorrect):
		return i18n.Text{VI: "Mã PIN không đúng. Thiết bị không bị thay đổi.", EN: "The PIN is incorrect. The token was not changed."}, true
	case errors.Is(err, token.ErrPINFinalTry) && whose == soPIN:
		return i18n.Text{VI: "Mã mở khóa (SO PIN hoặc PUK) chỉ còn một lần thử. Nếu sai, thiết bị không mở khóa được nữa. Chỉ khi chắc chắn, chạy lại với --last-try. " + noTryVI,
			EN: "One try of the SO PIN or PUK is left. If it is wrong, the token cannot be unlocked any more. Only if you are sure, run this again with --last-try. " + noTryEN}, true
	case errors.Is(err, token.ErrPINFinalTry):
		return i18n.Text{VI: "Chỉ còn một lần nhập PIN. Nếu sai, thiết bị bị khóa. Chỉ khi chắc chắn, chạy lại với --last-try. " + noTryVI,
			EN: "One PIN try is left. A wrong PIN locks the token. Only if you are sure, run this again with --last-try. " + noTryEN}, true
	case errors.Is(err, token.ErrPINLocked) && whose == soPIN:
		return i18n.Text{VI: "Mã mở khóa (SO PIN hoặc PUK) của thiết bị cũng đã bị khóa. Liên hệ nơi cấp thiết bị.", EN: "The SO PIN or PUK of the token is locked too. Ask whoever issued the token."}, true
	case errors.Is(err, token.ErrPINLocked):
		a := unlockAdvice(d)
		return i18n.Text{VI: "Thiết bị đã bị khóa do nhập sai PIN nhiều lần. " + a.VI, EN: "The token is locked after several wrong PINs. " + a.EN}, true
	case errors.Is(err, token.ErrPINCanceled):
		return i18n.Text{VI: "Việc nhập PIN đã bị hủy trên thiết bị. Không có gì thay đổi.", EN: "Typing the PIN was cancelled on the token. Nothing was changed."}, true
	case errors.Is(err, token.ErrNotRestored):
		return i18n.Text{VI: "Việc này thất bại giữa chừng và chưa khôi phục được hết. Chứng thư số cũ không bị động đến. Xem lại bằng kyso token show. " + tool.VI + " [" + err.Error() + "]",
			EN: "This failed halfway and could not be undone entirely. The old certificate was not touched. Look with kyso token show. " + tool.EN + " [" + err.Error() + "]"}, true
	case errors.Is(err, token.ErrNotPossible):
		return i18n.Text{VI: "Thiết bị hoặc thư viện của nó không cho làm việc này qua PKCS#11. Không có gì thay đổi. " + tool.VI + " [" + err.Error() + "]",
			EN: "The token or its library does not allow this through PKCS#11. Nothing was changed. " + tool.EN + " [" + err.Error() + "]"}, true
	case errors.Is(err, token.ErrTokenRemoved):
		return i18n.Text{VI: "Thiết bị đã bị rút ra. Cắm lại, xem bằng kyso token show, rồi làm lại nếu cần.", EN: "The token was removed. Insert it again, look with kyso token show, and repeat if needed."}, true
	}
	return certificateWords(d, err, noTryVI, noTryEN)
}

// certificateWords are the words for a certificate that does not go into a
// token.
func certificateWords(d token.Device, err error, noTryVI, noTryEN string) (i18n.Text, bool) {
	switch {
	case errors.Is(err, token.ErrCertificateNone):
		return i18n.Text{VI: "Tệp này chỉ có chứng thư số của CA, không có của người hoặc cơ quan ký. " + noTryVI, EN: "The file holds certificates of CAs only, none of a holder. " + noTryEN}, true
	case errors.Is(err, token.ErrCertificateKey), errors.Is(err, token.ErrNoKey):
		return i18n.Text{VI: "Chứng thư số này không thuộc về khóa nào trong thiết bị " + d.Label + ". Kiểm tra xem đã cắm đúng thiết bị và đúng tệp chưa. Chứng thư số trong thiết bị không bị thay đổi.",
			EN: "This certificate belongs to no key on token " + d.Label + ". Check that this is the right token and the right file. The certificates on the token were not changed."}, true
	case errors.Is(err, token.ErrCertificateExpired):
		return i18n.Text{VI: "Chứng thư số trong tệp đã hết hạn. Kiểm tra ngày giờ của máy; nếu đúng, xin tệp mới. " + noTryVI, EN: "The certificate in the file has expired. Check the computer's date; if it is right, ask for a new file. " + noTryEN}, true
	case errors.Is(err, token.ErrCertificateName):
		return i18n.Text{VI: "Tên trong chứng thư số mới khác tên trong chứng thư số cũ. Nếu đúng là đã đổi tên, chạy lại với --name-changed. " + noTryVI + " [" + err.Error() + "]",
			EN: "The name in the new certificate is not that of the old one. If the name was changed, run this again with --name-changed. " + noTryEN + " [" + err.Error() + "]"}, true
	case errors.Is(err, token.ErrCertificateFaint):
		return i18n.Text{VI: "Thiết bị không cho xem khóa, mà tệp có nhiều chứng thư số. Hãy dùng tệp chỉ có chứng thư số của bạn. " + noTryVI,
			EN: "The token does not show its keys, and the file holds several certificates. Use a file with yours alone. " + noTryEN}, true
	case errors.Is(err, token.ErrLabel):
		return i18n.Text{VI: "Nhãn phải có từ 1 đến 64 byte chữ (chữ có dấu chiếm 2 đến 3 byte). " + noTryVI, EN: "A label has 1 to 64 bytes of text (letters with diacritics take 2 or 3). " + noTryEN}, true
	}
	return i18n.Text{}, false
}
