package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
)

const newcomer = "https://moi.example"

// pairOptions is an agent where newcomer may be paired.
func pairOptions(ask func(context.Context, bridge.PairQuestion) (bool, error)) agentOptions {
	return agentOptions{sites: newSites(map[string]origin.Standing{newcomer: origin.Unpaired, site: origin.Listed}), pair: ask}
}

// pair commits to secret and returns the agent's challenge.
func (p *page) pair(secret []byte) (challenge []byte) {
	p.t.Helper()
	p.send(`{"v":1,"id":"p","type":"request","method":"pair","params":{"commitment":%q}}`, origin.Encode(origin.Commitment(p.transcript, secret)))
	m := p.next()
	var result struct{ Challenge string }
	if json.Unmarshal(m.Result, &result) != nil {
		p.t.Fatalf("pair was answered %+v", m)
	}
	return decode(p.t, result.Challenge)
}

func (p *page) confirm(secret []byte) {
	p.t.Helper()
	p.send(`{"v":1,"id":"q","type":"request","method":"pair-confirm","params":{"secret":%q,"language":"en"}}`, origin.Encode(secret))
}

// TestPairing: the person sees the words the page shows, and the pairing holds for
// this origin with this key.
func TestPairing(t *testing.T) {
	var shown bridge.PairQuestion
	a := newAgent(t, pairOptions(func(_ context.Context, q bridge.PairQuestion) (bool, error) {
		shown = q
		return true, nil
	}))
	secret := bytes.Repeat([]byte{3}, origin.NonceBytes)
	p := a.connectFrom(newcomer, newKey(t))
	for _, request := range []string{
		`{"v":1,"id":"1","type":"request","method":"status"}`, `{"v":1,"id":"1","type":"request","method":"authorize","params":{"operation":"sign"}}`,
		`{"v":1,"id":"1","type":"request","method":"sign","params":{"capability":""}}`, `{"v":1,"id":"1","type":"request","method":"verify","params":{}}`,
		`{"v":1,"id":"1","type":"request","method":"resume","params":{}}`, `{"v":1,"id":"1","type":"request","method":"certificates","params":{"capability":""}}`,
	} {
		p.send("%s", request)
		p.wantError("1", "PAIRING_NEEDED")
	}
	challenge := p.pair(secret)
	p.confirm(secret)
	if m := p.until("result"); string(m.Result) != `{"standing":"paired"}` {
		t.Errorf("%s", m.Result)
	}
	if want := origin.PairingCode(p.transcript, secret, challenge); shown.Code != want || shown.Origin != newcomer || shown.Language != "en" {
		t.Errorf("the window shows %v, the page %v", shown, want)
	}
	p.authorize("sign") // it is a page like others now
	p.send(`{"v":1,"id":"1","type":"request","method":"pair","params":{"commitment":%q}}`, origin.Encode(secret))
	p.wantError("1", "BAD_REQUEST")
	for name, c := range map[string]struct {
		from string
		key  *origin.Key
		want string
	}{"again": {newcomer, p.key, "paired"}, "another key": {newcomer, newKey(t), "unpaired"}, "listed": {site, newKey(t), "listed"}} {
		q := a.openFrom(c.from)
		q.key = c.key
		q.hello()
		if got := q.authenticate(); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestPairingInTheMiddle: somebody between page and agent has one guess. The page
// and the window show different words, and who changes the secret once the
// challenge is known is refused.
func TestPairingInTheMiddle(t *testing.T) {
	var shown [origin.PairingCodeBytes]byte
	a := newAgent(t, pairOptions(func(_ context.Context, q bridge.PairQuestion) (bool, error) {
		shown = q.Code
		return false, nil // the person sees that they differ
	}))
	// The page talks to the middle, which has a key of its own and hands the
	// secret on.
	secret := bytes.Repeat([]byte{3}, origin.NonceBytes)
	middle := a.connectFrom(newcomer, newKey(t))
	toPage := middle.transcript
	toPage.PageKey, toPage.AgentKey = newKey(t).Public(), newKey(t).Public()
	challenge := middle.pair(secret)
	onPage := origin.PairingCode(toPage, secret, challenge)
	middle.confirm(secret)
	for m := middle.next(); m.Type != "error"; m = middle.next() {
	}
	if shown == onPage {
		t.Error("the words are the same")
	}
	middle.confirm(secret)
	middle.wantError("q", "BAD_REQUEST") // once
	// The secret it would like better.
	middle = a.connectFrom(newcomer, newKey(t))
	middle.pair(secret)
	middle.confirm(bytes.Repeat([]byte{4}, origin.NonceBytes))
	middle.wantError("q", "AUTHENTICATION_FAILED")
	middle.wantClosed(websocket.ClosePolicyViolation)
}

func TestPairingRefused(t *testing.T) {
	secret := make([]byte, origin.NonceBytes)
	for name, c := range map[string]struct {
		ask  func(context.Context, bridge.PairQuestion) (bool, error)
		code string
	}{
		"refused":   {func(context.Context, bridge.PairQuestion) (bool, error) { return false, nil }, "REFUSED"},
		"no window": {func(context.Context, bridge.PairQuestion) (bool, error) { return true, errors.New("no display") }, "CONSENT_PROBLEM"},
		"nobody":    {nil, "NOBODY_TO_ASK"},
		"no answer": {func(ctx context.Context, _ bridge.PairQuestion) (bool, error) { <-ctx.Done(); return true, nil }, "TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			o := pairOptions(c.ask)
			o.timing.Pairing = 50 * time.Millisecond
			a := newAgent(t, o)
			p := a.connectFrom(newcomer, newKey(t))
			p.pair(secret)
			p.confirm(secret)
			p.wantError("q", c.code)
			p.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
			p.wantError("1", "PAIRING_NEEDED")
		})
	}
}

// TestPairingIsBounded: one attempt a connection, three a site, one window.
func TestPairingIsBounded(t *testing.T) {
	secret := make([]byte, origin.NonceBytes)
	a := newAgent(t, pairOptions(func(ctx context.Context, _ bridge.PairQuestion) (bool, error) { <-ctx.Done(); return false, ctx.Err() }))
	p := a.connectFrom(newcomer, newKey(t))
	p.pair(secret)
	p.send(`{"v":1,"id":"p","type":"request","method":"pair","params":{"commitment":%q}}`, origin.Encode(secret))
	p.wantError("p", "BAD_REQUEST")
	p.confirm(secret)
	p.until("progress:waiting-for-person")
	q := a.connectFrom(newcomer, newKey(t))
	q.pair(secret)
	q.confirm(secret)
	q.wantError("q", "BUSY")
	a.connectFrom(newcomer, newKey(t)).pair(secret)
	r := a.connectFrom(newcomer, newKey(t))
	r.send(`{"v":1,"id":"p","type":"request","method":"pair","params":{"commitment":%q}}`, origin.Encode(secret))
	if m := r.next(); m.Error.Code != "RATE_LIMITED" || m.Error.RetryAfter < 1 || m.Error.RetryAfter > 600_000 {
		t.Errorf("%+v", m)
	}
}
