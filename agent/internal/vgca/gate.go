package vgca

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/origin"
)

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

var upgrader = websocket.Upgrader{
	HandshakeTimeout: defaultTiming.header,
	ReadBufferSize:   4096,
	WriteBufferSize:  4096,
	// Checked by gate, before the upgrade.
	CheckOrigin: func(*http.Request) bool { return true },
	Error:       func(w http.ResponseWriter, _ *http.Request, _ int, _ error) { refuse(w) },
}

// refuse says nothing but that something is listening.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	w.WriteHeader(http.StatusForbidden)
}

// gate lets through what an allowed page's browser sends, and refuses everything
// else alike.
func (s *Server) gate(w http.ResponseWriter, r *http.Request) {
	from, why := s.inspect(r)
	if why == "" && !s.rates.take(from) {
		why = "too often"
	}
	c := &session{s: s, origin: from, method: strings.TrimPrefix(r.URL.Path, "/")}
	if why == "" && !s.admit(c) {
		why = "too many connections"
	}
	if why != "" {
		s.refusals.Note(s.log, "older page refused", why, clip(r.Header.Get("Origin"), maxLogged))
		refuse(w)
		return
	}
	defer s.leave(c)
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	// The limits of http.Server end with the handshake.
	ws.NetConn().SetDeadline(time.Time{})
	c.run(ws)
}

// inspect tells which site asks, or why nobody may.
func (s *Server) inspect(r *http.Request) (origin.Origin, string) {
	none := origin.Origin{}
	conn, ok := r.Context().Value(connKey{}).(net.Conn)
	if !ok {
		return none, "no connection"
	}
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return none, "peer is not on this machine"
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil || !local.Addr().Unmap().IsLoopback() {
		return none, "not reached over loopback"
	}
	if r.Method != http.MethodGet || r.URL.RawQuery != "" || methods[strings.TrimPrefix(r.URL.Path, "/")].run == nil {
		return none, "no such resource"
	}
	if !origin.CheckHost(r.Host, s.port) {
		return none, "host"
	}
	headers := r.Header.Values("Origin")
	if len(headers) != 1 {
		return none, "origin"
	}
	from, err := origin.Parse(headers[0])
	if err != nil || !s.o.Origins.Allowed(from) {
		return none, "origin"
	}
	if err := s.o.Peer(remote, local); err != nil {
		return none, "peer: " + err.Error()
	}
	return from, ""
}

// admit counts c in, unless there are too many.
func (s *Server) admit(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := 0
	for other := range s.sessions {
		if other.origin == c.origin {
			same++
		}
	}
	if s.closing || len(s.sessions) >= maxConnections || same >= maxPerOrigin {
		return false
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s.sessions[c] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) leave(c *session) {
	c.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
	s.running.Done()
}

func (s *Server) closeSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.sessions {
		c.cancel()
	}
}

// maxLogged bounds what a stranger chose in a line of the log.
const maxLogged = 200

func clip(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
