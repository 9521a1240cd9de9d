package bridge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
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

// send announces a document and sends it as the page grants credit. The bytes
// must have the announced digest: they are read from a file, and a page that
// was sent others is told so.
func (k *call) send(ctx context.Context, channel uint32, r signing.Result, step func(done int64)) error {
	c := k.c
	d := &download{granted: make(chan struct{}, 1)}
	c.mu.Lock()
	c.downloads[channel] = d
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.downloads, channel)
		c.mu.Unlock()
	}()
	err := c.reply(frame{ID: k.id, Type: typeDocument, Document: &announcement{channel, r.Name, r.Size, hex.EncodeToString(r.SHA256[:]), 0}})
	if err != nil {
		return err
	}
	step(0)
	buf := make([]byte, chunkHeader+chunkBytes)
	binary.BigEndian.PutUint32(buf, channel)
	sum := sha256.New()
	for off := int64(0); off < r.Size; {
		allowed, err := c.await(ctx, d)
		if err != nil {
			return err
		}
		chunk := buf[:chunkHeader+min(chunkBytes, allowed, r.Size-off)]
		n, err := r.Signed.ReadAt(chunk[chunkHeader:], off)
		if n < len(chunk)-chunkHeader {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("%w: read signed document: %w", errStorage, err)
		}
		sum.Write(chunk[chunkHeader:])
		if err := c.replyBinary(chunk); err != nil {
			return err
		}
		off += int64(n)
		c.mu.Lock()
		d.credit -= int64(n)
		c.mu.Unlock()
		step(off)
	}
	if [32]byte(sum.Sum(nil)) != r.SHA256 {
		return fmt.Errorf("%w: the document changed while it was sent", signing.ErrSelfCheck)
	}
	return nil
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
		case <-stall.C:
			return 0, errStalled
		case <-d.granted:
		}
	}
}
