package vgca

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// session is one connection: one question, one answer.
type session struct {
	s      *Server
	origin origin.Origin
	method string
	ctx    context.Context
	cancel context.CancelFunc
}

func (c *session) run(ws *websocket.Conn) {
	defer ws.Close()
	stop := context.AfterFunc(c.ctx, func() { ws.Close() })
	defer stop()
	ws.SetReadLimit(maxFrameBytes)
	ws.SetReadDeadline(time.Now().Add(c.s.timing.question))
	kind, question, err := ws.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		return
	}
	ws.SetReadDeadline(time.Time{})
	ctx, cancel := context.WithTimeoutCause(c.ctx, c.s.timing.work, signing.ErrTimeout)
	defer cancel()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		// Nothing but the end comes from a page now.
		ws.NextReader()
		cancel()
	}()
	answer := c.answer(ctx, question)
	ws.SetWriteDeadline(time.Now().Add(c.s.timing.write))
	if err := ws.WriteMessage(websocket.TextMessage, answer); err != nil {
		return
	}
	// Pages close by themselves; a close from here might overtake the answer.
	select {
	case <-gone:
	case <-time.After(c.s.timing.linger):
	case <-c.ctx.Done():
	}
}

// answer does the work, whatever trips it.
func (c *session) answer(ctx context.Context, question []byte) (out []byte) {
	m := methods[c.method]
	k := &call{s: c.s, origin: c.origin, method: c.method, m: m}
	defer func() {
		if v := recover(); v != nil {
			c.s.log.Error("fault", "method", c.method, "value", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			out = k.failed(fmt.Errorf("panic with a %T", v))
		}
	}()
	switch {
	case c.s.off(c.method):
		return k.failed(errDisabled)
	case m.asks && c.s.rates.paused(c.origin):
		return k.failed(errPaused)
	}
	reply, err := m.run(ctx, k, question)
	if err != nil && ctx.Err() != nil && errors.Is(context.Cause(ctx), signing.ErrTimeout) {
		err = signing.ErrTimeout
	}
	if m.asks && (err == nil || errors.Is(err, signing.ErrRefused)) {
		c.s.rates.answered(c.origin, err != nil)
	}
	if err != nil {
		return k.failed(err)
	}
	return marshal(reply)
}
