//go:build unix && !darwin

package hostmanifest

import (
	"os"
	"path/filepath"
)

// sandboxed are the browsers that come in a sandbox of their own: id of the
// browser, then the names of its snap and of its flatpak.
var sandboxed = []struct{ id, snap, flatpak string }{
	{"firefox", "firefox", "org.mozilla.firefox"},
	{"chromium", "chromium", "org.chromium.Chromium"},
	{"chrome", "", "com.google.Chrome"},
	{"edge", "", "com.microsoft.Edge"},
	{"brave", "brave", "com.brave.Browser"},
	{"vivaldi", "vivaldi", "com.vivaldi.Vivaldi"},
	{"opera", "opera", "com.opera.Opera"},
}

// confined finds the browsers that are snaps or flatpaks. Only Firefox gets a
// place for a manifest: a service outside its sandbox looks in the places that
// Firefox itself has elsewhere, and starts the program. A Chromium in a sandbox
// finds no program of the machine, whatever is registered.
func (s System) confined() []Found {
	var list []Found
	for _, c := range sandboxed {
		b := named(c.id)
		if c.id != "firefox" {
			b.user, b.machine = nil, nil
		}
		// Fedora and its kin have snaps in /var/lib/snapd/snap.
		if c.snap != "" && s.there("/snap/"+c.snap, "/var/lib/snapd/snap/"+c.snap) {
			list = append(list, Found{Browser: b, Confined: "snap", App: c.snap})
		}
		if s.there("/var/lib/flatpak/app/"+c.flatpak) || s.Home != "" && exists(filepath.Join(s.Home, ".local/share/flatpak/app", c.flatpak)) {
			list = append(list, Found{Browser: b, Confined: "flatpak", App: c.flatpak})
		}
	}
	return list
}

func (s System) there(paths ...string) bool {
	for _, p := range paths {
		if exists(s.Root + p) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// named is a browser of the table.
func named(id string) Browser {
	for _, b := range browsers {
		if b.ID == id {
			return b
		}
	}
	panic("no browser " + id) // part of the program
}
