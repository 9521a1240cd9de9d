package bridge

import (
	"crypto/rand"
	"time"

	"kyso/agent/internal/origin"
)

// A lasting call survives its connection: whoever has its ticket, comes from its
// origin and holds its page's key takes it up again. Its state is guarded by
// call.mu. Locks are taken in the order call.telling, call.mu, Server.mu or
// sending.mu, upload.mu, session.mu.

// stay says how long a lasting call waits for its page.
type stay struct {
	ticket  string
	resumes int
	// approved: the person has. dropped: when the connection was lost, zero while
	// there is one. answered: when an answer was last written, zero before.
	approved          bool
	dropped, answered time.Time
	timer             *time.Timer
	acknowledged      chan struct{} // closed when the page has its answer
}

// accept gives the page a ticket, and tells it what it has still to send. k.mu is
// held, so that nothing else of the request is sent before.
func (k *call) accept(c *session) {
	secret := make([]byte, origin.NonceBytes)
	rand.Read(secret)
	if k.stay.acknowledged == nil {
		k.stay.acknowledged = make(chan struct{})
	}
	old := k.stay.ticket
	k.stay.ticket = origin.Encode(secret)
	k.s.mu.Lock()
	delete(k.s.tickets, old)
	k.s.tickets[k.stay.ticket] = k
	k.s.mu.Unlock()
	a := &accepted{k.stay.ticket, []received{}}
	for i, d := range k.incoming {
		r := received{Channel: d.Channel}
		if i == k.arrived && k.upload != nil {
			r.Received = k.upload.progress()
		}
		if i >= k.arrived && r.Received < d.Size {
			a.Documents = append(a.Documents, r)
		}
	}
	c.reply(frame{ID: k.id, Type: typeAccepted, Accepted: a})
}

// where tells the connection, nil while there is none, the request's id on it,
// how often the request was resumed, and a channel that is closed when this
// changes.
func (k *call) where() (c *session, id string, resumes int, change <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.c, k.id, k.stay.resumes, k.change
}

// moved tells whoever waits that the connection is another. k.mu is held.
func (k *call) moved() {
	close(k.change)
	k.change = make(chan struct{})
	k.rearm()
}

// detach leaves connection c, which is lost.
func (k *call) detach(c *session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.c != c {
		return
	}
	k.c = nil
	k.stay.dropped = time.Now()
	if k.upload != nil {
		k.upload.give(nil)
	}
	k.moved()
}

// attach goes on as request id of connection c, whose page has so many bytes of
// signed documents.
func (k *call) attach(c *session, id string, p resumeParams) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stay.ticket != p.Ticket || k.ctx.Err() != nil || k.stay.resumes >= maxResumes {
		return errNotResumable
	}
	held := make(map[uint32]int64)
	for _, d := range p.Documents {
		held[d.Channel] = d.Received
	}
	if k.c == c || len(held) != len(p.Documents) || !k.out.has(held) {
		return badRequest("resume")
	}
	if err := c.adopt(k, id); err != nil {
		return err
	}
	if k.c != nil {
		// The page knows before the agent that the old connection is dead.
		k.c.disown(k)
		k.c.cancel()
	}
	k.c, k.id, k.by = c, id, c.by
	k.stay.resumes++
	k.stay.dropped, k.stay.answered = time.Time{}, time.Time{}
	k.out.restart(held, k.stay.resumes)
	grant := int64(0)
	if k.upload != nil {
		grant = k.upload.give(c)
	}
	k.accept(c)
	if k.last != nil {
		c.reply(frame{ID: id, Type: typeProgress, Progress: k.last})
	}
	if grant > 0 {
		c.reply(frame{Type: typeCredit, Credit: &credit{k.upload.channel, grant}})
	}
	k.moved()
	return nil
}

// adopt takes a call of another connection in. Its channels must not be in use
// here.
func (c *session) adopt(k *call, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	used := make(map[uint32]bool)
	for _, other := range c.requests {
		for _, d := range other.incoming {
			used[d.Channel] = true
		}
	}
	last := c.lastChannel
	for _, d := range k.incoming {
		if used[d.Channel] {
			return badRequest("channel in use")
		}
		last = max(last, d.Channel)
	}
	c.lastChannel = last
	c.requests[id] = k
	if k.upload != nil {
		c.uploads[k.upload.channel] = k.upload
	}
	return nil
}

// disown forgets a call that another connection has taken over.
func (c *session) disown(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range []map[string]*call{c.requests, c.kept} {
		if m[k.id] == k { // the page may have used the id again
			delete(m, k.id)
		}
	}
}

// rearm bounds the wait for the page anew. k.mu is held.
func (k *call) rearm() {
	if !k.lasting {
		return
	}
	if k.stay.timer != nil {
		k.stay.timer.Stop()
		k.stay.timer = nil
	}
	t := k.s.timing
	var until time.Time
	switch {
	case !k.stay.answered.IsZero():
		until = k.stay.answered.Add(t.done)
	case k.stay.dropped.IsZero():
		return
	case k.stay.approved:
		until = k.stay.dropped.Add(t.approved)
	default:
		until = k.stay.dropped.Add(t.away)
	}
	k.stay.timer = time.AfterFunc(time.Until(until), k.cancel)
}

// approved notes that the person has agreed: it is worth waiting longer.
func (k *call) approved() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.stay.approved {
		k.stay.approved = true
		k.rearm()
	}
}
