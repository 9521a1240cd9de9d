package vgca

import (
	"sync"
	"time"

	"kyso/agent/internal/origin"
)

const (
	// A page asks once for each document; a person cannot approve more of them.
	ratePerMinute = 60
	rateBurst     = 30
	// After so many refusals of the person in a row, each within refusalTime of the
	// one before, a site waits for refusalPause: it must not wear him down.
	maxRefusals  = 3
	refusalTime  = time.Minute
	refusalPause = 30 * time.Second
)

// rates count what each site asks. Sites are allowed ones, so there are few.
type rates struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[origin.Origin]*rate
}

type rate struct {
	tokens   float64
	at       time.Time // when tokens was right
	refusals int
	refused  time.Time // the last one
}

func newRates(now func() time.Time) *rates {
	return &rates{now: now, by: map[origin.Origin]*rate{}}
}

func (r *rates) of(o origin.Origin) *rate {
	if r.by[o] == nil {
		r.by[o] = &rate{tokens: rateBurst, at: r.now()}
	}
	return r.by[o]
}

// take tells whether a site may connect once more.
func (r *rates) take(o origin.Origin) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.of(o)
	now := r.now()
	b.tokens = min(rateBurst, b.tokens+max(0, now.Sub(b.at).Minutes())*ratePerMinute)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// answered notes whether the person refused.
func (r *rates) answered(o origin.Origin, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.of(o)
	now := r.now()
	if !refused || now.Sub(b.refused) > refusalTime {
		b.refusals = 0
	}
	if refused {
		b.refusals++
		b.refused = now
	}
}

// paused tells whether a site has to wait after refusals.
func (r *rates) paused(o origin.Origin) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.of(o)
	return b.refusals >= maxRefusals && r.now().Sub(b.refused) < refusalPause
}
