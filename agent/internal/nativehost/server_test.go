//go:build !windows

package nativehost

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
)

const (
	site   = "https://eoffice.example"
	asking = "chrome-extension://macengpdlehkbnphmgbiaalindljbkom/"
)

// patience bounds what waits for another process or goroutine.
const patience = 20 * time.Second

// running is a server with its socket in a folder of the test.
type running struct {
	*Server
	vouchers *origin.Vouchers
	pairing  atomic.Bool
}

// serve starts a server. who judges connections; nil lets everybody in.
func serve(t *testing.T, who func(net.Conn) error, change func(*Options, *timing)) *running {
	t.Helper()
	before := runtime.NumGoroutine()
	dir, err := os.MkdirTemp("", "kyso-nh-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("DISPLAY", ":7")
	if who == nil {
		who = func(net.Conn) error { return nil }
	}
	list, err := origin.NewList(site)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{vouchers: new(origin.Vouchers)}
	o := Options{
		Version: "1.2.3", Port: 17810, Key: []byte{1, 2, 3}, Vouchers: r.vouchers, Peer: who,
		Standing: func(o origin.Origin) origin.Standing { return list.Standing(o, nil) },
		Sites: func() Sites {
			return Sites{Sites: []Site{{site, "policy"}, {"https://a.example", "list"}, {site, "paired"}}, Pairing: r.pairing.Load(), Hash: []string{site}}
		},
		Status: func(_ context.Context, language string) (Status, error) { return Status{State: language}, nil },
		Anchors: func() []Anchor {
			return []Anchor{{"CA", []byte{0x30, 0}}, {"vast", make([]byte, maxAnchorBytes)}}
		},
	}
	limits := defaultTiming
	if change != nil {
		change(&o, &limits)
	}
	if r.Server, err = NewServer(o); err != nil {
		t.Fatal(err)
	}
	r.timing = limits
	if err := r.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		path, err := socketPath()
		if _, gone := os.Lstat(path); err != nil || !os.IsNotExist(gone) {
			t.Errorf("the socket is still there: %v, %v", err, gone)
		}
		waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	})
	return r
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// client is a connection as the host makes it.
type client struct {
	t *testing.T
	net.Conn
}

func connect(t *testing.T) client {
	t.Helper()
	conn, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return client{t, conn}
}

// greeted is a client that has said hello.
func greeted(t *testing.T) client { return greetedAs(t, "0123456789abcdef") }

// greetedAs is one in that profile.
func greetedAs(t *testing.T, profile string) client {
	t.Helper()
	c := connect(t)
	c.send(`{"host":{"version":"1","extension":%q}}`, asking)
	if m := c.ask("hello", `{"minVersion":1,"maxVersion":3,"extensionVersion":"0.1","origin":%q,"language":"vi","profile":%q,"review":"always"}`, strings.TrimSuffix(asking, "/"), profile); m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	return c
}

func (c client) send(format string, a ...any) {
	c.t.Helper()
	if err := writeFrame(c, fmt.Appendf(nil, format, a...), 1<<20); err != nil {
		c.t.Fatal(err)
	}
}

// told is any message of the agent.
type told struct {
	ID, Type, Event string
	Result          json.RawMessage
	Review          Review
	Ticket          string
	Error           struct {
		Code                               string
		Message, Remedy                    struct{ VI, EN string }
		MinVersion, MaxVersion, RetryAfter int
	}
}

func (c client) next() told {
	c.t.Helper()
	data, err := readFrame(c, MaxToExtension)
	if err != nil {
		c.t.Fatal(err)
	}
	var m told
	if err := json.Unmarshal(data, &m); err != nil {
		c.t.Fatalf("%s: %v", data, err)
	}
	if m.Type == "error" && (m.Error.Message.VI == "" || m.Error.Message.EN == "" || m.Error.Remedy.VI == "" || m.Error.Remedy.EN == "") {
		c.t.Errorf("an error without words: %s", data)
	}
	return m
}

// ask sends a request and gives its answer.
func (c client) ask(method, params string, a ...any) told {
	c.t.Helper()
	if params != "" {
		params = `,"params":` + fmt.Sprintf(params, a...)
	}
	c.send(`{"id":"q-%s","type":"request","method":%q%s}`, method, method, params)
	m := c.next()
	if m.ID != "q-"+method {
		c.t.Fatalf("%s was answered %+v", method, m)
	}
	return m
}

// wantEnd wants the connection to be ended, after an error with this code, or
// without a word.
func (c client) wantEnd(what, code string) {
	c.t.Helper()
	data, err := readFrame(c, MaxToExtension)
	if code != "" {
		var m told
		if err != nil || json.Unmarshal(data, &m) != nil || m.Error.Code != code {
			c.t.Errorf("%s: %s, %v, want %s", what, data, err, code)
		}
		data, err = readFrame(c, MaxToExtension)
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Errorf("%s: the connection has not ended: %s, %v", what, data, err)
	}
}

func TestMethods(t *testing.T) {
	r := serve(t, nil, nil)
	c := connect(t)
	c.send(`{"host":{"version":"1","extension":%q}}`, asking)
	for _, q := range []struct{ method, params, want string }{
		{"hello", `{"minVersion":1,"maxVersion":1,"extensionVersion":"0.1","origin":"chrome-extension://macengpdlehkbnphmgbiaalindljbkom","language":"en","profile":"0123456789abcdef","review":"stamp"}`,
			`{"product":"kyso","productVersion":"1.2.3","version":1,"port":17810,"agentKey":"AQID"}`},
		{"sites", "", `{"sites":[{"origin":"https://eoffice.example","by":"policy"},{"origin":"https://a.example","by":"list"}],"pairing":false,"older":[],"hash":["https://eoffice.example"],"review":""}`},
		{"status", "{}", `{"version":"","state":"en","tokens":null,"certificates":null,"requests":null}`},
		{"anchors", "", `{"anchors":[{"name":"CA","der":"MAA="}]}`},
	} {
		if m := c.ask(q.method, q.params); string(m.Result) != q.want {
			t.Errorf("%s: %+v\n%s", q.method, m, m.Result)
		}
	}
	const document = `{"document":{"origin":%q,"topOrigin":%q,"tab":4,"frame":%d,"documentId":"D","incognito":true}}`
	var opened struct {
		Capability, AgentKey string
		ExpiresIn, Port      int
	}
	m := c.ask("open", document, site, site, 0)
	if err := json.Unmarshal(m.Result, &opened); err != nil || opened.ExpiresIn != 60_000 || opened.Port != 17810 || opened.AgentKey != "AQID" {
		t.Fatalf("%+v, %v", m, err)
	}
	v, err := r.vouchers.Redeem(opened.Capability, origin.ForPage, strings.TrimSuffix(asking, "/"), time.Now())
	if err != nil || v.Document != (origin.Document{Origin: origin.Origin{Scheme: "https", Host: "eoffice.example", Port: 443}, Tab: 4, ID: "D", Incognito: true}) || v.Review != "stamp" || v.Native != "1" {
		t.Errorf("%+v, %v", v, err)
	}
	for _, q := range []struct {
		from, top string
		frame     int
	}{
		{"https://evil.example", "https://evil.example", 0}, {site, "https://evil.example", 0}, {site, site, 1}, {site + "/", site + "/", 0}, {"null", "null", 0},
		{"chrome-extension://macengpdlehkbnphmgbiaalindljbkom", "chrome-extension://macengpdlehkbnphmgbiaalindljbkom", 0}, {"", "", 0},
	} {
		if m := c.ask("open", document, q.from, q.top, q.frame); m.Error.Code != "ORIGIN_REFUSED" {
			t.Errorf("%+v: %+v", q, m)
		}
	}
	for _, q := range []struct{ method, params, code string }{
		{"sign", "{}", "BAD_REQUEST"}, {"hello", "{}", "BAD_REQUEST"}, {"sites", `{"all":true}`, "BAD_REQUEST"}, {"open", "{}", "ORIGIN_REFUSED"}, {"open", `{"document":{},"standing":"listed"}`, "BAD_REQUEST"},
		{"open", "[]", "BAD_REQUEST"}, {"open", "", "BAD_REQUEST"}, {"review-open", `{"ticket":"T"}`, "BAD_REQUEST"}, {"doctor", "", "INTERNAL"},
	} {
		if m := c.ask(q.method, q.params); m.Error.Code != q.code {
			t.Errorf("%s %s: %+v", q.method, q.params, m)
		}
	}
}

// TestHello: the extension is who the host says it is, and speaks a version the
// agent speaks.
func TestHello(t *testing.T) {
	serve(t, nil, func(o *Options, _ *timing) { o.Extensions = []string{"macengpdlehkbnphmgbiaalindljbkoa"} })
	const moz = "moz-extension://6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1"
	for _, c := range []struct {
		name, extension, origin, min, code string
	}{
		{"Chromium's", asking, strings.TrimSuffix(asking, "/"), "1", ""},
		{"Firefox's", "extension@kyso", moz, "1", ""},
		{"the administrator's", "chrome-extension://macengpdlehkbnphmgbiaalindljbkoa/", "chrome-extension://macengpdlehkbnphmgbiaalindljbkoa", "1", ""},
		{"another's origin", asking, "chrome-extension://macengpdlehkbnphmgbiaalindljbkoa", "1", "EXTENSION_REFUSED"},
		{"a page's origin", asking, site, "1", "EXTENSION_REFUSED"},
		{"Chromium's in Firefox", "extension@kyso", strings.TrimSuffix(asking, "/"), "1", "EXTENSION_REFUSED"},
		{"Firefox's in Chromium", asking, moz, "1", "EXTENSION_REFUSED"},
		{"another version", asking, strings.TrimSuffix(asking, "/"), "2", "VERSION_UNSUPPORTED"},
		{"no version", asking, strings.TrimSuffix(asking, "/"), "0", "BAD_REQUEST"},
		{"an unknown extension", "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", "", "", "EXTENSION_REFUSED"},
		{"an unknown add-on", "evil@kyso", "", "", "EXTENSION_REFUSED"},
		{"no extension", "", "", "", "EXTENSION_REFUSED"},
	} {
		k := connect(t)
		k.send(`{"host":{"version":"1","extension":%q}}`, c.extension)
		if c.origin != "" {
			k.send(`{"id":"1","type":"request","method":"hello","params":{"minVersion":%s,"maxVersion":2,"extensionVersion":"0.1","origin":%q,"language":"vi","profile":"0123456789abcdef","review":"always"}}`, c.min, c.origin)
		}
		if c.code != "" {
			k.wantEnd(c.name, c.code)
		} else if m := k.next(); m.Type != "result" {
			t.Errorf("%s: %+v", c.name, m)
		}
		k.Close()
	}
}

// TestGarbage: what is no message of the channel ends the connection.
func TestGarbage(t *testing.T) {
	serve(t, nil, nil)
	hello := fmt.Sprintf(`{"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"extensionVersion":"0.1","origin":%q,"language":"vi","profile":"0123456789abcdef","review":"always"}}`, strings.TrimSuffix(asking, "/"))
	greeting := fmt.Sprintf(`{"host":{"version":"1","extension":%q}}`, asking)
	for name, frames := range map[string][]string{
		"no greeting":       {hello},
		"greeting and more": {`{"host":{"version":"1","extension":"extension@kyso","admin":true}}`},
		"no JSON":           {"GET / HTTP/1.1"},
	} {
		c := connect(t)
		for _, f := range frames {
			c.send("%s", f)
		}
		c.wantEnd(name, "EXTENSION_REFUSED")
		c.Close()
	}
	for name, frames := range map[string][]string{
		"no hello":         {greeting, `{"id":"1","type":"request","method":"sites"}`},
		"two greetings":    {greeting, greeting},
		"hello with more":  {greeting, strings.Replace(hello, `"language"`, `"trusted":true,"language"`, 1)},
		"another language": {greeting, strings.Replace(hello, `"vi"`, `"fr"`, 1)},
		"another review":   {greeting, strings.Replace(hello, `"always"`, `"often"`, 1)},
		"review, or not":   {greeting, strings.Replace(hello, `"always"`, `true`, 1)},
		"no profile":       {greeting, strings.Replace(hello, `"profile":"0123456789abcdef",`, "", 1)},
		"a short profile":  {greeting, strings.Replace(hello, `"0123456789abcdef"`, `"0123456789abcde"`, 1)},
		"a long profile":   {greeting, strings.Replace(hello, `0123456789abcdef`, strings.Repeat("a", 65), 1)},
	} {
		c := connect(t)
		for _, f := range frames {
			c.send("%s", f)
		}
		c.wantEnd(name, "BAD_REQUEST")
		c.Close()
	}
	for name, f := range map[string]string{
		"unknown member": `{"id":"1","type":"request","method":"sites","origin":"x"}`, "no id": `{"type":"request","method":"sites"}`, "id": `{"id":"a b","type":"request","method":"sites"}`,
		"another case": `{"id":"1","type":"request","Method":"sites"}`, "twice": `{"id":"1","type":"request","method":"sites","method":"sites"}`,
		"type": `{"id":"1","type":"event","method":"sites"}`, "two values": `{"id":"1","type":"request","method":"sites"}{}`, "array": `[]`, "null": `null`,
	} {
		c := greeted(t)
		c.send("%s", f)
		c.wantEnd(name, "BAD_REQUEST")
		c.Close()
	}
	for name, header := range map[string][]byte{"empty": {0, 0, 0, 0}, "oversized": {1, 0, 1, 0}, "huge": {255, 255, 255, 255}} {
		c := greeted(t)
		c.Write(header)
		c.wantEnd(name, "BAD_REQUEST")
		c.Close()
		c = connect(t)
		c.Write(header)
		c.wantEnd(name, "")
		c.Close()
	}
}

// TestSilence: who says nothing, says half, or greets and then says nothing is
// not waited for.
func TestSilence(t *testing.T) {
	serve(t, nil, func(_ *Options, limits *timing) { limits.hello = 300 * time.Millisecond })
	silent, half, alone := connect(t), connect(t), connect(t)
	half.Write([]byte{100, 0, 0, 0, '{'})
	alone.send(`{"host":{"version":"1","extension":%q}}`, asking)
	silent.wantEnd("silent", "")
	half.wantEnd("half a frame", "")
	alone.wantEnd("no hello", "")
}

// TestBounds: connections, and requests of one.
func TestBounds(t *testing.T) {
	slow := make(chan struct{})
	serve(t, nil, func(o *Options, _ *timing) {
		o.Status = func(ctx context.Context, _ string) (Status, error) {
			select {
			case <-slow:
			case <-ctx.Done():
			}
			return Status{}, nil
		}
	})
	var all []client
	for range maxConnections {
		all = append(all, greeted(t))
	}
	connect(t).wantEnd("one too many", "")
	all[0].Close()
	waitFor(t, "room for another", func() bool {
		conn, err := dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		c := client{t, conn}
		c.SetDeadline(time.Now().Add(patience))
		c.send(`{"host":{"version":"1","extension":"extension@kyso"}}`)
		c.send(`{"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"extensionVersion":"0.1","origin":"moz-extension://6f0d2c54-36cd-4bb4-9d3f-0f3d9ac1a0f1","language":"vi","profile":"0123456789abcdef","review":"always"}}`)
		_, err = readFrame(c, MaxToExtension)
		return err == nil
	})

	c := all[1]
	for i := range maxRequests {
		c.send(`{"id":"s%d","type":"request","method":"status"}`, i)
	}
	if m := c.ask("status", ""); m.Error.Code != "BUSY" {
		t.Errorf("the %dth status at once: %+v", maxRequests+1, m)
	}
	close(slow)
	for range maxRequests {
		if m := c.next(); m.Type != "result" {
			t.Errorf("%+v", m)
		}
	}
	c = all[2]
	for i := range requestRate.burst + 20 {
		c.send(`{"id":"r%d","type":"request","method":"open","params":{}}`, i)
		if m := c.next(); m.Error.Code == "RATE_LIMITED" {
			if m.Error.RetryAfter < 1 || i < requestRate.burst {
				t.Errorf("request %d: %+v", i, m)
			}
			return
		}
	}
	t.Error("requests are not limited")
}

// TestRates: connections are limited even where each ends at once.
func TestRates(t *testing.T) {
	serve(t, func(net.Conn) error { return errors.New("not you") }, nil)
	for i := range connectionRate.burst + 10 {
		c := connect(t)
		c.wantEnd(fmt.Sprint(i), "")
		c.Close()
	}
}

// TestRefusedPeers: our own program is told why it is refused, others nothing.
func TestRefusedPeers(t *testing.T) {
	var err atomic.Value
	serve(t, func(net.Conn) error { return err.Load().(error) }, nil)
	for _, c := range []struct {
		err  error
		code string
	}{{fmt.Errorf("%w: x", peer.ErrOtherProgram), ""}, {fmt.Errorf("%w: x", peer.ErrOtherUser), ""}, {fmt.Errorf("%w: x", peer.ErrNotBrowser), "BROWSER_REFUSED"}} {
		err.Store(fmt.Errorf("%w", c.err))
		connect(t).wantEnd(c.err.Error(), c.code)
	}
}

// TestGreeted: the agent is told of each extension that has said hello, once that
// is answered, and of its end; of others it is told nothing.
func TestGreeted(t *testing.T) {
	gone := make(chan origin.Background, 2)
	var r *running
	r = serve(t, nil, func(o *Options, _ *timing) {
		o.Greeted = func(by origin.Background, version string) {
			if err := r.Review(by, Review{"T", site, 4, 1}); err != nil || version != "0.1" {
				t.Errorf("%v, version %q", err, version)
			}
		}
		o.Gone = func(by origin.Background) { gone <- by }
	})
	connect(t).Close()
	c := greetedAs(t, "profile-of-a-test")
	if m := c.next(); m.Event != "review" {
		t.Errorf("%+v", m)
	}
	c.Close()
	if by, want := <-gone, (origin.Background{Extension: strings.TrimSuffix(asking, "/"), Profile: "profile-of-a-test"}); by != want {
		t.Errorf("gone is %+v", by)
	}
	if err := r.Review(origin.Background{Extension: strings.TrimSuffix(asking, "/"), Profile: "profile-of-a-test"}, Review{}); !errors.Is(err, ErrGone) {
		t.Errorf("to one that is gone: %v", err)
	}
}

// TestEvents: extensions that have greeted are told, and one of its review.
func TestEvents(t *testing.T) {
	r := serve(t, nil, func(_ *Options, limits *timing) { limits.sites = 20 * time.Millisecond })
	second := origin.Background{Extension: strings.TrimSuffix(asking, "/"), Profile: "second-profile_1"}
	a, b := greeted(t), greetedAs(t, second.Profile)
	connect(t) // is told nothing
	r.TokensChanged()
	for _, c := range []client{a, b} {
		if m := c.next(); m.Type != "event" || m.Event != "tokens" {
			t.Errorf("%+v", m)
		}
	}
	if err := r.Review(second, Review{"T", site, 4, 3}); err != nil {
		t.Error(err)
	}
	if m := b.next(); m.Event != "review" || m.Review != (Review{"T", site, 4, 3}) {
		t.Errorf("%+v", m)
	}
	if err := r.ReviewEnded(second, "T"); err != nil {
		t.Error(err)
	}
	if m := b.next(); m.Event != "review-ended" || m.Ticket != "T" {
		t.Errorf("%+v", m)
	}
	if err := r.Review(origin.Background{Extension: second.Extension, Profile: "another-profile-"}, Review{}); !errors.Is(err, ErrGone) {
		t.Errorf("to nobody: %v", err)
	}
	waitFor(t, "a first look at the sites", func() bool { return r.looked.Load() > 0 })
	r.pairing.Store(true)
	for _, c := range []client{a, b} {
		if m := c.next(); m.Event != "sites" {
			t.Errorf("%+v", m)
		}
	}
	// Who does not read any more is not waited for.
	for range 100_000 {
		if err := r.Review(second, Review{Origin: strings.Repeat("x", 1000)}); err != nil {
			return
		}
	}
	t.Error("an extension that does not read is still there")
}

// TestForgotten: what a connection was given is worth nothing without it.
func TestForgotten(t *testing.T) {
	r := serve(t, nil, nil)
	c := greeted(t)
	m := c.ask("open", `{"document":{"origin":%q,"topOrigin":%q,"tab":4,"frame":0,"documentId":"","incognito":false}}`, site, site)
	var opened struct{ Capability string }
	if err := json.Unmarshal(m.Result, &opened); err != nil {
		t.Fatal(err)
	}
	c.Close()
	waitFor(t, "the connection's end", func() bool { return len(r.present()) == 0 })
	if _, err := r.vouchers.Redeem(opened.Capability, origin.ForPage, strings.TrimSuffix(asking, "/"), time.Now()); !errors.Is(err, origin.ErrCapability) {
		t.Errorf("still good: %v", err)
	}
}

// TestSocketFile: it and its folder are the user's alone, what a crash left is
// replaced, and what is no socket is left alone.
func TestSocketFile(t *testing.T) {
	serve(t, nil, nil)
	path, err := socketPath()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, "/kyso/host-:7.sock") {
		t.Errorf("the socket is %s", path)
	}
	for name, want := range map[string]os.FileMode{path: 0o600 | os.ModeSocket, strings.TrimSuffix(path, "/host-:7.sock"): 0o700 | os.ModeDir} {
		if st, err := os.Lstat(name); err != nil || st.Mode() != want {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
	// Another agent, as after a crash of the first: the socket is its.
	l, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			conn.Close()
		}
		accepted <- err
	}()
	connect(t)
	if err := <-accepted; err != nil {
		t.Error(err)
	}
	l.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := listen(); err == nil {
		l.Close()
		t.Error("a file was replaced")
	}
	os.Remove(path)
}

// TestHost: what the browser sends goes to the agent, and the reverse; the host
// ends with either.
func TestHost(t *testing.T) {
	serve(t, nil, nil)
	in, browser := io.Pipe()
	fromHost, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Host(t.Context(), HostOptions{In: in, Out: out, Extension: asking, Version: "1"})
		out.Close()
	}()
	c := client{t, browserEnd{Reader: fromHost, Writer: browser}}
	data, err := readFrame(c, MaxToExtension)
	if want := `{"host":{"version":"1","extension":"` + asking + `"}}`; err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
	if m := c.ask("hello", `{"minVersion":1,"maxVersion":1,"extensionVersion":"0.1","origin":%q,"language":"vi","profile":"0123456789abcdef","review":"always"}`, strings.TrimSuffix(asking, "/")); m.Type != "result" {
		t.Errorf("%+v", m)
	}
	browser.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(fromHost); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// browserEnd is the browser's end of the host's streams.
type browserEnd struct {
	io.Reader
	io.Writer
	net.Conn
}

func (b browserEnd) Read(p []byte) (int, error)  { return b.Reader.Read(p) }
func (b browserEnd) Write(p []byte) (int, error) { return b.Writer.Write(p) }

// TestHostFails: the extension is told why, in one message and nothing else.
func TestHostFails(t *testing.T) {
	r := serve(t, nil, nil)
	for _, c := range []struct {
		name string
		o    HostOptions
		in   []byte
		want string
	}{
		{"another extension", HostOptions{Extension: "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"}, nil, "EXTENSION_REFUSED"},
		{"no extension", HostOptions{}, nil, "EXTENSION_REFUSED"},
		{"oversized", HostOptions{Extension: asking}, []byte{1, 0, 1, 0}, "BAD_REQUEST"},
		{"empty", HostOptions{Extension: asking}, []byte{0, 0, 0, 0}, "BAD_REQUEST"},
	} {
		var out bytes.Buffer
		c.o.In, c.o.Out, c.o.Version = bytes.NewReader(c.in), &out, "1"
		if err := Host(t.Context(), c.o); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		codes := []string{}
		for {
			data, err := readFrame(&out, MaxToExtension)
			if err != nil {
				break
			}
			var m told
			if err := json.Unmarshal(data, &m); err != nil {
				t.Errorf("%s: %s", c.name, data)
			}
			if m.Error.Code != "" {
				codes = append(codes, m.Error.Code)
			}
		}
		if len(codes) != 1 || codes[0] != c.want || out.Len() > 0 {
			t.Errorf("%s: %q and %d bytes, want %s", c.name, codes, out.Len(), c.want)
		}
	}
	waitFor(t, "the connections' end", func() bool { return len(r.present()) == 0 })
}

// TestHostWithoutAgent: it is started, waited for, and missed.
func TestHostWithoutAgent(t *testing.T) {
	dir, err := os.MkdirTemp("", "kyso-nh-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	failed := make(chan error, 1)
	failed <- errors.New("exit status 1")
	for name, start := range map[string]func() (<-chan error, error){
		"cannot be started": func() (<-chan error, error) { return nil, errors.New("no such file") },
		"ends at once":      func() (<-chan error, error) { return failed, nil },
		"none may be":       nil,
	} {
		var out bytes.Buffer
		began := time.Now()
		if err := Host(t.Context(), HostOptions{In: new(bytes.Buffer), Out: &out, Extension: asking, Start: start}); err == nil || time.Since(began) > startTime {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		if n := binary.LittleEndian.Uint32(out.Next(4)); int(n) != out.Len() || !strings.Contains(out.String(), `"AGENT_UNAVAILABLE"`) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}
