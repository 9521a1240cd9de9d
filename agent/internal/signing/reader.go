package signing

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// contextReader fails once ctx has ended, so that long passes over a document
// stop where they are.
type contextReader struct {
	ctx context.Context
	r   io.ReaderAt
}

func (c contextReader) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(p, off)
}

// digest hashes the size bytes of r, reporting every step of them. Reading is
// one block ahead of hashing. b, which may be nil, is bound to these very bytes.
func digest(r io.ReaderAt, size int64, step func(done int64), b *bound) (hash.Cloner, error) {
	// A window large enough that the disk, not the calls, sets the pace.
	const window = 4 * boundBlock
	set := func(data []byte, off int64) {
		if b != nil {
			b.set(data, off)
		}
	}
	type block struct {
		data []byte
		err  error
	}
	h := sha256.New().(hash.Cloner)
	if size <= window { // most documents need no second goroutine
		buf := make([]byte, size)
		n, err := r.ReadAt(buf, 0)
		if int64(n) < size {
			return nil, shortRead(int64(n), err)
		}
		h.Write(buf)
		set(buf, 0)
		step(size)
		return h, nil
	}
	free, full := make(chan []byte, 2), make(chan block, 2)
	free <- make([]byte, window)
	free <- make([]byte, window)
	quit := make(chan struct{})
	defer close(quit)
	go func() {
		for off := int64(0); off < size; {
			var buf []byte
			select {
			case buf = <-free:
			case <-quit:
				return
			}
			n, err := r.ReadAt(buf[:min(window, size-off)], off)
			off += int64(n)
			if off < size && (err != nil || n == 0) {
				full <- block{nil, shortRead(off, err)}
				return
			}
			full <- block{buf[:n], nil}
		}
	}()
	for off := int64(0); off < size; {
		next := <-full
		if next.err != nil {
			return nil, next.err
		}
		h.Write(next.data)
		set(next.data, off)
		off += int64(len(next.data))
		step(off)
		free <- next.data[:window]
	}
	return h, nil
}

func shortRead(off int64, err error) error {
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read document at byte %d: %w", off, err)
}

// appended is a signed document: the bytes of the original, then what signing
// has added. It holds nothing else of the work that led to it.
type appended struct {
	original io.ReaderAt
	size     int64 // of the original
	added    []byte
}

// Size is the length in bytes.
func (a *appended) Size() int64 { return a.size + int64(len(a.added)) }

// ReadAt reads the signed document.
func (a *appended) ReadAt(p []byte, off int64) (n int, err error) {
	if off < a.size {
		want := p[:min(int64(len(p)), a.size-off)]
		if n, err = a.original.ReadAt(want, off); n < len(want) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF // the original became shorter
			}
			return n, err
		}
		if n == len(p) {
			return n, nil
		}
	}
	if at := off + int64(n) - a.size; at < int64(len(a.added)) {
		n += copy(p[n:], a.added[at:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
