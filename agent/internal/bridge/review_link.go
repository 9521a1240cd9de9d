package bridge

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// reviewPages is the resource of reviews.
var reviewPages = resource{"/kyso/review/1", "kyso.review.1", origin.ForReview}

// reviewLink is one connection of a review page.
type reviewLink struct {
	s      *Server
	v      *review
	ws     *websocket.Conn
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	writing  sync.Mutex // one frame at a time
	controls bucket     // pings and pongs of the page
	reads    chan struct{}
	asks     chan reviewRequest
	ending   chan string // has room for one: the request's outcome
	running  sync.WaitGroup
}

// reviewGate lets a review page through, by the capability that its extension was
// given, and refuses everything else as gate does.
func (s *Server) reviewGate(w http.ResponseWriter, r *http.Request) {
	v, header, why := s.inspectReview(r)
	if why == "" && !s.begin() {
		why = "the agent stops"
	}
	if why != "" {
		s.refusals.Note(s.log, "review refused", why, clip(r.Header.Get("Origin")))
		refuse(w)
		return
	}
	defer s.running.Done()
	ws, err := upgrader.Upgrade(w, r, header)
	if err != nil {
		return
	}
	ws.NetConn().SetDeadline(time.Time{})
	if socket, ok := ws.NetConn().(*socket); ok {
		socket.trust()
	}
	l := &reviewLink{s: s, v: v, ws: ws, reads: make(chan struct{}, maxReviewReads), asks: make(chan reviewRequest, maxReviewAsks), ending: make(chan string, 1)}
	l.ctx, l.cancel = context.WithCancel(s.ctx)
	l.run()
}

// begin counts a connection in that is no session.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.running.Add(1)
	return true
}

// inspectReview tells which review a connection is for, or why there is none.
func (s *Server) inspectReview(r *http.Request) (*review, http.Header, string) {
	came, why := s.inspect(r, reviewPages)
	if why == "" && came.by == nil { // a page's own
		why = "origin"
	}
	if why != "" {
		return nil, nil, why
	}
	s.mu.Lock()
	v := s.reviews[came.by.Ticket]
	s.mu.Unlock()
	if v == nil || v.by != came.by.Background {
		return nil, nil, "no such review"
	}
	return v, came.header(), ""
}

// run serves the page until it leaves, misbehaves, another takes its place, or the
// request ends.
func (l *reviewLink) run() {
	ws := l.ws
	defer ws.Close()
	defer l.running.Wait()
	defer l.cancel()
	ws.SetReadLimit(maxReviewFrame)
	l.alive()
	control := func() error {
		if l.controls.take(time.Now(), rate{maxControls, 60}) != nil {
			return errViolation
		}
		l.alive()
		return nil
	}
	ws.SetPingHandler(func(data string) error {
		err := control()
		if err == nil {
			ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		}
		return err
	})
	ws.SetPongHandler(func(string) error { return control() })
	l.running.Go(l.keep)
	l.v.attach(l)
	defer l.v.detach(l)
	l.show()
	l.running.Go(l.answer)
	for {
		if err := l.readFrame(); err != nil {
			if errors.Is(err, errViolation) && l.ctx.Err() == nil {
				l.violated()
				ws.NetConn().SetReadDeadline(time.Now().Add(time.Second))
				io.Copy(io.Discard, ws.NetConn()) // see session.drain
			}
			return
		}
	}
}

// violated tells the page what it did, once, and ends the connection when the page
// has had a moment to read it.
func (l *reviewLink) violated() {
	l.s.log.Warn("review: "+errViolation.why, "origin", l.v.origin.String())
	l.send(reviewAnswer{Type: typeError, Error: failureOf(i18n.BadRequest)})
	l.goodbye(websocket.ClosePolicyViolation)
	time.AfterFunc(time.Second, l.cancel)
}

// alive prolongs the life of a page that says something.
func (l *reviewLink) alive() { l.ws.SetReadDeadline(time.Now().Add(l.s.timing.pong)) }

// keep pings the page, and closes when there is nothing more to say.
func (l *reviewLink) keep() {
	ticker := time.NewTicker(l.s.timing.ping)
	defer ticker.Stop()
	for {
		select {
		case <-l.ctx.Done():
			l.goodbye(websocket.CloseGoingAway)
			l.ws.Close()
			return
		case <-ticker.C:
			l.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(l.s.timing.write))
		}
	}
}

func (l *reviewLink) goodbye(code int) {
	l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
}

// readFrame reads one frame and sets to work on it.
func (l *reviewLink) readFrame() error {
	kind, data, err := l.ws.ReadMessage()
	if err != nil {
		return err
	}
	l.alive()
	if kind != websocket.TextMessage {
		return errViolation
	}
	f, err := decodeReviewRequest(data)
	if err != nil {
		return errViolation
	}
	switch f.Type {
	case reviewRead:
		select {
		case l.reads <- struct{}{}:
		default:
			return errViolation
		}
		l.running.Go(func() {
			defer func() { <-l.reads }()
			l.guarded(f, func() error { return l.read(f) })
		})
		return nil
	case reviewRefuse:
		if !l.v.decide(signing.ErrRefused) {
			return errViolation
		}
		return nil
	}
	// In their order: what is confirmed is what was placed before.
	select {
	case l.asks <- f:
		return nil
	default:
		return errViolation
	}
}

// guarded answers f with the error of do, and tells whether it was a violation. A
// document that trips a parser ends one answer and not the agent.
func (l *reviewLink) guarded(f reviewRequest, do func() error) (violated bool) {
	_, err := guard(l.ctx, job{run: func(context.Context) (any, error) { return nil, do() }})
	var p *panicked
	switch {
	case err == nil:
		return false
	case errors.Is(err, errViolation):
		return true
	case errors.As(err, &p):
		l.s.log.Error("review", "frame", f.Type, "error", kind(err))
	}
	l.send(reviewAnswer{Type: typeError, ID: f.ID, Error: reviewFailure(err)})
	return false
}

// read answers with bytes of a document, as they were hashed.
func (l *reviewLink) read(f reviewRequest) error {
	data := make([]byte, 4+*f.Length)
	binary.BigEndian.PutUint32(data, *f.ID)
	if _, err := l.v.proposal.ReadAt(*f.Document, data[4:], *f.Offset); err != nil {
		return err
	}
	l.write(func() error { return l.ws.WriteMessage(websocket.BinaryMessage, data) })
	return nil
}

// answer works on everything else, one thing after the other.
func (l *reviewLink) answer() {
	for {
		select {
		case f := <-l.asks:
			if l.guarded(f, func() error { return l.act(f) }) {
				l.violated()
				return
			}
		case outcome := <-l.ending:
			l.send(reviewAnswer{Type: reviewEnded, Outcome: outcome})
			l.goodbye(websocket.CloseNormalClosure)
			// The page closes, and has then read all. Closing first may take back what
			// it has not read yet.
			time.AfterFunc(time.Second, l.cancel)
			return
		case <-l.ctx.Done():
			return
		}
	}
}

func (l *reviewLink) act(f reviewRequest) error {
	switch f.Type {
	case reviewPlace:
		at, err := f.at()
		if err != nil {
			return err
		}
		var profile *signing.Profile
		if f.Profile != nil {
			p := signing.Profile(*f.Profile)
			profile = &p
		}
		if err := l.v.proposal.Place(l.ctx, *f.Document, at, profile); err != nil {
			return err
		}
		return l.state()
	case reviewStamp:
		png, err := l.v.proposal.Picture(*f.Document, maxPicture)
		if err != nil {
			return err
		}
		l.send(reviewAnswer{Type: reviewStamp, Document: f.Document, PNG: base64.StdEncoding.EncodeToString(png)})
		return nil
	}
	// Nothing is placed any more from here on, by this page or another.
	if err := l.v.proposal.Settle(); err != nil {
		return err
	}
	if !l.v.confirm(l) {
		return errViolation
	}
	return nil
}

// confirm is the person's going on, told to l before the window is up.
func (v *review) confirm(l *reviewLink) bool {
	if !v.decide(nil) {
		return false
	}
	l.send(reviewAnswer{Type: reviewAsking})
	return true
}

// show says what there is to say to a page that has just come.
func (l *reviewLink) show() {
	l.state()
	if l.v.confirmed() {
		l.send(reviewAnswer{Type: reviewAsking})
	}
}

// state tells what would be asked now.
func (l *reviewLink) state() error {
	l.send(reviewAnswer{Type: reviewShow, Review: stateOf(l.v.proposal.Proposal(), l.s.o.Reviews.Words)})
	return nil
}

func (l *reviewLink) send(a reviewAnswer) {
	l.write(func() error { return l.ws.WriteJSON(a) })
}

// write sends a frame. A page that cannot be written to is closed.
func (l *reviewLink) write(f func() error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	l.ws.SetWriteDeadline(time.Now().Add(l.s.timing.write))
	if err := f(); err != nil && !errors.Is(err, websocket.ErrCloseSent) { // goodbye was said, and is read first
		l.cancel()
	}
}
