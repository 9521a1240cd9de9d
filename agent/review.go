package main

import (
	"errors"
	"sync/atomic"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/consent"
	"kyso/agent/internal/i18n"
	"kyso/agent/internal/nativehost"
	"kyso/agent/internal/origin"
)

// reviewRoad takes the bridge's reviews to the extension. The native channel is
// there only once the bridge listens; until then no extension is.
type reviewRoad struct {
	native atomic.Pointer[nativehost.Server]
}

// reviews are the bridge's part; policy is the administrator's word on when there
// are any.
func (r *reviewRoad) reviews(policy string) *bridge.Reviews {
	return &bridge.Reviews{
		Policy: policy, Words: consent.Words,
		Announce: func(to origin.Background, n bridge.ReviewNotice) error {
			s := r.native.Load()
			if s == nil {
				return nativehost.ErrGone
			}
			return s.Review(to, nativehost.Review{Ticket: n.Ticket, Origin: n.Origin, Tab: n.Tab, Documents: n.Documents})
		},
		Ended: func(to origin.Background, ticket string) {
			if s := r.native.Load(); s != nil {
				s.ReviewEnded(to, ticket) // an extension that is gone needs no word
			}
		},
	}
}

// opener gives the extension capabilities for reviews of b.
func opener(b *bridge.Server) func(connection string, by origin.Background, ticket string) (string, error) {
	return func(connection string, by origin.Background, ticket string) (string, error) {
		capability, err := b.OpenReview(connection, by, ticket)
		switch {
		case errors.Is(err, bridge.ErrNoReview):
			err = nativehost.Fault(i18n.NotResumable)
		case errors.Is(err, origin.ErrTooManyCapabilities):
			err = nativehost.Fault(i18n.Busy)
		}
		return capability, err
	}
}
