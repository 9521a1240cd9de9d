package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// output is a file that appears under its name whole or not at all. It is
// written beside its final place under a temporary name. A process that is
// killed leaves that, and nothing under the final name; see sweep.
type output struct {
	name string
	temp *os.File
	done bool
}

// newOutput makes the file, with the permissions of the original.
func newOutput(name string, mode fs.FileMode) (*output, error) {
	f, err := os.OpenFile(filepath.Join(filepath.Dir(name), tempPrefix+rand.Text()+tempSuffix), os.O_CREATE|os.O_EXCL|os.O_RDWR, mode.Perm()&0o666|0o200)
	if err != nil {
		return nil, err
	}
	lock(f) // tells sweep that it is in use
	return &output{name: name, temp: f}, nil
}

// discard removes what was not published.
func (o *output) discard() {
	if !o.done {
		o.temp.Close()
		os.Remove(o.temp.Name())
	}
}

// write takes in the size bytes of r, whose SHA-256 must be sum; other bytes
// are errDiffers.
func (o *output) write(r io.ReaderAt, size int64, sum [sha256.Size]byte) error {
	const block = 1 << 20
	buf := make([]byte, min(block, max(size, 1)))
	h := sha256.New()
	for off := int64(0); off < size; {
		piece := buf[:min(block, size-off)]
		if n, err := r.ReadAt(piece, off); n < len(piece) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		// Hashing takes as long as writing.
		var hashing sync.WaitGroup
		hashing.Go(func() { h.Write(piece) })
		_, err := o.temp.Write(piece)
		hashing.Wait()
		if err != nil {
			return err
		}
		off += int64(len(piece))
	}
	if [sha256.Size]byte(h.Sum(nil)) != sum {
		return errDiffers
	}
	return nil
}

var errDiffers = errors.New("the bytes to write are not those that were checked")

// publish gives the file its name once its bytes are on the disk. Without
// replace an existing file stays, even one made meanwhile; the error is then
// fs.ErrExist. The name itself is on the disk after syncFolder, once for all
// files of a folder.
func (o *output) publish(replace bool) error {
	if err := o.temp.Sync(); err != nil {
		return err
	}
	if err := o.temp.Close(); err != nil {
		return err
	}
	if err := place(o.temp.Name(), o.name, replace); err != nil {
		return err
	}
	o.done = true
	return nil
}

// place renames temp to name.
func place(temp, name string, replace bool) error {
	if replace {
		return os.Rename(temp, name)
	}
	// A link is only made where nothing has that name yet.
	err := os.Link(temp, name)
	if err == nil {
		os.Remove(temp)
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// Some file systems have no links.
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	return os.Rename(temp, name)
}

// The names of temporary files: ours alone look like this.
const (
	tempPrefix = ".kyso-"
	tempSuffix = ".tmp"
)

var tempName = regexp.MustCompile(`^\.kyso-[A-Z2-7]{26}\.tmp$`)

const (
	// staleAfter is how old a temporary file must be to be left over: longer
	// than any signing takes.
	staleAfter = time.Hour
	// maxSwept bounds the names of a folder that are looked at.
	maxSwept = 50_000
)

// sweep removes the temporary files that killed runs have left in a folder: files
// of our own names, old, and in no process's use.
func sweep(dir string, now time.Time) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	for seen := 0; seen < maxSwept; {
		names, err := d.Readdirnames(1000)
		seen += len(names)
		for _, name := range names {
			if tempName.MatchString(name) {
				sweepOne(filepath.Join(dir, name), now)
			}
		}
		if err != nil {
			return
		}
	}
}

func sweepOne(path string, now time.Time) {
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() || now.Sub(st.ModTime()) < staleAfter {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|noWait, 0)
	if err != nil {
		return
	}
	opened, err := f.Stat()
	unused := err == nil && os.SameFile(st, opened) && lock(f)
	f.Close() // Windows removes no open file
	if unused {
		os.Remove(path)
	}
}

// probe finds out whether files can be made in a folder, by making one.
func probe(dir string) error {
	o, err := newOutput(filepath.Join(dir, "x"), 0o600)
	if err != nil {
		return err
	}
	o.discard()
	return nil
}

// sameFile tells whether two names lead to one file. That b does not exist is no
// error.
func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, fmt.Errorf("open the document: %w", err)
	}
	y, err := os.Stat(b)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(x, y), err
}
