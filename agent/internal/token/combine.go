package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Combined is several sources as one.
type Combined struct {
	sources []Source

	mu       sync.Mutex
	problems []error
	where    map[string]Source // who listed an ID
}

// Combine joins sources. An identity two of them show (one token through two
// libraries) is listed once, from the source named first.
func Combine(sources ...Source) *Combined { return &Combined{sources: sources} }

// Identities lists what all sources show. One that fails does not hide the
// others: the error is nil as soon as there is one identity, and Problems has
// the rest. With no identity at all the error joins what the sources said; it is
// nil when all tokens are merely empty, and ErrNoToken when there is none.
func (c *Combined) Identities(ctx context.Context) ([]Identity, error) {
	type result struct {
		list []Identity
		err  error
	}
	// Side by side: one hanging library must not eat the others' time.
	results := make([]result, len(c.sources))
	var wg sync.WaitGroup
	for i, s := range c.sources {
		wg.Go(func() { results[i].list, results[i].err = s.Identities(ctx) })
	}
	wg.Wait()

	var all []Identity
	var problems []error
	seen := map[string]bool{}
	where := map[string]Source{}
	empty := len(c.sources) == 0
	for i, r := range results {
		for _, id := range r.list {
			// Libraries spell serial numbers differently: compare certificates.
			if der := string(id.Certificate.Raw); !seen[der] {
				seen[der] = true
				all = append(all, id)
				where[id.ID] = c.sources[i]
			}
		}
		if r.err == nil {
			empty = empty || len(r.list) == 0
		} else if !errors.Is(r.err, ErrNoToken) {
			problems = append(problems, r.err)
		}
		if p, ok := c.sources[i].(interface{ Problems() []error }); ok && r.err == nil {
			problems = append(problems, p.Problems()...)
		}
	}
	// What a caller saw who left halfway does not replace a whole look.
	if !errors.Is(ctx.Err(), context.Canceled) {
		c.mu.Lock()
		c.problems, c.where = problems, where
		c.mu.Unlock()
	}
	switch {
	case len(all) > 0:
		return all, nil
	case len(problems) > 0:
		return nil, errors.Join(problems...)
	case empty:
		return nil, nil
	}
	return nil, fmt.Errorf("list keys: %w", ErrNoToken)
}

// Problems says what the latest Identities could not read. A library without a
// token in it is no problem.
func (c *Combined) Problems() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problems
}

// Open opens the identity in the source that listed it. Only that source gets
// the PIN.
func (c *Combined) Open(ctx context.Context, id string, pin []byte, o OpenOptions) (Key, error) {
	defer clear(pin)
	source := c.source(id)
	if source == nil { // not listed yet, or plugged in since
		if _, err := c.Identities(ctx); err != nil {
			return nil, fmt.Errorf("open key: %w", err)
		}
		if source = c.source(id); source == nil {
			return nil, fmt.Errorf("open key: %w: no identity %q", ErrNoKey, id)
		}
	}
	return source.Open(ctx, id, pin, o)
}

func (c *Combined) source(id string) Source {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.where[id]
}

// Close closes all sources.
func (c *Combined) Close() error {
	var errs []error
	for _, s := range c.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
