// Package service makes the agent start at every login of the current user,
// and starts and stops it. It never installs a system service: the agent needs
// the user's screen and token, which a service outside the session has not.
package service

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Status tells how things stand for the current user.
type Status int

const (
	NotInstalled Status = iota // does not start at login
	Stopped                    // starts at login, does not run now
	Running                    // starts at login and runs now
)

func (s Status) String() string {
	switch s {
	case Stopped:
		return "stopped"
	case Running:
		return "running"
	}
	return "not installed"
}

const (
	name        = "kyso"
	displayName = "Kyso"
	description = "Kyso – ký số trên trang văn phòng điện tử"
)

// Service is one program with its arguments, as it shall start at login. All
// methods may be repeated; their errors say in Vietnamese and in English what
// went wrong and what to do.
type Service struct {
	exe  string
	args []string
}

// New names the program, by its absolute path, and the arguments it is started
// with. It changes nothing yet.
func New(exe string, args []string) (*Service, error) {
	if !filepath.IsAbs(exe) {
		return nil, explain("cần đường dẫn đầy đủ của chương trình", "the program's full path is needed", errors.New(exe))
	}
	for _, part := range append([]string{exe}, args...) {
		// A line break would start a new setting in a unit or desktop file.
		if strings.ContainsFunc(part, unicode.IsControl) {
			return nil, explain("đường dẫn hoặc tham số có ký tự điều khiển; hãy chuyển chương trình sang thư mục khác",
				"the path or an argument has a control character; move the program to another folder", fmt.Errorf("%q", part))
		}
	}
	return &Service{exe: exe, args: slices.Clone(args)}, nil
}

// explain is an error for a person: Vietnamese, English, then the cause.
func explain(vietnamese, english string, cause error) error {
	return fmt.Errorf("%s / %s: %w", vietnamese, english, cause)
}

func installFailed(cause error) error {
	return explain("không đặt được chương trình chạy khi đăng nhập; hãy kiểm tra quyền ghi thư mục cá nhân",
		"cannot set the program to start at login; check that your home folder is writable", cause)
}

func uninstallFailed(cause error) error {
	return explain("không bỏ được việc chạy khi đăng nhập; hãy kiểm tra quyền ghi thư mục cá nhân",
		"cannot remove the start at login; check that your home folder is writable", cause)
}

func startFailed(cause error) error {
	return explain("không khởi động được chương trình; hãy cài lại", "cannot start the program; install it again", cause)
}

func stopFailed(cause error) error {
	return explain("không dừng được chương trình; hãy chọn “Thoát” ở biểu tượng cạnh đồng hồ",
		"cannot stop the program; choose “Quit” at its icon beside the clock", cause)
}
