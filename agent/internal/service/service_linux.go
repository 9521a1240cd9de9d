package service

import (
	"errors"
	"os/exec"
	"syscall"
)

// Install makes the program start at login: as a systemd user unit where
// systemd runs the graphical session, else as an XDG autostart entry. A unit
// tied to anything earlier would start before the session's display is known.
// What an earlier Install left is replaced. It does not start the program now.
func (s *Service) Install() error {
	if systemdRunsSession() {
		if err := s.installUnit(); err != nil {
			return installFailed(err)
		}
		if err := removeAutostart(); err != nil {
			return installFailed(err)
		}
		return nil
	}
	if err := s.removeUnit(); err != nil {
		return installFailed(err)
	}
	if err := s.writeAutostart(); err != nil {
		return installFailed(err)
	}
	return nil
}

// Uninstall stops the program and removes it from the login. Nothing
// installed is no error.
func (s *Service) Uninstall() error {
	stopErr := s.Stop()
	if err := errors.Join(s.removeUnit(), removeAutostart()); err != nil {
		return uninstallFailed(err)
	}
	return stopErr
}

// Start starts the program now, unless it runs.
func (s *Service) Start() error {
	if len(s.processes()) > 0 {
		return nil
	}
	if unitInstalled() {
		unit, err := s.unit()
		if err == nil {
			err = unit.Start()
		}
		if err != nil {
			return startFailed(err)
		}
		return nil
	}
	cmd := exec.Command(s.exe, s.args...)
	// A session of its own: it outlives the terminal it was started from.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return startFailed(err)
	}
	go cmd.Wait() // leaves no zombie while we still run
	return nil
}

// Stop asks the program to end and returns when it has. Not running is no
// error.
func (s *Service) Stop() error {
	if len(s.processes()) > 0 && unitInstalled() {
		if unit, err := s.unit(); err == nil {
			// Without this systemd would take the end for a failure. When it
			// does not manage the process, the signal below ends it.
			unit.Stop()
		}
	}
	if err := s.endProcesses(); err != nil {
		return stopFailed(err)
	}
	return nil
}

// Status tells whether the program is installed and runs.
func (s *Service) Status() (Status, error) {
	switch {
	case !unitInstalled() && !autostartInstalled():
		return NotInstalled, nil
	case len(s.processes()) > 0:
		return Running, nil
	}
	return Stopped, nil
}
