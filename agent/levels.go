package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"kyso/agent/internal/fetch"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/signature/trust"
	"kyso/signature/verify"
)

// levelParts say what a command adds to the policy for levels above B-B.
type levelParts struct {
	tsas    []string     // in place of the policy's
	anchors *trust.Store // in place of what kyso trust keeps; nil: that
	offline bool         // no evidence is fetched
	wait    *waiting
}

// levels puts together what makes levels above B-B. What it warns of is kept in
// the notes.
func (e *env) levels(r rules, p levelParts) (*signing.Levels, *notes, error) {
	o := fetch.TimestampOptions{URLs: p.tsas, AttemptTime: time.Duration(r.TSATimeoutSeconds) * time.Second,
		Proxy: r.FetchProxy, AllowPrivate: r.FetchAllowPrivate, Progress: p.wait.timestamp}
	if len(o.URLs) == 0 {
		o.URLs = r.TSA
	}
	for _, u := range p.tsas {
		if _, err := fetch.ParseTSA(u); err != nil {
			return nil, nil, usageError{personError{`Địa chỉ TSA phải có dạng "http://tsa.ca.gov.vn/", không kèm tên và mật khẩu.`,
				`A TSA's address must look like "http://tsa.ca.gov.vn/", without a name or password.`}}
		}
	}
	stamps, err := fetch.NewTimestamper(o)
	if err != nil {
		return nil, nil, err
	}
	n := &notes{}
	l := &signing.Levels{Timestamps: stamps, Clock: time.Now, Warn: n.add, Anchors: e.builtInStore}
	if p.anchors != nil {
		l.Anchors = func() *trust.Store { return p.anchors }
	}
	if r.FetchEvidence && !p.offline {
		// No copies: a status from before the signature proves less than one
		// from after it.
		f, err := fetch.New(fetch.Options{AllowPrivate: r.FetchAllowPrivate, Ports: r.FetchPorts, Proxy: r.FetchProxy})
		if err != nil {
			return nil, nil, err
		}
		l.Evidence = f
	}
	return l, n, nil
}

// agentLevels is levels for requests of pages: what it warns of is shown before
// the person signs, or is in the report.
func (e *env) agentLevels(r rules, store func() *trust.Store) (*signing.Levels, error) {
	l, _, err := e.levels(r, levelParts{})
	if err != nil {
		return nil, err
	}
	l.Anchors, l.Warn = store, nil
	return l, nil
}

// notes are what a person should know of a result, each once. They are told
// when there is one: an error has its own words.
type notes struct {
	mu   sync.Mutex
	list []verify.Message
}

func (n *notes) add(m verify.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, known := range n.list {
		if known == m {
			return
		}
	}
	n.list = append(n.list, m)
}

// tell writes the notes, of the file they are about if there are several, and
// forgets them.
func (n *notes) tell(e *env, about string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.list {
		e.tellNote(about, m)
	}
	n.list = nil
}

// waiting shows whom a timestamp is waited for: on a terminal on one line that
// is written over, elsewhere only that another authority is tried.
type waiting struct {
	mu       sync.Mutex
	w        io.Writer
	language string
	terminal bool
	shown    bool
}

func newWaiting(e *env, quiet bool) *waiting {
	if quiet {
		return nil
	}
	_, ok := terminal(e.err)
	return &waiting{w: e.err, language: e.language, terminal: ok}
}

func (w *waiting) timestamp(p fetch.TimestampProgress) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	host, seconds := visible(p.Host), int(p.Waited/time.Second)
	said := i18n.Text{VI: fmt.Sprintf("Đang chờ dấu thời gian từ %s: %d giây", host, seconds), EN: fmt.Sprintf("Waiting for the timestamp of %s: %d s", host, seconds)}
	switch {
	case p.Queued:
		said = i18n.Text{VI: "Đang chờ đến lượt xin dấu thời gian", EN: "Waiting for a turn to ask for a timestamp"}
	case p.Attempt > 1 && seconds == 0:
		said = i18n.Text{VI: "Chưa có dấu thời gian; đang hỏi máy chủ " + host, EN: "No timestamp yet; now asking " + host}
	}
	if w.terminal {
		fmt.Fprint(w.w, "\r\x1b[K"+said.In(w.language))
		w.shown = true
	} else if p.Attempt > 1 && seconds == 0 && !p.Queued {
		fmt.Fprintln(w.w, "kyso: "+said.In(w.language))
	}
}

// clear takes the line away, so that other text can stand there.
func (w *waiting) clear() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shown {
		io.WriteString(w.w, "\r\x1b[K")
		w.shown = false
	}
}
