package origin

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"
)

// The files among a user's settings.
const (
	pairingsName  = "pairings.json"
	listStateName = "allowed-origins-serial.json"
)

// SitesOptions say which sites may ask.
type SitesOptions struct {
	// Allowed are the policy's own origins.
	Allowed []string
	// ListFile is the path of the signed list, empty for none; Signers are the
	// SHA-256 of the certificates that may sign it.
	ListFile string
	Signers  [][sha256.Size]byte
	// Pairing lets a person add sites.
	Pairing bool
	// Dir is where this user's pairings, and the serial of the list, are kept.
	// Empty: nothing is kept, and so nothing can be paired.
	Dir string
	// ReadOnly keeps the serial of a newer list from being remembered: for
	// showing what is in force.
	ReadOnly bool
	// Clock is required.
	Clock func() time.Time
	// Log is told what is wrong with the list or the pairings, once for each
	// change. Nil discards.
	Log *slog.Logger
}

// Sites tells which origin may ask for what.
type Sites struct {
	o        SitesOptions
	allowed  List
	file     *ListFile
	pairings *Pairings

	mu   sync.Mutex
	said map[string]string // the last complaint about each file
}

// ErrPairingOff is the error of Pair where the administrator alone lets sites
// in.
var ErrPairingOff = errors.New("pairing is not allowed on this machine")

// NewSites checks the policy's own origins; one that cannot be meant is an
// error. The files are looked at later, and again whenever they change.
func NewSites(o SitesOptions) (*Sites, error) {
	if o.Clock == nil {
		return nil, errors.New("make sites: a clock is required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	allowed, err := NewList(o.Allowed...)
	if err != nil {
		return nil, err
	}
	s := &Sites{o: o, allowed: allowed, said: make(map[string]string)}
	state := ""
	if o.Dir != "" {
		state = filepath.Join(o.Dir, listStateName)
		s.pairings = &Pairings{Path: filepath.Join(o.Dir, pairingsName)}
	}
	if o.ListFile != "" {
		s.file = &ListFile{Path: o.ListFile, Signers: o.Signers, State: state, ReadOnly: o.ReadOnly}
	}
	return s, nil
}

// Standing is what a page of the origin may ask for. Without a key, which a
// page shows only after the handshake, the most it can be beside Listed is
// Unpaired.
func (s *Sites) Standing(o Origin, pageKey []byte) Standing {
	if _, ok := s.allowed.set[o]; ok {
		return Listed
	}
	if s.file != nil {
		in, err := s.file.Look(s.o.Clock())
		s.complain(s.file.Path, err)
		if err == nil {
			s.unsaved(in.Unsaved)
			if _, ok := in.list.set[o]; ok {
				return Listed
			}
		}
	}
	if !s.o.Pairing || s.pairings == nil {
		return Refused
	}
	if len(pageKey) == 0 {
		return Unpaired
	}
	paired, err := s.pairings.Has(o, pageKey)
	s.complain(s.pairings.Path, err)
	if paired {
		return Paired
	}
	return Unpaired
}

// Pair keeps that a person has let in the page with this key. It is called after
// he compared the words.
func (s *Sites) Pair(o Origin, pageKey []byte) error {
	if !s.o.Pairing || s.pairings == nil {
		return ErrPairingOff
	}
	if _, err := ParseKey(pageKey); err != nil {
		return fmt.Errorf("pair %s: %w", o, err)
	}
	return s.pairings.Add(o, pageKey, s.o.Clock())
}

// Unpair ends the pairings that which chooses.
func (s *Sites) Unpair(which func(Pairing) bool) (int, error) {
	if s.pairings == nil {
		return 0, nil
	}
	return s.pairings.Remove(which)
}

// complain logs what is wrong with a file when it was not so before.
func (s *Sites) complain(path string, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if said == s.said[path] {
		return
	}
	s.said[path] = said
	if err == nil {
		s.o.Log.Info("in order again", "file", path)
		return
	}
	s.o.Log.Warn("nothing of this file counts", "file", path, "why", said)
}

// unsaved logs once that the serial of the list cannot be kept.
func (s *Sites) unsaved(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.said[listStateName] == "" {
		s.said[listStateName] = err.Error()
		s.o.Log.Warn("the serial of the list of origins cannot be kept", "why", err)
	}
}

// SitesStatus is which sites may ask, and why.
type SitesStatus struct {
	Allowed     []string // the policy's own
	ListFile    string   // empty: none
	List        *InForce // nil: nothing of ListFile counts
	ListProblem error
	Pairing     bool
	Pairings    []Pairing
	// PairingsProblem: the store cannot be read, and nothing is paired.
	PairingsProblem error
}

// Status looks at everything now.
func (s *Sites) Status() SitesStatus {
	st := SitesStatus{Allowed: s.o.Allowed, Pairing: s.o.Pairing}
	if s.file != nil {
		st.ListFile = s.file.Path
		st.List, st.ListProblem = s.file.Look(s.o.Clock())
	}
	if s.pairings != nil {
		st.Pairings, st.PairingsProblem = s.pairings.List()
	}
	return st
}
