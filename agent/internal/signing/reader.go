package signing

import (
	"context"
	"crypto/sha256"
	"fmt"
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

// digest hashes the size bytes of r, reporting every step of them.
func digest(r io.ReaderAt, size int64, step func(done int64)) ([32]byte, error) {
	// A window large enough that the disk, not the calls, sets the pace.
	buf := make([]byte, 256<<10)
	h := sha256.New()
	for off := int64(0); off < size; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		h.Write(buf[:n])
		off += int64(n)
		if err != nil && off < size {
			return [32]byte{}, fmt.Errorf("read document at byte %d: %w", off, err)
		}
		step(off)
	}
	return [32]byte(h.Sum(nil)), nil
}
