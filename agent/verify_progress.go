package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress shows on a terminal how far a run is, on one line that is written
// over. A nil progress shows nothing.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	format string
	all    int
	done   int
	last   time.Time
	shown  bool
	now    func() time.Time
}

// refresh is how often the line changes at most.
const refresh = 100 * time.Millisecond

// newProgress shows nothing where w is no terminal.
func newProgress(w io.Writer, language string, all int, quiet bool) *progress {
	if _, ok := terminal(w); !ok || quiet {
		return nil
	}
	p := &progress{w: w, all: all, format: "Đang kiểm tra tệp %d trong %d", now: time.Now}
	if language == "en" {
		p.format = "Verifying file %d of %d"
	}
	p.last = p.now() // what is quick shows nothing
	return p
}

// next says that one more file is done.
func (p *progress) next() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.draw("")
}

// skip is next without a word.
func (p *progress) skip() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
}

// bytes says how much of a large document is read.
func (p *progress) bytes(done, total int64) {
	if p == nil || total <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw(fmt.Sprintf(": %d %%", done*100/total))
}

func (p *progress) draw(detail string) {
	now := p.now()
	if now.Sub(p.last) < refresh {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K"+p.format+"%s", min(p.done+1, p.all), p.all, detail)
}

// clear takes the line away, so that other text can stand there.
func (p *progress) clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		io.WriteString(p.w, "\r\x1b[K")
		p.shown = false
	}
}
