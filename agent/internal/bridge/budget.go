package bridge

import (
	"sync"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// load is what documents under way take: space on the disk, and open files.
type load struct {
	bytes int64
	files int
}

func (l load) plus(m load) load     { return load{l.bytes + m.bytes, l.files + m.files} }
func (l load) minus(m load) load    { return load{l.bytes - m.bytes, l.files - m.files} }
func (l load) within(max load) bool { return l.bytes <= max.bytes && l.files <= max.files }

// budget bounds the load of all requests, and of each origin's.
type budget struct {
	all, share load

	mu    sync.Mutex
	total load
	of    map[origin.Origin]load
}

func newBudget(maxDocument int64) *budget {
	return &budget{
		all: load{spoolFactor * maxDocument, spoolFiles}, share: load{spoolShare * maxDocument, spoolFilesShare},
		of: make(map[origin.Origin]load),
	}
}

// reserve takes l for o until release is called, once. The error is
// signing.ErrBusy: it will be free when others have ended.
func (b *budget) reserve(o origin.Origin, l load) (release func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.total.plus(l).within(b.all) || !b.of[o].plus(l).within(b.share) {
		return nil, signing.ErrBusy
	}
	b.total, b.of[o] = b.total.plus(l), b.of[o].plus(l)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.total, b.of[o] = b.total.minus(l), b.of[o].minus(l)
		if b.of[o] == (load{}) {
			delete(b.of, o)
		}
	}, nil
}
