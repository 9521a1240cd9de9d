package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/token"
	"kyso/agent/internal/tray"
)

// boardTimeout is how long a listing of tokens may hold up the tray's line.
const boardTimeout = 30 * time.Second

// board is what the tray tells: whether somebody's document is being signed, and
// otherwise which token is plugged in.
type board struct {
	service  *signing.Service
	language string
	shown    bool // there is a tray
	updates  chan tray.State

	mu      sync.Mutex
	signing bool
	token   tray.State
}

func newBoard(service *signing.Service, language string, shown bool) *board {
	return &board{service: service, language: language, shown: shown, updates: make(chan tray.State, 1)}
}

// run follows the bridge's states until ctx ends.
func (b *board) run(ctx context.Context, states <-chan bridge.State) {
	b.look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case st := <-states:
			b.mu.Lock()
			ended := b.signing && !st.Signing
			b.signing = st.Signing
			b.tell()
			b.mu.Unlock()
			if ended {
				b.look(ctx) // the state of the PIN may be another
			}
		}
	}
}

// look lists the tokens, unless one of them is signing.
func (b *board) look(ctx context.Context) {
	if !b.shown || b.service.Busy() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, boardTimeout)
	defer cancel()
	found, err := b.service.Identities(ctx)
	state := tokenState(found, err, time.Now(), b.language)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = state
	b.tell()
}

func (b *board) tell() {
	if b.signing {
		newest(b.updates, tray.State{Condition: tray.Busy})
		return
	}
	newest(b.updates, b.token)
}

// tokenState is one line about the tokens: the most urgent thing first.
func tokenState(found []signing.Identity, err error, now time.Time, language string) tray.State {
	say := func(c tray.Condition, vi, en string) tray.State {
		return tray.State{Condition: c, Line: i18n.Text{VI: vi, EN: en}.In(language)}
	}
	switch code := signing.Code(err); {
	case err != nil && code == i18n.NoToken:
		return say(tray.Idle, "Sẵn sàng; chưa cắm thiết bị ký số", "Ready; no token is plugged in")
	case err != nil:
		return tray.State{Condition: tray.Problem, Line: i18n.Lookup(code).Message.In(language)}
	case len(found) == 0:
		return say(tray.Problem, "Thiết bị ký số chưa có chứng thư số", "The token holds no certificate")
	}
	first := found[0]
	for _, id := range found {
		if id.PINState == string(token.PINLocked) {
			return say(tray.Problem, "Thiết bị ký số đã bị khóa PIN", "The token's PIN is locked")
		}
		if id.Certificate.NotAfter.Before(first.Certificate.NotAfter) {
			first = id
		}
	}
	holder, words := holderName(first.Certificate), expiryText(token.ExpiryAt(first.Certificate, now, builtAt()))
	return say(tray.Idle, fmt.Sprintf("%s: %s", holder, words.VI), fmt.Sprintf("%s: %s", holder, words.EN))
}

func holderName(c *x509.Certificate) string { return visible(c.Subject.CommonName) }
