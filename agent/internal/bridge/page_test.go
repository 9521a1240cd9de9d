package bridge_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/verify"
)

const site = "https://eoffice.example"

// agent is a running bridge.
type agent struct {
	t       testing.TB
	server  *bridge.Server
	token   *signingtest.Token
	service *signing.Service
	key     *origin.Key
	log     *bytes.Buffer
	stop    func()
}

type agentOptions struct {
	person  signingtest.Person
	origins []string
	timing  bridge.Timing
	max     int64
	// language of the windows, "" for the page's choice
	language string
	change   func(bridge.State)
	// sites in place of origins; rates: those of people
	sites  bridge.Sites
	rates  bool
	pair   func(context.Context, bridge.PairQuestion) (bool, error)
	peer   func(remote, local netip.AddrPort) error
	now    func() time.Time
	tokens chan struct{}
	// vouchers of the extension's channel
	vouchers *origin.Vouchers
	// signing and bridge change the parts that are made
	signing func(*signing.Options)
	bridge  func(*bridge.Options)
}

// newAgent starts a bridge and, when the test ends, checks that it left no
// goroutine and no file behind.
func newAgent(t testing.TB, o agentOptions) *agent {
	t.Helper()
	before := runtime.NumGoroutine()
	if o.person == nil {
		o.person = func(context.Context, signing.Question) (signing.Approval, error) {
			t.Error("the person was asked")
			return signing.Approval{}, nil
		}
	}
	if o.origins == nil {
		o.origins = []string{site}
	}
	if o.max == 0 {
		o.max = 8 << 20
	}
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	parts := signing.Options{Keys: token, Approver: o.person, Clock: time.Now, MaxDocumentBytes: o.max}
	if o.signing != nil {
		o.signing(&parts)
	}
	service, err := signing.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	if o.sites == nil {
		if o.sites, err = origin.NewList(o.origins...); err != nil {
			t.Fatal(err)
		}
	}
	a := &agent{t: t, token: token, service: service, log: new(bytes.Buffer), key: newKey(t)}
	spool := t.TempDir()
	options := bridge.Options{
		Signing: service, Key: a.key, Sites: o.sites, AskPairing: o.pair, Peer: o.peer, Tokens: o.tokens, Now: o.now, Vouchers: o.vouchers, Version: "0.1.0-test", Ports: []int{0}, MaxDocumentBytes: o.max, SpoolDir: spool,
		Policy: func() verify.Policy { return verify.Policy{At: time.Now()} },
		Log:    slog.New(slog.NewTextHandler(a.log, nil)), OnChange: o.change, Language: o.language,
	}
	if o.bridge != nil {
		o.bridge(&options)
	}
	a.server, err = bridge.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	a.server.TestOnlySetTiming(o.timing)
	if !o.rates {
		a.server.TestOnlyUnlimited()
	}
	if err := a.server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(ctx) }()
	stopped := false
	a.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(func() {
		a.stop()
		if left, err := os.ReadDir(spool); err != nil || len(left) != 0 {
			t.Errorf("left in the spool folder: %v, %v", left, err)
		}
		waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
	})
	return a
}

func newKey(t testing.TB) *origin.Key {
	t.Helper()
	key, err := origin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// waitFor waits at most twenty seconds.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for range 2000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 64<<10)
	t.Fatalf("waited in vain for %s\n%s", what, buf[:runtime.Stack(buf, true)])
}

// page is one WebSocket of a page.
type page struct {
	t       testing.TB
	a       *agent
	ws      *websocket.Conn
	from    string
	counted int
	key     *origin.Key
	// transcript is that of hello, capabilities those in store
	transcript   origin.Transcript
	capabilities map[string][]string
	// documents being received, by channel
	got map[uint32]*bytes.Buffer
}

// message is any frame of the agent.
type message struct {
	V        int
	ID       string
	Type     string
	Credit   struct{ Channel, Bytes int64 }
	Accepted struct {
		Ticket    string
		Documents []struct{ Channel, Received int64 }
	}
	Event struct {
		Name, State  string
		Certificates int
	}
	Progress struct {
		Stage       string
		Document    int
		Done, Total int64
	}
	Document struct {
		Channel uint32
		Name    string
		Size    int64
		SHA256  string
		Offset  int64
	}
	Result json.RawMessage
	Error  struct {
		Code                   string
		MinVersion, MaxVersion int
		RetryAfter             int64
		Message, Remedy        struct{ VI, EN string }
		Documents              json.RawMessage
	}
	channel uint32 // of a binary frame
	payload []byte
}

func (a *agent) dial(header http.Header) (*websocket.Conn, *http.Response, error) {
	return (&websocket.Dialer{HandshakeTimeout: 5 * time.Second}).Dial(a.server.URL(), header)
}

// open connects without saying hello.
func (a *agent) open() *page { return a.openFrom(site) }

func (a *agent) openFrom(from string) *page {
	a.t.Helper()
	ws, _, err := a.dial(http.Header{"Origin": {from}})
	if err != nil {
		a.t.Fatal(err)
	}
	p := &page{t: a.t, a: a, ws: ws, from: from, key: newKey(a.t), got: make(map[uint32]*bytes.Buffer), capabilities: make(map[string][]string)}
	a.t.Cleanup(func() { ws.Close() })
	return p
}

// connect says hello, authenticates, and stores some capabilities.
func (a *agent) connect() *page { return a.connectFrom(site, newKey(a.t)) }

func (a *agent) connectFrom(from string, key *origin.Key) *page {
	a.t.Helper()
	p := a.openFrom(from)
	p.key = key
	p.hello()
	if standing := p.authenticate(); standing == "unpaired" {
		return p
	}
	for range 6 {
		p.authorize("sign")
	}
	p.authorize("certificates")
	return p
}

// hello says hello and checks the agent's signature.
func (p *page) hello() {
	p.t.Helper()
	nonce := bytes.Repeat([]byte{7}, origin.NonceBytes)
	p.send(`{"v":1,"id":"h","type":"request","method":"hello","params":{"minVersion":1,"maxVersion":1,"client":"test","nonce":%q,"key":%q}}`,
		origin.Encode(nonce), origin.Encode(p.key.Public()))
	m := p.next()
	var result struct {
		Port, Version, MinVersion, MaxVersion int
		Agent                                 struct{ Key, Nonce, Signature string }
	}
	if err := json.Unmarshal(m.Result, &result); err != nil || m.ID != "h" {
		p.t.Fatalf("hello was answered %+v", m)
	}
	from, err := origin.Parse(p.from)
	if err != nil {
		p.t.Fatal(err)
	}
	p.transcript = origin.Transcript{Origin: from, Port: p.a.server.Port(), PageMin: 1, PageMax: 1, AgentMin: result.MinVersion, AgentMax: result.MaxVersion,
		Version: result.Version, PageNonce: nonce, AgentNonce: decode(p.t, result.Agent.Nonce), PageKey: p.key.Public(), AgentKey: decode(p.t, result.Agent.Key)}
	if err := p.transcript.Verify(origin.Agent, decode(p.t, result.Agent.Signature)); err != nil {
		p.t.Fatal(err)
	}
}

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// authenticate gives the page's standing, "" when the site connects too often.
func (p *page) authenticate() (standing string) {
	p.t.Helper()
	signature, err := p.key.Sign(p.transcript, origin.Page)
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(`{"v":1,"id":"a","type":"request","method":"authenticate","params":{"signature":%q}}`, origin.Encode(signature))
	m := p.next()
	var result struct{ Standing string }
	if m.Error.Code == "RATE_LIMITED" {
		return ""
	}
	if json.Unmarshal(m.Result, &result) != nil || m.ID != "a" {
		p.t.Fatalf("authenticate was answered %+v", m)
	}
	return result.Standing
}

// authorize stores a capability.
func (p *page) authorize(operation string) string {
	p.t.Helper()
	p.send(`{"v":1,"id":"c","type":"request","method":"authorize","params":{"operation":%q}}`, operation)
	m := p.next()
	var result struct {
		Capability string
		ExpiresIn  int64
	}
	if json.Unmarshal(m.Result, &result) != nil || result.ExpiresIn < 1 || result.ExpiresIn > 60000 {
		p.t.Fatalf("authorize was answered %+v", m)
	}
	p.capabilities[operation] = append(p.capabilities[operation], result.Capability)
	return result.Capability
}

// capable puts a capability into a request that needs one and has none.
func (p *page) capable(text string) string {
	for _, operation := range []string{"sign", "certificates"} {
		if !strings.Contains(text, `"method":"`+operation+`"`) || strings.Contains(text, `"capability"`) {
			continue
		}
		if len(p.capabilities[operation]) == 0 {
			p.authorize(operation)
		}
		member := fmt.Sprintf(`"capability":%q`, p.capabilities[operation][0])
		p.capabilities[operation] = p.capabilities[operation][1:]
		if before, after, ok := strings.Cut(text, `"params":{`); ok {
			if !strings.HasPrefix(after, "}") {
				member += ","
			}
			return before + `"params":{` + member + after
		}
		return strings.TrimSuffix(text, "}") + `,"params":{` + member + "}}"
	}
	return text
}

func (p *page) send(format string, a ...any) {
	p.t.Helper()
	text := fmt.Sprintf(format, a...)
	if len(p.capabilities) > 0 {
		text = p.capable(text)
	}
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) chunk(channel uint32, payload []byte) error {
	return p.ws.WriteMessage(websocket.BinaryMessage, append(binary.BigEndian.AppendUint32(nil, channel), payload...))
}

// read gives the next frame, or the error that ended the connection.
func (p *page) read() (message, error) {
	p.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	kind, data, err := p.ws.ReadMessage()
	if err != nil {
		return message{}, err
	}
	if kind == websocket.BinaryMessage {
		return message{Type: "chunk", channel: binary.BigEndian.Uint32(data), payload: data[4:]}, nil
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		p.t.Fatalf("%s: %v", data, err)
	}
	return m, nil
}

func (p *page) next() message {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// until reads frames up to one of the wanted type ("progress:stage" for a stage).
func (p *page) until(want string) message {
	p.t.Helper()
	for {
		m := p.next()
		if m.Type == want || m.Type == "progress" && want == "progress:"+m.Progress.Stage {
			return m
		}
		if m.Type == "error" || m.Type == "result" {
			p.t.Fatalf("waiting for %s: %+v", want, m)
		}
	}
}

// wantClosed reads to the end and checks the close code.
func (p *page) wantClosed(code int) {
	p.t.Helper()
	for {
		_, err := p.read()
		if websocket.IsCloseError(err, code) {
			return
		}
		if err != nil {
			p.t.Fatalf("closed with %v, want code %d", err, code)
		}
	}
}

// wantError reads on to the answer and checks its code and its texts.
func (p *page) wantError(id, code string) {
	p.t.Helper()
	for {
		m := p.next()
		if m.Type != "error" && m.Type != "result" {
			continue
		}
		if m.Type != "error" || m.ID != id || m.Error.Code != code {
			p.t.Fatalf("got %+v, want error %s for %q", m, code, id)
		}
		if m.Error.Message.VI == "" || m.Error.Message.EN == "" || m.Error.Remedy.VI == "" || m.Error.Remedy.EN == "" {
			p.t.Fatalf("%s has no text: %+v", code, m.Error)
		}
		return
	}
}

// transfer answers credit with the documents' bytes and announcements with
// credit until the request's answer.
func (p *page) transfer(documents map[uint32]io.Reader) message {
	p.t.Helper()
	type incoming struct{ left, credit int64 }
	arriving := make(map[uint32]*incoming)
	buf := make([]byte, 4+bridge.ChunkBytes)
	for {
		m := p.next()
		switch m.Type {
		case "credit":
			channel := uint32(m.Credit.Channel)
			binary.BigEndian.PutUint32(buf, channel)
			for left := m.Credit.Bytes; left > 0; {
				n := min(left, bridge.ChunkBytes)
				if _, err := io.ReadFull(documents[channel], buf[4:4+n]); err != nil {
					p.t.Fatal(err)
				}
				if err := p.ws.WriteMessage(websocket.BinaryMessage, buf[:4+n]); err != nil {
					p.t.Fatal(err)
				}
				left -= n
			}
		case "document":
			d := m.Document
			left := d.Size - d.Offset
			credit := min(left, bridge.WindowBytes)
			arriving[d.Channel] = &incoming{left - credit, credit}
			if d.Offset == 0 {
				p.got[d.Channel] = new(bytes.Buffer)
			}
			if int64(p.got[d.Channel].Len()) != d.Offset {
				p.t.Fatalf("goes on at %d, and there are %d bytes", d.Offset, p.got[d.Channel].Len())
			}
			p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, d.Channel, credit)
		case "chunk":
			in := arriving[m.channel]
			in.credit -= int64(len(m.payload))
			if in.credit < 0 {
				p.t.Fatal("more was sent than granted")
			}
			p.got[m.channel].Write(m.payload)
			if grant := min(in.left, int64(len(m.payload))); grant > 0 {
				in.left -= grant
				in.credit += grant
				p.send(`{"v":1,"type":"credit","credit":{"channel":%d,"bytes":%d}}`, m.channel, grant)
			}
		case "result", "error":
			return m
		}
	}
}

// signRequest is the text of a sign request for one document.
func signRequest(id string, channel int, data []byte) string {
	return fmt.Sprintf(`{"v":1,"id":%q,"type":"request","method":"sign","params":{"documents":[{"channel":%d,"name":"cong-van.pdf","size":%d,"sha256":"%s"}]}}`,
		id, channel, len(data), hexDigest(data))
}

func hexDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func pdfOf(t testing.TB, pages int) []byte {
	t.Helper()
	b, err := signingtest.PDF(pages)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// upload sends the whole of a small document, once it is asked for.
func (p *page) upload(channel uint32, data []byte) {
	p.t.Helper()
	if m := p.until("credit"); uint32(m.Credit.Channel) != channel || m.Credit.Bytes != int64(len(data)) {
		p.t.Fatalf("credit %+v", m.Credit)
	}
	if err := p.chunk(channel, data); err != nil {
		p.t.Fatal(err)
	}
}

func clean(s string) string { return strings.ReplaceAll(s, "\n", " ") }
