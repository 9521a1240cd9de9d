//go:build !windows

package hostmanifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// relativePath: only on Windows may a manifest name its program so.
const relativePath = false

// fileName is the manifest's, as browsers want it.
const fileName = Name + ".json"

// Here is this machine, for this person.
func Here() System {
	s := System{}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		s.Home, s.Config = home, filepath.Join(home, ".config")
		if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
			s.Config = dir
		}
	}
	return s
}

// path puts this machine's folders into a template of the table: "{home}/..." and
// "{config}/..." are the person's, any other is the machine's.
func (s System) path(template string) string {
	for name, dir := range map[string]string{"{home}": s.Home, "{config}": s.Config} {
		if rest, ok := strings.CutPrefix(template, name); ok {
			if dir == "" {
				return ""
			}
			return dir + rest
		}
	}
	return s.Root + template
}

// place is the file in a folder of the table. A folder behind "?" counts where
// the folder above it is.
func (s System) place(template string) string {
	template, optional := strings.CutPrefix(template, "?")
	dir := s.path(template)
	if dir == "" {
		return ""
	}
	if optional {
		if _, err := os.Stat(filepath.Dir(dir)); err != nil {
			return ""
		}
	}
	return filepath.Join(dir, fileName)
}

func (s System) read(_ Scope, where string) (data []byte, folder string, err error) {
	data, err = readBounded(where)
	return data, filepath.Dir(where), err
}

// write makes the manifest, whole or not at all, readable by everybody.
func (s System) write(scope Scope, where string, _ bool, data []byte) error {
	dir := filepath.Dir(where)
	if err := makeFolders(scope, dir); err != nil {
		return fmt.Errorf("make the folder of manifests: %w", err)
	}
	f, err := os.CreateTemp(dir, ".kyso-*")
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	// Whatever the umask: another's browser reads it.
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), where)
	}
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// makeFolders makes dir and what is missing above it; everybody's can be entered
// by everybody, whatever the umask.
func makeFolders(scope Scope, dir string) error {
	var missing []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil || scope == User {
		return err
	}
	for _, at := range missing {
		if err := os.Chmod(at, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// remove takes the file away, and the folders above it that are empty then.
func (s System) remove(_ Scope, where string) (bool, error) {
	if err := os.Remove(where); err != nil {
		if os.IsNotExist(err) {
			return false, nil
		}
		return true, err
	}
	// Of /etc/opt/chrome/native-messaging-hosts, or .mozilla/..., two belong to
	// native messaging alone; what is above was there before.
	for dir, n := filepath.Dir(where), 0; n < 2 && dir != s.Home && dir != s.Config && dir != s.Root+"/etc" && dir != s.Root+"/usr/lib"; n++ {
		if os.Remove(dir) != nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return true, nil
}

// checkProgram tells whether only those who may do as much anyway can change the
// program: root alone for everybody's, root or this person for his own.
func checkProgram(path string, scope Scope) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for at := path; ; at = filepath.Dir(at) {
		st, err := os.Stat(at)
		if err != nil {
			return err
		}
		owner, ok := st.Sys().(*syscall.Stat_t)
		if !ok {
			return fmt.Errorf("owner of %s is not known", at)
		}
		mode := st.Mode()
		group := mode.Perm()&0o020 != 0 && !administrators(owner.Gid)
		others := mode.Perm()&0o002 != 0
		mine := owner.Uid == 0 || scope == User && int(owner.Uid) == os.Geteuid()
		if scope == User {
			// A group of one's own may write; in a sticky folder nobody removes
			// another's files.
			group = false
			others = others && mode&os.ModeSticky == 0
		}
		if !mine || group || others {
			return fmt.Errorf("others can change %s", at)
		}
		if at == "/" {
			return nil
		}
	}
}
