package peer

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ourNames are the names of this program: kyso.exe is its form with a console,
// which browsers start, kyso-agent.exe the one without, which lies beside it.
var ourNames = []string{"kyso.exe", "kyso-agent.exe"}

// native asks the system for the process that opened the pipe.
func (o Options) native(c net.Conn) error {
	pipe, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return fmt.Errorf("%w: no pipe", ErrOtherProgram)
	}
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(windows.Handle(pipe.Fd()), &pid); err != nil {
		return fmt.Errorf("%w: %w", ErrOtherProgram, err)
	}
	return o.nativeProcess(pid)
}

// AgentProcess judges the process that made a pipe, for the one who opened it:
// anybody can make one of that name before the agent does.
func AgentProcess(c net.Conn) error {
	pipe, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return fmt.Errorf("%w: no pipe", ErrOtherProgram)
	}
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(windows.Handle(pipe.Fd()), &pid); err != nil {
		return fmt.Errorf("%w: %w", ErrOtherProgram, err)
	}
	return Options{Browsers: Off}.nativeProcess(pid)
}

func (o Options) nativeProcess(pid uint32) error {
	var theirs, ours uint32
	if windows.ProcessIdToSessionId(pid, &theirs) != nil || windows.ProcessIdToSessionId(uint32(os.Getpid()), &ours) != nil || theirs != ours {
		return fmt.Errorf("%w: session %d", ErrOtherSession, theirs)
	}
	// The handle keeps the process's number from becoming another's.
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return fmt.Errorf("%w: open process %d: %w", ErrOtherUser, pid, err)
	}
	defer windows.CloseHandle(h)
	if err := sameSID(h); err != nil {
		return err
	}
	exe, err := program(h)
	if err != nil {
		return fmt.Errorf("%w: name of process %d: %w", ErrOtherProgram, pid, err)
	}
	own, err := program(windows.CurrentProcess())
	if err != nil {
		return fmt.Errorf("%w: name of this process: %w", ErrOtherProgram, err)
	}
	if !strings.EqualFold(exe, own) && !(strings.EqualFold(filepath.Dir(exe), filepath.Dir(own)) && isOurs(exe) && isOurs(own)) {
		return fmt.Errorf("%w: process %d: %q", ErrOtherProgram, pid, exe)
	}
	if o.Browsers == Off {
		return nil
	}
	return o.startedByBrowser(h)
}

func isOurs(exe string) bool { return slices.Contains(ourNames, strings.ToLower(filepath.Base(exe))) }

// startedByBrowser tells whether a browser started the process, by itself or, as
// Chromium did until 2023 and still may, through the system's cmd.exe.
func (o Options) startedByBrowser(h windows.Handle) error {
	for range 2 {
		above, err := parentOf(h)
		if err != nil {
			return fmt.Errorf("%w: what started it: %w", ErrNotBrowser, err)
		}
		defer windows.CloseHandle(above)
		if err := sameSID(above); err != nil {
			return fmt.Errorf("%w: %w", ErrNotBrowser, err)
		}
		exe, err := program(above)
		if err != nil {
			return fmt.Errorf("%w: name of what started it: %w", errUnknown, err)
		}
		if o.browser(exe) {
			return nil
		}
		system, err := windows.GetSystemDirectory()
		if err != nil || !strings.EqualFold(exe, filepath.Join(system, "cmd.exe")) {
			return fmt.Errorf("%w: started by %q", ErrNotBrowser, exe)
		}
		h = above
	}
	return fmt.Errorf("%w: started by a shell of a shell", ErrNotBrowser)
}

// parentOf opens the process that started another. A number can have become
// another's: the parent must be the older one.
func parentOf(h windows.Handle) (windows.Handle, error) {
	var info windows.PROCESS_BASIC_INFORMATION
	if err := windows.NtQueryInformationProcess(h, windows.ProcessBasicInformation, unsafe.Pointer(&info), uint32(unsafe.Sizeof(info)), nil); err != nil {
		return 0, err
	}
	above, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(info.InheritedFromUniqueProcessId))
	if err != nil {
		return 0, err
	}
	child, err1 := startOf(h)
	parent, err2 := startOf(above)
	if err := errors.Join(err1, err2); err != nil || parent > child {
		windows.CloseHandle(above)
		return 0, errors.Join(err, errors.New("it has ended"))
	}
	return above, nil
}

// startOf is when a process began, in 100 nanoseconds.
func startOf(h windows.Handle) (int64, error) {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(h, &created, &exited, &kernel, &user); err != nil {
		return 0, err
	}
	return created.Nanoseconds(), nil
}
