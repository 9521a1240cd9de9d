package doctor

import (
	"context"

	"kyso/agent/internal/hostmanifest"
	"kyso/agent/internal/origin"
)

// shared lets several checks ask one function, which is called once. The slowest
// of them decides how long it may take.
func (in Inputs) shared() Inputs {
	if look := in.Tokens; look != nil {
		type seen struct {
			list     []Token
			problems []error
		}
		once := once(func(ctx context.Context) seen {
			list, problems := look(ctx)
			return seen{list, problems}
		})
		in.Tokens = func(ctx context.Context) ([]Token, []error) {
			s := once(ctx)
			return s.list, s.problems
		}
	}
	if look := in.Sites; look != nil {
		type seen struct {
			status origin.SitesStatus
			err    error
		}
		once := once(func(ctx context.Context) seen {
			status, err := look(ctx)
			return seen{status, err}
		})
		in.Sites = func(ctx context.Context) (origin.SitesStatus, error) {
			s := once(ctx)
			return s.status, s.err
		}
	}
	if look := in.Agent; look != nil {
		in.Agent = once(look)
	}
	if look := in.Browsers; look != nil {
		in.Browsers = once(func(ctx context.Context) []hostmanifest.Found { return look(ctx) })
	}
	return in
}

// once calls look for the first who asks; the others wait for its answer.
func once[T any](look func(context.Context) T) func(context.Context) T {
	turn := make(chan struct{}, 1) // a lock
	var have bool
	var value T
	return func(ctx context.Context) T {
		turn <- struct{}{}
		defer func() { <-turn }()
		if !have {
			value, have = look(ctx), true
		}
		return value
	}
}
