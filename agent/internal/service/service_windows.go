package service

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// runKey lists what Windows starts when this user logs in. A Windows service
// would run in session 0, without a screen and mostly without the token.
const runKey = `Software\Microsoft\Windows\CurrentVersion\Run`

// How long the program may take to end after it was asked.
const endPatience = 10 * time.Second

// Install makes the program start at login. What an earlier Install left is
// replaced. It does not start the program now.
func (s *Service) Install() error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return installFailed(err)
	}
	defer key.Close()
	line := windows.ComposeCommandLine(append([]string{s.exe}, s.args...))
	if err := key.SetStringValue(displayName, line); err != nil {
		return installFailed(err)
	}
	return nil
}

// Uninstall stops the program and removes it from the login. Nothing
// installed is no error.
func (s *Service) Uninstall() error {
	stopErr := s.Stop()
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return stopErr
	}
	if err != nil {
		return uninstallFailed(err)
	}
	defer key.Close()
	if err := key.DeleteValue(displayName); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return uninstallFailed(err)
	}
	return stopErr
}

// Start starts the program now, unless it runs.
func (s *Service) Start() error {
	if len(s.trayWindows()) > 0 {
		return nil
	}
	cmd := exec.Command(s.exe, s.args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
	if err := cmd.Start(); err != nil {
		return startFailed(err)
	}
	if err := cmd.Process.Release(); err != nil {
		return startFailed(err)
	}
	return nil
}

// Stop asks the program to end, as "Quit" does, and returns when it has. Not
// running is no error.
func (s *Service) Stop() error {
	const wmClose = 0x0010
	for _, window := range s.trayWindows() {
		if ok, _, err := postMessage.Call(uintptr(window), wmClose, 0, 0); ok == 0 {
			return stopFailed(err)
		}
	}
	for end := time.Now().Add(endPatience); len(s.trayWindows()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return stopFailed(fmt.Errorf("it still runs after %v", endPatience))
		}
	}
	return nil
}

// Status tells whether the program is installed and runs.
func (s *Service) Status() (Status, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err == nil {
		defer key.Close()
		_, _, err = key.GetStringValue(displayName)
	}
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return NotInstalled, nil
	case err != nil:
		return NotInstalled, explain("không xem được trạng thái chương trình", "cannot tell the program's state", err)
	case len(s.trayWindows()) > 0:
		return Running, nil
	}
	return Stopped, nil
}
