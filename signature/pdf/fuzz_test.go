package pdf_test

import (
	"bytes"
	"testing"

	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// FuzzOpen reads everything of a foreign file that the engine ever reads. It
// must end, and may only fail.
func FuzzOpen(f *testing.F) {
	f.Add(build("", "<</Pages 2 0 R /AcroForm <</Fields [4 0 R]>>>>", onePage, "<</Type /Page>>", "<</FT /Sig /T (a)>>"))
	f.Add(build("/Encrypt 2 0 R", "<</Pages 2 0 R>>", "<</Type /ObjStm /N 1 /First 4 /Length 5>>\nstream\n7 0 1\nendstream"))
	for _, name := range []string{documents.LetterWithFields, documents.Encrypted, documents.Truncated} {
		b, err := documents.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := pdf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for n := 1; n <= min(file.Revisions(), 4); n++ {
			v := file.Revision(n)
			v.Pages()
			v.Fields()
			v.Stray()
			for _, number := range file.Numbers(n)[:min(50, len(file.Numbers(n)))] {
				at, ok := v.Locate(number)
				if !ok {
					continue
				}
				o, err := v.Object(pdf.Ref{Number: number, Generation: at.Generation})
				if s, isStream := o.(*pdf.Stream); isStream && err == nil {
					v.Decode(s, 1<<16)
				}
			}
		}
		file.EndingAt(int64(len(b)))
		u, err := file.NewUpdate()
		if err != nil {
			return
		}
		u.Add(pdf.MakeDict(pdf.Name("A"), 1))
		more, err := u.Bytes()
		if err != nil {
			return
		}
		all := append(bytes.Clone(b), more...)
		again, err := pdf.Open(bytes.NewReader(all), int64(len(all)))
		if err != nil {
			t.Fatalf("our own update cannot be read: %v", err)
		}
		if again.Revisions() != file.Revisions()+1 {
			t.Fatalf("%d revisions became %d", file.Revisions(), again.Revisions())
		}
	})
}

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
