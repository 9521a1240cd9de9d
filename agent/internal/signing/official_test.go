package signing_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/signature/stamp"
	"kyso/signature/verify"
	"kyso/testdata/documents"
	"kyso/testdata/pki"
	"kyso/testdata/stamps"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at them before committing")

// office is a bench with an official's moment, and what stamps are made of.
type office struct {
	*bench
	hand, seal *stamp.Image
	asked      *signing.Question // the last, where it is wanted
}

func newOffice(t *testing.T) *office {
	t.Helper()
	w := firstWorld()
	o := &office{bench: newBench(t, time.Date(2020, time.December, 11, 2, 41, 7, 0, time.UTC), []string{w.TSAURL()}, w)}
	var err error
	if o.hand, err = stamp.ReadImage(stamps.HandSignature()); err != nil {
		t.Fatal(err)
	}
	if o.seal, err = stamp.ReadImage(stamps.Seal()); err != nil {
		t.Fatal(err)
	}
	return o
}

// request is one for a profile, at B-T, with the built-in template.
func (o *office) request(t *testing.T, profile signing.Profile, data []byte) signing.Request {
	t.Helper()
	template, ok := stamp.BuiltIn(string(profile))
	if !ok {
		t.Fatalf("there is no template %q", profile)
	}
	s := &signing.Stamp{Template: template, Values: stamp.Values{Number: "127/STN-VP", Form: "SAO Y"}}
	switch profile {
	case signing.ProfilePersonal:
		s.Image = o.hand
	case signing.ProfileAgency:
		s.Image = o.seal
	}
	return signing.Request{Documents: []signing.Document{document("a.pdf", data)}, Level: "B-T", Profile: profile, Stamp: s}
}

func (o *office) run(t *testing.T, id pki.Identity, r signing.Request) (signing.Result, error) {
	t.Helper()
	s, err := signing.New(signing.Options{Keys: o.worlds[0].Hold(id), Approver: signingtest.Person(o.approve), Clock: o.levels.Clock, Levels: o.levels})
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Sign(t.Context(), r, nil)
	if err != nil {
		return signing.Result{}, err
	}
	return results[0], nil
}

func (o *office) approve(ctx context.Context, q signing.Question) (signing.Approval, error) {
	if o.asked != nil {
		*o.asked = q
	}
	return signingtest.Agrees(ctx, q)
}

func (o *office) must(t *testing.T, id pki.Identity, r signing.Request) (signing.Result, []byte) {
	t.Helper()
	result, err := o.run(t, id, r)
	if err != nil {
		t.Fatal(err)
	}
	return result, bytesOf(t, result)
}

// TestOfficialDocument goes the way of an outgoing document (Decree
// 30/2020/NĐ-CP, Appendix I): the person signs, then the agency, then the
// attachment in its own file; a scanned paper is copied, and at last the letter
// too. Each page is compared with a picture that was looked at, and the text
// with what was written.
func TestOfficialDocument(t *testing.T) {
	o := newOffice(t)
	person, agency := o.worlds[0].Persons[0], o.worlds[0].Agencies[0]
	const at = "2020-12-11T09:41:07+07:00"

	first, signed := o.must(t, person, o.request(t, signing.ProfilePersonal, letter(t)))
	if first.Stamp.Code != "IN_BLOCK" || !strings.Contains(first.Stamp.VI, "Nguyễn Văn Thử") || len(first.Notices) > 0 {
		t.Errorf("personal: %+v, %+v", first.Stamp, first.Notices)
	}
	second, both := o.must(t, agency, o.request(t, signing.ProfileAgency, signed))
	if second.Stamp.Code != "OVER_PERSONAL" || len(second.Notices) > 0 {
		t.Errorf("agency: %+v, %+v", second.Stamp, second.Notices)
	}
	o.wantGolden(t, "letter", both)
	wantText(t, letter(t), both) // images alone

	attached, err := documents.Open(documents.TwoColumns)
	if err != nil {
		t.Fatal(err)
	}
	_, attachment := o.must(t, agency, o.request(t, signing.ProfileAttachment, attached))
	o.wantGolden(t, "attachment", attachment)
	wantText(t, attached, attachment, "127/STN-VP", at)

	scan, err := documents.Open(documents.Scan)
	if err != nil {
		t.Fatal(err)
	}
	_, copied := o.must(t, agency, o.request(t, signing.ProfileCopy, scan))
	o.wantGolden(t, "copy", copied)
	wantText(t, scan, copied, "SAO Y", "SỞ THỬ NGHIỆM", at)

	third, all := o.must(t, agency, o.request(t, signing.ProfileCopy, both))
	if len(third.Notices) != 1 || third.Notices[0].Code != "COPY_OF_ELECTRONIC" {
		t.Errorf("copy of what is signed: %+v", third.Notices)
	}
	o.wantGolden(t, "letter-copied", all)
	wantText(t, letter(t), all, "SAO Y", "SỞ THỬ NGHIỆM", at)

	for name, data := range map[string][]byte{"letter": both, "attachment": attachment, "copy": copied, "letter copied": all} {
		r := o.judgeOnline(t, data)
		if r.Verdict != verify.TotalPassed {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Reason)
		}
		for _, s := range r.Signatures {
			if s.Modification != verify.ModificationNone && s.Modification != verify.ModificationAllowed || len(s.Warnings) > 0 {
				t.Errorf("%s, %s: %s, %+v", name, s.Field, s.Modification, s.Warnings)
			}
		}
		file := filepath.Join(t.TempDir(), "a.pdf")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdfsig", "-nocert", file).CombinedOutput()
		if err != nil || strings.Count(string(out), "Signature is Valid") != len(r.Signatures) {
			t.Errorf("%s: pdfsig %v\n%s", name, err, out)
		}
		if out, err := exec.Command("qpdf", "--check", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// judgeOnline judges data with the evidence the world's services give.
func (o *office) judgeOnline(t *testing.T, data []byte) *verify.Report {
	t.Helper()
	w := o.worlds[0].At(o.levels.Clock())
	doc := openDocument(t, data)
	r, err := verify.Document(doc, verify.Evidence{CRLs: [][]byte{w.CRL(), w.RootCRL()}, Certificates: [][]byte{w.SubCA.Certificate.Raw}},
		verify.Policy{Trust: o.levels.Anchors(), At: o.levels.Clock()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantText: the lines that pdftotext finds in after and not in before are those.
func wantText(t *testing.T, before, after []byte, want ...string) {
	t.Helper()
	old := textLines(t, before)
	var added []string
	for _, line := range textLines(t, after) {
		if i := slices.Index(old, line); i >= 0 {
			old = slices.Delete(old, i, i+1)
		} else {
			added = append(added, line)
		}
	}
	// In no order: a line that stood there already may be the one of two found.
	slices.Sort(added)
	slices.Sort(want)
	if len(old) > 0 || !slices.Equal(added, want) {
		t.Errorf("pdftotext finds %q more, want %q; and misses %q", added, want, old)
	}
}

func textLines(t *testing.T, data []byte) (lines []string) {
	t.Helper()
	cmd := exec.Command("pdftotext", "-", "-")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.Trim(line, "\n\f"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// wantGolden compares page one with a picture in testdata that was looked at.
func (o *office) wantGolden(t *testing.T, name string, data []byte) {
	t.Helper()
	cmd := exec.Command("pdftoppm", "-r", "60", "-f", "1", "-l", "1", "-png", "-")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "pictures", name+".png")
	if *update {
		if err := os.WriteFile(file, out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(t, want, out); d > 12 {
		got := filepath.Join(os.TempDir(), "kyso-"+name+".png")
		os.WriteFile(got, out, 0o600)
		t.Errorf("%s: blocks differ by up to %.1f of 255; see %s", name, d, got)
	}
}

// difference is the largest between the average colours of blocks of two
// pictures: other versions of a program that draws smooth edges otherwise.
func difference(t *testing.T, a, b []byte) (most float64) {
	t.Helper()
	x, y := picture(t, a), picture(t, b)
	if x.Bounds() != y.Bounds() {
		t.Fatalf("pictures of %v and %v", x.Bounds(), y.Bounds())
	}
	const block = 8
	for top := 0; top+block <= x.Bounds().Dy(); top += block {
		for left := 0; left+block <= x.Bounds().Dx(); left += block {
			p, q := average(x, left, top, block), average(y, left, top, block)
			for i := range p {
				most = max(most, math.Abs(p[i]-q[i]))
			}
		}
	}
	return most
}

func picture(t *testing.T, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func average(m image.Image, left, top, size int) (sum [3]float64) {
	for y := top; y < top+size; y++ {
		for x := left; x < left+size; x++ {
			r, g, b, _ := m.At(x, y).RGBA()
			for i, v := range []uint32{r, g, b} {
				sum[i] += float64(v) / 257 / float64(size*size)
			}
		}
	}
	return sum
}

// TestAgencyAlone: without a person's valid signature the agency must say why,
// and that is what the signature says.
func TestAgencyAlone(t *testing.T) {
	o := newOffice(t)
	agency := o.worlds[0].Agencies[0]
	r := o.request(t, signing.ProfileAgency, letter(t))
	if _, err := o.run(t, agency, r); signing.Code(err) != "PERSON_FIRST" {
		t.Fatalf("%v", err)
	}
	r.OutOfOrder, r.Reason = strings.Repeat("x", 150), "Phát hành"
	if _, err := o.run(t, agency, r); signing.Code(err) != "BAD_REQUEST" {
		t.Errorf("more than the window shows: %v", err)
	}
	r.OutOfOrder = "bản giấy đã có chữ ký"
	var asked signing.Question
	o.asked = &asked
	result, data := o.must(t, agency, r)
	if asked.Reason != "Phát hành. Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: bản giấy đã có chữ ký" {
		t.Errorf("the person is shown %q", asked.Reason)
	}
	if len(result.Notices) == 0 || result.Notices[0].Code != "NO_PERSONAL_SIGNATURE" || result.Stamp.Code != "BESIDE_ROOM" {
		t.Errorf("%+v, %+v", result.Stamp, result.Notices)
	}
	// In a batch each document has its own.
	r.Stamp, r.Documents = nil, append(r.Documents, document("b.pdf", personal(t, o)))
	if _, err := o.run(t, agency, r); err != nil {
		t.Fatal(err)
	}
	if asked.Reason != "" || asked.Documents[0].Reason != "Phát hành. Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: bản giấy đã có chữ ký" || asked.Documents[1].Reason != "Phát hành" {
		t.Errorf("the person is shown %q, %q, %q", asked.Reason, asked.Documents[0].Reason, asked.Documents[1].Reason)
	}
	doc := openDocument(t, data)
	fields, err := doc.SignatureFields()
	if err != nil || len(fields) != 1 {
		t.Fatalf("%d fields, %v", len(fields), err)
	}
	d, err := doc.Dict(fields[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	if reason := d.Get("Reason").(pdf.String).Text(); reason != "Phát hành. Cơ quan ký khi chưa có chữ ký cá nhân hợp lệ: bản giấy đã có chữ ký" {
		t.Errorf("the reason is %q", reason)
	}
	// The person signed, but is not known to be good: revoked.
	_, signed := o.must(t, o.worlds[0].Persons[0], o.request(t, signing.ProfilePersonal, letter(t)))
	o.levels.Anchors = nil
	r = o.request(t, signing.ProfileAgency, signed)
	var order *signing.OrderError
	if _, err := o.run(t, agency, r); !errors.As(err, &order) || order.Why.Code != "PERSONAL_SIGNATURE_NOT_PROVEN" {
		t.Errorf("%v", err)
	}
}

// personal is a letter that a person has signed.
func personal(t *testing.T, o *office) []byte {
	t.Helper()
	_, data := o.must(t, o.worlds[0].Persons[0], o.request(t, signing.ProfilePersonal, letter(t)))
	return data
}

// TestPlaces: explicit places, existing fields, and documents without a place.
func TestPlaces(t *testing.T) {
	o := newOffice(t)
	person := o.worlds[0].Persons[0]
	scan, err := documents.Open(documents.Scan)
	if err != nil {
		t.Fatal(err)
	}
	r := o.request(t, signing.ProfilePersonal, scan)
	var none *signing.PlaceError
	if _, err := o.run(t, person, r); signing.Code(err) != "NO_PLACE" || !errors.As(err, &none) || !strings.Contains(none.VI, "quét") {
		t.Errorf("a scan: %v", err)
	}
	place := func(s string) placement.Place {
		p, err := placement.ParsePlace(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	r.Stamp.Place = place("1,300,200,130,60")
	if result, _ := o.must(t, person, r); result.Stamp.Code != "AT_PLACE" {
		t.Errorf("%+v", result.Stamp)
	}
	// 130 by 60 points are 45.9 by 21.2 mm.
	if result, _ := o.must(t, person, r); !strings.Contains(result.Stamp.VI, "rộng 46 mm, cao 21 mm") {
		t.Errorf("%+v", result.Stamp)
	}
	for _, unseen := range []string{"1,300,200,1,1", "1,300,200,130,10", "1,14000,200,130,60", "1,0,14000,130,60"} {
		r.Stamp.Place = place(unseen)
		if result, err := o.run(t, person, r); signing.Code(err) != "NO_PLACE" {
			t.Errorf("%s: %v, %+v", unseen, err, result)
		}
	}
	r = o.request(t, signing.ProfilePersonal, letter(t))
	r.Stamp.Place = place("1,100,500,130,60")
	if result, _ := o.must(t, person, r); len(result.Notices) == 0 || result.Notices[0].Code != "COVERS_TEXT" {
		t.Errorf("over text: %+v", result.Notices)
	}
	r.Stamp.Place = place("3,100,500,130,60")
	if _, err := o.run(t, person, r); signing.Code(err) != "NO_PLACE" {
		t.Errorf("a page that is not there: %v", err)
	}
	r = o.request(t, signing.ProfileAttachment, letter(t))
	r.Stamp.Place = place("1,400,780,40,10")
	if _, err := o.run(t, o.worlds[0].Agencies[0], r); signing.Code(err) != "NO_PLACE" {
		t.Errorf("too small for the text: %v", err)
	}
	fields, err := documents.Open(documents.LetterWithFields)
	if err != nil {
		t.Fatal(err)
	}
	r = o.request(t, signing.ProfilePersonal, fields)
	r.Field = documents.PersonField
	if result, _ := o.must(t, person, r); result.Stamp.Code != "IN_FIELD" || result.Field != documents.PersonField {
		t.Errorf("%+v in %s", result.Stamp, result.Field)
	}
	// A field that its author put over the text is no secret.
	at := fieldOver(t, fields, documents.PersonField, "[80 450 380 500]")
	r.Documents[0] = document("a.pdf", at)
	if result, _ := o.must(t, person, r); result.Stamp.VI != "trang 1, trong ô chữ ký “"+documents.PersonField+"”" || len(result.Notices) == 0 || result.Notices[0].Code != "COVERS_TEXT" {
		t.Errorf("%+v, %+v", result.Stamp, result.Notices)
	}
}

// fieldOver moves a field's one widget.
func fieldOver(t *testing.T, data []byte, name, rect string) []byte {
	t.Helper()
	doc := openDocument(t, data)
	fields, err := doc.SignatureFields()
	if err != nil {
		t.Fatal(err)
	}
	u, err := doc.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name != name {
			continue
		}
		w, err := u.Dict(f.Widgets[0])
		if err != nil {
			t.Fatal(err)
		}
		var numbers pdf.Array
		for _, n := range strings.Fields(strings.Trim(rect, "[]")) {
			numbers = append(numbers, pdf.Real(n))
		}
		w.Set("Rect", numbers)
		u.Set(f.Widgets[0], w)
	}
	more, err := u.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(data), more...)
}

// TestContentTimestamp: the time in the stamp is the authority's, whatever this
// computer's clock says, and the signature carries the proof.
func TestContentTimestamp(t *testing.T) {
	o := newOffice(t)
	agency := o.worlds[0].Agencies[0]
	o.worlds[0].Set(o.levels.Clock().Add(90 * time.Second))
	r := o.request(t, signing.ProfileCopy, letter(t))
	r.ContentTimestamp = true
	_, data := o.must(t, agency, r)
	wantText(t, letter(t), data, "SAO Y", "SỞ THỬ NGHIỆM", "2020-12-11T09:42:37+07:00")
	var kinds []string
	report := o.judgeOnline(t, data)
	for _, stamp := range report.Signatures[0].Timestamps {
		kinds = append(kinds, stamp.Kind)
	}
	if !slices.Equal(kinds, []string{"content", "signature"}) {
		t.Errorf("timestamps %v of %+v", kinds, report.Signatures[0])
	}
	o.levels.Timestamps = nil
	if _, err := o.run(t, agency, r); signing.Code(err) != "LEVEL_UNSUPPORTED" {
		t.Errorf("without an authority: %v", err)
	}
}

func openDocument(t *testing.T, data []byte) *pdf.File {
	t.Helper()
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
