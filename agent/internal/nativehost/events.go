package nativehost

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"kyso/agent/internal/origin"
)

// event is told without being asked.
type event struct {
	Type   string  `json:"type"` // "event"
	Event  string  `json:"event"`
	Review *Review `json:"review,omitempty"`
	Ticket string  `json:"ticket,omitempty"`
}

// Review asks an extension to show documents before they are signed.
type Review struct {
	Ticket    string `json:"ticket"`
	Origin    string `json:"origin"`
	Tab       int    `json:"tab"`
	Documents int    `json:"documents"`
}

// ErrGone is the error of Review where the extension is not connected.
var ErrGone = errors.New("the extension is not connected")

// TokensChanged tells every extension that a token has come or gone.
func (s *Server) TokensChanged() { s.tell(event{Event: "tokens"}) }

// Review asks an extension to show a review.
func (s *Server) Review(to origin.Background, r Review) error {
	return s.tellOne(to, event{Event: "review", Review: &r})
}

// ReviewEnded says that a review has come to its end, wherever that was.
func (s *Server) ReviewEnded(to origin.Background, ticket string) error {
	return s.tellOne(to, event{Event: "review-ended", Ticket: ticket})
}

func (s *Server) tell(e event) {
	for _, c := range s.present() {
		c.event(e)
	}
}

// tellOne tells an extension, over all its connections: an earlier one may have
// lost its browser, and not noticed yet.
func (s *Server) tellOne(to origin.Background, e event) error {
	err := ErrGone
	for _, c := range s.present() {
		if c.is(to) && c.event(e) {
			err = nil
		}
	}
	return err
}

// present are the connections of now.
func (s *Server) present() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*session
	for c := range s.sessions {
		all = append(all, c)
	}
	return all
}

// is tells whether it is that extension's, which has greeted.
func (c *session) is(by origin.Background) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.greeted && !c.ended && c.by == by
}

// event tells an extension that has greeted.
func (c *session) event(e event) bool {
	c.mu.Lock()
	greeted := c.greeted
	c.mu.Unlock()
	e.Type = "event"
	data, err := json.Marshal(e)
	return greeted && err == nil && c.send(data)
}

// watchSites tells extensions when something about the sites has changed: a
// list was exchanged, a site paired. They are files, looked at while somebody is
// connected.
func (s *Server) watchSites(ctx context.Context) {
	ticker := time.NewTicker(s.timing.sites)
	defer ticker.Stop()
	var last *Sites
	for {
		if len(s.present()) > 0 {
			s.watched("sites", func() {
				now := s.o.Sites()
				if last != nil && !reflect.DeepEqual(*last, now) {
					s.tell(event{Event: "sites"})
				}
				last = &now
			})
			s.looked.Add(1)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
