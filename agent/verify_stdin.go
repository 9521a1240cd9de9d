package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"kyso/signature/verify"
)

const (
	// maxStdinMemory is kept in memory: most documents are smaller.
	maxStdinMemory = 4 << 20
	// maxStdin bounds what is kept on disk, twice the largest document that
	// Kyso is measured with. A larger one can be verified as a file.
	maxStdin = 2 << 30
)

var errStdinLarge = inputError{verify.Message{Code: "UNREADABLE_FILE",
	VI: fmt.Sprintf("Đầu vào chuẩn dài hơn %d GiB. Hãy lưu thành tệp rồi kiểm tra.", maxStdin>>30),
	EN: fmt.Sprintf("Standard input is longer than %d GiB. Save it as a file and verify that.", maxStdin>>30)}}

// spool keeps standard input, which can be read once, for an engine that reads
// back and forth: in memory, or in a temporary file.
type spool struct {
	from io.Reader
	// inMemory and longest are maxStdinMemory and maxStdin.
	inMemory, longest int64

	mu   sync.Mutex
	file *tempFile
}

func newSpool(from io.Reader) *spool {
	return &spool{from: from, inMemory: maxStdinMemory, longest: maxStdin}
}

// read takes all of the input.
func (s *spool) read() (io.ReaderAt, int64, error) {
	var head bytes.Buffer
	_, err := io.CopyN(&head, s.from, s.inMemory+1)
	if err == io.EOF {
		return bytes.NewReader(head.Bytes()), int64(head.Len()), nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read standard input: %w", err)
	}
	f, err := newTempFile()
	if err != nil {
		return nil, 0, fmt.Errorf("keep standard input: %w", err)
	}
	s.mu.Lock()
	s.file = f
	s.mu.Unlock()
	n, err := io.Copy(f, io.MultiReader(&head, io.LimitReader(s.from, s.longest-s.inMemory)))
	if err != nil {
		return nil, 0, fmt.Errorf("keep standard input: %w", err)
	}
	if n > s.longest {
		return nil, 0, errStdinLarge
	}
	return f, n, nil
}

// remove removes the file, also while it is still being written.
func (s *spool) remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.remove()
	}
}

// tempFile is a file that nobody else can read and that does not outlive the
// run: its name is removed at once where the system allows that, so that not
// even a crash leaves it behind.
type tempFile struct {
	*os.File
	named bool
}

func newTempFile() (*tempFile, error) {
	f, err := os.CreateTemp("", "kyso-*.tmp")
	if err != nil {
		return nil, err
	}
	// Windows refuses while it is open; remove does it then.
	return &tempFile{f, os.Remove(f.Name()) != nil}, nil
}

func (f *tempFile) remove() {
	f.Close()
	if f.named {
		os.Remove(f.Name())
	}
}
