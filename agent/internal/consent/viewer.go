package consent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// viewFolder begins the names of the folders that hold what is being looked at.
const viewFolder = "kyso-xem-"

// viewLeftover is the age from which a folder belongs to no question any more:
// an agent that was killed could not remove it.
const viewLeftover = 24 * time.Hour

// maxViewed bounds how many documents of a question are opened.
const maxViewed = 200

// Viewer opens documents with the program that the person's system has for
// them. What it wrote is removed by Close. Its methods may be called by several
// goroutines.
type Viewer struct {
	// Open opens a file; nil means with the system's program.
	Open func(path string) error

	mu      sync.Mutex
	closed  bool
	folders []string       // the last is in use
	shown   map[int]string // document: path
}

// Show opens a document: the bytes that write gives, which must have that
// SHA-256. The file has the document's name as far as that is harmless, and
// ends in ".pdf" whatever the name says, so that no other program than a viewer
// runs. document is its number in the question: it is written once.
func (v *Viewer) Show(ctx context.Context, document int, name string, sum [32]byte, write func(io.Writer) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return errors.New("show document: the question is over")
	}
	path, written := v.shown[document]
	if !written {
		var err error
		if path, err = v.write(ctx, document, name, sum, write); err != nil {
			return fmt.Errorf("show document: %w", err)
		}
		if v.shown == nil {
			v.shown = make(map[int]string)
		}
		v.shown[document] = path
	}
	open := v.Open
	if open == nil {
		open = openFile
	}
	if err := open(path); err != nil {
		return fmt.Errorf("show document: %w", err)
	}
	return nil
}

// write makes the file in the first of the folders that has room for it.
func (v *Viewer) write(ctx context.Context, document int, name string, sum [32]byte, write func(io.Writer) error) (string, error) {
	if len(v.shown) >= maxViewed {
		return "", errors.New("too many documents are open")
	}
	file := fmt.Sprintf("%d - %s", document+1, fileName(name))
	if n := len(v.folders); n > 0 {
		path := filepath.Join(v.folders[n-1], file)
		if writeViewed(ctx, path, sum, write) == nil {
			return path, nil
		}
	}
	err := errors.New("no folder to write to")
	for _, base := range viewBases() {
		sweep(base, time.Now())
		var folder string
		if folder, err = os.MkdirTemp(base, viewFolder); err != nil { // 0700
			continue
		}
		path := filepath.Join(folder, file)
		if err = writeViewed(ctx, path, sum, write); err == nil {
			v.folders = append(v.folders, folder)
			return path, nil
		}
		os.RemoveAll(folder)
	}
	return "", err
}

func writeViewed(ctx context.Context, path string, sum [32]byte, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return err
	}
	hash := sha256.New()
	err = write(io.MultiWriter(file, hash))
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && [32]byte(hash.Sum(nil)) != sum {
		err = errors.New("these are not the bytes that will be signed")
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

// Close removes what was written. A viewer that is still open keeps what it has
// read, or, on Windows, its file until it is swept later.
func (v *Viewer) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	for _, folder := range v.folders {
		os.RemoveAll(folder)
	}
	v.folders = nil
}

// sweep removes what earlier agents left.
func sweep(base string, now time.Time) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && strings.HasPrefix(e.Name(), viewFolder) && now.Sub(info.ModTime()) > viewLeftover {
			os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

// fileName makes a harmless file name of a document's: its letters and digits
// with what usually stands between them.
func fileName(name string) string {
	// Names have at most 255 bytes; Vietnamese letters three each.
	const enough = 60
	name = shown(name, 4*enough)
	if len(name) > 4 && strings.EqualFold(name[len(name)-4:], ".pdf") {
		name = name[:len(name)-4]
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || strings.ContainsRune("/\\:*?\"<>|%$`'\u2068\u2069", r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if runes := []rune(name); len(runes) > enough {
		name = strings.Trim(string(runes[:enough]), " .")
	}
	if name == "" {
		name = "tai-lieu"
	}
	return name + ".pdf"
}
