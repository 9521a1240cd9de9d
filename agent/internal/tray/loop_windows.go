package tray

import "golang.org/x/sys/windows"

func icon(c Condition) []byte { return icoIcon(c) }

// loopEnder, called on the thread that is about to run the message loop,
// returns a function which ends that loop also when no tray window exists to
// close (a session without a desktop).
func loopEnder() func() {
	const wmQuit = 0x0012
	thread := windows.GetCurrentThreadId()
	post := windows.NewLazySystemDLL("user32.dll").NewProc("PostThreadMessageW")
	return func() {
		post.Call(uintptr(thread), wmQuit, 0, 0)
	}
}
