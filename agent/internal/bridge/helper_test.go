package bridge_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kyso/agent/internal/bridge"
	"kyso/agent/internal/origin"
	"kyso/agent/internal/signing"
	"kyso/agent/internal/signing/signingtest"
	"kyso/agent/internal/stamps"
	"kyso/signature/verify"
)

// TestHelperAgent is no test: with KYSO_TEST_AGENT set to an origin, this test
// binary is an agent for the tests of the TypeScript client. It prints its port
// and ends with its standard input. The person in it does what the reason of
// the request says: "refuse", "wait", or else agree. With KYSO_TEST_PAIRING set to
// "yes" or "no" the origin has to be paired first, and that is what the person
// answers; the six words are printed.
func TestHelperAgent(t *testing.T) {
	from := os.Getenv("KYSO_TEST_AGENT")
	if from == "" {
		return
	}
	token, err := signingtest.NewToken(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	service, err := signing.New(signing.Options{Keys: token, Clock: time.Now, Stamps: stamps.Library{}.Make, Approver: signingtest.Person(func(ctx context.Context, q signing.Question) (signing.Approval, error) {
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
	var sites bridge.Sites = newSites(map[string]origin.Standing{from: origin.Unpaired})
	answer := os.Getenv("KYSO_TEST_PAIRING")
	if answer == "" {
		if sites, err = origin.NewList(from); err != nil {
			t.Fatal(err)
		}
	}
	s, err := bridge.NewServer(bridge.Options{
		Signing: service, Key: newKey(t), Sites: sites, Version: "0.1.0-test", Ports: []int{0}, SpoolDir: t.TempDir(),
		Policy: func() verify.Policy { return verify.Policy{At: time.Now()} },
		AskPairing: func(_ context.Context, q bridge.PairQuestion) (bool, error) {
			fmt.Println("words", strings.Trim(fmt.Sprint(q.Code), "[]"))
			return answer == "yes", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.TestOnlyUnlimited()
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

// sites are those of a test: their standing before any pairing, and what was
// paired.
type sites struct {
	standing map[string]origin.Standing

	mu     sync.Mutex
	paired map[string]bool // origin and key
}

func newSites(standing map[string]origin.Standing) *sites {
	return &sites{standing: standing, paired: make(map[string]bool)}
}

func (s *sites) Standing(o origin.Origin, key []byte) origin.Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paired[o.String()+string(key)] {
		return origin.Paired
	}
	return s.standing[o.String()]
}

func (s *sites) Pair(o origin.Origin, key []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paired[o.String()+string(key)] = true
	return nil
}
