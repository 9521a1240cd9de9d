package main

import (
	"context"
	"errors"
	"testing"

	"kyso/agent/internal/i18n"
	"kyso/agent/internal/nativehost"
)

// TestDoctorInTurn: the report of a browser leaves a token alone that is signing,
// and runs once at a time.
func TestDoctorInTurn(t *testing.T) {
	signing := true
	running, goOn := make(chan struct{}), make(chan struct{})
	doctor := doctorInTurn(func() bool { return signing }, func(context.Context) (any, error) {
		running <- struct{}{}
		<-goOn
		return "report", nil
	})
	busy := func(what string, ctx context.Context) {
		t.Helper()
		if _, err := doctor(ctx); !errors.Is(err, nativehost.Fault(i18n.Busy)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	busy("while somebody signs", t.Context())
	signing = false
	told := make(chan any, 2)
	ask := func() {
		got, _ := doctor(t.Context())
		told <- got
	}
	go ask()
	<-running
	over, cancel := context.WithCancel(t.Context())
	cancel()
	busy("a second, whose time is over", over)
	go ask() // a third waits for its turn
	goOn <- struct{}{}
	<-running
	goOn <- struct{}{}
	for range 2 {
		if got := <-told; got != "report" {
			t.Errorf("%v", got)
		}
	}
}
