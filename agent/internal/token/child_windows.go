package token

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// childAttributes keeps Windows from opening a console window for the child.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
