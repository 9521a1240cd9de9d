package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/token"
)

type importCertCmd struct {
	moduleFlag
	pinFlags
	Label       string `help:"Nhãn của chứng thư số mới. / Label of the new certificate." placeholder:"TEXT"`
	NameChanged bool   `help:"Nhận cả khi tên trong chứng thư số mới khác tên cũ (cơ quan đổi tên). / Take it although its name differs from the old one (an agency was renamed)."`
	RemoveOld   bool   `help:"Xóa chứng thư số cũ của khóa này sau khi bản mới đã dùng được; có hỏi lại. / Remove the key's old certificate once the new one works; asks first."`
	Yes         bool   `help:"Không hỏi lại khi xóa. / Do not ask before removing."`
	File        string `arg:"" help:"Tệp .cer nhận được: DER, PEM hoặc p7b. / The .cer file received: DER, PEM or p7b." type:"path"`
	Which       string `arg:"" optional:"" name:"token" help:"Thiết bị: nhãn hoặc số hiệu. / The token: its label or number."`
}

// Run finds the token the certificate belongs to, tells what it is about to do,
// and does it with one PIN try.
func (c *importCertCmd) Run(e *env) error {
	file, err := readCertificates(c.File)
	if err != nil {
		return err
	}
	all, done, err := e.devices(c.moduleFlag)
	if err != nil {
		return err
	}
	defer done()
	d, plan, err := c.plan(e, all, file)
	if err != nil {
		return err
	}
	if c.Label != "" {
		plan.Label = c.Label
	}
	remove, err := c.removal(e, plan)
	if err != nil {
		return err
	}
	if err := e.mayTry(d, d.PIN, c.LastTry, userPIN); err != nil {
		return err
	}
	e.sayImport(d, plan)
	pin, err := e.pinOf(d, c.PINStdin)
	if err != nil {
		return err
	}
	left, err := d.Import(e.ctx, plan, remove, pin, token.OpenOptions{AllowFinalTry: c.LastTry})
	if err != nil {
		return e.manageError(d, userPIN, err)
	}
	return c.tell(e, d, plan, remove, left)
}

// plan finds the one token that has the key. Where none is named, those are
// looked through that are plugged in.
func (c *importCertCmd) plan(e *env, all []token.Device, file []*x509.Certificate) (token.Device, token.Import, error) {
	candidates := all
	if c.Which != "" || len(all) == 1 {
		p, err := e.choose(all, c.Which, false)
		if err != nil {
			return token.Device{}, token.Import{}, err
		}
		candidates = []token.Device{p.device}
	}
	var fitting []token.Device
	var firstErr error
	for _, d := range candidates {
		_, err := d.PlanImport(file, time.Now(), token.ImportOptions{NameChanged: c.NameChanged})
		if errors.Is(err, token.ErrCertificateKey) {
			if firstErr == nil {
				firstErr = e.manageError(d, userPIN, err)
			}
			continue
		}
		fitting = append(fitting, d)
	}
	if len(fitting) == 0 {
		return token.Device{}, token.Import{}, firstErr
	}
	p, err := e.choose(fitting, "", false)
	if err != nil {
		return token.Device{}, token.Import{}, err
	}
	plan, err := p.device.PlanImport(file, time.Now(), token.ImportOptions{NameChanged: c.NameChanged})
	if err != nil {
		err = e.manageError(p.device, userPIN, err)
	}
	return p.device, plan, err
}

// removal is what is to be removed in the end, after a yes.
func (c *importCertCmd) removal(e *env, plan token.Import) ([]token.Identity, error) {
	if !c.RemoveOld || len(plan.Old) == 0 {
		return nil, nil
	}
	if c.Yes {
		return plan.Old, nil
	}
	if c.PINStdin || e.terminal() == nil {
		return nil, usageError{personError{"Không có ai để hỏi lại trước khi xóa: thêm --yes, hoặc bỏ --remove-old.", "Nobody can be asked before removing: add --yes, or leave out --remove-old."}}
	}
	vi, en := []string{"Sau khi chứng thư số mới đã ký thử được, sẽ xóa khỏi thiết bị:"}, []string{"Once the new certificate has made a test signature, these are removed from the token:"}
	for _, i := range plan.Old {
		row := fmt.Sprintf("  %s, %s, %s", visible(i.Certificate.Subject.CommonName), certificateNumber(i.Certificate), i.Certificate.NotAfter.Local().Format(dayFormat))
		vi, en = append(vi, row), append(en, row)
	}
	ok, err := e.sure(i18n.Text{VI: strings.Join(vi, "\n"), EN: strings.Join(en, "\n")})
	if err == nil && !ok {
		err = personError{"Chưa đồng ý xóa. Thiết bị không bị thay đổi.", "Removing was not agreed to. The token was not changed."}
	}
	return slices.Clone(plan.Old), err
}

// sayImport tells what is about to happen.
func (e *env) sayImport(d token.Device, plan token.Import) {
	c := plan.Certificate
	text := fmt.Sprintf("%s, %s, %s – %s", visible(c.Subject.CommonName), certificateNumber(c), c.NotBefore.Local().Format(dayFormat), c.NotAfter.Local().Format(dayFormat))
	switch {
	case plan.Present:
		e.say("Chứng thư số này đã có trong thiết bị "+visible(d.Label)+": "+text+". Sẽ ký thử để kiểm tra.", "This certificate is on token "+visible(d.Label)+" already: "+text+". It is tested with a signature.")
	default:
		e.say("Đưa vào thiết bị "+visible(d.Label)+": "+text+".", "Into token "+visible(d.Label)+": "+text+".")
	}
	for _, old := range plan.Old {
		if changes := changedFields(old.Certificate, c); changes != "" {
			e.say("Khác với bản cũ: "+changes+".", "Different from the old one: "+changes+".")
		}
		break // the newest of them
	}
	x := token.ExpiryAt(c, time.Now(), builtAt())
	if x.ClockSuspect {
		e.say(clockText(time.Now()).VI, clockText(time.Now()).EN)
	}
}

// changedFields lists what a renewal says otherwise than the certificate it
// replaces.
func changedFields(old, c *x509.Certificate) string {
	var list []string
	for _, f := range []struct {
		name     string
		from, to []string
	}{
		{"CN", []string{old.Subject.CommonName}, []string{c.Subject.CommonName}},
		{"OU", old.Subject.OrganizationalUnit, c.Subject.OrganizationalUnit},
		{"O", old.Subject.Organization, c.Subject.Organization},
		{"E-mail", token.Mails(old), token.Mails(c)},
	} {
		if !slices.Equal(f.from, f.to) {
			list = append(list, visible(fmt.Sprintf("%s “%s” → “%s”", f.name, strings.Join(f.from, ", "), strings.Join(f.to, ", "))))
		}
	}
	return strings.Join(list, "; ")
}

func (c *importCertCmd) tell(e *env, d token.Device, plan token.Import, removed []token.Identity, left string) error {
	e.print("Chứng thư số mới dùng được: thiết bị "+visible(d.Label)+" đã ký thử và chữ ký đúng.", "The new certificate works: token "+visible(d.Label)+" made a test signature, and it is right.")
	switch {
	case left != "":
		tool := toolText(d)
		e.say("Chứng thư số cũ chưa xóa được, vẫn nằm trong thiết bị và không gây hại. "+tool.VI+" ["+visible(left)+"]",
			"The old certificate could not be removed; it is still there and does no harm. "+tool.EN+" ["+visible(left)+"]")
		return exitError(exitFailed)
	case len(removed) > 0:
		e.print("Đã xóa chứng thư số cũ.", "The old certificate is removed.")
	case len(plan.Old) > 0:
		e.print("Chứng thư số cũ vẫn được giữ. Khi không cần nữa, xóa bằng cách chạy lại lệnh này với --remove-old.",
			"The old certificate is kept. When it is not needed any more, run this again with --remove-old.")
	}
	return nil
}

// pinOf reads the user's PIN, nil where it is typed on the token itself.
func (e *env) pinOf(d token.Device, stdin bool) ([]byte, error) {
	if d.PINPad {
		e.say("Nhập PIN trên bàn phím của thiết bị.", "Type the PIN on the token's own pad.")
		return nil, nil
	}
	if !d.LoginRequired && !stdin {
		return nil, nil
	}
	return e.secret(stdin, i18n.Text{VI: "PIN: ", EN: "PIN: "})
}

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
