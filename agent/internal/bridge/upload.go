package bridge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"kyso/agent/internal/origin"
)

// upload is a document on its way from the page. The session's reader writes
// it; the request's goroutine waits for it.
type upload struct {
	channel uint32
	size    int64
	moved   chan struct{} // one token: bytes have arrived
	done    chan error    // one value, when the document is complete or lost

	mu      sync.Mutex
	owner   *session // whose bytes are taken; nil while the connection is down
	sink    io.Writer
	failed  bool // the sink failed: what still comes is counted and dropped
	sum     hash.Hash
	got     int64
	granted int64
	closed  bool
}

// claim reserves the channels a request names: increasing, and above all
// before, so that a late frame of one document is never taken for another's.
func (c *session) claim(channels []uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.lastChannel
	for _, ch := range channels {
		if ch <= last {
			return badRequest("channels must increase")
		}
		last = ch
	}
	c.lastChannel = last
	return nil
}

// receive takes size bytes from the page on a claimed channel into sink and
// returns their digest. It grants credit as bytes are written, so that the page
// is never ahead by more than a window. step is told how many have come.
func (k *call) receive(ctx context.Context, channel uint32, size int64, sink io.Writer, step func(done int64)) ([32]byte, error) {
	u := &upload{channel: channel, size: size, moved: make(chan struct{}, 1), done: make(chan error, 1), sink: sink, sum: sha256.New()}
	step(0)
	k.open(u)
	defer k.drop(u)
	stall := time.NewTimer(k.s.timing.stall)
	defer stall.Stop()
	for {
		select {
		case <-ctx.Done():
			return [32]byte{}, ctx.Err()
		case <-stall.C:
			return [32]byte{}, errStalled
		case <-u.moved:
			stall.Reset(k.s.timing.stall)
			step(u.progress())
		case err := <-u.done:
			if err != nil {
				return [32]byte{}, fmt.Errorf("%w: %w", errStorage, err)
			}
			step(size)
			return [32]byte(u.sum.Sum(nil)), nil
		}
	}
}

// open lets the page begin.
func (k *call) open(u *upload) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.upload = u
	if c := k.c; c != nil {
		grant := u.give(c)
		c.mu.Lock()
		c.uploads[u.channel] = u
		c.mu.Unlock()
		c.reply(frame{Type: typeCredit, Credit: &credit{u.channel, grant}})
	}
}

// give makes c the connection the document comes over, and returns what it is
// granted: what was granted to another is on no way any more.
func (u *upload) give(c *session) (grant int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.owner = c
	u.granted = u.got
	if c != nil && !u.closed {
		grant = min(u.size-u.got, windowBytes)
		u.granted += grant
	}
	return grant
}

// progress is how much has arrived.
func (u *upload) progress() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.got
}

// drop ends an upload. What was granted and has not come may still be on its
// way and is let pass.
func (k *call) drop(u *upload) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.upload = nil
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	if u.got == u.size && !u.failed {
		k.arrived++
	}
	if c := u.owner; c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.uploads, u.channel)
		c.stray += u.granted - u.got
	}
}

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// onChunk takes a binary frame, a piece at a time.
func (c *session) onChunk(r io.Reader) error {
	var header [chunkHeader]byte
	if c.stands() == origin.Refused {
		return c.violation("")
	}
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return c.unless(err)
	}
	channel, err := chunkChannel(header)
	if err != nil {
		return c.violation("")
	}
	buf := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(buf)
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf[:])
		if n > 0 {
			if err := c.onPiece(channel, buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case err == io.EOF && first: // nothing but the header
			return c.violation("")
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return nil
		default:
			return err
		}
	}
}

// unless makes a violation of a frame that ends too early; other errors are the
// connection's.
func (c *session) unless(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return c.violation("")
	}
	return err
}

func (c *session) onPiece(channel uint32, payload []byte) error {
	n := int64(len(payload))
	c.mu.Lock()
	u := c.uploads[channel]
	c.mu.Unlock()
	if u != nil {
		grant, taken, err := u.take(c, payload)
		switch {
		case err != nil:
			return c.violation("")
		case taken && grant > 0:
			return c.reply(frame{Type: typeCredit, Credit: &credit{channel, grant}})
		case taken:
			return nil
		}
	}
	c.mu.Lock()
	late := channel <= c.lastChannel && n <= c.stray
	if late {
		c.stray -= n
	}
	c.mu.Unlock()
	if !late {
		return c.violation("")
	}
	return nil
}

// take writes payload, which came over c, and says how much more to grant. It is
// not taken when the upload has just been closed, or belongs to another
// connection by now. The error is the page's fault: more than was granted.
func (u *upload) take(c *session, payload []byte) (grant int64, taken bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || u.owner != c {
		return 0, false, nil
	}
	n := int64(len(payload))
	if n > u.granted-u.got {
		return 0, false, errViolation
	}
	u.got += n
	if u.failed {
		return 0, true, nil
	}
	u.sum.Write(payload)
	if _, err := u.sink.Write(payload); err != nil {
		u.failed = true
		u.done <- err
		return 0, true, nil
	}
	if u.got == u.size {
		u.done <- nil
		return 0, true, nil
	}
	select {
	case u.moved <- struct{}{}:
	default:
	}
	// Half a window at a time: the page never runs dry, and there is one credit
	// frame for two chunks.
	if left := u.granted - u.got; left <= windowBytes/2 {
		grant = min(windowBytes-left, u.size-u.granted)
		u.granted += grant
	}
	return grant, true, nil
}
