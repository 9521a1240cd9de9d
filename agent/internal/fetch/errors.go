package fetch

import (
	"fmt"
	"strings"
	"unicode"

	"kyso/agent/internal/i18n"
)

// Code says why something could not be fetched.
type Code string

// The codes.
const (
	BadURL      Code = "BAD_URL"     // the address cannot be used
	Forbidden   Code = "FORBIDDEN"   // a private address or another port
	Redirect    Code = "REDIRECT"    // a redirect that is not followed
	Unreachable Code = "UNREACHABLE" // no connection, or it broke
	Timeout     Code = "TIMEOUT"     // no answer in time
	Canceled    Code = "CANCELED"    // the person does not wait any more
	Status      Code = "STATUS"      // the server refused
	TooLarge    Code = "TOO_LARGE"   // more bytes than such an answer has
	NotAsked    Code = "NOT_ASKED"   // the answer is not what was asked for
	TooMany     Code = "TOO_MANY"    // the document asks for too much
	NoAddress   Code = "NO_ADDRESS"  // the certificate names no usable address
	Unsupported Code = "UNSUPPORTED" // the question itself cannot be put

	Refused    Code = "TSA_REFUSED" // the timestamp authority answered with a refusal
	BadToken   Code = "BAD_TOKEN"   // a timestamp, but none that could be used
	WrongClock Code = "WRONG_CLOCK" // its time is far from this computer's
)

// Error says what could not be fetched, and why.
type Error struct {
	Code Code
	Kind Kind
	// URL is the address, and Subject the certificate's, where they are known.
	// Both come from a stranger.
	URL, Subject string
	// Detail says more, in English; it may be empty. It holds no text that the
	// other side sent.
	Detail string
	// Err is an underlying error, or nil.
	Err error
	// status is the HTTP status when Code is Status.
	status int
}

// Error is in English and says all there is.
func (e *Error) Error() string {
	s := fmt.Sprintf("fetch %s", e.Kind)
	if e.Subject != "" {
		s += fmt.Sprintf(" of %q", cut(e.Subject))
	}
	if e.URL != "" {
		s += fmt.Sprintf(" from %q", cut(e.URL))
	}
	s += ": " + e.Text().EN
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	if e.Err != nil {
		s += ": " + harmless(e.Err.Error())
	}
	return s
}

// harmless takes the controls out of a text: that of a TLS error repeats names
// from the other side's certificate.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, cut(s))
}

// cut bounds a stranger's text in a message.
func cut(s string) string {
	const most = 200
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// Unwrap is Err.
func (e *Error) Unwrap() error { return e.Err }

// Text is the cause for people, without address and detail, as the end of
// "could not fetch …: ".
func (e *Error) Text() i18n.Text {
	if t, ok := siteTexts[e.Code]; ok && (e.Kind == KindDownload || e.Kind == KindUpload) {
		return t
	}
	if t, ok := texts[e.Code]; ok {
		return t
	}
	return i18n.Text{VI: "lỗi không rõ", EN: "unknown problem"}
}

// Words say in both languages what could not be fetched and why, with the
// detail in English at the end. They follow "could not be fetched: ".
func (e *Error) Words() (vi, en string) {
	what, ok := subjects[e.Kind]
	if !ok {
		what = i18n.Text{VI: "bằng chứng về “%s”", EN: "evidence about “%s”"}
	}
	why, rest := e.Text(), ""
	if e.URL != "" {
		rest = " (" + harmless(e.URL) + ")"
	}
	detail := e.Detail
	if e.Err != nil {
		detail = harmless(e.Err.Error())
	}
	if detail != "" {
		detail = " [" + detail + "]"
	}
	subject := harmless(e.Subject)
	return fmt.Sprintf(what.VI, subject) + rest + ": " + why.VI + detail, fmt.Sprintf(what.EN, subject) + rest + ": " + why.EN + detail
}

var subjects = map[Kind]i18n.Text{
	KindIssuer: {VI: "chứng thư số của CA đã cấp cho “%s”", EN: "the certificate of the CA that issued “%s”"},
	KindOCSP:   {VI: "phản hồi OCSP về “%s”", EN: "the OCSP response about “%s”"},
	KindCRL:    {VI: "danh sách thu hồi (CRL) cho “%s”", EN: "the revocation list (CRL) for “%s”"},

	KindDownload:  {VI: "tài liệu trên “%s”", EN: "the document on “%s”"},
	KindUpload:    {VI: "nơi nhận tài liệu “%s”", EN: "what takes documents on “%s”"},
	KindTimestamp: {VI: "dấu thời gian của “%s”", EN: "the timestamp of “%s”"},
}

var texts = map[Code]i18n.Text{
	BadURL:      {VI: "địa chỉ ghi trong chứng thư số không dùng được", EN: "the address in the certificate cannot be used"},
	Forbidden:   {VI: "địa chỉ thuộc mạng nội bộ hoặc cổng không được phép; quản trị viên có thể cho phép bằng fetchAllowPrivate hoặc fetchPorts", EN: "the address is private or its port is not allowed; an administrator can allow it with fetchAllowPrivate or fetchPorts"},
	Redirect:    {VI: "máy chủ chuyển hướng đến nơi không được phép", EN: "the server redirects where it must not"},
	Unreachable: {VI: "không kết nối được; hãy kiểm tra mạng", EN: "no connection; check the network"},
	Timeout:     {VI: "máy chủ không trả lời kịp; hãy thử lại sau", EN: "no answer in time; try again later"},
	Canceled:    {VI: "đã dừng theo yêu cầu", EN: "stopped on request"},
	Status:      {VI: "máy chủ từ chối", EN: "the server refused"},
	TooLarge:    {VI: "dữ liệu trả về lớn bất thường nên bị bỏ qua", EN: "the answer is unusually large and was dropped"},
	NotAsked:    {VI: "dữ liệu trả về không phải thứ đã hỏi nên bị bỏ qua", EN: "the answer is not what was asked for and was dropped"},
	TooMany:     {VI: "tài liệu đòi hỏi quá nhiều lần tải", EN: "the document asks for too many downloads"},
	NoAddress:   {VI: "chứng thư số không ghi địa chỉ nào dùng được", EN: "the certificate names no address that can be used"},
	Refused:     {VI: "máy chủ cấp dấu thời gian (TSA) từ chối; hãy thử lại sau hoặc dùng TSA khác", EN: "the timestamp authority (TSA) refused; try again later or use another TSA"},
	BadToken:    {VI: "dấu thời gian trả về không hợp lệ nên bị bỏ; hãy dùng TSA khác và báo đơn vị vận hành TSA", EN: "the timestamp it gave is not valid and was dropped; use another TSA and tell whoever runs it"},
	WrongClock:  {VI: "giờ trong dấu thời gian lệch xa giờ của máy này; hãy kiểm tra ngày, giờ và múi giờ của máy", EN: "the time in the timestamp is far from this computer's; check the computer's date, time and time zone"},
	Unsupported: {VI: "không lập được yêu cầu cho chứng thư số này", EN: "no question can be made for this certificate"},
}

// siteTexts are the words of what is exchanged with a page's site, where they
// differ.
var siteTexts = map[Code]i18n.Text{
	BadURL:      {VI: "địa chỉ trang web đưa ra không dùng được", EN: "the address the page gave cannot be used"},
	Forbidden:   {VI: "địa chỉ không thuộc trang web đang ký; quản trị viên có thể cho phép máy chủ đó bằng vgca.hosts", EN: "the address is not on the page's own site; an administrator can allow that host with vgca.hosts"},
	TooLarge:    {VI: "dữ liệu lớn hơn mức cho phép", EN: "it is larger than allowed"},
	NotAsked:    {VI: "dữ liệu trả về ở dạng không dùng được", EN: "the answer has a form that cannot be used"},
	Unsupported: {VI: "trang web đưa ra thông tin không gửi được", EN: "the page gave what cannot be sent"},
}
