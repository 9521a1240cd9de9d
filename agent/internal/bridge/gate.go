package bridge

import (
	"context"
	"net"
	"net/http"
	"net/netip"
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
	ReadBufferSize:   4096, // chunks are larger and bypass it
	WriteBufferSize:  4096,
	// Checked by gate, before the upgrade.
	CheckOrigin: func(*http.Request) bool { return true },
	Error:       func(w http.ResponseWriter, _ *http.Request, _ int, _ error) { refuse(w) },
}

// refuse says nothing: a page that is not allowed learns no more than that
// something is listening.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	w.WriteHeader(http.StatusForbidden)
}

// gate lets a request through to the WebSocket when it is exactly what an
// allowed page's browser sends, and refuses everything else alike.
func (s *Server) gate(w http.ResponseWriter, r *http.Request) {
	from, why := s.inspect(r)
	if why != "" {
		s.log.Warn("connection refused", "why", why, "origin", clip(r.Header.Get("Origin")))
		refuse(w)
		return
	}
	c := &session{s: s, origin: from}
	if !s.admit(c) {
		s.log.Warn("connection refused", "why", "too many connections", "origin", from.String())
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

// inspect tells which origin asks, or why nobody may.
func (s *Server) inspect(r *http.Request) (origin.Origin, string) {
	conn, ok := r.Context().Value(connKey{}).(net.Conn)
	if !ok {
		return origin.Origin{}, "no connection"
	}
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return origin.Origin{}, "peer is not on this machine"
	}
	if r.Method != http.MethodGet || r.URL.Path != path || r.URL.RawQuery != "" {
		return origin.Origin{}, "no such resource"
	}
	if !origin.CheckHost(r.Host, s.port) {
		return origin.Origin{}, "host"
	}
	from, ok := s.o.Origins.Allows(r.Header.Values("Origin"))
	if !ok {
		return origin.Origin{}, "origin"
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil || !sameUser(peer, local) {
		return origin.Origin{}, "peer is another user"
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
	s.changed(func(st *State) { st.Connections = len(s.sessions) })
	return true
}

func (s *Server) leave(c *session) {
	c.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
	s.changed(func(st *State) { st.Connections = len(s.sessions) })
	s.running.Done()
}

// closeSessions ends every session.
func (s *Server) closeSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.sessions {
		c.cancel()
	}
}

// clip shortens what a stranger chose before it is logged.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "..."
	}
	return s
}
