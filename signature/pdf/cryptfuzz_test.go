//go:build !js

package pdf_test

import (
	"bytes"
	"testing"

	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// FuzzUnlock reads all strings and streams of a foreign encrypted file. A file
// that opens without a password does so by Open.
func FuzzUnlock(f *testing.F) {
	for _, v := range variants {
		user, owner := passwords(v.name)
		_, b := encrypt(f, documents.Letter, user, owner, v.args)
		f.Add(b, []byte(user))
		f.Add(b, []byte(owner))
		_, b = encrypt(f, documents.Letter, "", owner, v.args)
		f.Add(b, []byte{})
	}
	f.Fuzz(func(t *testing.T, b, password []byte) {
		file, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if !file.Encrypted() {
			if file.Locked() != nil || file.Unlock(password) != nil {
				t.Fatal("a plain file is locked")
			}
			return
		}
		empty := file.Locked()
		if err := file.Unlock(password); err != file.Locked() {
			t.Fatalf("unlock says %v, the file %v", err, file.Locked())
		}
		if file.Locked() != nil && empty == nil {
			file.Unlock(nil)
			if file.Locked() != nil {
				t.Fatal("the empty password opens the file only once")
			}
		}
		for _, number := range file.Numbers(1)[:min(50, len(file.Numbers(1)))] {
			at, ok := file.Locate(number)
			if !ok {
				continue
			}
			o, err := file.Object(pdf.Ref{Number: number, Generation: at.Generation})
			if s, isStream := o.(*pdf.Stream); isStream && err == nil {
				file.Decode(s, 1<<16)
			}
		}
	})
}
