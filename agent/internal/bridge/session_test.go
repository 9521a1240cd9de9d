package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

func TestHelloComesFirst(t *testing.T) {
	a := newAgent(t, agentOptions{})
	for name, first := range map[string]string{
		"status":         `{"v":1,"id":"1","type":"request","method":"status"}`,
		"sign":           signRequest("1", 1, []byte("%PDF-")),
		"cancel":         `{"v":1,"id":"1","type":"cancel"}`,
		"credit":         `{"v":1,"type":"credit","credit":{"channel":1,"bytes":1}}`,
		"no params":      `{"v":1,"id":"1","type":"request","method":"hello"}`,
		"null params":    `{"v":1,"id":"1","type":"request","method":"hello","params":null}`,
		"unknown member": `{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x","origin":"https://eoffice.example"}}`,
		"upside down":    `{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":2,"maxVersion":1,"client":"x"}}`,
		"version 0":      `{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":0,"maxVersion":1,"client":"x"}}`,
		"envelope 2":     `{"v":2,"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x"}}`,
		"not JSON":       `hello`,
		"empty":          ``,
	} {
		p := a.open()
		p.send("%s", first)
		m := p.next()
		if m.Type != "error" || m.Error.Code != "BAD_REQUEST" {
			t.Errorf("%s: %+v", name, m)
		}
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	p := a.open()
	if err := p.chunk(1, []byte("%PDF-")); err != nil {
		t.Fatal(err)
	}
	p.wantError("", "BAD_REQUEST")
	p.wantClosed(websocket.ClosePolicyViolation)
}

func TestVersions(t *testing.T) {
	a := newAgent(t, agentOptions{})
	p := a.open()
	p.send(`{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":9,"client":"newer","nonce":%q,"key":%q}}`,
		origin.Encode(make([]byte, origin.NonceBytes)), origin.Encode(p.key.Public()))
	if m := p.next(); !strings.Contains(string(m.Result), `"version":1,`) || !strings.Contains(string(m.Result), `"product":"kyso"`) {
		t.Errorf("hello was answered %s", m.Result)
	}
	// A page from the future that speaks no version of ours.
	p = a.open()
	p.send(`{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":2,"maxVersion":9,"client":"newer"}}`)
	m := p.next()
	if m.Error.Code != "VERSION_UNSUPPORTED" || m.Error.MinVersion != 1 || m.Error.MaxVersion != 1 {
		t.Errorf("got %+v", m)
	}
	p.wantClosed(websocket.ClosePolicyViolation)
	// After hello no other version is listened to, and hello is said once.
	for _, frame := range []string{
		`{"v":2,"id":"2","type":"request","method":"status"}`,
		`{"v":2,"id":"2","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x"}}`,
	} {
		p = a.connect()
		p.send("%s", frame)
		p.wantError("2", "VERSION_UNSUPPORTED")
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	p = a.connect()
	p.send(`{"v":1,"id":"2","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"x"}}`)
	p.wantError("2", "BAD_REQUEST")
	p.wantClosed(websocket.ClosePolicyViolation)
}

// TestViolations: what is not the protocol ends the connection.
func TestViolations(t *testing.T) {
	a := newAgent(t, agentOptions{})
	for name, frame := range map[string]string{
		"unknown method":    `{"v":1,"id":"1","type":"request","method":"getCurrentLog"}`,
		"unknown type":      `{"v":1,"id":"1","type":"order","method":"status"}`,
		"unknown member":    `{"v":1,"id":"1","type":"request","method":"status","origin":"https://eoffice.example"}`,
		"another case":      `{"v":1,"id":"1","type":"request","Method":"status"}`,
		"a member twice":    `{"v":1,"id":"1","type":"request","method":"status","method":"status"}`,
		"twice in params":   `{"v":1,"id":"1","type":"request","method":"status","params":{"a":1,"a":1}}`,
		"agent's own frame": `{"v":1,"id":"1","type":"result","result":{}}`,
		"no id":             `{"v":1,"type":"request","method":"status"}`,
		"odd id":            `{"v":1,"id":"a b","type":"request","method":"status"}`,
		"long id":           `{"v":1,"id":"` + strings.Repeat("a", 65) + `","type":"request","method":"status"}`,
		"two values":        `{"v":1,"id":"1","type":"request","method":"status"}{}`,
		"no credit":         `{"v":1,"type":"credit"}`,
		"negative credit":   `{"v":1,"type":"credit","credit":{"channel":1,"bytes":-1}}`,
		"huge credit":       `{"v":1,"type":"credit","credit":{"channel":1,"bytes":9223372036854775807}}`,
		"stranger's credit": `{"v":1,"type":"credit","credit":{"channel":7,"bytes":1}}`,
		"array":             `[]`,
	} {
		p := a.connect()
		p.send("%s", frame)
		if m := p.next(); m.Error.Code != "BAD_REQUEST" {
			t.Errorf("%s: %+v", name, m)
		}
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	if strings.Contains(a.log.String(), "getCurrentLog") {
		t.Error("page data is in the log")
	}
}

// TestBadParams: a request that is not valid is answered, and the connection
// goes on.
func TestBadParams(t *testing.T) {
	a := newAgent(t, agentOptions{max: 1000})
	p := a.connect()
	document := func(s string) string { return `{"documents":[` + s + `]}` }
	for name, c := range map[string]struct{ method, params, code string }{
		"status with params": {"status", `{}`, "BAD_REQUEST"},
		"certificates":       {"certificates", `{"reader":1}`, "BAD_REQUEST"},
		"sign nothing":       {"sign", `{}`, "BAD_REQUEST"},
		"empty list":         {"sign", document(""), "BAD_REQUEST"},
		"channel 0":          {"sign", document(`{"channel":0,"name":"a.pdf","size":9}`), "BAD_REQUEST"},
		"same channel":       {"sign", document(`{"channel":1,"name":"a.pdf","size":9},{"channel":1,"name":"b.pdf","size":9}`), "BAD_REQUEST"},
		"no name":            {"sign", document(`{"channel":1,"name":" ","size":9}`), "BAD_REQUEST"},
		"path":               {"sign", document(`{"channel":1,"name":"../a.pdf","size":9}`), "BAD_REQUEST"},
		"Windows path":       {"sign", document(`{"channel":1,"name":"c:\\a.pdf","size":9}`), "BAD_REQUEST"},
		"direction trick":    {"sign", document(`{"channel":1,"name":"a\u202efdp.exe","size":9}`), "BAD_REQUEST"},
		"line feed":          {"sign", document(`{"channel":1,"name":"a\nb.pdf","size":9}`), "BAD_REQUEST"},
		"long name":          {"sign", document(`{"channel":1,"name":"` + strings.Repeat("a", 256) + `","size":9}`), "BAD_REQUEST"},
		"negative size":      {"sign", document(`{"channel":1,"name":"a.pdf","size":-9}`), "BAD_REQUEST"},
		"no bytes":           {"sign", document(`{"channel":1,"name":"a.pdf","size":0}`), "NOT_A_PDF"},
		"too large":          {"sign", document(`{"channel":1,"name":"a.pdf","size":1001}`), "TOO_LARGE"},
		"too large together": {"sign", document(strings.TrimSuffix(strings.Repeat(`{"channel":1,"name":"a.pdf","size":900},`, 5), ",")), "TOO_LARGE"},
		"digest":             {"sign", document(`{"channel":1,"name":"a.pdf","size":9,"sha256":"00"}`), "BAD_REQUEST"},
		"level":              {"sign", `{"level":"B-LTA","documents":[{"channel":1,"name":"a.pdf","size":9}]}`, "LEVEL_UNSUPPORTED"},
		"language":           {"sign", `{"language":"fr","documents":[{"channel":1,"name":"a.pdf","size":9}]}`, "BAD_REQUEST"},
		"consent by page":    {"sign", `{"headless":true,"documents":[{"channel":1,"name":"a.pdf","size":9}]}`, "BAD_REQUEST"},
		"PIN by page":        {"sign", `{"pin":"1234","documents":[{"channel":1,"name":"a.pdf","size":9}]}`, "BAD_REQUEST"},
		"evidence kind":      {"verify", `{"document":{"channel":1,"name":"a.pdf","size":9},"evidence":[{"channel":2,"kind":"url","size":9}]}`, "BAD_REQUEST"},
		"evidence size":      {"verify", `{"document":{"channel":1,"name":"a.pdf","size":9},"evidence":[{"channel":2,"kind":"crl","size":99999999}]}`, "TOO_LARGE"},
		"evidence channel":   {"verify", `{"document":{"channel":2,"name":"a.pdf","size":9},"evidence":[{"channel":1,"kind":"crl","size":9}]}`, "BAD_REQUEST"},
	} {
		p.send(`{"v":1,"id":"1","type":"request","method":%q,"params":%s}`, c.method, c.params)
		if m := p.next(); m.Error.Code != c.code || m.ID != "1" {
			t.Errorf("%s: %+v, want %s", name, m, c.code)
		}
	}
	p.send(`{"v":1,"id":"ok","type":"request","method":"status"}`)
	if m := p.next(); m.Type != "result" || m.ID != "ok" {
		t.Errorf("afterwards: %+v", m)
	}
}

func TestOversizedFrames(t *testing.T) {
	a := newAgent(t, agentOptions{})
	p := a.connect()
	p.send(`{"v":1,"id":"1","type":"request","method":"status"%s}`, strings.Repeat(" ", bridge.MaxControlBytes))
	p.wantClosed(websocket.ClosePolicyViolation)
	// Beyond the read limit the agent says nothing more; it may be gone before
	// the last byte is written.
	p = a.connect()
	p.send("%s", signRequest("1", 1, make([]byte, bridge.WindowBytes)))
	p.until("credit")
	p.chunk(1, make([]byte, bridge.ChunkBytes+1000))
	for {
		m, err := p.read()
		if err != nil {
			break
		}
		if m.Type != "progress" {
			t.Fatalf("an oversized frame was answered %+v", m)
		}
	}
	// A stranger's frames are smaller.
	p = a.open()
	p.send(`{"v":1,"id":"1","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":%q}}`, strings.Repeat("a", 5000))
	if m, err := p.read(); err == nil {
		t.Errorf("a stranger's long frame was answered %+v", m)
	}
	p = a.connect()
	if err := p.ws.WriteMessage(websocket.BinaryMessage, []byte{0, 0, 0, 1}); err != nil {
		t.Fatal(err)
	}
	p.wantClosed(websocket.ClosePolicyViolation)
}

func TestTimeouts(t *testing.T) {
	a := newAgent(t, agentOptions{timing: bridge.Timing{
		Hello: 100 * time.Millisecond, Idle: 300 * time.Millisecond, Ping: 20 * time.Millisecond, Stall: 100 * time.Millisecond, Pong: 200 * time.Millisecond}})
	if _, err := a.open().read(); err == nil {
		t.Error("a page that does not say hello was answered")
	}
	// Idle pages answer pings while they read, and are closed in the end.
	a.connect().wantClosed(websocket.CloseNormalClosure)
	// A page that announces a document and sends none gets an answer.
	p := a.connect()
	p.send("%s", signRequest("1", 1, []byte("%PDF-")))
	p.wantError("1", "TIMEOUT")
	// A page that does not answer pings is gone.
	p = a.connect()
	p.ws.SetPingHandler(func(string) error { return nil })
	if _, err := p.read(); err == nil {
		t.Error("a dead page was kept")
	}
}

func TestCredit(t *testing.T) {
	a := newAgent(t, agentOptions{})
	data := append(pdfOf(t, 1), make([]byte, 3<<20)...)
	// More than was granted ends the connection.
	p := a.connect()
	p.send("%s", signRequest("1", 1, data))
	if m := p.until("credit"); m.Credit.Bytes != bridge.WindowBytes {
		t.Errorf("first credit %d", m.Credit.Bytes)
	}
	go func() { // the agent may stop reading at any of these
		for range 8 {
			p.chunk(1, data[:bridge.ChunkBytes])
		}
	}()
	// It grants more as it takes them in: that is not a violation.
	if m := p.until("credit"); m.Credit.Bytes <= 0 || m.Credit.Bytes > bridge.WindowBytes {
		t.Errorf("further credit %d", m.Credit.Bytes)
	}
	// A channel that was never named, and one whose turn has not come.
	for _, channel := range []uint32{9, 2} {
		p := a.connect()
		p.send(`{"v":1,"id":"1","type":"request","method":"verify","params":{"document":{"channel":1,"name":"a.pdf","size":5},"evidence":[{"channel":2,"kind":"crl","size":5}]}}`)
		p.until("credit")
		if err := p.chunk(channel, []byte("bytes")); err != nil {
			t.Fatal(err)
		}
		p.wantError("", "BAD_REQUEST")
		p.wantClosed(websocket.ClosePolicyViolation)
	}
	// More bytes than announced.
	p = newAgent(t, agentOptions{}).connect()
	p.send("%s", signRequest("1", 1, []byte("%PDF-")))
	p.until("credit")
	if err := p.chunk(1, []byte("%PDF-1.7")); err != nil {
		t.Fatal(err)
	}
	p.wantError("", "BAD_REQUEST")
	p.wantClosed(websocket.ClosePolicyViolation)
}

// TestRequestsAtOnce: one connection has only so many requests under way, and
// an id only once.
func TestRequestsAtOnce(t *testing.T) {
	a := newAgent(t, agentOptions{person: waits})
	p := a.connect()
	verify := `{"v":1,"id":"%d","type":"request","method":"verify","params":{"document":{"channel":%d,"name":"a.pdf","size":5}}}`
	for i := 1; i <= 2; i++ {
		p.send(verify, i, i)
		p.until("credit")
	}
	data := pdfOf(t, 1)
	p.send("%s", signRequest("4", 4, data))
	p.upload(4, data)
	p.until("progress:waiting-for-person")
	p.send(`{"v":1,"id":"2","type":"cancel"}`)
	p.wantError("2", "CANCELLED")
	p.send(`{"v":1,"id":"7","type":"cancel"}`) // of nothing: no answer
	// What was granted to the cancelled document may still come.
	if err := p.chunk(2, []byte("bytes")); err != nil {
		t.Fatal(err)
	}
	p.send(`{"v":1,"id":"6","type":"request","method":"status"}`)
	if m := p.next(); !strings.Contains(string(m.Result), `"state":"busy"`) {
		t.Errorf("status while signing: %s", m.Result)
	}
	p.send(`{"v":1,"id":"5","type":"request","method":"certificates"}`)
	p.wantError("5", "BUSY") // the token is left alone
	p.send(`{"v":1,"id":"4","type":"cancel"}`)
	p.wantError("4", "CANCELLED")
	p.send(`{"v":1,"id":"5","type":"request","method":"certificates"}`)
	m := p.next()
	if m.Type != "result" || m.ID != "5" {
		t.Fatalf("got %+v", m)
	}
	for _, want := range []string{"Nguyễn Văn Thử", "Sở Thí dụ tỉnh Minh Họa", "CA Thí dụ", `"id":"token-1"`} {
		if !strings.Contains(string(m.Result), want) {
			t.Errorf("%s lacks %s", m.Result, want)
		}
	}
	if strings.Contains(string(m.Result), "CCCD") {
		t.Error("the citizen's identity number was given to the page")
	}
	p.send(verify, 1, 9)
	p.wantError("1", "BAD_REQUEST")
	p.wantClosed(websocket.ClosePolicyViolation)
}

// TestManyRequests leans against the bound on one connection.
func TestManyRequests(t *testing.T) {
	a := newAgent(t, agentOptions{})
	p := a.connect()
	for n := range 6 {
		p.send(`{"v":1,"id":"%d","type":"request","method":"verify","params":{"document":{"channel":%d,"name":"a.pdf","size":5}}}`, n, n+1)
	}
	for busy := 0; busy < 2; {
		if m := p.next(); m.Type == "error" && m.Error.Code == "BUSY" {
			busy++
		}
	}
}

// TestSlowVerification: two pages that announce documents and send none keep
// nobody from a verdict.
func TestSlowVerification(t *testing.T) {
	a := newAgent(t, agentOptions{})
	p := a.connect()
	for n := range 3 {
		p.send(`{"v":1,"id":"%d","type":"request","method":"verify","params":{"document":{"channel":%d,"name":"a.pdf","size":5}}}`, n, n+1)
		p.until("credit")
	}
	data := pdfOf(t, 1)
	q := a.connect()
	q.send(`{"v":1,"id":"v","type":"request","method":"verify","params":{"document":{"channel":1,"name":"a.pdf","size":%d}}}`, len(data))
	if m := q.transfer(map[uint32]io.Reader{1: bytes.NewReader(data)}); m.Type != "result" {
		t.Errorf("%+v", m)
	}
}

// waits answers nothing.
func waits(ctx context.Context, _ signing.Question) (signing.Approval, error) {
	<-ctx.Done()
	return signing.Approval{}, ctx.Err()
}

func TestAgentStops(t *testing.T) {
	var states []bridge.State
	a := newAgent(t, agentOptions{person: waits, change: func(s bridge.State) { states = append(states, s) }})
	p := a.connect()
	data := pdfOf(t, 1)
	p.send("%s", signRequest("1", 1, data))
	p.upload(1, data)
	p.until("progress:waiting-for-person")
	a.stop()
	p.wantClosed(websocket.CloseGoingAway)
	if len(states) < 4 || states[0] != (bridge.State{Connections: 1}) || states[1] != (bridge.State{Connections: 1, Signing: true}) || states[len(states)-1] != (bridge.State{}) {
		t.Errorf("states %+v", states)
	}
	if _, _, err := a.dial(nil); err == nil {
		t.Error("the port is still served")
	}
	if fmt.Sprint(a.server.Port()) == "0" {
		t.Error("no port")
	}
}

// TestViolationEndsRequests: a page that misbehaves while a person is asked
// closes the window at once, and nothing it sends keeps the connection open.
func TestViolationEndsRequests(t *testing.T) {
	closed := make(chan time.Time, 1)
	a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		<-ctx.Done()
		closed <- time.Now()
		return signing.Approval{}, ctx.Err()
	}})
	data := pdfOf(t, 1)
	p := a.connect()
	p.send("%s", signRequest("1", 1, data))
	p.upload(1, data)
	p.until("progress:waiting-for-person")
	// Without an answer to the close frame the agent reads on for a second: a
	// socket closed at once would be reset, and the page not see why.
	p.ws.SetCloseHandler(func(int, string) error { return nil })
	start := time.Now()
	p.send("nonsense")
	// Pongs would prolong the life of a page in good standing.
	stop := p.every(50*time.Millisecond, func() { p.ws.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)) })
	p.wantClosed(websocket.ClosePolicyViolation)
	select {
	case at := <-closed:
		if d := at.Sub(start); d > 500*time.Millisecond {
			t.Errorf("the window closed after %v", d)
		}
	case <-time.After(5 * time.Second):
		t.Error("the window stayed open")
	}
	p.ws.NetConn().SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := p.ws.NetConn().Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the socket is open still: %v", err)
	}
	if d := time.Since(start); d < 700*time.Millisecond || d > 2*time.Second {
		t.Errorf("the socket was closed after %v", d)
	}
	stop()
}
