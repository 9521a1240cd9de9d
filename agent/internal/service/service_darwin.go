package service

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/kardianos/service"
)

// label names the LaunchAgent; launchd wants it in reverse-domain form.
const label = "vn.kyso.agent"

func (s *Service) agent() (service.Service, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	return service.New(program{}, &service.Config{
		Name:        label,
		DisplayName: displayName,
		Description: description,
		Executable:  s.exe,
		Arguments:   s.args,
		Option: service.KeyValue{
			"UserService":  true,
			"RunAtLoad":    true,
			"KeepAlive":    false, // "Quit" means quit
			"LogDirectory": filepath.Join(home, "Library", "Logs"),
		},
	})
}

func plist() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", label+".plist"), err
}

func installed() bool {
	file, err := plist()
	if err != nil {
		return false
	}
	_, err = os.Stat(file)
	return err == nil
}

// Install makes the program start at login, as a LaunchAgent. What an earlier
// Install left is replaced. It does not start the program now.
func (s *Service) Install() error {
	if err := s.remove(); err != nil {
		return installFailed(err)
	}
	agent, err := s.agent()
	if err == nil {
		err = agent.Install()
	}
	if err != nil {
		return installFailed(err)
	}
	return nil
}

// Uninstall stops the program and removes it from the login. Nothing
// installed is no error.
func (s *Service) Uninstall() error {
	if err := s.remove(); err != nil {
		return uninstallFailed(err)
	}
	return nil
}

func (s *Service) remove() error {
	if !installed() {
		return nil
	}
	agent, err := s.agent()
	if err != nil {
		return err
	}
	return agent.Uninstall() // stops it first
}

// Start starts the program now, unless it runs.
func (s *Service) Start() error {
	if status, err := s.Status(); err == nil && status == Running {
		return nil
	}
	agent, err := s.agent()
	if err == nil {
		err = agent.Start()
	}
	if err != nil {
		return startFailed(err)
	}
	return nil
}

// Stop ends the program. Not running is no error.
func (s *Service) Stop() error {
	if status, err := s.Status(); err == nil && status != Running {
		return nil
	}
	agent, err := s.agent()
	if err == nil {
		err = agent.Stop()
	}
	if err != nil {
		return stopFailed(err)
	}
	return nil
}

// Status tells whether the program is installed and runs.
func (s *Service) Status() (Status, error) {
	agent, err := s.agent()
	if err != nil {
		return NotInstalled, explain("không xem được trạng thái chương trình", "cannot tell the program's state", err)
	}
	switch status, err := agent.Status(); {
	case status == service.StatusRunning:
		return Running, nil
	case status == service.StatusStopped:
		return Stopped, nil
	case errors.Is(err, service.ErrNotInstalled):
		return NotInstalled, nil
	default:
		return NotInstalled, explain("không xem được trạng thái chương trình", "cannot tell the program's state", err)
	}
}
