//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"hash"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// counting tells how many bytes were read.
type counting struct {
	*bytes.Reader
	read int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.read += int64(n)
	return n, err
}

// TestHashedBefore: a caller's own hash gives the very digest that reading
// gives, without reading, and is left as it was; for other hashes it is unused.
func TestHashedBefore(t *testing.T) {
	b := document(t, documents.Scan)
	s := rsaSigner()
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		o := pades.Options{Certificate: s.cert, Time: time.Unix(1e9, 0), Hash: h}
		prepare := func(hashed hash.Cloner) (*pades.Unsigned, int64) {
			c := &counting{Reader: bytes.NewReader(b)}
			doc, err := pdf.Open(c, int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			o.Hashed = hashed
			u, err := pades.Prepare(doc, o)
			if err != nil {
				t.Fatal(err)
			}
			return u, c.read
		}
		state := sha256.New().(hash.Cloner)
		state.Write(b)
		want, all := prepare(nil)
		got, little := prepare(state)
		if got.OriginalSHA256() != sha256.Sum256(b) || want.OriginalSHA256() != sha256.Sum256(b) {
			t.Errorf("%v: not the digest of the document", h)
		}
		// Digest is over CMS attributes, which hold the document's digest.
		if !bytes.Equal(got.Digest(), want.Digest()) {
			t.Errorf("%v: %x is to be signed, %x without the hash", h, got.Digest(), want.Digest())
		}
		if spared := all-little >= int64(len(b)); spared != (h == crypto.SHA256) {
			t.Errorf("%v: %d bytes read, %d without the hash, of %d", h, little, all, len(b))
		}
		if sum := sha256.Sum256(b); !bytes.Equal(state.Sum(nil), sum[:]) {
			t.Error("the hash was changed")
		}
	}
}
