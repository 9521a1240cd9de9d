package service

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kardianos/service"
)

// unitTemplate replaces the library's own, which is made for system services:
// that one is wanted by a target user managers do not have, starts again after
// "Quit", and reads a file of /etc. The arguments come quoted, the program
// first.
const unitTemplate = `[Unit]
Description={{Description}}
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart={{range Arguments}}{{.}} {{end}}
Restart=on-failure
RestartSec=5

[Install]
WantedBy=graphical-session.target
`

// systemdRunsSession tells whether the user's systemd has the graphical
// session as a target, as GNOME and KDE do and several light desktops do not.
func systemdRunsSession() bool {
	// The exit code is no answer: in a chroot systemctl does nothing and
	// succeeds.
	out, _ := exec.Command("systemctl", "--user", "is-active", "graphical-session.target").Output()
	return strings.TrimSpace(string(out)) == "active"
}

// unit is the library's view of our unit. The library chooses an init system
// by looking at the machine, once; here systemd is meant in any case.
func (s *Service) unit() (service.Service, error) {
	config := &service.Config{
		Name:        name,
		DisplayName: displayName,
		Description: description,
		Executable:  s.exe,
		Option:      service.KeyValue{"UserService": true, "SystemdScript": unitTemplate},
	}
	config.Arguments = append(config.Arguments, unitQuote(s.exe))
	for _, arg := range s.args {
		// "$" is a variable in every word but the first.
		config.Arguments = append(config.Arguments, unitQuote(strings.ReplaceAll(arg, "$", "$$")))
	}
	for _, system := range service.AvailableSystems() {
		if system.String() == "linux-systemd" {
			return system.New(program{}, config)
		}
	}
	return nil, errors.New("the service library knows no systemd")
}

// unitQuote writes a word of ExecStart (systemd.service(5), "Command lines"):
// quoted, without specifiers (%).
func unitQuote(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`).Replace(word) + `"`
}

// unitFile is where the library writes the unit.
func unitFile() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".config", "systemd", "user", name+".service"), err
}

func unitInstalled() bool {
	file, err := unitFile()
	if err != nil {
		return false
	}
	_, err = os.Stat(file)
	return err == nil
}

func (s *Service) installUnit() error {
	// The library refuses to replace a unit.
	if err := s.removeUnit(); err != nil {
		return err
	}
	unit, err := s.unit()
	if err != nil {
		return err
	}
	if err := unit.Install(); err != nil {
		s.removeUnit() // half an installation is none
		return err
	}
	return nil
}

func (s *Service) removeUnit() error {
	if !unitInstalled() {
		return nil
	}
	unit, err := s.unit()
	if err != nil {
		return err
	}
	// Disabling needs the user's systemd; without it the file, and the link
	// that wants it, are removed all the same.
	if unit.Uninstall() == nil {
		return nil
	}
	file, err := unitFile()
	if err != nil {
		return err
	}
	link := filepath.Join(filepath.Dir(file), "graphical-session.target.wants", filepath.Base(file))
	for _, path := range []string{file, link} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
