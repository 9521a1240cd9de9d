package vgca_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/vgca"
)

// handshake sends a handshake by hand, which no library can tidy up, and returns
// the status.
func (a *agent) handshake(t *testing.T, path string, headers ...string) int {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.server.Port()), &tls.Config{RootCAs: a.roots})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\n%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", path, strings.Join(headers, "\r\n"))
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode
}

// TestGate: nobody but an allowed page's browser gets in.
func TestGate(t *testing.T) {
	peer := errors.New("another user's")
	var refusePeer atomic.Bool
	a := newAgent(t, setting{person: func(context.Context, signing.Question) (signing.Approval, error) {
		t.Error("the person was asked")
		return signing.Approval{}, nil
	}, change: func(o *vgca.Options) {
		o.Peer = func(remote, local netip.AddrPort) error {
			if !remote.Addr().IsLoopback() || local.Port() == 0 {
				t.Errorf("peer %s to %s", remote, local)
			}
			if refusePeer.Load() {
				return peer
			}
			return nil
		}
	}})
	host := fmt.Sprintf("Host: 127.0.0.1:%d", a.server.Port())
	site := "Origin: " + a.office.URL
	for name, c := range map[string]struct {
		path    string
		headers []string
		want    int
	}{
		"as a page":         {"/GetVersion", []string{host, site}, 101},
		"localhost":         {"/GetVersion", []string{fmt.Sprintf("Host: localhost:%d", a.server.Port()), site}, 101},
		"no Origin":         {"/GetVersion", []string{host}, 403},
		"null":              {"/GetVersion", []string{host, "Origin: null"}, 403},
		"empty":             {"/GetVersion", []string{host, "Origin: "}, 403},
		"file":              {"/GetVersion", []string{host, "Origin: file://"}, 403},
		"extension":         {"/GetVersion", []string{host, "Origin: chrome-extension://abcdefghijklmnop"}, 403},
		"two":               {"/GetVersion", []string{host, site, site}, 403},
		"foreign":           {"/GetVersion", []string{host, "Origin: https://evil.example"}, 403},
		"begins like it":    {"/GetVersion", []string{host, site + ".evil.example"}, 403},
		"another port":      {"/GetVersion", []string{host, "Origin: https://127.0.0.1"}, 403},
		"http":              {"/GetVersion", []string{host, strings.Replace(site, "https", "http", 1)}, 403},
		"capitals":          {"/GetVersion", []string{host, strings.Replace(site, "https", "HTTPS", 1)}, 403},
		"a path":            {"/GetVersion", []string{host, site + "/"}, 403},
		"two in one":        {"/GetVersion", []string{host, site + ", https://evil.example"}, 403},
		"rebinding Host":    {"/GetVersion", []string{fmt.Sprintf("Host: evil.example:%d", a.server.Port()), site}, 403},
		"Host without port": {"/GetVersion", []string{"Host: 127.0.0.1", site}, 403},
		"Host another port": {"/GetVersion", []string{"Host: 127.0.0.1:80", site}, 403},
		"Host ends like it": {"/GetVersion", []string{fmt.Sprintf("Host: 127.0.0.1.evil.example:%d", a.server.Port()), site}, 403},
		"another path":      {"/", []string{host, site}, 403},
		"unknown method":    {"/SignEverything", []string{host, site}, 403},
		"method in another": {"/x/GetVersion", []string{host, site}, 403},
		"method in lower":   {"/getversion", []string{host, site}, 403},
		"a query":           {"/GetVersion?x", []string{host, site}, 403},
		"the bridge's path": {"/kyso/v1", []string{host, site}, 403},
		"long header":       {"/GetVersion", []string{host, site, "X: " + strings.Repeat("a", 16<<10)}, 431},
	} {
		t.Run(name, func(t *testing.T) {
			if got := a.handshake(t, c.path, c.headers...); got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
		})
	}
	t.Run("another user", func(t *testing.T) {
		refusePeer.Store(true)
		defer refusePeer.Store(false)
		if got := a.handshake(t, "/GetCertInfo", host, site); got != 403 {
			t.Errorf("status %d", got)
		}
	})
	t.Run("no WebSocket", func(t *testing.T) {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.roots}, DisableKeepAlives: true}}
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r, err := http.NewRequest(method, strings.Replace(a.url("GetCertInfo"), "wss", "https", 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", a.office.URL)
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != http.StatusForbidden || len(body) > 0 || answer.Header.Get("Access-Control-Allow-Origin") != "" || answer.Header.Get("Access-Control-Allow-Private-Network") != "" {
				t.Errorf("%s: %d %q %v %v", method, answer.StatusCode, body, answer.Header, err)
			}
		}
	})
	t.Run("without TLS", func(t *testing.T) {
		ws, _, err := websocket.DefaultDialer.Dial(fmt.Sprintf("ws://127.0.0.1:%d/GetVersion", a.server.Port()), http.Header{"Origin": {a.office.URL}})
		if err == nil {
			ws.Close()
			t.Error("answered without TLS")
		}
	})
}

// TestLoopbackOnly: no other address of this machine answers.
func TestLoopbackOnly(t *testing.T) {
	a := newAgent(t, setting{})
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	others := 0
	for _, address := range addresses {
		ip, _, err := net.ParseCIDR(address.String())
		if err != nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			continue
		}
		others++
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), fmt.Sprint(a.server.Port())), 5*time.Second)
		if err == nil {
			conn.Close()
			t.Errorf("%s answers", ip)
		}
	}
	if others == 0 {
		t.Log("this machine has no other address") // 127.0.0.2 is asked in any case
	}
	if conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.2:%d", a.server.Port()), 5*time.Second); err == nil {
		conn.Close()
		t.Error("127.0.0.2 answers")
	}
	for _, address := range []string{"127.0.0.1", "::1"} {
		if address == "::1" && !hasIPv6(t) {
			continue
		}
		conn, err := tls.Dial("tcp", net.JoinHostPort(address, fmt.Sprint(a.server.Port())), &tls.Config{RootCAs: a.roots})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		conn.Close()
	}
}

func hasIPv6(t *testing.T) bool {
	t.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// TestHostileFrames: none of this is answered, and none of it harms the next.
func TestHostileFrames(t *testing.T) {
	a := newAgent(t, setting{})
	a.server.SetTiming(3*time.Second, 20*time.Second)
	open := func() *websocket.Conn {
		t.Helper()
		ws, _, err := a.dialer().Dial(a.url("SignApproved"), http.Header{"Origin": {a.office.URL}})
		if err != nil {
			t.Fatal(err)
		}
		ws.SetReadDeadline(time.Now().Add(20 * time.Second))
		return ws
	}
	for name, send := range map[string]func(ws *websocket.Conn) error{
		"binary": func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.BinaryMessage, []byte("{}")) },
		"oversized": func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, make([]byte, vgca.MaxFrameBytes+1))
		},
		"silent": func(*websocket.Conn) error { return nil },
		"endless": func(ws *websocket.Conn) error {
			w, err := ws.NextWriter(websocket.TextMessage)
			if err != nil {
				return err
			}
			for range 400 { // fragment after fragment, slower than is waited for
				if _, err := w.Write(make([]byte, 8192)); err != nil {
					return nil
				}
				time.Sleep(20 * time.Millisecond)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			ws := open()
			defer ws.Close()
			if err := send(ws); err != nil && name != "oversized" {
				t.Fatal(err)
			}
			if _, b, err := ws.ReadMessage(); err == nil {
				t.Errorf("answered %s", b)
			}
		})
	}
	for _, question := range []string{"", "{", "[[[[", `{"FileName":` + strings.Repeat("[", 100000), "\x00", "null", `{"FileName":1e999}`, `{"FileName":"\ud800"}`} {
		if r := a.call("SignApproved", question); *r.Status == 0 {
			t.Errorf("%.40q: %+v", question, r)
		}
	}
	if text := a.ask("GetVersion", "GetVersion"); !strings.Contains(text, "Kyso") {
		t.Errorf("%s", text)
	}
}

// TestGone: a page that goes away takes its question with it.
func TestGone(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	a := newAgent(t, setting{person: func(ctx context.Context, _ signing.Question) (signing.Approval, error) {
		close(asked)
		<-ctx.Done()
		close(left)
		return signing.Approval{}, ctx.Err()
	}})
	ws, _, err := a.dialer().Dial(a.url("SignPDF"), http.Header{"Origin": {a.office.URL}})
	if err != nil {
		t.Fatal(err)
	}
	document := a.office.put("/a.pdf", pdfOf(t, 1))
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`)); err != nil {
		t.Fatal(err)
	}
	wait(t, asked, "the question")
	// Meanwhile another is told to wait.
	a.wantFailed(a.call("SignPDF", `{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`), "BUSY", "yêu cầu khác")
	a.wantFailed(a.call("SignMsg", "eA=="), "BUSY", "yêu cầu khác")
	ws.Close()
	wait(t, left, "the end of the question")
	if n := len(a.office.taken()); n != 0 {
		t.Errorf("%d uploads", n)
	}
}

// TestSecondQuestion: a connection is for one; a second ends it.
func TestSecondQuestion(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	a := newAgent(t, setting{data: func(ctx context.Context, _ signing.DataQuestion) (signing.Approval, error) {
		close(asked)
		<-ctx.Done()
		close(left)
		return signing.Approval{}, ctx.Err()
	}})
	ws, _, err := a.dialer().Dial(a.url("SignMsg"), http.Header{"Origin": {a.office.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for i := range 2 {
		if err := ws.WriteMessage(websocket.TextMessage, []byte("eA==")); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			wait(t, asked, "the question")
		}
	}
	wait(t, left, "the end of the question")
}

func wait(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("waited in vain for %s", what)
	}
}

// TestFlood: one site has so many connections, and so many a minute.
func TestFlood(t *testing.T) {
	a := newAgent(t, setting{})
	var open []*websocket.Conn
	defer func() {
		for _, ws := range open {
			ws.Close()
		}
	}()
	refused := 0
	for range 2 * vgca.RateBurst {
		ws, r, err := a.dialer().Dial(a.url("GetVersion"), http.Header{"Origin": {a.office.URL}})
		if err == nil {
			open = append(open, ws)
			continue
		}
		if r != nil && r.StatusCode == http.StatusForbidden {
			refused++
		}
	}
	if len(open) > vgca.MaxPerOrigin || refused == 0 {
		t.Errorf("%d open, %d refused", len(open), refused)
	}
}

// TestSlowAndSilent: many connections that say nothing, or TLS and nothing, hold
// nobody up for long.
func TestSlowAndSilent(t *testing.T) {
	a := newAgent(t, setting{})
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for i := range 40 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.server.Port()))
		if err != nil {
			continue
		}
		open = append(open, conn)
		if i%2 == 0 {
			go func() {
				c := tls.Client(conn, &tls.Config{RootCAs: a.roots, ServerName: "127.0.0.1"})
				c.SetDeadline(time.Now().Add(20 * time.Second))
				if c.Handshake() == nil {
					io.WriteString(c, "GET /GetVersion HTTP/1.1\r\nHost: ")
				}
			}()
		}
	}
	began := time.Now()
	if text := a.ask("GetVersion", "GetVersion"); !strings.Contains(text, "Kyso") || time.Since(began) > 15*time.Second {
		t.Errorf("%s after %s", text, time.Since(began))
	}
}

// TestWornDown: a site that is refused again and again has to wait.
func TestWornDown(t *testing.T) {
	var asked atomic.Int32
	a := newAgent(t, setting{data: func(context.Context, signing.DataQuestion) (signing.Approval, error) {
		asked.Add(1)
		return signing.Approval{}, nil
	}})
	for range 3 {
		a.wantFailed(a.call("SignMsg", "eA=="), "REFUSED", "từ chối")
	}
	a.wantFailed(a.call("SignMsg", "eA=="), "BUSY", "nửa phút")
	a.wantFailed(a.call("Auth", "x"), "BUSY", "nửa phút")
	if n := asked.Load(); n != 3 {
		t.Errorf("asked %d times", n)
	}
}

// TestPanic: a fault ends its question and not the agent, and says nothing of
// itself.
func TestPanic(t *testing.T) {
	a := newAgent(t, setting{data: func(context.Context, signing.DataQuestion) (signing.Approval, error) { panic("secret 1234") }})
	text := a.ask("SignMsg", "eA==")
	if strings.Contains(text, "secret") || !strings.Contains(text, "INTERNAL") {
		t.Errorf("%s", text)
	}
	if text := a.ask("GetVersion", "GetVersion"); !strings.Contains(text, "Kyso") {
		t.Errorf("%s", text)
	}
}

// TestCrowd: honest questions are answered beside hostile ones, within bounds.
func TestCrowd(t *testing.T) {
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a := newAgent(t, setting{keys: token})
	document := a.office.put("/a.pdf", pdfOf(t, 1))
	var hostile sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		hostile.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if ws, _, err := a.dialer().Dial(a.url("SignApproved"), http.Header{"Origin": {"https://evil.example"}}); err == nil {
					ws.Close()
					t.Error("a foreign site got in")
				}
			}
		})
	}
	for range 10 {
		if r := a.call("SignPDF", `{"FileName":"`+document+`","FileUploadHandler":"`+a.office.handler()+`"}`); *r.Status != 0 {
			t.Errorf("%+v", r)
		}
	}
	close(stop)
	hostile.Wait()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if n := len(a.office.taken()); n != 10 || m.HeapAlloc > 200<<20 {
		t.Errorf("%d uploads, %d bytes of heap", n, m.HeapAlloc)
	}
}
