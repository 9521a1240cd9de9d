package main

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"kyso/agent/internal/i18n"
	"kyso/signature/verify"
)

var errNoPassword = personError{"Không đọc được mật khẩu từ đầu vào chuẩn.", "No password could be read from standard input."}

// msgWrongPassword stands in for the engine's word that a password is needed.
var msgWrongPassword = verify.Message{Code: "ENCRYPTED",
	VI: "Mật khẩu đã nhập không mở được tài liệu này nên chưa kiểm tra được chữ ký.",
	EN: "The password given does not open this document, so its signatures were not checked."}

// readPassword reads the documents' password from one line of standard input.
// A terminal is asked for it, and does not show what is typed.
func (e *env) readPassword() ([]byte, error) {
	return e.readHidden(i18n.Text{VI: "Mật khẩu mở tài liệu: ", EN: "Password of the documents: "})
}

// readHidden is readPassword with the words a terminal shows.
func (e *env) readHidden(prompt i18n.Text) ([]byte, error) {
	tty, isFile := e.in.(*os.File)
	if !isFile || !term.IsTerminal(int(tty.Fd())) {
		password, ok := readSecret(e.in)
		if !ok {
			return nil, errNoPassword
		}
		return password, nil
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, errNoPassword
	}
	fmt.Fprint(e.err, prompt.In(e.language))
	defer fmt.Fprintln(e.err)
	type line struct {
		password []byte
		err      error
	}
	typed := make(chan line, 1)
	go func() {
		password, err := term.ReadPassword(int(tty.Fd()))
		typed <- line{password, err}
	}()
	select {
	case l := <-typed:
		if l.err != nil {
			return nil, errNoPassword
		}
		return l.password, nil
	case <-e.ctx.Done():
		// The read ends with the process; the terminal must show again what is typed.
		term.Restore(int(tty.Fd()), before)
		return nil, personError{"Đã dừng theo yêu cầu.", "Stopped as asked."}
	}
}
