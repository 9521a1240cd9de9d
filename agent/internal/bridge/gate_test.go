package bridge_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/signature/verify"
)

// handshake sends a request as a raw client may write it, and returns the whole
// answer.
func (a *agent) handshake(t *testing.T, line, host string, headers ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.server.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	text := line + " HTTP/1.1\r\n"
	if host != "" {
		text += "Host: " + host + "\r\n"
	}
	text += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	for _, h := range headers {
		text += h + "\r\n"
	}
	if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	status, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(status, "101") {
		return status
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return status + string(rest)
}

func TestForgedHandshakes(t *testing.T) {
	a := newAgent(t, agentOptions{})
	host := fmt.Sprintf("127.0.0.1:%d", a.server.Port())
	good := "Origin: " + site
	for _, h := range []string{host, fmt.Sprintf("localhost:%d", a.server.Port()), fmt.Sprintf("[::1]:%d", a.server.Port())} {
		if got := a.handshake(t, "GET /kyso/v1", h, good); !strings.Contains(got, "101") {
			t.Errorf("host %s: %q", h, got)
		}
	}
	var refusals []string
	for name, c := range map[string]struct {
		line, host string
		headers    []string
	}{
		"no origin":        {"GET /kyso/v1", host, nil},
		"null":             {"GET /kyso/v1", host, []string{"Origin: null"}},
		"empty":            {"GET /kyso/v1", host, []string{"Origin:"}},
		"file":             {"GET /kyso/v1", host, []string{"Origin: file://"}},
		"foreign":          {"GET /kyso/v1", host, []string{"Origin: https://evil.example"}},
		"http":             {"GET /kyso/v1", host, []string{"Origin: http://eoffice.example"}},
		"suffix":           {"GET /kyso/v1", host, []string{"Origin: https://eoffice.example.evil.example"}},
		"prefix":           {"GET /kyso/v1", host, []string{"Origin: https://evil-eoffice.example"}},
		"subdomain":        {"GET /kyso/v1", host, []string{"Origin: https://a.eoffice.example"}},
		"port":             {"GET /kyso/v1", host, []string{"Origin: https://eoffice.example:444"}},
		"extension":        {"GET /kyso/v1", host, []string{"Origin: chrome-extension://abcdefghijklmnopabcdefghijklmnop"}},
		"two origins":      {"GET /kyso/v1", host, []string{good, "Origin: https://evil.example"}},
		"trailing slash":   {"GET /kyso/v1", host, []string{good + "/"}},
		"rebinding":        {"GET /kyso/v1", fmt.Sprintf("eoffice.example:%d", a.server.Port()), []string{good}},
		"host other port":  {"GET /kyso/v1", "127.0.0.1:1", []string{good}},
		"host no port":     {"GET /kyso/v1", "127.0.0.1", []string{good}},
		"host look-alike":  {"GET /kyso/v1", fmt.Sprintf("127.0.0.1.nip.example:%d", a.server.Port()), []string{good}},
		"host 127.0.0.2":   {"GET /kyso/v1", fmt.Sprintf("127.0.0.2:%d", a.server.Port()), []string{good}},
		"absolute request": {fmt.Sprintf("GET http://evil.example:%d/kyso/v1", a.server.Port()), host, []string{good}},
		"path":             {"GET /", host, []string{good}},
		"path above":       {"GET /kyso/v1/", host, []string{good}},
		"query":            {"GET /kyso/v1?origin=" + site, host, []string{good}},
		"method":           {"POST /kyso/v1", host, []string{good, "Content-Length: 0"}},
	} {
		got := a.handshake(t, c.line, c.host, c.headers...)
		if !strings.HasPrefix(got, "HTTP/1.1 403 ") {
			t.Errorf("%s: %s", name, clean(got))
		}
		_, body, _ := strings.Cut(got, "\r\n\r\n")
		if body != "" || strings.Contains(strings.ToLower(got), "kyso") || strings.Contains(strings.ToLower(got), "access-control") {
			t.Errorf("%s: the refusal reveals something: %s", name, clean(got))
		}
		// All refusals are alike, but for the date.
		var lines []string
		for _, l := range strings.Split(got, "\r\n") {
			if !strings.HasPrefix(l, "Date:") {
				lines = append(lines, l)
			}
		}
		refusals = append(refusals, strings.Join(lines, "|"))
	}
	for _, r := range refusals {
		if r != refusals[0] {
			t.Errorf("refusals differ: %q and %q", r, refusals[0])
		}
	}
	// An ordinary request of an allowed page is refused like any other.
	request, _ := http.NewRequest(http.MethodGet, "http://"+host+"/kyso/v1", nil)
	request.Header.Set("Origin", site)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("plain request: %s", response.Status)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// TestListensOnLoopbackAlone: the machine's other addresses do not answer.
func TestListensOnLoopbackAlone(t *testing.T) {
	a := newAgent(t, agentOptions{})
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range addresses {
		ip := addr.(*net.IPNet).IP
		if ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			continue
		}
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), fmt.Sprint(a.server.Port())), time.Second)
		if err == nil {
			conn.Close()
			t.Errorf("%s answers", ip)
		}
	}
}

// TestNextPort: a port somebody has is passed over, and without a free one
// there is an error.
func TestNextPort(t *testing.T) {
	a := newAgent(t, agentOptions{})
	taken := a.server.Port()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	next := free.Addr().(*net.TCPAddr).Port
	free.Close()
	for _, c := range []struct {
		ports []int
		want  int
	}{{[]int{taken, next}, next}, {[]int{taken}, 0}} {
		s, err := bridge.NewServer(bridge.Options{Signing: a.service, Key: a.key, Sites: origin.List{}, Policy: func() verify.Policy { return verify.Policy{} }, Ports: c.ports, SpoolDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Listen()
		if (err == nil) != (c.want != 0) || err == nil && s.Port() != c.want {
			t.Errorf("%v: port %d, %v", c.ports, s.Port(), err)
		}
		s.Close()
	}
}

// TestSpoolFolder: what a crash left is removed, the folder is private, and a
// link somebody put in its place is not followed.
func TestSpoolFolder(t *testing.T) {
	a := newAgent(t, agentOptions{})
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	base, elsewhere := t.TempDir(), t.TempDir()
	kept := filepath.Join(elsewhere, "kept")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(base, fmt.Sprint(port))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := bridge.NewServer(bridge.Options{Signing: a.service, Key: a.key, Sites: origin.List{}, Policy: func() verify.Policy { return verify.Policy{} }, Ports: []int{port}, SpoolDir: base})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Listen(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(s.TestOnlySpoolDir())
		if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info, err)
		}
		if _, err := os.Stat(filepath.Join(s.TestOnlySpoolDir(), "left")); err == nil {
			t.Error("a file of an earlier run is still there")
		}
		if err := os.WriteFile(filepath.Join(s.TestOnlySpoolDir(), "left"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		// As after a crash: the port is free, the folder is not removed.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		dir := s.TestOnlySpoolDir()
		if err := s.Serve(ctx); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "left"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("the link was followed: %v", err)
	}
}

// TestTooManyConnections: pages that have authenticated themselves have their
// share, and strangers what is left over.
func TestTooManyConnections(t *testing.T) {
	origins := []string{site, "https://other.example"}
	a := newAgent(t, agentOptions{origins: origins})
	dial := func(from string) (*websocket.Conn, error) {
		ws, response, err := a.dial(http.Header{"Origin": {from}})
		if err != nil && (response == nil || response.StatusCode != http.StatusForbidden) {
			t.Fatal(err)
		}
		if err == nil {
			t.Cleanup(func() { ws.Close() })
		}
		return ws, err
	}
	// Strangers push each other out, the oldest first.
	var strangers []*websocket.Conn
	for range bridge.MaxPerOrigin + 1 {
		ws, err := dial(site)
		if err != nil {
			t.Fatal(err)
		}
		strangers = append(strangers, ws)
	}
	strangers[0].SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := strangers[0].ReadMessage(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the oldest stranger: %v", err)
	}
	// Pages push them out too, and no page another.
	var pages []*page
	for range bridge.MaxPerOrigin {
		pages = append(pages, a.connect())
	}
	if _, err := dial(site); err == nil {
		t.Error("one origin has more connections than its share")
	}
	if _, err := dial(origins[1]); err != nil {
		t.Error("and keeps another out")
	}
	for i, p := range pages {
		p.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
		if m := p.next(); m.Type != "result" {
			t.Errorf("page %d: %+v", i, m)
		}
	}
	// Room is made when one leaves.
	pages[0].ws.Close()
	waitFor(t, "a free place", func() bool {
		_, err := dial(site)
		return err == nil
	})
}

// TestSilentSockets: connections that say nothing keep no page out, however many
// they are.
func TestSilentSockets(t *testing.T) {
	a := newAgent(t, agentOptions{})
	first := a.connect()
	for range bridge.MaxSockets + 50 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.server.Port()))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for _, p := range []*page{first, a.connect()} {
		p.send(`{"v":1,"id":"1","type":"request","method":"status"}`)
		if m := p.next(); m.Type != "result" {
			t.Errorf("%+v", m)
		}
	}
}
