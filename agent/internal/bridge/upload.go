package bridge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"
)

// upload is a document on its way from the page. The session's reader writes
// it; the request's goroutine waits for it.
type upload struct {
	size  int64
	moved chan struct{} // one token: bytes have arrived
	done  chan error    // one value, when the document is complete or lost

	mu      sync.Mutex
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
// returns their digest.
func (k *call) receive(ctx context.Context, channel uint32, size int64, sink io.Writer, step func(done int64)) ([32]byte, error) {
	c := k.c
	u := &upload{size: size, moved: make(chan struct{}, 1), done: make(chan error, 1), sink: sink, sum: sha256.New(), granted: min(size, windowBytes)}
	c.mu.Lock()
	c.uploads[channel] = u
	c.mu.Unlock()
	defer c.drop(channel, u)
	step(0)
	if err := c.reply(frame{Type: typeCredit, Credit: &credit{channel, u.granted}}); err != nil {
		return [32]byte{}, err
	}
	stall := time.NewTimer(c.s.timing.stall)
	defer stall.Stop()
	for {
		select {
		case <-ctx.Done():
			return [32]byte{}, ctx.Err()
		case <-stall.C:
			return [32]byte{}, errStalled
		case <-u.moved:
			stall.Reset(c.s.timing.stall)
			u.mu.Lock()
			got := u.got
			u.mu.Unlock()
			step(got)
		case err := <-u.done:
			if err != nil {
				return [32]byte{}, fmt.Errorf("%w: %w", errStorage, err)
			}
			step(size)
			return [32]byte(u.sum.Sum(nil)), nil
		}
	}
}

// drop ends an upload. What was granted and has not come may still be on its
// way and is let pass.
func (c *session) drop(channel uint32, u *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.uploads, channel)
	c.stray += u.granted - u.got
}

// onChunk takes a binary frame.
func (c *session) onChunk(data []byte) error {
	channel, payload, err := decodeChunk(data)
	if err != nil || c.version == 0 {
		return c.violation("")
	}
	n := int64(len(payload))
	c.mu.Lock()
	u := c.uploads[channel]
	c.mu.Unlock()
	if u != nil {
		grant, taken, err := u.take(payload)
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

// take writes payload and says how much more to grant. It is not taken when
// the upload has just been closed. The error is the page's fault: more than was
// granted.
func (u *upload) take(payload []byte) (grant int64, taken bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
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
