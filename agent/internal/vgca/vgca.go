// Package vgca serves pages that were written for the VGCA signing service:
// wss://127.0.0.1:8987/<Method>, one question and one answer a connection
// (docs/vgca.md). It is off unless the administrator turns it on. It never
// listens beyond loopback, never answers a site that is not allowed, never signs
// what a person has not been shown, and never opens an address off the page's own
// site but for hosts the administrator named.
package vgca

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/fetch"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/signature/stamp"
	"kyso/signature/verify"
)

// Origins says which sites may ask.
type Origins interface {
	Allowed(origin.Origin) bool
}

// AllowedFunc is a function that is Origins.
type AllowedFunc func(origin.Origin) bool

// Allowed calls it.
func (f AllowedFunc) Allowed(o origin.Origin) bool { return f(o) }

// Options are the parts of a Server. The first six are required.
type Options struct {
	Signing *signing.Service
	Origins Origins
	// Peer judges who is at the other end of a connection; an error refuses it.
	Peer  func(remote, local netip.AddrPort) error
	Sites *fetch.Sites
	// Certificate is what the server shows; see localcert.Keeper.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Policy gives the trust anchors and the time a document is verified for.
	Policy func() verify.Policy

	Version string
	// Language, "vi" or "en", of windows and messages. Empty is "vi".
	Language string
	// Port is where pages look. Zero means DefaultPort, AnyPort, for tests, one
	// that the system chooses.
	Port int
	// MaxDocumentBytes bounds one document. Zero means 256 MiB.
	MaxDocumentBytes int64
	// SpoolDir is as in bridge.Options.
	SpoolDir string
	// Log is told of refusals and faults: origins, methods and codes, never page
	// data. Nil discards.
	Log *slog.Logger

	// SessionCookie is the name of the cookie that carries a page's SessionId.
	// Empty: it is not sent.
	SessionCookie string
	// Profiles says what the signatures of a method stand for, in place of what
	// the method's name says.
	Profiles map[string]signing.Profile
	// Disabled methods answer that they are turned off.
	Disabled []string
	// AllowOpaqueUnsafe signs messages that cannot be shown in full.
	AllowOpaqueUnsafe bool

	// Stamp puts what the signatures look like into a request, by its profile. Nil
	// means BuiltInStamp.
	Stamp func(r *signing.Request, v stamp.Values) error
	// ChooseCertificate names one of several identities. Nil leaves that to the
	// signing service.
	ChooseCertificate func(ctx context.Context, from origin.Origin, among []signing.Identity) (id string, err error)
	// Turn waits until the person is free to be asked on behalf of a site, as
	// bridge.Server.Turn does. Nil: while somebody else is asked, the answer is that
	// Kyso is busy.
	Turn func(ctx context.Context, o origin.Origin, documents int) (others <-chan []signing.Waiting, release func(), err error)
	// OpenSettings is called when a page asks for the settings window. It must
	// not block. Nil: nothing happens.
	OpenSettings func()
}

// DefaultPort is the one that pages have in their scripts.
const DefaultPort = 8987

// AnyPort is a port that the system chooses.
const AnyPort = -1

// Server is the listener.
type Server struct {
	o        Options
	log      *slog.Logger
	timing   timing
	spool    *bridge.Spool
	refusals bridge.Refusals
	rates    *rates

	port      int
	listeners []net.Listener

	verifySlot chan struct{}

	mu        sync.Mutex
	sessions  map[*session]struct{}
	fileSites map[origin.Origin]struct{} // see takeSlot
	closing   bool
	running   sync.WaitGroup
}

// NewServer checks o. It does not listen yet.
func NewServer(o Options) (*Server, error) {
	if o.Signing == nil || o.Origins == nil || o.Peer == nil || o.Sites == nil || o.Certificate == nil || o.Policy == nil {
		return nil, errors.New("make VGCA-compatible listener: signing, origins, peer, sites, certificate and policy are required")
	}
	switch o.Language {
	case "":
		o.Language = "vi"
	case "vi", "en":
	default:
		return nil, fmt.Errorf("make VGCA-compatible listener: language %q", o.Language)
	}
	for name := range o.Profiles {
		if methods[name].profile == nil {
			return nil, fmt.Errorf("make VGCA-compatible listener: %q signs no documents", name)
		}
	}
	for _, name := range o.Disabled {
		if methods[name].run == nil {
			return nil, fmt.Errorf("make VGCA-compatible listener: there is no method %q", name)
		}
	}
	if o.Stamp == nil {
		o.Stamp = BuiltInStamp
	}
	if o.MaxDocumentBytes == 0 {
		o.MaxDocumentBytes = defaultMaxDocumentBytes
	}
	s := &Server{o: o, log: o.Log, timing: defaultTiming, rates: newRates(time.Now), fileSites: map[origin.Origin]struct{}{},
		verifySlot: make(chan struct{}, maxVerifications), sessions: map[*session]struct{}{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Listen takes the port, on 127.0.0.1 and ::1.
func (s *Server) Listen() error {
	port := s.o.Port
	switch port {
	case 0:
		port = DefaultPort
	case AnyPort:
		port = 0
	}
	var err error
	if s.port, s.listeners, err = bridge.ListenLoopback(port, maxSockets); err != nil {
		return fmt.Errorf("listen for older pages on port %d, which another program may hold: %w", port, err)
	}
	if s.spool, err = bridge.NewSpool(s.o.SpoolDir, s.port); err != nil {
		s.Close()
		return fmt.Errorf("make spool folder: %w", err)
	}
	return nil
}

// Port is the port taken by Listen.
func (s *Server) Port() int { return s.port }

// Serve answers pages until ctx ends, then cancels what is under way and waits
// for it. It is called once, after Listen.
func (s *Server) Serve(ctx context.Context) error {
	if len(s.listeners) == 0 {
		return errors.New("serve older pages: not listening")
	}
	h := &http.Server{
		Handler:           http.HandlerFunc(s.gate),
		ReadHeaderTimeout: s.timing.header, // the TLS handshake too
		ReadTimeout:       s.timing.header,
		WriteTimeout:      s.timing.header,
		IdleTimeout:       time.Second,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo),
		ConnContext:       withConn,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	config := &tls.Config{GetCertificate: s.o.Certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- h.Serve(tls.NewListener(l, config)) }()
	}
	var err error
	pending := len(s.listeners)
	select {
	case <-ctx.Done():
	case err = <-failed:
		pending--
	}
	h.Close()
	for range pending {
		<-failed
	}
	s.closeSessions()
	s.running.Wait()
	s.spool.Remove()
	if err != nil {
		return fmt.Errorf("serve older pages: %w", err)
	}
	return nil
}

// Close frees the port of a Server that was never served.
func (s *Server) Close() {
	for _, l := range s.listeners {
		l.Close()
	}
	s.listeners = nil
	if s.spool != nil {
		s.spool.Remove()
	}
}

// off tells whether a method is turned off.
func (s *Server) off(name string) bool { return slices.Contains(s.o.Disabled, name) }
