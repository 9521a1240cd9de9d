package userfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"kyso/agent/internal/userfile"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kyso", "state.json")
	if _, _, err := userfile.Read(path, 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if err := userfile.Write(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	data, before, err := userfile.Read(path, 5)
	if err != nil || string(data) != "first" {
		t.Fatalf("%q, %v", data, err)
	}
	if runtime.GOOS != "windows" && before.Mode().Perm() != 0o600 {
		t.Errorf("others may use it: %v", before.Mode())
	}
	if _, _, err := userfile.Read(path, 4); !errors.Is(err, userfile.ErrTooLarge) {
		t.Errorf("larger than the bound: %v", err)
	}
	if err := userfile.Create(path, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made where one is: %v", err)
	}
	if err := userfile.Write(path, []byte("later")); err != nil {
		t.Fatal(err)
	}
	data, after, err := userfile.Read(path, 5)
	if err != nil || string(data) != "later" || userfile.Same(before, after) || !userfile.Same(after, after) {
		t.Errorf("%q, %v", data, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside it: %v, %v", entries, err)
	}
	if st, err := os.Stat(filepath.Dir(path)); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", st.Mode(), err)
	}
}
