package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
)

// part is one file of a log.
type part struct {
	name string
	data io.Reader
}

// line is one line of a log.
type line struct {
	file   string
	number int // in its file, from 1 on
	raw    []byte
	digest digest
	record Record
	err    error // it is no record
	torn   bool  // it has no end
}

// reader reads the lines of a log, and holds one of them at a time.
type reader struct {
	parts  []part
	in     *bufio.Reader
	name   string
	number int
}

// next is io.EOF after the last line.
func (r *reader) next() (*line, error) {
	for {
		if r.in == nil {
			if len(r.parts) == 0 {
				return nil, io.EOF
			}
			r.in, r.name, r.number = bufio.NewReaderSize(r.parts[0].data, 64<<10), r.parts[0].name, 0
			r.parts = r.parts[1:]
		}
		l, err := r.line()
		if err == io.EOF {
			r.in = nil
			continue
		}
		return l, err
	}
}

func (r *reader) line() (*line, error) {
	l := &line{file: r.name, number: r.number + 1}
	h := sha256.New()
	got, long := 0, false
	for {
		piece, err := r.in.ReadSlice('\n')
		got += len(piece)
		h.Write(piece)
		if long = long || len(l.raw)+len(piece) > maxLine; !long {
			l.raw = append(l.raw, piece...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF && got == 0 {
			return nil, io.EOF
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		l.torn = err == io.EOF
		break
	}
	r.number++
	if l.torn {
		h.Write([]byte{'\n'})
	}
	l.digest = digest(h.Sum(nil))
	if long {
		l.raw, l.err = nil, bufio.ErrTooLong
		return l, nil
	}
	l.record, l.err = decode(l.raw)
	return l, nil
}

// snapshot is a log as it was at one moment, whatever is written to it later.
type snapshot struct {
	parts []part
	files []*os.File
	head  headState
	known bool
}

func (s *snapshot) close() {
	for _, f := range s.files {
		f.Close()
	}
}

// look opens the log in dir. A folder that is not there is an empty log.
func look(ctx context.Context, dir string) (s *snapshot, err error) {
	s = &snapshot{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return s, nil
	}
	// A copy that only may be read has no lock, and nobody writes to it.
	if unlock, err := waitForLock(ctx, filepath.Join(dir, lockName), false); err == nil {
		defer unlock()
	} else if ctx.Err() != nil || err == errBusy {
		return s, err
	}
	names, err := months(dir)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDONLY|noFollow, 0)
		if err != nil {
			return s, err
		}
		s.files = append(s.files, f)
		st, err := f.Stat()
		if err != nil {
			return s, err
		}
		s.parts = append(s.parts, part{name, io.NewSectionReader(f, 0, st.Size())})
	}
	f, err := os.OpenFile(filepath.Join(dir, headName), os.O_RDONLY|noFollow, 0)
	if os.IsNotExist(err) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	s.head, s.known = readHead(f)
	return s, nil
}

// Read calls f with each record of the log in dir and its line without the end,
// the oldest first, and says nothing of whether they are intact. Lines that are
// no records are left out.
func Read(ctx context.Context, dir string, f func(r Record, line []byte) error) error {
	s, err := look(ctx, dir)
	if err != nil {
		return err
	}
	defer s.close()
	r := &reader{parts: s.parts}
	for {
		l, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.err != nil {
			continue
		}
		if err := f(l.record, bytes.TrimSuffix(l.raw, []byte{'\n'})); err != nil {
			return err
		}
	}
}
