package signing_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/stamps"
	"kyso/signature/placement"
)

// desk signs with a review.
type desk struct {
	token   *signingtest.Token
	service *signing.Service
	log     *auditor
	asked   []signing.Question
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{token: token, log: &auditor{token: token}}
	d.service, err = signing.New(signing.Options{Keys: token, Clock: time.Now, Audit: d.log, Stamps: stamps.Library{}.Make, AskTimeout: 20 * time.Second,
		Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			d.asked = append(d.asked, q)
			return signingtest.Agrees(ctx, q)
		})})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(t *testing.T, s string) placement.Place {
	t.Helper()
	p, err := placement.ParsePlace(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// papers are n documents of two pages.
func papers(t *testing.T, n int) (list []signing.Document) {
	t.Helper()
	for i := range n {
		data, err := signingtest.PDF(2)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, document(fmt.Sprintf("%d.pdf", i), data))
	}
	return list
}

// drawnAt is where pdftotext finds the signer's name in a signed document.
func drawnAt(t *testing.T, r signing.Result) (page int, x, y float64) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(file, bytesOf(t, r), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-bbox", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`<word xMin="([0-9.]+)" yMin="([0-9.]+)"[^>]*>Thử</word>`)
	for i, one := range strings.Split(string(out), "<page ")[1:] {
		if m := word.FindStringSubmatch(one); m != nil {
			x, _ := strconv.ParseFloat(m[1], 64)
			y, _ := strconv.ParseFloat(m[2], 64)
			return i + 1, x, 841.89 - y // A4, from below
		}
	}
	t.Fatalf("the stamp is nowhere:\n%s", out)
	return 0, 0, 0
}

// TestReviewPlaces: each document has its own place, all can be given one, and
// pdftotext finds the stamps where they were put; what fails leaves all as it was.
func TestReviewPlaces(t *testing.T) {
	d := newDesk(t)
	r := signing.Request{Documents: papers(t, 3), Profile: signing.ProfilePersonal, Wish: &signing.Wish{Place: at(t, "1,60,60,250,90")}}
	var last signing.Proposal
	var review *signing.Review
	r.Review = func(ctx context.Context, v *signing.Review) error {
		review = v
		first := v.Proposal()
		if !first.CanPlace || first.Profile != signing.ProfilePersonal || first.Template == "" || len(first.Spots) != 3 || !slices.Contains(first.Profiles, signing.ProfilePersonal) {
			t.Errorf("%+v", first)
		}
		for i, s := range first.Spots {
			if s.Page != 1 || s.Missing != nil || s.Rect.Left < 60 || s.Rect.Top > 150.01 {
				t.Errorf("%d: %+v", i, s)
			}
		}
		if err := v.Place(ctx, 1, at(t, "2,300,500,250,120"), nil); err != nil {
			t.Error(err)
		}
		before := v.Proposal()
		for what, err := range map[string]error{
			"a page that is not there":  v.Place(ctx, signing.All, at(t, "3,60,60,250,90"), nil),
			"an automatic place":        v.Place(ctx, 0, placement.Place{}, nil), // no signature block in it
			"a document that is not":    v.Place(ctx, 3, at(t, "1,60,60,250,90"), nil),
			"a profile for one of them": v.Place(ctx, 0, at(t, "1,60,60,250,90"), pointer(signing.ProfileAgency)),
			"an agency first":           v.Place(ctx, signing.All, at(t, "1,60,60,250,90"), pointer(signing.ProfileAgency)),
			"a profile that is none":    v.Place(ctx, signing.All, at(t, "1,60,60,250,90"), pointer(signing.Profile("king"))),
		} {
			if err == nil {
				t.Errorf("placed with %s", what)
			}
		}
		if now := v.Proposal(); !slices.EqualFunc(now.Spots, before.Spots, func(a, b signing.Spot) bool { return a.Place == b.Place }) || now.Profile != before.Profile || now.Template != before.Template {
			t.Errorf("a failure moved something: %+v, before %+v", now.Spots, before.Spots)
		}
		last = v.Proposal()
		return v.Ready()
	}
	results, err := d.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		page             int
		left, low, right float64
		high             float64
	}{{1, 60, 60, 310, 150}, {2, 300, 500, 550, 620}, {1, 60, 60, 310, 150}} {
		page, x, y := drawnAt(t, results[i])
		if page != want.page || x < want.left || x > want.right || y < want.low || y > want.high {
			t.Errorf("document %d: drawn on page %d at %v, %v; wanted %+v", i, page, x, y, want)
		}
		if asked := d.asked[0].Documents[i]; asked.Stamp != last.Documents[i].Stamp || asked.SHA256 != last.Documents[i].SHA256 || results[i].Stamp != asked.Stamp {
			t.Errorf("asked about %+v, confirmed %+v", asked, last.Documents[i])
		}
	}
	// Afterwards there is nothing to move, and nothing to read.
	if err := review.Place(t.Context(), 0, at(t, "1,60,60,250,90"), nil); !errors.Is(err, signing.ErrRequest) {
		t.Error(err)
	}
	if _, err := review.ReadAt(0, make([]byte, 1), 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func pointer[T any](v T) *T { return &v }

// TestReviewProfile: a signature can be made to stand for something else, with the
// stamp that belongs to it, and back.
func TestReviewProfile(t *testing.T) {
	d := newDesk(t)
	r := signing.Request{Documents: papers(t, 1), Profile: signing.ProfilePersonal, Wish: &signing.Wish{Place: at(t, "1,60,60,250,90"), Number: "1/QĐ", Form: "SAO Y"}}
	r.Review = func(ctx context.Context, v *signing.Review) error {
		first := v.Proposal()
		if !slices.Contains(first.Profiles, signing.ProfileCopy) || slices.Contains(first.Profiles, signing.ProfileNone) {
			t.Errorf("profiles %v", first.Profiles)
		}
		// The copy's own place is a corner.
		if err := v.Place(ctx, signing.All, placement.Place{}, pointer(signing.ProfileCopy)); err != nil {
			t.Error(err)
		}
		if p := v.Proposal(); p.Profile != signing.ProfileCopy || p.Template != "copy" || p.Documents[0].Stamp.Code != "IN_CORNER" || len(p.Documents[0].Notices) == 0 {
			t.Errorf("%+v", p)
		}
		if err := v.Place(ctx, signing.All, at(t, "1,60,60,250,90"), pointer(signing.ProfilePersonal)); err != nil {
			t.Error(err)
		}
		if p := v.Proposal(); p.Profile != signing.ProfilePersonal || p.Template != first.Template || p.Spots[0].Place != first.Spots[0].Place || len(p.Documents[0].Notices) != len(first.Documents[0].Notices) {
			t.Errorf("%+v, first %+v", p, first)
		}
		return v.Place(ctx, 0, placement.Place{}, pointer(signing.ProfileCopy))
	}
	results, err := d.service.Sign(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Stamp.Code != "IN_CORNER" || !strings.Contains(d.asked[0].Documents[0].Terms[0].VI, "SAO Y") {
		t.Errorf("%+v, asked %+v", results[0].Stamp, d.asked[0].Documents[0])
	}
}

// TestReviewReads: what is read is what was hashed, and neither a place nor a
// signature is for other bytes.
func TestReviewReads(t *testing.T) {
	good, other := twoPages()
	data := &swapped{now: good, new: other}
	d := newDesk(t)
	r := signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: data, Size: int64(len(good))}}, Profile: signing.ProfilePersonal, Wish: &signing.Wish{Place: at(t, "1,60,60,250,90")}}
	r.Review = func(ctx context.Context, v *signing.Review) error {
		got := make([]byte, len(good))
		if _, err := v.ReadAt(0, got, 0); err != nil || string(got) != string(good) {
			t.Errorf("%v", err)
		}
		for _, c := range []struct {
			document, length int
			off              int64
		}{{0, 1, int64(len(good))}, {0, 2, int64(len(good)) - 1}, {0, len(good) + 1, 0}, {0, 1, -1}, {0, 1, math.MaxInt64}, {0, 1, math.MinInt64}, {1, 1, 0}, {-1, 1, 0}} {
			if _, err := v.ReadAt(c.document, make([]byte, c.length), c.off); !errors.Is(err, signing.ErrRequest) {
				t.Errorf("%+v: %v", c, err)
			}
		}
		data.swap()
		if _, err := v.ReadAt(0, got, 0); !errors.Is(err, signing.ErrChanged) {
			t.Errorf("read other bytes: %v", err)
		}
		if err := v.Place(ctx, 0, at(t, "1,60,200,250,90"), nil); !errors.Is(err, signing.ErrChanged) {
			t.Errorf("placed in other bytes: %v", err)
		}
		return nil // a page that does not care
	}
	if _, err := d.service.Sign(t.Context(), r, nil); signing.Code(err) != "DOCUMENT_CHANGED" {
		t.Errorf("signed: %v", err)
	}
	if _, open, signs := d.token.Counts(); open != 0 || signs != 0 {
		t.Errorf("%d keys open, %d signatures", open, signs)
	}
}

// TestReviewEnds: how a review ends is what is recorded, and nothing but going on
// reaches the window or the token.
func TestReviewEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end      error
		code     string
		decision signing.Decision
	}{
		"refused":   {signing.ErrRefused, "REFUSED", signing.Refused},
		"closed":    {fmt.Errorf("closed: %w", context.Canceled), "CANCELLED", signing.Withdrawn},
		"a failure": {errors.New("x"), "CONSENT_PROBLEM", signing.NotAsked},
	} {
		d := newDesk(t)
		r := signing.Request{Origin: "https://eoffice.example", Documents: papers(t, 2), Review: func(context.Context, *signing.Review) error { return c.end }}
		if _, err := d.service.Sign(t.Context(), r, nil); signing.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if tries, _, signs := d.token.Counts(); len(d.asked) != 0 || tries != 0 || signs != 0 {
			t.Errorf("%s: asked %d times, %d PINs, %d signatures", name, len(d.asked), tries, signs)
		}
		if e := d.log.entries; len(e) != 1 || e[0].Decision != c.decision || len(e[0].Documents) != 2 || e[0].Documents[0].SHA256 == [32]byte{} {
			t.Errorf("%s: recorded %+v", name, e)
		}
	}
}

// TestReviewWithoutPlace: with a review, no place is no refusal yet; it is one when
// the person leaves it at that, of that document alone where the others go on.
func TestReviewWithoutPlace(t *testing.T) {
	wish := func() signing.Request {
		return signing.Request{Documents: papers(t, 2), Profile: signing.ProfilePersonal, Wish: &signing.Wish{}}
	}
	d := newDesk(t)
	if _, err := d.service.Sign(t.Context(), wish(), nil); signing.Code(err) != "NO_PLACE" {
		t.Errorf("without a review: %v", err)
	}
	r := wish()
	r.Review = func(ctx context.Context, v *signing.Review) error {
		for _, s := range v.Proposal().Spots {
			if s.Page != 0 || signing.Code(s.Missing) != "NO_PLACE" {
				t.Errorf("%+v", s)
			}
		}
		return nil // goes on without
	}
	if _, err := d.service.Sign(t.Context(), r, nil); signing.Code(err) != "NO_PLACE" || len(d.asked) != 0 {
		t.Errorf("unplaced: %v, asked %d times", err, len(d.asked))
	}
	r = wish()
	r.OnError = signing.Continue
	r.Review = func(ctx context.Context, v *signing.Review) error {
		if v.Ready() == nil {
			t.Error("ready without any place")
		}
		return v.Place(ctx, 1, at(t, "1,60,60,250,90"), nil)
	}
	results, err := d.service.Sign(t.Context(), r, nil)
	if err != nil || signing.Code(results[0].Err) != "NO_PLACE" || results[1].Err != nil {
		t.Fatalf("%v, %+v", err, results)
	}
	if q := d.asked[0]; len(q.Documents) != 1 || q.Documents[0].Name != "1.pdf" || len(q.LeftOut) != 1 || q.LeftOut[0].Name != "0.pdf" {
		t.Errorf("asked %+v", q)
	}
}
