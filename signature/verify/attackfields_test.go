package verify_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"kyso/signature/cms"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/tsp"
	"kyso/signature/verify"
	"kyso/testdata/documents"
)

// hole fills a hand-made signature: make gets the signed bytes.
func hole(t testing.TB, b []byte, make func(signed []byte) []byte) []byte {
	b = bytes.Clone(b)
	i := bytes.LastIndex(b, []byte("/ByteRange [")) + len("/ByteRange ")
	from := bytes.LastIndex(b, []byte("/Contents <")) + len("/Contents ")
	to := from + bytes.IndexByte(b[from:], '>') + 1
	text := fmt.Sprintf("[0 %d %d %d", from, to, len(b)-to)
	copy(b[i:], text)
	der := make(append(bytes.Clone(b[:from]), b[to:]...))
	hex.Encode(b[from+1:], der)
	return b
}

func sigDict(sub string) *pdf.Dict {
	return pdf.MakeDict(pdf.Name("Type"), pdf.Name("Sig"), pdf.Name("Filter"), pdf.Name("Adobe.PPKLite"), pdf.Name("SubFilter"), pdf.Name(sub),
		pdf.Name("ByteRange"), &pdf.Reserved{Length: 64, First: '[', Last: ']', Fill: ' '},
		pdf.Name("Contents"), &pdf.Reserved{Length: 2 + 24000, First: '<', Last: '>', Fill: '0'})
}

func stampToken(t testing.TB, h crypto.Hash) func([]byte) []byte {
	return func(s []byte) []byte {
		w := h.New()
		w.Write(s)
		tok, err := tsp.ParseResponse(world().TimestampResponse(tsp.NewRequest(h, w.Sum(nil), nil)))
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
}

func certifyP1(t testing.TB) []byte {
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) {
			d.Set("Lock", pdf.MakeDict(pdf.Name("Action"), pdf.Name("All"), pdf.Name("P"), 1))
		})
	})
	return sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
}

// TestVisibleTimestamp: a document timestamp, which anybody can get, whose widget shows something.
func TestVisibleTimestamp(t *testing.T) {
	b := addField(t, signedFields(t), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("Rect", pdf.Array{100, 100, 200, 200})
		d.Set("V", u.Add(sigDict("ETSI.RFC3161")))
		d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u)))
	})
	changedAfter(t, "e1", hole(t, b, stampToken(t, crypto.SHA256)))
}

// TestTimestampAnnotation: the same as another kind of annotation, where no changes are allowed.
func TestTimestampAnnotation(t *testing.T) {
	b := certifyP1(t)
	b = addField(t, b, func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("V", u.Add(sigDict("ETSI.RFC3161")))
		d.Set("Subtype", pdf.Name("FreeText"))
		d.Set("DA", pdf.String("/Helv 40 Tf 1 0 0 rg"))
		d.Set("Contents", pdf.String("FORGED TEXT 99 000 000 VND"))
		d.Set("C", pdf.Array{1, 1, 1})
	})
	changedAfter(t, "e1b", hole(t, b, stampToken(t, crypto.SHA256)))
}

// TestAppearanceUnderLock: everything is locked, and what an empty field shows changes.
func TestAppearanceUnderLock(t *testing.T) {
	b := update(t, certifyP1(t), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 37}, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u))) })
	})
	changedAfter(t, "e2", b)
}

// TestUnhide: a hidden field with a covering appearance is signed, then shown.
func TestUnhide(t *testing.T) {
	p := addField(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u)))
		d.Set("F", 2)
	})
	s := sign(t, p, world().Persons[0], pades.Options{Field: documents.PersonField})
	var ref pdf.Ref
	fields, _ := open(t, s).Fields()
	for _, f := range fields {
		if f.Name == "x1" {
			ref = f.Ref
		}
	}
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) { edit(t, u, ref, func(d *pdf.Dict) { d.Set("F", 4) }) })
	changedAfter(t, "e3", b)
}

// TestGenerationHidesObject: a first reference with a wrong generation hid the page from the walk.
func TestGenerationHidesObject(t *testing.T) {
	p := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			d.Entries = append([]pdf.Entry{{Key: "AAA", Value: pdf.Ref{Number: 3, Generation: 7}}}, d.Entries...)
		})
	})
	i := bytes.LastIndex(p, []byte("/Info 34 0 R"))
	copy(p[i:], "/Info 4 0 R ")
	s := sign(t, p, world().Persons[0], pades.Options{})
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(pdf.Ref{Number: 4}, &pdf.Data{Dict: &pdf.Dict{}, Bytes: forged(t, doc)})
	})
	changedAfter(t, "f1", b)
}

// TestGenerationHidesLatent: the same hid a dangling reference, which a "certificate" fills later.
func TestGenerationHidesLatent(t *testing.T) {
	p := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			d.Entries = append([]pdf.Entry{{Key: "AAA", Value: pdf.Ref{Number: 3, Generation: 7}}}, d.Entries...)
		})
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Contents", pdf.Array{d.Get("Contents"), pdf.Ref{Number: 99}}) })
	})
	s := sign(t, p, world().Persons[0], pades.Options{})
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(pdf.Ref{Number: 99}, &pdf.Data{Dict: &pdf.Dict{}, Bytes: append([]byte("1 1 1 rg 0 0 600 900 re f\n"), forged(t, doc)...)})
		edit(t, u, rootOf(doc), func(d *pdf.Dict) {
			d.Set("DSS", u.Add(pdf.MakeDict(pdf.Name("Certs"), pdf.Array{pdf.Ref{Number: 99}})))
		})
	})
	changedAfter(t, "f2", b)
}

// TestIndirectPermission: a permission written as an indirect object counts
// too, when signing and when judging.
func TestIndirectPermission(t *testing.T) {
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		p := u.Add(1)
		edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) {
			d.Set("Lock", pdf.MakeDict(pdf.Name("Action"), pdf.Name("Include"), pdf.Name("Fields"), pdf.Array{pdf.String("zz")}, pdf.Name("P"), p))
		})
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	_, err := pades.Prepare(open(t, s), pades.Options{Certificate: world().Agencies[0].Certificate, Time: now, Field: documents.AgencyField})
	if !errors.Is(err, pades.ErrLocked) {
		t.Errorf("a second signature was prepared: %v", err)
	}
	refused(t, "second signature", signRegardless(t, s))
}

// TestLockedFieldAppearance: a field that a lock names shows something else.
func TestLockedFieldAppearance(t *testing.T) {
	b := update(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 36}, func(d *pdf.Dict) {
			d.Set("Lock", pdf.MakeDict(pdf.Name("Action"), pdf.Name("Include"), pdf.Name("Fields"), pdf.Array{pdf.String(documents.AgencyField)}))
		})
	})
	s := sign(t, b, world().Persons[0], pades.Options{Field: documents.PersonField})
	b = update(t, s, func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, pdf.Ref{Number: 37}, func(d *pdf.Dict) { d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u))) })
	})
	changedAfter(t, "h2", b)
}

// TestKidThatIsAnAnnotation: a new field whose kid is another kind of annotation.
func TestKidThatIsAnAnnotation(t *testing.T) {
	s := signedFields(t)
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		page := firstPage(t, doc)
		f := pdf.MakeDict(pdf.Name("FT"), pdf.Name("Sig"), pdf.Name("T"), pdf.String("x2"))
		ref := u.Add(f)
		kid := u.Add(pdf.MakeDict(pdf.Name("Type"), pdf.Name("Annot"), pdf.Name("Subtype"), pdf.Name("FreeText"), pdf.Name("Parent"), ref, pdf.Name("F"), 4, pdf.Name("Rect"), pdf.Array{20, 20, 575, 820},
			pdf.Name("DA"), pdf.String("/Helv 40 Tf 1 0 0 rg"), pdf.Name("C"), pdf.Array{1, 1, 1}, pdf.Name("Contents"), pdf.String("FORGED KID")))
		f.Set("Kids", pdf.Array{kid})
		edit(t, u, page.Ref, func(d *pdf.Dict) {
			a, _ := doc.Array(d.Get("Annots"))
			d.Set("Annots", append(append(pdf.Array{}, a...), kid))
		})
		form, _ := doc.AcroForm()
		fm := form.Clone()
		a, _ := doc.Array(fm.Get("Fields"))
		fm.Set("Fields", append(append(pdf.Array{}, a...), ref))
		edit(t, u, rootOf(doc), func(d *pdf.Dict) { d.Set("AcroForm", fm) })
	})
	changedAfter(t, "i1", b)
}

// TestTimestampOverSHA1: a document timestamp whose imprint is SHA-1.
func TestTimestampOverSHA1(t *testing.T) {
	b := addField(t, signedFields(t), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("V", u.Add(sigDict("ETSI.RFC3161")))
		d.Set("Rect", pdf.Array{0, 0, 0, 0})
	})
	refused(t, "e1e", hole(t, b, func(s []byte) []byte {
		h := sha1.Sum(s)
		a := &tsp.Authority{Certificate: world().TSA.Certificate, Chain: world().Chain(), Key: world().TSA.Key, Policy: asn1.ObjectIdentifier{1, 2, 3}}
		tok, err := a.NewToken(rand.Reader, &tsp.Request{Hash: crypto.SHA1, Imprint: h[:], WantCertificate: true}, big.NewInt(77), now)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}))
}

// TestObjectZero: object 0 is given content.
func TestObjectZero(t *testing.T) {
	p := update(t, document(t, documents.Letter), func(doc *pdf.File, u *pdf.Update) {
		edit(t, u, firstPage(t, doc).Ref, func(d *pdf.Dict) { d.Set("Contents", pdf.Array{d.Get("Contents"), pdf.Ref{Number: 0}}) })
	})
	s := sign(t, p, world().Persons[0], pades.Options{})
	b := update(t, s, func(doc *pdf.File, u *pdf.Update) {
		u.Set(pdf.Ref{Number: 0}, &pdf.Data{Dict: &pdf.Dict{}, Bytes: append([]byte("1 1 1 rg 0 0 600 900 re f\n"), forged(t, doc)...)})
	})
	changedAfter(t, "l1", b)
}

// TestSHA1Content: adbe.pkcs7.sha1 binds the document by SHA-1 alone, whatever
// digest the signer uses.
func TestSHA1Content(t *testing.T) {
	id := world().Persons[0]
	b := addField(t, document(t, documents.LetterWithFields), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
		d.Set("V", u.Add(sigDict("adbe.pkcs7.sha1")))
	})
	refused(t, "pkcs7.sha1", hole(t, b, func(s []byte) []byte {
		sum := sha1.Sum(s)
		c, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: world().Chain(), Attached: sum[:]})
		if err != nil {
			t.Fatal(err)
		}
		value, err := id.Key.Sign(rand.Reader, c.Digest(), c.Opts())
		if err != nil {
			t.Fatal(err)
		}
		der, err := c.Finish(value)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}))
}

// TestLargeStamp: a later signature, even a good one, whose appearance could
// hide the page makes the earlier one undetermined; a stamp of usual size not.
func TestLargeStamp(t *testing.T) {
	for _, c := range []struct {
		rect pdf.Array
		want verify.Modification
	}{{pdf.Array{300, 100, 420, 220}, verify.ModificationAllowed}, {pdf.Array{20, 20, 575, 820}, verify.ModificationUndetermined}, {pdf.Array{0, 0, 1}, verify.ModificationUndetermined}} {
		b := addField(t, signedFields(t), func(doc *pdf.File, u *pdf.Update, d *pdf.Dict) {
			d.Set("Rect", c.rect)
			d.Set("AP", pdf.MakeDict(pdf.Name("N"), ap(u)))
			d.Set("V", u.Add(sigDict("ETSI.CAdES.detached")))
		})
		id := world().Agencies[0]
		b = hole(t, b, func(s []byte) []byte {
			sum := sha256.Sum256(s)
			p, err := cms.Prepare(cms.Content{Certificate: id.Certificate, Chain: world().Chain(), Digest: sum[:]})
			if err != nil {
				t.Fatal(err)
			}
			value, err := id.Key.Sign(rand.Reader, p.Digest(), p.Opts())
			if err != nil {
				t.Fatal(err)
			}
			der, err := p.Finish(value)
			if err != nil {
				t.Fatal(err)
			}
			return der
		})
		if s := judge(t, b).Signatures[0]; s.Modification != c.want {
			t.Errorf("%v: %s %v", c.rect, s.Modification, s.Changes)
		}
	}
}
