package verify_test

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// failing is a file whose nth read fails.
type failing struct {
	*bytes.Reader
	reads, nth atomic.Int64
}

var errDisk = errors.New("the disk failed")

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if len(p) > 0 && f.reads.Add(1) == f.nth.Load() {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, off)
}

// TestReadsThatFail: there is no verdict over a document of which any part
// could not be read, or that became shorter.
func TestReadsThatFail(t *testing.T) {
	b := sign(t, signedFields(t), world().Agencies[0], pades.Options{Field: documents.AgencyField})
	f := &failing{Reader: bytes.NewReader(b)}
	look := func() error {
		doc, err := pdf.Open(f, int64(len(b)))
		if err == nil {
			_, err = verify.Document(doc, evidence(), policy())
		}
		return err
	}
	if err := look(); err != nil {
		t.Fatal(err)
	}
	all := f.reads.Load()
	if all < 10 {
		t.Fatalf("only %d reads", all)
	}
	for n := int64(1); n <= all; n++ {
		f.reads.Store(0)
		f.nth.Store(n)
		if err := look(); err == nil && f.reads.Load() >= n {
			t.Errorf("read %d of %d failed, and there is a verdict", n, all)
		}
	}
	doc := open(t, b)
	short, err := pdf.Open(io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), int64(len(b))+10)
	if err == nil {
		_, err = verify.Document(short, evidence(), policy())
	}
	if err == nil {
		t.Error("a file shorter than it was said to be got a verdict")
	}
	if doc.Err() != nil {
		t.Error(doc.Err())
	}
}
