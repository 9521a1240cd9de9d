package bridge

import (
	"time"

	"kyso/agent/internal/origin"
)

// busyPause: a signing that did not come over the bridge tells nobody when it is
// over.
const busyPause = time.Second

// watchTokens tells pages of tokens that come and go, until the agent stops. A
// token that somebody is signing with is left alone: what happened meanwhile is
// told when it is free.
func (s *Server) watchTokens() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case _, more := <-s.o.Tokens:
			if !more {
				return
			}
		}
		for s.busy() {
			select {
			case <-s.ctx.Done():
				return
			case <-s.queue.freed:
			case <-time.After(busyPause):
			}
		}
		if status, err := s.status(s.ctx); err != nil {
			s.log.Warn("list tokens", "error", kind(err))
		} else {
			s.announce(status)
		}
	}
}

// announce tells every page that may ask.
func (s *Server) announce(status statusResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		if c.stands() >= origin.Paired {
			c.spawn(func() {
				if c.stillMay() == nil {
					c.reply(frame{Type: typeEvent, Event: &event{"tokens", status.State, status.Certificates}})
				}
			})
		}
	}
}
