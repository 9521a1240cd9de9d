package bridge_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/signature/verify"
)

// TestHelperAgent is no test: with KYSO_TEST_AGENT set to an origin, this test
// binary is an agent for the tests of the TypeScript client. It prints its port
// and ends with its standard input. The person in it does what the reason of
// the request says: "refuse", "wait", or else agree.
func TestHelperAgent(t *testing.T) {
	from := os.Getenv("KYSO_TEST_AGENT")
	if from == "" {
		return
	}
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	service, err := signing.New(signing.Options{Keys: token, Clock: time.Now, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
		switch {
		case q.Reason == "refuse":
			return signing.Approval{}, nil
		case strings.HasPrefix(q.Reason, "wait"):
			<-ctx.Done()
			return signing.Approval{}, ctx.Err()
		}
		return signingtest.Agrees(ctx, q)
	})})
	if err != nil {
		t.Fatal(err)
	}
	origins, err := origin.NewList(from)
	if err != nil {
		t.Fatal(err)
	}
	s, err := bridge.NewServer(bridge.Options{
		Signing: service, Origins: origins, Version: "0.1.0-test", Ports: []int{0}, SpoolDir: t.TempDir(),
		Policy: func() verify.Policy { return verify.Policy{At: time.Now()} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Printf("port %d\n", s.Port())
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
}
