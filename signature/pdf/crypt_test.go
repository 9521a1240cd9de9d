//go:build !js

package pdf_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kyso/signature/pdf"
	"kyso/testdata/corpus"
	"kyso/testdata/documents"
)

// passwords of the user and the owner: older encryption has its own ideas of
// letters outside ASCII, in which tools differ.
func passwords(variant string) (user, owner string) {
	if strings.HasPrefix(variant, "AES 256") {
		return "mở được", "chủ"
	}
	return "mo duoc", "chu"
}

// variants are the encryptions that qpdf writes.
var variants = []struct {
	name string
	args []string
}{
	{"RC4 40", []string{"40", "--"}},
	{"RC4 128", []string{"128", "--use-aes=n", "--"}},
	{"RC4 128 by crypt filters", []string{"128", "--use-aes=n", "--force-V4", "--"}},
	{"AES 128", []string{"128", "--use-aes=y", "--"}},
	{"AES 128, clear metadata", []string{"128", "--use-aes=y", "--cleartext-metadata", "--"}},
	{"AES 256, revision 5", []string{"256", "--force-R5", "--"}},
	{"AES 256", []string{"256", "--"}},
	{"AES 256, clear metadata", []string{"256", "--cleartext-metadata", "--"}},
	{"AES 256, object streams", []string{"256", "--", "--object-streams=generate"}},
	{"RC4 128, object streams", []string{"128", "--use-aes=n", "--", "--object-streams=generate"}},
	{"AES 256, linearized", []string{"256", "--", "--linearize"}},
	{"AES 128, linearized", []string{"128", "--use-aes=y", "--", "--linearize"}},
}

func tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command(name, args...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// encrypt has qpdf encrypt the document, and returns the file's name too.
func encrypt(t testing.TB, document, user, owner string, args []string) (name string, b []byte) {
	t.Helper()
	dir := t.TempDir()
	in, name := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	plain, err := documents.Open(document)
	if err != nil {
		t.Fatal(err)
	}
	// With metadata, which some variants leave in the clear.
	plain = withMetadata(t, plain)
	if err := os.WriteFile(in, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "qpdf", append(append([]string{"--allow-weak-crypto", in, name, "--encrypt", user, owner}, args...), "--static-id")...)
	if b, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return name, b
}

const xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>kyso</x:xmpmeta>"

func withMetadata(t testing.TB, b []byte) []byte {
	t.Helper()
	f := mustOpen(t, b)
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	root := f.Trailer().Get("Root").(pdf.Ref)
	d, err := u.Dict(root)
	if err != nil {
		t.Fatal(err)
	}
	d.Set("Metadata", u.Add(&pdf.Data{Dict: pdf.MakeDict(pdf.Name("Type"), pdf.Name("Metadata"), pdf.Name("Subtype"), pdf.Name("XML")), Bytes: []byte(xmp)}))
	u.Set(root, d)
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(b), more...)
}

// TestUnlock reads every string and stream of files of all encryptions, and
// compares with what qpdf and, for the first page, mutool read.
func TestUnlock(t *testing.T) {
	for _, v := range variants {
		userPassword, ownerPassword := passwords(v.name)
		for _, user := range []string{userPassword, ""} {
			t.Run(fmt.Sprintf("%s, user password %q", v.name, user), func(t *testing.T) {
				name, b := encrypt(t, documents.LetterWithFields, user, ownerPassword, v.args)
				f := mustOpen(t, b)
				if !f.Encrypted() {
					t.Fatal("not encrypted")
				}
				if user == "" {
					if f.Locked() != nil {
						t.Fatal(f.Locked())
					}
				} else {
					if !errors.Is(f.Locked(), pdf.ErrPassword) {
						t.Fatal(f.Locked())
					}
					for _, wrong := range []string{"", "sai", user + "x"} {
						if err := f.Unlock([]byte(wrong)); !errors.Is(err, pdf.ErrPassword) || f.Locked() != err {
							t.Fatalf("%q: %v", wrong, err)
						}
					}
				}
				if err := f.Unlock([]byte(ownerPassword)); err != nil {
					t.Fatalf("by the owner's password: %v", err)
				}
				strings, streams := compare(t, f, name, ownerPassword)
				if strings < 15 || streams < 5 {
					t.Errorf("only %d strings and %d streams were compared", strings, streams)
				}
				if err := f.Unlock([]byte(user)); err != nil {
					t.Fatal(err)
				}
				again, _ := compare(t, f, name, ownerPassword)
				if again != strings {
					t.Errorf("%d strings by the user's password, %d by the owner's", again, strings)
				}
				var page pdf.Page
				if err := f.EachPage(func(p pdf.Page) bool { page = p; return false }); err != nil {
					t.Fatal(err)
				}
				content := page.Dict.Get("Contents").(pdf.Ref)
				o, err := f.Object(content)
				if err != nil {
					t.Fatal(err)
				}
				got, err := f.Decode(o.(*pdf.Stream), 1<<20)
				if err != nil {
					t.Fatal(err)
				}
				if want := tool(t, "mutool", "show", "-b", "-p", ownerPassword, name, strconv.Itoa(content.Number)); !bytes.Equal(got, want) {
					t.Error("mutool reads another page")
				}
				if err := f.Unlock([]byte("sai")); err == nil || f.Locked() == nil {
					t.Error("a wrong password left the file open")
				}
			})
		}
	}
}

// compare holds all objects of f against what qpdf reads.
func compare(t *testing.T, f *pdf.File, name, password string) (strings, streams int) {
	t.Helper()
	var file struct {
		QPDF [2]map[string]struct {
			Value  any
			Stream *struct {
				Data []byte
				Dict map[string]any
			}
		}
	}
	out := tool(t, "qpdf", "--json=2", "--json-key=qpdf", "--json-stream-data=inline", "--decode-level=generalized", "--password="+password, name)
	// The first element is of another shape, which does no harm.
	if err := json.Unmarshal(out, &file); err != nil {
		var other *json.UnmarshalTypeError
		if !errors.As(err, &other) {
			t.Fatal(err)
		}
	}
	seen := 0
	for key, theirs := range file.QPDF[1] {
		var ref pdf.Ref
		if _, err := fmt.Sscanf(key, "obj:%d %d R", &ref.Number, &ref.Generation); err != nil {
			continue
		}
		seen++
		ours, err := f.Object(ref)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		s, ok := ours.(*pdf.Stream)
		if ok != (theirs.Stream != nil) {
			t.Errorf("%s: a stream for one alone", key)
			continue
		}
		if !ok {
			strings += compareStrings(t, key, ours, theirs.Value)
			continue
		}
		data, err := f.Decode(s, 16<<20)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		} else if !bytes.Equal(data, theirs.Stream.Data) {
			t.Errorf("%s: other data", key)
		}
		streams++
	}
	if seen == 0 {
		t.Fatal("qpdf lists no objects")
	}
	return strings, streams
}

func compareStrings(t *testing.T, path string, ours pdf.Object, theirs any) (n int) {
	switch o := ours.(type) {
	case pdf.String:
		want, _ := theirs.(string)
		var same bool
		if text, ok := strings.CutPrefix(want, "u:"); ok {
			same = o.Text() == text
		} else {
			b, err := hex.DecodeString(strings.TrimPrefix(want, "b:"))
			same = err == nil && string(o) == string(b)
		}
		if !same {
			t.Errorf("%s: %q, not %q", path, o, want)
		}
		return 1
	case pdf.Array:
		list, _ := theirs.([]any)
		if len(list) != len(o) {
			t.Errorf("%s: %d elements, not %d", path, len(o), len(list))
			return 0
		}
		for i := range o {
			n += compareStrings(t, fmt.Sprint(path, "/", i), o[i], list[i])
		}
	case *pdf.Dict:
		m, _ := theirs.(map[string]any)
		for _, e := range o.Entries {
			n += compareStrings(t, fmt.Sprint(path, "/", e.Key), e.Value, m["/"+string(e.Key)])
		}
	}
	return n
}

// TestClearMetadata: what is left in the clear is read as it stands.
func TestClearMetadata(t *testing.T) {
	for _, v := range variants {
		_, b := encrypt(t, documents.Letter, "", "chu", v.args)
		f := mustOpen(t, b)
		root, err := f.Catalog()
		if err != nil {
			t.Fatal(err)
		}
		o, err := f.Resolve(root.Get("Metadata"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Decode(o.(*pdf.Stream), 1<<20)
		if err != nil || string(got) != xmp {
			t.Errorf("%s: %q %v", v.name, got, err)
		}
		if clear := strings.Contains(v.name, "clear"); bytes.Contains(b, []byte(xmp)) != clear {
			t.Errorf("%s: the metadata are not as the test wants them", v.name)
		}
	}
}

// edited changes a part of b without moving the rest.
func edited(t *testing.T, b []byte, old, new string) []byte {
	t.Helper()
	if len(old) != len(new) || !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%q cannot become %q", old, new)
	}
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}

// revise appends a revision of objects by number, with these entries in its
// trailer beside Root, Size and Prev.
func revise(t *testing.T, b []byte, trailer string, objects map[int]string) []byte {
	t.Helper()
	f := mustOpen(t, b)
	out := bytes.Clone(b)
	var xref strings.Builder
	for n, o := range objects {
		fmt.Fprintf(&xref, "%d 1\n%010d 00000 n \n", n, len(out))
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, o)
	}
	return fmt.Appendf(out, "xref\n0 1\n0000000000 65535 f \n%strailer\n<</Root %d 0 R /Size %d /Prev %d %s>>\nstartxref\n%d\n%%%%EOF\n",
		xref.String(), f.Trailer().Get("Root").(pdf.Ref).Number, 100, f.XrefOffset(), trailer, len(out))
}

// TestEncryptionOfAllRevisions: a later revision that is encrypted otherwise,
// or not at all, locks the file.
func TestEncryptionOfAllRevisions(t *testing.T) {
	_, b := encrypt(t, documents.Letter, "", "", []string{"128", "--use-aes=y", "--"})
	f := mustOpen(t, b)
	ref := f.Trailer().Get("Encrypt").(pdf.Ref)
	id := f.Trailer().Get("ID").(pdf.Array)[0].(pdf.String)
	key := fmt.Sprintf("/Encrypt %d 0 R", ref.Number)
	ids := func(first pdf.String) string { return fmt.Sprintf("/ID [<%x> <00>]", string(first)) }
	at, _ := f.Locate(ref.Number)
	body := string(b[at.Offset:])
	body = body[strings.Index(body, "obj")+3 : strings.Index(body, "endobj")]
	plain := mustRead(t, documents.Letter)
	for _, c := range []struct {
		name string
		b    []byte
		open bool
	}{
		{"unchanged", revise(t, b, key+ids(id), map[int]string{99: "(x)"}), true},
		{"dropped", revise(t, b, ids(id), nil), false},
		{"another dictionary", revise(t, b, "/Encrypt 98 0 R"+ids(id), map[int]string{98: body}), false},
		{"a dictionary of its own", revise(t, b, "/Encrypt"+body+ids(id), nil), false},
		{"replaced by the same", revise(t, b, key+ids(id), map[int]string{ref.Number: body}), false},
		{"replaced by a weaker one", revise(t, b, key+ids(id), map[int]string{ref.Number: strings.Replace(body, "/StrF /StdCF", "/StrF /Identity", 1)}), false},
		{"another identifier", revise(t, b, key+ids("0123456789abcdef"), nil), false},
		{"no identifier", revise(t, b, key, nil), false},
		{"added to a plain file", revise(t, plain, "/Encrypt 98 0 R"+ids(id), map[int]string{98: body}), false},
		{"added and dropped", revise(t, revise(t, plain, "/Encrypt 98 0 R"+ids(id), map[int]string{98: body}), "", nil), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustOpen(t, c.b)
			if !f.Encrypted() {
				t.Error("not encrypted")
			}
			var format *pdf.FormatError
			if c.open && f.Locked() != nil || !c.open && !errors.As(f.Locked(), &format) {
				t.Errorf("locked: %v", f.Locked())
			}
			if _, err := f.NewUpdate(); !errors.Is(err, pdf.ErrEncrypted) {
				t.Errorf("update: %v", err)
			}
		})
	}
}

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	b, err := documents.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEncryptionTampered: what the encryption dictionary must not say.
func TestEncryptionTampered(t *testing.T) {
	_, aes256 := encrypt(t, documents.Letter, "", "", []string{"256", "--"})
	_, aes128 := encrypt(t, documents.Letter, "", "", []string{"128", "--use-aes=y", "--"})
	_, clear := encrypt(t, documents.Letter, "", "", []string{"256", "--cleartext-metadata", "--"})
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"permissions of 256 bits", edited(t, aes256, "/P -4 ", "/P -8 ")},
		{"permissions of 128 bits", edited(t, aes128, "/P -4 ", "/P -8 ")},
		{"metadata", edited(t, clear, "/EncryptMetadata false", "/EncryptMetadata true ")},
		{"unknown handler", edited(t, aes256, "/Filter /Standard", "/Filter /Stondard")},
		{"unknown version", edited(t, aes256, "/V 5", "/V 7")},
		{"unknown revision", edited(t, aes256, "/R 6", "/R 9")},
		{"missing filter", edited(t, aes256, "/StmF /StdCF", "/StmF /StdXX")},
		{"filter of the wrong size", edited(t, aes256, "/CFM /AESV3", "/CFM /AESV2")},
		{"no hash", edited(t, aes256, "/UE ", "/UF ")},
	} {
		if err := mustOpen(t, c.b).Locked(); err == nil {
			t.Errorf("%s: open", c.name)
		}
	}
}

// TestEncryptedData: data and strings that cannot be decrypted are errors, and
// only of the object they are in.
func TestEncryptedData(t *testing.T) {
	_, b := encrypt(t, documents.Letter, "", "", []string{"128", "--use-aes=y", "--"})
	f := mustOpen(t, b)
	id := f.Trailer().Get("ID").(pdf.Array)[0].(pdf.String)
	trailer := fmt.Sprintf("/Encrypt %d 0 R /ID [<%x> <00>]", f.Trailer().Get("Encrypt").(pdf.Ref).Number, string(id))
	block := strings.Repeat("00", 16)
	g := mustOpen(t, revise(t, b, trailer, map[int]string{
		80: "(plain text)",
		81: "<" + block + block + ">",
		82: "()",
		83: "<</ByteRange [0 1 2 3] /Contents <0102> /Name ()>>",
		84: "<</Kids [<</Contents <0102>>>]>>",
		85: "<</Length 5>>\nstream\nplain\nendstream",
		86: "<</Length 5 /Filter [/Crypt] /DecodeParms [<</Name /Identity>>]>>\nstream\nplain\nendstream",
		87: "<</Length 5 /Filter /Crypt>>\nstream\nplain\nendstream",
		88: "<</Length 5 /Filter [/Crypt] /DecodeParms [<</Name /Other>>]>>\nstream\nplain\nendstream",
		89: "<</Length 5 /Filter [/Crypt] /DecodeParms [<</Name 82 0 R>>]>>\nstream\nplain\nendstream",
		90: "<</Length 5 /Type /XRef /A (text)>>\nstream\nplain\nendstream",
		91: "<</Length 0>>\nstream\n\nendstream",
		92: "<</Length 5>>\nstream\nplain\nendstream",
	}))
	if g.Locked() != nil {
		t.Fatal(g.Locked())
	}
	for n, ok := range map[int]bool{80: false, 81: false, 82: true, 83: true, 84: false} {
		if o, err := g.Object(pdf.Ref{Number: n}); (err == nil) != ok {
			t.Errorf("object %d: %v %v", n, o, err)
		}
	}
	sig, err := g.Dict(pdf.Ref{Number: 83})
	if err != nil || sig.Get("Contents") != pdf.String("\x01\x02") {
		t.Errorf("the signature was decrypted: %v %v", sig, err)
	}
	same := func(a, b int) bool {
		x, err := g.Object(pdf.Ref{Number: a})
		if err != nil {
			t.Fatal(err)
		}
		y, err := g.Object(pdf.Ref{Number: b})
		if err != nil {
			t.Fatal(err)
		}
		ok, err := g.Same(x, g.View, y)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !same(85, 85) || same(85, 92) {
		t.Error("the same bytes of two objects, each with its key, count as the same data")
	}
	for n, want := range map[int]string{85: "!", 86: "plain", 87: "plain", 88: "!", 89: "!", 90: "plain", 91: ""} {
		o, err := g.Object(pdf.Ref{Number: n})
		if err != nil {
			t.Fatal(err)
		}
		got, err := g.Decode(o.(*pdf.Stream), 100)
		if want == "!" != (err != nil) || err == nil && string(got) != want {
			t.Errorf("stream %d: %q %v", n, got, err)
		}
	}
}

// TestEncryptedCorpus: pyHanko's files of all kinds.
func TestEncryptedCorpus(t *testing.T) {
	dir := corpus.Path(t, "pyhanko", "static-inputs")
	for name, want := range map[string]error{
		"minimal-aes256.pdf": nil, "minimal-two-fields-aes256.pdf": nil, "minimal-with-field-aes256.pdf": nil,
		"minimal-rc4.pdf": nil, "minimal-with-field-rc4.pdf": nil,
		"minimal-pubkey-aes256.pdf": pdf.ErrPublicKey, "minimal-pubkey-rc4.pdf": pdf.ErrPublicKey, "pubkey-3des-test.pdf": pdf.ErrPublicKey,
		"minimal-two-fields-pubkey-aes256.pdf": pdf.ErrPublicKey, "minimal-with-field-pubkey-rc4.pdf": pdf.ErrPublicKey,
	} {
		for _, password := range []string{"usersecret", "ownersecret"} {
			f := mustOpen(t, corpus.Read(t, dir, name))
			if err := f.Unlock([]byte(password)); !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
			if want != nil {
				continue
			}
			if strings, streams := compare(t, f, filepath.Join(dir, name), "ownersecret"); streams == 0 {
				t.Errorf("%s: %d strings, %d streams", name, strings, streams)
			}
		}
	}
	for _, name := range []string{"malformed-encrypt-dict2.pdf", "minimal-aes256-malformed-perms.pdf", "minimal-aes256-malformed-oe.pdf"} {
		f := mustOpen(t, corpus.Read(t, dir, name))
		var format *pdf.FormatError
		if err := f.Unlock([]byte("usersecret")); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
