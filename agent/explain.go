package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"kyso/agent/internal/demo"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
)

// personError is an error with its own words for people.
type personError struct{ vi, en string }

func (e personError) Error() string { return e.en }

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
		return e.explainFile(err)
	}
	entry := i18n.Lookup(code)
	return fmt.Sprintf("%s %s [%s: %s]", entry.Message.In(e.language), entry.Remedy.In(e.language), code, e.detail(err))
}

// detail is what err says of this very case, in the person's language where it
// knows it.
func (e *env) detail(err error) string {
	var worded interface{ Words() (vi, en string) }
	if !errors.As(err, &worded) {
		return visible(err.Error())
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
	why := i18n.Text{VI: "Không dùng được " + name + ". Kiểm tra tên, quyền và ổ đĩa, rồi thử lại.",
		EN: name + " cannot be used. Check its name, its permissions and the disk, and try again."}
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
	}
	return why.In(e.language) + " [" + visible(err.Error()) + "]"
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
