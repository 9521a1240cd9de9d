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
