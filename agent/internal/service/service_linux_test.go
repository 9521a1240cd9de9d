package service

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// argumentsFile is where this program, in the role of the agent, writes the
// arguments it was started with, before it waits for its end.
const argumentsFile = "KYSO_SERVICE_TEST_ARGUMENTS"

func TestMain(m *testing.M) {
	file := os.Getenv(argumentsFile)
	if file == "" {
		os.Exit(m.Run())
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	if err := os.WriteFile(file+".new", []byte(strings.Join(os.Args[1:], "\n")), 0o600); err != nil {
		panic(err)
	}
	os.Rename(file+".new", file)
	select {
	case <-ended:
	case <-time.After(time.Minute): // a test that forgot us
	}
}

// oddArguments would each mean something to a unit or desktop file, unquoted.
var oddArguments = []string{"agent", "hai từ", `a"b`, `c\d`, `\n`, "$HOME", "${HOME}", "%u %% %h", "`id`", "'x'", ";", "{{Name}}", ""}

// home makes a home folder of the test's own, with a copy of this program in a
// path that needs quoting.
func home(t *testing.T) (exe string) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	t.Setenv("XDG_CONFIG_HOME", "") // remembered for the end of the test
	os.Unsetenv("XDG_CONFIG_HOME")
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(folder, "run")) // no user manager there
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if err := os.Mkdir(filepath.Join(folder, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	exe = filepath.Join(folder, "Phần mềm $x", "kyso")
	if err := os.Mkdir(filepath.Dir(exe), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, self, 0o700); err != nil {
		t.Fatal(err)
	}
	return exe
}

func newService(t *testing.T, exe string, args ...string) *Service {
	t.Helper()
	s, err := New(exe, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func wantStatus(t *testing.T, s *Service, want Status) {
	t.Helper()
	if got, err := s.Status(); err != nil || got != want {
		t.Errorf("status %v, %v; want %v", got, err, want)
	}
}

func TestAutostartLifeCycle(t *testing.T) {
	exe := home(t)
	arguments := filepath.Join(t.TempDir(), "arguments")
	t.Setenv(argumentsFile, arguments)
	s := newService(t, exe, oddArguments...)
	wantStatus(t, s, NotInstalled)
	for range 2 { // the second time changes nothing
		if err := s.Install(); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, s, Stopped)
	for range 2 {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		wantArguments(t, arguments)
	}
	if n := len(s.processes()); n != 1 {
		t.Errorf("%d processes after two starts, want 1", n)
	}
	wantStatus(t, s, Running)
	// The same program in another role is not the agent.
	other := newService(t, exe, "ask")
	if n := len(other.processes()); n != 0 {
		t.Errorf("%d processes found for other arguments", n)
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, s, Stopped)
	for range 2 {
		if err := s.Uninstall(); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, s, NotInstalled)
	wantNoFiles(t)
}

// wantArguments waits until the program was started, with the right arguments.
func wantArguments(t *testing.T, file string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got, err := os.ReadFile(file)
		if err == nil {
			if want := strings.Join(oddArguments, "\n"); string(got) != want {
				t.Errorf("arguments %q, want %q", got, want)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatal("the program was not started")
		}
	}
}

// wantNoFiles expects an empty configuration: nothing is left behind.
func wantNoFiles(t *testing.T) {
	t.Helper()
	filepath.WalkDir(filepath.Join(os.Getenv("HOME"), ".config"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("left behind: %s", path)
		}
		return nil
	})
}

// A desktop's own reader starts the entry with exactly our arguments.
func TestDesktopStartsTheEntry(t *testing.T) {
	exe := home(t)
	arguments := filepath.Join(t.TempDir(), "arguments")
	t.Setenv(argumentsFile, arguments)
	s := newService(t, exe, oddArguments...)
	if err := s.Install(); err != nil {
		t.Fatal(err)
	}
	file, err := autostartFile()
	if err != nil {
		t.Fatal(err)
	}
	// Its output is not read: the program inherits it and keeps it open.
	if err := exec.Command("gio", "launch", file).Run(); err != nil {
		t.Fatalf("gio (Debian package libglib2.0-bin): %v", err)
	}
	wantArguments(t, arguments)
	wantStatus(t, s, Running)
}

// systemd's own tools, which do not need a running systemd for this, accept
// and enable the unit.
func TestUnitLifeCycle(t *testing.T) {
	exe := home(t)
	t.Setenv("SYSTEMD_OFFLINE", "1")
	s := newService(t, exe, oddArguments...)
	for range 2 {
		if err := s.installUnit(); err != nil {
			t.Fatalf("install the unit (Debian package systemd): %v", err)
		}
	}
	wantStatus(t, s, Stopped)
	file, err := unitFile()
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Description=" + description + "\n",
		"Restart=on-failure\n",
		"WantedBy=graphical-session.target\n",
		`/Phần mềm $x/kyso" "agent" "hai từ" "a\"b" "c\\d" "\\n" "$$HOME" "$${HOME}" "%%u %%%% %%h" "` + "`id`" + `" "'x'" ";" "{{Name}}" ""`,
	} {
		if !strings.Contains(string(unit), want) {
			t.Errorf("the unit has no %q:\n%s", want, unit)
		}
	}
	if out, err := exec.Command("systemd-analyze", "--user", "verify", file).CombinedOutput(); err != nil || strings.Contains(string(out), name) {
		t.Errorf("systemd-analyze verify: %v: %s", err, out)
	}
	link := filepath.Join(filepath.Dir(file), "graphical-session.target.wants", name+".service")
	if _, err := os.Lstat(link); err != nil {
		t.Errorf("not enabled: %v", err)
	}
	for range 2 {
		if err := s.Uninstall(); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, s, NotInstalled)
	wantNoFiles(t)
}

// Without systemctl the unit still goes, and with it the link.
func TestUnitGoesWithoutSystemd(t *testing.T) {
	exe := home(t)
	t.Setenv("SYSTEMD_OFFLINE", "1")
	s := newService(t, exe, "agent")
	if err := s.installUnit(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "")
	if err := s.Uninstall(); err != nil {
		t.Fatal(err)
	}
	wantNoFiles(t)
}

func TestInstallReplacesTheOtherKind(t *testing.T) {
	exe := home(t)
	t.Setenv("SYSTEMD_OFFLINE", "1")
	s := newService(t, exe, "agent")
	if err := s.installUnit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Install(); err != nil { // no graphical session under systemd here
		t.Fatal(err)
	}
	if unitInstalled() || !autostartInstalled() {
		t.Errorf("unit %t, autostart %t: the program would start twice, or never", unitInstalled(), autostartInstalled())
	}
}

// Better a clear error than an entry which no desktop starts.
func TestPercentSignInThePath(t *testing.T) {
	home(t)
	if err := newService(t, "/opt/100%/kyso", "agent").Install(); err == nil || autostartInstalled() {
		t.Errorf("Install: %v; installed %t", err, autostartInstalled())
	}
}

func TestErrorsSpeakBothLanguages(t *testing.T) {
	exe := home(t)
	for _, bad := range []string{"kyso", "./kyso", "/a\nExecStart=/b"} {
		if _, err := New(bad, nil); err == nil || !strings.Contains(err.Error(), " / ") {
			t.Errorf("New(%q): %v", bad, err)
		}
	}
	if _, err := New(exe, []string{"a\nb"}); err == nil {
		t.Error("a line break in an argument was accepted")
	}
	// A file where the folder should be: nobody, not even root, can write there.
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), ".config"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := newService(t, exe, "agent").Install()
	if err == nil || !strings.Contains(err.Error(), "không đặt được") || !strings.Contains(err.Error(), "cannot set") {
		t.Errorf("Install: %v", err)
	}
	os.Remove(exe)
	if err := newService(t, exe, "agent").Start(); err == nil || !strings.Contains(err.Error(), "cannot start") {
		t.Errorf("Start: %v", err)
	}
}
