package bridge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
)

// pairParams: the page commits to a secret before it knows the challenge.
type pairParams struct {
	Commitment string `json:"commitment"`
}

type pairResult struct {
	Challenge string `json:"challenge"`
}

// pairConfirmParams reveal the secret. Language is that of the window.
type pairConfirmParams struct {
	Secret   string `json:"secret"`
	Language string `json:"language,omitempty"`
}

// PairQuestion asks the person whether the page shows the same words.
type PairQuestion struct {
	Origin   string
	Code     [origin.PairingCodeBytes]byte // a word each
	Language string                        // "vi" or "en"
}

// pairing is the one a connection may try.
type pairing struct{ commitment, challenge []byte }

// pair answers a commitment with a challenge.
func pair(k *call) (job, error) {
	var p pairParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	commitment, err := origin.Decode(p.Commitment, 32) // SHA-256
	if err != nil || k.c.pairing != nil || k.c.stands() != origin.Unpaired {
		return job{}, badRequest("pair")
	}
	if err := k.s.rates.pairing(k.origin); err != nil {
		return job{}, err
	}
	challenge := make([]byte, origin.NonceBytes)
	rand.Read(challenge)
	k.c.pairing = &pairing{commitment, challenge}
	return job{run: func(context.Context) (any, error) { return pairResult{origin.Encode(challenge)}, nil }}, nil
}

// pairConfirm checks the secret and asks the person. A secret that is not the one
// committed to was chosen by somebody who knew the challenge.
func pairConfirm(k *call) (job, error) {
	var p pairConfirmParams
	if err := k.read(&p); err != nil {
		return job{}, err
	}
	secret, err := origin.Decode(p.Secret, origin.NonceBytes)
	now := k.c.pairing
	if err != nil || !isLanguage(p.Language) || now == nil || now.commitment == nil {
		return job{}, badRequest("pair-confirm")
	}
	if !origin.CheckCommitment(k.c.transcript, now.commitment, secret) {
		return job{}, errUnproven
	}
	now.commitment = nil // there is no second confirmation
	q := PairQuestion{Origin: k.origin.String(), Code: origin.PairingCode(k.c.transcript, secret, now.challenge), Language: k.s.language(p.Language)}
	return job{run: func(ctx context.Context) (any, error) { return k.pairConfirm(ctx, q) }}, k.s.rates.mayAsk(k.origin)
}

func (k *call) pairConfirm(ctx context.Context, q PairQuestion) (any, error) {
	if k.s.o.AskPairing == nil {
		return nil, signing.ErrNobodyToAsk
	}
	select {
	case k.s.pairSlot <- struct{}{}:
		defer func() { <-k.s.pairSlot }()
	default:
		return nil, signing.ErrBusy
	}
	if err := k.s.rates.window(); err != nil {
		return nil, err
	}
	// There is one window at a time, whatever it asks.
	turn, err := k.s.queue.join(k.origin, 0)
	if err != nil {
		return nil, err
	}
	defer turn.leave()
	if err := turn.wait(ctx, k.queued); err != nil {
		return nil, err
	}
	k.progress(string(signing.StageWaiting), 0, 0, 0)
	asking, stop := context.WithTimeout(ctx, k.s.timing.pairing)
	defer stop()
	yes, err := k.s.o.AskPairing(asking, q)
	switch {
	case asking.Err() != nil:
		if ctx.Err() == nil { // left open: whoever asks on holds up others
			k.s.rates.answered(k.origin, false)
		}
		return nil, asking.Err()
	case errors.Is(err, signing.ErrNobodyToAsk):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", signing.ErrConsent, err)
	}
	k.s.rates.answered(k.origin, yes)
	if !yes {
		return nil, signing.ErrRefused
	}
	if err := k.s.o.Sites.Pair(k.origin, []byte(k.pageKey)); err != nil {
		return nil, fmt.Errorf("%w: remember pairing: %w", errStorage, err)
	}
	k.c.mu.Lock()
	k.c.standing = origin.Paired
	k.c.mu.Unlock()
	return standingResult{origin.Paired.String()}, nil
}
