package bridge

import (
	"log/slog"
	"sync"
	"time"
)

// Refusals logs refused connections, unless there were many of late: whoever is
// refused, another user too, could fill this one's disk with them. What was left
// out is counted in the next line. The zero value has logged nothing.
type Refusals struct {
	mu     sync.Mutex
	logged bucket
	unsaid int // since the last line
}

// Note logs that a connection was refused, why, and what origin it named.
func (r *Refusals) Note(log *slog.Logger, what, why, origin string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logged.take(time.Now(), rate{maxRefusalsLogged, 60}) != nil {
		r.unsaid++
		return
	}
	attrs := []any{"why", why, "origin", origin}
	if r.unsaid > 0 {
		attrs = append(attrs, "others", r.unsaid)
	}
	r.unsaid = 0
	log.Warn(what, attrs...)
}
