package bridge_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
)

// stand gives the site another standing.
func (s *sites) stand(site string, standing origin.Standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.standing[site] = standing
}

// unpair ends all pairings.
func (s *sites) unpair() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.paired)
}

// TestClosedSite: a site that is taken off the list, or whose pairing ends, may
// ask for nothing more on the connections it has; what waits for its turn is not
// shown to the person.
func TestClosedSite(t *testing.T) {
	known := newSites(map[string]origin.Standing{site: origin.Listed, "https://khac.example": origin.Listed, newcomer: origin.Unpaired})
	person := newAsked()
	a := newAgent(t, agentOptions{person: person.approve, sites: known})
	data := pdfOf(t, 1)
	other := a.connectFrom("https://khac.example", newKey(t))
	other.send("%s", signRequest("o", 1, data))
	other.upload(1, data)
	other.until("progress:waiting-for-person")
	<-person.questions
	p := a.connect()
	p.send("%s", signRequest("s", 1, data))
	p.upload(1, data)
	p.until("progress:queued")
	known.stand(site, origin.Refused)
	for _, method := range []string{`"status"`, `"certificates"`, `"authorize","params":{"operation":"sign"}`, `"resume","params":{"ticket":"x","documents":[]}`} {
		p.send(`{"v":1,"id":"1","type":"request","method":%s}`, method)
		p.wantError("1", "ORIGIN_REFUSED")
	}
	p.send("%s", signRequest("2", 2, data))
	p.wantError("2", "ORIGIN_REFUSED")
	person.answers <- false
	other.wantError("o", "REFUSED")
	p.wantError("s", "ORIGIN_REFUSED")
	if n := len(person.questions); n != 0 {
		t.Errorf("the person was asked %d times for a closed site", n)
	}
	known.stand(site, origin.Listed)
	p.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
	p.until("result")

	q := a.connectFrom(newcomer, newKey(t))
	from, err := origin.Parse(newcomer)
	if err != nil {
		t.Fatal(err)
	}
	known.Pair(from, q.key.Public())
	q.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
	q.until("result")
	known.unpair()
	q.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
	q.wantError("1", "PAIRING_NEEDED")
}

// TestUnpairedMakeRoom: pages of sites that nobody has let in keep no other out,
// however many there are, and the one that asks to be paired is not pushed out.
func TestUnpairedMakeRoom(t *testing.T) {
	standing := map[string]origin.Standing{site: origin.Listed, newcomer: origin.Unpaired}
	for i := range bridge.MaxConnections/bridge.MaxPerOrigin + 1 {
		standing[fmt.Sprintf("https://s%d.example", i)] = origin.Unpaired
	}
	a := newAgent(t, agentOptions{sites: newSites(standing), pair: func(ctx context.Context, _ bridge.PairQuestion) (bool, error) { <-ctx.Done(); return false, ctx.Err() }})
	secret := make([]byte, origin.NonceBytes)
	pairing := a.connectFrom(newcomer, newKey(t))
	pairing.pair(secret)
	pairing.confirm(secret)
	pairing.until("progress:waiting-for-person")
	key := newKey(t)
	for i := range bridge.MaxConnections {
		a.connectFrom(fmt.Sprintf("https://s%d.example", i/bridge.MaxPerOrigin), key)
	}
	p := a.connect()
	// The window of a pairing needs no token, and keeps it from nobody.
	p.send(`{"v":1,"id":"1","type":"request","method":"certificates"}`)
	if m := p.next(); m.Type != "result" {
		t.Errorf("%+v", m)
	}
	pairing.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
	pairing.wantError("1", "PAIRING_NEEDED")
}

// TestExcess: a page that goes on asking although it is told to come again later
// is closed, and has written only so much log.
func TestExcess(t *testing.T) {
	a := newAgent(t, agentOptions{rates: true})
	p := a.open()
	p.hello()
	p.authenticate()
	go func() {
		for i := 0; p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"v":1,"id":"%d","type":"request","method":"status"}`, i)) == nil; i++ {
		}
	}()
	p.wantClosed(websocket.CloseTryAgainLater)
	a.stop()
	if lines := bytes.Count(a.log.Bytes(), []byte("\n")); lines > 60 {
		t.Errorf("%d lines of log", lines)
	}
}

// TestRefusalsInTheLog: whoever is refused again and again does not fill the log.
func TestRefusalsInTheLog(t *testing.T) {
	a := newAgent(t, agentOptions{})
	for range 200 {
		if ws, _, err := a.dial(http.Header{"Origin": {"https://la.example"}}); err == nil {
			ws.Close()
			t.Fatal("let in")
		}
	}
	a.stop()
	if lines := strings.Count(a.log.String(), "connection refused"); lines < 60 || lines > 90 {
		t.Errorf("%d lines of log for 200 refusals", lines)
	}
}
