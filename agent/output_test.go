package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func put(t *testing.T, name string, data []byte, replace bool) error {
	t.Helper()
	o, err := newOutput(name, 0o640)
	if err != nil {
		return err
	}
	defer o.discard()
	if err := o.write(bytes.NewReader(data), int64(len(data)), sha256.Sum256(data)); err != nil {
		return err
	}
	return o.publish(replace)
}

// wantFiles: the folder holds these and no others.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestOutput(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.pdf")
	one, two := bytes.Repeat([]byte("one "), 1<<20), []byte("two")
	if err := put(t, name, one, false); err != nil {
		t.Fatal(err)
	}
	if err := put(t, name, two, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an existing file: %v", err)
	}
	if got, _ := os.ReadFile(name); !bytes.Equal(got, one) {
		t.Error("the file was changed")
	}
	if err := put(t, name, two, true); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(name); !bytes.Equal(got, two) {
		t.Error("the file was not replaced")
	}
	wantFiles(t, dir, "a.pdf")

	// Other bytes than announced, or fewer, are not published.
	o, err := newOutput(filepath.Join(dir, "b.pdf"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.write(bytes.NewReader(one), int64(len(one)), sha256.Sum256(two)); !errors.Is(err, errDiffers) {
		t.Errorf("other bytes: %v", err)
	}
	o.discard()
	o, err = newOutput(filepath.Join(dir, "b.pdf"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.write(bytes.NewReader(two), 100, sha256.Sum256(two)); err == nil {
		t.Error("a short read passed")
	}
	o.discard()
	wantFiles(t, dir, "a.pdf")
}

// TestSweep: files that killed runs have left are removed: ours, old, and in
// nobody's use. Nothing else is touched.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	const id = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	now := time.Now()
	make := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("part of a document"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	old := 2 * time.Hour
	make(".kyso-"+id+".tmp", old)
	make(".kyso-234567"+id[6:]+".tmp", old)
	stay := []string{".kyso-" + id + ".pdf", ".kyso-short.tmp", ".kyso-" + strings.ToLower(id) + ".tmp", "kyso-" + id + ".tmp", id + ".tmp", ".kyso-" + id + ".tmp.bak"}
	for _, name := range stay {
		make(name, old)
	}
	make(".kyso-Y"+id[1:]+".tmp", time.Minute) // young
	folder := filepath.Join(dir, ".kyso-Z"+id[1:]+".tmp")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(folder, now.Add(-old), now.Add(-old)); err != nil {
		t.Fatal(err)
	}
	// Old, and being written: a signing that waits.
	o, err := newOutput(filepath.Join(dir, "out.pdf"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer o.discard()
	if err := os.Chtimes(o.temp.Name(), now.Add(-old), now.Add(-old)); err != nil {
		t.Fatal(err)
	}
	sweep(dir, now)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, e := range entries {
		left[e.Name()] = true
	}
	for _, name := range append(stay, ".kyso-Y"+id[1:]+".tmp", filepath.Base(folder), filepath.Base(o.temp.Name())) {
		if !left[name] {
			t.Errorf("%s was removed", name)
		}
		delete(left, name)
	}
	if len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	// Once it is given up, it goes too.
	name := o.temp.Name()
	o.temp.Close()
	sweep(dir, now)
	if _, err := os.Lstat(name); err == nil {
		t.Error("a temporary file in nobody's use stays")
	}
}
