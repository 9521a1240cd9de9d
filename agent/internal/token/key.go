package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// moduleKey is a key open in a Module's child.
type moduleKey struct {
	module *Module
	child  *child // the one the key is open in
	number int
	public crypto.PublicKey
	token  request // Slot, Serial and Label of its token
	closed atomic.Bool
	// removed says that the token was pulled out: it is never asked again, since
	// some libraries never answer then. Guarded by the module's turn.
	removed bool
}

// Public returns the public key of the certificate.
func (k *moduleKey) Public() crypto.PublicKey { return k.public }

// Sign makes a signature on the token; see Key. It takes at most
// Module.SignTimeout. The token's own random numbers are used, not rand.
func (k *moduleKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s, err := schemeFor(k.public, digest, opts)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	timeout := k.module.SignTimeout
	if timeout == 0 {
		timeout = signTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	value, err := k.sign(ctx, s, digest)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return value, nil
}

func (k *moduleKey) sign(ctx context.Context, s scheme, digest []byte) ([]byte, error) {
	value, err := k.ask(ctx, s, digest)
	if err != nil {
		return nil, err
	}
	// The library is not believed: a wrong key, a bit error or a lie ends here. The
	// token may sign for the next caller meanwhile.
	if err := s.verify(k.public, digest, value); err != nil {
		return nil, fmt.Errorf("%w %s: %w: %w", ErrModule, k.module.path, ModuleLied, err)
	}
	return value, nil
}

// ask has the library sign.
func (k *moduleKey) ask(ctx context.Context, s scheme, digest []byte) ([]byte, error) {
	if k.closed.Load() {
		return nil, os.ErrClosed
	}
	m := k.module
	if err := m.take(ctx); err != nil {
		return nil, err
	}
	defer m.release()
	if k.removed {
		return nil, fmt.Errorf("%s: %w since the key was opened", m.path, ErrTokenRemoved)
	}
	m.reap()
	if m.child != k.child {
		return nil, fmt.Errorf("%w %s: restarted since the key was opened", ErrModule, m.path)
	}
	r := request{Op: opSign, Key: k.number, Scheme: s.Name, Hash: uint(s.Hash), Digest: digest,
		Slot: k.token.Slot, Serial: k.token.Serial, Label: k.token.Label}
	if ec, ok := k.public.(*ecdsa.PublicKey); ok {
		r.Digest = truncateForCurve(ec, digest)
	}
	answer, err := m.exchange(ctx, r, nil)
	if errors.Is(err, ErrTokenRemoved) {
		k.removed = true
		m.drop()
	}
	if err != nil {
		return nil, err
	}
	return answer.Signature, nil
}

// Close logs out. With the last key the child ends; if it does not answer, it
// is killed. A signature being made is waited for, as long as it may take.
func (k *moduleKey) Close() error {
	if k.closed.Swap(true) {
		return nil
	}
	m := k.module
	// A Sign in progress ends within its own bound, so this wait ends too.
	if err := m.take(context.Background()); err != nil {
		if errors.Is(err, os.ErrClosed) {
			return nil
		}
		return err
	}
	defer m.release()
	m.reap()
	if m.child != k.child {
		return nil // it went with its child
	}
	m.keys--
	if m.keys == 0 {
		m.end() // logs out, finalises and exits
		return nil
	}
	if k.removed {
		return nil // there is nothing to log out of
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if _, err := m.exchange(ctx, request{Op: opClose, Key: k.number}, nil); err != nil {
		return fmt.Errorf("close key: %w", err)
	}
	return nil
}
