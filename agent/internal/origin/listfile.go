package origin

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"kyso/agent/internal/userfile"
)

// ListSignatureSuffix is what the name of a list's signature adds to that of
// the list.
const ListSignatureSuffix = ".p7s"

// A ListFile is a signed list on the disk, looked at again whenever it has
// changed. What is wrong with it never widens what is allowed: then nothing
// of it is.
type ListFile struct {
	// Path is the list's; the signature lies beside it.
	Path string
	// Signers are the SHA-256 of the certificates that may sign it.
	Signers [][sha256.Size]byte
	// State is the file that remembers the highest serial that was in force for
	// this user. Empty, or with ReadOnly, nothing is remembered.
	State    string
	ReadOnly bool

	mu      sync.Mutex
	held    *InForce // the last that was good; its times are asked each time
	seen    [2]fs.FileInfo
	highest remembered
}

// InForce is a list whose signature and serial are good.
type InForce struct {
	SignedList
	Signer *x509.Certificate
	// Unsaved is why the serial could not be written down: the list is in force,
	// but an older one would be again after the agent's next start.
	Unsaved error

	list List
}

// remembered is the state file.
type remembered struct {
	Serial int64  `json:"serial"`
	SHA256 string `json:"sha256"` // of the list's bytes
}

// maxStateBytes bounds the state file, which has about 100.
const maxStateBytes = 4096

// Look gives the list if it is in force at the time. Errors wrap ErrListFormat,
// ErrListSignature, ErrListSigner, ErrListAge or ErrListSerial, or say which
// file cannot be read.
func (f *ListFile) Look(now time.Time) (*InForce, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.unchanged() {
		f.held = nil
		in, err := f.load(now)
		if err != nil {
			return nil, err
		}
		f.held = in
	}
	if err := f.held.ValidAt(now); err != nil {
		return nil, err
	}
	return f.held, nil
}

func (f *ListFile) paths() [2]string { return [2]string{f.Path, f.Path + ListSignatureSuffix} }

// unchanged tells whether what is held is what lies there.
func (f *ListFile) unchanged() bool {
	if f.held == nil {
		return false
	}
	for i, path := range f.paths() {
		st, err := os.Stat(path)
		if err != nil || !userfile.Same(st, f.seen[i]) {
			return false
		}
	}
	return true
}

func (f *ListFile) load(now time.Time) (*InForce, error) {
	var parts [2][]byte
	for i, limit := range [2]int{MaxListBytes, MaxListSignatureBytes} {
		var err error
		if parts[i], f.seen[i], err = readPart(f.paths()[i], limit); err != nil {
			return nil, fmt.Errorf("read the list of origins: %w", err)
		}
	}
	cert, err := CheckListSignature(parts[0], parts[1], f.Signers, now)
	if err != nil {
		return nil, err
	}
	l, err := ParseSignedList(parts[0])
	if err != nil {
		return nil, err
	}
	if err := l.ValidAt(now); err != nil {
		return nil, err
	}
	unsaved, err := f.remember(l, parts[0])
	if err != nil {
		return nil, err
	}
	list, err := l.list()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrListFormat, err)
	}
	return &InForce{l, cert, unsaved, list}, nil
}

// readPart reads a file that may be anybody's: its signature is what counts.
func readPart(path string, limit int) ([]byte, fs.FileInfo, error) {
	// Asked before opening: a pipe would wait for its writer.
	st, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > limit {
		return nil, nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, st, nil
}

// remember refuses a list that one with a higher serial was in force before, or
// another with the same, and keeps the serial of a new one.
func (f *ListFile) remember(l SignedList, data []byte) (unsaved, err error) {
	sum := sha256.Sum256(data)
	this := remembered{l.Serial, hex.EncodeToString(sum[:])}
	high, err := f.remembered()
	if err != nil {
		return nil, err
	}
	switch {
	case this.Serial < high.Serial:
		return nil, fmt.Errorf("%w: serial %d, and %d was in force", ErrListSerial, this.Serial, high.Serial)
	case this.Serial == high.Serial && this != high:
		return nil, fmt.Errorf("%w: serial %d was in force with other content", ErrListSerial, this.Serial)
	case this == high || f.ReadOnly:
		return nil, nil
	}
	f.highest = this
	if f.State == "" {
		return nil, nil
	}
	text, err := json.Marshal(this)
	if err == nil {
		err = userfile.Write(f.State, text)
	}
	return err, nil
}

// remembered is the highest serial that is known to have been in force. A state
// file that cannot be read is an error: it may have held a higher one.
func (f *ListFile) remembered() (remembered, error) {
	if f.State == "" {
		return f.highest, nil
	}
	data, _, err := userfile.Read(f.State, maxStateBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return f.highest, nil
	}
	var r remembered
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err == nil && (r.Serial < 1 || len(r.SHA256) != 2*sha256.Size) {
		err = errors.New("it holds no serial")
	}
	if err != nil {
		return remembered{}, &StateError{f.State, err}
	}
	if f.highest.Serial > r.Serial {
		r = f.highest
	}
	return r, nil
}

// StateError is a file that remembers the serial of the list and cannot be
// read.
type StateError struct {
	Path string
	Err  error
}

func (e *StateError) Error() string {
	return "read the serial that was in force from " + e.Path + ": " + e.Err.Error()
}

func (e *StateError) Unwrap() error { return e.Err }

// Words say it to a person, with the remedy.
func (e *StateError) Words() (vi, en string) {
	return "Không đọc được tệp ghi số hiệu danh sách đang dùng, " + e.Path + ". Hãy xóa tệp này nếu chắc danh sách hiện có là mới nhất.",
		"The file that remembers the serial of the list, " + e.Path + ", cannot be read. Delete it if the list in place is surely the newest."
}
