package service

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// autostartFile is the entry's place by the Desktop Application Autostart
// Specification.
func autostartFile() (string, error) {
	config, err := os.UserConfigDir() // XDG_CONFIG_HOME or ~/.config
	return filepath.Join(config, "autostart", name+".desktop"), err
}

func autostartInstalled() bool {
	file, err := autostartFile()
	if err != nil {
		return false
	}
	_, err = os.Stat(file)
	return err == nil
}

func (s *Service) writeAutostart() error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if strings.Contains(s.exe, "%") {
		// GLib, which most desktops read these files with, looks for the
		// program before it undoes "%%" (seen: 2.74).
		return errors.New("the program's path has a percent sign, which desktops do not understand: " + s.exe)
	}
	words := []string{}
	for _, part := range append([]string{s.exe}, s.args...) {
		words = append(words, desktopQuote(part))
	}
	entry := strings.Join([]string{
		"[Desktop Entry]",
		"Type=Application",
		"Name=" + displayName,
		"Comment=Digital signatures for e-office sites",
		"Comment[vi]=" + description,
		"Exec=" + strings.Join(words, " "),
		"Terminal=false",
		"NoDisplay=true",
		"",
	}, "\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	// Never half a file, not even on a full disk.
	whole := file + ".new"
	if err := os.WriteFile(whole, []byte(entry), 0o644); err != nil {
		os.Remove(whole)
		return err
	}
	return os.Rename(whole, file)
}

func removeAutostart() error {
	file, err := autostartFile()
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// desktopQuote writes a word of Exec (Desktop Entry Specification, "The Exec
// key"): quoted, then without field codes (%), then with the backslashes
// doubled as in every string of such a file.
func desktopQuote(word string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(word) + `"`
	return strings.ReplaceAll(quoted, `\`, `\\`)
}
