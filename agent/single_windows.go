package main

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// onlyAgent makes sure that this is the only agent of this logon session. It
// holds until the process ends; taken is false when another has it.
func onlyAgent() (taken bool, err error) {
	name, err := windows.UTF16PtrFromString(`Local\KysoAgent`)
	if err != nil {
		return false, err
	}
	// The handle stays open, and with it the mutex, as long as the process.
	_, err = windows.CreateMutex(nil, false, name)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return false, nil
	}
	return err == nil, err
}

// loginProgram is what starts at login: the program without a console, where
// the installer put one beside this.
func loginProgram(self string) string {
	quiet := filepath.Join(filepath.Dir(self), "kyso-agent.exe")
	if _, err := os.Stat(quiet); err == nil {
		return quiet
	}
	return self
}
