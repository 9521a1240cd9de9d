//go:build !windows

package consent

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestTalk(t *testing.T) {
	var opened atomic.Int32
	waiting := make(chan []Waiting, 1)
	waiting <- []Waiting{{"https://a.example", 2}}
	live := Live{Waiting: waiting, View: func(_ context.Context, document int) error {
		opened.Add(1)
		if document != 1 {
			t.Errorf("document %d was opened", document)
		}
		return nil
	}}
	a, err := child(t, "wish").AskLive(t.Context(), testQuestion(), live)
	if err != nil || !a.Approved || string(a.PIN) != "1234" || opened.Load() != 1 {
		t.Errorf("%v, %v; opened %d", a, err, opened.Load())
	}
}

// A child that wishes for what it cannot have, or for ever, is an error.
func TestBadWishes(t *testing.T) {
	good := Live{View: func(context.Context, int) error { return nil }}
	for name, row := range map[string]struct {
		role string
		live Live
	}{
		"for ever":                 {"wish endlessly", good},
		"a document not asked for": {`{"view":2}`, good},
		"a negative one":           {`{"view":-1}`, good},
		"nobody opens documents":   {`{"view":0}`, Live{}},
		"nothing after it":         {`{"view":0}`, good},
		"a wish and an answer":     {`{"view":0,"approved":true,"certificate":"c1","pin":"MTIzNA=="}`, good},
		"a wish after the answer":  {"{\"approved\":true,\"certificate\":\"c1\",\"pin\":\"MTIzNA==\"}\n{\"view\":0}", good},
		"two answers":              {"{\"approved\":false}\n{\"approved\":false}", good},
	} {
		if a, err := child(t, row.role).AskLive(t.Context(), testQuestion(), row.live); err == nil || a.Approved || a.PIN != nil {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

// A child that never reads, and a viewer that never returns, hold nobody up.
func TestTalkEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan []Waiting)
	go func() {
		for range 5000 {
			waiting <- make([]Waiting, maxWaiting)
		}
		cancel()
	}()
	start := time.Now()
	if _, err := child(t, "hang").AskLive(ctx, testQuestion(), Live{Waiting: waiting}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	stuck := Live{View: func(ctx context.Context, _ int) error { cancel(); <-ctx.Done(); return ctx.Err() }}
	if _, err := child(t, "wish").AskLive(ctx, testQuestion(), stuck); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 2*enoughToEnd {
		t.Errorf("took %v", took)
	}
}

// enoughToEnd is the grace of a child with room for a slow machine.
const enoughToEnd = childGrace + 20*time.Second
