//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// TestCertify: each permission is written where other programs look for it, and
// what it allows afterwards works, what it forbids is refused.
func TestCertify(t *testing.T) {
	for _, p := range []pades.Permission{pades.NoChanges, pades.FormFilling, pades.Annotating} {
		b := sign(t, document(t, documents.LetterWithFields), rsaSigner(), pades.Options{Certify: p, Appearance: flag(1, pdf.Rect{Left: 20, Bottom: 20, Right: 140, Top: 60})})
		path := write(t, b)
		pleases(t, path, 1)
		// Where the standard puts it, as mutool reads the file.
		for where, want := range map[string]string{
			"trailer/Root/Perms/DocMDP/Reference/1/TransformMethod":   "/DocMDP",
			"trailer/Root/Perms/DocMDP/Reference/1/TransformParams/P": string('0' + rune(p)),
			"trailer/Root/Perms/DocMDP/Reference/1/TransformParams/V": "/1.2",
			"trailer/Root/AcroForm/SigFlags":                          "3",
		} {
			if got := strings.TrimSpace(mustTool(t, "mutool", "show", path, where)); got != want {
				t.Errorf("P %d: %s is %q", p, where, got)
			}
		}
		if r := inOrderAll(t, b, 1); r.Signatures[0].Kind != "certification" {
			t.Errorf("P %d: verify calls it a %s", p, r.Signatures[0].Kind)
		}
		if err := pades.Check(open(t, b), pades.Options{Certify: p}); !errors.Is(err, pades.ErrNotFirst) && !errors.Is(err, pades.ErrLocked) {
			t.Errorf("P %d: a second certification: %v", p, err)
		}
		second, err := trySign(b, ecSigner(), pades.Options{Field: documents.PersonField, Appearance: flag(0, pdf.Rect{})})
		if p == pades.NoChanges {
			if !errors.Is(err, pades.ErrLocked) {
				t.Errorf("P %d: a signature after it: %v", p, err)
			}
			second = b
		} else if err != nil {
			t.Errorf("P %d: %v", p, err)
		} else {
			pleases(t, write(t, second), 2)
			inOrderAll(t, second, 2)
		}
		preserved(t, second)
	}
	signed := sign(t, document(t, documents.Letter), rsaSigner(), pades.Options{})
	if err := pades.Check(open(t, signed), pades.Options{Certify: pades.FormFilling}); !errors.Is(err, pades.ErrNotFirst) {
		t.Errorf("certified after a signature: %v", err)
	}
	if err := pades.Check(open(t, stamped(t, document(t, documents.Letter), pades.TimestampOptions{})), pades.Options{Certify: pades.FormFilling}); !errors.Is(err, pades.ErrNotFirst) {
		t.Errorf("certified after a timestamp: %v", err)
	}
	for _, p := range []pades.Permission{-1, 4} {
		if err := pades.Check(open(t, document(t, documents.Letter)), pades.Options{Certify: p}); err == nil {
			t.Errorf("a certification with P %d", p)
		}
	}
}

// TestCertifyKeepsPerms: another entry of /Perms stays, and the document tells
// that it has usage rights.
func TestCertifyKeepsPerms(t *testing.T) {
	for _, perms := range []string{"/Perms 4 0 R", "/Perms <</UR3 5 0 R>>"} {
		b := build(t, perms, "<</UR3 5 0 R>>", "<</Type /Sig /Reference [<</TransformMethod /UR3>>]>>")
		if rights, err := pades.UsageRights(open(t, b)); !rights || err != nil {
			t.Errorf("%s: usage rights %v, %v", perms, rights, err)
		}
		b = sign(t, b, ecSigner(), pades.Options{Certify: pades.Annotating})
		pleases(t, write(t, b), 1)
		root, err := open(t, b).Catalog()
		if err != nil {
			t.Fatal(err)
		}
		d, err := open(t, b).Dict(root.Get("Perms"))
		if err != nil || d.Get("UR3") != pdf.Object(pdf.Ref{Number: 5}) || d.Get("DocMDP") == nil {
			t.Errorf("%s became %v, %v", perms, d, err)
		}
	}
	if rights, err := pades.UsageRights(open(t, document(t, documents.Letter))); rights || err != nil {
		t.Errorf("usage rights %v, %v", rights, err)
	}
}

// preserved adds evidence and a timestamp, both of which nothing forbids.
func preserved(t *testing.T, b []byte) {
	t.Helper()
	n := len(inOrderAll(t, b, strings.Count(string(b), "/ByteRange [0 ")).Signatures)
	added, err := pades.AddEvidence(open(t, b), pades.Evidence{Certificates: [][]byte{world().Root.Certificate.Raw}})
	if err != nil {
		t.Fatal(err)
	}
	b = stamped(t, whole(t, added), pades.TimestampOptions{})
	b = stamped(t, b, pades.TimestampOptions{Hash: crypto.SHA384, Field: "Lưu trữ", Room: 20_000})
	r := inOrderAll(t, b, n+2)
	for _, s := range r.Signatures {
		if s.Coverage != verify.CoverageWholeFile && s.Modification != verify.ModificationAllowed {
			t.Errorf("%q: %s", s.Field, s.Modification)
		}
	}
}

// TestLock: signing a field closes what its Lock, or the caller, says, in the
// terms other programs read; evidence and timestamps still find their way in.
func TestLock(t *testing.T) {
	const fields = "<</Type /Annot /Subtype /Widget /FT /Sig /T (a) /Rect [0 0 0 0] /P 3 0 R "
	form := func(lock string) []byte {
		return buildPage(t, "/MediaBox [0 0 300 200] /Annots [4 0 R 5 0 R]", "/AcroForm <</Fields [4 0 R 5 0 R]>>",
			fields+lock+">>", "<</Type /Annot /Subtype /Widget /FT /Sig /T (b) /Rect [0 0 0 0] /P 3 0 R>>", "<</Type /SigFieldLock /Action /All /P 1>>")
	}
	for _, c := range []struct {
		name    string
		data    []byte
		o       pades.Options
		action  string
		fields  string // as mutool writes them
		p       string
		b, free error // what becomes of the field b, and of a new one
	}{
		{"include", form("/Lock <</Type /SigFieldLock /Action /Include /Fields [(b)]>>"), pades.Options{Field: "a"}, "/Include", "[(b)]", "null", pades.ErrLocked, nil},
		{"exclude", form("/Lock <</Type /SigFieldLock /Action /Exclude /Fields [(b)]>>"), pades.Options{Field: "a"}, "/Exclude", "[(b)]", "null", nil, pades.ErrLocked},
		{"all, and no changes", form("/Lock 6 0 R"), pades.Options{Field: "a"}, "/All", "null", "1", pades.ErrLocked, pades.ErrLocked},
		{"the caller's, new field", form(""), pades.Options{Lock: &pades.Lock{Action: "Include", Fields: []string{"b"}}}, "/Include", "[(b)]", "null", pades.ErrLocked, nil},
		{"the caller's, existing field", form(""), pades.Options{Field: "a", Lock: &pades.Lock{Action: "All"}}, "/All", "null", "null", pades.ErrLocked, pades.ErrLocked},
		{"the field's before the caller's", form("/Lock <</Action /Include /Fields [(c)]>>"), pades.Options{Field: "a", Lock: &pades.Lock{Action: "All"}}, "/Include", "[(c)]", "null", nil, nil},
		{"certified too", form("/Lock <</Action /Include /Fields [(b)]>>"), pades.Options{Field: "a", Certify: pades.FormFilling}, "/Include", "[(b)]", "null", pades.ErrLocked, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := sign(t, c.data, rsaSigner(), c.o)
			path := write(t, b)
			pleases(t, path, 1)
			found, err := pades.Find(open(t, b))
			if err != nil || len(found) != 1 {
				t.Fatal(err)
			}
			n := "1"
			if c.o.Certify != 0 {
				n = "2"
			}
			at := strings.TrimSpace(mustTool(t, "mutool", "show", path, "trailer/Root/AcroForm/Fields"))
			if at == "" {
				t.Error("no fields")
			}
			reference := func(key string) string {
				return strings.Join(strings.Fields(mustTool(t, "mutool", "show", path, itoa(found[0].Ref.Number)+"/Reference/"+n+"/"+key)), " ")
			}
			for key, want := range map[string]string{"TransformMethod": "/FieldMDP", "Data": "1 0 R", "TransformParams/Action": c.action, "TransformParams/V": "/1.2", "TransformParams/P": c.p} {
				if got := reference(key); got != want && !(key == "Data" && strings.Contains(got, "/Catalog")) {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			if got := strings.ReplaceAll(reference("TransformParams/Fields"), " ", ""); got != c.fields {
				t.Errorf("Fields is %s, want %s", got, c.fields)
			}
			for field, want := range map[string]error{"b": c.b, "mới": c.free} {
				second, err := trySign(b, ecSigner(), pades.Options{Field: field})
				if !errors.Is(err, want) {
					t.Errorf("the field %q: %v, want %v", field, err, want)
				}
				if err == nil {
					inOrderAll(t, second, 2)
				}
			}
			preserved(t, b)
			if _, err := pades.PrepareTimestamp(open(t, b), pades.TimestampOptions{Field: "b"}); !errors.Is(err, c.b) {
				t.Errorf("a timestamp in the field b: %v, want %v", err, c.b)
			}
		})
	}
	if l, _, ok, err := pades.FieldLock(open(t, sign(t, form(""), rsaSigner(), pades.Options{Field: "c", Lock: &pades.Lock{Action: "Exclude", Fields: []string{"đ"}}})).View,
		fieldOf(t, sign(t, form(""), rsaSigner(), pades.Options{Field: "c", Lock: &pades.Lock{Action: "Exclude", Fields: []string{"đ"}}}), "c").Dict); err != nil || !ok || l.Action != "Exclude" || l.Fields[0] != "đ" {
		t.Errorf("the new field's Lock: %+v, %v, %v", l, ok, err)
	}
}

// TestVisibleTimestamp: a timestamp that paints is no mere evidence, and what
// others locked stays locked for it.
func TestVisibleTimestamp(t *testing.T) {
	for _, c := range []struct {
		o    pades.Options
		want verify.Modification
	}{
		{pades.Options{}, verify.ModificationUndetermined},
		{pades.Options{Lock: &pades.Lock{Action: "All"}}, verify.ModificationNotAllowed},
		{pades.Options{Certify: pades.NoChanges}, verify.ModificationUndetermined},
	} {
		b := sign(t, document(t, documents.Letter), rsaSigner(), c.o)
		later := stamped(t, b, pades.TimestampOptions{})
		painted := append(bytes.Clone(b), bytes.Replace(later[len(b):], []byte("/Rect [0 0 0 0]"), []byte("/Rect [0 0 9 9]"), 1)...)
		if bytes.Equal(painted, later) {
			t.Fatal("the timestamp has no rectangle")
		}
		r, err := verify.Document(open(t, painted), verify.Evidence{}, verify.Policy{At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Signatures[0].Modification; got != c.want {
			t.Errorf("%+v: %s, want %s", c.o.Lock, got, c.want)
		}
	}
}

// TestTimestampInField: a document timestamp may fill an empty field, and not
// one that asks for a person's signature.
func TestTimestampInField(t *testing.T) {
	b := stamped(t, document(t, documents.LetterWithFields), pades.TimestampOptions{Field: documents.PersonField})
	if r := inOrderAll(t, b, 1); r.Signatures[0].Kind != "timestamp" || r.Signatures[0].Field != documents.PersonField {
		t.Errorf("%+v", r.Signatures[0])
	}
	if _, err := pades.PrepareTimestamp(open(t, b), pades.TimestampOptions{Field: documents.PersonField}); !errors.Is(err, pades.ErrFieldSigned) {
		t.Errorf("a signed field: %v", err)
	}
	if _, err := pades.PrepareTimestamp(open(t, b), pades.TimestampOptions{Field: "a.b"}); !errors.Is(err, pades.ErrNoField) {
		t.Errorf("a name with a full stop: %v", err)
	}
	var seed *pades.SeedError
	asking := build(t, "/AcroForm <</Fields [4 0 R]>>", "<</FT /Sig /T (a) /SV <</Reasons [(x)] /Ff 8>>>>")
	if _, err := pades.PrepareTimestamp(open(t, asking), pades.TimestampOptions{Field: "a"}); !errors.As(err, &seed) {
		t.Errorf("a field that asks for a reason: %v", err)
	}
}
