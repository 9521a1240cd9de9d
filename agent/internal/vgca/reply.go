package vgca

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// Replies have the incumbent's members, in its spelling. Status is an integer, 0
// for success; why not is in Message, of methods about data in Error. Code is
// ours: the code of the reason (docs/protocol.md).
const (
	statusOK     = 0
	statusFailed = 1
)

// fileReply answers the methods with one document. FileServer is what the upload
// handler gave, untouched.
type fileReply struct {
	Status              int
	Message             string
	FileName            string
	FileServer          json.RawMessage
	DocumentNumber      string
	DocumentDate        string
	CustomSignatureText string
}

// filesReply answers SignFiles.
type filesReply struct {
	Status  int
	Message string
	Code    string `json:",omitempty"`
	Files   []fileOutcome
}

type fileOutcome struct {
	FileID        string
	FileSignedURL json.RawMessage
	// Ours: what became of the document.
	Status  int
	Message string
	Code    string `json:",omitempty"`
}

// dataReply answers the methods that sign data.
type dataReply struct {
	Status    int
	Message   string
	Error     string
	Signature string
}

// failure answers every method that failed. Pages look for one of the texts.
type failure struct {
	Status  int
	Message string
	Error   string
	Code    string
	// Members that pages read without asking whether they are there.
	FileName, FileServer, Signature string
}

var noValue = json.RawMessage(`""`)

// marshal writes a reply; nothing in one can fail to be written.
func marshal(reply any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(reply); err != nil {
		return []byte(`{"Status":1,"Message":"Kyso gặp lỗi ngoài dự kiến.","Error":"Kyso gặp lỗi ngoài dự kiến.","Code":"INTERNAL"}`)
	}
	// What a handler gave may hold anything; a browser drops a connection with a
	// text that is none, and the answer with it.
	return bytes.ToValidUTF8(bytes.TrimSpace(b.Bytes()), []byte("\uFFFD"))
}

// failed is the answer of err, which the log is told.
func (k *call) failed(err error) []byte {
	message, code := k.explain(err)
	if batch := (*batchError)(nil); errors.As(err, &batch) {
		return marshal(filesReply{Status: statusFailed, Message: message, Code: code, Files: batch.files})
	}
	return marshal(failure{Status: statusFailed, Message: message, Error: message, Code: code})
}

// A fault is an error with words of its own for people.
type fault struct {
	code string
	text i18n.Text
}

func (f *fault) Error() string { return f.text.EN }

var (
	errBadRequest = &fault{i18n.BadRequest, i18n.Text{VI: "Trang web đã gửi một yêu cầu không hợp lệ. Tải lại trang; nếu lỗi lặp lại, hãy báo đơn vị quản lý trang web.",
		EN: "The website sent a request that is not valid. Reload the page; if it happens again, tell whoever runs the website."}}
	errNoPicker = &fault{"NOT_SUPPORTED", i18n.Text{VI: "Trang web không cho biết tài liệu nào cần ký. Kyso không hỗ trợ chọn tệp từ máy theo cách này; hãy mở tài liệu trên trang web rồi ký.",
		EN: "The website does not say which document is to be signed. Kyso does not let you choose a file of this computer this way; open the document on the website and sign it."}}
	errNotMade = &fault{"NOT_SUPPORTED", i18n.Text{VI: "Kyso chưa hỗ trợ thao tác này.", EN: "Kyso does not support this yet."}}
	errNoHash  = &fault{"NOT_SUPPORTED", i18n.Text{VI: "Kyso không ký mã băm do trang web đưa ra, vì người ký không biết mình ký gì.",
		EN: "Kyso does not sign a digest that a website hands over, since the signer would not know what it is of."}}
	errNotTold = &fault{"NOT_SUPPORTED", i18n.Text{VI: "Kyso không kiểm tra chữ ký đăng nhập thay cho máy chủ. Máy chủ của trang web phải tự kiểm tra.",
		EN: "Kyso does not check a login's signature in the server's place. The website's server has to."}}
	errDisabled = &fault{"NOT_SUPPORTED", i18n.Text{VI: "Quản trị viên đã tắt thao tác này.", EN: "An administrator has turned this off."}}
	errPaused   = &fault{i18n.Busy, i18n.Text{VI: "Bạn vừa từ chối trang này nhiều lần. Đợi khoảng nửa phút rồi thử lại.",
		EN: "You have just refused this site several times. Wait half a minute and try again."}}
	errManyCertificates = &fault{i18n.NoCertificate, i18n.Text{VI: "Máy đang có nhiều chứng thư số. Chỉ để lại thiết bị có chứng thư số cần dùng rồi thử lại.",
		EN: "There are several certificates. Leave in only the token with the one to use and try again."}}
)

// explain is what a person reads of err, and its code. Nothing of it quotes the
// page.
func (k *call) explain(err error) (message, code string) {
	in := func(t i18n.Text) string { return t.In(k.s.o.Language) }
	var own *fault
	var site *fetch.Error
	var answer *handlerError
	var worded interface{ Words() (vi, en string) }
	switch {
	case errors.As(err, &own):
		return in(own.text), own.code
	case errors.As(err, &answer):
		return in(answer.text()), "SITE_PROBLEM"
	case errors.As(err, &site):
		k.s.log.Warn("site", "method", k.method, "origin", k.origin.String(), "problem", site.Error())
		vi, en := site.Words()
		if site.Kind == fetch.KindUpload {
			return in(i18n.Text{VI: "Đã ký nhưng chưa gửi được về trang web: " + vi + ".", EN: "It was signed, but could not be sent to the website: " + en + "."}), "SITE_PROBLEM"
		}
		return in(i18n.Text{VI: "Không tải được " + vi + ".", EN: "Could not get " + en + "."}), "SITE_PROBLEM"
	}
	code = signing.Code(err)
	entry := i18n.Lookup(code)
	if code == i18n.Internal { // others may quote the page
		k.s.log.Error("older page", "method", k.method, "origin", k.origin.String(), "problem", clip(err.Error(), maxLogged))
	} else {
		k.s.log.Warn("older page", "method", k.method, "origin", k.origin.String(), "code", code)
	}
	if errors.As(err, &worded) {
		vi, en := worded.Words()
		said := in(i18n.Text{VI: vi, EN: en})
		if !strings.HasSuffix(said, ".") {
			said += "."
		}
		return in(entry.Message) + " " + said, code
	}
	return in(entry.Message) + " " + in(entry.Remedy), code
}
