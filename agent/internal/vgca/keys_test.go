package vgca_test

import (
	"context"

	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
)

// severalKeys are tokens plugged in at once.
type severalKeys struct{ tokens []*signingtest.Token }

func (s *severalKeys) Identities(context.Context) (list []signing.Identity, _ error) {
	for _, t := range s.tokens {
		list = append(list, t.Identity)
	}
	return list, nil
}

func (s *severalKeys) Open(ctx context.Context, id string, pin []byte, o signing.OpenOptions) (signing.Key, error) {
	for _, t := range s.tokens {
		if t.Identity.ID == id {
			return t.Open(ctx, id, pin, o)
		}
	}
	return nil, signing.ErrNoCertificate
}

func chooses(id string) func(context.Context, origin.Origin, []signing.Identity) (string, error) {
	return func(context.Context, origin.Origin, []signing.Identity) (string, error) { return id, nil }
}
