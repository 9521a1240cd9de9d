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
	// Origins lists who may connect. The zero List lets nobody.
	Origins origin.List
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

	signSlot   chan struct{} // one signing request, from its first byte until it is signed
	verifySlot chan struct{}

	mu       sync.Mutex
	sessions map[*session]struct{}
	closing  bool
	running  sync.WaitGroup // sessions

	stateMu sync.Mutex
	state   State
}

// NewServer checks o. It does not listen yet.
func NewServer(o Options) (*Server, error) {
	if o.Signing == nil || o.Policy == nil {
		return nil, errors.New("make bridge: signing and policy are required")
	}
	if o.Language != "" && o.Language != "vi" && o.Language != "en" {
		return nil, fmt.Errorf("make bridge: language %q", o.Language)
	}
	if len(o.Ports) == 0 {
		o.Ports = DefaultPorts
	}
	if o.MaxDocumentBytes == 0 {
		o.MaxDocumentBytes = defaultMaxDocumentBytes
	}
	s := &Server{
		o: o, log: o.Log, timing: defaultTiming,
		signSlot: make(chan struct{}, 1), verifySlot: make(chan struct{}, maxVerifications),
		sessions: make(map[*session]struct{}),
	}
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
	s.closeSessions()
	s.running.Wait()
	s.spool.remove()
	if err != nil {
		return fmt.Errorf("serve bridge: %w", err)
	}
	return nil
}

// Close frees the port of a Server that was never served.
func (s *Server) Close() {
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
