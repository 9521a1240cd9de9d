package main

import (
	"context"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/nativehost"
)

// doctorInTurn is a report that looks at every library and token, for whoever asks
// from a browser: one at a time, since each starts a process for every library,
// and not while somebody is signing, whose token it would touch. The others wait
// until ctx ends. The errors are nativehost's.
func doctorInTurn(busy func() bool, report func(context.Context) (any, error)) func(context.Context) (any, error) {
	turn := make(chan struct{}, 1) // a lock
	return func(ctx context.Context) (any, error) {
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			return nil, nativehost.Fault(i18n.Busy)
		}
		defer func() { <-turn }()
		if busy() {
			return nil, nativehost.Fault(i18n.Busy)
		}
		return report(ctx)
	}
}
