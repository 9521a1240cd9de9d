package token

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kyso/agent/internal/userfile"
)

// modulesJSON lists the PKCS#11 libraries Kyso knows by name, those of the
// government's tokens first. docs/tokens.md describes its members.
//
//go:embed modules.json
var modulesJSON []byte

// KnownModule is one entry of the list.
type KnownModule struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	Note   string `json:"note"` // "Vietnamese / English"
	Tool   string `json:"tool"` // the vendor's program for PINs and certificates
	// Events: on Linux its C_WaitForSlotEvent was seen to tell of tokens, and a
	// look at its slots costs so much that it should not be taken all the time.
	Events bool `json:"events"`
	// File names, looked for in the system's folders, or absolute paths, for each
	// system. On Windows "{system}" and "{programs}" stand for its folders.
	Linux   []string `json:"linux"`
	Windows []string `json:"windows"`
	Darwin  []string `json:"darwin"`
	// ATRs are the answers to reset of the cards it serves, in hexadecimal.
	ATRs []string `json:"atrs"`
}

// KnownModules is the list.
func KnownModules() []KnownModule {
	var list []KnownModule
	d := json.NewDecoder(bytes.NewReader(modulesJSON))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		panic("modules.json: " + err.Error()) // part of the program
	}
	return list
}

// files are the absolute paths at which the module may lie on this system.
func (k KnownModule) files() []string {
	names := map[string][]string{"linux": k.Linux, "windows": k.Windows, "darwin": k.Darwin}[runtime.GOOS]
	var paths []string
	for _, name := range names {
		paths = append(paths, systemPaths(name)...)
	}
	return paths
}

// tellsEvents tells whether the list says so of the library's file name.
func tellsEvents(path string) bool {
	for _, k := range KnownModules() {
		if k.Events && slices.Contains(k.Linux, filepath.Base(path)) {
			return true
		}
	}
	return false
}

// inFolders puts name into every folder, unless it is a path already.
func inFolders(name string, folders []string) []string {
	if filepath.IsAbs(name) {
		return []string{name}
	}
	var list []string
	for _, f := range folders {
		list = append(list, filepath.Join(f, name))
	}
	return list
}

// ModuleFile is a PKCS#11 library to use.
type ModuleFile struct {
	Name string `json:"name"` // for people; may be empty
	Path string `json:"path"` // absolute
	// Host is the kyso that loads it, absolute, where this one cannot: a 32-bit
	// kyso for a 32-bit library, or one for another processor. Empty: this one.
	Host string `json:"host,omitempty"`
}

// InstalledModules returns the libraries on this machine that Kyso knows, in the
// order of the list. A library reachable under several names is given once.
func InstalledModules() []ModuleFile {
	var found []ModuleFile
	var seen []os.FileInfo
	for _, k := range KnownModules() {
		for _, path := range k.files() {
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() || contains(seen, info) {
				continue
			}
			seen = append(seen, info)
			found = append(found, ModuleFile{Name: k.Name, Path: path})
		}
	}
	return found
}

func contains(list []os.FileInfo, info os.FileInfo) bool {
	for _, i := range list {
		if os.SameFile(i, info) {
			return true
		}
	}
	return false
}

const (
	// maxUserModules: a person adds one or two; each is a process of its own.
	maxUserModules = 16
	// maxUserFile holds that many entries with long paths.
	maxUserFile = 64 << 10
	// maxModuleName is what fits a line.
	maxModuleName = 80
)

// UserModules reads the libraries a person added, as WriteUserModules wrote them.
// No file is none.
func UserModules(path string) ([]ModuleFile, error) {
	data, _, err := userfile.Read(path, maxUserFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read added modules: %w", err)
	}
	list, err := parseUserModules(data)
	if err != nil {
		return nil, fmt.Errorf("read added modules: %s: %w", path, err)
	}
	return list, nil
}

func parseUserModules(data []byte) ([]ModuleFile, error) {
	var list []ModuleFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the list")
	}
	return list, checkUserModules(list)
}

func checkUserModules(list []ModuleFile) error {
	if len(list) > maxUserModules {
		return fmt.Errorf("%d modules, at most %d", len(list), maxUserModules)
	}
	for _, m := range list {
		if !filepath.IsAbs(m.Path) || m.Host != "" && !filepath.IsAbs(m.Host) {
			return fmt.Errorf("%q is not an absolute path", m.Path)
		}
		if utf8.RuneCountInString(m.Name) > maxModuleName || strings.ContainsFunc(m.Name+m.Path+m.Host, unicode.IsControl) {
			return fmt.Errorf("module %q: name or path has control characters or is too long", m.Path)
		}
	}
	return nil
}

// WriteUserModules keeps the list in a file that its owner alone can write.
func WriteUserModules(path string, list []ModuleFile) error {
	if err := checkUserModules(list); err != nil {
		return fmt.Errorf("write added modules: %w", err)
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("write added modules: %w", err)
	}
	if err := userfile.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("write added modules: %w", err)
	}
	return nil
}
