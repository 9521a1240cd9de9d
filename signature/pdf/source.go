package pdf

import (
	"io"
	"sync"
)

// source reads a file, and remembers when a part of it could not be read: what
// is missing must never be taken for what is not there.
type source struct {
	r    io.ReaderAt
	size int64
	mu   sync.Mutex
	err  error
}

// ReadAt reads as the reader inside does.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(p, off)
	if off >= 0 && int64(n) < min(int64(len(p)), s.size-off) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF // the file became shorter
		}
		s.mu.Lock()
		if s.err == nil {
			s.err = err
		}
		s.mu.Unlock()
	}
	return n, err
}

// Err is why some part of the file could not be read since it was opened, nil
// when all that was asked for was there. What was found in a file with an error
// may lack things.
func (f *File) Err() error {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	return f.r.err
}
