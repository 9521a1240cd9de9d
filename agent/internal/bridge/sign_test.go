package bridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/verify"
)

// TestSignOverTheBridge goes the whole road: two documents to the agent, one
// consent, two signed documents back, and a verdict on one of them.
func TestSignOverTheBridge(t *testing.T) {
	var asked signing.Question
	a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		asked = q
		return signingtest.Agrees(ctx, q)
	}})
	p := a.connect()
	one, two := pdfOf(t, 1), pdfOf(t, 2)
	p.send(`{"v":1,"id":"s","type":"request","method":"sign","params":{"documents":[
		{"channel":1,"name":"công văn.pdf","size":%d,"sha256":"%s"},{"channel":2,"name":"phụ lục.pdf","size":%d}],"reason":"Phê duyệt","language":"en"}}`,
		len(one), hexDigest(one), len(two))
	m := p.transfer(map[uint32]io.Reader{1: bytes.NewReader(one), 2: bytes.NewReader(two)})
	if m.Type != "result" || m.ID != "s" {
		t.Fatalf("%+v", m)
	}
	if asked.Origin != site || asked.Language != "en" || asked.Reason != "Phê duyệt" || len(asked.Documents) != 2 || asked.Documents[1].Pages != 2 || asked.Documents[0].Name != "công văn.pdf" {
		t.Errorf("asked %+v", asked)
	}
	var result struct {
		Documents []struct {
			Channel uint32
			Size    int64
			SHA256  string
			Field   string
		}
		Certificate struct{ ID, Holder string }
	}
	if err := json.Unmarshal(m.Result, &result); err != nil {
		t.Fatal(err)
	}
	if result.Certificate.ID != "token-1" || len(result.Documents) != 2 {
		t.Fatalf("%s", m.Result)
	}
	for i, original := range [][]byte{one, two} {
		d := result.Documents[i]
		signed := p.got[d.Channel].Bytes()
		if !bytes.HasPrefix(signed, original) || int64(len(signed)) != d.Size || hexDigest(signed) != d.SHA256 || d.Field == "" {
			t.Errorf("document %d: %d bytes, result %+v", i, len(signed), d)
		}
	}
	signed := p.got[1].Bytes()
	ca := a.token.Identity.Chain[0].Raw
	p.send(`{"v":1,"id":"v","type":"request","method":"verify","params":{"document":{"channel":5,"name":"a.pdf","size":%d},"evidence":[{"channel":6,"kind":"certificate","size":%d}]}}`, len(signed), len(ca))
	m = p.transfer(map[uint32]io.Reader{5: bytes.NewReader(signed), 6: bytes.NewReader(ca)})
	var verdict struct{ Report verify.Report }
	if err := json.Unmarshal(m.Result, &verdict); err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	r := verdict.Report
	// No anchor was handed in, so it is whole and not passed.
	if r.File != "a.pdf" || r.Verdict != verify.Indeterminate || len(r.Signatures) != 1 || !r.Signatures[0].Valid || r.Signatures[0].Trusted {
		t.Errorf("%s", m.Result)
	}
}

func TestRefusalsReachThePage(t *testing.T) {
	good := pdfOf(t, 1)
	for name, c := range map[string]struct {
		data   []byte
		person signingtest.Person
		code   string
		tries  int
	}{
		"not a PDF": {[]byte("just text"), nil, "NOT_A_PDF", 0},
		"truncated": {good[:len(good)/2], nil, "DAMAGED_PDF", 0},
		"refused": {good, func(context.Context, signing.Question) (signing.Approval, error) {
			return signing.Approval{}, nil
		}, "REFUSED", 0},
		"wrong PIN": {good, func(_ context.Context, q signing.Question) (signing.Approval, error) {
			return signing.Approval{Approved: true, CertificateID: q.Identities[0].ID, PIN: []byte("0000")}, nil
		}, "PIN_INCORRECT", 1},
		"panic in a part": {good, func(context.Context, signing.Question) (signing.Approval, error) { panic("odd") }, "INTERNAL", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, agentOptions{person: c.person})
			p := a.connect()
			p.send("%s", signRequest("1", 1, c.data))
			p.upload(1, c.data)
			p.wantError("1", c.code)
			if tries, open, signs := a.token.Counts(); tries != c.tries || open != 0 || signs != 0 {
				t.Errorf("%d PINs, %d keys open, %d signatures", tries, open, signs)
			}
			// The agent goes on.
			p.send(`{"v":1,"id":"2","type":"request","method":"status"}`)
			if m := p.next(); m.Type != "result" {
				t.Errorf("afterwards %+v", m)
			}
		})
	}
	t.Run("other bytes than announced", func(t *testing.T) {
		a := newAgent(t, agentOptions{})
		p := a.connect()
		p.send("%s", signRequest("1", 1, good))
		p.upload(1, make([]byte, len(good)))
		p.wantError("1", "DOCUMENT_CHANGED")
	})
}

// TestCancelEverywhere cancels a request in each state it can be in.
func TestCancelEverywhere(t *testing.T) {
	waiting := make(chan struct{}, 1)
	closed := make(chan struct{}, 1)
	a := newAgent(t, agentOptions{person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		if q.Reason != "ask" {
			return signingtest.Agrees(ctx, q)
		}
		waiting <- struct{}{}
		<-ctx.Done()
		closed <- struct{}{}
		return signing.Approval{}, ctx.Err()
	}})
	data := pdfOf(t, 1)
	p := a.connect()
	channel := uint32(0)
	request := func(reason string) {
		channel++
		p.send(`{"v":1,"id":"r","type":"request","method":"sign","params":{"documents":[{"channel":%d,"name":"a.pdf","size":%d}],"reason":%q}}`, channel, len(data), reason)
	}
	cancelled := func() {
		t.Helper()
		p.send(`{"v":1,"id":"r","type":"cancel"}`)
		p.wantError("r", "CANCELLED")
	}
	// Before a byte has come, and in the middle of the document.
	request("")
	p.until("credit")
	cancelled()
	request("")
	p.until("credit")
	if err := p.chunk(channel, data[:10]); err != nil {
		t.Fatal(err)
	}
	cancelled()
	// While the person is asked: the window closes.
	request("ask")
	p.upload(channel, data)
	p.until("progress:waiting-for-person")
	<-waiting
	cancelled()
	<-closed
	// While the signed document is on its way.
	request("")
	p.upload(channel, data)
	p.until("document")
	p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":10}}`, channel)
	p.until("chunk")
	cancelled()
	// And the agent is as ready as before.
	request("")
	m := p.transfer(map[uint32]io.Reader{channel: bytes.NewReader(data)})
	if m.Type != "result" {
		t.Fatalf("%+v", m)
	}
	if _, open, signs := a.token.Counts(); open != 0 || signs != 2 {
		t.Errorf("%d keys open, %d signatures", open, signs)
	}
}

// TestPageLeavesWhileAsked: nobody is asked on behalf of a page that has gone. One
// that closes its connection has gone at once; one that has vanished may come back
// for a while.
func TestPageLeavesWhileAsked(t *testing.T) {
	for name, leave := range map[string]func(*websocket.Conn){
		"killed": func(ws *websocket.Conn) { ws.NetConn().Close() },
		"left": func(ws *websocket.Conn) {
			ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
		},
		"closed without a code": func(ws *websocket.Conn) { ws.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second)) },
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			timing := bridge.Timing{Away: time.Hour}
			if name == "killed" {
				timing.Away = 100 * time.Millisecond
			}
			a := newAgent(t, agentOptions{timing: timing, person: func(ctx context.Context, q signing.Question) (signing.Approval, error) {
				<-ctx.Done()
				close(closed)
				return signingtest.Agrees(ctx, q)
			}})
			data := pdfOf(t, 1)
			p := a.connect()
			p.send("%s", signRequest("1", 1, data))
			p.upload(1, data)
			p.until("progress:waiting-for-person")
			leave(p.ws)
			select {
			case <-closed:
			case <-time.After(20 * time.Second):
				t.Fatal("the window stayed open")
			}
			waitFor(t, "the request to end", func() bool { return !a.service.Busy() && a.server.TestOnlyTickets() == 0 })
			if tries, _, signs := a.token.Counts(); tries != 0 || signs != 0 {
				t.Errorf("%d PINs tried, %d signatures", tries, signs)
			}
		})
	}
}

// TestSlowPage: a page that takes nothing is given up, and its document with
// it.
func TestSlowPage(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees, timing: bridge.Timing{Stall: 100 * time.Millisecond}})
	data := pdfOf(t, 1)
	p := a.connect()
	p.send("%s", signRequest("1", 1, data))
	p.upload(1, data)
	p.until("document")
	p.wantError("1", "TIMEOUT")
	if a.service.Busy() {
		t.Error("the slow page holds the agent")
	}
}

// TestTricklingPage: a page that always sends or takes a little is given up
// too, and gives back its place.
func TestTricklingPage(t *testing.T) {
	data := pdfOf(t, 1)
	verifyRequest := fmt.Sprintf(`{"v":1,"id":"1","type":"request","method":"verify","params":{"document":{"channel":1,"name":"a.pdf","size":%d}}}`, len(data))
	for name, request := range map[string]string{"sign": signRequest("1", 1, data), "verify": verifyRequest} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, agentOptions{person: signingtest.Agrees, timing: bridge.Timing{Transfer: 300 * time.Millisecond}})
			p := a.connect()
			p.send("%s", request)
			p.until("credit")
			start := time.Now()
			stop := p.every(20*time.Millisecond, func() { p.chunk(1, data[:1]) })
			p.wantError("1", "TIMEOUT")
			stop()
			if d := time.Since(start); d < 200*time.Millisecond || d > 3*time.Second {
				t.Errorf("given up after %v", d)
			}
			p.send("%s", strings.NewReplacer(`"id":"1"`, `"id":"2"`, `"channel":1`, `"channel":2`).Replace(request))
			if m := p.transfer(map[uint32]io.Reader{2: bytes.NewReader(data)}); m.Type != "result" {
				t.Errorf("afterwards %+v", m)
			}
		})
	}
	t.Run("credit", func(t *testing.T) {
		a := newAgent(t, agentOptions{person: signingtest.Agrees, timing: bridge.Timing{Transfer: 300 * time.Millisecond}})
		p := a.connect()
		p.send("%s", signRequest("1", 1, data))
		p.upload(1, data)
		p.until("document")
		stop := p.every(20*time.Millisecond, func() {
			p.ws.WriteMessage(websocket.TextMessage, []byte(`{"v":1,"type":"credit","credit":{"channel":1,"bytes":1}}`))
		})
		p.wantError("1", "TIMEOUT")
		stop()
	})
}

// every does f again and again for three seconds at most, or until stop is
// called, which waits for it.
func (p *page) every(pause time.Duration, f func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for start := time.Now(); time.Since(start) < 3*time.Second; {
			select {
			case <-quit:
				return
			case <-time.After(pause):
				f()
			}
		}
	}()
	stop = sync.OnceFunc(func() { close(quit); <-done })
	p.t.Cleanup(stop)
	return stop
}

// TestSendingHoldsNobodyUp: once its document is signed, a page that does not
// take it leaves the place to the next.
func TestSendingHoldsNobodyUp(t *testing.T) {
	a := newAgent(t, agentOptions{person: signingtest.Agrees})
	data := pdfOf(t, 1)
	one, two := a.connect(), a.connect()
	one.send("%s", signRequest("1", 1, data))
	one.upload(1, data)
	d := one.until("document").Document
	waitFor(t, "the token to be free", func() bool {
		two.send(`{"v":1,"id":"c","type":"request","method":"certificates"}`)
		return two.next().Type == "result"
	})
	two.send("%s", signRequest("2", 1, data))
	if m := two.transfer(map[uint32]io.Reader{1: bytes.NewReader(data)}); m.Type != "result" {
		t.Errorf("the second page got %+v", m)
	}
	// The first gets its own all the same.
	one.send(`{"v":1,"type":"credit","credit":{"channel":1,"bytes":%d}}`, d.Size)
	if m := one.until("chunk"); hexDigest(m.payload) != d.SHA256 {
		t.Error("the first page got other bytes than announced")
	}
	for m := one.next(); m.Type != "result"; m = one.next() {
		if m.Type == "error" {
			t.Fatalf("%+v", m)
		}
	}
}

// TestWindowLanguage: the page chooses unless the agent was told.
func TestWindowLanguage(t *testing.T) {
	for _, c := range []struct{ agent, page, want string }{{"", "en", "en"}, {"vi", "en", "vi"}, {"en", "vi", "en"}, {"en", "", "en"}, {"", "", "vi"}} {
		asked := make(chan string, 1)
		a := newAgent(t, agentOptions{language: c.agent, person: func(_ context.Context, q signing.Question) (signing.Approval, error) {
			asked <- q.Language
			return signing.Approval{}, nil
		}})
		data := pdfOf(t, 1)
		p := a.connect()
		p.send(`{"v":1,"id":"1","type":"request","method":"sign","params":{"documents":[{"channel":1,"name":"a.pdf","size":%d}],"language":%q}}`, len(data), c.page)
		p.upload(1, data)
		p.wantError("1", "REFUSED")
		if got := <-asked; got != c.want {
			t.Errorf("agent %q, page %q: asked in %q", c.agent, c.page, got)
		}
	}
	if _, err := bridge.NewServer(bridge.Options{Signing: new(signing.Service), Key: newKey(t), Sites: origin.List{}, Policy: func() verify.Policy { return verify.Policy{} }, Language: "fr"}); err == nil {
		t.Error("an unknown language was taken")
	}
}

// TestPanicIsLoggedWithoutItsText: a panic may quote the document it tripped
// over.
func TestPanicIsLoggedWithoutItsText(t *testing.T) {
	a := newAgent(t, agentOptions{person: func(context.Context, signing.Question) (signing.Approval, error) {
		panic(fmt.Errorf("found %q", "page data"))
	}})
	data := pdfOf(t, 1)
	p := a.connect()
	p.send("%s", signRequest("1", 1, data))
	p.upload(1, data)
	p.wantError("1", "INTERNAL")
	a.stop()
	if log := a.log.String(); strings.Contains(log, "page data") || !strings.Contains(log, "*fmt.wrapError") && !strings.Contains(log, "*errors.errorString") || !strings.Contains(log, "sign_test.go") {
		t.Errorf("log: %s", log)
	}
}

// TestDocumentsAreNotOnDisk: nothing with a name is in the folder while a
// document is under way.
func TestDocumentsHaveNoName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps the name until the file is closed")
	}
	a := newAgent(t, agentOptions{})
	p := a.connect()
	p.send("%s", signRequest("1", 1, []byte("%PDF-")))
	p.until("credit")
	if found, err := os.ReadDir(a.server.TestOnlySpoolDir()); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestLargeDocument streams 100 MB to the agent and back, and looks at the heap
// on the way.
func TestLargeDocument(t *testing.T) {
	const size = 100 << 20
	a := newAgent(t, agentOptions{person: signingtest.Agrees, max: 200 << 20})
	// The page's side of this process reads from and writes to disk too.
	source, err := os.Create(t.TempDir() + "/large.pdf")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	n, err := signingtest.LargePDF(source, size)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var peak atomic.Uint64
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	p := a.connect()
	start := time.Now()
	p.send(`{"v":1,"id":"s","type":"request","method":"sign","params":{"documents":[{"channel":1,"name":"large.pdf","size":%d}]}}`, n)
	got := p.stream(1, source)
	close(stop)
	<-stopped
	if got.result.Type != "result" {
		t.Fatalf("%+v", got.result)
	}
	if got.size <= n {
		t.Errorf("%d bytes came back of %d", got.size, n)
	}
	t.Logf("%d MB there and back in %v, heap at most %d MB", n>>20, time.Since(start).Round(time.Millisecond), peak.Load()>>20)
	if peak.Load() > 40<<20 {
		t.Errorf("the heap grew to %d MB", peak.Load()>>20)
	}
}

type streamed struct {
	result message
	size   int64
}

// stream is transfer for one document, without keeping what comes back.
func (p *page) stream(channel uint32, source io.Reader) streamed {
	p.t.Helper()
	var s streamed
	buf := make([]byte, bridge.ChunkBytes)
	for {
		m := p.next()
		switch m.Type {
		case "credit":
			for left := m.Credit.Bytes; left > 0; {
				n := min(left, int64(len(buf)))
				if _, err := io.ReadFull(source, buf[:n]); err != nil {
					p.t.Fatal(err)
				}
				if err := p.chunk(channel, buf[:n]); err != nil {
					p.t.Fatal(err)
				}
				left -= n
			}
		case "document":
			p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, channel, bridge.WindowBytes)
		case "chunk":
			s.size += int64(len(m.payload))
			p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, channel, len(m.payload))
		case "result", "error":
			s.result = m
			return s
		}
	}
}

// TestCrossedPages: two pages at once never see each other's documents.
func TestCrossedPages(t *testing.T) {
	a := newAgent(t, agentOptions{})
	one, two := a.connect(), a.connect()
	for i, p := range []*page{one, two} {
		p.send(`{"v":1,"id":"v","type":"request","method":"verify","params":{"document":{"channel":1,"name":"page%d.pdf","size":%d}}}`, i, len(pdfOf(t, i+1)))
	}
	for i, p := range []*page{one, two} {
		m := p.transfer(map[uint32]io.Reader{1: bytes.NewReader(pdfOf(t, i+1))})
		var verdict struct{ Report verify.Report }
		if err := json.Unmarshal(m.Result, &verdict); err != nil || verdict.Report.Pages != i+1 || verdict.Report.File != fmt.Sprintf("page%d.pdf", i) {
			t.Errorf("page %d: %s, %v", i, m.Result, err)
		}
	}
	// A channel of the one is nothing to the other.
	one.send(`{"v":1,"id":"w","type":"request","method":"verify","params":{"document":{"channel":9,"name":"a.pdf","size":5}}}`)
	one.until("credit")
	if err := two.chunk(9, []byte("bytes")); err != nil {
		t.Fatal(err)
	}
	two.wantClosed(websocket.ClosePolicyViolation)
}
