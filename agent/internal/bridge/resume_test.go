package bridge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing/signingtest"
)

// drop loses the connection, as a network does: without a close frame.
func (p *page) drop() { p.ws.NetConn().Close() }

// accepted reads on to the ticket.
func (p *page) accepted() message {
	p.t.Helper()
	return p.until("accepted")
}

// resume comes back with the same key and asks for the rest.
func (p *page) resume(ticket string) (*page, message) {
	p.t.Helper()
	q := p.a.connectFrom(p.from, p.key)
	q.got = p.got
	q.sendResume(ticket)
	return q, q.accepted()
}

// sendResume says what the page has.
func (p *page) sendResume(ticket string) {
	p.t.Helper()
	held := []string{}
	for channel, b := range p.got {
		held = append(held, fmt.Sprintf(`{"channel":%d,"received":%d}`, channel, b.Len()))
	}
	p.send(`{"v":1,"id":"r","type":"request","method":"resume","params":{"ticket":%q,"documents":[%s]}}`, ticket, strings.Join(held, ","))
}

// largePDF is more than a window.
func largePDF(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := signingtest.LargePDF(&b, bridge.WindowBytes+300_000); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestResume drops the connection at every stage a request passes. The page comes
// back and gets its document; the person is asked once and the token signs once.
func TestResume(t *testing.T) {
	data := largePDF(t)
	type world struct {
		a      *agent
		person *asked
		signs  chan struct{} // the token waits for it, when not nil
		p      *page
		ticket string
	}
	// begin sends the document and stops before the person's answer.
	begin := func(w *world) {
		w.p.send("%s", signRequest("s", 1, data))
		w.ticket = w.p.accepted().Accepted.Ticket
	}
	upload := func(t *testing.T, w *world, from int64) {
		for from < int64(len(data)) {
			for left := w.p.until("credit").Credit.Bytes; left > 0; {
				n := min(left, bridge.ChunkBytes)
				if err := w.p.chunk(1, data[from:from+n]); err != nil {
					t.Fatal(err)
				}
				from, left = from+n, left-n
			}
		}
	}
	again := func(w *world) message {
		w.p.drop()
		var m message
		w.p, m = w.p.resume(w.ticket)
		if m.Accepted.Ticket == w.ticket {
			w.a.t.Error("the ticket is the old one")
		}
		w.ticket = m.Accepted.Ticket
		return m
	}
	// rest sends what is missing of the document.
	rest := func(w *world, m message) map[uint32]io.Reader {
		if len(m.Accepted.Documents) == 0 {
			return nil
		}
		return map[uint32]io.Reader{1: bytes.NewReader(data[m.Accepted.Documents[0].Received:])}
	}
	for _, stage := range []struct {
		name string
		run  func(t *testing.T, w *world) message
	}{
		{"before a byte", func(t *testing.T, w *world) message {
			begin(w)
			m := again(w)
			w.person.answers <- true
			return w.p.transfer(rest(w, m))
		}},
		{"amid the document", func(t *testing.T, w *world) message {
			begin(w)
			w.p.until("credit")
			if err := w.p.chunk(1, data[:100_000]); err != nil {
				t.Fatal(err)
			}
			m := again(w)
			if d := m.Accepted.Documents; len(d) != 1 || d[0].Channel != 1 || d[0].Received > 100_000 {
				t.Fatalf("%+v", d)
			}
			w.person.answers <- true
			return w.p.transfer(rest(w, m))
		}},
		{"while queued", func(t *testing.T, w *world) message {
			other := w.a.connect()
			small := pdfOf(t, 1)
			other.send("%s", signRequest("o", 1, small))
			other.upload(1, small)
			other.until("progress:waiting-for-person")
			<-w.person.questions
			begin(w)
			upload(t, w, 0)
			w.p.until("progress:queued")
			if m := again(w); len(m.Accepted.Documents) != 0 {
				t.Errorf("%+v", m.Accepted)
			}
			w.p.until("progress:queued") // said again
			w.person.answers <- false
			other.wantError("o", "REFUSED")
			other.send(`{"v":1,"id":"o","type":"done"}`)
			w.person.answers <- true
			return w.p.transfer(nil)
		}},
		{"while the person is asked", func(t *testing.T, w *world) message {
			begin(w)
			upload(t, w, 0)
			w.p.until("progress:waiting-for-person")
			again(w)
			w.p.until("progress:waiting-for-person")
			again(w) // and once more
			w.person.answers <- true
			return w.p.transfer(nil)
		}},
		{"while the token signs", func(t *testing.T, w *world) message {
			w.signs = make(chan struct{})
			begin(w)
			upload(t, w, 0)
			w.person.answers <- true
			w.p.until("progress:signing")
			again(w)
			close(w.signs)
			return w.p.transfer(nil)
		}},
		{"nobody is there when it is signed", func(t *testing.T, w *world) message {
			w.signs = make(chan struct{})
			begin(w)
			upload(t, w, 0)
			w.person.answers <- true
			w.p.until("progress:signing")
			w.p.drop()
			close(w.signs)
			waitFor(t, "the signature", func() bool { _, _, signs := w.a.token.Counts(); return signs == 1 && !w.a.service.Busy() })
			var m message
			w.p, m = w.p.resume(w.ticket)
			w.ticket = m.Accepted.Ticket
			return w.p.transfer(nil)
		}},
		{"amid the signed document", func(t *testing.T, w *world) message {
			begin(w)
			upload(t, w, 0)
			w.person.answers <- true
			w.p.until("document")
			w.p.send(`{"v":1,"type":"credit","credit":{"channel":1,"bytes":300000}}`)
			w.p.got[1] = new(bytes.Buffer)
			for w.p.got[1].Len() < 300_000 {
				w.p.got[1].Write(w.p.until("chunk").payload)
			}
			again(w)
			return w.p.transfer(nil)
		}},
		{"before the answer is acknowledged", func(t *testing.T, w *world) message {
			begin(w)
			w.person.answers <- true
			w.p.transfer(map[uint32]io.Reader{1: bytes.NewReader(data)})
			again(w)
			return w.p.transfer(nil)
		}},
		{"everything was lost on its way", func(t *testing.T, w *world) message {
			begin(w)
			w.person.answers <- true
			w.p.transfer(map[uint32]io.Reader{1: bytes.NewReader(data)})
			clear(w.p.got)
			again(w)
			return w.p.transfer(nil)
		}},
		{"before the agent notices", func(t *testing.T, w *world) message {
			begin(w)
			upload(t, w, 0)
			w.p.until("progress:waiting-for-person")
			old := w.p
			w.p, _ = w.p.resume(w.ticket)
			old.wantClosed(websocket.CloseGoingAway)
			w.person.answers <- true
			return w.p.transfer(nil)
		}},
	} {
		t.Run(stage.name, func(t *testing.T) {
			w := &world{person: newAsked()}
			w.a = newAgent(t, agentOptions{person: w.person.approve})
			w.a.token.BeforeSign = func(int) error {
				if w.signs != nil {
					<-w.signs
				}
				return nil
			}
			w.p = w.a.connect()
			m := stage.run(t, w)
			var result struct {
				Documents []struct {
					SHA256 string
					Size   int64
				}
			}
			if err := json.Unmarshal(m.Result, &result); err != nil || m.Type != "result" || len(result.Documents) != 1 {
				t.Fatalf("%+v", m)
			}
			if got := w.p.got[1].Bytes(); hexDigest(got) != result.Documents[0].SHA256 || !bytes.HasPrefix(got, data) || len(got) == len(data) {
				t.Errorf("%d bytes arrived of %d, and are others", len(got), result.Documents[0].Size)
			}
			if _, _, signs := w.a.token.Counts(); signs != 1 || len(w.person.questions) != 1 {
				t.Errorf("signed %d times, asked %d times", signs, len(w.person.questions))
			}
			w.p.send(`{"v":1,"id":%q,"type":"done"}`, m.ID)
			waitFor(t, "it to be forgotten", func() bool {
				bytes, files := w.a.server.TestOnlyLoad()
				return w.a.server.TestOnlyTickets() == 0 && bytes == 0 && files == 0
			})
		})
	}
}

// TestResumeABatch: of a batch the page keeps what it has.
func TestResumeABatch(t *testing.T) {
	here := make(chan struct{})
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	a.token.BeforeSign = func(n int) error {
		if n == 3 {
			<-here
		}
		return nil
	}
	p := a.connect()
	documents := small(t, 4)
	var list []string
	for i, d := range documents {
		list = append(list, fmt.Sprintf(`{"channel":%d,"name":"Văn bản %d.pdf","size":%d}`, i+1, i+1, len(d)))
	}
	p.send(`{"v":1,"id":"b","type":"request","method":"sign","params":{"documents":[%s]}}`, strings.Join(list, ","))
	ticket := p.accepted().Accepted.Ticket
	p.upload(1, documents[0])
	// Two have arrived, one of them in this connection's time.
	p.upload(2, documents[1])
	p.until("credit")
	p.drop()
	p, m := p.resume(ticket)
	if d := m.Accepted.Documents; len(d) != 2 || d[0].Channel != 3 || d[1].Channel != 4 {
		t.Fatalf("%+v", d)
	}
	p.upload(3, documents[2])
	p.upload(4, documents[3])
	d := p.until("document").Document
	p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, d.Channel, d.Size)
	p.got[d.Channel] = bytes.NewBuffer(p.until("chunk").payload)
	p.drop()
	p, _ = p.resume(m.Accepted.Ticket)
	close(here)
	m = p.transfer(nil)
	var result struct{ Documents []outcome }
	if err := json.Unmarshal(m.Result, &result); err != nil {
		t.Fatalf("%+v", m)
	}
	p.wantOutcomes(documents, result.Documents, func(int) string { return "" })
	if tries, _, signs := a.token.Counts(); tries != 1 || signs != 4 {
		t.Errorf("%d PINs, %d signatures", tries, signs)
	}
}

// TestResumeRefused: a ticket is good for its page, once, for a while.
func TestResumeRefused(t *testing.T) {
	const other = "https://khac.example"
	data := pdfOf(t, 1)
	person := newAsked()
	a := newAgent(t, agentOptions{person: person.approve, origins: []string{site, other}, timing: bridge.Timing{Done: 200 * time.Millisecond}})
	p := a.connect()
	p.send("%s", signRequest("s", 1, data))
	ticket := p.accepted().Accepted.Ticket
	p.upload(1, data)
	p.until("progress:waiting-for-person")
	refused := func(name string, p *page, ticket, code string) {
		t.Helper()
		p.sendResume(ticket)
		if m := p.next(); m.Error.Code != code || m.ID != "r" {
			t.Errorf("%s: %+v", name, m)
		}
	}
	refused("unknown", a.connect(), origin.Encode(make([]byte, 32)), "NOT_RESUMABLE")
	refused("nonsense", a.connect(), "", "NOT_RESUMABLE")
	refused("another page key", a.connect(), ticket, "NOT_RESUMABLE")
	refused("another origin", a.connectFrom(other, p.key), ticket, "NOT_RESUMABLE")
	refused("the same connection", p, ticket, "BAD_REQUEST")
	claims := a.connectFrom(site, p.key)
	claims.got[1] = bytes.NewBuffer(data)
	refused("bytes nobody sent", claims, ticket, "BAD_REQUEST")
	taken := a.connectFrom(site, p.key)
	taken.send("%s", signRequest("t", 1, data))
	taken.until("credit")
	refused("a channel in use", taken, ticket, "BAD_REQUEST")
	p.drop()
	q, m := p.resume(ticket)
	refused("used", a.connectFrom(site, p.key), ticket, "NOT_RESUMABLE")
	person.answers <- true
	if m := q.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	// Without a word of the page it is forgotten all the same.
	taken.send(`{"v":1,"id":"t","type":"cancel"}`)
	waitFor(t, "it to be forgotten", func() bool { return a.server.TestOnlyTickets() == 0 })
	refused("too late", a.connectFrom(site, p.key), m.Accepted.Ticket, "NOT_RESUMABLE")
	if _, _, signs := a.token.Counts(); signs != 1 || len(person.questions) != 1 {
		t.Errorf("signed %d times, asked %d times", signs, len(person.questions))
	}
}

// TestResumeExpires: nobody waits for a page for ever, and longer for one whose
// document the person has approved.
func TestResumeExpires(t *testing.T) {
	data := pdfOf(t, 1)
	person := newAsked()
	signs := make(chan struct{})
	a := newAgent(t, agentOptions{person: person.approve, timing: bridge.Timing{Away: 200 * time.Millisecond}})
	a.token.BeforeSign = func(int) error { <-signs; return nil }
	// Amid its document.
	p := a.connect()
	p.send("%s", signRequest("s", 1, data))
	ticket := p.accepted().Accepted.Ticket
	p.drop()
	waitFor(t, "it to expire", func() bool { return a.server.TestOnlyTickets() == 0 })
	q := a.connectFrom(site, p.key)
	q.sendResume(ticket)
	q.wantError("r", "NOT_RESUMABLE")
	// Approved: it outlives the shorter time.
	q.send("%s", signRequest("s", 1, data))
	ticket = q.accepted().Accepted.Ticket
	q.upload(1, data)
	person.answers <- true
	q.until("progress:signing")
	q.drop()
	r := a.connectFrom(site, newKey(t))
	r.send("%s", signRequest("x", 1, data))
	r.accepted()
	r.drop()
	waitFor(t, "the other to expire", func() bool { return a.server.TestOnlyTickets() == 1 })
	close(signs)
	q, _ = q.resume(ticket)
	if m := q.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
}

// TestResumeIsBounded: a page that drops its connection again and again is given
// up.
func TestResumeIsBounded(t *testing.T) {
	a := newAgent(t, agentOptions{person: waits})
	p := a.connect()
	p.send("%s", signRequest("s", 1, []byte("%PDF-")))
	ticket := p.accepted().Accepted.Ticket
	for range bridge.MaxResumes {
		p.drop()
		var m message
		p, m = p.resume(ticket)
		ticket = m.Accepted.Ticket
	}
	p.drop()
	q := a.connectFrom(site, p.key)
	q.sendResume(ticket)
	q.wantError("r", "NOT_RESUMABLE")
	p.ws.Close()
}
