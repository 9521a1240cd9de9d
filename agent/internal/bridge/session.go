package bridge

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// session is one page's connection.
type session struct {
	s      *Server
	origin origin.Origin
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	ws     *websocket.Conn

	writing sync.Mutex // one frame at a time

	mu          sync.Mutex
	version     int // 0 until hello
	requests    map[string]context.CancelFunc
	uploads     map[uint32]*upload
	downloads   map[uint32]*download
	lastChannel uint32
	// stray is how many bytes of abandoned uploads may still be on their way.
	stray     int64
	lastFrame time.Time
	// parting: the close frame is sent, and the reader closes the socket.
	parting bool

	running sync.WaitGroup // requests and the keeper
}

// errViolation ends a session: the peer does not speak the protocol.
var errViolation = errors.New("protocol violation")

// run serves the page until it leaves, misbehaves or the agent stops. When it
// returns, nothing of the session is running any more.
func (c *session) run(ws *websocket.Conn) {
	c.ws = ws
	c.requests = make(map[string]context.CancelFunc)
	c.uploads = make(map[uint32]*upload)
	c.downloads = make(map[uint32]*download)
	c.lastFrame = time.Now()
	t := c.s.timing
	ws.SetReadLimit(chunkHeader + chunkBytes)
	ws.SetReadDeadline(time.Now().Add(t.hello))
	ws.SetPongHandler(func(string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.version != 0 {
			ws.SetReadDeadline(time.Now().Add(t.pong))
		}
		return nil
	})
	c.running.Add(1)
	go c.keep()

	buf := make([]byte, chunkHeader+chunkBytes)
	for {
		err := c.readFrame(buf)
		if errors.Is(err, errViolation) {
			c.s.log.Warn("protocol violation", "origin", c.origin.String())
			c.goodbye(websocket.ClosePolicyViolation)
			c.mu.Lock()
			c.parting = true
			c.mu.Unlock()
			c.cancel() // what it asked for ends at once, an open window first
			c.drain()
		}
		if err != nil {
			break
		}
	}
	// A page that has left cannot see what is signed: everything it asked for
	// ends, an open window first.
	c.cancel()
	ws.Close()
	c.running.Wait()
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

// goodbye sends a close frame without a reason.
func (c *session) goodbye(code int) {
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
}

// drain reads what is on its way for a moment. Closing a socket with unread
// bytes resets it, and the page would never see why. Nothing the page sends
// prolongs the moment.
func (c *session) drain() {
	c.ws.SetPongHandler(func(string) error { return nil })
	c.ws.SetReadDeadline(time.Now().Add(time.Second))
	for {
		if _, _, err := c.ws.NextReader(); err != nil {
			return
		}
	}
}

// readFrame reads one frame into buf and acts on it.
func (c *session) readFrame(buf []byte) error {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	limit := len(buf)
	if kind == websocket.TextMessage {
		limit = maxControlBytes
	}
	n, err := io.ReadFull(r, buf[:limit])
	switch {
	case err == nil:
		// The buffer is full: the frame must end here.
		if m, _ := r.Read(make([]byte, 1)); m > 0 {
			return c.violation("")
		}
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	}
	data := buf[:n]
	if kind == websocket.BinaryMessage {
		err = c.onChunk(data)
	} else {
		err = c.onControl(data)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastFrame = time.Now()
	if c.version != 0 {
		c.ws.SetReadDeadline(time.Now().Add(c.s.timing.pong))
	}
	return err
}

// onControl acts on a JSON frame.
func (c *session) onControl(data []byte) error {
	f, err := decodeFrame(data)
	if err != nil {
		return c.violation("")
	}
	if c.version == 0 {
		return c.hello(f)
	}
	// The version was agreed on once and for all: a frame of another one is an
	// attempt at a downgrade or a broken page.
	if f.V != c.version {
		c.reply(frame{ID: f.ID, Type: typeError, Error: versionFailure()})
		return errViolation
	}
	switch f.Type {
	case typeCancel:
		c.mu.Lock()
		stop := c.requests[f.ID]
		c.mu.Unlock()
		if stop != nil { // else it was answered while the cancel was on its way
			stop()
		}
		return nil
	case typeCredit:
		return c.onCredit(*f.Credit)
	default:
		return c.start(f)
	}
}

// violation tells the page what it did, once, and ends the session.
func (c *session) violation(id string) error {
	c.reply(frame{ID: id, Type: typeError, Error: failureOf(i18n.BadRequest)})
	return errViolation
}

// reply sends a JSON frame. A page that cannot be written to is closed.
func (c *session) reply(f frame) error {
	f.V = max(c.version, minVersion)
	c.writing.Lock()
	defer c.writing.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(c.s.timing.write))
	err := c.ws.WriteJSON(f)
	if err != nil {
		c.cancel()
	}
	return err
}

// replyBinary sends a binary frame.
func (c *session) replyBinary(data []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(c.s.timing.write))
	err := c.ws.WriteMessage(websocket.BinaryMessage, data)
	if err != nil {
		c.cancel()
	}
	return err
}
