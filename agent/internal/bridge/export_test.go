package bridge

import (
	"time"

	"kyso/agent/internal/origin"
)

// Timing lets tests wait milliseconds where people wait minutes.
type Timing struct {
	Hello, Write, Stall, Transfer, Idle, Ping, Pong, Pairing, Away, Approved, Done, ReviewOpen, ReviewAway time.Duration
}

// TestOnlySetTiming changes the limits which are not zero, before Serve.
func (s *Server) TestOnlySetTiming(t Timing) {
	for _, c := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&s.timing.hello, t.Hello}, {&s.timing.write, t.Write}, {&s.timing.stall, t.Stall}, {&s.timing.transfer, t.Transfer}, {&s.timing.idle, t.Idle},
		{&s.timing.ping, t.Ping}, {&s.timing.pong, t.Pong}, {&s.timing.pairing, t.Pairing}, {&s.timing.away, t.Away}, {&s.timing.approved, t.Approved}, {&s.timing.done, t.Done},
		{&s.timing.reviewOpen, t.ReviewOpen}, {&s.timing.reviewAway, t.ReviewAway}} {
		if c.from != 0 {
			*c.to = c.from
		}
	}
}

// TestOnlyUnlimited lifts the rates, before Serve: tests are more than one person.
func (s *Server) TestOnlyUnlimited() {
	many := rate{1e6, 1e6}
	s.rates.l.connections, s.rates.l.requests = many, many
}

// TestOnlySpoolDir is where documents under way are.
func (s *Server) TestOnlySpoolDir() string { return s.spool.dir }

// TestOnlyTickets counts the requests that could be resumed.
func (s *Server) TestOnlyTickets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tickets)
}

// TestOnlyLoad is what all documents under way take.
func (s *Server) TestOnlyLoad() (bytes int64, files int) {
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	return s.budget.total.bytes, s.budget.total.files
}

// TestOnlyArrivals are what the connections of now show, nil for a page's own.
func (s *Server) TestOnlyArrivals() (by []*origin.Voucher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		by = append(by, c.by)
	}
	return by
}

// The limits tests lean against.
const (
	ChunkBytes          = chunkBytes
	WindowBytes         = windowBytes
	MaxControlBytes     = maxControlBytes
	MaxPerOrigin        = maxPerOrigin
	MaxConnections      = maxConnections
	MaxSockets          = maxSockets
	MaxWaitingPerOrigin = maxWaitingPerOrigin
	MaxResumes          = maxResumes
)
