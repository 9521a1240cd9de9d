package service

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32       = windows.NewLazySystemDLL("user32.dll")
	postMessage  = user32.NewProc("PostMessageW")
	findWindowEx = user32.NewProc("FindWindowExW")
)

// trayClass is the window class of the tray icon. Of all roles of the program
// only the agent has such a window, and closing it is choosing "Quit".
const trayClass = "SystrayClass"

// trayWindows finds the tray windows of this program in this session; other
// programs made with the same library have windows of the same class.
func (s *Service) trayWindows() []windows.HWND {
	class, err := windows.UTF16PtrFromString(trayClass)
	if err != nil {
		return nil
	}
	var found []windows.HWND
	after := uintptr(0)
	const enough = 1000 // windows of one class; ends the walk when the list changes under it
	for range enough {
		after, _, _ = findWindowEx.Call(0, after, uintptr(unsafe.Pointer(class)), 0)
		if after == 0 {
			break
		}
		if strings.EqualFold(programOf(windows.HWND(after)), s.exe) {
			found = append(found, windows.HWND(after))
		}
	}
	return found
}

// programOf is the path of the program a window belongs to, or "".
func programOf(window windows.HWND) string {
	var pid uint32
	if _, err := windows.GetWindowThreadProcessId(window, &pid); err != nil {
		return ""
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(process)
	path := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(path))
	if err := windows.QueryFullProcessImageName(process, 0, &path[0], &size); err != nil {
		return ""
	}
	return windows.UTF16ToString(path[:size])
}
