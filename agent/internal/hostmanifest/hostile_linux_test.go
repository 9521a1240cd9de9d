package hostmanifest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFoldersForEverybody: an administrator whose umask is narrow registers for
// everybody all the same; what was there keeps its rights.
func TestFoldersForEverybody(t *testing.T) {
	s := machine(t)
	kept := filepath.Join(s.Root, "/etc/chromium")
	if err := os.MkdirAll(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(kept, 0o711); err != nil {
		t.Fatal(err)
	}
	defer syscall.Umask(syscall.Umask(0o077))
	results, err := s.Install(Machine, program, nil)
	if err != nil || len(results) == 0 {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Where, r.Err)
		}
		for at := filepath.Dir(r.Where); at != s.Root && at != filepath.Join(s.Root, "etc"); at = filepath.Dir(at) {
			want := os.FileMode(0o755)
			if at == kept {
				want = 0o711
			}
			if st, err := os.Stat(at); err != nil || st.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", at, st.Mode(), err)
			}
		}
	}
}

// TestLinks: a link in a manifest's place is replaced or taken away; nothing is
// written, or removed, where it leads.
func TestLinks(t *testing.T) {
	s := machine(t)
	target := filepath.Join(t.TempDir(), "target")
	put(t, target, "{}") // of nobody's name
	where := filepath.Join(s.Root, "/etc/chromium/native-messaging-hosts", fileName)
	put(t, where, "")
	link := func() {
		t.Helper()
		os.Remove(where)
		if err := os.MkdirAll(filepath.Dir(where), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, where); err != nil {
			t.Fatal(err)
		}
	}
	same := func(what string) {
		t.Helper()
		if b, err := os.ReadFile(target); err != nil || string(b) != "{}" {
			t.Errorf("%s: behind the link is %q, %v", what, b, err)
		}
	}
	link()
	if _, err := s.Install(Machine, program, nil); err != nil {
		t.Fatal(err)
	}
	same("installed")
	if st, err := os.Lstat(where); err != nil || !st.Mode().IsRegular() {
		t.Errorf("%v, %v", st, err)
	}
	link()
	s.Remove(Machine)
	same("removed")
	if _, err := os.Lstat(where); !os.IsNotExist(err) {
		t.Errorf("the link is still there: %v", err)
	}
}
