package hostmanifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// relativePath: a manifest may name a program in its own folder, as that of the
// .msi does.
const relativePath = true

// The registry keys whose default value is a manifest's path. Chromium's kin,
// Edge apart, look in Chrome's.
const (
	chromeKey  = `Software\Google\Chrome\NativeMessagingHosts\` + Name
	firefoxKey = `Software\Mozilla\NativeMessagingHosts\` + Name
)

var browsers = []Browser{
	{ID: "chrome", Name: "Google Chrome", user: []string{chromeKey}, machine: []string{chromeKey},
		programs: anywhere(`Google\Chrome\Application\chrome.exe`)},
	{ID: "edge", Name: "Microsoft Edge", user: []string{`Software\Microsoft\Edge\NativeMessagingHosts\` + Name}, machine: []string{`Software\Microsoft\Edge\NativeMessagingHosts\` + Name},
		programs: anywhere(`Microsoft\Edge\Application\msedge.exe`)},
	{ID: "coccoc", Name: "Cốc Cốc", user: []string{chromeKey}, machine: []string{chromeKey},
		programs: anywhere(`CocCoc\Browser\Application\browser.exe`)},
	{ID: "brave", Name: "Brave", user: []string{chromeKey}, machine: []string{chromeKey},
		programs: anywhere(`BraveSoftware\Brave-Browser\Application\brave.exe`)},
	{ID: "vivaldi", Name: "Vivaldi", user: []string{chromeKey}, machine: []string{chromeKey}, programs: anywhere(`Vivaldi\Application\vivaldi.exe`)},
	{ID: "opera", Name: "Opera", user: []string{chromeKey}, machine: []string{chromeKey}, programs: anywhere(`Opera\opera.exe`, `Programs\Opera\opera.exe`)},
	{ID: "chromium", Name: "Chromium", user: []string{`Software\Chromium\NativeMessagingHosts\` + Name}, machine: []string{`Software\Chromium\NativeMessagingHosts\` + Name},
		programs: anywhere(`Chromium\Application\chrome.exe`)},
	{ID: "firefox", Name: "Firefox", Firefox: true, user: []string{firefoxKey}, machine: []string{firefoxKey}, programs: anywhere(`Mozilla Firefox\firefox.exe`)},
}

// anywhere is a path in the folders of programs, and in the person's own.
func anywhere(paths ...string) (list []string) {
	for _, p := range paths {
		list = append(list, `{programs}\`+p, `{programs32}\`+p, `{local}\`+p)
	}
	return list
}

// Here is this machine, for this person.
func Here() System {
	s := System{}
	if dir, err := os.UserCacheDir(); err == nil { // %LocalAppData%
		s.Home, s.Local = dir, filepath.Join(dir, "kyso")
	}
	return s
}

func (s System) path(template string) string {
	for name, id := range map[string]*windows.KNOWNFOLDERID{
		`{programs}`: windows.FOLDERID_ProgramFiles, `{programs32}`: windows.FOLDERID_ProgramFilesX86, `{local}`: windows.FOLDERID_LocalAppData,
	} {
		if rest, ok := strings.CutPrefix(template, name); ok {
			dir, err := windows.KnownFolderPath(id, windows.KF_FLAG_DEFAULT)
			if err != nil || dir == "" {
				return ""
			}
			return dir + rest
		}
	}
	return s.Root + template
}

func (s System) place(template string) string { return template }

func root(scope Scope) registry.Key {
	if scope == Machine {
		return registry.LOCAL_MACHINE
	}
	return registry.CURRENT_USER
}

func (s System) read(scope Scope, where string) (data []byte, folder string, err error) {
	k, err := registry.OpenKey(root(scope), where, registry.QUERY_VALUE)
	if err != nil {
		return nil, "", err // fs.ErrNotExist where there is none
	}
	defer k.Close()
	file, _, err := k.GetStringValue("")
	if err != nil {
		return nil, "", err
	}
	data, err = readBounded(file)
	return data, filepath.Dir(file), err
}

// write puts the manifest beside the program for everybody, and into this
// person's own folder for him, and names it in the registry.
func (s System) write(scope Scope, where string, firefox bool, data []byte) error {
	dir := s.Local
	if scope == Machine {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		dir = filepath.Dir(exe)
	}
	if dir == "" {
		return errors.New("this person has no folder for manifests")
	}
	file := filepath.Join(dir, fileNameOf(firefox))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of manifests: %w", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	k, _, err := registry.CreateKey(root(scope), where, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("register the manifest: %w", err)
	}
	defer k.Close()
	return k.SetStringValue("", file)
}

// fileNameOf is a manifest's: both families' lie in one folder. The .msi has the
// same names.
func fileNameOf(firefox bool) string {
	if firefox {
		return Name + ".firefox.json"
	}
	return Name + ".chrome.json"
}

func (s System) remove(scope Scope, where string) (bool, error) {
	k, err := registry.OpenKey(root(scope), where, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	file, _, err := k.GetStringValue("")
	k.Close()
	if base := filepath.Base(file); err == nil && (base == fileNameOf(true) || base == fileNameOf(false)) {
		os.Remove(file) // the other keys that name it go in the same round
	}
	return true, registry.DeleteKey(root(scope), where)
}

// checkProgram tells whether everybody's program lies below the folders of
// programs, where administrators alone write.
func checkProgram(path string, scope Scope) error {
	if scope == User {
		return nil
	}
	for _, id := range []*windows.KNOWNFOLDERID{windows.FOLDERID_ProgramFiles, windows.FOLDERID_ProgramFilesX86, windows.FOLDERID_ProgramFilesX64} {
		dir, err := windows.KnownFolderPath(id, windows.KF_FLAG_DEFAULT)
		if err != nil || dir == "" {
			continue
		}
		rest, err := filepath.Rel(dir, path)
		if err == nil && filepath.IsLocal(rest) {
			return nil
		}
	}
	return errors.New("it is not below the folders of programs")
}
