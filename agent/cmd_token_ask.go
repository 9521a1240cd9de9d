package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"kyso/agent/internal/i18n"
)

// terminal is where the person types, nil if nowhere.
func (e *env) terminal() *os.File {
	f, ok := e.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

var errNobodyTypes = usageError{personError{"Không có cửa sổ dòng lệnh để nhập PIN. Chạy trong cửa sổ dòng lệnh, hoặc dùng --pin-stdin.",
	"There is no terminal to type the PIN on. Run this in a terminal, or use --pin-stdin."}}

var errStopped = personError{"Đã dừng theo yêu cầu. Thiết bị không bị thay đổi.", "Stopped as asked. The token was not changed."}

// typeLine asks for a line on the terminal.
func (e *env) typeLine(prompt i18n.Text) (string, error) {
	line, err := e.typed(prompt, func(tty *os.File) ([]byte, error) {
		line, ok := readSecret(tty)
		if !ok {
			return nil, errNobodyTypes
		}
		return line, nil
	})
	return string(line), err
}

// typeSecret asks for a PIN, which the terminal does not show. What was typed
// before the prompt stood there is no PIN.
func (e *env) typeSecret(prompt i18n.Text) ([]byte, error) {
	return e.typed(prompt, func(tty *os.File) ([]byte, error) {
		defer fmt.Fprintln(e.err)
		return term.ReadPassword(int(tty.Fd()))
	})
}

func (e *env) typed(prompt i18n.Text, read func(*os.File) ([]byte, error)) ([]byte, error) {
	tty := e.terminal()
	if tty == nil {
		return nil, errNobodyTypes
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, errNobodyTypes
	}
	discardTyped(int(tty.Fd()))
	fmt.Fprint(e.err, prompt.In(e.language))
	type answer struct {
		line []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		line, err := read(tty)
		done <- answer{line, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return nil, errNobodyTypes
		}
		return a.line, nil
	case <-e.ctx.Done():
		// The read ends with the process; the terminal must show again what is typed.
		term.Restore(int(tty.Fd()), before)
		fmt.Fprintln(e.err)
		return nil, errStopped
	}
}

// secret reads one PIN, from standard input or typed.
func (e *env) secret(stdin bool, prompt i18n.Text) ([]byte, error) {
	if stdin {
		return readPIN(e.in)
	}
	pin, err := e.typeSecret(prompt)
	if err == nil && len(pin) == 0 {
		return nil, errNothingTyped
	}
	return pin, err
}

var errNothingTyped = personError{"Chưa nhập gì. Thiết bị không bị thay đổi, không mất lần thử nào.", "Nothing was typed. The token was not changed, and no try was used."}

var errRepeat = personError{"Hai lần nhập PIN mới không giống nhau. Thiết bị không bị thay đổi, không mất lần thử nào.",
	"The two new PINs are not the same. The token was not changed, and no try was used."}

// newSecret reads a new PIN: typed twice, as nobody sees it.
func (e *env) newSecret(stdin bool) ([]byte, error) {
	pin, err := e.secret(stdin, i18n.Text{VI: "PIN mới: ", EN: "New PIN: "})
	if err != nil || stdin {
		return pin, err
	}
	again, err := e.secret(stdin, i18n.Text{VI: "Nhập lại PIN mới: ", EN: "New PIN again: "})
	defer clear(again)
	if err == nil && !bytes.Equal(pin, again) {
		err = errRepeat
	}
	if err != nil {
		clear(pin)
		return nil, err
	}
	return pin, nil
}

// sure asks for a yes. Where nobody can be asked the answer is no.
func (e *env) sure(question i18n.Text) (bool, error) {
	yes := i18n.Text{VI: "co", EN: "yes"}.In(e.language)
	fmt.Fprintln(e.err, question.In(e.language))
	line, err := e.typeLine(i18n.Text{VI: "Gõ “co” rồi Enter để đồng ý: ", EN: "Type “yes” and Enter to agree: "})
	line = strings.ToLower(strings.TrimSpace(line))
	return line == yes || line == "có", err
}
