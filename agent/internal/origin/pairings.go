package origin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"kyso/agent/internal/userfile"
)

const (
	// maxPairings bounds the store; a person has a few sites, in a few browsers.
	maxPairings = 200
	// maxPairingsOfOne bounds those of one origin. A page in a private window
	// has a new key each time.
	maxPairingsOfOne = 10
	// maxPairingBytes bounds the file: an entry has at most 500.
	maxPairingBytes = 256 << 10
	pairingVersion  = 1
	damagedSuffix   = ".damaged"
)

// A Pairing is a page's key that a person has let in for an origin.
type Pairing struct {
	Origin string    `json:"origin"`
	Key    string    `json:"key"` // SHA-256 of the SubjectPublicKeyInfo, hexadecimal
	Paired time.Time `json:"paired"`
}

type pairingFile struct {
	Version  int       `json:"version"`
	Pairings []Pairing `json:"pairings"`
}

// ParsePairings reads the store's file strictly.
func ParsePairings(data []byte) ([]Pairing, error) {
	if len(data) > maxPairingBytes {
		return nil, fmt.Errorf("pairings: larger than %d bytes", maxPairingBytes)
	}
	var f pairingFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("pairings: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("pairings: something follows the object")
	}
	if f.Version != pairingVersion || len(f.Pairings) > maxPairings {
		return nil, fmt.Errorf("pairings: version %d, %d entries", f.Version, len(f.Pairings))
	}
	for _, p := range f.Pairings {
		if _, err := Parse(p.Origin); err != nil {
			return nil, fmt.Errorf("pairings: %w", err)
		}
		if b, err := hex.DecodeString(p.Key); err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != p.Key {
			return nil, fmt.Errorf("pairings: key of %s", p.Origin)
		}
	}
	return f.Pairings, nil
}

// Pairings is the store of a person's pairings: one file, looked at again
// whenever it has changed.
type Pairings struct {
	Path string

	mu   sync.Mutex
	held []Pairing
	seen fs.FileInfo
}

// PairingsError is a store that cannot be used: nothing is paired then. The
// next pairing puts it aside and begins anew.
type PairingsError struct {
	Path string
	Err  error
}

func (e *PairingsError) Error() string {
	return "read the paired sites from " + e.Path + ": " + e.Err.Error()
}

func (e *PairingsError) Unwrap() error { return e.Err }

// Words say it to a person, with the remedy.
func (e *PairingsError) Words() (vi, en string) {
	vi, en = "Không đọc được danh sách trang đã ghép nối, "+e.Path+", nên xem như chưa ghép nối trang nào. Hãy ghép nối lại; tệp cũ được giữ với đuôi "+damagedSuffix+".",
		"The paired sites in "+e.Path+" cannot be read, so none counts as paired. Pair them again; the old file is kept with "+damagedSuffix+" added to its name."
	var unsafe *userfile.Unsafe
	if errors.As(e.Err, &unsafe) {
		moreVI, moreEN := unsafe.Words()
		vi, en = moreVI+" "+vi, moreEN+" "+en
	}
	return vi, en
}

// List gives all pairings, oldest first. An absent store is an empty one; the
// error is a *PairingsError.
func (p *Pairings) List() ([]Pairing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(); err != nil {
		return nil, err
	}
	return slices.Clone(p.held), nil
}

func (p *Pairings) load() error {
	st, err := os.Lstat(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		p.held, p.seen = nil, nil
		return nil
	}
	if err == nil && p.seen != nil && userfile.Same(st, p.seen) && st.Mode() == p.seen.Mode() {
		return nil
	}
	p.held, p.seen = nil, nil
	data, st, err := userfile.Read(p.Path, maxPairingBytes)
	if err != nil {
		return &PairingsError{p.Path, err}
	}
	held, err := ParsePairings(data)
	if err != nil {
		return &PairingsError{p.Path, err}
	}
	p.held, p.seen = held, st
	return nil
}

// Has tells whether the origin is paired with the key.
func (p *Pairings) Has(o Origin, pageKey []byte) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(); err != nil {
		return false, err
	}
	return p.find(o.String(), keyOf(pageKey)) >= 0, nil
}

func (p *Pairings) find(origin, key string) int {
	return slices.IndexFunc(p.held, func(h Pairing) bool { return h.Origin == origin && h.Key == key })
}

func keyOf(pageKey []byte) string {
	sum := sha256.Sum256(pageKey)
	return hex.EncodeToString(sum[:])
}

// Add keeps a pairing. Where there are too many, the oldest of the same origin,
// or else of all, makes room.
func (p *Pairings) Add(o Origin, pageKey []byte, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var damaged *PairingsError
	if err := p.load(); errors.As(err, &damaged) {
		if err := os.Rename(p.Path, p.Path+damagedSuffix); err != nil {
			return fmt.Errorf("put the damaged store of pairings aside: %w", err)
		}
	}
	entry := Pairing{o.String(), keyOf(pageKey), now.UTC().Truncate(time.Second)}
	held := slices.Clone(p.held)
	if i := p.find(entry.Origin, entry.Key); i >= 0 {
		held = slices.Delete(held, i, i+1)
	}
	same := 0
	for _, h := range held {
		if h.Origin == entry.Origin {
			same++
		}
	}
	switch {
	case same >= maxPairingsOfOne:
		i := slices.IndexFunc(held, func(h Pairing) bool { return h.Origin == entry.Origin })
		held = slices.Delete(held, i, i+1)
	case len(held) >= maxPairings:
		held = held[1:]
	}
	return p.write(append(held, entry))
}

// Remove ends all pairings that which chooses, and says how many they were.
func (p *Pairings) Remove(which func(Pairing) bool) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(); err != nil {
		return 0, err
	}
	held := slices.DeleteFunc(slices.Clone(p.held), which)
	n := len(p.held) - len(held)
	if n == 0 {
		return 0, nil
	}
	return n, p.write(held)
}

func (p *Pairings) write(held []Pairing) error {
	if held == nil {
		held = []Pairing{}
	}
	data, err := json.MarshalIndent(pairingFile{pairingVersion, held}, "", "  ")
	if err == nil {
		err = userfile.Write(p.Path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the paired sites: %w", err)
	}
	p.held, p.seen = nil, nil // read back at the next look
	return nil
}
