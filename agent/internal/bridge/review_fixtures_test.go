package bridge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/pdf"
	"kyso/signature/placement"
	"kyso/signature/verify"
)

func pointer[T any](v T) *T { return &v }

// reviewPageFrames are what a review page sends, reviewAgentFrames what the agent
// sends it. The keys are file names in testdata/protocol/review.
var (
	reviewPageFrames = map[string]reviewRequest{
		"page-read":      {Type: reviewRead, ID: pointer(uint32(7)), Document: pointer(0), Offset: pointer(int64(0)), Length: pointer(12288)},
		"page-place":     {Type: reviewPlace, Document: pointer(0), Place: pointer("2,300,500,250,120")},
		"page-place-all": {Type: reviewPlace, Document: pointer(signing.All), Place: pointer("auto"), Profile: pointer("personal")},
		"page-stamp":     {Type: reviewStamp, Document: pointer(0)},
		"page-confirm":   {Type: reviewConfirm},
		"page-refuse":    {Type: reviewRefuse},
	}
	reviewAgentFrames = map[string]reviewAnswer{
		"agent-review": {Type: reviewShow, Review: &reviewState{Origin: "https://eoffice.example", Language: "vi", Level: "B-B", Profile: "personal", Template: "personal",
			Certificate: &reviewCertificate{exampleCertificate.Holder, exampleCertificate.Organisation, exampleCertificate.Issuer, exampleCertificate.NotAfter},
			Profiles:    []string{"personal", "agency"}, CanPlace: true,
			Documents: []reviewDocument{
				{Index: 0, Name: "cong-van.pdf", Size: 12288, SHA256: exampleDigest, Pages: 2, Words: "ai-biếng-căn-duyên-gắng", Signatures: 1,
					Notices: []i18n.Text{{VI: "Hình chữ ký sẽ che chữ: “Nơi nhận:”.", EN: "The stamp will cover text: “Nơi nhận:”."}},
					Stamp:   &i18n.Text{VI: "trang 2, tại vị trí đã chọn, rộng 88 mm, cao 42 mm", EN: "on page 2, at the place chosen, 88 mm wide, 42 mm high"},
					Spot:    &reviewSpot{2, 300, 500, 250, 120}},
				{Index: 1, Name: "phụ lục.pdf", Size: 4096, SHA256: exampleDigest, Pages: 1, Words: "ai-biếng-căn-duyên-gắng", Signatures: 1, Broken: 1,
					Notices: []i18n.Text{{VI: "Không tìm thấy chỗ ký trong tài liệu.", EN: "No place to sign was found in the document."}}},
			},
			LeftOut: []reviewLeftOut{{"bảng.xlsx", i18n.Lookup(i18n.NotAPDF).Message}}}},
		"agent-review-several": {Type: reviewShow, Review: &reviewState{Origin: "https://eoffice.example", Language: "en", Level: "B-T", Profiles: []string{}, LeftOut: []reviewLeftOut{},
			Documents: []reviewDocument{{Name: "cong-van.pdf", Size: 12288, SHA256: exampleDigest, Pages: 2, Words: "ai-biếng-căn-duyên-gắng", Notices: []i18n.Text{}}}}},
		"agent-stamp":  {Type: reviewStamp, Document: pointer(0), PNG: examplePicture()},
		"agent-asking": {Type: reviewAsking},
		"agent-ended":  {Type: reviewEnded, Outcome: outcomeSigned},
		"agent-error-place": {Type: typeError, Error: reviewFailure(&signing.PlaceError{
			VI: "tài liệu chỉ có 2 trang, không có trang 3", EN: "the document has 2 pages and no page 3"})},
		"agent-error-read": {Type: typeError, ID: pointer(uint32(7)), Error: reviewFailure(signing.ErrChanged)},
	}
)

// examplePicture is a PNG of two by one.
func examplePicture() string {
	m := image.NewGray(image.Rect(0, 0, 2, 1))
	m.SetGray(1, 0, color.Gray{Y: 255})
	var b bytes.Buffer
	png.Encode(&b, m)
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestReviewFixtures holds a review's frames against the files that the
// extension's page is tested with, and decodes the page's as a connection does.
func TestReviewFixtures(t *testing.T) {
	folder := filepath.Join(fixtures, "review")
	files := map[string]any{}
	for name, f := range reviewPageFrames {
		files[name] = f
	}
	for name, f := range reviewAgentFrames {
		files[name] = f
	}
	for name, v := range files {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name+".json")
		if *update {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what this package writes (%v); if that is meant, run this test with -update and read the difference:\n%s", path, err, want.Bytes())
		}
		if page, ok := v.(reviewRequest); ok {
			if f, err := decodeReviewRequest(want.Bytes()); err != nil || !reflect.DeepEqual(f, page) {
				t.Errorf("%s: %+v, %v", name, f, err)
			}
		}
	}
	if present, err := filepath.Glob(filepath.Join(folder, "*.json")); err != nil || len(present) != len(files) {
		t.Errorf("%d files, %d frames (%v): one belongs to nothing", len(present), len(files), err)
	}
}

// TestReviewStateOf: what is told of a proposal.
func TestReviewStateOf(t *testing.T) {
	words := func(sum []byte) string { return string(sum[:2]) }
	p := signing.Proposal{Question: signing.Question{Origin: "https://a.example", Language: "vi", Level: "B-B", Documents: []signing.Summary{
		{Name: "a.pdf", SHA256: [32]byte{'a', 'b'}, Stamp: verify.Message{VI: "trang 1", EN: "on page 1"}}, {Name: "b.pdf", SHA256: [32]byte{'c', 'd'}},
	}, LeftOut: []signing.LeftOut{{Name: "c", Err: signing.ErrNotPDF}}},
		Spots: []signing.Spot{
			{Place: placement.Place{Page: 1, Rect: pdf.Rect{Left: 1, Bottom: 2, Right: 31, Top: 42}}},
			{Missing: &signing.PlaceError{VI: "không có chỗ", EN: "there is no place"}},
		}}
	s := stateOf(p, words)
	a, b := s.Documents[0], s.Documents[1]
	if a.Words != "ab" || *a.Spot != (reviewSpot{1, 1, 2, 30, 40}) || a.Stamp.EN != "on page 1" || len(a.Notices) != 0 {
		t.Errorf("%+v", a)
	}
	if b.Spot != nil || b.Stamp != nil || b.Index != 1 || len(b.Notices) != 1 || b.Notices[0] != (i18n.Text{VI: "Không có chỗ.", EN: "There is no place."}) {
		t.Errorf("%+v", b)
	}
	if s.Certificate != nil || s.Profiles == nil || len(s.LeftOut) != 1 || s.LeftOut[0].Message != i18n.Lookup(i18n.NotAPDF).Message {
		t.Errorf("%+v", s)
	}
}

func FuzzReviewRequest(f *testing.F) {
	for _, r := range reviewPageFrames {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeReviewRequest(data)
		if err != nil {
			return
		}
		// What is taken is within bounds, and means the same when it is written.
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeReviewRequest(again); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s does not survive being written: %v", data, err)
		}
		switch r.Type {
		case reviewRead:
			if *r.Offset < 0 || *r.Length < 1 || *r.Length > maxReviewBytes || *r.Document < 0 {
				t.Errorf("accepted %s", data)
			}
		case reviewPlace:
			if at, err := r.at(); err == nil && at.Page == 0 && *r.Place != "auto" {
				t.Errorf("%s is everywhere", data)
			}
		}
	})
}
