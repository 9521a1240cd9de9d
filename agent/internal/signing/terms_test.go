package signing_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/pades"
	"kyso/signature/pdf"
	"kyso/signature/stamp"
)

// formPDF has an empty signature field "S" with these entries.
func formPDF(entries string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	offsets := []int{}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
		"<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R/FT/Sig/T(S)" + entries + ">>",
	}
	for i, object := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// TestTermsOfTheDocument: a field that lays down the reason, a certification or
// a lock by itself does not do so behind the person's back.
func TestTermsOfTheDocument(t *testing.T) {
	var asked signing.Question
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked = q
		return signingtest.Agrees(ctx, q)
	})
	sign := func(entries string) (*pdf.Dict, error) {
		results, err := f.service.Sign(t.Context(), signing.Request{Documents: []signing.Document{document("a.pdf", formPDF(entries))}, Field: "S"}, nil)
		if err != nil {
			return nil, err
		}
		doc := openDocument(t, bytesOf(t, results[0]))
		found, err := pades.Find(doc)
		if err != nil {
			t.Fatal(err)
		}
		return found[0].Dict, nil
	}
	d, err := sign("/SV<</Reasons[(I sell my house)]/Ff 8/MDP<</P 1>>>>/Lock<</Action/Include/Fields[(x)(y)]/P 2>>")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Get("Reason").(pdf.String).Text(); got != "I sell my house" {
		t.Errorf("the reason is %q", got)
	}
	told := ""
	for _, m := range asked.Documents[0].Terms {
		told += m.Code + ": " + m.VI + "\n"
	}
	want := "CERTIFIES: Chữ ký chứng nhận: sau chữ ký này không ai được sửa hay ký thêm.\n" +
		"LIMITS: Ô chữ ký này quy định: sau chữ ký này chỉ được điền biểu mẫu và ký thêm.\n" +
		"LOCKS: Ký xong sẽ khóa các ô: “x”, “y”.\n"
	if asked.Reason != "I sell my house" || told != want || !asked.Documents[0].Demanded {
		t.Errorf("the person is shown the reason %q, and\n%s", asked.Reason, told)
	}
	if _, err := sign(""); err != nil || len(asked.Documents[0].Terms) != 0 || asked.Documents[0].Demanded || asked.Level != "B-B" {
		t.Errorf("%v, %+v", err, asked)
	}
	for _, reason := range []string{"(a\\nb)", "(" + strings.Repeat("x", 161) + ")", "<FEFF0061202E0062>"} {
		if _, err := sign("/SV<</Reasons[" + reason + "]/Ff 8>>"); signing.Code(err) != "BAD_REQUEST" {
			t.Errorf("a reason that cannot be shown, %s: %v", reason, err)
		}
	}
}

// TestUnseenTexts: nothing is signed that no window shows.
func TestUnseenTexts(t *testing.T) {
	f := newFixture(t, nobody(t))
	for _, text := range []string{"a\u202eb", "a\x1b[2Jb", "a\u200bb", "a\ue000", "a\xffb", "a\u2028b"} {
		for _, r := range []signing.Request{{Reason: text}, {Location: text}, {Field: text}, {OutOfOrder: text}} {
			r.Documents = []signing.Document{document("a.pdf", pdfOf(t, 1))}
			if _, err := f.service.Sign(t.Context(), r, nil); signing.Code(err) != "BAD_REQUEST" {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

// TestStampTextIsShown: the words of the stamp, whoever chose them, and what
// certifies, are part of the question.
func TestStampTextIsShown(t *testing.T) {
	template, err := stamp.Load([]byte(`{"name":"own","title":{"vi":"a","en":"a"},"text":{"lines":[{"text":"Duyệt chi 10 tỷ"},{"text":"{agency} {time}"}],"maxWidth":150,"maxHeight":60},"place":{"at":"top-right","top":10,"right":10}}`))
	if err != nil {
		t.Fatal(err)
	}
	var asked signing.Question
	f := newFixture(t, func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked = q
		return signingtest.Agrees(ctx, q)
	})
	r := signing.Request{Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}, Certify: pades.FormFilling,
		Stamp: &signing.Stamp{Template: template, Values: stamp.Values{Agency: "Sở Thử"}}}
	results, err := f.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	terms := asked.Documents[0].Terms
	if len(terms) != 2 || terms[0].VI != "Trên hình chữ ký: “Duyệt chi 10 tỷ / Sở Thử (thời điểm ký)”" || terms[0].EN != "In the stamp: “Duyệt chi 10 tỷ / Sở Thử (the time of signing)”" || terms[1].Code != "CERTIFIES" {
		t.Errorf("the person is shown %+v", terms)
	}
	if len(results[0].Terms) != 2 || asked.Documents[0].Demanded {
		t.Errorf("%+v", results[0].Terms)
	}
	long := strings.Repeat("chữ ", 49) + "chữ"
	template, err = stamp.Load([]byte(`{"name":"own","title":{"vi":"a","en":"a"},"text":{"lines":[{"text":"` + long + `"},{"text":"` + long + `"},{"text":"` + long + `"},{"text":"` + long + `"}],"size":6,"maxWidth":165,"maxHeight":165},"place":{"at":"top-right"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Stamp.Template, asked = template, signing.Question{}
	if _, err := f.service.Sign(t.Context(), r, nil); signing.Code(err) != "STAMP_PROBLEM" || asked.Documents != nil {
		t.Errorf("more words than can be shown: %v", err)
	}
}

// twins has its one key under two names.
type twins struct{ *signingtest.Token }

func (w twins) Identities(context.Context) ([]signing.Identity, error) {
	second := w.Identity
	second.ID = "token-2"
	return []signing.Identity{w.Identity, second}, nil
}

// TestOneCertificateForAStamp: what is shown of stamp and order is of one
// certificate; another cannot be chosen behind it.
func TestOneCertificateForAStamp(t *testing.T) {
	token, err := signingtest.NewToken(now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := signing.New(signing.Options{Keys: twins{token}, Approver: nobody(t), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	template, _ := stamp.BuiltIn("signer")
	for name, r := range map[string]signing.Request{
		"stamp": {Stamp: &signing.Stamp{Template: template}}, "profile": {Profile: signing.ProfileAgency},
		"profile nobody knows": {Profile: "agencies", CertificateID: "token-1"}, "reason without words": {Profile: signing.ProfileAgency, OutOfOrder: " .", CertificateID: "token-1"},
	} {
		r.Documents = []signing.Document{document("a.pdf", pdfOf(t, 1))}
		if _, err := s.Sign(t.Context(), r, nil); signing.Code(err) != "BAD_REQUEST" {
			t.Errorf("%s: %v", name, err)
		}
	}
	blank := signing.Request{Profile: signing.ProfileAgency, OutOfOrder: " \u00a0 ", CertificateID: "token-1", Documents: []signing.Document{document("a.pdf", pdfOf(t, 1))}}
	if _, err := s.Sign(t.Context(), blank, nil); signing.Code(err) != "PERSON_FIRST" {
		t.Errorf("a blank reason: %v", err)
	}
}
