// Package choices remembers which certificate a person has chosen for a web site,
// in one small file of the person's. It never chooses: it gives back an ID, which
// holds for one certificate on one token.
package choices

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"kyso/agent/internal/userfile"
)

const (
	// maxChoices bounds what is remembered; the oldest goes. People sign on a few
	// sites.
	maxChoices = 200
	// maxFile bounds the file, and maxText an origin or an ID.
	maxFile = 256 << 10
	maxText = 300
)

// File is where choices are kept. Its methods may be called by several
// goroutines; of two processes that write at once the later one's choice stays.
type File struct {
	path string
	mu   sync.Mutex
}

// Choice is one that was remembered.
type Choice struct {
	Origin      string `json:"origin"`
	Certificate string `json:"certificate"` // signing.Identity.ID
}

type content struct {
	Choices []Choice `json:"choices"` // the latest last
}

// Default is the file among the user's settings, on Linux
// ~/.config/kyso/choices.json.
func Default() (*File, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return At(filepath.Join(dir, "kyso", "choices.json")), nil
}

// At is the file of that name.
func At(path string) *File { return &File{path: path} }

// Remembered is the certificate that was chosen for origin, "" for none. A file
// that cannot be read remembers nothing: the person is asked.
func (f *File) Remembered(origin string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil {
		return ""
	}
	if i := slices.IndexFunc(all, func(c Choice) bool { return c.Origin == origin }); i >= 0 {
		return all[i].Certificate
	}
	return ""
}

// Remember notes a choice in place of the one before.
func (f *File) Remember(origin, certificate string) error {
	if origin == "" || certificate == "" || len(origin) > maxText || len(certificate) > maxText {
		return errors.New("remember choice: no origin or certificate, or too long")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil {
		all = nil // what nobody can read is of no use
	}
	all = slices.DeleteFunc(all, func(c Choice) bool { return c.Origin == origin })
	all = append(all, Choice{origin, certificate})
	return f.write(all[max(0, len(all)-maxChoices):])
}

// Forget drops the choices for origin, or all for "", and says which sites they
// were for.
func (f *File) Forget(origin string) (sites []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil && origin != "" {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(c Choice) bool {
		if origin != "" && c.Origin != origin {
			return false
		}
		sites = append(sites, c.Origin)
		return true
	})
	if err == nil && len(sites) == 0 {
		return nil, nil
	}
	return sites, f.write(kept)
}

func (f *File) read() ([]Choice, error) {
	data, _, err := userfile.Read(f.path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read choices: %w", err)
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("read choices: %w", err)
	}
	return c.Choices[:min(len(c.Choices), maxChoices)], nil
}

// write replaces the file whole.
func (f *File) write(all []Choice) error {
	data, err := json.MarshalIndent(content{all}, "", "  ")
	if err != nil {
		return fmt.Errorf("write choices: %w", err)
	}
	if err := userfile.Write(f.path, data); err != nil {
		return fmt.Errorf("write choices: %w", err)
	}
	return nil
}
