package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

// personError is an error with its own words for people.
type personError struct{ vi, en string }

func (e personError) Error() string { return e.en }

// usageError is a command line that cannot be meant; the exit code is exitUsage.
type usageError struct{ personError }

func (e usageError) Unwrap() error { return e.personError }

// explain gives the one line a person reads: cause and remedy, and the detail
// where there is one.
func (e *env) explain(err error) string {
	var own personError
	if errors.As(err, &own) {
		// It may quote a stranger: a template, the name of a file.
		return visible(i18n.Text{VI: own.vi, EN: own.en}.In(e.language))
	}
	var fault *inputFault
	if errors.As(err, &fault) {
		return visible(fault.name) + ": " + e.explain(fault.err)
	}
	code := signing.Code(err)
	var refused *demo.AgentError
	if errors.As(err, &refused) {
		code = refused.Code
	}
	if code == i18n.Internal {
		var worded interface{ Words() (vi, en string) }
		if errors.As(err, &worded) {
			vi, en := worded.Words()
			return visible(i18n.Text{VI: vi, EN: en}.In(e.language))
		}
		return e.explainFile(err)
	}
	entry := i18n.Lookup(code)
	said := entry.Message.In(e.language) + " " + entry.Remedy.In(e.language)
	if detail := e.detail(code, err); detail != "" {
		return fmt.Sprintf("%s [%s: %s]", said, code, detail)
	}
	return fmt.Sprintf("%s [%s]", said, code)
}

// plain are the codes whose words in the table say all that err knows.
var plain = []string{i18n.NotAPDF, i18n.EncryptedPDF, i18n.LockedPDF, i18n.NotFirst, i18n.FieldSigned, i18n.DynamicForm, i18n.NotTried, i18n.NotSigned,
	i18n.CertificateExpired, i18n.NoToken, i18n.PINIncorrect, i18n.PINFinalTry, i18n.PINLocked,
	i18n.Refused, i18n.Cancelled, i18n.Timeout, i18n.NobodyToAsk}

// detail is what err says of this very case beyond its code, in the person's
// language where it knows it.
func (e *env) detail(code string, err error) string {
	var worded interface{ Words() (vi, en string) }
	if !errors.As(err, &worded) {
		if slices.Contains(plain, code) {
			return ""
		}
		said := strings.TrimPrefix(err.Error(), signing.ErrDamaged.Error()+": ")
		return visible(strings.ReplaceAll(said, "\n", "; ")) // errors.Join puts each on a line
	}
	vi, en := worded.Words()
	return visible(i18n.Text{VI: vi, EN: en}.In(e.language))
}

// explainFile has words for what happens to files every day; for anything else
// the error's own must do.
func (e *env) explainFile(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	name := ""
	switch {
	case errors.As(err, &path):
		name = visible(path.Path)
	case errors.As(err, &link):
		name = visible(link.New)
	default:
		return visible(err.Error())
	}
	if tempName.MatchString(filepath.Base(name)) {
		name = filepath.Dir(name) // nobody chose that name
	}
	var why i18n.Text
	switch {
	case diskFull(err):
		why = i18n.Text{VI: "Không còn chỗ trên ổ đĩa cho " + name + ". Giải phóng chỗ trống, hoặc chọn ổ đĩa khác, rồi thử lại.",
			EN: "There is no room left on the disk for " + name + ". Make room, or choose another disk, and try again."}
	case errors.Is(err, errNotRegular):
		why = i18n.Text{VI: name + " không phải là tệp thông thường. Hãy chọn một tệp.", EN: name + " is no regular file. Choose a file."}
	case errors.Is(err, fs.ErrNotExist):
		why = i18n.Text{VI: "Không có " + name + ". Kiểm tra lại tên và đường dẫn.", EN: "There is no " + name + ". Check the name and the path."}
	case errors.Is(err, fs.ErrPermission):
		why = i18n.Text{VI: "Không có quyền dùng " + name + ". Kiểm tra quyền của tệp và thư mục chứa nó.",
			EN: "Using " + name + " is not permitted. Check the permissions of the file and its folder."}
	default:
		why = i18n.Text{VI: "Không dùng được " + name + ". Kiểm tra tên, quyền và ổ đĩa, rồi thử lại.",
			EN: name + " cannot be used. Check its name, its permissions and the disk, and try again."}
		return why.In(e.language) + " [" + visible(err.Error()) + "]"
	}
	return why.In(e.language)
}

// tell writes one line to standard error, in the one form that all of them have:
// the program, the file it is about if there are several, and the words.
func (e *env) tell(about string, said i18n.Text) {
	if about != "" {
		about = visible(about) + ": "
	}
	fmt.Fprintf(e.err, "kyso: %s%s\n", about, visible(said.In(e.language)))
}

// tellNote tells what is unusual of a result, with its code.
func (e *env) tellNote(about string, m verify.Message) {
	e.tell(about, i18n.Text{VI: "Lưu ý: " + m.VI + " [" + m.Code + "]", EN: "Note: " + m.EN + " [" + m.Code + "]"})
}

// visible makes a stranger's text safe for a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
