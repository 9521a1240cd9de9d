package bridge_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/stamps"
)

const (
	ownExtension   = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom"
	otherExtension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
	nativeName     = "native-1"
)

// own is the extension whose pages ask, in the profile they are in.
var own = origin.Background{Extension: ownExtension, Profile: "profile-1"}

// reviewed is an agent whose pages come over an extension that shows reviews.
type reviewed struct {
	*agent
	vouchers  *origin.Vouchers
	announced chan bridge.ReviewNotice
	ended     chan string
}

type reviewOptions struct {
	person   signingtest.Person
	timing   bridge.Timing
	policy   string
	ask      time.Duration
	announce func(bridge.ReviewNotice) error
	rates    bool
	stamping func() // before a stamp is made
	with     func(*bridge.Options)
}

func newReviewed(t *testing.T, o reviewOptions) *reviewed {
	t.Helper()
	r := &reviewed{vouchers: new(origin.Vouchers), announced: make(chan bridge.ReviewNotice, 10), ended: make(chan string, 10)}
	r.agent = newAgent(t, agentOptions{person: o.person, timing: o.timing, rates: o.rates,
		signing: func(s *signing.Options) {
			s.AskTimeout = o.ask
			s.Stamps = func(w signing.Wish, p signing.Profile, id signing.Identity) (*signing.Stamp, error) {
				if o.stamping != nil {
					o.stamping()
				}
				return stamps.Library{}.Make(w, p, id)
			}
		},
		bridge: func(b *bridge.Options) {
			b.Vouchers = r.vouchers
			b.Reviews = &bridge.Reviews{Policy: o.policy, Words: consent.Words,
				Announce: func(to origin.Background, n bridge.ReviewNotice) error {
					if to != own {
						t.Errorf("announced to %+v", to)
					}
					if o.announce != nil {
						return o.announce(n)
					}
					r.announced <- n
					return nil
				},
				Ended: func(_ origin.Background, ticket string) { r.ended <- ticket },
			}
			if o.with != nil {
				o.with(b)
			}
		}})
	return r
}

// header is a handshake of an extension's page.
func header(from string, protocols ...string) http.Header {
	return http.Header{"Origin": {from}, "Sec-Websocket-Protocol": {strings.Join(protocols, ", ")}}
}

// page is a page whose connection the extension holds. It has said hello.
func (r *reviewed) page(shows string) *page {
	r.t.Helper()
	return r.pageAs(newKey(r.t), shows)
}

func (r *reviewed) pageAs(key *origin.Key, shows string) *page {
	r.t.Helper()
	from, err := origin.Parse(site)
	if err != nil {
		r.t.Fatal(err)
	}
	token, err := r.vouchers.Mint(origin.Voucher{Purpose: origin.ForPage, Background: own, Native: nativeName, Review: shows, Document: origin.Document{Origin: from, Tab: 7}}, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	ws, _, err := r.dial(header(ownExtension, "kyso.v1", "kyso.capability."+token))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ws.Close() })
	p := &page{t: r.t, a: r.agent, ws: ws, from: site, key: key, got: make(map[uint32]*bytes.Buffer), capabilities: make(map[string][]string)}
	p.hello()
	p.authenticate()
	p.authorize("sign")
	return p
}

// asks has the page ask for a signature on one document, with what else it wants
// in JSON, and waits for the review.
func (r *reviewed) asks(p *page, document []byte, more string) bridge.ReviewNotice {
	r.t.Helper()
	p.send(`%s`, strings.TrimSuffix(signRequest("4", 1, document), "}}")+more+"}}")
	p.until("accepted")
	p.upload(1, document)
	p.until("progress:waiting-for-person")
	select {
	case n := <-r.announced:
		return n
	case <-time.After(20 * time.Second):
		r.t.Fatal("no review")
	}
	return bridge.ReviewNotice{}
}

// reviewPage is the extension's page.
type reviewPage struct {
	t  testing.TB
	ws *websocket.Conn
}

// reviewFrame is any frame of the agent to it.
type reviewFrame struct {
	Type   string
	ID     *uint32
	Review struct {
		Origin, Language, Level, Profile, Template string
		Certificate                                *struct{ Holder, Organisation, Issuer, NotAfter string }
		Profiles                                   []string
		CanPlace                                   bool
		Documents                                  []struct {
			Index         int
			Name          string
			Size          int
			SHA256, Words string
			Pages         int
			Notices       []struct{ VI, EN string }
			Stamp         *struct{ VI, EN string }
			Spot          *struct {
				Page       int
				X, Y, W, H float64
			}
		}
		LeftOut []struct {
			Name    string
			Message struct{ VI, EN string }
		}
	}
	Document int
	PNG      string
	Outcome  string
	Error    struct {
		Code            string
		Message, Remedy struct{ VI, EN string }
	}
	data []byte // of a binary frame
}

func (r *reviewed) dialReview(h http.Header) (*websocket.Conn, int, error) {
	ws, response, err := (&websocket.Dialer{HandshakeTimeout: 5 * time.Second}).Dial(strings.Replace(r.server.URL(), "/kyso/v1", "/kyso/review/1", 1), h)
	status := 0
	if response != nil {
		status = response.StatusCode
	}
	return ws, status, err
}

// open opens the review page for a ticket.
func (r *reviewed) open(ticket string) *reviewPage {
	r.t.Helper()
	token, err := r.server.OpenReview(nativeName, own, ticket)
	if err != nil {
		r.t.Fatal(err)
	}
	ws, _, err := r.dialReview(header(ownExtension, "kyso.review.1", "kyso.capability."+token))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ws.Close() })
	if got := ws.Subprotocol(); got != "kyso.review.1" {
		r.t.Errorf("subprotocol %q", got)
	}
	return &reviewPage{r.t, ws}
}

func (p *reviewPage) send(text string) {
	p.t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *reviewPage) read() (reviewFrame, error) {
	p.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	kind, data, err := p.ws.ReadMessage()
	if err != nil {
		return reviewFrame{}, err
	}
	if kind == websocket.BinaryMessage {
		id := binary.BigEndian.Uint32(data)
		return reviewFrame{Type: "bytes", ID: &id, data: data[4:]}, nil
	}
	var f reviewFrame
	if err := json.Unmarshal(data, &f); err != nil {
		p.t.Fatalf("%s: %v", data, err)
	}
	return f, nil
}

// next is the next frame, of that type.
func (p *reviewPage) next(want string) reviewFrame {
	p.t.Helper()
	f, err := p.read()
	if err != nil || f.Type != want {
		p.t.Fatalf("got %+v, %v; want %s", f, err, want)
	}
	return f
}

func (p *reviewPage) wantError(code string) {
	p.t.Helper()
	if f := p.next("error"); f.Error.Code != code || f.Error.Message.VI == "" || f.Error.Message.EN == "" || f.Error.Remedy.VI == "" || f.Error.Remedy.EN == "" {
		p.t.Fatalf("got %+v, want %s", f.Error, code)
	}
}

func (p *reviewPage) wantEnded(outcome string) {
	p.t.Helper()
	if f := p.next("ended"); f.Outcome != outcome {
		p.t.Fatalf("ended %s, want %s", f.Outcome, outcome)
	}
}

func (p *reviewPage) wantClosed(code int) {
	p.t.Helper()
	for {
		f, err := p.read()
		if websocket.IsCloseError(err, code) {
			return
		}
		if err != nil {
			p.t.Fatalf("closed with %v, want %d", err, code)
		}
		if f.Type == "ended" || f.Type == "asking" {
			p.t.Fatalf("told %+v", f)
		}
	}
}

// signed is how many signatures the token has made.
func (r *reviewed) signed() int {
	_, _, signs := r.token.Counts()
	return signs
}
