package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/vgca/localcert"
)

type vgcaCmd struct {
	Install vgcaInstallCmd `cmd:"" help:"Cho trình duyệt của bạn tin chứng thư số của 127.0.0.1 do máy này tự tạo. / Have your browsers trust this machine's own certificate of 127.0.0.1."`
	Remove  vgcaRemoveCmd  `cmd:"" help:"Gỡ chứng thư số đó khỏi trình duyệt và khỏi máy. / Take that certificate away again."`
	Status  vgcaStatusCmd  `cmd:"" help:"Cho biết đã bật chưa, và trình duyệt nào đã tin. / Tell whether it is on, and which browsers trust it."`
}

// localKeeper keeps the certificate in this person's folder.
func localKeeper() (*localcert.Keeper, error) {
	dir, err := localcert.DefaultDir()
	if err != nil {
		return nil, err
	}
	return &localcert.Keeper{Dir: dir, Clock: time.Now}, nil
}

type vgcaInstallCmd struct{}

// Run ends with 1 when a browser does not trust the certificate afterwards.
func (vgcaInstallCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	if !r.VGCA.Enabled {
		return personError{`Quản trị viên chưa bật phần dành cho trang viết cho VGCA Sign Service (khóa "vgca" trong chính sách). Không có gì được cài.`,
			`An administrator has not turned on what serves pages of the VGCA Sign Service (policy key "vgca"). Nothing was installed.`}
	}
	keeper, err := localKeeper()
	if err != nil {
		return err
	}
	ca, err := keeper.CA()
	if err != nil {
		return err
	}
	failed := e.places(localcert.Install(e.ctx, ca))
	e.print("Khởi động lại trình duyệt đang mở để nhận chứng thư số.", "Restart browsers that are open.")
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

type vgcaRemoveCmd struct{}

// Run takes away what install and the agent made, whatever the policy says.
func (vgcaRemoveCmd) Run(e *env) error {
	dir, err := localcert.DefaultDir()
	if err != nil {
		return err
	}
	failed := e.places(localcert.Remove(e.ctx))
	if err := localcert.Delete(dir); err != nil {
		return err
	}
	e.print("Đã xóa chứng thư số và khóa của 127.0.0.1 khỏi máy.", "The certificate and the key of 127.0.0.1 are deleted.")
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

type vgcaStatusCmd struct{}

func (vgcaStatusCmd) Run(e *env) error {
	r, err := e.loadPolicy()
	if err != nil {
		return err
	}
	if r.VGCA.Enabled {
		e.print("Chính sách: bật.", "Policy: on.")
	} else {
		e.print("Chính sách: tắt.", "Policy: off.")
	}
	dir, err := localcert.DefaultDir()
	if err != nil {
		return err
	}
	ca, leaf, err := localcert.Load(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.print("Chứng thư số của 127.0.0.1: chưa có.", "Certificate of 127.0.0.1: none.")
	case err != nil:
		e.print("Chứng thư số của 127.0.0.1: không dùng được, sẽ được tạo lại. ["+visible(err.Error())+"]", "Certificate of 127.0.0.1: cannot be used, and will be made again. ["+visible(err.Error())+"]")
	default:
		until := leaf.NotAfter.In(time.Local).Format("02/01/2006")
		e.print("Chứng thư số của 127.0.0.1: đến ngày "+until+", CA “"+ca.Subject.CommonName+"”.", "Certificate of 127.0.0.1: until "+until+", CA “"+ca.Subject.CommonName+"”.")
	}
	e.places(localcert.Places(e.ctx))
	return nil
}

// places tells what is trusted where, and whether something went wrong.
func (e *env) places(list []localcert.Place) (failed bool) {
	if len(list) == 0 {
		e.print("Chưa thấy kho chứng thư số của trình duyệt nào.", "No browser's store of certificates was found.")
	}
	for _, p := range list {
		said := i18n.Text{VI: "chưa tin", EN: "not trusted"}
		if len(p.Trusted) > 0 {
			said = i18n.Text{VI: "đã tin " + fmt.Sprint(p.Trusted), EN: "trusted: " + fmt.Sprint(p.Trusted)}
		}
		if p.Err != nil {
			failed = true
			why := storeProblem(p.Err)
			said = i18n.Text{VI: "không thay đổi được. " + why.VI, EN: "could not be changed. " + why.EN}
		}
		e.print("  "+visible(p.Name)+": "+visible(said.VI), "  "+visible(p.Name)+": "+visible(said.EN))
	}
	return failed
}

func storeProblem(err error) i18n.Text {
	if errors.Is(err, localcert.ErrNoCertutil) {
		return i18n.Text{VI: "Máy thiếu chương trình certutil: cài gói libnss3-tools (Debian, Ubuntu) hoặc nss-tools rồi chạy lại.",
			EN: "The program certutil is missing: install libnss3-tools (Debian, Ubuntu) or nss-tools and try again."}
	}
	return i18n.Text{VI: "Nếu trình duyệt này có mật khẩu chính, hãy nhập tệp ca.crt bằng tay trong phần cài đặt chứng thư số của nó. [" + err.Error() + "]",
		EN: "If this browser has a primary password, import ca.crt by hand in its certificate settings. [" + err.Error() + "]"}
}
