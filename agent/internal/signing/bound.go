package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// boundBlock is how much of a document is bound by one tag: 16 bytes for each,
// 64 KiB for the largest document of a page.
const boundBlock = 64 << 10

// boundBlocks is how many blocks are kept: parsers read back and forth near one
// place, and the end of a document beside it.
const boundBlocks = 4

// A bound document gives the bytes that were hashed and shown, or an error. A
// file that others can write may change between any two reads of it, and back
// again: then the digest would be that of one file, and what is appended made
// for another. Each block has a tag (GMAC, with a key nobody else has), set by
// the pass that hashed it.
type bound struct {
	r    io.ReaderAt
	size int64
	mac  cipher.AEAD
	tags [][16]byte

	mu   sync.Mutex
	kept [boundBlocks]boundPiece
	next int
}

type boundPiece struct {
	number int64
	data   []byte
}

// bind is what r's size bytes are bound to, once all blocks have been set.
func bind(r io.ReaderAt, size int64) (*bound, error) {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("bind document: %w", err)
	}
	mac, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("bind document: %w", err)
	}
	return &bound{r: r, size: size, mac: mac, tags: make([][16]byte, (size+boundBlock-1)/boundBlock)}, nil
}

// set binds data, which begins at a multiple of boundBlock and ends at one, or at
// the document's end.
func (b *bound) set(data []byte, off int64) {
	for n := off / boundBlock; len(data) > 0; n++ {
		piece := data[:min(boundBlock, len(data))]
		b.tags[n] = b.tag(n, piece)
		data = data[len(piece):]
	}
}

func (b *bound) tag(number int64, data []byte) (tag [16]byte) {
	var nonce [12]byte
	binary.BigEndian.PutUint64(nonce[4:], uint64(number))
	b.mac.Seal(tag[:0], nonce[:], nil, data)
	return tag
}

// ReadAt reads what was bound. Other bytes are an ErrChanged. Whole blocks are
// read and checked where they are wanted, the ends of others among those kept.
func (b *bound) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < b.size {
		number, from := off/boundBlock, int(off%boundBlock)
		whole := int(min(boundBlock, b.size-number*boundBlock))
		got := whole
		if from == 0 && len(p)-n >= whole {
			err = b.read(p[n:n+whole], number)
		} else {
			got, err = b.part(p[n:], number, from, whole)
		}
		if err != nil {
			return n, err
		}
		n, off = n+got, off+int64(got)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// read fills data with one block.
func (b *bound) read(data []byte, number int64) error {
	at := number * boundBlock
	if got, err := b.r.ReadAt(data, at); got < len(data) {
		return shortRead(at+int64(got), err)
	}
	if b.tag(number, data) != b.tags[number] {
		return fmt.Errorf("read document at byte %d: %w", at, ErrChanged)
	}
	return nil
}

// part copies what p takes of one block of the size whole, beginning at from.
func (b *bound) part(p []byte, number int64, from, whole int) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.kept {
		if k := &b.kept[i]; k.number == number && len(k.data) > 0 {
			return copy(p, k.data[from:]), nil
		}
	}
	k := &b.kept[b.next]
	if k.data == nil {
		k.data = make([]byte, boundBlock)
	}
	k.number, k.data = number, k.data[:whole]
	if err := b.read(k.data, number); err != nil {
		k.data = k.data[:0]
		return 0, err
	}
	b.next = (b.next + 1) % boundBlocks
	return copy(p, k.data[from:]), nil
}

// forget lets go of the blocks that are kept.
func (b *bound) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = [boundBlocks]boundPiece{}
}
