package bridge

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// A review shows the person the documents of a sign request in a page of the
// browser extension before the agent's own window asks: whole pages, and where
// the stamp will stand, which can be moved. It is a convenience and no consent:
// the window comes after it, and asks about what the review has left.

// Reviews is how reviews come before the person. All of it is required.
type Reviews struct {
	// Announce has the extension open its page. An error: it cannot be told now.
	Announce func(to origin.Background, n ReviewNotice) error
	// Ended tells it that a review has come to its end, wherever that was.
	Ended func(to origin.Background, ticket string)
	// Words are those that a digest is compared by.
	Words func(sha256 []byte) string
	// Policy is the administrator's word on when there is a review: "always", "stamp",
	// which is when there is one, "never", or "", which is as the extension says
	// (origin.Voucher.Review, of the same three).
	Policy string
}

// ReviewNotice is what an extension is told of a review.
type ReviewNotice struct {
	Ticket    string
	Origin    string // of the page that asks
	Tab       int    // its tab
	Documents int
}

// ErrNoReview is a ticket that no review waits under.
var ErrNoReview = fmt.Errorf("%w: no review has this ticket", errNotResumable)

var (
	errReviewGone   = fmt.Errorf("the extension that would show the review is gone: %w", context.Canceled)
	errReviewClosed = fmt.Errorf("the review page was closed: %w", context.Canceled)
)

// The outcomes that a review page is told in the end.
const (
	outcomeSigned    = "signed"
	outcomeRefused   = "refused"
	outcomeCancelled = "cancelled"
	outcomeFailed    = "failed"
)

// review is one under way. There is one at a time, since it has the turn.
type review struct {
	s        *Server
	by       origin.Background // whose pages may show it
	notice   ReviewNotice
	origin   origin.Origin
	proposal *signing.Review

	decision chan error // has room for one

	mu      sync.Mutex
	link    *reviewLink // nil while no page is connected
	decided bool
	asking  bool   // confirmed: the window asks
	outcome string // of the request, once that is known
	timer   *time.Timer
}

// wantsReview tells whether a request that comes over an extension's connection
// is reviewed.
func (s *Server) wantsReview(by *origin.Voucher, stamp bool) bool {
	if by == nil || s.o.Reviews == nil {
		return false
	}
	switch cmp.Or(s.o.Reviews.Policy, by.Review) {
	case "always":
		return true
	case "stamp":
		return stamp
	}
	return false
}

// reviewed is wantsReview for the connection that holds the call.
func (k *call) reviewed(stamp bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.s.wantsReview(k.by, stamp)
}

// reviewer shows the request's review, once, and tells its end. The zero value
// never had any.
type reviewer struct {
	k      *call
	review *review
}

// show is a signing.Request's Review: it returns when the person has decided, or
// ctx ends.
func (w *reviewer) show(ctx context.Context, proposal *signing.Review) error {
	k := w.k
	k.mu.Lock()
	by := k.by
	k.mu.Unlock()
	if !k.s.wantsReview(by, true) { // resumed meanwhile over a road without reviews
		return nil
	}
	secret := make([]byte, origin.NonceBytes)
	rand.Read(secret)
	n := ReviewNotice{Ticket: origin.Encode(secret), Origin: k.origin.String(), Tab: by.Document.Tab, Documents: len(proposal.Proposal().Documents)}
	v := &review{s: k.s, by: by.Background, notice: n, origin: k.origin, proposal: proposal, decision: make(chan error, 1)}
	v.await(k.s.timing.reviewOpen, errReviewGone)
	w.review = v
	k.s.mu.Lock()
	k.s.reviews[n.Ticket] = v
	k.s.mu.Unlock()
	if err := k.s.o.Reviews.Announce(v.by, n); err != nil {
		v.await(k.s.timing.reviewAway, errReviewGone)
	}
	select {
	case err := <-v.decision:
		return err
	case <-ctx.Done():
		v.decide(ctx.Err())
		return ctx.Err()
	}
}

// end tells the page what became of the request, and the extension that its
// review is over.
func (w *reviewer) end(outcome string) {
	v := w.review
	if v == nil {
		return
	}
	w.review = nil
	v.decide(context.Canceled) // nobody waits for it any more
	v.s.mu.Lock()
	delete(v.s.reviews, v.notice.Ticket)
	v.s.mu.Unlock()
	v.mu.Lock()
	v.outcome = outcome
	if v.link != nil {
		v.link.ending <- outcome
	}
	v.mu.Unlock()
	v.s.o.Reviews.Ended(v.by, v.notice.Ticket)
}

// outcomeOf is what a review page is told of a request's results.
func outcomeOf(results []signing.Result, err error) string {
	for _, r := range results {
		if r.Err == nil {
			return outcomeSigned
		}
	}
	switch {
	case errors.Is(err, signing.ErrRefused):
		return outcomeRefused
	case errors.Is(err, context.Canceled):
		return outcomeCancelled
	}
	return outcomeFailed
}

// decide ends the review with err, nil for a person who goes on. Only the first
// decision counts; decide tells whether this was it.
func (v *review) decide(err error) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.decided {
		return false
	}
	v.decided, v.asking = true, err == nil
	v.timer.Stop()
	v.decision <- err
	return true
}

// attach makes link the one connection of the review; an earlier one, which the
// page has perhaps given up already, ends.
func (v *review) attach(link *reviewLink) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.link != nil {
		v.link.cancel()
	}
	v.link = link
	v.timer.Stop()
	if v.outcome != "" { // it came too late
		link.ending <- v.outcome
	}
}

// detach is the end of a connection. While nobody has decided, another may come.
func (v *review) detach(link *reviewLink) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.link != link {
		return
	}
	v.link = nil
	v.awaitLocked(v.s.timing.reviewAway, errReviewClosed)
}

// await ends the review with err if no page has come by then.
func (v *review) await(limit time.Duration, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.awaitLocked(limit, err)
}

func (v *review) awaitLocked(limit time.Duration, err error) {
	if v.decided || v.link != nil {
		return
	}
	if v.timer != nil {
		v.timer.Stop()
	}
	v.timer = time.AfterFunc(limit, func() { v.decide(err) })
}

// waiting tells whether it is for a page to come.
func (v *review) waiting() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.decided && v.link == nil
}

// confirmed tells whether the window asks by now.
func (v *review) confirmed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asking
}

// OpenReview gives a capability for one connection of a page of the extension to the
// review of ticket, which was announced to it; connection is the native connection
// that asks. The error is ErrNoReview where there is none for it, or
// origin.ErrTooManyCapabilities.
func (s *Server) OpenReview(connection string, by origin.Background, ticket string) (string, error) {
	s.mu.Lock()
	v := s.reviews[ticket]
	s.mu.Unlock()
	if v == nil || v.by != by || s.o.Vouchers == nil {
		return "", ErrNoReview
	}
	return s.o.Vouchers.Mint(origin.Voucher{Purpose: origin.ForReview, Background: by, Native: connection, Ticket: ticket}, s.o.Now())
}

// ExtensionHere announces again, to an extension that has just connected, the
// reviews of which it shows no page: it was started anew, and has forgotten them.
func (s *Server) ExtensionHere(by origin.Background) {
	for _, v := range s.reviewsOf(by) {
		if v.waiting() {
			s.o.Reviews.Announce(by, v.notice) // if it is gone again, its next connection is told
		}
	}
}

// ExtensionGone is the end of an extension's native connection. Browsers end its
// background as they like, and with it that connection; a page that shows a review
// has its own and goes on. A review without one waits a while for the background's
// next start.
func (s *Server) ExtensionGone(by origin.Background) {
	for _, v := range s.reviewsOf(by) {
		v.await(s.timing.reviewAway, errReviewGone)
	}
}

// reviewsOf are those an extension may show.
func (s *Server) reviewsOf(by origin.Background) (found []*review) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.reviews {
		if v.by == by {
			found = append(found, v)
		}
	}
	return found
}
