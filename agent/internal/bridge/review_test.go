package bridge_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// stamped asks for a text stamp on page 1.
const stamped = `,"profile":"personal","place":"1,60,60,250,90"`

// placed is the person who remembers what was asked, and agrees.
type placed struct {
	times atomic.Int32
	q     signing.Question
}

func (p *placed) Approve(ctx context.Context, q signing.Question) (signing.Approval, error) {
	p.times.Add(1)
	p.q = q
	return signingtest.Agrees(ctx, q)
}

// finish takes the signed document.
func (p *page) finish() []byte {
	p.t.Helper()
	if m := p.transfer(nil); m.Type != "result" {
		p.t.Fatalf("got %+v", m)
	}
	return p.got[1].Bytes()
}

// qpdfWidget is where qpdf finds the one widget of a signed document.
func qpdfWidget(t *testing.T, signed []byte) (page int, rect [4]float64) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "signed.pdf")
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdfsig", "-nocert", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "Signature is Valid") {
		t.Errorf("pdfsig: %v: %s", err, out)
	}
	out, err := exec.Command("qpdf", "--json=2", "--json-key=qpdf", "--json-key=pages", "--json-stream-data=none", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Pages []struct{ Object string }
		QPDF  []json.RawMessage
	}
	var objects map[string]struct{ Value json.RawMessage }
	if err := errors.Join(json.Unmarshal(out, &doc), json.Unmarshal(doc.QPDF[1], &objects)); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, o := range objects {
		var widget struct {
			Subtype string     `json:"/Subtype"`
			Page    string     `json:"/P"`
			Rect    [4]float64 `json:"/Rect"`
		}
		if json.Unmarshal(o.Value, &widget) != nil || widget.Subtype != "/Widget" {
			continue
		}
		found++
		rect = widget.Rect
		for i, p := range doc.Pages {
			if p.Object == widget.Page {
				page = i + 1
			}
		}
	}
	if found != 1 {
		t.Fatalf("%d widgets", found)
	}
	return page, rect
}

// TestReview: the person looks at the very bytes, moves the stamp, sees it, and
// goes on; the window asks about that place, and qpdf finds the stamp there.
func TestReview(t *testing.T) {
	person := new(placed)
	r := newReviewed(t, reviewOptions{person: person.Approve})
	p := r.page("always")
	document := pdfOf(t, 3)
	n := r.asks(p, document, stamped)
	if n.Origin != site || n.Tab != 7 || n.Documents != 1 || len(n.Ticket) != 43 {
		t.Errorf("announced %+v", n)
	}
	v := r.open(n.Ticket)
	f := v.next("review").Review
	d := f.Documents[0]
	sum, _ := hex.DecodeString(hexDigest(document))
	if f.Origin != site || f.Language != "vi" || f.Level != "B-B" || f.Profile != "personal" || !f.CanPlace || f.Certificate == nil || f.Certificate.Holder != "Nguyễn Văn Thử" ||
		len(f.Documents) != 1 || d.Name != "cong-van.pdf" || d.Size != len(document) || d.SHA256 != hexDigest(document) || d.Words != consent.Words(sum) || d.Pages != 3 || d.Stamp == nil || d.Spot == nil {
		t.Fatalf("%+v", f)
	}
	if s := d.Spot; s.Page != 1 || s.X < 60 || s.Y < 60 || s.X+s.W > 310.01 || s.Y+s.H > 150.01 {
		t.Errorf("spot %+v", s)
	}

	// All of it, from its end.
	var got []byte
	for off := len(document); off > 0; {
		from := max(0, off-700)
		v.send(fmt.Sprintf(`{"type":"read","id":%d,"document":0,"offset":%d,"length":%d}`, off, from, off-from))
		b := v.next("bytes")
		if int(*b.ID) != off {
			t.Fatalf("bytes of %d", *b.ID)
		}
		got, off = append(b.data, got...), from
	}
	if !bytes.Equal(got, document) {
		t.Error("not the document's bytes")
	}

	v.send(`{"type":"place","document":0,"place":"99,60,60,250,90"}`)
	if e := v.next("error").Error; e.Code != "NO_PLACE" || !strings.Contains(e.Message.VI, "3 trang") || !strings.Contains(e.Message.EN, "3 pages") {
		t.Errorf("%+v", e)
	}
	v.send(`{"type":"place","document":0,"place":"2,300,500,250,120"}`)
	moved := v.next("review").Review.Documents[0]
	if moved.Spot.Page != 2 || moved.SHA256 != d.SHA256 || !strings.Contains(moved.Stamp.VI, "trang 2") {
		t.Fatalf("%+v", moved)
	}
	v.send(`{"type":"stamp","document":0}`)
	picture := v.next("stamp")
	data, err := base64.StdEncoding.DecodeString(picture.PNG)
	if err != nil || len(picture.PNG) > 300<<10 {
		t.Fatalf("%d bytes, %v", len(picture.PNG), err)
	}
	if m, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Error(err)
	} else if b, s := m.Bounds(), moved.Spot; math.Abs(float64(b.Dx())/float64(b.Dy())-s.W/s.H) > 0.02 {
		t.Errorf("a picture of %v for %+v", b, s)
	}

	if person.times.Load() != 0 {
		t.Fatal("asked before the person was through")
	}
	v.send(`{"type":"confirm"}`)
	v.next("asking")
	signed := p.finish()
	v.wantEnded("signed")
	v.wantClosed(websocket.CloseNormalClosure)
	if ticket := <-r.ended; ticket != n.Ticket {
		t.Errorf("ended %q", ticket)
	}
	if asked := person.q.Documents[0]; person.times.Load() != 1 || asked.Stamp.VI != moved.Stamp.VI || hex.EncodeToString(asked.SHA256[:]) != d.SHA256 {
		t.Errorf("asked %+v", asked)
	}
	if !bytes.HasPrefix(signed, document) {
		t.Error("signed is another document")
	}
	page, rect := qpdfWidget(t, signed)
	s := moved.Spot
	for i, want := range []float64{s.X, s.Y, s.X + s.W, s.Y + s.H} {
		if page != 2 || math.Abs(rect[i]-want) > 0.1 {
			t.Fatalf("the stamp stands on page %d at %v, want %+v", page, rect, s)
		}
	}
	if rect[0] < 300 || rect[1] < 500 || rect[2] > 550 || rect[3] > 620 {
		t.Errorf("the stamp stands at %v, beyond the place that was chosen", rect)
	}
	if _, err := r.server.OpenReview(nativeName, own, n.Ticket); !errors.Is(err, bridge.ErrNoReview) {
		t.Errorf("a review that is over can be opened: %v", err)
	}
}

// TestReviewRefused: a refusal in the review is one, and nobody is asked again.
func TestReviewRefused(t *testing.T) {
	r := newReviewed(t, reviewOptions{rates: true})
	for i := range 3 {
		p := r.page("always")
		v := r.open(r.asks(p, pdfOf(t, 1), "").Ticket)
		if f := v.next("review").Review; f.CanPlace || f.Documents[0].Spot != nil || f.Documents[0].Stamp != nil || len(f.Profiles) != 0 {
			t.Errorf("a stamp nobody asked for: %+v", f)
		}
		v.send(`{"type":"refuse"}`)
		v.wantEnded("refused")
		p.wantError("4", "REFUSED")
		if i < 2 {
			continue
		}
		// Three in a row, and the site rests, as after three at the window.
		p.send("%s", signRequest("5", 2, pdfOf(t, 1)))
		p.wantError("5", "RATE_LIMITED")
	}
	if r.signed() != 0 {
		t.Error("signed")
	}
}

// TestReviewWhen: who is shown a review.
func TestReviewWhen(t *testing.T) {
	for name, c := range map[string]struct {
		policy, shows, more string
		want                bool
	}{
		"the person: always":                       {"", "always", "", true},
		"the person: for stamps, with one":         {"", "stamp", stamped, true},
		"the person: for stamps, without one":      {"", "stamp", "", false},
		"the person: never":                        {"", "never", stamped, false},
		"policy: always, the person: never":        {"always", "never", "", true},
		"policy: for stamps, with one":             {"stamp", "never", stamped, true},
		"policy: for stamps, without one":          {"stamp", "always", "", false},
		"policy: never, whatever the person chose": {"never", "always", stamped, false},
	} {
		t.Run(name, func(t *testing.T) {
			person := new(placed)
			r := newReviewed(t, reviewOptions{person: person.Approve, policy: c.policy})
			p := r.page(c.shows)
			document := pdfOf(t, 1)
			if c.want {
				v := r.open(r.asks(p, document, c.more).Ticket)
				v.next("review")
				v.send(`{"type":"confirm"}`)
			} else {
				p.send(`%s`, strings.TrimSuffix(signRequest("4", 1, document), "}}")+c.more+"}}")
				p.until("accepted")
				p.upload(1, document)
			}
			p.finish()
			if len(r.announced) != 0 || person.times.Load() != 1 {
				t.Errorf("%d more reviews, asked %d times", len(r.announced), person.times.Load())
			}
		})
	}
	// A page that connects by itself has no extension to show anything.
	r := newReviewed(t, reviewOptions{person: signingtest.Agrees})
	p := r.connect()
	document := pdfOf(t, 1)
	p.send("%s", signRequest("4", 1, document))
	p.until("accepted")
	p.upload(1, document)
	p.finish()
	if len(r.announced) != 0 {
		t.Error("a review without an extension")
	}
}

// TestReviewConnection: only the extension, with a capability for this review and
// of use once, gets a connection, and a page's capability opens none.
func TestReviewConnection(t *testing.T) {
	r := newReviewed(t, reviewOptions{})
	p := r.page("always")
	n := r.asks(p, pdfOf(t, 1), stamped)
	open := func() string {
		token, err := r.server.OpenReview(nativeName, own, n.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		return "kyso.capability." + token
	}
	refused := func(what string, h map[string][]string) {
		t.Helper()
		if ws, status, err := r.dialReview(h); err == nil {
			ws.Close()
			t.Errorf("%s: connected", what)
		} else if status != 403 {
			t.Errorf("%s: %d, %v", what, status, err)
		}
	}
	for what, c := range map[string]func(string) map[string][]string{
		"another extension":         func(s string) map[string][]string { return header(otherExtension, "kyso.review.1", s) },
		"a page":                    func(s string) map[string][]string { return header(site, "kyso.review.1", s) },
		"no origin":                 func(s string) map[string][]string { h := header("", "kyso.review.1", s); delete(h, "Origin"); return h },
		"the pages' protocol":       func(s string) map[string][]string { return header(ownExtension, "kyso.v1", s) },
		"no protocol":               func(s string) map[string][]string { return header(ownExtension, s) },
		"a third":                   func(s string) map[string][]string { return header(ownExtension, "kyso.review.1", "kyso.v1", s) },
		"the protocol after it":     func(s string) map[string][]string { return header(ownExtension, s, "kyso.review.1") },
		"two capabilities, one bad": func(s string) map[string][]string { return header(ownExtension, s, s+"x") },
	} {
		token := open()
		refused(what, c(token))
		refused(what+", and then right", header(ownExtension, "kyso.review.1", token))
	}
	refused("no capability", header(ownExtension, "kyso.review.1"))
	refused("a page without one", header(site))
	refused("the ticket for a capability", header(ownExtension, "kyso.review.1", "kyso.capability."+n.Ticket))
	from, _ := origin.Parse(site)
	forPage, err := r.vouchers.Mint(origin.Voucher{Purpose: origin.ForPage, Background: own, Document: origin.Document{Origin: from}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	refused("a page's capability", header(ownExtension, "kyso.review.1", "kyso.capability."+forPage))
	if ws, _, err := r.dial(header(ownExtension, "kyso.v1", open())); err == nil {
		ws.Close()
		t.Error("a review's capability opens a page's connection")
	}
	for what, c := range map[string]struct {
		by     origin.Background
		ticket string
	}{
		"another extension": {origin.Background{Extension: otherExtension, Profile: own.Profile}, n.Ticket},
		"another profile":   {origin.Background{Extension: ownExtension, Profile: "profile-2"}, n.Ticket},
		"another ticket":    {own, n.Ticket[1:] + "A"},
		"no ticket":         {own, ""},
	} {
		if _, err := r.server.OpenReview(nativeName, c.by, c.ticket); !errors.Is(err, bridge.ErrNoReview) {
			t.Errorf("%s: %v", what, err)
		}
	}
	token := open()
	ws, _, err := r.dialReview(header(ownExtension, "kyso.review.1", token))
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	refused("used already", header(ownExtension, "kyso.review.1", token))
	v := &reviewPage{t, ws}
	v.next("review")
	v.send(`{"type":"refuse"}`)
	v.wantEnded("refused")
	p.wantError("4", "REFUSED")
}

// TestReviewFrames: what a review page may not send ends its connection, or is
// answered and changes nothing; the request waits on for one that behaves.
func TestReviewFrames(t *testing.T) {
	person := new(placed)
	r := newReviewed(t, reviewOptions{person: person.Approve})
	p := r.page("always")
	document := pdfOf(t, 2)
	n := r.asks(p, document, stamped)
	for what, text := range map[string]string{
		"no JSON":                 `hello`,
		"no type":                 `{}`,
		"the agent's own":         `{"type":"asking"}`,
		"an order":                `{"type":"sign"}`,
		"unknown member":          `{"type":"confirm","origin":"https://hostile.example"}`,
		"another case":            `{"Type":"confirm"}`,
		"a member twice":          `{"type":"refuse","type":"confirm"}`,
		"a PIN":                   `{"type":"confirm","pin":"1234"}`,
		"two frames":              `{"type":"confirm"}{"type":"confirm"}`,
		"confirm with a document": `{"type":"confirm","document":0}`,
		"read without an id":      `{"type":"read","document":0,"offset":0,"length":1}`,
		"read of nothing":         `{"type":"read","id":1,"document":0,"offset":0,"length":0}`,
		"read of too much":        `{"type":"read","id":1,"document":0,"offset":0,"length":262145}`,
		"read before the start":   `{"type":"read","id":1,"document":0,"offset":-1,"length":1}`,
		"read of document -1":     `{"type":"read","id":1,"document":-1,"offset":0,"length":1}`,
		"large numbers":           `{"type":"read","id":1,"document":0,"offset":1e30,"length":1}`,
		"place without a place":   `{"type":"place","document":0}`,
		"place of document -2":    `{"type":"place","document":-2,"place":"auto"}`,
		"long place":              `{"type":"place","document":0,"place":"1,1,1,1,` + strings.Repeat("1", 200) + `"}`,
		"long frame":              `{"type":"confirm"` + strings.Repeat(" ", 2000) + `}`,
	} {
		v := r.open(n.Ticket)
		v.next("review")
		v.send(text)
		if what == "long frame" {
			v.wantClosed(websocket.CloseMessageTooBig)
			continue
		}
		v.wantError("BAD_REQUEST")
		v.wantClosed(websocket.ClosePolicyViolation)
	}
	v := r.open(n.Ticket)
	v.next("review")
	v.ws.WriteMessage(websocket.BinaryMessage, []byte("%PDF-"))
	v.wantError("BAD_REQUEST")
	v.wantClosed(websocket.ClosePolicyViolation)

	v = r.open(n.Ticket)
	before := v.next("review")
	for what, c := range map[string]struct{ text, code string }{
		"beyond the end":          {fmt.Sprintf(`{"type":"read","id":9,"document":0,"offset":%d,"length":1}`, len(document)), "BAD_REQUEST"},
		"across the end":          {fmt.Sprintf(`{"type":"read","id":9,"document":0,"offset":%d,"length":2}`, len(document)-1), "BAD_REQUEST"},
		"far beyond":              {`{"type":"read","id":9,"document":0,"offset":9223372036854775807,"length":262144}`, "BAD_REQUEST"},
		"another document":        {`{"type":"read","id":9,"document":1,"offset":0,"length":1}`, "BAD_REQUEST"},
		"stamp of another":        {`{"type":"stamp","document":1}`, "BAD_REQUEST"},
		"place in another":        {`{"type":"place","document":1,"place":"auto"}`, "BAD_REQUEST"},
		"no place":                {`{"type":"place","document":0,"place":""}`, "BAD_REQUEST"},
		"four numbers":            {`{"type":"place","document":0,"place":"1,2,3,4"}`, "BAD_REQUEST"},
		"no number":               {`{"type":"place","document":0,"place":"1,NaN,3,200,90"}`, "BAD_REQUEST"},
		"page 0":                  {`{"type":"place","document":0,"place":"0,60,60,250,90"}`, "BAD_REQUEST"},
		"page 3 of 2":             {`{"type":"place","document":0,"place":"3,60,60,250,90"}`, "NO_PLACE"},
		"too small":               {`{"type":"place","document":-1,"place":"1,60,60,10,10"}`, "NO_PLACE"},
		"off the page":            {`{"type":"place","document":0,"place":"1,9000,60,250,90"}`, "NO_PLACE"},
		"an agency's out of turn": {`{"type":"place","document":-1,"place":"auto","profile":"agency"}`, "PERSON_FIRST"},
		"a profile there is not":  {`{"type":"place","document":0,"place":"auto","profile":"king"}`, "BAD_REQUEST"},
	} {
		v.send(c.text)
		f := v.next("error")
		if f.Error.Code != c.code || (f.ID != nil && *f.ID == 9) != strings.Contains(c.text, `"read"`) {
			t.Errorf("%s: %+v", what, f)
		}
	}
	// It stands where it stood.
	again := r.open(n.Ticket)
	if now := again.next("review"); *now.Review.Documents[0].Spot != *before.Review.Documents[0].Spot || now.Review.Profile != "personal" {
		t.Errorf("%+v, before %+v", now.Review, before.Review)
	}
	v.wantClosed(websocket.CloseGoingAway) // one at a time
	if person.times.Load() != 0 {
		t.Fatal("the person was asked")
	}
	again.send(`{"type":"confirm"}`)
	again.next("asking")
	p.finish()
	if page, rect := qpdfWidget(t, p.got[1].Bytes()); page != 1 || math.Abs(rect[0]-before.Review.Documents[0].Spot.X) > 0.1 {
		t.Errorf("on page %d at %v", page, rect)
	}
}

// TestReviewFlood: who asks for more than it takes is closed.
func TestReviewFlood(t *testing.T) {
	r := newReviewed(t, reviewOptions{timing: bridge.Timing{ReviewAway: 20 * time.Second}})
	p := r.page("always")
	var b bytes.Buffer
	if _, err := signingtest.LargePDF(&b, 200_000); err != nil {
		t.Fatal(err)
	}
	n := r.asks(p, b.Bytes(), "")
	v := r.open(n.Ticket)
	for i := range 400 { // 80 MB, of which nobody takes a byte
		if v.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"read","id":%d,"document":0,"offset":0,"length":200000}`, i)) != nil {
			break
		}
	}
	v.wantClosed(websocket.ClosePolicyViolation)
	v = r.open(n.Ticket)
	v.next("review")
	v.send(`{"type":"refuse"}`)
	p.wantError("4", "REFUSED")
}

// TestReviewOnce: what is confirmed twice is asked once, and nothing is asked
// about what the page has cancelled.
func TestReviewOnce(t *testing.T) {
	person := new(placed)
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	defer release()
	r := newReviewed(t, reviewOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		<-held
		return person.Approve(ctx, q)
	}})
	p := r.page("always")
	n := r.asks(p, pdfOf(t, 1), stamped)
	v := r.open(n.Ticket)
	v.next("review")
	v.send(`{"type":"confirm"}`)
	v.next("asking")
	v.send(`{"type":"place","document":0,"place":"1,200,500,250,90"}`)
	v.wantError("BAD_REQUEST") // too late
	v.send(`{"type":"confirm"}`)
	v.wantError("BAD_REQUEST")
	v.wantClosed(websocket.ClosePolicyViolation)
	// The window stays, and who comes back is told how things stand.
	v = r.open(n.Ticket)
	if f := v.next("review"); f.Review.Documents[0].Spot.Y > 200 {
		t.Errorf("placed after the person had confirmed: %+v", f.Review.Documents[0].Spot)
	}
	v.next("asking")
	v.send(`{"type":"refuse"}`)
	v.wantError("BAD_REQUEST")
	release()
	p.finish()
	if person.times.Load() != 1 || r.signed() != 1 {
		t.Errorf("asked %d times, signed %d", person.times.Load(), r.signed())
	}
	p.send(`{"v":1,"id":"4","type":"done"}`)

	p = r.page("always")
	n = r.asks(p, pdfOf(t, 1), stamped)
	v = r.open(n.Ticket)
	v.next("review")
	p.send(`{"v":1,"id":"4","type":"cancel"}`)
	p.wantError("4", "CANCELLED")
	v.wantEnded("cancelled")
	v.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"confirm"}`))
	if _, err := r.server.OpenReview(nativeName, own, n.Ticket); !errors.Is(err, bridge.ErrNoReview) {
		t.Error(err)
	}
	if person.times.Load() != 1 || r.signed() != 1 {
		t.Errorf("asked %d times, signed %d", person.times.Load(), r.signed())
	}
}

// TestReviewAbandoned: a review that nobody brings to an end signs nothing.
func TestReviewAbandoned(t *testing.T) {
	short, long := 100*time.Millisecond, time.Minute
	for name, c := range map[string]struct {
		o    reviewOptions
		do   func(r *reviewed, n bridge.ReviewNotice, v func() *reviewPage)
		code string
	}{
		"closed": {reviewOptions{timing: bridge.Timing{ReviewAway: short}}, func(r *reviewed, _ bridge.ReviewNotice, open func() *reviewPage) {
			open().ws.Close()
		}, "CANCELLED"},
		"never opened":   {reviewOptions{timing: bridge.Timing{ReviewOpen: short}}, func(*reviewed, bridge.ReviewNotice, func() *reviewPage) {}, "CANCELLED"},
		"never answered": {reviewOptions{ask: time.Second, timing: bridge.Timing{ReviewAway: long}}, func(_ *reviewed, _ bridge.ReviewNotice, open func() *reviewPage) { open() }, "TIMEOUT"},
		"the extension goes before": {reviewOptions{timing: bridge.Timing{ReviewAway: short}}, func(r *reviewed, _ bridge.ReviewNotice, _ func() *reviewPage) {
			r.server.ExtensionGone(own)
		}, "CANCELLED"},
		"its page goes with it": {reviewOptions{timing: bridge.Timing{ReviewAway: short}}, func(r *reviewed, _ bridge.ReviewNotice, open func() *reviewPage) {
			v := open()
			r.server.ExtensionGone(own)
			v.ws.Close()
		}, "CANCELLED"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReviewed(t, c.o)
			p := r.page("always")
			n := r.asks(p, pdfOf(t, 1), "")
			c.do(r, n, func() *reviewPage { v := r.open(n.Ticket); v.next("review"); return v })
			p.wantError("4", c.code)
			if ticket := <-r.ended; ticket != n.Ticket || r.signed() != 0 {
				t.Errorf("ended %q, signed %d", ticket, r.signed())
			}
		})
	}
	t.Run("announced to nobody", func(t *testing.T) {
		r := newReviewed(t, reviewOptions{timing: bridge.Timing{ReviewAway: short}, announce: func(bridge.ReviewNotice) error { return io.ErrClosedPipe }})
		p := r.page("always")
		document := pdfOf(t, 1)
		p.send("%s", signRequest("4", 1, document))
		p.until("accepted")
		p.upload(1, document)
		p.wantError("4", "CANCELLED")
	})
	t.Run("the agent stops", func(t *testing.T) {
		r := newReviewed(t, reviewOptions{})
		p := r.page("always")
		v := r.open(r.asks(p, pdfOf(t, 1), "").Ticket)
		v.next("review")
		r.stop()
		if _, err := v.read(); err == nil {
			v.wantClosed(websocket.CloseNormalClosure)
		}
	})
}

// TestReviewOutlivesConnections: the review goes on while its page comes back, and
// while the site's does.
func TestReviewOutlivesConnections(t *testing.T) {
	r := newReviewed(t, reviewOptions{person: signingtest.Agrees, timing: bridge.Timing{ReviewAway: time.Minute, Away: time.Minute}})
	key := newKey(t)
	p := r.pageAs(key, "always")
	document := pdfOf(t, 2)
	p.send("%s", strings.TrimSuffix(signRequest("4", 1, document), "}}")+stamped+"}}")
	ticket := p.accepted().Accepted.Ticket
	p.upload(1, document)
	n := <-r.announced
	v := r.open(n.Ticket)
	v.next("review")
	v.send(`{"type":"place","document":-1,"place":"2,200,400,250,90"}`)
	v.next("review")
	v.ws.NetConn().Close()
	p.drop()

	v = r.open(n.Ticket)
	if f := v.next("review"); f.Review.Documents[0].Spot.Page != 2 {
		t.Errorf("forgotten: %+v", f.Review.Documents[0].Spot)
	}
	q := r.pageAs(key, "always")
	q.sendResume(ticket)
	q.accepted()
	v.send(`{"type":"confirm"}`)
	v.next("asking")
	if m := q.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	v.wantEnded("signed")
	if page, _ := qpdfWidget(t, q.got[1].Bytes()); page != 2 {
		t.Errorf("on page %d", page)
	}
	if len(r.announced) != 0 {
		t.Error("announced twice")
	}
}

// TestReviewOutlivesBackground: browsers end the extension's background as they
// like. The page that shows a review goes on; where there is none, the background
// is told again when it is back, and nobody else is.
func TestReviewOutlivesBackground(t *testing.T) {
	other := origin.Background{Extension: ownExtension, Profile: "profile-2"}
	for name, c := range map[string]struct {
		away time.Duration
		back bool // it must be there again for its page to come
	}{
		"with its page open":    {away: time.Millisecond},
		"before its page comes": {away: time.Minute, back: true},
	} {
		t.Run(name, func(t *testing.T) {
			person := new(placed)
			r := newReviewed(t, reviewOptions{person: person.Approve, timing: bridge.Timing{ReviewAway: c.away}})
			p := r.page("always")
			n := r.asks(p, pdfOf(t, 1), stamped)
			var v *reviewPage
			if !c.back {
				v = r.open(n.Ticket)
				v.next("review")
			}
			r.server.ExtensionGone(own)
			r.server.ExtensionHere(other)
			if len(r.announced) != 0 {
				t.Error("announced to another profile")
			}
			r.server.ExtensionHere(own)
			if !c.back {
				time.Sleep(20 * c.away)
			} else if again := <-r.announced; again != n {
				t.Errorf("announced %+v again as %+v", n, again)
			} else {
				v = r.open(n.Ticket)
				v.next("review")
			}
			r.server.ExtensionHere(own)
			if len(r.announced) != 0 {
				t.Error("announced while its page is open")
			}
			v.send(`{"type":"confirm"}`)
			v.next("asking")
			p.finish()
			if person.times.Load() != 1 || r.signed() != 1 {
				t.Errorf("asked %d times, signed %d", person.times.Load(), r.signed())
			}
		})
	}
	t.Run("away when it is announced", func(t *testing.T) {
		var here atomic.Bool
		tried, told := make(chan struct{}, 1), make(chan bridge.ReviewNotice, 1)
		r := newReviewed(t, reviewOptions{person: signingtest.Agrees, timing: bridge.Timing{ReviewAway: time.Minute}, announce: func(n bridge.ReviewNotice) error {
			if !here.Load() {
				tried <- struct{}{}
				return io.ErrClosedPipe
			}
			told <- n
			return nil
		}})
		p := r.page("always")
		document := pdfOf(t, 1)
		p.send("%s", signRequest("4", 1, document))
		p.until("accepted")
		p.upload(1, document)
		<-tried
		here.Store(true)
		r.server.ExtensionHere(own)
		v := r.open((<-told).Ticket)
		v.next("review")
		v.send(`{"type":"confirm"}`)
		v.next("asking")
		p.finish()
	})
}

// TestReviewFindsPlace: a document without a place for its stamp can be given one.
func TestReviewFindsPlace(t *testing.T) {
	r := newReviewed(t, reviewOptions{person: signingtest.Agrees})
	p := r.page("always")
	v := r.open(r.asks(p, pdfOf(t, 1), `,"profile":"personal"`).Ticket)
	d := v.next("review").Review.Documents[0]
	if d.Spot != nil || d.Stamp != nil || len(d.Notices) == 0 {
		t.Fatalf("%+v", d)
	}
	v.send(`{"type":"confirm"}`)
	v.wantError("NO_PLACE")
	v.send(`{"type":"place","document":0,"place":"1,60,60,250,90"}`)
	if d := v.next("review").Review.Documents[0]; d.Spot == nil || d.Spot.Page != 1 {
		t.Fatalf("%+v", d)
	}
	v.send(`{"type":"confirm"}`)
	v.next("asking")
	p.finish()
	if page, _ := qpdfWidget(t, p.got[1].Bytes()); page != 1 {
		t.Errorf("on page %d", page)
	}
}
