package verify

import (
	"bytes"
	"crypto"
	"math/rand/v2"
	"slices"
	"testing"

	"kyso/signature/pades"
)

// TestDigestsTogether: hashing what signatures share once gives the digests
// that hashing each by itself gives, in any order, and reads no byte of the
// shared part twice.
func TestDigestsTogether(t *testing.T) {
	b := make([]byte, 3*hashBlock+123)
	noise := rand.NewChaCha8([32]byte{1})
	noise.Read(b)
	size := int64(len(b))
	found := []*pades.Signature{
		{Range: [4]int64{0, 1000, 1400, 2000}},
		{Range: [4]int64{0, hashBlock + 5, hashBlock + 905, 70}},
		{Range: [4]int64{0, size - 300, size - 100, 100}},
	}
	all := size - 300
	for _, f := range found {
		all += f.Range[3]
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 2, 1, 0}} {
		var done int64
		d := newDigests(bytes.NewReader(b), found, func(n int64) { done += n })
		if d.total != all {
			t.Fatalf("total %d, want %d", d.total, all)
		}
		for _, i := range order {
			r := found[i].Range
			h := crypto.SHA256.New()
			h.Write(slices.Concat(b[:r[1]], b[r[2]:r[2]+r[3]]))
			if got, err := d.of(found[i], crypto.SHA256); err != nil || !bytes.Equal(got, h.Sum(nil)) {
				t.Errorf("%v: signature %d: %x, %v", order, i, got, err)
			}
		}
		if done != all {
			t.Errorf("%v: %d bytes hashed, want %d", order, done, all)
		}
	}
	if _, err := newDigests(bytes.NewReader(b[:500]), found, func(int64) {}).of(found[0], crypto.SHA256); err == nil {
		t.Error("a file that ends early was hashed")
	}
}
