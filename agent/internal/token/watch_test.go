//go:build linux && cgo

package token_test

import (
	"context"
	"os"
	"testing"
	"time"

	"kyso/agent/internal/token"
)

// watching watches and counts.
func watching(t *testing.T, s interface {
	Watch(context.Context, func())
}) <-chan time.Time {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	seen := make(chan time.Time, 100)
	ended := make(chan struct{})
	go func() {
		s.Watch(ctx, func() { seen <- time.Now() })
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(soon):
			t.Error("Watch goes on after its context has ended")
		}
	})
	return seen
}

func expectChange(t *testing.T, seen <-chan time.Time, what string) {
	t.Helper()
	select {
	case <-seen:
	case <-time.After(soon):
		t.Fatalf("%s was not seen", what)
	}
}

// untilListed waits for the watching child's first looks at the slots.
func untilListed(t *testing.T, f fixture) {
	t.Helper()
	before := f.count("lists")
	for start := time.Now(); f.count("lists") < before+6; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("the slots are not watched")
		}
	}
}

func TestWatch(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	seen := watching(t, token.Combine(m))
	untilListed(t, f)
	if len(seen) > 0 {
		t.Error("a change was told of before there was one")
	}
	// A signature is being made all the while, in another process.
	k := open(t, m, "rsa")
	f.on("empty")
	expectChange(t, seen, "removal")
	f.off("empty")
	expectChange(t, seen, "insertion")
	sign(t, k)
	if n := len(seen); n > 0 {
		t.Errorf("%d changes too many", n)
	}
}

// A library that crashes while it is watched is tried again, and keys open in
// the other child live on.
func TestWatchSurvivesCrash(t *testing.T) {
	f := newFixture(t)
	m := f.module(f.faulty())
	k := open(t, m, "rsa")
	seen := watching(t, m)
	untilListed(t, f)
	f.on("list-crash")
	for start := time.Now(); f.count("crashes") < 2; time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > soon {
			t.Fatal("it was not tried again")
		}
	}
	sign(t, k)
	f.on("empty")
	f.off("list-crash")
	expectChange(t, seen, "removal after the crash")
	f.off("empty")
	expectChange(t, seen, "insertion after the crash")
}

// Libraries lie about C_WaitForSlotEvent: they return at once, or never.
func TestWatchWithoutEvents(t *testing.T) {
	for _, fault := range []string{"wait-at-once", "wait-never", "wait-crash"} {
		t.Run(fault, func(t *testing.T) {
			f := newFixture(t)
			f.on(fault)
			seen := watching(t, f.module(f.faulty()))
			untilListed(t, f)
			f.on("empty")
			expectChange(t, seen, "removal")
			f.off("empty")
			expectChange(t, seen, "insertion")
			// It must not keep a processor busy meanwhile.
			before := f.count("lists")
			time.Sleep(time.Second)
			if n := f.count("lists") - before; n > 30 { // two calls a look, five looks a second
				t.Errorf("%d calls of C_GetSlotList in a second", n)
			}
		})
	}
}

func TestWatchEndsWithModule(t *testing.T) {
	f := newFixture(t)
	m := token.NewModule([]string{os.Args[0], "token-host"}, f.faulty())
	ended := make(chan struct{})
	go func() {
		m.Watch(context.Background(), func() {})
		close(ended)
	}()
	untilListed(t, f)
	m.Close()
	select {
	case <-ended:
	case <-time.After(soon):
		t.Fatal("Watch outlives its Module")
	}
	if list := hosts(t); len(list) != 0 {
		t.Errorf("token hosts left: %v", list)
	}
}
