package consent

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func gives(data string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, data)
		return err
	}
}

func TestViewer(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", base)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "")
	var opened []string
	v := &Viewer{Open: func(path string) error { opened = append(opened, path); return nil }}
	const data = "%PDF-1.7 ..."
	sum := sha256.Sum256([]byte(data))
	writes := 0
	count := func(w io.Writer) error { writes++; return gives(data)(w) }
	for range 2 {
		if err := v.Show(t.Context(), 0, "../../Tờ trình.desktop", sum, count); err != nil {
			t.Fatal(err)
		}
	}
	if writes != 1 || len(opened) != 2 || opened[0] != opened[1] {
		t.Errorf("written %d times, opened %q", writes, opened)
	}
	path := opened[0]
	if filepath.Base(path) != "1 - _.._Tờ trình.desktop.pdf" || filepath.Dir(filepath.Dir(path)) != base {
		t.Errorf("path %s", path)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", folder.Mode(), err)
	}
	file, err := os.Stat(path)
	if err != nil || file.Mode().Perm() != 0o400 {
		t.Errorf("file: %v, %v", file.Mode(), err)
	}
	if got, _ := os.ReadFile(path); string(got) != data {
		t.Errorf("%q", got)
	}
	if err := v.Show(t.Context(), 1, "x", sum, gives("%PDF-1.7 and others")); err == nil {
		t.Error("other bytes than those that will be signed were shown")
	}
	if err := v.Show(t.Context(), 2, "x", sum, func(io.Writer) error { return errors.New("planted") }); err == nil {
		t.Error("an unreadable document was shown")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Show(ended, 3, "x", sum, gives(data)); err == nil {
		t.Error("shown after the question")
	}
	v.Close()
	if left, _ := os.ReadDir(base); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := v.Show(t.Context(), 0, "x", sum, gives(data)); err == nil || len(opened) != 2 {
		t.Errorf("opened after Close: %v", opened)
	}
}

// A full or missing session folder is no reason to show nothing.
func TestViewerUsesTheCache(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(home, "missing"))
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	var path string
	v := &Viewer{Open: func(p string) error { path = p; return nil }}
	defer v.Close()
	if err := v.Show(t.Context(), 0, "a.pdf", sha256.Sum256(nil), gives("")); err != nil || !strings.HasPrefix(path, home) {
		t.Errorf("%q, %v", path, err)
	}
}

// TestOpener: the system's program gets the path, whatever the name holds.
func TestOpener(t *testing.T) {
	bin, told := t.TempDir(), filepath.Join(t.TempDir(), "told")
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\nprintf '%s|' \"$@\" >\""+told+".new\" && mv \""+told+".new\" \""+told+"\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	v := new(Viewer)
	defer v.Close()
	if err := v.Show(t.Context(), 4, "--a b; $(touch x) 'q'.PDF", sha256.Sum256(nil), gives("")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the program has run", func() bool { _, err := os.Stat(told); return err == nil })
	got, _ := os.ReadFile(told)
	if name := filepath.Base(string(got)); name != "5 - --a b; _(touch x) _q_.pdf|" || !filepath.IsAbs(string(got)) {
		t.Errorf("%q", got)
	}
}

func TestSweep(t *testing.T) {
	base := t.TempDir()
	for _, name := range []string{viewFolder + "1", "other"} {
		if err := os.Mkdir(filepath.Join(base, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sweep(base, time.Now())
	if left, _ := os.ReadDir(base); len(left) != 2 {
		t.Errorf("what is in use was removed: %v", left)
	}
	sweep(base, time.Now().Add(2*viewLeftover))
	if left, _ := os.ReadDir(base); len(left) != 1 || left[0].Name() != "other" {
		t.Errorf("left: %v", left)
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"a.pdf": "a.pdf", "a.PDF": "a.pdf", "": "tai-lieu.pdf", "..": "tai-lieu.pdf", ".pdf": "pdf.pdf", "a.desktop": "a.desktop.pdf",
		"x\x00y\n/z.pdf": "xy _z.pdf", "fdp.\u202etxe.pdf": "fdp.txe.pdf", strings.Repeat("ắ", 300): strings.Repeat("ắ", 60) + ".pdf",
	} {
		got := fileName(in)
		if got != want && !(len(in) > 300 && len(got) < 250 && strings.HasSuffix(got, ".pdf")) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
