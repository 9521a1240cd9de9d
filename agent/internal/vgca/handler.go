package vgca

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"kyso/agent/internal/i18n"
)

// handlerAnswer is what a site's upload handler says.
type handlerAnswer struct {
	Status                       text // a boolean, also as 0 and 1
	Message                      text
	FileName                     text
	FileServer                   json.RawMessage // any JSON
	DocumentNumber, DocumentDate text
}

// A handlerError: the site did not take the document.
type handlerError struct{ message string } // the site's own words, or none

func (e *handlerError) Error() string { return "the site did not take the signed document" }

func (e *handlerError) text() i18n.Text {
	t := i18n.Text{VI: "Đã ký nhưng trang web không nhận tài liệu đã ký", EN: "It was signed, but the website did not take the signed document"}
	if e.message == "" {
		return i18n.Text{VI: t.VI + ".", EN: t.EN + "."}
	}
	return i18n.Text{VI: t.VI + ": “" + e.message + "”.", EN: t.EN + ": “" + e.message + "”."}
}

// readHandler reads an answer. Whatever does not say that it went well is an
// error.
func readHandler(b []byte) (handlerAnswer, error) {
	var a handlerAnswer
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	if len(b) == 0 || b[0] != '{' || json.Unmarshal(b, &a) != nil {
		return handlerAnswer{}, &handlerError{}
	}
	if !a.Status.is() {
		return handlerAnswer{}, &handlerError{shown(string(a.Message))}
	}
	return a, nil
}

// maxHandlerMessage bounds what of a site's words is repeated to its page.
const maxHandlerMessage = 300

// shown makes one line of a text.
func shown(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if hidden(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)), " ")
	if utf8.RuneCountInString(s) > maxHandlerMessage {
		s = string([]rune(s)[:maxHandlerMessage]) + "…"
	}
	return s
}

// partly says how much of a batch was signed.
func partly(signed, of int) i18n.Text {
	return i18n.Text{VI: fmt.Sprintf("Đã ký và gửi %d trên %d tài liệu. Xem lý do ở từng tài liệu còn lại.", signed, of),
		EN: fmt.Sprintf("%d of %d documents were signed and sent. See the reason at each of the others.", signed, of)}
}
