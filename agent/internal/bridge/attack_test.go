package bridge_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// TestBeforeAuthentication: nothing is done for a page that has said hello and
// not shown its key.
func TestBeforeAuthentication(t *testing.T) {
	a := newAgent(t, agentOptions{})
	for name, second := range map[string]string{
		"status":    `{"v":1,"id":"1","type":"request","method":"status"}`,
		"authorize": `{"v":1,"id":"1","type":"request","method":"authorize","params":{"operation":"sign"}}`,
		"sign":      signRequest("1", 1, []byte("%PDF-")),
		"pair":      `{"v":1,"id":"1","type":"request","method":"pair","params":{"commitment":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}}`,
		"resume":    `{"v":1,"id":"1","type":"request","method":"resume","params":{"ticket":"x","documents":[]}}`,
		"credit":    `{"v":1,"type":"credit","credit":{"channel":1,"bytes":1}}`,
		"done":      `{"v":1,"id":"1","type":"done"}`,
		"unsigned":  `{"v":1,"id":"1","type":"request","method":"authenticate","params":{}}`,
	} {
		p := a.open()
		p.hello()
		p.capabilities = nil
		p.send("%s", second)
		if m := p.next(); m.Error.Code != "BAD_REQUEST" && (name != "unsigned" || m.Error.Code != "AUTHENTICATION_FAILED") {
			t.Errorf("%s: %+v", name, m)
		}
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	p := a.open()
	p.hello()
	p.chunk(1, []byte("bytes"))
	p.wantError("", "BAD_REQUEST")
	p.wantClosed(websocket.ClosePolicyViolation)
}

// TestProofs: both ends notice whoever changed or handed on a hello.
func TestProofs(t *testing.T) {
	a := newAgent(t, agentOptions{origins: []string{site, "https://khac.example"}})
	for name, change := range map[string]func(*page){
		"another key":            func(p *page) { p.key = newKey(t) },
		"another origin":         func(p *page) { p.transcript.Origin.Host = "khac.example" },
		"another port":           func(p *page) { p.transcript.Port++ },
		"lower version asked":    func(p *page) { p.transcript.PageMax++ },
		"another agent's nonce":  func(p *page) { p.transcript.AgentNonce = make([]byte, origin.NonceBytes) },
		"another agent's key":    func(p *page) { p.transcript.AgentKey = newKey(t).Public() },
		"signature of the agent": nil,
	} {
		p := a.open()
		p.hello()
		role := origin.Page
		if change == nil {
			role = origin.Agent
		} else {
			change(p)
		}
		signature, err := p.key.Sign(p.transcript, role)
		if err != nil {
			t.Fatal(err)
		}
		p.send(`{"v":1,"id":"a","type":"request","method":"authenticate","params":{"signature":%q}}`, origin.Encode(signature))
		if m := p.next(); m.Error.Code != "AUTHENTICATION_FAILED" {
			t.Errorf("%s: %+v", name, m)
		}
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	// A replayed signature: the agent's nonce is another.
	p, q := a.open(), a.open()
	p.hello()
	signature, _ := p.key.Sign(p.transcript, origin.Page)
	q.key = p.key
	q.hello()
	q.send(`{"v":1,"id":"a","type":"request","method":"authenticate","params":{"signature":%q}}`, origin.Encode(signature))
	q.wantError("a", "AUTHENTICATION_FAILED")
	// Bad nonces and keys.
	for _, params := range []string{
		fmt.Sprintf(`"nonce":"AA","key":%q`, origin.Encode(p.key.Public())),
		fmt.Sprintf(`"nonce":%q,"key":"AA"`, origin.Encode(make([]byte, 32))),
		fmt.Sprintf(`"nonce":%q,"key":%q`, origin.Encode(make([]byte, 32)), origin.Encode(append(p.key.Public(), 0))),
	} {
		p := a.open()
		p.send(`{"v":1,"id":"h","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x",%s}}`, params)
		p.wantError("h", "BAD_REQUEST")
		p.wantClosed(websocket.ClosePolicyViolation)
	}
}

// TestSquatter: a program that has the port, and a key of its own, is not the
// agent the page pinned; and the pinned agent's signature over another hello is of
// no use to it.
func TestSquatter(t *testing.T) {
	squatter := newAgent(t, agentOptions{})
	p := squatter.open()
	p.hello()
	squatter.stop()
	a := newAgent(t, agentOptions{})
	pinned := a.key.Public()
	if bytes.Equal(p.transcript.AgentKey, pinned) {
		t.Fatal("two agents have one key")
	}
	// It says it has the pinned key, and signs with its own, or hands on what the
	// agent signed for a connection to the agent's port.
	claimed := p.transcript
	claimed.AgentKey = pinned
	own, err := squatter.key.Sign(claimed, origin.Agent)
	if err != nil {
		t.Fatal(err)
	}
	q := a.open()
	q.key = p.key
	q.hello()
	handedOn := q.transcript
	signature, err := a.key.Sign(handedOn, origin.Agent)
	if err != nil {
		t.Fatal(err)
	}
	handedOn.Port = squatter.server.Port() // the page uses the port it connected to
	if claimed.Verify(origin.Agent, own) == nil || handedOn.Verify(origin.Agent, signature) == nil {
		t.Error("the squatter passes for the agent")
	}
}

// TestCapabilities: a request needs one of its own.
func TestCapabilities(t *testing.T) {
	const other = "https://khac.example"
	var clock atomic.Int64
	start := time.Now()
	a := newAgent(t, agentOptions{origins: []string{site, other}, now: func() time.Time { return start.Add(time.Duration(clock.Load())) }})
	p, q, foreign := a.connect(), a.connect(), a.connectFrom(other, newKey(t))
	data := pdfOf(t, 1)
	request := func(p *page, capability string) string {
		p.send("%s", strings.Replace(signRequest("s", 1, data), `"params":{`, fmt.Sprintf(`"params":{"capability":%q,`, capability), 1))
		m := p.next()
		if m.Type == "accepted" {
			p.send(`{"v":1,"id":"s","type":"cancel"}`)
			p.wantError("s", "CANCELLED")
		}
		return m.Type + m.Error.Code
	}
	used := p.authorize("sign")
	if got := request(p, used); got != "accepted" {
		t.Fatal(got)
	}
	p.send(`{"v":1,"id":"s","type":"done"}`)
	late := p.authorize("sign")
	for name, c := range map[string]struct {
		p          *page
		capability string
	}{
		"none":                 {p, ""},
		"made up":              {p, origin.Encode(make([]byte, 32))},
		"replayed":             {p, used},
		"another operation's":  {p, p.authorize("certificates")},
		"another connection's": {q, p.authorize("sign")},
		"another origin's":     {foreign, p.authorize("sign")},
	} {
		if got := request(c.p, c.capability); got != "errorCAPABILITY_REFUSED" {
			t.Errorf("%s: %s", name, got)
		}
	}
	stolen := p.authorize("sign")
	request(foreign, stolen)
	if got := request(p, stolen); got != "errorCAPABILITY_REFUSED" {
		t.Errorf("after it was tried elsewhere: %s", got)
	}
	clock.Store(int64(origin.CapabilityLife))
	if got := request(p, late); got != "errorCAPABILITY_REFUSED" {
		t.Errorf("expired: %s", got)
	}
	p.send(`{"v":1,"id":"c","type":"request","method":"authorize","params":{"operation":"verify"}}`)
	p.wantError("c", "BAD_REQUEST")
	// The connection goes on.
	if got := request(p, p.authorize("sign")); !strings.HasPrefix(got, "accepted") && !strings.HasPrefix(got, "error") {
		t.Error(got)
	}
	p.send(`{"v":1,"id":"9","type":"request","method":"status"}`)
	if m := p.next(); m.Type != "result" {
		t.Errorf("%+v", m)
	}
}

// TestOneConsentOneSignature: what the person approved is the manifest. No
// document joins it, no byte is added, and the same request again asks again.
func TestOneConsentOneSignature(t *testing.T) {
	var questions []signing.Question
	a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		questions = append(questions, q)
		if len(questions) > 1 {
			return signing.Approval{}, nil
		}
		return signingtest.Agrees(ctx, q)
	}})
	hold := make(chan struct{})
	a.token.BeforeSign = func(int) error { <-hold; return nil }
	data := pdfOf(t, 1)
	p := a.connect()
	p.send("%s", signRequest("s", 1, data))
	p.upload(1, data)
	p.until("progress:signing")
	// Late bytes for the approved document, and a channel nobody announced.
	for _, channel := range []uint32{1, 2} {
		q := a.connect()
		if err := q.chunk(channel, data); err != nil {
			t.Fatal(err)
		}
		q.wantClosed(websocket.ClosePolicyViolation)
	}
	close(hold)
	if m := p.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	p.send("%s", signRequest("s", 2, data))
	p.upload(2, data)
	p.wantError("s", "REFUSED")
	if _, _, signs := a.token.Counts(); signs != 1 || len(questions) != 2 || len(questions[0].Documents) != 1 || questions[0].Documents[0].SHA256 != sha256.Sum256(data) {
		t.Errorf("%d signatures, %d questions", signs, len(questions))
	}
	// The page itself adds bytes or a channel to a request the person is looking at.
	for _, channel := range []uint32{1, 2} {
		closed := make(chan struct{})
		a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			<-ctx.Done()
			close(closed)
			return signingtest.Agrees(ctx, q)
		}})
		p := a.connect()
		p.send("%s", signRequest("s", 1, data))
		p.upload(1, data)
		p.until("progress:waiting-for-person")
		if err := p.chunk(channel, []byte("more")); err != nil {
			t.Fatal(err)
		}
		p.wantClosed(websocket.ClosePolicyViolation)
		<-closed
		waitFor(t, "it to end", func() bool { return a.server.TestOnlyTickets() == 0 })
		if _, _, signs := a.token.Counts(); signs != 0 {
			t.Error("it was signed")
		}
	}
}

// TestPeer: the process at the other end is judged before anything it says.
func TestPeer(t *testing.T) {
	a := newAgent(t, agentOptions{peer: func(remote, local netip.AddrPort) error {
		if !remote.Addr().IsLoopback() || !local.Addr().IsLoopback() {
			t.Errorf("%v to %v", remote, local)
		}
		return errors.New("it is no browser")
	}})
	_, response, err := a.dial(http.Header{"Origin": {site}})
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("%v", err)
	}
	a.stop()
	if !strings.Contains(a.log.String(), "it is no browser") {
		t.Errorf("log: %s", a.log)
	}
}

// TestRates: one site's flood is its own affair.
func TestRates(t *testing.T) {
	var clock atomic.Int64
	start := time.Now()
	a := newAgent(t, agentOptions{rates: true, origins: []string{site, "https://khac.example"}, now: func() time.Time { return start.Add(time.Duration(clock.Load())) }})
	status := func(p *page) message {
		p.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
		return p.next()
	}
	for range 30 { // who does not authenticate itself does not count
		a.open().hello()
	}
	var last *page
	for range 20 {
		last = a.open()
		last.hello()
		last.authenticate()
	}
	refused := a.open()
	refused.hello()
	signature, err := refused.key.Sign(refused.transcript, origin.Page)
	if err != nil {
		t.Fatal(err)
	}
	refused.send(`{"v":1,"id":"a","type":"request","method":"authenticate","params":{"signature":%q}}`, origin.Encode(signature))
	if m := refused.next(); m.Error.Code != "RATE_LIMITED" || m.Error.RetryAfter < 1 || m.Error.RetryAfter > 2000 {
		t.Errorf("%+v", m)
	}
	refused.wantClosed(websocket.CloseTryAgainLater)
	other := a.openFrom("https://khac.example")
	other.hello()
	other.authenticate()
	for i := range 31 {
		if m := status(last); (m.Error.Code == "RATE_LIMITED") != (i == 30) || i == 30 && (m.Error.RetryAfter < 1 || m.Error.RetryAfter > 1000) {
			t.Fatalf("request %d: %+v", i, m)
		}
	}
	if m := status(other); m.Type != "result" {
		t.Errorf("another site: %+v", m)
	}
	clock.Store(int64(2 * time.Second))
	if m := status(last); m.Type != "result" {
		t.Errorf("two seconds later: %+v", m)
	}
}

// TestRefusedSiteRests: after three refusals in a row nobody is asked for a while.
func TestRefusedSiteRests(t *testing.T) {
	var clock, questions atomic.Int64
	start := time.Now()
	a := newAgent(t, agentOptions{now: func() time.Time { return start.Add(time.Duration(clock.Load())) }, person: func(context.Context, signing.Question) (signing.Approval, error) {
		questions.Add(1)
		return signing.Approval{}, nil
	}})
	p := a.connect()
	data := pdfOf(t, 1)
	for channel := range uint32(4) {
		p.send("%s", signRequest("s", int(channel)+1, data))
		if channel < 3 {
			p.upload(channel+1, data)
			p.wantError("s", "REFUSED")
		} else if m := p.next(); m.Error.Code != "RATE_LIMITED" || m.Error.RetryAfter != 30000 {
			t.Errorf("%+v", m)
		}
	}
	clock.Store(int64(30 * time.Second))
	p.send("%s", signRequest("s", 9, data))
	p.upload(9, data)
	p.wantError("s", "REFUSED")
	if questions.Load() != 4 {
		t.Errorf("asked %d times", questions.Load())
	}
}

// TestPingFlood: browsers do not send pings.
func TestPingFlood(t *testing.T) {
	a := newAgent(t, agentOptions{})
	p := a.connect()
	for range 100 {
		if p.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
			break
		}
	}
	p.wantClosed(websocket.ClosePolicyViolation)
}

// TestDocumentsUnderWayAreBounded: one site's announcements leave room for
// another's.
func TestDocumentsUnderWayAreBounded(t *testing.T) {
	const size, other = 1 << 20, "https://khac.example"
	a := newAgent(t, agentOptions{max: size, origins: []string{site, other}})
	request := func(p *page, n int) message {
		p.send(`{"v":1,"id":"%d","type":"request","method":"sign","params":{"documents":[{"channel":%d,"name":"a.pdf","size":%d}]}}`, n, n, size)
		for m := p.next(); ; m = p.next() {
			if m.Type == "credit" || m.Type == "error" {
				return m
			}
		}
	}
	p, q := a.connect(), a.connect()
	for n := range 4 {
		if m := request(p, n+1); m.Type != "credit" {
			t.Fatalf("%+v", m)
		}
	}
	if m := request(q, 1); m.Error.Code != "BUSY" {
		t.Errorf("beyond its share: %+v", m)
	}
	if m := request(a.connectFrom(other, newKey(t)), 1); m.Type != "credit" {
		t.Errorf("another site: %+v", m)
	}
	p.ws.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second))
	waitFor(t, "room", func() bool { return request(q, 2+q.count()).Type == "credit" })
}

// count counts for a test that needs new numbers.
func (p *page) count() int {
	p.counted++
	return p.counted
}
