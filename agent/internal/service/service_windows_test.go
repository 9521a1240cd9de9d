package service

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// TestRunKey changes the entry of the user who runs it, and removes it.
func TestRunKey(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"agent", "hai từ", `a"b`, `c\`, ""}
	s, err := New(exe, args)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := s.Status(); err != nil || status != NotInstalled {
		t.Fatalf("status %v, %v: this user has Kyso installed", status, err)
	}
	for range 2 {
		if err := s.Install(); err != nil {
			t.Fatal(err)
		}
	}
	if status, err := s.Status(); err != nil || status != Stopped {
		t.Errorf("status %v, %v", status, err)
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	line, _, err := key.GetStringValue(displayName)
	if err != nil {
		t.Fatal(err)
	}
	words, err := windows.DecomposeCommandLine(line)
	if want := append([]string{exe}, args...); err != nil || strings.Join(words, "|") != strings.Join(want, "|") {
		t.Errorf("command line %s gives %q, %v; want %q", line, words, err, want)
	}
	for range 2 {
		if err := s.Uninstall(); err != nil {
			t.Fatal(err)
		}
	}
	if status, err := s.Status(); err != nil || status != NotInstalled {
		t.Errorf("status %v, %v", status, err)
	}
}
