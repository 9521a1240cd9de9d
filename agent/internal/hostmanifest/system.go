package hostmanifest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// System is where browsers and their manifests are.
type System struct {
	// Root comes before every path of the machine's. Empty but in tests.
	Root string
	// Home and Config are this person's folders: $HOME, and on Linux
	// $XDG_CONFIG_HOME. Empty where the person has none, as an installer may not.
	Home, Config string
	// Local is where this person's manifests are kept on Windows.
	Local string
}

// Browser is one that Kyso registers with. Where manifests are, each system
// says in its own table.
type Browser struct {
	ID, Name string
	// Firefox tells the family: Firefox and its kin, or Chromium and its kin.
	Firefox bool

	user, machine []string // templates, see System.path
	programs      []string // one of these is there when it is installed
	profiles      []string // or one of these, where it has run
}

// Browsers are all browsers of this system.
func Browsers() []Browser { return slices.Clone(browsers) }

// Found is a browser on this machine, and how it finds Kyso.
type Found struct {
	Browser
	// Confined is "snap" or "flatpak" for a browser in a sandbox of its own; App
	// is its name there.
	Confined, App string
	// Registrations are the places where it looks, in its order: the first that
	// holds anything counts.
	Registrations []Registration
}

// Title is the browser's name for people.
func (f Found) Title() string {
	if f.Confined == "" {
		return f.Name
	}
	return f.Name + " (" + strings.ToUpper(f.Confined[:1]) + f.Confined[1:] + ")"
}

// Effective is the registration that the browser goes by.
func (f Found) Effective() Registration {
	for _, r := range f.Registrations {
		if r.State != Missing {
			return r
		}
	}
	if len(f.Registrations) > 0 {
		return f.Registrations[len(f.Registrations)-1]
	}
	return Registration{State: Missing}
}

// Status finds the browsers of this machine, and compares what they find with
// program and the ids of further extensions.
func (s System) Status(program string, ids []string) []Found {
	var list []Found
	for _, b := range browsers {
		if s.has(b) {
			list = append(list, Found{Browser: b, Registrations: s.registrations(b, program, ids)})
		}
	}
	for _, f := range s.confined() {
		f.Registrations = s.registrations(f.Browser, program, ids)
		list = append(list, f)
	}
	return list
}

func (s System) registrations(b Browser, program string, ids []string) []Registration {
	want := Make(program, b.Firefox, ids)
	var list []Registration
	for _, scope := range []Scope{User, Machine} {
		for _, where := range s.places(b, scope) {
			r := Registration{Scope: scope, Where: where, State: Missing}
			data, folder, err := s.read(scope, where)
			switch {
			case err == nil:
				r.State, r.Program = judge(data, folder, want)
			case !os.IsNotExist(err):
				r.State = Damaged
			}
			list = append(list, r)
		}
	}
	return list
}

// has tells whether a browser is installed, or has been used.
func (s System) has(b Browser) bool {
	for _, t := range slices.Concat(b.programs, b.profiles) {
		if path := s.path(t); path != "" {
			if _, err := os.Stat(path); err == nil {
				return true
			}
		}
	}
	return false
}

// places are where a browser looks; a place of a person without a home is none.
func (s System) places(b Browser, scope Scope) []string {
	templates := b.user
	if scope == Machine {
		templates = b.machine
	}
	var list []string
	for _, t := range templates {
		if where := s.place(t); where != "" {
			list = append(list, where)
		}
	}
	return list
}

// Result is what was done at one place, for these browsers.
type Result struct {
	Where    string
	Browsers []string
	Err      error // nil: done
}

// Install registers program, which is absolute, for all browsers of the machine,
// or for those that this person has. A ProgramError says that the program is not
// one to register; nothing is written then. An error of one place leaves the
// others done.
func (s System) Install(scope Scope, program string, ids []string) ([]Result, error) {
	if !filepath.IsAbs(program) {
		return nil, &ProgramError{program, fmt.Errorf("not an absolute path")}
	}
	if err := checkProgram(program, scope); err != nil {
		return nil, &ProgramError{program, err}
	}
	return s.each(scope, func(b Browser, where string) (bool, error) {
		data, err := Make(program, b.Firefox, ids).bytes()
		if err != nil {
			return false, err
		}
		if old, _, err := s.read(scope, where); err == nil && !ours(old) {
			return false, ErrForeign
		}
		return true, s.write(scope, where, b.Firefox, data)
	}, func(b Browser) bool { return scope == Machine || s.wants(b) }), nil
}

// Remove takes away what Install wrote. What is not ours stays, without an
// error; what is not there is no result.
func (s System) Remove(scope Scope) []Result {
	return s.each(scope, func(b Browser, where string) (bool, error) {
		data, _, err := s.read(scope, where)
		if os.IsNotExist(err) {
			return s.remove(scope, where) // a key without its file
		}
		if err != nil {
			return true, err
		}
		if !ours(data) {
			return false, nil
		}
		_, err = s.remove(scope, where)
		return true, err
	}, func(Browser) bool { return true })
}

// wants tells whether this person's b, in a sandbox or not, is to be told.
func (s System) wants(b Browser) bool {
	return s.has(b) || slices.ContainsFunc(s.confined(), func(f Found) bool { return f.ID == b.ID })
}

// each visits every place once, though several browsers may look there.
func (s System) each(scope Scope, visit func(Browser, string) (bool, error), which func(Browser) bool) []Result {
	var list []Result
	seen := make(map[string]int)
	for _, b := range browsers {
		if !which(b) {
			continue
		}
		for _, where := range s.places(b, scope) {
			if i, ok := seen[where]; ok {
				if i >= 0 {
					list[i].Browsers = append(list[i].Browsers, b.Name)
				}
				continue
			}
			seen[where] = -1
			did, err := visit(b, where)
			if did || err != nil {
				seen[where] = len(list)
				list = append(list, Result{Where: where, Browsers: []string{b.Name}, Err: err})
			}
		}
	}
	return list
}

// readBounded reads a file of at most maxManifest bytes; of a longer one, a
// little more than that.
func readBounded(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, maxManifest+1)
	n := 0
	for n < len(data) {
		k, err := f.Read(data[n:])
		n += k
		if err != nil {
			break
		}
	}
	return data[:n], nil
}
