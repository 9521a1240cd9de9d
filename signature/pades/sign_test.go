//go:build !js

package pades_test

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/testdata/documents"
)

// TestSignedFilesPleaseOthers has four other programs judge what is signed.
func TestSignedFilesPleaseOthers(t *testing.T) {
	for _, name := range []string{documents.Letter, documents.Decision, documents.TwoColumns, documents.Scan, documents.LetterWithFields} {
		for _, how := range []struct {
			name   string
			signer signer
			o      pades.Options
		}{
			{"RSA SHA-256", rsaSigner(), pades.Options{}},
			{"RSA SHA-384", rsaSigner(), pades.Options{Hash: crypto.SHA384}},
			{"RSA SHA-512", rsaSigner(), pades.Options{Hash: crypto.SHA512}},
			{"PSS SHA-256", rsaSigner(), pades.Options{PSS: true}},
			{"ECDSA SHA-256", ecSigner(), pades.Options{}},
		} {
			t.Run(name+" "+how.name, func(t *testing.T) {
				o := how.o
				o.Reason, o.Location, o.Name = "Phê duyệt (lần 1) \\ ký", "Bình Minh", "Nguyễn Thị Hĩ"
				b := sign(t, document(t, name), how.signer, o)
				path := write(t, b)

				// NSS, which pdfsig uses, refuses PSS inside CMS.
				if !o.PSS {
					out := mustTool(t, "pdfsig", "-nocert", path)
					for _, want := range []string{"Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "Nguyễn Thị Hĩ (thử)"} {
						if !strings.Contains(out, want) {
							t.Errorf("pdfsig does not say %q:\n%s", want, out)
						}
					}
				}
				if out := mustTool(t, "qpdf", "--check", path); strings.Contains(out, "WARNING") {
					t.Errorf("qpdf: %s", out)
				}
				if out := mustTool(t, "mutool", "info", path); strings.Contains(out, "warning") || strings.Contains(out, "repair") {
					t.Errorf("mutool: %s", out)
				}
				der, signed := contents(t, b, 0)
				dir := t.TempDir()
				for file, data := range map[string][]byte{"s.der": der, "c.bin": signed, "ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: how.signer.cert.Raw})} {
					if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				out := mustTool(t, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "s.der"),
					"-content", filepath.Join(dir, "c.bin"), "-CAfile", filepath.Join(dir, "ca.pem"), "-purpose", "any", "-cades", "-out", os.DevNull)
				if !strings.Contains(out, "CAdES Verification successful") {
					t.Errorf("openssl: %s", out)
				}
				if strings.Contains(mustTool(t, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", filepath.Join(dir, "s.der")), "signingTime") {
					t.Error("PAdES forbids the signing-time attribute")
				}
			})
		}
	}
}

// TestInvisible: a field that shows nothing has no extent, an appearance for
// PDF/A-1, and no mark on the page.
func TestInvisible(t *testing.T) {
	b := document(t, documents.Letter)
	path := write(t, stamped(t, sign(t, b, ecSigner(), pades.Options{}), pades.TimestampOptions{}))
	for _, n := range []string{"1", "2"} { // as mutool counts
		field := "trailer/Root/AcroForm/Fields/" + n
		out := strings.Join(strings.Fields(mustTool(t, "mutool", "show", path, field)), " ")
		if !strings.Contains(out, "/Rect [ 0 0 0 0 ]") || !strings.Contains(out, "/F 132") {
			t.Errorf("field %s: %s", n, out)
		}
		out = strings.Join(strings.Fields(mustTool(t, "mutool", "show", path, field+"/AP/N")), " ")
		if !strings.Contains(out, "/Subtype /Form") || !strings.Contains(out, "/BBox [ 0 0 0 0 ]") || !strings.Contains(out, "/Length 0") {
			t.Errorf("appearance of field %s: %s", n, out)
		}
	}
	if mustTool(t, "mutool", "draw", "-q", "-r", "40", "-F", "pam", path, "1") != mustTool(t, "mutool", "draw", "-q", "-r", "40", "-F", "pam", write(t, b), "1") {
		t.Error("the page looks otherwise")
	}
}

// TestSecondSignature: each later signature leaves the earlier ones intact, in
// every form a file writes its cross-references.
func TestSecondSignature(t *testing.T) {
	for _, form := range []struct {
		name string
		args []string
	}{
		{"as written", nil},
		{"object streams", []string{"--object-streams=generate"}},
		{"tables", []string{"--object-streams=disable"}},
		{"linearized", []string{"--linearize"}},
		{"linearized with object streams", []string{"--linearize", "--object-streams=generate"}},
	} {
		t.Run(form.name, func(t *testing.T) {
			b := document(t, documents.LetterWithFields)
			if form.args != nil {
				in, out := write(t, b), filepath.Join(t.TempDir(), "out.pdf")
				mustTool(t, "qpdf", append(form.args, "--deterministic-id", in, out)...)
				var err error
				if b, err = os.ReadFile(out); err != nil {
					t.Fatal(err)
				}
			}
			one := sign(t, b, rsaSigner(), pades.Options{Field: documents.PersonField})
			two := sign(t, one, ecSigner(), pades.Options{Field: documents.AgencyField})
			three := sign(t, two, rsaSigner(), pades.Options{Field: "Lưu trữ"})
			path := write(t, three)
			out := mustTool(t, "pdfsig", "-nocert", path)
			if n := strings.Count(out, "Signature is Valid"); n != 3 {
				t.Errorf("pdfsig calls %d of 3 valid:\n%s", n, out)
			}
			if n := strings.Count(out, "Total document signed"); n != 1 {
				t.Errorf("pdfsig: %d signatures cover the whole file", n)
			}
			first := fmt.Sprintf("[0 - %d]", findRange(t, one)[1])
			if !strings.Contains(out, first) {
				t.Errorf("pdfsig does not know the first signature's range %s:\n%s", first, out)
			}
			if out := mustTool(t, "qpdf", "--check", path); strings.Contains(out, "WARNING") {
				t.Errorf("qpdf: %s", out)
			}
			found, err := pades.Find(open(t, three))
			if err != nil || len(found) != 3 {
				t.Fatalf("found %d signatures, %v", len(found), err)
			}
			for i, s := range found {
				if s.Fault != nil || s.Revision == 0 {
					t.Errorf("signature %d: revision %d, fault %v", i+1, s.Revision, s.Fault)
				}
			}
		})
	}
}

func findRange(t *testing.T, b []byte) [4]int64 {
	t.Helper()
	found, err := pades.Find(open(t, b))
	if err != nil || len(found) != 1 || found[0].Fault != nil {
		t.Fatalf("found %v, %v", found, err)
	}
	return found[0].Range
}

// TestFormIsKept: what a form holds beside signatures stays as it was.
func TestFormIsKept(t *testing.T) {
	b := build(t, "/AcroForm 4 0 R /Lang (vi)",
		"<</Fields [5 0 R] /DR <</Font <</Helv 6 0 R>>>> /DA (/Helv 0 Tf) /XFA [(a) 7 0 R] /NeedAppearances true>>",
		"<</FT /Tx /T (so) /V (12/QĐ) /Kids []>>", "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>", "<</Length 3>>\nstream\nxfa\nendstream")
	doc := open(t, sign(t, b, rsaSigner(), pades.Options{}))
	form, err := doc.AcroForm()
	if err != nil {
		t.Fatal(err)
	}
	before, err := open(t, b).AcroForm()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []pdf.Name{"DR", "DA", "XFA", "NeedAppearances"} {
		if !pdf.Equal(form.Get(key), before.Get(key)) || form.Get(key) == nil {
			t.Errorf("%s changed to %v", key, form.Get(key))
		}
	}
	fields, err := doc.Fields()
	if err != nil || len(fields) != 2 || fields[0].Name != "so" {
		t.Errorf("fields %v, %v", fields, err)
	}
	if form.Get("SigFlags") != int64(3) {
		t.Errorf("SigFlags %v", form.Get("SigFlags"))
	}
	if !pdf.Equal(doc.Trailer().Get("Info"), open(t, b).Trailer().Get("Info")) || !pdf.Equal(doc.Trailer().Get("ID"), open(t, b).Trailer().Get("ID")) || doc.Trailer().Get("ID") == nil {
		t.Error("the trailer lost Info or ID")
	}
}

// build writes a one-page file: catalog is added to object 1, objects follow
// from number 4.
func build(t testing.TB, catalog string, objects ...string) []byte {
	t.Helper()
	return buildPage(t, "/MediaBox [0 0 595 842]", catalog, objects...)
}

// buildPage is build with other entries in the page, object 3.
func buildPage(t testing.TB, page, catalog string, objects ...string) []byte {
	t.Helper()
	return buildAll(append([]string{"<</Type /Catalog /Pages 2 0 R " + catalog + ">>", "<</Type /Pages /Kids [3 0 R] /Count 1>>",
		"<</Type /Page /Parent 2 0 R " + page + ">>"}, objects...)...)
}

// buildAll writes a file of these objects, numbered from 1, the catalog.
func buildAll(all ...string) []byte {
	all = append(all, "<</Title (t)>>")
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range all {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(all)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R /Info %d 0 R /ID [<01> <02>] /Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(all), len(all)+1, at)
	return b.Bytes()
}

// TestRefusals: what cannot be signed soundly is not signed at all.
func TestRefusals(t *testing.T) {
	signed := sign(t, document(t, documents.LetterWithFields), rsaSigner(), pades.Options{Field: documents.PersonField})
	certified := func(p int) []byte {
		return build(t, "/Perms <</DocMDP 5 0 R>> /AcroForm <</Fields [4 0 R] /SigFlags 3>>",
			"<</FT /Sig /T (a) /V 5 0 R /Kids []>>",
			fmt.Sprintf("<</Type /Sig /Reference [<</TransformMethod /DocMDP /TransformParams <</P %d /V /1.2>>>>]>>", p))
	}
	locked := build(t, "/AcroForm <</Fields [4 0 R] /SigFlags 3>>", "<</FT /Sig /T (a) /V 5 0 R /Lock <</Action /Include /Fields [(b)]>> /Kids []>>", "<</Type /Sig>>")
	var format *pdf.FormatError
	for _, c := range []struct {
		name  string
		data  []byte
		field string
		want  error
	}{
		{"encrypted", document(t, documents.Encrypted), "", pades.ErrEncrypted},
		{"field signed", signed, documents.PersonField, pades.ErrFieldSigned},
		{"field of another kind", build(t, "/AcroForm <</Fields [4 0 R]>>", "<</FT /Tx /T (a) /Kids []>>"), "a", pades.ErrNoField},
		{"new name with a full stop", document(t, documents.Letter), "a.b", pades.ErrNoField},
		{"certified, no changes", certified(1), "", pades.ErrLocked},
		{"certified, form filling", certified(2), "", nil},
		{"locked by name", locked, "b", pades.ErrLocked},
		{"not locked", locked, "c", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := trySign(c.data, rsaSigner(), pades.Options{Field: c.field}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	for _, name := range []string{documents.Truncated, documents.NotPDF} {
		if _, err := trySign(document(t, name), rsaSigner(), pades.Options{}); !errors.As(err, &format) {
			t.Errorf("%s: got %v, want a FormatError", name, err)
		}
	}
	if _, err := trySign(document(t, documents.Letter), rsaSigner(), pades.Options{Time: time.Time{}}); err != nil {
		t.Error(err)
	}
}

// TestForeignSignatureValue: a value that another key made is not put in.
func TestForeignSignatureValue(t *testing.T) {
	u, err := pades.Prepare(open(t, document(t, documents.Letter)), pades.Options{Certificate: rsaSigner().cert, Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	value, err := certify(rsaSigner().key).key.Sign(nil, make([]byte, 32), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Finish(value); err == nil {
		t.Error("a signature over something else was accepted")
	}
}
