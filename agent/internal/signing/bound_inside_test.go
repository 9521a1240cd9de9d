package signing

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestBound: a bound document reads like the bytes it was bound to, at every
// edge of its blocks, and no byte of it can change or move.
func TestBound(t *testing.T) {
	for _, size := range []int{0, 1, boundBlock - 1, boundBlock, boundBlock + 1, 4 * boundBlock, 9*boundBlock + 17} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rand.Int())
		}
		b, err := bind(bytes.NewReader(data), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := digest(b.r, b.size, func(int64) {}, b); err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(io.NewSectionReader(b, 0, b.size), data); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		for _, at := range []int{0, size / 2, size - 1} {
			if at < 0 || size == 0 {
				continue
			}
			b.forget()
			data[at] ^= 1
			if _, err := b.ReadAt(make([]byte, 1), int64(at)); !errors.Is(err, ErrChanged) {
				t.Errorf("%d bytes, changed at %d: %v", size, at, err)
			}
			data[at] ^= 1
		}
		if size > 2*boundBlock {
			b.forget()
			copy(data, data[boundBlock:2*boundBlock])
			if _, err := b.ReadAt(make([]byte, 1), 0); !errors.Is(err, ErrChanged) {
				t.Errorf("a block that moved: %v", err)
			}
		}
	}
}
