//go:build !js

package verify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/corpus"
	"kyso/testdata/documents"
)

// encryptedSigned makes an encrypted document with one signature: qpdf
// encrypts a document whose field has a value already, and that value's object
// becomes the signature in a second revision.
func encryptedSigned(t testing.TB, user string, args ...string) []byte {
	t.Helper()
	plain := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) { d.Set("V", u.Add(pdf.MakeDict(pdf.Name("Type"), pdf.Name("Sig")))) })
	})
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(in, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--allow-weak-crypto", in, out, "--encrypt", user, "chu"}, args...)
	if msg, err := exec.Command("qpdf", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	doc := unlocked(t, b, user)
	fields, err := doc.Fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if v, ok := f.Value.(pdf.Ref); ok && f.Name == documents.PersonField {
			b = revise(t, doc, b, encryption(doc), map[int]string{v.Number: "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [" +
				strings.Repeat(" ", 62) + "] /Contents <" + strings.Repeat("0", 24000) + ">>>"})
			return hole(t, b, signatureOf(t, world().Persons[0], false))
		}
	}
	t.Fatal("no field to sign")
	return nil
}

func unlocked(t testing.TB, b []byte, password string) *pdf.File {
	t.Helper()
	doc := open(t, b)
	if err := doc.Unlock([]byte(password)); err != nil {
		t.Fatal(err)
	}
	return doc
}

// encryption is what the trailers of all revisions must say.
func encryption(doc *pdf.File) string {
	id := doc.Trailer().Get("ID").(pdf.Array)[0].(pdf.String)
	return fmt.Sprintf("/Encrypt %d 0 R /ID [<%x> <00>]", doc.Trailer().Get("Encrypt").(pdf.Ref).Number, string(id))
}

// revise appends a revision by hand: no updates are made of encrypted files.
func revise(t testing.TB, doc *pdf.File, b []byte, trailer string, objects map[int]string) []byte {
	t.Helper()
	out := bytes.Clone(b)
	xref := "0 1\n0000000000 65535 f \n"
	size := doc.Trailer().Get("Size").(int64)
	for n, o := range objects {
		xref += fmt.Sprintf("%d 1\n%010d 00000 n \n", n, len(out))
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, o)
		size = max(size, int64(n)+1)
	}
	return fmt.Appendf(out, "xref\n%strailer\n<</Root %d 0 R /Size %d /Prev %d %s>>\nstartxref\n%d\n%%%%EOF\n",
		xref, rootOf(doc).Number, size, doc.XrefOffset(), trailer, len(out))
}

func judgeUnlocked(t testing.TB, b []byte, password string) *verify.Report {
	t.Helper()
	r, err := verify.Document(unlocked(t, b, password), evidence(), policy())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var encryptions = [][]string{{"40", "--"}, {"128", "--use-aes=n", "--"}, {"128", "--use-aes=y", "--"}, {"256", "--"}, {"256", "--cleartext-metadata", "--"}}

// TestEncrypted: an open document is judged like any other, and said to be
// encrypted; a locked one is not judged.
func TestEncrypted(t *testing.T) {
	for _, args := range encryptions {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			for _, password := range []string{"", "mo"} {
				b := encryptedSigned(t, password, args...)
				r := judge(t, b)
				if password != "" {
					if r.Verdict != verify.Indeterminate || r.Reason.Code != "ENCRYPTED" || len(r.Signatures) != 0 {
						t.Fatalf("locked: %s %+v", r.Verdict, r.Reason)
					}
					r = judgeUnlocked(t, b, password)
				}
				if r.Verdict != verify.TotalPassed || len(r.Signatures) != 1 || r.Signatures[0].Field != documents.PersonField || r.Signatures[0].Coverage != verify.CoverageWholeFile {
					t.Fatalf("%s %s %+v", r.Verdict, r.SubIndication, r.Reason)
				}
				if len(r.Warnings) != 1 || r.Warnings[0].Code != "ENCRYPTED_DOCUMENT" || r.Pages != 1 {
					t.Errorf("%+v, %d pages", r.Warnings, r.Pages)
				}
				if r := judgeUnlocked(t, b, "chu"); r.Verdict != verify.TotalPassed {
					t.Errorf("by the owner's password: %s %+v", r.Verdict, r.Reason)
				}
				if _, err := pades.Prepare(unlocked(t, b, password), pades.Options{Certificate: world().Persons[1].Certificate, Time: now}); !errors.Is(err, pades.ErrEncrypted) {
					t.Errorf("it would be signed again: %v", err)
				}
				touched := bytes.Clone(b)
				touched[bytes.Index(b, []byte("stream\n"))+20] ^= 1
				if r := judgeUnlocked(t, touched, password); r.Verdict != verify.TotalFailed || r.SubIndication != "HASH_FAILURE" {
					t.Errorf("changed: %s %s", r.Verdict, r.SubIndication)
				}
			}
		})
	}
}

// TestEncryptedLater: later revisions of encrypted documents.
func TestEncryptedLater(t *testing.T) {
	for _, args := range encryptions[1:4] {
		b := encryptedSigned(t, "", args...)
		doc := open(t, b)
		all := encryption(doc)
		page := firstPage(t, doc)
		content := page.Dict.Get("Contents").(pdf.Ref).Number
		encrypt := doc.Trailer().Get("Encrypt").(pdf.Ref).Number
		at, _ := doc.Locate(encrypt)
		dictionary := string(b[at.Offset:])
		dictionary = dictionary[strings.Index(dictionary, "obj")+3 : strings.Index(dictionary, "endobj")]
		root, _ := doc.Locate(rootOf(doc).Number)
		catalog := string(b[root.Offset:])
		catalog = catalog[strings.Index(catalog, "<<")+2 : strings.Index(catalog, "endobj")]
		crl := string(world().CRL())
		filter := "/Filter [/Crypt]"
		if args[1] == "--use-aes=n" {
			filter = "" // no crypt filters: what is not encrypted reads as noise
		}
		_, withoutID, _ := strings.Cut(all, "/ID")
		for _, c := range []struct {
			name         string
			b            []byte
			verdict      verify.Verdict
			code         string
			modification verify.Modification
		}{
			{"evidence", revise(t, doc, b, all, map[int]string{
				90: fmt.Sprintf("<</Length %d %s>>\nstream\n%s\nendstream", len(crl), filter, crl), 91: "<</CRLs [90 0 R]>>",
				rootOf(doc).Number: "<< /DSS 91 0 R " + catalog}), verify.TotalPassed, "", verify.ModificationAllowed},
			{"unencrypted page", revise(t, doc, b, all, map[int]string{content: "<</Length 3>>\nstream\nq Q\nendstream"}), verify.TotalFailed, "CHANGED_AFTER_SIGNING", verify.ModificationNotAllowed},
			{"page left in the clear", revise(t, doc, b, all, map[int]string{content: "<</Length 3 /Filter [/Crypt]>>\nstream\nq Q\nendstream"}), verify.TotalFailed, "CHANGED_AFTER_SIGNING", verify.ModificationNotAllowed},
			{"no longer encrypted", revise(t, doc, b, "/ID"+withoutID, nil), verify.Indeterminate, "ENCRYPTION_UNSOUND", ""},
			{"another encryption", revise(t, doc, b, strings.Replace(all, fmt.Sprint("/Encrypt ", encrypt), "/Encrypt 90", 1), map[int]string{90: dictionary}), verify.Indeterminate, "ENCRYPTION_UNSOUND", ""},
			{"replaced encryption", revise(t, doc, b, all, map[int]string{encrypt: dictionary}), verify.Indeterminate, "ENCRYPTION_UNSOUND", ""},
		} {
			t.Run(args[0]+args[1]+" "+c.name, func(t *testing.T) {
				r := judge(t, c.b)
				if r.Verdict != c.verdict || c.code != "" && r.Reason.Code != c.code {
					t.Fatalf("%s %s %+v", r.Verdict, r.SubIndication, r.Reason)
				}
				if c.modification != "" && r.Signatures[0].Modification != c.modification {
					t.Errorf("%s %+v", r.Signatures[0].Modification, r.Signatures[0].Changes)
				}
			})
		}
	}
}

// TestEncryptedEvidence: the evidence in an open document counts.
func TestEncryptedEvidence(t *testing.T) {
	b := encryptedSigned(t, "", "256", "--")
	doc := open(t, b)
	root, _ := doc.Locate(rootOf(doc).Number)
	_, catalog, _ := strings.Cut(string(b[root.Offset:]), "<<")
	catalog, _, _ = strings.Cut(catalog, "endobj")
	stream := func(der []byte) string {
		return fmt.Sprintf("<</Length %d /Filter /Crypt>>\nstream\n%s\nendstream", len(der), der)
	}
	b = revise(t, doc, b, encryption(doc), map[int]string{
		90: stream(world().CRL()), 91: stream(world().RootCRL()), 92: "<</CRLs [90 0 R 91 0 R]>>", rootOf(doc).Number: "<</DSS 92 0 R " + catalog})
	r, err := verify.Document(open(t, b), verify.Evidence{}, policy())
	if err != nil || r.Verdict != verify.TotalPassed {
		t.Errorf("%v %s %+v", err, r.Verdict, r.Reason)
	}
}

// TestEncryptionAddedLater: a signed document does not become an encrypted one.
func TestEncryptionAddedLater(t *testing.T) {
	encrypted := open(t, encryptedSigned(t, "", "256", "--"))
	d, err := encrypted.Dict(encrypted.Trailer().Get("Encrypt"))
	if err != nil {
		t.Fatal(err)
	}
	b := update(t, signedFields(t), func(doc *pdf.File, u *pdf.Update) { u.Set(pdf.Ref{Number: 90}, d) })
	b = revise(t, open(t, b), b, "/Encrypt 90 0 R", nil)
	if r := judge(t, b); r.Verdict != verify.Indeterminate || r.Reason.Code != "ENCRYPTION_UNSOUND" {
		t.Errorf("%s %+v", r.Verdict, r.Reason)
	}
}

// TestEncryptedCorpus: pyHanko's signed and encrypted files open, and are
// judged as pyHanko does; those encrypted to certificates stay closed.
func TestEncryptedCorpus(t *testing.T) {
	dir := corpus.Path(t, "pyhanko")
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	if err := json.Unmarshal(b, &records); err != nil {
		t.Fatal(err)
	}
	opened, closed := 0, 0
	for _, r := range records {
		if !strings.HasSuffix(r.File, ".pdf") || r.Field == nil {
			continue
		}
		b := corpus.Read(t, dir, r.File)
		if !bytes.Contains(b, []byte("/Encrypt")) {
			continue
		}
		got, why := judgeRecord(t, dir, r)
		if bytes.Contains(b, []byte("/Adobe.PubSec")) {
			closed++
			if got != nil || why != "ENCRYPTED_TO_CERTIFICATES" {
				t.Errorf("%s (%s): %s", r.File, r.Test, why)
			}
			continue
		}
		opened++
		switch {
		case got == nil:
			t.Errorf("%s (%s): %s", r.File, r.Test, why)
		case got.Intact != *r.Expected.Intact || got.Valid != *r.Expected.Valid:
			t.Errorf("%s (%s): intact %v, valid %v", r.File, r.Test, got.Intact, got.Valid)
		case r.passes() && got.Verdict != verify.TotalPassed && got.SubIndication != "TRY_LATER":
			t.Errorf("%s (%s): %s %s %+v", r.File, r.Test, got.Verdict, got.SubIndication, got.Reason)
		case !r.passes() && got.Verdict == verify.TotalPassed:
			t.Errorf("%s (%s): passed", r.File, r.Test)
		}
	}
	t.Logf("%d opened, %d closed", opened, closed)
	if opened < 9 || closed < 2 {
		t.Errorf("only %d opened and %d closed", opened, closed)
	}
}
