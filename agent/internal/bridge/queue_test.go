package bridge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// asked is a person who is asked one thing at a time and answers when told.
type asked struct {
	questions chan signing.Question
	answers   chan bool
}

func newAsked() *asked {
	return &asked{make(chan signing.Question, 100), make(chan bool, 100)}
}

func (a *asked) approve(ctx context.Context, q signing.Question) (signing.Approval, error) {
	a.questions <- q
	select {
	case yes := <-a.answers:
		if yes {
			return signingtest.Agrees(ctx, q)
		}
		return signing.Approval{}, nil
	case <-ctx.Done():
		return signing.Approval{}, ctx.Err()
	}
}

// TestQueue: three sites ask at once. Each sends its document at once, one window
// is open at a time, in the order of arrival; the others are told their place, and
// the window who waits.
func TestQueue(t *testing.T) {
	person := newAsked()
	origins := []string{"https://mot.example", "https://hai.example", "https://ba.example"}
	a := newAgent(t, agentOptions{origins: origins, person: person.approve})
	data := pdfOf(t, 1)
	var pages []*page
	for i, from := range origins {
		p := a.connectFrom(from, newKey(t))
		pages = append(pages, p)
		p.send("%s", signRequest("s", 1, data))
		p.upload(1, data)
		if i == 0 {
			p.until("progress:waiting-for-person")
		} else if m := p.until("progress:queued"); m.Progress.Done != int64(i-1) || m.Progress.Total != int64(i) {
			t.Errorf("%s is told it is %d of %d", from, m.Progress.Done, m.Progress.Total)
		}
	}
	q := <-person.questions
	if q.Origin != origins[0] || len(person.questions) != 0 {
		t.Fatalf("asked for %s, and %d more", q.Origin, len(person.questions))
	}
	want := []signing.Waiting{{Origin: origins[1], Documents: 1}, {Origin: origins[2], Documents: 1}}
	for got := fmt.Sprint(<-q.Waiting); got != fmt.Sprint(want); got = fmt.Sprint(<-q.Waiting) {
		if got != fmt.Sprint(want[:1]) {
			t.Fatalf("the window shows %s", got)
		}
	}
	// Status is no secret: the token is in use.
	pages[1].send(`{"v":1,"id":"c","type":"request","method":"certificates"}`)
	pages[1].wantError("c", "BUSY")
	// The second gives up: the third moves on.
	pages[1].send(`{"v":1,"id":"s","type":"cancel"}`)
	pages[1].wantError("s", "CANCELLED")
	for m := pages[2].until("progress:queued"); m.Progress.Done != 0 || m.Progress.Total != 1; m = pages[2].until("progress:queued") {
	}
	person.answers <- true
	if m := pages[0].transfer(nil); m.Type != "result" {
		t.Fatalf("%+v %s", m, a.log)
	}
	if q := <-person.questions; q.Origin != origins[2] {
		t.Fatalf("asked for %s", q.Origin)
	}
	person.answers <- true
	if m := pages[2].transfer(nil); m.Type != "result" {
		t.Fatalf("%+v %s", m, a.log)
	}
}

// TestQueueIsBounded: an origin may have four requests waiting, and no more.
func TestQueueIsBounded(t *testing.T) {
	a := newAgent(t, agentOptions{person: waits})
	data := pdfOf(t, 1)
	for i := range 6 {
		p := a.connect()
		p.send("%s", signRequest("s", 1, data))
		p.upload(1, data)
		switch i {
		case 0:
			p.until("progress:waiting-for-person")
		case 5:
			p.wantError("s", "BUSY")
		default:
			p.until("progress:queued")
		}
	}
}

// TestSlowUpload: a page that sends its document slowly keeps nobody from the
// person.
func TestSlowUpload(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	data := pdfOf(t, 1)
	slow, quick := a.connect(), a.connect()
	slow.send("%s", signRequest("1", 1, data))
	slow.until("credit")
	quick.send("%s", signRequest("1", 1, data))
	if m := quick.transfer(map[uint32]io.Reader{1: bytes.NewReader(data)}); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
}

// TestTurn: another road to the person has its turn like a page.
func TestTurn(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	from, err := origin.Parse("https://khac.example")
	if err != nil {
		t.Fatal(err)
	}
	others, release, err := a.server.Turn(t.Context(), from, 1)
	if err != nil {
		t.Fatal(err)
	}
	data := pdfOf(t, 1)
	p := a.connect()
	p.send("%s", signRequest("s", 1, data))
	p.upload(1, data)
	p.until("progress:queued")
	if got := <-others; len(got) != 1 || got[0].Origin != site {
		t.Errorf("%+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.server.Turn(ctx, from, 1); err == nil {
		t.Error("two have their turn")
	}
	release()
	if m := p.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
}

// TestServiceInUse: somebody else of this agent is signing.
func TestServiceInUse(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	data := pdfOf(t, 1)
	hold, done := make(chan struct{}), make(chan error)
	go func() {
		_, err := a.service.Sign(context.Background(), signing.Request{Documents: []signing.Document{{Name: "a.pdf", Data: bytes.NewReader(data), Size: int64(len(data))}}},
			func(e signing.Event) {
				if e.Stage == signing.StageWaiting {
					hold <- struct{}{}
					<-hold
				}
			})
		done <- err
	}()
	<-hold
	p := a.connect()
	p.send("%s", signRequest("3", 3, data))
	p.upload(3, data)
	p.wantError("3", "BUSY")
	hold <- struct{}{}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestTokenEvents: pages are told of tokens, though never while one is signing.
func TestTokenEvents(t *testing.T) {
	person := newAsked()
	tokens := make(chan struct{}, 1)
	a := newAgent(t, agentOptions{person: person.approve, tokens: tokens})
	p, q, stranger := a.connect(), a.connect(), a.open()
	tokens <- struct{}{}
	for _, page := range []*page{p, q} {
		if m := page.next(); m.Type != "event" || m.Event.Name != "tokens" || m.Event.State != "ready" || m.Event.Certificates != 1 || m.ID != "" {
			t.Errorf("%+v", m)
		}
	}
	data := pdfOf(t, 1)
	p.send("%s", signRequest("s", 1, data))
	p.upload(1, data)
	p.until("progress:waiting-for-person")
	tokens <- struct{}{}
	q.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
	if m := q.next(); m.Type != "result" {
		t.Errorf("while signing: %+v", m)
	}
	person.answers <- true
	if m := p.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	if m := q.next(); m.Type != "event" {
		t.Errorf("afterwards: %+v", m)
	}
	stranger.ws.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, data, err := stranger.ws.ReadMessage(); err == nil {
		t.Errorf("a stranger is told %s", data)
	}
}
