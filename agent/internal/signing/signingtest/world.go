package signingtest

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"kyso/agent/internal/signing"
	"kyso/testdata/pki"
)

// World is a demo PKI whose services listen on loopback, at a time that tests
// may set.
type World struct {
	*pki.PKI
	Server *httptest.Server

	mu       sync.Mutex
	now      time.Time // zero: the machine's
	override map[string]http.Handler
	asked    map[string]int
}

// NewWorld makes a PKI at the moment made, and starts its services. Zero is the
// machine's clock.
func NewWorld(made time.Time) (*World, error) {
	w := &World{now: made, override: map[string]http.Handler{}, asked: map[string]int{}}
	w.Server = httptest.NewServer(w)
	var err error
	w.PKI, err = pki.New(pki.Options{Now: made, BaseURL: w.Server.URL, Keys: pki.FastKeys})
	if err != nil {
		w.Server.Close()
		return nil, err
	}
	return w, nil
}

// Set moves the world's clock.
func (w *World) Set(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// Now is the world's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now.IsZero() {
		return time.Now()
	}
	return w.now
}

// Override answers a path, such as "/tsa", in place of the PKI; nil undoes it.
func (w *World) Override(path string, h http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h == nil {
		delete(w.override, path)
		return
	}
	w.override[path] = h
}

// Asked is how often a path was asked for.
func (w *World) Asked(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[path]
}

// Port is where the services listen.
func (w *World) Port() int { return w.Server.Listener.Addr().(*net.TCPAddr).Port }

func (w *World) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked[r.URL.Path]++
	h := w.override[r.URL.Path]
	w.mu.Unlock()
	if h == nil {
		h = w.At(w.Now()).Handler()
	}
	h.ServeHTTP(out, r)
}

// Held is an identity of a PKI as a token would hold it, behind the PIN "1234".
type Held struct {
	pki.Identity
	Issuers []*x509.Certificate // those the token brings along

	mu    sync.Mutex
	Signs int
}

// Hold puts an identity and the issuers it brings into a token.
func (w *World) Hold(id pki.Identity) *Held {
	return &Held{Identity: id, Issuers: w.Chain()}
}

// Identities lists the one certificate.
func (h *Held) Identities(context.Context) ([]signing.Identity, error) {
	return []signing.Identity{{ID: "held", Certificate: h.Certificate, Chain: h.Issuers, TokenLabel: "Thử"}}, nil
}

// Open checks the PIN.
func (h *Held) Open(_ context.Context, id string, pin []byte, _ signing.OpenOptions) (signing.Key, error) {
	if id != "held" || string(pin) != "1234" {
		return nil, fmt.Errorf("log in: %w", signing.ErrPINIncorrect)
	}
	return heldKey{h}, nil
}

// Signed counts the signatures made.
func (h *Held) Signed() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Signs
}

type heldKey struct{ h *Held }

func (k heldKey) Public() crypto.PublicKey { return k.h.Key.Public() }

func (k heldKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.h.mu.Lock()
	k.h.Signs++
	k.h.mu.Unlock()
	return k.h.Key.Sign(r, digest, o)
}

func (k heldKey) Close() error { return nil }

// Digest is the SHA-256 of r's size bytes.
func Digest(r io.ReaderAt, size int64) ([32]byte, error) {
	h := sha256.New()
	_, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	return [32]byte(h.Sum(nil)), err
}
