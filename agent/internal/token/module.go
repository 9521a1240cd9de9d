package token

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// listTimeout: reading certificates off a slow card takes up to five
	// seconds; several tokens and a cold library take more.
	listTimeout = 30 * time.Second
	// openTimeout and signTimeout leave a person the time to type a PIN on the
	// token's own pad.
	openTimeout = 2 * time.Minute
	signTimeout = 2 * time.Minute
	// closeTimeout: logging out is quick, or the child is ended without it.
	closeTimeout = 5 * time.Second

	// A library that dies again and again is restarted after half a second,
	// then after twice as long each time, up to ten seconds: a broken driver
	// must not keep a processor busy. The first restart is immediate.
	firstBackOff = 500 * time.Millisecond
	maxBackOff   = 10 * time.Second
)

// Module is the keys behind one PKCS#11 library. The library runs in a child
// process that is started when needed, ended with the last open key (which takes
// every copy of the PIN with it), and started anew when it crashed or hung.
//
// Calls are served one at a time. When the context of an Open ends while it is
// served, or a call's own bound passes, the child is killed, and keys open in it
// stop working. An Identities whose context ends just stops waiting: listing
// harms no open key.
type Module struct {
	// ListTimeout bounds one listing of all tokens. Zero means 30 seconds.
	ListTimeout time.Duration
	// SignTimeout bounds one signature, PIN pad included. Zero means two
	// minutes.
	SignTimeout time.Duration

	command []string
	path    string

	// turn is held by the call being served, and guards all below it.
	turn     chan struct{}
	child    *child
	keys     int // open in child
	failures int // children lost in a row
	retryAt  time.Time
	known    map[string]listed
	closed   bool

	// life ends with Close; its cause is os.ErrClosed.
	life context.Context
	stop context.CancelCauseFunc

	mu       sync.Mutex
	problems []error
	listing  *listing // under way, or nil
}

// listing is one look at the tokens, for everybody who asks while it lasts.
type listing struct {
	done chan struct{} // closed when the rest is set
	list []Identity
	err  error
}

// NewModule returns the keys of the PKCS#11 library at modulePath, an absolute
// path. command is what starts ServeHost, for example {"/usr/bin/kyso",
// "token-host"}; the path is added as its last argument. Nothing is started yet.
func NewModule(command []string, modulePath string) *Module {
	m := &Module{command: command, path: modulePath, turn: make(chan struct{}, 1)}
	m.life, m.stop = context.WithCancelCause(context.Background())
	return m
}

// Identities lists the certificates on all tokens the library sees. What could
// not be read does not hide the rest: see Problems. When ctx ends, the listing
// goes on for others who wait for it, within ListTimeout.
func (m *Module) Identities(ctx context.Context) ([]Identity, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("list keys: %w", context.Cause(ctx))
	}
	m.mu.Lock()
	l := m.listing
	if l == nil {
		l = &listing{done: make(chan struct{})}
		m.listing = l
		go m.look(l)
	}
	m.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("list keys: %w %s: %w: %w", ErrModule, m.path, ModuleHung, context.Cause(ctx))
	}
	if l.err != nil {
		return nil, fmt.Errorf("list keys: %w", l.err)
	}
	return slices.Clone(l.list), nil
}

// look makes l. Nobody's context ends it but the Module's own.
func (m *Module) look(l *listing) {
	defer close(l.done)
	timeout := m.ListTimeout
	if timeout == 0 {
		timeout = listTimeout
	}
	ctx, cancel := context.WithTimeout(m.life, timeout)
	defer cancel()
	forget := func() {
		m.mu.Lock()
		m.listing = nil
		m.mu.Unlock()
	}
	if l.err = m.take(ctx); l.err != nil {
		forget()
		return
	}
	defer m.release()
	// Before the turn is given up: whoever asks after a later call gets a
	// listing made after it.
	defer forget()
	found, err := m.list(ctx)
	l.err = err
	for _, f := range found {
		l.list = append(l.list, f.Identity)
	}
}

// Problems says what the latest Identities could not read: broken tokens,
// unreadable certificates.
func (m *Module) Problems() []error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.problems
}

func (m *Module) list(ctx context.Context) ([]listed, error) {
	idle := m.child
	answer, err := m.exchange(ctx, request{Op: opTokens}, nil)
	if err != nil && idle != nil && m.child == nil && ctx.Err() == nil {
		// It died since the last call. Listing again is harmless; nothing else
		// is ever repeated.
		answer, err = m.exchange(ctx, request{Op: opTokens}, nil)
	}
	if err != nil {
		return nil, err
	}
	found, problems := identities(m.path, answer.Tokens)
	m.mu.Lock()
	m.problems = problems
	m.mu.Unlock()
	m.known = map[string]listed{}
	for _, f := range found {
		m.known[f.ID] = f
	}
	if len(answer.Tokens) == 0 {
		// Some libraries see a token plugged in later only when started anew.
		m.endIfIdle()
		return nil, ErrNoToken
	}
	if len(found) == 0 && len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return found, nil
}

// Open logs in to the token of the identity and returns its key. A locked PIN,
// and a last try without OpenOptions.AllowFinalTry, are refused before anything
// is tried. The token can have one open key at a time (ErrTokenBusy).
func (m *Module) Open(ctx context.Context, id string, pin []byte, o OpenOptions) (Key, error) {
	defer clear(pin)
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := m.take(ctx); err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	defer m.release()
	key, err := m.open(ctx, id, pin, o)
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	return key, nil
}

func (m *Module) open(ctx context.Context, id string, pin []byte, o OpenOptions) (Key, error) {
	identity, ok := m.known[id]
	if !ok { // plugged in since, or listed by an earlier process
		if _, err := m.list(ctx); err != nil {
			return nil, err
		}
		if identity, ok = m.known[id]; !ok {
			return nil, fmt.Errorf("%w: no identity %q in %s", ErrNoKey, id, m.path)
		}
	}
	r, err := identity.openRequest(o)
	if err != nil {
		return nil, err
	}
	answer, err := m.exchange(ctx, r, pin)
	if err != nil {
		m.endIfIdle() // it has seen a PIN
		return nil, err
	}
	m.keys++
	return &moduleKey{module: m, child: m.child, number: answer.Key, public: identity.Certificate.PublicKey, token: r}, nil
}

// Close ends the child. Keys still open stop working, and so does m.
func (m *Module) Close() error {
	m.stop(os.ErrClosed) // a listing under way is not waited for
	ctx, cancel := context.WithTimeout(context.Background(), signTimeout)
	defer cancel()
	if err := m.take(ctx); err != nil {
		if errors.Is(err, os.ErrClosed) {
			return nil
		}
		return fmt.Errorf("close module: %w", err)
	}
	defer m.release()
	m.closed = true
	m.end()
	return nil
}

// take waits for the calls before this one.
func (m *Module) take(ctx context.Context) error {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("%w %s: busy: %w", ErrModule, m.path, context.Cause(ctx))
	}
	if m.closed {
		m.release()
		return os.ErrClosed
	}
	return nil
}

func (m *Module) release() { <-m.turn }

// exchange makes one call, starting the child if there is none. The turn must
// be held. Where ctx has ended already nothing is sent, and the child lives on.
func (m *Module) exchange(ctx context.Context, r request, secret []byte) (response, error) {
	if ctx.Err() != nil {
		return response{}, context.Cause(ctx)
	}
	m.reap()
	if m.child == nil {
		if err := m.start(ctx); err != nil {
			return response{}, err
		}
	}
	guarded, over := m.guarded(ctx, r)
	answer, err := m.child.call(guarded, r, secret)
	over()
	if err != nil {
		m.lost()
		if errors.Is(err, ErrTokenRemoved) {
			return response{}, fmt.Errorf("%s: %w while it was in use", m.path, ErrTokenRemoved)
		}
		return response{}, fmt.Errorf("%w %s: %w", ErrModule, m.path, err)
	}
	m.failures = 0
	if answer.Error == nil {
		return answer, nil
	}
	err = fmt.Errorf("%s: %w", m.path, answer.Error.err())
	if errors.Is(err, ErrModule) && m.failedByRemoval(ctx, r) {
		return response{}, fmt.Errorf("%s: %w: %s", m.path, ErrTokenRemoved, answer.Error.Detail)
	}
	if errors.Is(err, ErrModule) {
		m.endIfIdle() // next time with a freshly loaded library
	}
	return response{}, err
}

// reap notices a child that died by itself.
func (m *Module) reap() {
	if m.child != nil && m.child.ended() {
		m.lost()
	}
}

// start starts the child, not before the back-off has passed.
func (m *Module) start(ctx context.Context) error {
	select {
	case <-time.After(time.Until(m.retryAt)):
	case <-ctx.Done():
		return fmt.Errorf("%w %s: waiting to restart it: %w", ErrModule, m.path, context.Cause(ctx))
	}
	c, err := startChild(m.command, m.path)
	if err != nil {
		return fmt.Errorf("%w %s: start token host: %w", ErrModule, m.path, err)
	}
	m.child = c
	return nil
}

// lost counts a child that crashed, hung or answered nonsense.
func (m *Module) lost() {
	m.child.kill()
	m.child, m.keys = nil, 0
	m.failures++
	if m.failures > 1 {
		delay := min(firstBackOff<<min(m.failures-2, 10), maxBackOff)
		m.retryAt = time.Now().Add(delay)
	}
}

// drop ends the child at once where it has no other keys open than that of a
// token that was pulled out: asking it to log out could take long.
func (m *Module) drop() {
	if m.child != nil && m.keys == 1 {
		m.child.kill()
		m.child, m.keys = nil, 0
	}
}

func (m *Module) end() {
	if m.child != nil {
		m.child.stop()
		m.child, m.keys = nil, 0
	}
}

// endIfIdle ends a child without open keys.
func (m *Module) endIfIdle() {
	if m.keys == 0 {
		m.end()
	}
}
