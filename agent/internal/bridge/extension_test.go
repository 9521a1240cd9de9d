package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

const (
	extension = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom"
	inFirefox = "moz-extension://6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1"
)

// voucher is one for the site, given to the extension.
func voucher(to string) origin.Voucher {
	return origin.Voucher{Background: origin.Background{Extension: to}, Native: "n1", Document: origin.Document{Origin: origin.Origin{Scheme: "https", Host: "eoffice.example", Port: 443}, Tab: 5, ID: "D"}, Review: "always"}
}

func mint(t *testing.T, v *origin.Vouchers, of origin.Voucher, at time.Time) string {
	t.Helper()
	token, err := v.Mint(of, at)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// through is the handshake of an extension.
func through(from, capability string) http.Header {
	return http.Header{"Origin": {from}, "Sec-WebSocket-Protocol": {"kyso.v1, kyso.capability." + capability}}
}

// TestThroughTheExtension: the page's origin is the connection's, in what both
// sign and in what the person reads, and all else is as ever.
func TestThroughTheExtension(t *testing.T) {
	var asked atomic.Value
	vouchers := new(origin.Vouchers)
	a := newAgent(t, agentOptions{vouchers: vouchers, person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked.Store(q.Origin)
		return signingtest.Agrees(ctx, q)
	}})
	for _, from := range []string{extension, inFirefox} {
		want := voucher(from)
		ws, response, err := a.dial(through(from, mint(t, vouchers, want, time.Now())))
		if err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		if got := response.Header["Sec-Websocket-Protocol"]; len(got) != 1 || got[0] != "kyso.v1" {
			t.Errorf("the agent chose %q", got)
		}
		p := &page{t: t, a: a, ws: ws, from: site, key: newKey(t), got: make(map[uint32]*bytes.Buffer), capabilities: make(map[string][]string)}
		p.hello() // checks the agent's signature over the page's origin
		if standing := p.authenticate(); standing != "listed" {
			t.Errorf("standing %q", standing)
		}
		if by := a.server.TestOnlyArrivals(); len(by) != 1 || by[0] == nil || *by[0] != want {
			t.Errorf("the connection is by %+v", by)
		}
		p.authorize("sign")
		original := pdfOf(t, 1)
		p.send(`{"v":1,"id":"s","type":"request","method":"sign","params":{"documents":[{"channel":1,"name":"công văn.pdf","size":%d}]}}`, len(original))
		if m := p.transfer(map[uint32]io.Reader{1: bytes.NewReader(original)}); m.Type != "result" {
			t.Fatalf("%+v", m)
		}
		if got := asked.Swap(""); got != site {
			t.Errorf("the person was asked for %v", got)
		}
		ws.Close()
		waitFor(t, "the connection's end", func() bool { return len(a.server.TestOnlyArrivals()) == 0 })
	}
	// A page's own connection is not changed by what it offers.
	ws, response, err := a.dial(http.Header{"Origin": {site}, "Sec-WebSocket-Protocol": {"kyso.v1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if got := response.Header["Sec-Websocket-Protocol"]; got != nil {
		t.Errorf("a page's own connection got %q", got)
	}
	if by := a.server.TestOnlyArrivals(); len(by) != 1 || by[0] != nil {
		t.Errorf("a page's own connection is by %+v", by)
	}
}

// TestExtensionHandshakes: a capability counts once, within its time, for the
// extension it was given to, in the one form; one that is shown is used up.
func TestExtensionHandshakes(t *testing.T) {
	var late atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	vouchers := new(origin.Vouchers)
	stranger := false
	a := newAgent(t, agentOptions{vouchers: vouchers, now: now, peer: func(netip.AddrPort, netip.AddrPort) error {
		if stranger {
			return errors.New("no browser")
		}
		return nil
	}})
	host := fmt.Sprintf("127.0.0.1:%d", a.server.Port())
	header := func(h http.Header) (lines []string) {
		for name, values := range h {
			for _, v := range values {
				lines = append(lines, name+": "+v)
			}
		}
		return lines
	}
	good := func(capability string) []string { return header(through(extension, capability)) }
	const get = "GET /kyso/v1"
	if got := a.handshake(t, get, host, good(mint(t, vouchers, voucher(extension), now()))...); !strings.Contains(got, " 101 ") {
		t.Fatalf("the right handshake: %s", got)
	}
	for name, c := range map[string]struct {
		line, host string // empty: the right ones
		headers    func(c string) []string
		unspent    bool // the capability was not shown
	}{
		"none":           {headers: func(string) []string { return []string{"Origin: " + extension} }, unspent: true},
		"protocol alone": {headers: func(string) []string { return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.v1"} }, unspent: true},
		"guessed":        {headers: func(string) []string { return good(strings.Repeat("A", 43)) }, unspent: true},
		"cut":            {headers: func(c string) []string { return good(c[:42]) }, unspent: true},
		"of a page":      {headers: func(c string) []string { return header(through(site, c)) }},
		"of another":     {headers: func(c string) []string { return header(through(strings.Replace(extension, "mac", "mad", 1), c)) }},
		"of Firefox's":   {headers: func(c string) []string { return header(through(inFirefox, c)) }},
		"null":           {headers: func(c string) []string { return header(through("null", c)) }},
		"no origin":      {headers: func(c string) []string { return good(c)[1:] }},
		"slash":          {headers: func(c string) []string { return header(through(extension+"/", c)) }},
		"two origins":    {headers: func(c string) []string { return append(good(c), "Origin: "+site) }},
		"two extensions": {headers: func(c string) []string { return append(good(c), "Origin: "+extension) }},
		"capability alone": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.capability." + c}
		}},
		"the other way": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.capability." + c + ", kyso.v1"}
		}},
		"two of them": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.v1, kyso.capability." + c + ", kyso.capability." + c}
		}},
		"something more": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.v1, kyso.capability." + c + ", chat"}
		}},
		"another protocol": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.v2, kyso.capability." + c}
		}},
		"the review's": {headers: func(c string) []string {
			return []string{"Origin: " + extension, "Sec-WebSocket-Protocol: kyso.review.1, kyso.capability." + c}
		}},
		"another path":      {line: "GET /kyso/v2", headers: good},
		"rebinding":         {host: fmt.Sprintf("eoffice.example:%d", a.server.Port()), headers: good},
		"another program's": {headers: func(c string) []string { stranger = true; return good(c) }},
		"late":              {headers: func(c string) []string { late.Store(int64(origin.CapabilityLife)); return good(c) }},
		"closed site": {headers: func(string) []string {
			v := voucher(extension)
			v.Document.Origin.Host = "evil.example"
			return good(mint(t, vouchers, v, now()))
		}, unspent: true},
		"a review's capability": {headers: func(string) []string {
			v := voucher(extension)
			v.Purpose = origin.ForReview
			return good(mint(t, vouchers, v, now()))
		}, unspent: true},
	} {
		capability := mint(t, vouchers, voucher(extension), now())
		headers := c.headers(capability)
		if name == "no origin" {
			headers = []string{"Sec-WebSocket-Protocol: kyso.v1, kyso.capability." + capability}
		}
		if c.line == "" {
			c.line = get
		}
		if c.host == "" {
			c.host = host
		}
		if got := a.handshake(t, c.line, c.host, headers...); !strings.HasPrefix(got, "HTTP/1.1 403 ") {
			t.Errorf("%s: %s", name, clean(got))
		}
		stranger = false
		late.Store(0)
		got := a.handshake(t, get, host, good(capability)...)
		if spent := strings.HasPrefix(got, "HTTP/1.1 403 "); spent == c.unspent {
			t.Errorf("%s: then the right handshake: %s", name, clean(got))
		}
		if got := a.handshake(t, get, host, good(capability)...); !strings.HasPrefix(got, "HTTP/1.1 403 ") {
			t.Errorf("%s: a third time: %s", name, clean(got))
		}
	}
	capability := mint(t, vouchers, voucher(extension), now())
	vouchers.Forget("n1")
	if got := a.handshake(t, get, host, good(capability)...); !strings.HasPrefix(got, "HTTP/1.1 403 ") {
		t.Errorf("its native connection is gone: %s", clean(got))
	}
	// Without a channel no extension is anybody.
	b := newAgent(t, agentOptions{})
	if _, _, err := b.dial(through(extension, mint(t, vouchers, voucher(extension), now()))); !errors.Is(err, websocket.ErrBadHandshake) {
		t.Errorf("without vouchers: %v", err)
	}
}
