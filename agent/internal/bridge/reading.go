package bridge

import (
	"io"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
)

// readFrame reads one frame and acts on it.
func (c *session) readFrame() error {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	if kind == websocket.BinaryMessage {
		err = c.onChunk(r)
	} else {
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(r, maxControlBytes+1)); err == nil {
			err = c.onControl(data)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastFrame = time.Now()
	if err == nil {
		c.alive()
	}
	return err
}

// onControl acts on a JSON frame.
func (c *session) onControl(data []byte) error {
	if len(data) > maxControlBytes {
		return c.violation("")
	}
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
	if c.stands() == origin.Refused {
		return c.authenticate(f)
	}
	switch f.Type {
	case typeCancel:
		c.mu.Lock()
		k := c.requests[f.ID]
		c.mu.Unlock()
		if k != nil { // else it was answered while the cancel was on its way
			k.cancel()
		}
		return nil
	case typeDone:
		c.mu.Lock()
		k := c.kept[f.ID]
		c.mu.Unlock()
		if k != nil {
			k.acknowledge()
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
	return c.write(func() error { return c.ws.WriteJSON(f) })
}

// replyBinary sends a binary frame.
func (c *session) replyBinary(data []byte) error {
	return c.write(func() error { return c.ws.WriteMessage(websocket.BinaryMessage, data) })
}

func (c *session) write(f func() error) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(c.s.timing.write))
	err := f()
	if err != nil {
		c.cancel()
	}
	return err
}
