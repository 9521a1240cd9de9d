package bridge

import "time"

// acknowledge notes that the page has its answer.
func (k *call) acknowledge() {
	k.mu.Lock()
	defer k.mu.Unlock()
	select {
	case <-k.stay.acknowledged:
	default:
		close(k.stay.acknowledged)
	}
}

// finish answers the page. A lasting call then waits for its word: if it comes on
// another connection, for the rest and the answer again.
func (k *call) finish(answer frame) {
	if !k.lasting {
		k.answer(k.c, k.id, answer)
		return
	}
	cancelled := k.ctx.Err() != nil
	for {
		c, id, _, change := k.where()
		if !cancelled {
			k.flush()
		}
		select {
		case <-change:
			continue
		default:
		}
		if c != nil && k.answer(c, id, answer) == nil {
			k.mu.Lock()
			if k.c == c { // else it has to be answered again
				k.stay.answered = time.Now()
				k.rearm()
			}
			k.mu.Unlock()
		}
		if cancelled {
			return
		}
		select {
		case <-k.stay.acknowledged:
			return
		case <-k.ctx.Done():
			return
		case <-change:
		}
	}
}

// flush waits until what was signed has been sent.
func (k *call) flush() {
	k.mu.Lock()
	out := k.out
	k.mu.Unlock()
	out.flush()
}

// answer sends the answer over c. The id is free before: the page may use it
// again at once.
func (k *call) answer(c *session, id string, answer frame) error {
	c.mu.Lock()
	delete(c.requests, id)
	if k.lasting && !c.ended {
		c.kept[id] = k
	}
	c.mu.Unlock()
	answer.ID = id
	return c.reply(answer)
}

// forget takes the call out of all books.
func (k *call) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stay.timer != nil {
		k.stay.timer.Stop()
	}
	k.s.mu.Lock()
	delete(k.s.tickets, k.stay.ticket)
	k.s.mu.Unlock()
	if c := k.c; c != nil {
		c.mu.Lock()
		for _, m := range []map[string]*call{c.requests, c.kept} {
			if m[k.id] == k {
				delete(m, k.id)
			}
		}
		c.mu.Unlock()
	}
}
