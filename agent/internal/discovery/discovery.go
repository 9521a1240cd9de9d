// Package discovery tells this user's own programs where the agent of this
// session listens, and with which key it answers. Pages never see the file.
// What it says is believed no further than the key: whoever connects has the
// agent prove it (origin.Transcript).
package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/userfile"
)

// Agent is one that runs.
type Agent struct {
	Port    int    `json:"port"`
	PID     int    `json:"pid"`
	Key     string `json:"key"` // SubjectPublicKeyInfo, as origin.Encode writes it
	Version string `json:"version"`
}

// maxBytes bounds the file, which has about 250.
const maxBytes = 4096

// maxKeyBytes bounds the key; on P-256 it has 91.
const maxKeyBytes = 200

// ErrNotRunning: no agent runs in this session.
var ErrNotRunning = errors.New("no agent runs in this session")

// Write says at path, which Path gives, where this process's agent is.
func Write(path string, port int, key *origin.Key, version string) error {
	data, err := json.Marshal(Agent{Port: port, PID: os.Getpid(), Key: origin.Encode(key.Public()), Version: version})
	if err == nil {
		err = userfile.Write(path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("say where the agent is: %w", err)
	}
	return nil
}

// Read finds the agent. Where there is none, or it ended without removing its
// file, the error is ErrNotRunning.
func Read(path string) (Agent, error) {
	data, _, err := userfile.Read(path, maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Agent{}, ErrNotRunning
	}
	if err != nil {
		return Agent{}, fmt.Errorf("find the agent: %w", err)
	}
	a, err := Parse(data)
	if err != nil {
		return Agent{}, fmt.Errorf("find the agent: %s: %w", path, err)
	}
	if !running(a.PID) {
		return Agent{}, ErrNotRunning
	}
	return a, nil
}

// Parse reads the bytes of the file strictly.
func Parse(data []byte) (Agent, error) {
	var a Agent
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return Agent{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return Agent{}, errors.New("something follows the object")
	}
	if a.Port < 1 || a.Port > 65535 || a.PID < 1 || len(a.Version) > 100 {
		return Agent{}, errors.New("no such port, process or version")
	}
	if _, err := a.PublicKey(); err != nil {
		return Agent{}, err
	}
	return a, nil
}

// PublicKey is the agent's SubjectPublicKeyInfo.
func (a Agent) PublicKey() ([]byte, error) {
	if len(a.Key) > maxKeyBytes {
		return nil, errors.New("key is too long")
	}
	der, err := origin.Decode(a.Key, len(a.Key)*6/8)
	if err != nil {
		return nil, err
	}
	if _, err := origin.ParseKey(der); err != nil {
		return nil, err
	}
	return der, nil
}

// Remove takes back what this process wrote; another agent's stays.
func Remove(path string) error {
	data, _, err := userfile.Read(path, maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if a, err := Parse(data); err != nil || a.PID != os.Getpid() {
		return nil
	}
	return os.Remove(path)
}
