package main

import "io"

const (
	// blockSize is what one jump into the document fetches. A fetch from a
	// Blob costs some tenths of a millisecond, whatever its size up to this.
	blockSize = 256 << 10
	// maxBlocks is how many such blocks are kept: the tail with the
	// cross-reference table, the catalog, and the objects of several revisions.
	maxBlocks = 16
	// aheadSize is what is fetched at once while the document is read from
	// front to back for hashing.
	aheadSize = 2 << 20
)

// cachedReader reads a document through fetch, and holds at most
// maxBlocks*blockSize + aheadSize bytes of it.
type cachedReader struct {
	// fetch fills p with the bytes at off, all inside the document.
	fetch func(p []byte, off int64) (int, error)
	size  int64
	// fault is the first error of fetch.
	fault error

	blocks []*block // most recently used last
	ahead  block
	next   int64 // where the newest fetch ended
}

// block is a part of the document.
type block struct {
	off  int64
	data []byte
}

func (b *block) holds(off int64) bool { return off >= b.off && off < b.off+int64(len(b.data)) }

func newCachedReader(fetch func(p []byte, off int64) (int, error), size int64) *cachedReader {
	return &cachedReader{fetch: fetch, size: size, next: -1}
}

// ReadAt implements io.ReaderAt. It is for one goroutine at a time.
func (r *cachedReader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 || off >= r.size {
		return 0, io.EOF
	}
	for n < len(p) && off < r.size {
		b, err := r.at(off)
		if err != nil {
			if r.fault == nil {
				r.fault = err
			}
			return n, err
		}
		m := copy(p[n:], b.data[off-b.off:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// at is a part of the document that holds off.
func (r *cachedReader) at(off int64) (*block, error) {
	if r.ahead.holds(off) {
		return &r.ahead, nil
	}
	for i, b := range r.blocks {
		if b.holds(off) {
			r.blocks = append(append(r.blocks[:i], r.blocks[i+1:]...), b)
			return b, nil
		}
	}
	start := off - off%blockSize
	if start == r.next { // the reader moves on from front to back
		if err := r.fill(&r.ahead, start, aheadSize); err != nil {
			return nil, err
		}
		return &r.ahead, nil
	}
	b := &block{}
	if len(r.blocks) == maxBlocks {
		b = r.blocks[0]
		r.blocks = r.blocks[1:]
	}
	if err := r.fill(b, start, blockSize); err != nil {
		return nil, err
	}
	r.blocks = append(r.blocks, b)
	return b, nil
}

// fill reads length bytes at off into b, fewer at the document's end, and
// reuses the memory b has.
func (r *cachedReader) fill(b *block, off int64, length int) error {
	length = int(min(int64(length), r.size-off))
	if cap(b.data) < length {
		b.data = make([]byte, length)
	}
	b.off, b.data = off, b.data[:length]
	n, err := r.fetch(b.data, off)
	if err == nil && n < length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		b.data = b.data[:0] // holds nothing
		return err
	}
	r.next = off + int64(length)
	return nil
}
