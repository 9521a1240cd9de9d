//go:build !windows

package nativehost

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/origin"
)

// TestPanics: whatever breaks behind the channel ends one request, or one
// connection, and not the agent.
func TestPanics(t *testing.T) {
	var broken atomic.Bool
	breaks := func() {
		if broken.Load() {
			panic("broken")
		}
	}
	r := serve(t, func(net.Conn) error { breaks(); return nil }, func(o *Options, limits *timing) {
		limits.sites = 10 * time.Millisecond
		sites := o.Sites
		o.Sites = func() Sites { breaks(); return sites() }
		o.Status = func(context.Context, string) (Status, error) { breaks(); return Status{}, nil }
		o.Doctor = func(context.Context) (any, error) { breaks(); return 1, nil }
		o.Anchors = func() []Anchor { breaks(); return nil }
		o.ReviewOpen = func(string, origin.Background, string) (string, error) { breaks(); return "", nil }
		o.Standing = func(origin.Origin) origin.Standing { breaks(); return origin.Listed }
		o.Greeted = func(origin.Background, string) { panic("broken") }
		o.Gone = func(origin.Background) { panic("broken") }
	})
	c := greeted(t)
	broken.Store(true)
	for method, params := range map[string]string{
		"sites": "", "status": "", "doctor": "", "anchors": "", "review-open": `{"ticket":"T"}`,
		"open": `{"document":{"origin":"https://eoffice.example","topOrigin":"https://eoffice.example","tab":4,"frame":0,"documentId":"","incognito":false}}`,
	} {
		if m := c.ask(method, params); m.Error.Code != "INTERNAL" {
			t.Errorf("%s: %+v", method, m)
		}
	}
	connect(t).wantEnd("a peer that cannot be judged", "")
	looked := r.looked.Load()
	waitFor(t, "more looks at the sites", func() bool { return r.looked.Load() > looked+2 })
	broken.Store(false)
	if m := c.ask("status", ""); m.Type != "result" {
		t.Errorf("afterwards: %+v", m)
	}
}

// TestOneSiteFloods: a site whose pages open and open is stopped, and the others
// of its browser, and the browser itself, go on.
func TestOneSiteFloods(t *testing.T) {
	const other = "https://khac.example"
	r := serve(t, nil, func(o *Options, _ *timing) {
		o.Standing = func(origin.Origin) origin.Standing { return origin.Listed }
	})
	c := greeted(t)
	open := func(site string) told {
		m := c.ask("open", `{"document":{"origin":%q,"topOrigin":%q,"tab":4,"frame":0,"documentId":"","incognito":false}}`, site, site)
		r.vouchers.Forget("1") // they are used at once
		return m
	}
	limited := 0
	for range requestRate.burst + 50 {
		if m := open(site); m.Error.Code == "RATE_LIMITED" && m.Error.RetryAfter >= 1000 {
			limited++
		}
	}
	if limited < 150 {
		t.Errorf("%d were refused", limited)
	}
	if m := open(other); m.Type != "result" {
		t.Errorf("another site: %+v", m)
	}
	if m := c.ask("status", ""); m.Type != "result" {
		t.Errorf("the browser's own: %+v", m)
	}
	for i := range 2 * maxSitesCounted {
		r.mayOpen(origin.Origin{Scheme: "https", Host: "a", Port: i + 1})
	}
	if n := len(r.opened); n > maxSitesCounted {
		t.Errorf("%d sites are remembered", n)
	}
}

// TestRefusedIsForgotten: of a connection that was refused nothing is kept.
func TestRefusedIsForgotten(t *testing.T) {
	s, err := NewServer(Options{Vouchers: new(origin.Vouchers), Standing: func(origin.Origin) origin.Standing { return 0 }, Peer: func(net.Conn) error { return errors.New("not you") },
		Sites: func() Sites { return Sites{} }, Status: func(context.Context, string) (Status, error) { return Status{}, nil }, Anchors: func() []Anchor { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	one, other := net.Pipe()
	defer other.Close()
	c := s.admit(t.Context(), one)
	c.run()
	if c.ctx.Err() == nil || len(s.present()) != 0 {
		t.Error("it is kept until the agent ends")
	}
}
