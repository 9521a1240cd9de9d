package verify_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"kyso/signature/cms"
	"kyso/signature/pdf"
	"kyso/signature/trust"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
)

// eldest is of the years in which SHA-1 was still acceptable.
var eldest = sync.OnceValue(func() *pki.PKI { return madeAt(2015) })

// signOld signs the letter in a format that package pades only reads: contents
// makes /Contents from the SHA-1 of the signed bytes, and entries are added to
// the signature dictionary.
func signOld(t testing.TB, format pdf.Name, contents func(digest []byte) []byte, entries ...pdf.Object) []byte {
	t.Helper()
	byteRange := &pdf.Reserved{Length: 64, First: '[', Last: ']', Fill: ' '}
	hole := &pdf.Reserved{Length: 2 + 2*8192, First: '<', Last: '>', Fill: '0'}
	b := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) {
		d := pdf.MakeDict(append([]pdf.Object{pdf.Name("Type"), pdf.Name("Sig"), pdf.Name("Filter"), pdf.Name("Adobe.PPKLite"),
			pdf.Name("SubFilter"), format, pdf.Name("ByteRange"), byteRange, pdf.Name("Contents"), hole}, entries...)...)
		field := u.Add(pdf.MakeDict(pdf.Name("FT"), pdf.Name("Sig"), pdf.Name("T"), pdf.String("Old"), pdf.Name("V"), u.Add(d),
			pdf.Name("Type"), pdf.Name("Annot"), pdf.Name("Subtype"), pdf.Name("Widget"), pdf.Name("Rect"), pdf.Array{0, 0, 0, 0}))
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			d.Set("AcroForm", pdf.MakeDict(pdf.Name("Fields"), pdf.Array{field}, pdf.Name("SigFlags"), 3))
		})
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Annots", pdf.Array{field}) })
	})
	end := hole.At + int64(hole.Length)
	copy(b[byteRange.At:], fmt.Sprintf("[0 %d %d %d", hole.At, end, int64(len(b))-end))
	sum := sha1.Sum(slices.Concat(b[:hole.At], b[end:]))
	hex.Encode(b[hole.At+1:], contents(sum[:]))
	return b
}

// TestLegacyFormats: what older programs made is judged by the same rules, and
// marked.
func TestLegacyFormats(t *testing.T) {
	w := eldest()
	id, other := w.Persons[0], w.Persons[1]
	rsa := func(digest []byte) []byte {
		value, err := id.Key.Sign(rand.Reader, digest, crypto.SHA1)
		if err != nil {
			t.Fatal(err)
		}
		der, err := asn1.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	attached := func(digest []byte) []byte {
		u, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: w.Chain(), Attached: digest})
		if err != nil {
			t.Fatal(err)
		}
		value, err := id.Key.Sign(rand.Reader, u.Digest(), u.Opts())
		if err != nil {
			t.Fatal(err)
		}
		der, err := u.Finish(value)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	cert := func(c ...pki.Identity) []pdf.Object {
		var list pdf.Array
		for _, id := range c {
			list = append(list, pdf.String(id.Certificate.Raw))
		}
		return []pdf.Object{pdf.Name("Cert"), list}
	}
	good := signOld(t, "adbe.x509.rsa_sha1", rsa, cert(id, w.SubCA)...)
	for _, c := range []struct {
		name    string
		data    []byte
		at      time.Time
		verdict verify.Verdict
		sub     string
	}{
		{"rsa_sha1", good, day(2015, 6, 1), verify.TotalPassed, ""},
		{"rsa_sha1 with one certificate", signOld(t, "adbe.x509.rsa_sha1", rsa, pdf.Name("Cert"), pdf.String(id.Certificate.Raw)), day(2015, 6, 1), verify.Indeterminate, "NO_CERTIFICATE_CHAIN_FOUND"},
		{"rsa_sha1 when SHA-1 proves nothing", good, day(2018, 6, 1), verify.Indeterminate, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"},
		{"rsa_sha1 of another person", signOld(t, "adbe.x509.rsa_sha1", rsa, cert(other, w.SubCA)...), day(2015, 6, 1), verify.TotalFailed, "SIG_CRYPTO_FAILURE"},
		{"rsa_sha1, changed", bytes.Replace(good, []byte("/SigFlags 3"), []byte("/SigFlags 1"), 1), day(2015, 6, 1), verify.TotalFailed, "SIG_CRYPTO_FAILURE"},
		{"rsa_sha1 without a certificate", signOld(t, "adbe.x509.rsa_sha1", rsa), day(2015, 6, 1), verify.TotalFailed, "FORMAT_FAILURE"},
		{"pkcs7.sha1", signOld(t, "adbe.pkcs7.sha1", attached), day(2015, 6, 1), verify.TotalPassed, ""},
		{"pkcs7.sha1 when SHA-1 proves nothing", signOld(t, "adbe.pkcs7.sha1", attached), day(2018, 6, 1), verify.Indeterminate, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"},
		{"a format nobody knows", signOld(t, "Acme.Sign", attached), day(2015, 6, 1), verify.Indeterminate, "SIG_CONSTRAINTS_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := verify.Evidence{CRLs: [][]byte{w.At(c.at).CRL(), w.At(c.at).RootCRL()}}
			r, err := verify.Document(open(t, c.data), ev, verify.Policy{Trust: trust.NewStore(w.Anchors()...), At: c.at})
			if err != nil {
				t.Fatal(err)
			}
			s := r.Signatures[0]
			if s.Verdict != c.verdict || s.SubIndication != c.sub || s.Level != "legacy" {
				t.Errorf("%s %s %+v, level %s", s.Verdict, s.SubIndication, s.Reason, s.Level)
			}
			told := slices.ContainsFunc(s.Warnings, func(m verify.Message) bool { return m.Code == "LEGACY_FORMAT" })
			if s.Verdict == verify.TotalPassed && !told {
				t.Errorf("warnings %+v", s.Warnings)
			}
		})
	}
}
