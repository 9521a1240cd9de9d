package eoffice

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"kyso/testdata/documents"
)

// maxSavings bounds how often one document is saved before it is reset; a
// document of the demo has two or three signatures.
const maxSavings = 20

var (
	errUnknown  = errors.New("no such document")
	errNotPDF   = errors.New("not a PDF")
	errRewrites = errors.New("does not begin with the document as it is")
	errFull     = errors.New("saved too often")
)

// A version is a document with what has been appended to it.
type version struct {
	documents.Document
	original []byte
	current  []byte // begins with original; never changed in place
	savings  int    // how often a longer version came
	savedAt  time.Time
}

// store keeps the documents in memory: one current version each.
type store struct {
	mu    sync.Mutex
	order []string
	files map[string]*version
}

func newStore(list []documents.Document, open func(string) ([]byte, error)) (*store, error) {
	s := &store{files: map[string]*version{}}
	for _, d := range list {
		data, err := open(d.Name)
		if err != nil {
			return nil, err
		}
		s.order = append(s.order, d.Name)
		s.files[d.Name] = &version{Document: d, original: data, current: data}
	}
	return s, nil
}

// list returns a copy of every version, in the order of the list.
func (s *store) list() []version {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]version, 0, len(s.order))
	for _, name := range s.order {
		all = append(all, *s.files[name])
	}
	return all
}

// get returns a copy of one version.
func (s *store) get(name string) (version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.files[name]
	if v == nil {
		return version{}, fmt.Errorf("%q: %w", name, errUnknown)
	}
	return *v, nil
}

// save replaces the current version by one that only appends to it: what is
// signed already stays as it is, and of two people who sign at once the second
// is told.
func (s *store) save(name string, data []byte, at time.Time) (version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.files[name]
	switch {
	case v == nil:
		return version{}, fmt.Errorf("%q: %w", name, errUnknown)
	case !bytes.HasPrefix(data, []byte("%PDF-")):
		return version{}, errNotPDF
	case len(data) <= len(v.current) || !bytes.HasPrefix(data, v.current):
		return version{}, errRewrites
	case v.savings >= maxSavings:
		return version{}, errFull
	}
	v.current, v.savings, v.savedAt = data, v.savings+1, at
	return *v, nil
}

// reset returns a document to how it was at the start.
func (s *store) reset(name string) (version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.files[name]
	if v == nil {
		return version{}, fmt.Errorf("%q: %w", name, errUnknown)
	}
	v.current, v.savings, v.savedAt = v.original, 0, time.Time{}
	return *v, nil
}
