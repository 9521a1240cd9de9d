package origin

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"kyso/agent/internal/userfile"
)

const (
	keyName = "agent-key.pem"
	keyType = "EC PRIVATE KEY" // RFC 5915
	// maxKeyBytes bounds the file, which has about 230.
	maxKeyBytes = 4096
)

// KeyError is an agent's key that cannot be used.
type KeyError struct {
	Path string
	Err  error
}

func (e *KeyError) Error() string {
	return "read the agent's key from " + e.Path + ": " + e.Err.Error()
}

func (e *KeyError) Unwrap() error { return e.Err }

// Words say it to a person, with the remedy.
func (e *KeyError) Words() (vi, en string) {
	var unsafe *userfile.Unsafe
	if errors.As(e.Err, &unsafe) {
		return unsafe.Words()
	}
	return "Không đọc được khóa của Kyso trên máy này, " + e.Path + ". Hãy xóa tệp để Kyso tạo khóa mới; các trang đã ghép nối sẽ phải ghép nối lại.",
		"Kyso's key on this machine, " + e.Path + ", cannot be read. Delete the file, and Kyso makes a new key; paired sites must then be paired again."
}

// LoadKey gives this user's agent key from dir, where it is made the first
// time: by one of two agents that start at once. A file that others may read is
// a *KeyError, and is not used.
func LoadKey(dir string) (*Key, error) {
	path := filepath.Join(dir, keyName)
	data, _, err := userfile.Read(path, maxKeyBytes)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("keep the agent's key: %w", err)
		}
		data, _, err = userfile.Read(path, maxKeyBytes)
	}
	if err != nil {
		return nil, &KeyError{path, err}
	}
	defer clear(data)
	block, rest := pem.Decode(data)
	if block == nil || block.Type != keyType || len(rest) != 0 {
		return nil, &KeyError{path, errors.New("it is no key in PEM")}
	}
	defer clear(block.Bytes)
	key, err := UnmarshalKey(block.Bytes)
	if err != nil {
		return nil, &KeyError{path, err}
	}
	return key, nil
}

func makeKey(path string) error {
	key, err := NewKey()
	if err != nil {
		return err
	}
	der, err := key.Marshal()
	if err != nil {
		return fmt.Errorf("make agent key: %w", err)
	}
	defer clear(der)
	data := pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: der})
	defer clear(data)
	return userfile.Create(path, data)
}
