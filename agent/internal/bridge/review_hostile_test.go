package bridge_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/signing/signingtest"
)

// TestReviewPanics: what breaks while a review page is answered ends that answer,
// not the agent and not the request.
func TestReviewPanics(t *testing.T) {
	var broken atomic.Bool
	r := newReviewed(t, reviewOptions{person: signingtest.Agrees, with: func(o *bridge.Options) {
		o.Reviews.Words = func(sum []byte) string {
			if broken.Load() {
				panic("broken")
			}
			return consent.Words(sum)
		}
	}})
	p := r.page("always")
	v := r.open(r.asks(p, pdfOf(t, 1), stamped).Ticket)
	v.next("review")
	broken.Store(true)
	v.send(`{"type":"place","document":0,"place":"1,200,500,250,90"}`)
	v.wantError("INTERNAL")
	broken.Store(false)
	v.send(`{"type":"confirm"}`)
	v.next("asking")
	p.finish()
}

// TestReviewByAnother: a request that is resumed over an extension which shows no
// reviews goes to the window at once; nobody waits for a page that cannot come.
func TestReviewByAnother(t *testing.T) {
	working, resumed := make(chan struct{}, 1), make(chan struct{})
	r := newReviewed(t, reviewOptions{person: signingtest.Agrees, timing: bridge.Timing{Away: time.Minute}, stamping: func() {
		select {
		case working <- struct{}{}:
			<-resumed
		default:
		}
	}})
	key := newKey(t)
	p := r.pageAs(key, "always")
	document := pdfOf(t, 1)
	p.send("%s", strings.TrimSuffix(signRequest("4", 1, document), "}}")+stamped+"}}")
	ticket := p.accepted().Accepted.Ticket
	p.upload(1, document)
	<-working
	p.drop()
	q := r.pageAs(key, "never")
	q.sendResume(ticket)
	q.accepted()
	close(resumed)
	if m := q.transfer(nil); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	if len(r.announced) != 0 {
		t.Error("announced to an extension that shows none")
	}
}
