package consent

import (
	"time"
	"unsafe"

	"github.com/lxn/win"
	"golang.org/x/sys/windows"
)

// Constants and structures of low-level hooks, as winuser.h has them.
const (
	whKeyboard, whMouse                   = 13, 14
	keyInjected, keyLowerInjected         = 0x10, 0x02
	mouseInjected, mouseLower             = 0x01, 0x02
	hookAction                            = 0
	swallow                       uintptr = 1
)

// realPressTime is how long after a person's press its effect may come.
const realPressTime = time.Second

type keyHook struct {
	key, scan, flags, time uint32
	extra                  uintptr
}

type mouseHook struct {
	point             win.POINT
	data, flags, time uint32
	extra             uintptr
}

var (
	user32         = windows.NewLazySystemDLL("user32.dll")
	setHook        = user32.NewProc("SetWindowsHookExW")
	nextHook       = user32.NewProc("CallNextHookEx")
	removeHook     = user32.NewProc("UnhookWindowsHookEx")
	answeringTyped = map[uint32]bool{win.VK_RETURN: true, win.VK_SPACE: true}
)

// inputHooks see keys and buttons before any program does. Those that a program
// made do not reach our window, except Escape: a no is always believed.
type inputHooks struct {
	window   func() win.HWND
	told     func() // an injected press was thrown away
	handles  []uintptr
	realTime time.Time // of the last real press that may answer
}

// install begins to look; without it (some systems forbid it) nothing can be
// told, and working is false. It must be called on the window's thread.
func (h *inputHooks) install() (working bool) {
	keyboard := windows.NewCallback(func(code int32, message, info uintptr) uintptr {
		if code == hookAction && h.key(message, (*keyHook)(*(*unsafe.Pointer)(unsafe.Pointer(&info)))) {
			return swallow
		}
		next, _, _ := nextHook.Call(0, uintptr(code), message, info)
		return next
	})
	mouse := windows.NewCallback(func(code int32, message, info uintptr) uintptr {
		if code == hookAction && h.button(message, (*mouseHook)(*(*unsafe.Pointer)(unsafe.Pointer(&info)))) {
			return swallow
		}
		next, _, _ := nextHook.Call(0, uintptr(code), message, info)
		return next
	})
	for _, hook := range []struct{ kind, callback uintptr }{{whKeyboard, keyboard}, {whMouse, mouse}} {
		handle, _, _ := setHook.Call(hook.kind, hook.callback, uintptr(win.GetModuleHandle(nil)), 0)
		if handle == 0 {
			h.remove()
			return false
		}
		h.handles = append(h.handles, handle)
	}
	return true
}

func (h *inputHooks) remove() {
	for _, handle := range h.handles {
		removeHook.Call(handle)
	}
	h.handles = nil
}

// key tells whether a key must be thrown away.
func (h *inputHooks) key(message uintptr, k *keyHook) bool {
	ours := h.window()
	if ours == 0 || win.GetForegroundWindow() != ours {
		return false
	}
	down := message == win.WM_KEYDOWN || message == win.WM_SYSKEYDOWN
	if k.flags&(keyInjected|keyLowerInjected) != 0 {
		if k.key == win.VK_ESCAPE {
			return false
		}
		if down {
			h.told()
		}
		return true
	}
	if down && (answeringTyped[k.key] || message == win.WM_SYSKEYDOWN) {
		h.realTime = time.Now()
	}
	return false
}

// button tells whether a button must be thrown away.
func (h *inputHooks) button(message uintptr, m *mouseHook) bool {
	if message == win.WM_MOUSEMOVE || message == win.WM_MOUSEWHEEL {
		return false
	}
	ours := h.window()
	if ours == 0 || win.GetAncestor(win.WindowFromPoint(m.point), win.GA_ROOT) != ours {
		return false
	}
	if m.flags&(mouseInjected|mouseLower) != 0 {
		h.told()
		return true
	}
	h.realTime = time.Now()
	return false
}

// pressed tells whether a person has pressed something just now.
func (h *inputHooks) pressed() bool {
	return time.Since(h.realTime) < realPressTime
}
