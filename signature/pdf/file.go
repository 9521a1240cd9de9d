// Package pdf reads PDF files (ISO 32000-2, 7.5) and appends updates to them.
//
// It reads through io.ReaderAt and never loads the file, keeps the offset of
// everything it reads, and holds each revision to its own bytes: an object of
// a revision that reaches past the revision's end is an error. It never
// rewrites a byte it was given and never repairs: what a strict reader cannot
// follow is a *FormatError.
package pdf

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// A FormatError says where and why a file is not a PDF this package follows.
type FormatError struct {
	Offset int64 // byte offset in the file, -1 when no single place is at fault
	What   string
}

func (e *FormatError) Error() string {
	if e.Offset < 0 {
		return "pdf: " + e.What
	}
	return fmt.Sprintf("pdf: at byte %d: %s", e.Offset, e.What)
}

// File is an open PDF. Its View is that of the newest revision. A File may be
// used by several goroutines.
type File struct {
	View
	r    *source
	size int64
	// base is the offset of %PDF-, added to every offset the file states, for
	// files with bytes before their header.
	base      int64
	headerAt  int64       // where %PDF- stands
	revisions []*revision // oldest first
	tail      int64       // offset just after the newest %%EOF and its line end
	// index lists the object numbers with the revisions that have entries for
	// them, number<<16|revision, ascending; nil where revisions are few.
	index []uint64

	mu      sync.Mutex
	objects map[int64]located    // by file offset of "n g obj"
	streams map[int64]*objStream // decoded object streams, by file offset
	decoded int64                // bytes held in streams
	spare   []byte               // a parser's buffer to use again
	parsed  atomic.Int64         // bytes read as objects
	crypt   *crypt               // of an encrypted file that is open
	locked  error                // why an encrypted file is not
	live    inUse                // the objects of one revision
}

// inUse holds what View.inUse found last.
type inUse struct {
	sync.Mutex
	of            int // revision, 0 for none
	plain, packed []liveEntry
}

type located struct {
	ref Ref
	obj Object
}

// The header is looked for in the file's first bytes only, as viewers do
// (ISO 32000-1, Annex H, implementation note 13).
const headerWindow = 1024

// tailWindow is how far from the end startxref is looked for: the 1024 bytes
// of implementation note 18, and room for startxref itself.
const tailWindow = 1024 + 64

// Open reads the cross-references and trailers of the PDF in r, whose length
// is size bytes, and nothing else but its encryption, which it opens if that
// takes no password: see Locked. Any fault of the file is a *FormatError; other
// errors come from r.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: &source{r: r, size: size}, size: size, objects: map[int64]located{}, streams: map[int64]*objStream{}}
	head, err := f.bytes(0, min(size, headerWindow))
	if err != nil {
		return nil, err
	}
	at := bytes.Index(head, []byte("%PDF-"))
	if at < 0 {
		return nil, &FormatError{0, "no %PDF- header: this is not a PDF file"}
	}
	f.headerAt = int64(at)
	start, tail, err := f.lastStartXref(size)
	if err != nil {
		return nil, err
	}
	f.tail = tail
	if err = f.readRevisions(start); err != nil && at > 0 {
		// Some writers count offsets from the header, some from the start.
		f.base = int64(at)
		f.revisions = nil
		if again := f.readRevisions(start + f.base); again != nil {
			return nil, err
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	f.View = View{f, len(f.revisions)}
	if _, ok := f.Trailer().Get("Root").(Ref); !ok {
		return nil, &FormatError{f.revisions[len(f.revisions)-1].xrefAt, "the trailer names no document catalog"}
	}
	f.Unlock(nil) // Locked tells
	return f, nil
}

// Size is the file's length in bytes.
func (f *File) Size() int64 { return f.size }

// HeaderOffset is the number of bytes before %PDF- that the file's own offsets
// do not count.
func (f *File) HeaderOffset() int64 { return f.base }

// TrailingBytes counts the bytes after the newest %%EOF and its line end.
func (f *File) TrailingBytes() int64 { return f.size - f.tail }

// ReadAt reads the file's bytes.
//
//go:noinline
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.r.ReadAt(p, off) }

// bytes reads n bytes at off, all of which must exist.
func (f *File) bytes(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off+n > f.size {
		return nil, &FormatError{off, "the file ends too early"}
	}
	b := make([]byte, n)
	if m, err := f.r.ReadAt(b, off); int64(m) < n {
		if err == io.EOF {
			err = &FormatError{off, "the file ends too early"}
		}
		return nil, err
	}
	return b, nil
}

// lastStartXref finds the last startxref before end. It returns the offset
// stated there and where its %%EOF line ends.
func (f *File) lastStartXref(end int64) (start, tail int64, err error) {
	from := max(0, end-tailWindow)
	b, err := f.bytes(from, end-from)
	if err != nil {
		return 0, 0, err
	}
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 {
		return 0, 0, &FormatError{-1, "no startxref near the end: the file is truncated or damaged"}
	}
	return f.startXref(from+int64(i), end)
}

// startXref reads "startxref n %%EOF" at off.
func (f *File) startXref(off, end int64) (start, tail int64, err error) {
	p := f.parser(off, end)
	if err := p.keyword("startxref"); err != nil {
		return 0, 0, err
	}
	start, err = p.integer()
	if err != nil {
		return 0, 0, err
	}
	p.skipSpace()
	if !p.match("%%EOF") {
		return 0, 0, &FormatError{p.pos, "no %%EOF after startxref: the file is truncated or damaged"}
	}
	if p.peek() == '\r' {
		p.pos++
	}
	if p.peek() == '\n' {
		p.pos++
	}
	return start, p.pos, nil
}
