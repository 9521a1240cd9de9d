package bridge

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/origin"
)

// session is one page's connection.
type session struct {
	s      *Server
	number int    // counts connections
	id     string // the number, for whoever gives capabilities
	origin origin.Origin
	by     *origin.Voucher // of an extension that connected for the page; nil: the page itself did
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	ws     *websocket.Conn

	writing sync.Mutex // one frame at a time

	// The reader's own.
	transcript origin.Transcript
	pairing    *pairing
	controls   bucket // pings and pongs of the page
	excess     bucket // requests beyond the rate of its origin

	mu      sync.Mutex
	version int // 0 until hello
	// standing is Refused until the page has authenticated itself.
	standing    origin.Standing
	requests    map[string]*call // under way
	kept        map[string]*call // answered, and waiting for the page's word
	uploads     map[uint32]*upload
	downloads   map[uint32]*download
	lastChannel uint32
	// stray is how many bytes of abandoned uploads may still be on their way.
	stray     int64
	lastFrame time.Time
	// parting: the close frame is sent, and the reader closes the socket.
	parting bool
	ended   bool

	running sync.WaitGroup // requests and the keeper
}

// parting ends a session with a close code.
type parting struct {
	code int
	why  string
}

func (p *parting) Error() string { return p.why }

var (
	errViolation = &parting{websocket.ClosePolicyViolation, "protocol violation"}
	errUnproven  = &parting{websocket.ClosePolicyViolation, "page could not authenticate itself"}
	errTooOften  = &parting{websocket.CloseTryAgainLater, "connects or asks too often"}
)

// run serves the page until it leaves, misbehaves or the agent stops. When it
// returns, nothing of the session is running any more but what another
// connection may resume.
func (c *session) run(ws *websocket.Conn) {
	c.ws = ws
	c.requests, c.kept = make(map[string]*call), make(map[string]*call)
	c.uploads, c.downloads = make(map[uint32]*upload), make(map[uint32]*download)
	c.lastFrame = time.Now()
	ws.SetReadLimit(strangerBytes)
	ws.SetReadDeadline(time.Now().Add(c.s.timing.hello))
	ws.SetPingHandler(func(data string) error {
		err := c.control()
		if err == nil {
			ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		}
		return err
	})
	ws.SetPongHandler(func(string) error { return c.control() })
	c.running.Add(1)
	go c.keep()

	err := c.read()
	var p *parting
	if errors.As(err, &p) && c.ctx.Err() == nil {
		c.s.log.Warn(p.why, "origin", c.origin.String())
		c.goodbye(p.code)
		c.mu.Lock()
		c.parting = true
		c.mu.Unlock()
		c.release(false) // what it asked for ends at once, an open window first
		c.cancel()
		c.drain()
	}
	c.release(!c.left(err))
	c.cancel()
	ws.Close()
	c.running.Wait()
}

// read reads until something ends the session.
func (c *session) read() error {
	for {
		if err := c.readFrame(); err != nil {
			return err
		}
	}
}

// left tells whether a page ended its connection, and is not just gone: it then
// wants nothing any more. The codes excepted are those of a failure
// (RFC 6455, 7.4.1), 1006 of a connection without a close frame. An extension's
// background closes with 1000 when its page is left; 1001 is what its browser
// sends when it ends the background, of which the page knows nothing.
func (c *session) left(err error) bool {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		if c.by != nil && closed.Code == websocket.CloseGoingAway {
			return false
		}
		return closed.Code != websocket.CloseAbnormalClosure && closed.Code != websocket.CloseInternalServerErr && closed.Code != websocket.CloseServiceRestart
	}
	return errors.Is(err, websocket.ErrReadLimit)
}

// release ends what the page asked for, or leaves what can be resumed to another
// connection.
func (c *session) release(keep bool) {
	c.mu.Lock()
	c.ended = true
	var calls []*call
	for _, m := range []map[string]*call{c.requests, c.kept} {
		for _, k := range m {
			calls = append(calls, k)
		}
	}
	c.mu.Unlock()
	for _, k := range calls {
		if keep && k.lasting {
			k.detach(c)
		} else {
			k.cancel()
		}
	}
}

// stands is the page's standing, Refused until it has authenticated itself.
func (c *session) stands() origin.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standing
}

// stillMay looks again at what the page may do: its site may have been closed, or
// its pairing ended, since it connected. The error is errUnpaired or
// errClosedSite. A closed site keeps its connection, on which nothing can be asked
// for: a list that is just being exchanged must not end what is under way.
func (c *session) stillMay() error {
	now := c.s.o.Sites.Standing(c.origin, c.transcript.PageKey)
	if now == origin.Refused {
		return errClosedSite
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.standing = now
	if now == origin.Unpaired {
		return errUnpaired
	}
	return nil
}

// control counts a ping or pong, and takes it for a sign of life.
func (c *session) control() error {
	if c.controls.take(time.Now(), rate{maxControls, 60}) != nil {
		return errViolation
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alive()
	return nil
}

// alive prolongs the life of a page that is known. mu is held.
func (c *session) alive() {
	if c.standing != origin.Refused {
		c.ws.SetReadDeadline(time.Now().Add(c.s.timing.pong))
	}
}

// keep pings the page and closes the connection when it is idle or the agent
// stops.
func (c *session) keep() {
	defer c.running.Done()
	ticker := time.NewTicker(c.s.timing.ping)
	defer ticker.Stop()
	for {
		select {
		case <-c.ctx.Done():
			c.mu.Lock()
			parting := c.parting
			c.mu.Unlock()
			if !parting {
				c.goodbye(websocket.CloseGoingAway)
				c.ws.Close()
			}
			return
		case <-ticker.C:
			c.mu.Lock()
			idle := len(c.requests) == 0 && time.Since(c.lastFrame) > c.s.timing.idle
			c.mu.Unlock()
			if idle {
				c.goodbye(websocket.CloseNormalClosure)
				c.ws.Close()
				return
			}
			c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.s.timing.write))
		}
	}
}

// spawn runs f beside the session, which waits for it. Nothing begins once the
// session has ended.
func (c *session) spawn(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.running.Go(f)
	}
}

// goodbye sends a close frame without a reason.
func (c *session) goodbye(code int) {
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
}

// drain reads what is on its way for a moment. Closing a socket with unread
// bytes resets it, and the page would never see why. Nothing the page sends
// prolongs the moment.
func (c *session) drain() {
	c.ws.SetReadDeadline(time.Now().Add(time.Second))
	// Past the frames: once a handler has failed, there is no reading them.
	io.Copy(io.Discard, c.ws.NetConn())
}
