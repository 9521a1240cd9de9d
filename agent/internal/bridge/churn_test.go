package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// TestChurn: pages of one site and key that ask, cancel, drop, come back twice at
// once, use their ids again and leave in any order leave nothing behind, and get
// no signature that the person did not give.
func TestChurn(t *testing.T) {
	const pages, steps = 8, 40
	approvals := make(chan struct{}, pages*steps)
	a := newAgent(t, agentOptions{
		person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
			switch rand.IntN(4) {
			case 0:
				<-ctx.Done()
				return signing.Approval{}, ctx.Err()
			case 1:
				return signing.Approval{}, nil
			}
			approvals <- struct{}{}
			return signingtest.Agrees(ctx, q)
		},
		timing: bridge.Timing{Away: 50 * time.Millisecond, Approved: 100 * time.Millisecond, Done: 50 * time.Millisecond, Stall: 200 * time.Millisecond, Transfer: time.Second},
	})
	data, key := pdfOf(t, 1), newKey(t)
	var mu sync.Mutex
	var tickets []string
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			var c *churning
			for range steps {
				if c == nil {
					c = churn(a, key, data, func(ticket string) {
						mu.Lock()
						defer mu.Unlock()
						tickets = append(tickets, ticket)
					})
				}
				switch id := fmt.Sprint("r", r.IntN(2)); r.IntN(10) {
				case 0, 1, 2:
					c.sign(id)
				case 3:
					c.text(`{"v":1,"id":%q,"type":"cancel"}`, id)
				case 4:
					c.text(`{"v":1,"id":%q,"type":"done"}`, id)
				case 5, 6:
					mu.Lock()
					ticket := "none"
					if len(tickets) > 0 {
						ticket = tickets[max(len(tickets)-1-r.IntN(3), 0)]
					}
					mu.Unlock()
					c.text(`{"v":1,"id":%q,"type":"request","method":"resume","params":{"ticket":%q,"documents":[]}}`, fmt.Sprint("r", r.IntN(3)), ticket)
				case 7:
					c.ws.NetConn().Close() // dropped
					c = nil
				case 8:
					c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
					c = nil
				default:
					time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
				}
			}
			if c != nil {
				c.ws.NetConn().Close()
			}
		})
	}
	all.Wait()
	waitFor(t, "every request to end", func() bool {
		bytes, files := a.server.TestOnlyLoad()
		return a.server.TestOnlyTickets() == 0 && bytes == 0 && files == 0 && !a.service.Busy()
	})
	if _, _, signs := a.token.Counts(); signs > len(approvals) {
		t.Errorf("%d signatures of %d approvals", signs, len(approvals))
	}
}

// churning is a page that takes whatever comes.
type churning struct {
	ws      *websocket.Conn
	data    []byte
	mu      sync.Mutex // writes
	channel uint32
	give    chan string // capabilities
}

func churn(a *agent, key *origin.Key, data []byte, ticket func(string)) *churning {
	p := a.openFrom(site)
	p.key = key
	p.hello()
	p.authenticate()
	c := &churning{ws: p.ws, data: data, give: make(chan string, 100)}
	p.ws.SetReadDeadline(time.Now().Add(time.Minute))
	go func() {
		defer close(c.give)
		for {
			kind, r, err := p.ws.NextReader()
			if err != nil {
				return
			}
			text, _ := io.ReadAll(r)
			var m message
			if kind != websocket.TextMessage || json.Unmarshal(text, &m) != nil {
				continue
			}
			var result struct{ Capability string }
			switch {
			case m.Type == "credit" && m.Credit.Bytes == int64(len(data)):
				c.mu.Lock()
				p.chunk(uint32(m.Credit.Channel), data)
				c.mu.Unlock()
			case m.Type == "accepted":
				ticket(m.Accepted.Ticket)
			case m.Type == "document":
				c.text(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, m.Document.Channel, m.Document.Size)
			case m.Type == "result" && json.Unmarshal(m.Result, &result) == nil && result.Capability != "":
				c.give <- result.Capability
			}
		}
	}()
	return c
}

func (c *churning) text(format string, v ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ws.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(format, v...)))
}

func (c *churning) sign(id string) {
	c.text(`{"v":1,"id":"c","type":"request","method":"authorize","params":{"operation":"sign"}}`)
	capability := <-c.give
	c.channel++
	c.text(`{"v":1,"id":%q,"type":"request","method":"sign","params":{"capability":%q,"documents":[{"channel":%d,"name":"a.pdf","size":%d}]}}`, id, capability, c.channel, len(c.data))
}
