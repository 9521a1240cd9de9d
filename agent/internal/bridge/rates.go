package bridge

import (
	"fmt"
	"sync"
	"time"

	"kyso/agent/internal/origin"
)

// rateError is too much of something for now.
type rateError struct{ after time.Duration }

func (e *rateError) Error() string { return fmt.Sprintf("too much of it, come again in %v", e.after) }

// rates remember what each origin did of late.
type rates struct {
	now func() time.Time
	l   limitsOfRate

	mu       sync.Mutex
	accounts map[origin.Origin]*account
	windows  []time.Time // of pairings, of all origins
}

// account is one origin's.
type account struct {
	used                  time.Time
	connections, requests bucket
	pairings, refusals    []time.Time
	rests                 time.Time // until then
}

// bucket holds tokens, and is full at first.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token, or is an error that says when there will be one.
func (b *bucket) take(now time.Time, r rate) error {
	perSecond := float64(r.perMinute) / 60
	if b.at.IsZero() {
		b.tokens = float64(r.burst)
	} else {
		b.tokens = min(float64(r.burst), b.tokens+now.Sub(b.at).Seconds()*perSecond)
	}
	b.at = now
	if b.tokens < 1 {
		return &rateError{time.Duration((1 - b.tokens) / perSecond * float64(time.Second))}
	}
	b.tokens--
	return nil
}

// count notes now in times, unless there are limit within the span before it.
func count(times []time.Time, now time.Time, limit int, span time.Duration) ([]time.Time, error) {
	times = recent(times, now, span)
	if len(times) >= limit {
		return times, &rateError{times[0].Add(span).Sub(now)}
	}
	return append(times, now), nil
}

// recent are the times within span before now.
func recent(times []time.Time, now time.Time, span time.Duration) []time.Time {
	for len(times) > 0 && !now.Before(times[0].Add(span)) {
		times = times[1:]
	}
	return times
}

// of is o's account. mu is held. The one that was used longest ago makes room for
// a new one.
func (r *rates) of(o origin.Origin, now time.Time) *account {
	a := r.accounts[o]
	if a == nil {
		if len(r.accounts) >= maxAccounts {
			var oldest origin.Origin
			for other, b := range r.accounts {
				if c := r.accounts[oldest]; c == nil || b.used.Before(c.used) {
					oldest = other
				}
			}
			delete(r.accounts, oldest)
		}
		a = new(account)
		if r.accounts == nil {
			r.accounts = make(map[origin.Origin]*account)
		}
		r.accounts[o] = a
	}
	a.used = now
	return a
}

// connection counts a connection of o; the error is a *rateError, as are those of
// the others.
func (r *rates) connection(o origin.Origin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	return r.of(o, now).connections.take(now, r.l.connections)
}

// request counts a request of o.
func (r *rates) request(o origin.Origin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	return r.of(o, now).requests.take(now, r.l.requests)
}

// pairing counts an attempt of o.
func (r *rates) pairing(o origin.Origin) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	a := r.of(o, now)
	a.pairings, err = count(a.pairings, now, r.l.pairings, r.l.pairingTime)
	return err
}

// window counts a window for a pairing, whosoever.
func (r *rates) window() (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.windows, err = count(r.windows, r.now(), r.l.pairingWindows, r.l.pairingTime)
	return err
}

// mayAsk is an error while o rests.
func (r *rates) mayAsk(o origin.Origin) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if a := r.of(o, now); now.Before(a.rests) {
		return &rateError{a.rests.Sub(now)}
	}
	return nil
}

// answered notes what the person said to o.
func (r *rates) answered(o origin.Origin, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	a := r.of(o, now)
	if yes {
		a.refusals = nil
		return
	}
	a.refusals = append(recent(a.refusals, now, r.l.refusalTime), now)
	if len(a.refusals) >= r.l.refusals {
		a.refusals, a.rests = nil, now.Add(r.l.rest)
	}
}
