package bridge_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/signing/signingtest"
)

const (
	loadConnections = 200
	loadDocuments   = 20
	// loadHeap bounds what agent and all its clients hold in this one process: a
	// piece of 64 kB for each connection that is amid a frame, the documents that
	// are signed one at a time, and the clients' own chunks. Agents that hold a
	// chunk for every connection, or a document, are beyond it.
	loadHeap = 64 << 20
)

// TestLoad: 200 connections, half of them hostile, and some as the honest site
// itself. The 20 documents of honest pages are all signed and arrive whole, and
// memory stays bounded.
func TestLoad(t *testing.T) {
	var origins []string
	for i := range 10 {
		origins = append(origins, fmt.Sprintf("https://so%d.example", i))
	}
	// Who owns a connection is looked up in the kernel's table of all of them: a
	// test of its own. Here it would measure the table.
	a := newAgent(t, agentOptions{person: signingtest.Agrees, origins: origins, rates: true, peer: func(netip.AddrPort, netip.AddrPort) error { return nil }})
	stop := make(chan struct{})
	var hostile sync.WaitGroup
	defer func() { close(stop); hostile.Wait() }()
	var attempts atomic.Int64
	for i := range loadConnections / 2 {
		h := enemy{port: a.server.Port(), url: a.server.URL(), from: origins[i%len(origins)], stop: stop}
		act := enemies[i%len(enemies)]
		hostile.Go(func() {
			for !h.over() {
				attempts.Add(1)
				act(&h)
				h.pause(50 * time.Millisecond)
			}
		})
	}
	peak := watchHeap(t)
	// The honest: most are open tabs, some sign.
	start := time.Now()
	var tabs []*page
	for i := range loadConnections / 2 {
		p := a.connectPatiently(origins[i%len(origins)])
		tabs = append(tabs, p)
	}
	data := largePDF(t)
	var honest sync.WaitGroup
	var arrived atomic.Int64
	for i, p := range tabs[:loadDocuments] {
		honest.Go(func() {
			m := p.patiently(func() message {
				p.send(`{"v":1,"id":"s","type":"request","method":"sign","params":{"documents":[{"channel":%d,"name":"a.pdf","size":%d,"sha256":"%s"}]}}`, p.count(), len(data), hexDigest(data))
				return p.transfer(map[uint32]io.Reader{uint32(p.counted): bytes.NewReader(data)})
			})
			got := p.got[uint32(p.counted)]
			if m.Type != "result" || got == nil || !bytes.HasPrefix(got.Bytes(), data) || !bytes.Contains(m.Result, []byte(hexDigest(got.Bytes()))) {
				t.Errorf("document %d: %+v", i, m)
				return
			}
			arrived.Add(1)
			p.send(`{"v":1,"id":"s","type":"done"}`)
		})
	}
	honest.Wait()
	if arrived.Load() != loadDocuments {
		t.Errorf("%d documents of %d arrived", arrived.Load(), loadDocuments)
	}
	most := peak()
	t.Logf("%d documents of %d kB in %v beside %d hostile connections made; heap at most %d MB", loadDocuments, len(data)>>10, time.Since(start).Round(time.Millisecond), attempts.Load(), most>>20)
	if most > loadHeap {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
}

// connectPatiently connects as often as it takes, with a site's connections of the
// minute used up.
func (a *agent) connectPatiently(from string) *page {
	a.t.Helper()
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		p := a.openFrom(from)
		p.hello()
		if p.authenticate() != "" {
			return p
		}
		p.ws.Close()
		if time.Since(start) > 60*time.Second {
			a.t.Fatal("no connection within a minute")
		}
	}
}

// patiently asks again while the site's requests of the minute are used up.
func (p *page) patiently(ask func() message) message {
	for start := time.Now(); ; {
		p.capabilities["sign"] = nil
		m := ask()
		if m.Error.Code != "RATE_LIMITED" && m.Error.Code != "BUSY" || time.Since(start) > 60*time.Second {
			return m
		}
		time.Sleep(time.Duration(max(m.Error.RetryAfter, 50)) * time.Millisecond)
	}
}

// watchHeap looks at the heap until the function it returns is called, which
// gives the most it saw.
func watchHeap(t *testing.T) (peak func() uint64) {
	var most atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		// Reading this stops nobody, as runtime.ReadMemStats does.
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
		for {
			metrics.Read(sample)
			most.Store(max(most.Load(), sample[0].Value.Uint64()+sample[1].Value.Uint64()))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	end := sync.OnceFunc(func() { close(stop); <-stopped })
	t.Cleanup(end)
	return func() uint64 { end(); return most.Load() }
}

// enemy is somebody hostile.
type enemy struct {
	port      int
	url, from string
	stop      chan struct{}
}

func (h *enemy) over() bool {
	select {
	case <-h.stop:
		return true
	default:
		return false
	}
}

func (h *enemy) pause(d time.Duration) {
	select {
	case <-h.stop:
	case <-time.After(d):
	}
}

// tcp gives a plain connection to f, and closes it.
func (h *enemy) tcp(f func(net.Conn)) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", h.port), time.Second)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	f(conn)
}

// ws gives a WebSocket of an allowed site to f, and closes it.
func (h *enemy) ws(f func(*websocket.Conn)) {
	ws, _, err := (&websocket.Dialer{HandshakeTimeout: time.Second}).Dial(h.url, http.Header{"Origin": {h.from}})
	if err != nil {
		return
	}
	defer ws.Close()
	ws.NetConn().SetDeadline(time.Now().Add(10 * time.Second))
	f(ws)
}

// until writes again and again until that fails or all is over.
func (h *enemy) until(pause time.Duration, write func() error) {
	for !h.over() && write() == nil {
		h.pause(pause)
	}
}

var enemies = []func(*enemy){
	// A handshake that never ends.
	func(h *enemy) {
		h.tcp(func(c net.Conn) {
			io.WriteString(c, "GET /kyso/v1 HTTP/1.1\r\nHost: x\r\n")
			h.until(100*time.Millisecond, func() error { _, err := io.WriteString(c, "X-A: b\r\n"); return err })
		})
	},
	// Nothing at all.
	func(h *enemy) { h.tcp(func(net.Conn) { h.pause(2 * time.Second) }) },
	// Silence once it is a WebSocket.
	func(h *enemy) { h.ws(func(*websocket.Conn) { h.pause(2 * time.Second) }) },
	// Frames as long as they can be announced.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			header := []byte{0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4} // 1 GB, masked
			ws.NetConn().Write(header)
			h.until(time.Millisecond, func() error { _, err := ws.NetConn().Write(make([]byte, 1<<16)); return err })
		})
	},
	// Noise in place of frames.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			noise := make([]byte, 4096)
			for i := range noise {
				noise[i] = byte(rand.Uint32())
			}
			h.until(time.Millisecond, func() error { _, err := ws.NetConn().Write(noise); return err })
		})
	},
	// Text that is no frame of the protocol.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			h.until(time.Millisecond, func() error { return ws.WriteMessage(websocket.TextMessage, []byte(`{"v":1,"type":"order"}`)) })
		})
	},
	// Bytes nobody granted.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			chunk := append(binary.BigEndian.AppendUint32(nil, 1), make([]byte, bridge.ChunkBytes)...)
			h.until(time.Millisecond, func() error { return ws.WriteMessage(websocket.BinaryMessage, chunk) })
		})
	},
	// Pings without end.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			h.until(time.Millisecond, func() error { return ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) })
		})
	},
	// A site nobody allowed.
	func(h *enemy) {
		stranger := *h
		stranger.from = "https://evil.example"
		stranger.ws(func(*websocket.Conn) {})
	},
	// Hello after hello.
	func(h *enemy) {
		h.ws(func(ws *websocket.Conn) {
			hello := []byte(`{"v":1,"id":"h","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x","nonce":"","key":""}}`)
			h.until(time.Millisecond, func() error { return ws.WriteMessage(websocket.TextMessage, hello) })
		})
	},
}
