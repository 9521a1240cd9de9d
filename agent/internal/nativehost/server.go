// Package nativehost is the native channel of the browser extension: `kyso
// host`, which a browser starts and speaks with over its standard streams, and
// the agent's local socket, to which it connects (docs/protocol.md, "Through the
// extension"). Over it an extension learns where the agent is and which sites it
// serves, and gets capabilities to connect for a page. Nothing is signed here,
// and the agent believes nothing but what the browser itself told the extension.
package nativehost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/peer"
)

// Options are the parts of a Server.
type Options struct {
	// Version is the product's. Port is where the bridge listens, Key its public
	// key.
	Version string
	Port    int
	Key     []byte
	// Vouchers is where the bridge redeems what open gives. It is required.
	Vouchers *origin.Vouchers
	// Standing says what a site may do before its page has shown a key. It is
	// required.
	Standing func(origin.Origin) origin.Standing
	// Peer judges who connects. It is required: peer.NativeHost.
	Peer func(net.Conn) error
	// Extensions are ids that the administrator allows beside the built-in ones.
	Extensions []string
	// Sites, Status and Anchors answer the methods of these names. They are
	// required. Status writes in the language, "vi" or "en".
	Sites   func() Sites
	Status  func(ctx context.Context, language string) (Status, error)
	Anchors func() []Anchor
	// Doctor is the report of kyso doctor. Nil: there is none, an error.
	Doctor func(context.Context) (any, error)
	// ReviewOpen gives a capability for the review of ticket, which was announced
	// to this extension; connection is its native connection. Its errors may be a
	// Fault. Nil: there are no reviews.
	ReviewOpen func(connection string, by origin.Background, ticket string) (capability string, err error)
	// Greeted, when not nil, is told of each extension that said hello, with its
	// version, and Gone of the end of its connection.
	Greeted func(by origin.Background, version string)
	Gone    func(by origin.Background)
	// Now tells the time, for what expires. Nil is time.Now.
	Now func() time.Time
	// Log is told of refusals. Nil discards.
	Log *slog.Logger
}

// Server is the agent's end of the channel.
type Server struct {
	o      Options
	log    *slog.Logger
	timing timing

	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	sessions map[*session]struct{}
	names    int
	arrivals bucket
	opened   map[origin.Origin]*bucket

	looked atomic.Int64 // at the sites, how often
}

const (
	// maxConnections bounds the connections: one for each profile of a browser
	// that is open.
	maxConnections = 16
	// acceptPause is what passes after a connection could not be accepted.
	acceptPause = time.Second
	// maxRequests bounds what one connection has under way; most is answered at
	// once.
	maxRequests = 8
	// maxQueued bounds what waits to be written to a connection. An extension that
	// does not read so much has stopped.
	maxQueued = 32
)

// Rates: connections of all, requests of each, and what is opened for the pages
// of one site, over all connections. A browser's pages that are restored all at
// once ask once each.
var (
	connectionRate = rate{30, 60}
	requestRate    = rate{200, 300}
	siteRate       = rate{40, 60}
)

// maxSitesCounted bounds the sites whose rates are remembered. Where any site may
// ask to be paired, there are many.
const maxSitesCounted = 256

// timing gathers the time limits; only tests change them.
type timing struct {
	hello time.Duration // from the connection until hello
	write time.Duration // for one message to leave
	slow  time.Duration // for a request that asks tokens or the system
	sites time.Duration // between two looks at the sites
}

// defaultTiming: a browser that is just starting takes seconds for its
// extensions. The tokens are given as long as a page's status is.
var defaultTiming = timing{hello: 10 * time.Second, write: 30 * time.Second, slow: 60 * time.Second, sites: 10 * time.Second}

// NewServer checks o. It does not listen yet.
func NewServer(o Options) (*Server, error) {
	if o.Vouchers == nil || o.Standing == nil || o.Peer == nil || o.Sites == nil || o.Status == nil || o.Anchors == nil {
		return nil, errors.New("make native channel: a part is missing")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{o: o, log: o.Log, timing: defaultTiming, sessions: make(map[*session]struct{}), opened: make(map[origin.Origin]*bucket)}, nil
}

// Listen takes this session's socket. The caller is the only agent of it: what
// an earlier one left is removed.
func (s *Server) Listen() error {
	l, err := listen()
	if err != nil {
		return fmt.Errorf("listen for the browser extension: %w", err)
	}
	s.listener = l
	return nil
}

// Serve answers until ctx ends. It is called once, after Listen.
func (s *Server) Serve(ctx context.Context) error {
	if s.listener == nil {
		return errors.New("serve native channel: it is not listening")
	}
	stop := context.AfterFunc(ctx, func() { s.listener.Close() })
	defer stop()
	s.running.Go(func() { s.watchSites(ctx) })
	for ctx.Err() == nil {
		conn, err := s.listener.Accept()
		if err != nil {
			// Too many files are open, or ctx has ended.
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		}
		if c := s.admit(ctx, conn); c != nil {
			s.running.Go(c.run)
		} else {
			conn.Close()
		}
	}
	s.listener.Close()
	s.running.Wait()
	return nil
}

// admit counts a connection in, unless there are too many.
func (s *Server) admit(ctx context.Context, conn net.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= maxConnections || !s.arrivals.take(time.Now(), connectionRate) {
		s.log.Warn("native connection refused", "why", "too many")
		return nil
	}
	s.names++
	c := &session{s: s, conn: conn, id: strconv.Itoa(s.names), out: make(chan []byte, maxQueued), slots: make(chan struct{}, maxRequests)}
	c.ctx, c.cancel = context.WithCancel(ctx)
	s.sessions[c] = struct{}{}
	return c
}

// mayOpen counts a page of a site. One site that opens and opens must not use up
// what its browser may ask for all the others.
func (s *Server) mayOpen(site origin.Origin) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.opened[site]
	if b == nil {
		if len(s.opened) >= maxSitesCounted {
			var oldest origin.Origin
			for other, b := range s.opened {
				if o := s.opened[oldest]; o == nil || b.at.Before(o.at) {
					oldest = other
				}
			}
			delete(s.opened, oldest)
		}
		b = new(bucket)
		s.opened[site] = b
	}
	return b.take(time.Now(), siteRate)
}

func (s *Server) leave(c *session) {
	s.mu.Lock()
	delete(s.sessions, c)
	s.mu.Unlock()
}

// refuse says why nobody may connect: to our own program, whose browser or
// extension is not known, and to nobody else.
func (s *Server) refuse(c *session, code string, err error) {
	s.log.Warn("native connection refused", "why", err)
	if code != "" {
		c.conn.SetWriteDeadline(time.Now().Add(time.Second))
		writeFrame(c.conn, errorMessage(code), MaxToExtension)
	}
}

// refusal is what the peer is told of the error of Options.Peer.
func refusal(err error) string {
	if errors.Is(err, peer.ErrNotBrowser) {
		return i18n.BrowserRefused
	}
	return ""
}

// rate is a token bucket: so many at once, and so many a minute.
type rate struct{ burst, perMinute int }

// bucket holds tokens, and is full at first.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) take(now time.Time, r rate) bool {
	if b.at.IsZero() {
		b.tokens = float64(r.burst)
	} else {
		b.tokens = min(float64(r.burst), b.tokens+now.Sub(b.at).Minutes()*float64(r.perMinute))
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
