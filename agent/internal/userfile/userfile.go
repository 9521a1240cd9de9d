// Package userfile keeps small files of this person's own: what the agent
// remembers, and its key. Each is written whole or not at all, and read only
// where nobody else could have read or written it.
package userfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Unsafe is a file that somebody else owns, or could read or write. Nothing of
// it is used.
type Unsafe struct{ Path string }

func (e *Unsafe) Error() string { return e.Path + " is not this user's alone" }

// Words say it to a person, with the remedy.
func (e *Unsafe) Words() (vi, en string) {
	return "Tệp " + e.Path + " thuộc về người khác hoặc người khác đọc, ghi được, nên Kyso không dùng. " + remedyVI,
		"The file " + e.Path + " belongs to somebody else, or others may read or write it, so Kyso does not use it. " + remedyEN
}

// ErrTooLarge is a file larger than Read's bound.
var ErrTooLarge = errors.New("file is too large")

// ConfigDir is where settings and decisions are kept: on Linux
// $XDG_CONFIG_HOME/kyso or ~/.config/kyso, on Windows %AppData%\kyso.
func ConfigDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of settings: %w", err)
	}
	return filepath.Join(dir, "kyso"), nil
}

// MachineDir is where what belongs to this user on this very machine is kept:
// ConfigDir, but on Windows %LocalAppData%\kyso, which does not roam.
func MachineDir() (string, error) { return ownFolder() }

// Read gives the bytes of a file of at most limit bytes, and what tells
// whether it has changed since. An absent file is fs.ErrNotExist.
func Read(path string, limit int) ([]byte, fs.FileInfo, error) {
	f, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() || !own(f, st) {
		return nil, nil, &Unsafe{path}
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > limit {
		return nil, nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	return data, st, nil
}

// Write puts data in path's place, for this user alone.
func Write(path string, data []byte) error {
	temp, err := written(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// Create is Write where there is no such file yet; otherwise the error is
// fs.ErrExist and the file stays as it is.
func Create(path string, data []byte) error {
	temp, err := written(path, data)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	// A link is only made where nothing has that name yet.
	err = os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Some file systems have no links.
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return os.Rename(temp, path)
}

// written puts data into a temporary file beside path.
func written(path string, data []byte) (string, error) {
	dir := filepath.Dir(path)
	if err := makeDir(dir); err != nil {
		return "", err
	}
	temp := filepath.Join(dir, "."+filepath.Base(path)+"-"+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(temp)
		return "", err
	}
	return temp, nil
}

// Same tells whether two looks at a file saw the same one, unchanged. Neither
// may be nil.
func Same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
