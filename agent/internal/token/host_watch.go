//go:build cgo

package token

import (
	"fmt"
	"strings"
	"time"

	"github.com/miekg/pkcs11"
)

const (
	// pollTime is how often the slots are looked at: a token is seen well within
	// half a second, and a look costs the library a question to its reader.
	pollTime = 200 * time.Millisecond
	// trustTime is how often they are looked at once C_WaitForSlotEvent has
	// proved to tell of tokens, but for the time after an event: a reader that is
	// plugged in is one, its card another.
	trustTime = 2 * time.Second
	alertTime = 5 * time.Second
	// maxSpurious events without any change, and the library only seems to wait.
	maxSpurious = 3
)

// waiting is what is known of the library's C_WaitForSlotEvent (PKCS #11 v2.40,
// 5.5). Libraries answer it at once with CKR_FUNCTION_NOT_SUPPORTED, return for
// no reason, or never; so it is believed only after it has told of a change, here
// or to whoever wrote the list of libraries, and no longer once looking has found
// one that it had not told of.
type waiting struct {
	events   chan pkcs11.SlotEvent // of the call under way, or nil
	useless  bool
	proven   bool
	spurious int
	alert    time.Time // until when it is looked often anyway
}

// watch returns what tokens are present, as soon as that differs from
// r.Present, and when watchTime has passed. No token is opened or read.
func (l *vendorLibrary) watch(r request) (string, error) {
	w := &l.waiting
	w.useless = w.useless || r.Poll
	end := time.Now().Add(watchTime)
	told := false
	for first := true; ; first = false {
		present, err := l.present()
		if err != nil {
			return "", err
		}
		changed := present != r.Present
		switch {
		case changed && told:
			w.proven, w.spurious = true, 0
		case changed && w.proven && !first && time.Now().After(w.alert): // found by looking alone
			w.proven, w.useless = false, true
		case told && !changed:
			if w.spurious++; w.spurious >= maxSpurious {
				w.useless = true
			}
		}
		if changed || time.Now().After(end) {
			return present, nil
		}
		told = l.wait()
	}
}

// wait returns when the library tells of an event, or when it is time to look.
func (l *vendorLibrary) wait() (told bool) {
	w := &l.waiting
	if w.useless {
		time.Sleep(pollTime)
		return false
	}
	if w.events == nil {
		w.events = l.ctx.WaitForSlotEvent(0) // in a thread of its own
	}
	interval := pollTime
	if w.proven && time.Now().After(w.alert) {
		interval = trustTime
	}
	select {
	case <-w.events:
		w.events, w.alert = nil, time.Now().Add(alertTime)
		// The event comes while the card is still being powered up, with some.
		time.Sleep(10 * time.Millisecond)
		return true
	case <-time.After(interval):
		return false
	}
}

// present tells the slots with a token in them.
func (l *vendorLibrary) present() (string, error) {
	slots, err := l.slots()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range slots[:min(len(slots), maxTokens)] {
		fmt.Fprintf(&b, "%d ", s)
	}
	return b.String(), nil
}

// stillThere is ErrTokenRemoved only where the library answers for each slot and
// the token is in none: one that another process keeps for itself is not gone.
func (l *vendorLibrary) stillThere(r request) error {
	slots, err := l.slots()
	if err != nil {
		return err
	}
	for _, s := range slots[:min(len(slots), maxTokens)] {
		info, err := l.ctx.GetTokenInfo(s)
		switch {
		case err == nil && named(info, r.Serial, r.Label):
			return nil
		case err != nil && !gone(err):
			return fail(ErrModule, "C_GetTokenInfo: %v", err)
		}
	}
	return fail(ErrTokenRemoved, "token with serial number %q", r.Serial)
}
