package bridge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
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
	WriteBufferPool:  new(sync.Pool), // most connections are silent
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
	if r.URL.Path == reviewPages.path {
		s.reviewGate(w, r)
		return
	}
	came, why := s.inspect(r, pages)
	if why != "" {
		s.refusals.Note(s.log, "connection refused", why, clip(r.Header.Get("Origin")))
		refuse(w)
		return
	}
	c := &session{s: s, origin: came.origin, by: came.by}
	if !s.admit(c) {
		s.refusals.Note(s.log, "connection refused", "too many connections", came.origin.String())
		refuse(w)
		return
	}
	defer s.leave(c)
	ws, err := upgrader.Upgrade(w, r, came.header())
	if err != nil {
		return
	}
	// The limits of http.Server end with the handshake.
	ws.NetConn().SetDeadline(time.Time{})
	c.run(ws)
}

// inspect tells for whom a connection to a resource is asked, or why there is
// none.
func (s *Server) inspect(r *http.Request, of resource) (arrival, string) {
	// First of all: a capability that was shown is used up.
	came, unknown := s.asking(r, of)
	conn, ok := r.Context().Value(connKey{}).(net.Conn)
	if !ok {
		return arrival{}, "no connection"
	}
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return arrival{}, "peer is not on this machine"
	}
	if r.Method != http.MethodGet || r.URL.Path != of.path || r.URL.RawQuery != "" {
		return arrival{}, "no such resource"
	}
	if !origin.CheckHost(r.Host, s.port) {
		return arrival{}, "host"
	}
	if errors.Is(unknown, origin.ErrCapability) {
		return arrival{}, "capability"
	}
	if unknown != nil || of.purpose == origin.ForPage && s.o.Sites.Standing(came.origin, nil) == origin.Refused {
		return arrival{}, "origin"
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err == nil {
		err = s.o.Peer(peer, local)
	}
	if err != nil {
		return arrival{}, "peer: " + err.Error()
	}
	return came, ""
}

// ofThisUser is the least a peer must be.
func ofThisUser(remote, local netip.AddrPort) error {
	if !sameUser(remote, local) {
		return errors.New("it is another user's")
	}
	return nil
}

// admit counts c in, unless there are too many. The oldest that has not
// authenticated itself goes first, then the oldest that nobody has let in and that
// waits for nothing: sites that anybody may put up must not keep out the others.
func (s *Server) admit(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, same := s.count(nil), s.count(&c.origin)
	if s.closing || all >= maxConnections && !s.evict(nil) || same >= maxPerOrigin && !s.evict(&c.origin) {
		return false
	}
	s.names++
	c.number, c.id = s.names, strconv.Itoa(s.names)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s.sessions[c] = struct{}{}
	s.running.Add(1)
	s.changed(func(st *State) { st.Connections = len(s.sessions) })
	return true
}

// count counts the sessions, of one origin or of all, that are not on their way
// out. mu is held.
func (s *Server) count(of *origin.Origin) (n int) {
	for c := range s.sessions {
		if (of == nil || c.origin == *of) && c.ctx.Err() == nil {
			n++
		}
	}
	return n
}

// evict ends the oldest that admit may end, of one origin or of all, and tells
// whether there was one. mu is held.
func (s *Server) evict(of *origin.Origin) bool {
	oldest := make(map[origin.Standing]*session)
	for c := range s.sessions {
		if of != nil && c.origin != *of || c.ctx.Err() != nil {
			continue
		}
		c.mu.Lock()
		standing, goes := c.standing, c.standing == origin.Refused || c.standing == origin.Unpaired && len(c.requests) == 0
		c.mu.Unlock()
		if o := oldest[standing]; goes && (o == nil || c.number < o.number) {
			oldest[standing] = c
		}
	}
	for _, standing := range []origin.Standing{origin.Refused, origin.Unpaired} {
		if c := oldest[standing]; c != nil {
			c.cancel()
			return true
		}
	}
	return false
}

func (s *Server) leave(c *session) {
	c.cancel()
	s.capabilities.Forget(c.id)
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
