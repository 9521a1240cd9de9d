// Package truststore keeps the CA certificates that a person, or the
// administrator for everybody on the machine, has decided to trust. It never
// decides that itself, and never takes a certificate from the network.
package truststore

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kyso/agent/internal/policy"
	"kyso/signature/trust"
)

// Origin says whose decision an anchor is.
type Origin string

// The origins.
const (
	Machine Origin = "machine" // the administrator's, for everybody
	User    Origin = "user"    // this person's
)

// Store is the folders anchors are kept in: one DER file each, named by its
// SHA-256. An empty path is a folder without anchors.
type Store struct{ Machine, User string }

// Default is the folders of this machine and user: beside the machine's policy
// file, and among the user's settings (on Linux ~/.config/kyso/trust). Without
// a home there is no folder of the user's.
func Default() Store {
	s := Store{Machine: filepath.Join(filepath.Dir(policy.DefaultPath()), "trust")}
	if dir, err := os.UserConfigDir(); err == nil {
		s.User = filepath.Join(dir, "kyso", "trust")
	}
	return s
}

// Anchor is one trusted certificate.
type Anchor struct {
	Certificate *x509.Certificate
	// SHA256 is of the certificate, hexadecimal, lower case.
	SHA256 string
	Origin Origin
	// Known is what is known about it, nil for nothing.
	Known *trust.Knowledge
}

// Describe makes an Anchor of a certificate that need not be in a store.
func Describe(cert *x509.Certificate) Anchor {
	sum := sha256.Sum256(cert.Raw)
	a := Anchor{Certificate: cert, SHA256: hex.EncodeToString(sum[:])}
	if k, ok := trust.Known(cert); ok {
		a.Known = &k
	}
	return a
}

const (
	// maxAnchors bounds what is read of one folder; the largest lists of roots
	// in use hold some hundred.
	maxAnchors = 1000
	// maxAnchorBytes bounds one certificate; a root has two KiB.
	maxAnchorBytes = 64 << 10
	extension      = ".crt"
	tempPrefix     = "."
)

// List reads the anchors, the machine's first. A file that is not what its
// name says is left out; problems say which, and why. A folder that does not
// exist is an empty one.
func (s Store) List() (anchors []Anchor, problems []error) {
	for _, origin := range []Origin{Machine, User} {
		found, errs := s.list(origin)
		anchors = append(anchors, found...)
		problems = append(problems, errs...)
	}
	return anchors, problems
}

func (s Store) list(origin Origin) (anchors []Anchor, problems []error) {
	dir := s.dir(origin)
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read trust anchors: %w", err)}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			continue // one that is just being written
		}
		if len(anchors) == maxAnchors {
			return anchors, append(problems, fmt.Errorf("read trust anchors: %s holds more than %d", dir, maxAnchors))
		}
		a, err := s.read(origin, e.Name())
		if err != nil {
			problems = append(problems, fmt.Errorf("read trust anchor %s: %w", filepath.Join(dir, e.Name()), err))
			continue
		}
		anchors = append(anchors, a)
	}
	return anchors, problems
}

func (s Store) read(origin Origin, name string) (Anchor, error) {
	path := filepath.Join(s.dir(origin), name)
	// Asked before opening: a pipe would wait for its writer.
	st, err := os.Stat(path)
	if err != nil {
		return Anchor{}, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxAnchorBytes {
		return Anchor{}, errors.New("it is no file of one certificate")
	}
	f, err := os.Open(path)
	if err != nil {
		return Anchor{}, err
	}
	defer f.Close()
	if origin == Machine {
		// Whoever writes there decides what everybody on the machine trusts.
		if err := policy.OnlyAdministrator(f); err != nil {
			return Anchor{}, err
		}
	}
	der, err := io.ReadAll(io.LimitReader(f, maxAnchorBytes))
	if err != nil {
		return Anchor{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Anchor{}, errors.New("it is no DER certificate; import it with kyso trust import")
	}
	a := Describe(cert)
	a.Origin = origin
	if name != a.SHA256+extension {
		return Anchor{}, errors.New("its name is not its SHA-256; import it with kyso trust import")
	}
	return a, nil
}

func (s Store) dir(origin Origin) string {
	if origin == Machine {
		return s.Machine
	}
	return s.User
}

// Anchors are the certificates of List, each once, for trust.NewStore.
func (s Store) Anchors() (certs []*x509.Certificate, problems []error) {
	anchors, problems := s.List()
	for _, a := range anchors {
		certs = append(certs, a.Certificate) // trust.NewStore drops what is there twice
	}
	return certs, problems
}

// Anchors are those of the Default store: what a verdict is judged by when the
// caller names no others. Problems leave out single anchors, never add any.
func Anchors() (certs []*x509.Certificate, problems []error) { return Default().Anchors() }

// Add keeps cert in the folder of origin; added is false when it is there
// already. Whether the certificate deserves it is the caller's question.
func (s Store) Add(cert *x509.Certificate, origin Origin) (added bool, err error) {
	dir, a := s.dir(origin), Describe(cert)
	if dir == "" {
		return false, errors.New("keep trust anchor: this user has no folder for settings")
	}
	if _, err := s.read(origin, a.SHA256+extension); err == nil {
		return false, nil
	}
	dirMode, fileMode := fs.FileMode(0o700), fs.FileMode(0o600)
	if origin == Machine {
		dirMode, fileMode = 0o755, 0o644 // everybody reads it
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return false, fmt.Errorf("keep trust anchor: %w", err)
	}
	temp := filepath.Join(dir, tempPrefix+rand.Text())
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return false, fmt.Errorf("keep trust anchor: %w", err)
	}
	_, err = f.Write(cert.Raw)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(dir, a.SHA256+extension))
	}
	if err != nil {
		os.Remove(temp)
		return false, fmt.Errorf("keep trust anchor: %w", err)
	}
	return true, nil
}

// Remove ends the trust in one anchor of List.
func (s Store) Remove(a Anchor) error {
	if err := os.Remove(filepath.Join(s.dir(a.Origin), a.SHA256+extension)); err != nil {
		return fmt.Errorf("remove trust anchor: %w", err)
	}
	return nil
}
