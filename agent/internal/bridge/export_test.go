package bridge

import "time"

// Timing lets tests wait milliseconds where people wait minutes.
type Timing struct {
	Hello, Write, Stall, Transfer, Idle, Ping, Pong time.Duration
}

// TestOnlySetTiming changes the limits which are not zero, before Serve.
func (s *Server) TestOnlySetTiming(t Timing) {
	for _, c := range []struct {
		to   *time.Duration
		from time.Duration
	}{{&s.timing.hello, t.Hello}, {&s.timing.write, t.Write}, {&s.timing.stall, t.Stall}, {&s.timing.transfer, t.Transfer}, {&s.timing.idle, t.Idle}, {&s.timing.ping, t.Ping}, {&s.timing.pong, t.Pong}} {
		if c.from != 0 {
			*c.to = c.from
		}
	}
}

// TestOnlySpoolDir is where documents under way are.
func (s *Server) TestOnlySpoolDir() string { return s.spool.dir }

// The limits tests lean against.
const (
	ChunkBytes      = chunkBytes
	WindowBytes     = windowBytes
	MaxControlBytes = maxControlBytes
	MaxPerOrigin    = maxPerOrigin
	MaxConnections  = maxConnections
)
