package fetch

import (
	"context"
	"crypto"
	"net/url"
	"time"
)

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// once asks one authority once, within the slots of the process.
func (t *Timestamper) once(ctx context.Context, u *url.URL, attempt int, h crypto.Hash, digest []byte) ([]byte, time.Time, error) {
	p := TimestampProgress{Host: u.Host, Attempt: attempt}
	select {
	case tsaSlots <- struct{}{}:
	default:
		p.Queued = true
		t.tell(p)
		select {
		case tsaSlots <- struct{}{}:
		case <-ctx.Done():
			return nil, time.Time{}, ctx.Err()
		}
		p.Queued = false
	}
	defer func() { <-tsaSlots }()
	t.tell(p)
	defer t.tick(p)()
	limited, cancel := context.WithTimeout(ctx, t.attempt)
	defer cancel()
	return t.exchange(limited, u, h, digest)
}

// tick tells the progress every second until the function it returns is called.
func (t *Timestamper) tick(p TimestampProgress) (stop func()) {
	if t.progress == nil {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				p.Waited += time.Second
				t.tell(p)
			}
		}
	}()
	return func() { close(end); <-ended }
}

func (t *Timestamper) tell(p TimestampProgress) {
	if t.progress != nil {
		t.telling.Lock()
		defer t.telling.Unlock()
		t.progress(p)
	}
}
