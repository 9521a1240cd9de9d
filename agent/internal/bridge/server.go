// Package bridge is the authenticated localhost WebSocket through which web
// pages ask for signatures (docs/protocol.md). It never listens beyond loopback,
// never believes what a page says of itself, never lets a page sign without a
// person, and never holds a document in memory.
package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/signature/verify"
)

// Options are the parts of a Server.
type Options struct {
	// Signing does the work. It is required.
	Signing *signing.Service
	// Key is the agent's own, which pages pin. It is required.
	Key *origin.Key
	// Sites says which origin may do what, and remembers pairings. It is
	// required, and called from several goroutines at once.
	Sites Sites
	// AskPairing asks the person whether the page shows the same words. It
	// returns promptly when ctx ends. Nil: nobody can be paired.
	AskPairing func(ctx context.Context, q PairQuestion) (bool, error)
	// Peer says why the process at the other end of a loopback connection may not
	// be talked to, nil if it may. Nil: it must be this user's.
	Peer func(remote, local netip.AddrPort) error
	// Vouchers are the capabilities with which extensions connect for pages. Nil:
	// none can.
	Vouchers *origin.Vouchers
	// Tokens gives a value whenever a token has come or gone; pages are told.
	// Nil: never.
	Tokens <-chan struct{}
	// Reviews shows documents in an extension's page before the person is asked. Nil:
	// none are shown.
	Reviews *Reviews
	// HashSigning tells which sites may have digests signed that others have made.
	// Nil: none.
	HashSigning func(origin.Origin) bool
	// Now tells the time, for what expires. Nil is time.Now.
	Now func() time.Time
	// Policy gives the trust anchors and the time a document is verified for;
	// it is called once per verification. It is required.
	Policy func() verify.Policy
	// Version is the product's version, told to pages after hello.
	Version string
	// Ports are tried in order. Empty means DefaultPorts. Port 0, for tests,
	// lets the system choose.
	Ports []int
	// MaxDocumentBytes bounds one document. Zero means 256 MiB.
	MaxDocumentBytes int64
	// SpoolDir is a directory of the agent's own for documents under way.
	// Inside, each port has a folder which is emptied at start-up. Empty means
	// "kyso/spool" in the user's cache directory.
	SpoolDir string
	// Log is told of refusals and faults: origins, methods and codes, never
	// page data. Nil discards.
	Log *slog.Logger
	// Language, "vi" or "en", is what the windows are written in, whatever the
	// page says. Empty: the page's choice counts.
	Language string
	// OnChange, when set, is told whenever State changes. It is called from
	// several goroutines, one at a time, and must not block.
	OnChange func(State)
}

// Sites decides about origins and the keys their pages show.
type Sites interface {
	// Standing of an origin whose page has shown pageKey, or before it has, with
	// nil: then Unpaired is as good as Paired.
	Standing(o origin.Origin, pageKey []byte) origin.Standing
	// Pair remembers that the person agreed to this origin with this key.
	Pair(o origin.Origin, pageKey []byte) error
}

// State is what the tray shows.
type State struct {
	Connections int
	Signing     bool
}

// Server is the listening bridge.
type Server struct {
	o      Options
	log    *slog.Logger
	timing timing
	spool  *spool

	port      int
	listeners []net.Listener
	http      *http.Server

	capabilities origin.Capabilities
	rates        rates
	queue        queue
	budget       *budget
	verifySlot   chan struct{}
	pairSlot     chan struct{}

	ctx     context.Context // of the requests that survive their connection
	cancel  context.CancelFunc
	running sync.WaitGroup // sessions
	calls   sync.WaitGroup // those requests

	mu       sync.Mutex
	sessions map[*session]struct{}
	tickets  map[string]*call
	reviews  map[string]*review
	names    int // connections so far
	closing  bool

	stateMu sync.Mutex
	state   State

	refusals Refusals
}

// NewServer checks o. It does not listen yet.
func NewServer(o Options) (*Server, error) {
	if o.Signing == nil || o.Policy == nil || o.Key == nil || o.Sites == nil {
		return nil, errors.New("make bridge: signing, policy, key and sites are required")
	}
	if !isLanguage(o.Language) {
		return nil, fmt.Errorf("make bridge: language %q", o.Language)
	}
	if len(o.Ports) == 0 {
		o.Ports = DefaultPorts
	}
	if o.MaxDocumentBytes == 0 {
		o.MaxDocumentBytes = defaultMaxDocumentBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Peer == nil {
		o.Peer = ofThisUser
	}
	s := &Server{
		o: o, log: o.Log, timing: defaultTiming,
		rates: rates{now: o.Now, l: defaultRates}, budget: newBudget(o.MaxDocumentBytes),
		verifySlot: make(chan struct{}, maxVerifications), pairSlot: make(chan struct{}, 1),
		sessions: make(map[*session]struct{}), tickets: make(map[string]*call), reviews: make(map[string]*review),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.queue = queue{freed: make(chan struct{}, 1), changed: func(taken bool) { s.changed(func(st *State) { st.Signing = taken }) }}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Listen takes the first free port, on 127.0.0.1 and, where the machine has it,
// ::1, and empties the port's spool folder.
func (s *Server) Listen() error {
	var err error
	for _, port := range s.o.Ports {
		if s.port, s.listeners, err = listenLoopback(port, maxSockets); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("listen on loopback: no free port in %v: %w", s.o.Ports, err)
	}
	if s.spool, err = newSpool(s.o.SpoolDir, s.port); err != nil {
		s.closeListeners()
		return fmt.Errorf("make spool folder: %w", err)
	}
	return nil
}

// Port is the port taken by Listen.
func (s *Server) Port() int { return s.port }

// URL is the address a page on this machine connects to.
func (s *Server) URL() string { return fmt.Sprintf("ws://127.0.0.1:%d%s", s.port, path) }

// Serve answers pages until ctx ends, then cancels what is under way, waits for
// it, and removes the spool folder. It is called once, after Listen.
func (s *Server) Serve(ctx context.Context) error {
	if len(s.listeners) == 0 {
		return errors.New("serve bridge: it is not listening")
	}
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.gate),
		ReadHeaderTimeout: s.timing.header,
		ReadTimeout:       s.timing.header,
		WriteTimeout:      s.timing.header,
		IdleTimeout:       time.Second, // nobody has a second request
		MaxHeaderBytes:    8 << 10,     // a handshake with a long User-Agent is 1 kB
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo),
		ConnContext:       withConn,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	if s.o.Tokens != nil {
		s.calls.Go(s.watchTokens)
	}
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- s.http.Serve(l) }()
	}
	var err error
	pending := len(s.listeners)
	select {
	case <-ctx.Done():
	case err = <-failed:
		pending--
	}
	s.http.Close()
	for range pending {
		<-failed
	}
	s.cancel()
	s.closeSessions()
	s.running.Wait()
	s.calls.Wait()
	s.spool.remove()
	if err != nil {
		return fmt.Errorf("serve bridge: %w", err)
	}
	return nil
}

// Close frees the port of a Server that was never served.
func (s *Server) Close() {
	s.cancel()
	s.closeListeners()
	if s.spool != nil {
		s.spool.remove()
	}
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
	s.listeners = nil
}

// changed applies f to the state and tells OnChange.
func (s *Server) changed(f func(*State)) {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	f(&s.state)
	if s.o.OnChange != nil {
		s.o.OnChange(s.state)
	}
}

// language of a window for a page that asks for one.
func (s *Server) language(asked string) string {
	if s.o.Language != "" {
		return s.o.Language
	}
	return asked
}

// busy tells whether somebody's document is being signed, here or through the
// service.
func (s *Server) busy() bool { return s.queue.signing() || s.o.Signing.Busy() }
