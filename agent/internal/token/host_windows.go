package token

import (
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// hardenProcess prepares the child for a foreign library and returns where the
// answers go. Some vendor libraries print to standard output, which would break
// the frames: the answers move to a private handle and standard output and error
// become NUL. The library's own folder is searched for the DLLs it needs, the
// current one not.
func hardenProcess(modulePath string, out io.Writer) (io.Writer, error) {
	if err := windows.SetDllDirectory(filepath.Dir(modulePath)); err != nil {
		return nil, err
	}
	// No crash dialog: the parent reports the crash.
	windows.SetErrorMode(windows.SEM_FAILCRITICALERRORS | windows.SEM_NOGPFAULTERRORBOX)
	if out != io.Writer(os.Stdout) {
		return out, nil
	}
	self := windows.CurrentProcess()
	var private windows.Handle
	if err := windows.DuplicateHandle(self, windows.Handle(os.Stdout.Fd()), self, &private, 0, false, windows.DUPLICATE_SAME_ACCESS); err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // stays open for the process's life
	if err != nil {
		return nil, err
	}
	for _, std := range []uint32{windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		if err := windows.SetStdHandle(std, windows.Handle(null.Fd())); err != nil {
			return nil, err
		}
	}
	// C runtimes loaded from now on take the handles just set. The system's two
	// may be loaded already and keep descriptors of their own.
	muteRuntime("msvcrt.dll")
	muteRuntime("ucrtbase.dll")
	return os.NewFile(uintptr(private), "answers"), nil
}

// muteRuntime points descriptors 1 and 2 of a C runtime to NUL. It is best
// effort: where it does not work, a library that prints is reported as garbage.
func muteRuntime(name string) {
	dll := windows.NewLazySystemDLL(name)
	open, dup2 := dll.NewProc("_open"), dll.NewProc("_dup2")
	if open.Find() != nil || dup2.Find() != nil {
		return
	}
	const writeOnly = 1 // _O_WRONLY
	path := []byte("NUL\x00")
	fd, _, _ := open.Call(uintptr(unsafe.Pointer(&path[0])), writeOnly)
	if int32(fd) < 0 {
		return
	}
	dup2.Call(fd, 1)
	dup2.Call(fd, 2)
}

// lockMemory asks the system not to page b out. It is best effort.
func lockMemory(b []byte) {
	if len(b) > 0 {
		_ = windows.VirtualLock(uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	}
}

func unlockMemory(b []byte) {
	if len(b) > 0 {
		_ = windows.VirtualUnlock(uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	}
}
