package nativehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"kyso/agent/internal/exactjson"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// session is one extension's connection: of one profile of one browser.
type session struct {
	s      *Server
	conn   net.Conn
	id     string
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc
	out    chan []byte
	slots  chan struct{} // of requests under way

	// The reader's own.
	asked bucket

	mu       sync.Mutex
	greeted  bool
	by       origin.Background // who greeted
	language string
	review   string
	ended    bool

	requests sync.WaitGroup
}

// errViolation ends a connection.
var errViolation = errors.New("protocol violation")

// run serves the extension until it leaves or misbehaves, or the agent stops.
func (c *session) run() {
	defer c.s.leave(c)
	defer c.conn.Close()
	defer c.cancel() // or what it hangs from would keep a refused connection for ever
	context.AfterFunc(c.ctx, func() { c.conn.Close() })
	c.conn.SetReadDeadline(time.Now().Add(c.s.timing.hello))
	if err := guard(func() error { return c.s.o.Peer(c.conn) }); err != nil {
		c.s.refuse(c, refusal(err), err)
		return
	}
	data, err := readFrame(c.conn, MaxFromExtension)
	if err != nil {
		return
	}
	id, err := parseGreeting(data)
	if err != nil || !mayConnect(id, c.s.o.Extensions) {
		c.s.refuse(c, i18n.ExtensionRefused, fmt.Errorf("extension %.100q: %v", id, err))
		return
	}
	var writer sync.WaitGroup
	writer.Go(c.write)
	err = c.read(id)
	if errors.Is(err, errViolation) || errors.Is(err, errFrame) {
		c.s.log.Warn("native connection ended", "why", err)
		c.send(errorMessage(i18n.BadRequest))
	}
	c.mu.Lock()
	c.ended = true
	close(c.out)
	c.mu.Unlock()
	c.s.o.Vouchers.Forget(c.id)
	if c.greeted && c.s.o.Gone != nil {
		c.s.watched("gone", func() { c.s.o.Gone(c.by) })
	}
	writer.Wait() // what was said goes out
	c.cancel()
	c.requests.Wait()
}

// end ends the connection.
func (c *session) end() { c.cancel() }

// read reads until something ends the connection.
func (c *session) read(id origin.ExtensionID) error {
	for {
		data, err := readFrame(c.conn, MaxFromExtension)
		if err != nil {
			return err
		}
		r, err := parseRequest(data)
		if err != nil {
			return fmt.Errorf("%w: %w", errViolation, err)
		}
		switch {
		case c.greeted:
			c.serve(r)
			continue
		case r.Method != "hello":
			return fmt.Errorf("%w: %q before hello", errViolation, r.Method)
		}
		if err := c.hello(r, id); err != nil {
			return err
		}
		c.conn.SetReadDeadline(time.Time{})
	}
}

// mayAsk counts a request: one for a page against its site first, and then all
// against the connection. It tells which rate was exceeded.
func (c *session) mayAsk(r request) (rate, bool) {
	var p openParams
	if r.Method == "open" && exactjson.Decode(r.Params, &p) == nil {
		if site, err := origin.Parse(p.Document.Origin); err == nil && !c.s.mayOpen(site) {
			return siteRate, false
		}
	}
	return requestRate, c.asked.take(time.Now(), requestRate)
}

// serve answers a request: at once, or beside the reading where it takes time.
func (c *session) serve(r request) {
	if limit, ok := c.mayAsk(r); !ok {
		f := failureOf(Fault(i18n.RateLimited))
		f.RetryAfter = (time.Minute / time.Duration(limit.perMinute)).Milliseconds()
		c.reply(answer{ID: r.ID, Type: "error", Error: f})
		return
	}
	m, known := methods[r.Method]
	if !known {
		c.fail(r, Fault(i18n.BadRequest))
		return
	}
	if !m.slow {
		c.answer(r, m)
		return
	}
	select {
	case c.slots <- struct{}{}:
	default:
		c.fail(r, Fault(i18n.Busy))
		return
	}
	c.requests.Go(func() {
		defer func() { <-c.slots }()
		c.answer(r, m)
	})
}

func (c *session) answer(r request, m method) {
	ctx, cancel := context.WithTimeout(c.ctx, c.s.timing.slow)
	defer cancel()
	var result any
	err := guard(func() (err error) {
		result, err = m.answer(c, ctx, r.Params)
		return err
	})
	if err != nil {
		c.fail(r, err)
		return
	}
	c.reply(answer{ID: r.ID, Type: "result", Result: result})
}

func (c *session) fail(r request, err error) {
	f := failureOf(err)
	c.s.log.Info("native request failed", "method", r.Method, "code", f.Code)
	var p *panicked
	if errors.As(err, &p) {
		c.s.log.Error("native request broke", "method", r.Method, "error", err)
	}
	c.reply(answer{ID: r.ID, Type: "error", Error: f})
}

// reply sends a message. One that is too long is an error instead.
func (c *session) reply(a answer) {
	data, err := json.Marshal(a)
	if err != nil || len(data) > MaxToExtension {
		c.s.log.Error("native answer", "bytes", len(data), "error", err)
		data, _ = json.Marshal(answer{ID: a.ID, Type: "error", Error: failureOf(err)})
	}
	c.send(data)
}

// send queues a message; false when the extension does not take any more, and
// its connection is ended.
func (c *session) send(data []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	select {
	case c.out <- data:
		return true
	default:
		c.end()
		return false
	}
}

// write writes what is queued.
func (c *session) write() {
	for data := range c.out {
		c.conn.SetWriteDeadline(time.Now().Add(c.s.timing.write))
		if writeFrame(c.conn, data, MaxToExtension) != nil {
			c.end()
		}
	}
}
