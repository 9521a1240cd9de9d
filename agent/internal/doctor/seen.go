package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unicode"
	"unicode/utf8"

	"kyso/agent/internal/userfile"
)

// Seen is the extension that spoke to the agent last.
type Seen struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

const (
	// maxSeen bounds the file; it has about 60 bytes.
	maxSeen = 1024
	// maxSeenVersion bounds what an extension calls its version: at most four
	// numbers.
	maxSeenVersion = 64
)

// SeenPath is where the agent notes it, for kyso doctor on the command line.
func SeenPath() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "kyso", "extension.json"), nil
}

// NoteSeen notes that an extension of this version has spoken to the agent.
func NoteSeen(path, version string, now time.Time) error {
	s := Seen{Version: version, At: now.UTC().Truncate(time.Second)}
	if err := s.check(); err != nil {
		return fmt.Errorf("note the extension: %w", err)
	}
	data, err := json.Marshal(s)
	if err == nil {
		err = userfile.Write(path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("note the extension: %w", err)
	}
	return nil
}

// ReadSeen is what NoteSeen noted; false where nothing was.
func ReadSeen(path string) (Seen, bool) {
	data, _, err := userfile.Read(path, maxSeen)
	if err != nil {
		return Seen{}, false
	}
	var s Seen
	err = json.Unmarshal(data, &s)
	return s, err == nil && s.check() == nil
}

func (s Seen) check() error {
	if s.Version == "" || len(s.Version) > maxSeenVersion || !utf8.ValidString(s.Version) {
		return errors.New("no such version")
	}
	for _, r := range s.Version {
		if !unicode.IsPrint(r) {
			return errors.New("no such version")
		}
	}
	return nil
}
