package peer

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// browsers are the names of the programs that open a page's connections: the
// browser itself, or the program all its processes are. A name counts only for
// a program that an administrator has installed, see installed.
var browsers = []string{
	"chromium", "chromium-browser", "chrome", "google-chrome", "chrome-browser",
	"msedge", "microsoft-edge", "brave", "brave-browser", "vivaldi", "vivaldi-bin", "opera", "opera-stable", "yandex_browser", "coccoc-browser",
	"firefox", "firefox-bin", "firefox-esr", "librewolf", "librewolf-bin", "waterfox", "waterfox-bin", "floorp", "floorp-bin", "palemoon",
	"epiphany", "epiphany-browser", "falkon", "konqueror",
}

// helpers open connections for any program that asks them to. They count where
// the program above them is a browser.
var helpers = []string{"WebKitNetworkProcess", "QtWebEngineProcess"}

// browser tells whether the process runs a browser, or why not.
func (o Options) browser(p process) error {
	exe, err := p.link("exe")
	if err != nil {
		return fmt.Errorf("its program is not shown: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstatat(p.folder, "exe", &st, 0); err != nil {
		return fmt.Errorf("its program is not shown: %w", err)
	}
	for _, allowed := range o.Programs {
		if same(allowed, &st) {
			return nil
		}
	}
	name := path.Base(strings.TrimSuffix(exe, deleted))
	switch {
	case slices.Contains(browsers, name):
	case slices.Contains(helpers, name):
		if !o.below(p) {
			return fmt.Errorf("%q was not started by a browser", exe)
		}
	default:
		return fmt.Errorf("%q is not among the browsers that Kyso knows", exe)
	}
	if err := installed(p, exe, &st); err != nil {
		return fmt.Errorf("%q: %w", exe, err)
	}
	return nil
}

// below tells whether one of the processes above p runs a browser.
func (o Options) below(p process) bool {
	for pid, n := p.parent(), 0; pid > 1 && n < maxAncestors; n++ {
		above, err := openProcess(pid)
		if err != nil {
			return false
		}
		is := o.browser(above) == nil
		pid = above.parent()
		above.close()
		if is {
			return true
		}
	}
	return false
}

// deleted is what the kernel writes behind a program's path when the file has
// no name any more.
const deleted = " (deleted)"

// installed tells whether the running program is a file that an administrator
// has put where only he can. exe is its path as the process's own view of the
// files has it, which the process may have chosen (mount namespaces): the file
// counts when it is the same as here.
func installed(p process, exe string, st *unix.Stat_t) error {
	if st.Uid != 0 || st.Mode&0o022 != 0 {
		return errors.New("the program does not belong to root alone")
	}
	if at, ok := strings.CutSuffix(exe, deleted); ok {
		// A browser that was updated while it runs. Where a process sees the same
		// files as the agent, it cannot have chosen this path.
		theirs, err := p.link("ns/mnt")
		ours, err2 := os.Readlink("/proc/self/ns/mnt")
		if err != nil || err2 != nil || theirs != ours {
			return errors.New("the program's file is gone")
		}
		return rootAlone(filepath.Dir(at))
	}
	for _, here := range places(exe) {
		if same(here, st) {
			return rootAlone(filepath.Dir(here))
		}
	}
	return errors.New("the program is not what has this path here")
}

// flatpaks are the browsers of Flathub, which see their files under /app.
var flatpaks = []string{
	"org.mozilla.firefox", "org.chromium.Chromium", "com.google.Chrome", "com.google.ChromeDev", "com.microsoft.Edge", "com.brave.Browser",
	"com.vivaldi.Vivaldi", "com.opera.Opera", "io.gitlab.librewolf-community", "io.github.ungoogled_software.ungoogled_chromium",
	"net.waterfox.waterfox", "one.ablaze.floorp", "org.gnome.Epiphany",
}

// places are the paths at which a program may be here that calls itself exe
// there.
func places(exe string) []string {
	at := []string{exe}
	if strings.HasPrefix(exe, "/snap/") {
		at = append(at, "/var/lib/snapd"+exe) // where Fedora and its kin have snaps
	}
	if rest, ok := strings.CutPrefix(exe, "/app/"); ok && !strings.ContainsAny(rest, `*?[\`) {
		for _, id := range flatpaks {
			// app/ID/ARCHITECTURE/BRANCH/COMMIT/files; the newest commit need not
			// be the one that runs.
			found, err := filepath.Glob("/var/lib/flatpak/app/" + id + "/*/*/*/files/" + rest)
			if err == nil {
				at = append(at, found...)
			}
		}
	}
	return at
}

// same tells whether path leads to the file of st.
func same(path string, st *unix.Stat_t) bool {
	var here unix.Stat_t
	return filepath.IsAbs(path) && unix.Stat(path, &here) == nil && here.Dev == st.Dev && here.Ino == st.Ino
}

// rootAlone tells whether dir and all folders above it belong to root, and
// nobody else may put anything there.
func rootAlone(dir string) error {
	for {
		st, err := os.Stat(dir)
		if err != nil {
			return err
		}
		owner, ok := st.Sys().(*syscall.Stat_t)
		if !ok || owner.Uid != 0 || st.Mode().Perm()&0o022 != 0 {
			return fmt.Errorf("others than root may put programs into %s", dir)
		}
		if dir == "/" {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}
