package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// fetched is bytes behind a fetch that counts.
type fetched struct {
	data          []byte
	calls, volume int
	fail          error
}

func (f *fetched) fetch(p []byte, off int64) (int, error) {
	f.calls++
	f.volume += len(p)
	if f.fail != nil {
		return 0, f.fail
	}
	return copy(p, f.data[off:]), nil
}

func sample(size int) *fetched {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(data)
	return &fetched{data: data}
}

func TestReadAtGivesTheDocument(t *testing.T) {
	f := sample(5*blockSize + 12345)
	r := newCachedReader(f.fetch, int64(len(f.data)))
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		off := random.IntN(len(f.data) + 10)
		p := make([]byte, random.IntN(2*blockSize))
		if random.IntN(4) > 0 {
			p = p[:min(len(p), 512)]
		}
		n, err := r.ReadAt(p, int64(off))
		want := f.data[min(off, len(f.data)):]
		if len(want) >= len(p) {
			want = want[:len(p)]
			if err != nil && (len(p) > 0 || off < len(f.data)) {
				t.Fatalf("read %d at %d: %v", len(p), off, err)
			}
		} else if err != io.EOF {
			t.Fatalf("read %d at %d beyond the end: %v", len(p), off, err)
		}
		if !bytes.Equal(p[:n], want) {
			t.Fatalf("read %d at %d: %d wrong bytes", len(p), off, n)
		}
	}
}

// Hashing reads from front to back: every byte is fetched about once, in few
// calls, whatever the size of the single reads.
func TestReadingOnIsCheap(t *testing.T) {
	f := sample(20 << 20)
	r := newCachedReader(f.fetch, int64(len(f.data)))
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.size))
	if err != nil || !bytes.Equal(got, f.data) {
		t.Fatalf("read %d bytes: %v", len(got), err)
	}
	if f.calls > 12 || f.volume > len(f.data)+blockSize {
		t.Errorf("%d calls fetched %d bytes of %d", f.calls, f.volume, len(f.data))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	f := sample(20 << 20)
	r := newCachedReader(f.fetch, int64(len(f.data)))
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		if _, err := r.ReadAt(make([]byte, 100), int64(random.IntN(len(f.data)-100))); err != nil {
			t.Fatal(err)
		}
	}
	held := cap(r.ahead.data)
	for _, b := range r.blocks {
		held += cap(b.data)
	}
	if limit := maxBlocks*blockSize + aheadSize; held > limit {
		t.Errorf("holds %d bytes, more than %d", held, limit)
	}
}

// A failed fetch is remembered, and leaves no wrong bytes behind.
func TestFaultIsKept(t *testing.T) {
	f := sample(blockSize * 3)
	r := newCachedReader(f.fetch, int64(len(f.data)))
	f.fail = errors.New("the file is gone")
	if _, err := r.ReadAt(make([]byte, 10), 0); !errors.Is(err, f.fail) || !errors.Is(r.fault, f.fail) {
		t.Fatalf("got %v, kept %v", err, r.fault)
	}
	f.fail = nil
	p := make([]byte, 10)
	if _, err := r.ReadAt(p, 5); err != nil || !bytes.Equal(p, f.data[5:15]) {
		t.Fatalf("after the fault: %v", err)
	}
	// A fetch that gives too little is a fault too: the file was cut.
	f.data = f.data[:blockSize+1]
	if _, err := r.ReadAt(p, 2*blockSize-20); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a cut file gave %v", err)
	}
}
