package bridge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"kyso/agent/internal/signing"
)

// download is a document on its way to the page.
type download struct {
	credit  int64         // guarded by session.mu
	granted chan struct{} // one token: credit has grown
}

// onCredit lets a download go on.
func (c *session) onCredit(g credit) error {
	c.mu.Lock()
	d := c.downloads[g.Channel]
	known := g.Channel <= c.lastChannel
	if d != nil {
		d.credit = min(d.credit+g.Bytes, maxCredit)
	}
	c.mu.Unlock()
	switch {
	case d == nil && !known:
		return c.violation("")
	case d == nil: // the last credit of a document that has left
		return nil
	}
	select {
	case d.granted <- struct{}{}:
	default:
	}
	return nil
}

var chunks = sync.Pool{New: func() any { return new([chunkHeader + chunkBytes]byte) }}

// send announces a document as part of request id and sends it, from off on, as
// the page grants credit. The bytes must have the announced digest: they are read
// from a file, and a page that was sent others is told so.
func (c *session) send(ctx context.Context, id string, channel uint32, r signing.Result, off int64, step func(done int64)) error {
	d := &download{granted: make(chan struct{}, 1)}
	c.mu.Lock()
	c.downloads[channel] = d
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.downloads, channel)
		c.mu.Unlock()
	}()
	sum := sha256.New()
	// What the page has already.
	if _, err := io.Copy(sum, io.NewSectionReader(r.Signed, 0, off)); err != nil {
		return fmt.Errorf("%w: read signed document: %w", errStorage, err)
	}
	err := c.reply(frame{ID: id, Type: typeDocument, Document: &announcement{channel, r.Name, r.Size, hex.EncodeToString(r.SHA256[:]), off}})
	if err != nil {
		return err
	}
	step(off)
	for off < r.Size {
		allowed, err := c.await(ctx, d)
		if err != nil {
			return err
		}
		n, err := c.sendChunk(channel, r.Signed, off, min(chunkBytes, allowed, r.Size-off), sum)
		if err != nil {
			return err
		}
		off += n
		c.mu.Lock()
		d.credit -= n
		c.mu.Unlock()
		step(off)
	}
	if [32]byte(sum.Sum(nil)) != r.SHA256 {
		return fmt.Errorf("%w: the document changed while it was sent", signing.ErrSelfCheck)
	}
	return nil
}

// sendChunk sends n bytes from off on, and returns n.
func (c *session) sendChunk(channel uint32, from io.ReaderAt, off, n int64, sum io.Writer) (int64, error) {
	buf := chunks.Get().(*[chunkHeader + chunkBytes]byte)
	defer chunks.Put(buf)
	chunk := buf[:chunkHeader+n]
	binary.BigEndian.PutUint32(chunk, channel)
	if got, err := from.ReadAt(chunk[chunkHeader:], off); int64(got) < n {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, fmt.Errorf("%w: read signed document: %w", errStorage, err)
	}
	sum.Write(chunk[chunkHeader:])
	return n, c.replyBinary(chunk)
}

// await waits for credit and says how much there is.
func (c *session) await(ctx context.Context, d *download) (int64, error) {
	stall := time.NewTimer(c.s.timing.stall)
	defer stall.Stop()
	for {
		c.mu.Lock()
		credit := d.credit
		c.mu.Unlock()
		if credit > 0 {
			return credit, ctx.Err()
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-c.ctx.Done():
			return 0, c.ctx.Err()
		case <-stall.C:
			return 0, errStalled
		case <-d.granted:
		}
	}
}
