package localcert

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The files of a folder. The leaf's key can be read by its owner alone; that of
// the CA is in none.
const (
	keyFile  = "localhost.key"
	leafFile = "localhost.crt"
	caFile   = "ca.crt"
)

// DefaultDir is this person's folder.
func DefaultDir() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "kyso", "vgca"), nil
}

// Keeper keeps one person's certificate, and renews it.
type Keeper struct {
	// Dir is the folder of the files; required.
	Dir string
	// Clock tells the time; required.
	Clock func() time.Time
	// Renewed, if set, is called with the new CA when it takes the place of an
	// earlier one, so that it can be trusted where that was.
	Renewed func(ca *x509.Certificate)

	mu      sync.Mutex
	current *tls.Certificate
	ca      *x509.Certificate
	looked  time.Time // when current was last found good
	file    fs.FileInfo
}

// checkEvery is how often an agent that runs for months asks whether it is time
// to renew.
const checkEvery = time.Hour

// CA is the certificate to trust, made now if there is none.
func (k *Keeper) CA() (*x509.Certificate, error) {
	if _, err := k.Certificate(nil); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ca, nil
}

// Certificate is what the server shows, for tls.Config.GetCertificate. It is
// made, or made anew, when there is none that is good for another month.
func (k *Keeper) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Clock()
	if k.current != nil && now.Sub(k.looked).Abs() < checkEvery && k.unchanged() {
		return k.current, nil
	}
	defer k.remember()
	before := k.ca
	current, ca, err := load(k.Dir)
	if err == nil && good(ca, current.Leaf, now) {
		k.current, k.ca, k.looked = current, ca, now
		return current, nil
	}
	if err == nil {
		before = ca
	}
	m, err := generate(now)
	if err != nil {
		return nil, err
	}
	if err := save(k.Dir, m); err != nil {
		return nil, fmt.Errorf("keep the certificate of 127.0.0.1: %w", err)
	}
	k.current = &tls.Certificate{Certificate: [][]byte{m.leaf.Raw}, PrivateKey: m.key, Leaf: m.leaf}
	k.ca, k.looked = m.ca, now
	if before != nil && k.Renewed != nil {
		k.Renewed(m.ca)
	}
	return k.current, nil
}

// unchanged tells whether the file is the one that was read: kyso vgca may have
// removed it, or made another.
func (k *Keeper) unchanged() bool {
	st, err := os.Stat(filepath.Join(k.Dir, leafFile))
	return err == nil && k.file != nil && os.SameFile(st, k.file) && st.ModTime().Equal(k.file.ModTime())
}

func (k *Keeper) remember() {
	st, err := os.Stat(filepath.Join(k.Dir, leafFile))
	if err != nil {
		st = nil
	}
	k.file = st
}

// Load reads the CA and the certificate there are; fs.ErrNotExist: none.
func Load(dir string) (ca, leaf *x509.Certificate, err error) {
	current, ca, err := load(dir)
	if err != nil {
		return nil, nil, err
	}
	return ca, current.Leaf, nil
}

func load(dir string) (*tls.Certificate, *x509.Certificate, error) {
	if err := private(dir, keyFile); err != nil {
		return nil, nil, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, leafFile), filepath.Join(dir, keyFile))
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, errors.New("read the loopback CA: no PEM")
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	return &pair, ca, err
}

// save writes the three files, each whole or not at all.
func save(dir string, m made) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // that there was
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(m.key)
	if err != nil {
		return err
	}
	defer clear(key)
	for _, f := range []struct {
		name, kind string
		der        []byte
	}{{keyFile, "PRIVATE KEY", key}, {leafFile, "CERTIFICATE", m.leaf.Raw}, {caFile, "CERTIFICATE", m.ca.Raw}} {
		if err := replace(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der})); err != nil {
			return err
		}
	}
	return nil
}

func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// Delete removes the files, and the folder if nothing else is in it.
func Delete(dir string) error {
	for _, name := range []string{keyFile, leafFile, caFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
		return os.Remove(dir)
	}
	return nil
}
