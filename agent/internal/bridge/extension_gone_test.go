package bridge_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// TestExtensionGone: a browser that ends an extension's background closes its
// connections with 1001, and the page, which knows nothing of it, finds its
// request as it was. The background closes with 1000 when the page is left.
func TestExtensionGone(t *testing.T) {
	for name, code := range map[string]int{"ended by the browser": websocket.CloseGoingAway, "the page is left": websocket.CloseNormalClosure} {
		t.Run(name, func(t *testing.T) {
			vouchers := new(origin.Vouchers)
			questions, closed, agrees := make(chan struct{}, 2), make(chan struct{}), make(chan struct{})
			a := newAgent(t, agentOptions{vouchers: vouchers, timing: bridge.Timing{Away: time.Hour}, person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
				questions <- struct{}{}
				select {
				case <-agrees:
				case <-ctx.Done():
					close(closed)
				}
				return signingtest.Agrees(ctx, q)
			}})
			key := newKey(t)
			connect := func() *page {
				ws, _, err := a.dial(through(extension, mint(t, vouchers, voucher(extension), time.Now())))
				if err != nil {
					t.Fatal(err)
				}
				p := &page{t: t, a: a, ws: ws, from: site, key: key, got: make(map[uint32]*bytes.Buffer), capabilities: make(map[string][]string)}
				p.hello()
				p.authenticate()
				return p
			}
			data := pdfOf(t, 1)
			p := connect()
			p.authorize("sign")
			p.send("%s", signRequest("s", 1, data))
			ticket := p.accepted().Accepted.Ticket
			p.upload(1, data)
			p.until("progress:waiting-for-person")
			<-questions
			p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
			waitFor(t, "the connection's end", func() bool { return len(a.server.TestOnlyArrivals()) == 0 })
			if code == websocket.CloseNormalClosure {
				<-closed
				waitFor(t, "the request to end", func() bool { return !a.service.Busy() && a.server.TestOnlyTickets() == 0 })
				return
			}
			q := connect()
			q.sendResume(ticket)
			q.accepted()
			close(agrees)
			if m := q.transfer(nil); m.Type != "result" {
				t.Fatalf("%+v", m)
			}
			if len(questions) != 0 {
				t.Error("the person was asked again")
			}
		})
	}
}
